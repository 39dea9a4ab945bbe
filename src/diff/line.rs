//! The published versions of one thing, its aliases, and what they served before.
//!
//! Functions and state machines both have them, and where an alias shall point and which versions may
//! go is decided alike. What only one of the two knows (the health of a version, a definition) is
//! boiled down here to when a version was published and whether an alias may go back to it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{
    AliasName, Health, Hold, Holds, LiveFunction, LiveMachineLine, LiveVersion, RecordedAlias,
    RecordedFunction, RecordedMachineLine, Routing, Target, VersionNumber,
};

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
            // A function that was created anew has younger versions under the numbers that we recorded.
            let published = record.and_then(|record| record.published);
            LineVersion {
                published: published
                    .map_or(version.last_modified, |published| published.max(version.last_modified)),
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
            LineVersion { published, is_usable: record.is_none_or(|record| record.created == published) }
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
        let now = self.aliases.get(alias).map(|alias| alias.routing.primary);
        let seen = self.past.and_then(|past| past.aliases.get(alias));
        let seen = seen.into_iter().flat_map(|alias| alias.moves.iter().rev());
        now.into_iter()
            .chain(seen.map(|step| step.routing.primary))
            .filter_map(Target::version)
            .find(|version| Some(*version) != coming && self.is_usable(*version) && !bad.contains(version))
    }

    /// Returns the versions that `previous` does not go back to.
    pub(super) fn bad(&self) -> BTreeSet<VersionNumber> {
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
