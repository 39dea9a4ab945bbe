//! The name of a deployment: when it began, and four digits that tell apart two of one second.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use serde::{Deserialize, Serialize};

use crate::model::InvalidName;

/// The times of ids; fixed width, so that the order of the texts is the order of the times.
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// The id of one apply, for example `deploy-20261122T101500Z-1a2b`; ordered by time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeploymentId(String);

impl DeploymentId {
    /// Makes the id of a deployment that begins now, with a random number from the caller.
    pub fn new(at: Timestamp, random: u16) -> Self {
        // A year below zero has more than four characters; no clock of a deployment shows one.
        let at = at.max(Timestamp::UNIX_EPOCH);
        Self(format!("deploy-{}-{random:04x}", at.strftime(TIME)))
    }

    /// Reads an id as it was written.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidName> {
        let value = text.into();
        if time_of(&value).is_some() {
            return Ok(Self(value));
        }
        Err(InvalidName {
            kind: "deployment id",
            value,
            rule: "an id looks like `deploy-20261122T101500Z-1a2b`",
        })
    }

    /// Returns the second in which the deployment began.
    pub fn at(&self) -> Timestamp {
        time_of(&self.0).expect("both constructors make only ids with a time")
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn time_of(text: &str) -> Option<Timestamp> {
    let (time, random) = text.strip_prefix("deploy-")?.split_once('-')?;
    let is_random = random.len() == 4 && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let civil = DateTime::strptime(TIME, time).ok()?;
    // The parser is lenient (spaces, fewer digits); an id has one spelling.
    let is_spelled_so = civil.strftime(TIME).to_string() == time;
    let at = Offset::UTC.to_timestamp(civil).ok()?;
    (is_random && is_spelled_so).then_some(at)
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for DeploymentId {
    type Error = InvalidName;
    fn try_from(value: String) -> Result<Self, InvalidName> {
        Self::parse(value)
    }
}

impl From<DeploymentId> for String {
    fn from(id: DeploymentId) -> String {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_says_when_the_deployment_began() {
        let id = DeploymentId::new("2026-11-22T10:15:00.9Z".parse().unwrap(), 0x1a2b);
        assert_eq!(id.as_str(), "deploy-20261122T101500Z-1a2b");
        assert_eq!(id.at(), "2026-11-22T10:15:00Z".parse().unwrap());
    }

    #[test]
    fn only_the_one_spelling_is_an_id() {
        assert!(DeploymentId::parse("deploy-20261122T101500Z-0000").is_ok());
        for text in [
            "",
            "deploy-",
            "deploy-20261122T101500Z",
            "deploy-20261122T101500Z-1A2B",
            "deploy-20261122T101500Z-1a2b5",
            "deploy-20261322T101500Z-1a2b",
            "deploy-2026112 T101500Z-1a2b",
            "deploy-20261122T101500Z-1a2b.json",
            "../../deploy-20261122T101500Z-1a2b",
        ] {
            assert!(DeploymentId::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_ids_is_the_order_of_their_seconds(
            one in 0_i64..253_402_207_200, other in 0_i64..253_402_207_200,
            random in any::<(u16, u16)>(),
        ) {
            let at = |second| Timestamp::from_second(second).unwrap();
            let (first, second) = (DeploymentId::new(at(one), random.0), DeploymentId::new(at(other), random.1));
            prop_assert_eq!((one, random.0).cmp(&(other, random.1)), first.cmp(&second));
            prop_assert_eq!(DeploymentId::parse(first.as_str()).unwrap(), first);
        }
    }
}
