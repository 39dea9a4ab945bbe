//! Version numbers and qualifiers.
//!
//! `$LATEST` is not a version: it is a different type, so that no code can delete it or point an
//! alias at it by a slip (T7).

use std::{fmt, num::NonZeroU64};

use serde::{Deserialize, Serialize};

use super::{AliasName, InvalidName};

/// The number of a published version: 1, 2, 3 … ; compared as a number, never as text (T20).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct VersionNumber(NonZeroU64);

impl VersionNumber {
    /// Takes a number from 1 on.
    pub fn new(number: u64) -> Result<Self, InvalidName> {
        NonZeroU64::new(number).map(Self).ok_or_else(|| Self::refusal(&number.to_string()))
    }

    /// Reads decimal digits without sign or leading zero.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let is_decimal =
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        is_decimal
            .then(|| text.parse().ok())
            .flatten()
            .and_then(NonZeroU64::new)
            .map(Self)
            .ok_or_else(|| Self::refusal(text))
    }

    /// Returns the number.
    pub fn get(self) -> u64 {
        self.0.get()
    }

    fn refusal(text: &str) -> InvalidName {
        InvalidName {
            kind: "version number",
            value: text.to_owned(),
            rule: "a published version has a number from 1 on, without leading zeros",
        }
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl TryFrom<u64> for VersionNumber {
    type Error = InvalidName;
    fn try_from(number: u64) -> Result<Self, InvalidName> {
        Self::new(number)
    }
}

impl From<VersionNumber> for u64 {
    fn from(version: VersionNumber) -> u64 {
        version.get()
    }
}

/// What may stand behind a function's name: `name:7`, `name:LIVE`, `name:$LATEST`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qualifier {
    /// The mutable `$LATEST`.
    Latest,
    /// A published version.
    Version(VersionNumber),
    /// An alias.
    Alias(AliasName),
}

impl Qualifier {
    /// Reads a qualifier as AWS writes it.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if text == "$LATEST" {
            return Ok(Self::Latest);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return VersionNumber::parse(text).map(Self::Version);
        }
        AliasName::new(text).map(Self::Alias)
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Version(version) => version.fmt(f),
            Self::Alias(alias) => f.write_str(alias.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t20_versions_are_ordered_as_numbers() {
        assert!(VersionNumber::parse("9").unwrap() < VersionNumber::parse("10").unwrap());
    }

    #[test]
    fn t7_nothing_but_a_positive_number_is_a_version() {
        for text in ["", "0", "-1", "+1", "01", "$LATEST", "LIVE", "1.0", "99999999999999999999"] {
            assert!(VersionNumber::parse(text).is_err(), "{text}");
        }
    }
}
