//! The published versions of one thing, its aliases, and what they served before.
//!
//! Functions and state machines both have them, and where an alias shall point and which versions may
//! go is decided alike. What only one of the two knows (the health of a version, a definition) is
//! boiled down here to when a version was published and whether an alias may go back to it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::model::{
    AliasName, Health, Hold, Holds, LiveFunction, LiveMachineLine, LiveVersion, RecordedAlias,
    RecordedFunction, RecordedMachineLine, RecordedVersion, Routing, VersionNumber,
};

/// How far the clock of this machine may be from the one of AWS.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(15);

/// Versions, aliases and their past.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line<'a> {
    /// The published versions.
    pub versions: BTreeMap<VersionNumber, LineVersion>,
    /// The aliases.
    pub aliases: BTreeMap<AliasName, LineAlias>,
    /// The aliases with names that nobody can declare (T27).
    pub others: BTreeMap<String, Routing>,
    /// What we remember; nothing if the state has never held it.
    pub past: Option<Past<'a>>,
}

/// A published version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineVersion {
    /// Its youngest sign: when it was published, as far as anybody knows.
    pub published: Timestamp,
    /// It is the same version since then at least. What was created anew begins its numbers again.
    pub same_since: Timestamp,
    /// Whether an alias may go back to it: it has not failed, and it is the one that we recorded under
    /// its number. What was created anew begins its numbers again.
    pub is_usable: bool,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineAlias {
    /// Where it points.
    pub routing: Routing,
    /// Whether AWS is moving its provisioned concurrency, with weights of its own (T11).
    pub is_shifting: bool,
}

/// What we remember of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past<'a> {
    /// When the state first held it.
    pub first_recorded: Timestamp,
    /// What each alias served.
    pub aliases: &'a BTreeMap<AliasName, RecordedAlias>,
    /// The versions that `previous` does not go back to.
    pub bad: &'a BTreeSet<VersionNumber>,
    /// The aliases that stay where somebody put them.
    pub holds: &'a Holds,
}

impl LineAlias {
    /// Returns where the alias points without weights of AWS's own.
    pub fn settled_routing(&self) -> Routing {
        let additional = self.routing.additional.filter(|_| !self.is_shifting);
        Routing { primary: self.routing.primary, additional }
    }
}

impl<'a> Line<'a> {
    /// Returns the line of a function.
    pub fn of_function(live: &LiveFunction, recorded: Option<&'a RecordedFunction>) -> Self {
        let version = |number: &VersionNumber, version: &LiveVersion| {
            let record = recorded.and_then(|function| function.versions.get(number));
            let is_same =
                record.is_none_or(|record| record.fingerprint == version.configuration.fingerprint());
            let recorded_since = |record: &RecordedVersion| match (record.published, recorded) {
                (Some(published), _) => published,
                (None, Some(function)) => function.first_recorded.min(version.last_modified),
                (None, None) => version.last_modified,
            };
            // A function that was created anew has younger versions under the numbers that we recorded.
            let published = record.and_then(|record| record.published);
            LineVersion {
                published: published
                    .map_or(version.last_modified, |published| published.max(version.last_modified)),
                same_since: record.map_or(version.last_modified, recorded_since),
                is_usable: is_same && !matches!(version.health, Health::Failed(_)),
            }
        };
        let aliases = live.aliases.iter().map(|(name, alias)| {
            (name.clone(), LineAlias { routing: alias.routing.clone(), is_shifting: alias.is_shifting })
        });
        Self {
            versions: live.versions.iter().map(|(number, live)| (*number, version(number, live))).collect(),
            aliases: aliases.collect(),
            others: BTreeMap::new(),
            past: recorded.map(|function| Past {
                first_recorded: function.first_recorded,
                aliases: &function.aliases,
                bad: &function.bad,
                holds: &function.holds,
            }),
        }
    }

    /// Returns the line of a state machine.
    pub fn of_machine(live: &LiveMachineLine, recorded: Option<&'a RecordedMachineLine>) -> Self {
        let version = |number: &VersionNumber, published: Timestamp| {
            let record = recorded.and_then(|line| line.versions.get(number));
            LineVersion {
                published,
                same_since: published,
                is_usable: record.is_none_or(|record| record.created == published),
            }
        };
        let aliases = live.aliases.iter().map(|(name, routing)| {
            (name.clone(), LineAlias { routing: routing.clone(), is_shifting: false })
        });
        Self {
            versions: live.versions.iter().map(|(number, at)| (*number, version(number, *at))).collect(),
            aliases: aliases.collect(),
            others: live.other_aliases.clone(),
            past: recorded.map(|line| Past {
                first_recorded: line.first_recorded,
                aliases: &line.aliases,
                bad: &line.bad,
                holds: &line.holds,
            }),
        }
    }

