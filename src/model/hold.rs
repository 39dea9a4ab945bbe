//! Holds: an alias that stays where somebody put it, although the TOML would move it (design §3.7).
//!
//! A hold remembers what it was put up against, so that it ends by itself when that is over: the code
//! that was left, or the place of the alias that is followed. It has no environment value and no digest
//! of one: where `$LATEST` had a published version, that version is remembered by number and compared in
//! memory (design §3.3).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::{AliasName, Digest, Routing, VersionNumber};

/// An alias that stays where it is until something happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Where the alias is held.
    pub routing: Routing,
    /// What ends it.
    pub until: HoldEnd,
    /// The versions that were marked bad while it stood, by one rollback after the other; the marks go
    /// with it when somebody ends it. A state of before has one number here.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty", deserialize_with = "one_or_more")]
    pub bad: BTreeSet<VersionNumber>,
    /// The command that put it up.
    pub reason: String,
    /// Who did.
    pub who: String,
    /// When.
    pub at: Timestamp,
}

/// What ends a hold, beside the people who end it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldEnd {
    /// What would be published is not this any more; for `latest`.
    Latest(LatestMark),
    /// The other alias is not here any more; for `previous(X)`.
    Moves {
        /// The alias that is followed.
        of: AliasName,
        /// Where it was; nothing if it was not there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<VersionNumber>,
    },
    /// The alias is there; for `manual`, which nothing else moves. What was interrupted on its way is
    /// ended by the next apply.
    Arrives,
}

/// What `$LATEST`, or a state machine, was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatestMark {
    /// The fingerprint without environment values.
    pub fingerprint: Digest,
    /// The published version that was equal to it, values included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionNumber>,
}

/// What an action changes of what is remembered of its alias, beside the move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldChange {
    /// The alias is held where the action leaves it.
    Hold {
        /// What ends the hold.
        until: HoldEnd,
        /// The version that is marked bad.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bad: Option<VersionNumber>,
        /// The command that puts it up.
        reason: String,
    },
    /// A version is marked bad; the alias needs no hold.
    Mark {
        /// The version.
        bad: VersionNumber,
    },
    /// The hold ends, if there is one, and with it these marks.
    Release {
        /// The versions that are not bad any more.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        forgiven: BTreeSet<VersionNumber>,
        /// The version that is marked bad.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bad: Option<VersionNumber>,
    },
}

impl HoldChange {
    /// Returns the bad versions once it is made.
    pub fn marks(&self, mut bad: BTreeSet<VersionNumber>) -> BTreeSet<VersionNumber> {
        match self {
            Self::Hold { bad: marked, .. } => bad.extend(marked),
            Self::Mark { bad: marked } => drop(bad.insert(*marked)),
            Self::Release { forgiven, bad: marked } => {
                bad.retain(|version| !forgiven.contains(version));
                bad.extend(marked);
            }
        }
        bad
    }
}

/// Reads the marks of a hold, also as they were written when a hold had one at most.
fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<VersionNumber>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Marks {
        One(VersionNumber),
        More(BTreeSet<VersionNumber>),
    }
    Ok(match Marks::deserialize(from)? {
        Marks::One(version) => [version].into(),
        Marks::More(versions) => versions,
    })
}
