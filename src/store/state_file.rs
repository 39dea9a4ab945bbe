//! The state of one environment: what was recorded, and what keeps two states apart.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{AccountId, EnvironmentName, InvalidName, Recorded, Region};

/// The identity of a state from its first save on: a UUID as text, made by the caller.
///
/// Two states of one name with different lineages began apart, and neither replaces the other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lineage(String);

impl Lineage {
    /// Takes the text of a UUID in lower case with hyphens.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        let value = text.into();
        if is_uuid(&value) {
            return Ok(Self(value));
        }
        Err(InvalidName {
            kind: "lineage",
            value,
            rule: "a lineage is a UUID like `6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10`",
        })
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Lineage {
    type Error = InvalidName;
    fn try_from(value: String) -> Result<Self, InvalidName> {
        Self::new(value)
    }
}

impl From<Lineage> for String {
    fn from(lineage: Lineage) -> String {
        lineage.0
    }
}

/// The state of one environment, independent of the format that it is saved in.
#[derive(Debug, Clone, PartialEq)]
pub struct StateFile {
    /// The identity of the state.
    pub lineage: Lineage,
    /// How often it was saved; `LockedStore::save_state` lets it only grow.
    pub serial: u64,
    /// The environment that it describes.
    pub environment: EnvironmentName,
    /// The account that it describes.
    pub account: AccountId,
    /// The region that it describes.
    pub region: Region,
    /// What we last applied or adopted.
    pub recorded: Recorded,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lineage_is_a_uuid() {
        assert!(Lineage::new("6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10").is_ok());
        for text in [
            "",
            "6f1d0c5e8a534e579d0b3f1c2a7b9e10",
            "6F1D0C5E-8A53-4E57-9D0B-3F1C2A7B9E10",
            "6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e1g",
        ] {
            assert!(Lineage::new(text).is_err(), "{text}");
        }
    }
}