    /// Returns the last version that an alias served, now included, which is not the one that it will
    /// serve, still exists and was not marked bad.
    pub(super) fn way_back(&self, alias: &AliasName, coming: Option<VersionNumber>) -> Option<VersionNumber> {
        self.way_back_without(alias, coming, &self.bad())
    }

    /// Returns the same where these versions are the bad ones.
    pub(super) fn way_back_without(
        &self,
        alias: &AliasName,
        coming: Option<VersionNumber>,
        bad: &BTreeSet<VersionNumber>,
    ) -> Option<VersionNumber> {
        let now = self.aliases.get(alias).and_then(|alias| alias.routing.primary.version());
        let now = now.filter(|version| self.is_usable(*version));
        let seen = self.past.and_then(|past| past.aliases.get(alias));
        let seen = seen.into_iter().flat_map(|alias| alias.moves.iter().rev());
        let seen = seen.filter_map(|step| Some((step.routing.primary.version()?, step.at)));
        let seen = seen.filter(|(version, at)| self.is_same_as_at(*version, *at));
        now.into_iter()
            .chain(seen.map(|(version, _)| version))
            .find(|version| Some(*version) != coming && !bad.contains(version))
    }

    /// Tells whether a version may be used, and is the one that had its number at an instant.
    pub(super) fn is_same_as_at(&self, number: VersionNumber, at: Timestamp) -> bool {
        let is_as_old = |version: &LineVersion| version.same_since <= at + CLOCKS_APART;
        self.versions.get(&number).is_some_and(|version| version.is_usable && is_as_old(version))
    }

    /// Returns the versions that `previous` does not go back to.
    pub fn bad(&self) -> BTreeSet<VersionNumber> {
        self.past.map(|past| past.bad.clone()).unwrap_or_default()
    }

    /// Returns the hold of an alias, whether it stands or not.
    pub(super) fn hold(&self, alias: &AliasName) -> Option<&'a Hold> {
        self.past.and_then(|past| past.holds.get(alias))
    }

    /// Tells whether an alias may be sent to a version.
    pub(super) fn is_usable(&self, version: VersionNumber) -> bool {
        self.versions.get(&version).is_some_and(|version| version.is_usable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AliasMove, Target};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("it is an instant")
    }

    fn number(number: u64) -> VersionNumber {
        VersionNumber::new(number).expect("it is a version")
    }

    /// Returns where LIVE, which served 2 until 10:00 and 3 from then on, goes back to when version 2 is this old.
    fn way_back(same_since: &str) -> Option<VersionNumber> {
        let live = AliasName::new("LIVE").expect("it is a name");
        let routing = |version| Routing { primary: Target::Version(number(version)), additional: None };
        let moves = [("2026-11-22T09:00:00Z", 2), ("2026-11-22T10:00:00Z", 3)];
        let moves = moves.map(|(when, version)| AliasMove { at: at(when), routing: routing(version) });
        let seen = RecordedAlias { moves: moves.into(), gone: None, left: BTreeMap::new() };
        let aliases = BTreeMap::from([(live.clone(), seen)]);
        let (bad, holds) = (BTreeSet::new(), Holds::new());
        let past =
            Past { first_recorded: at("2026-11-22T08:00:00Z"), aliases: &aliases, bad: &bad, holds: &holds };
        let version =
            |since: &str| LineVersion { published: at(since), same_since: at(since), is_usable: true };
        let drawn = Line {
            versions: [(number(2), version(same_since)), (number(3), version("2026-11-22T09:30:00Z"))].into(),
            aliases: [(live.clone(), LineAlias { routing: routing(3), is_shifting: false })].into(),
            others: BTreeMap::new(),
            past: Some(past),
        };
        drawn.way_back(&live, Some(number(3)))
    }

    #[test]
    fn a_version_that_is_younger_than_its_number_in_the_history_is_another_one() {
        assert_eq!(way_back("2026-11-22T08:30:00Z"), Some(number(2)));
        assert_eq!(way_back("2026-11-22T09:10:00Z"), Some(number(2)), "clocks differ");
        assert_eq!(way_back("2026-11-22T09:20:00Z"), None);
    }
}
