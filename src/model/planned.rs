//! Versions and routings that a plan speaks of before they exist.
//!
//! The number of a version is known after the publish (T21), so a plan names either a version that
//! AWS has or the action that will make one.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{Address, Routing, Target, VersionNumber, Weight, live::write_routing};

/// A version in a plan: one that exists, or the one that an action of this plan publishes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionRef {
    /// AWS has this version.
    Existing(VersionNumber),
    /// The action at this address publishes it.
    PublishedBy(Address),
}

impl VersionRef {
    /// Returns the number if it is known before the apply.
    pub fn existing(&self) -> Option<VersionNumber> {
        match self {
            Self::Existing(version) => Some(*version),
            Self::PublishedBy(_) => None,
        }
    }

    /// Returns the number, looking up what was published so far.
    pub fn resolve(&self, published: &BTreeMap<Address, VersionNumber>) -> Option<VersionNumber> {
        match self {
            Self::Existing(version) => Some(*version),
            Self::PublishedBy(address) => published.get(address).copied(),
        }
    }
}

impl fmt::Display for VersionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Existing(version) => version.fmt(f),
            Self::PublishedBy(_) => f.write_str("new"),
        }
    }
}

/// Where an alias shall point; the same shape as a live [`Routing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRouting {
    /// The version that gets all traffic, or what the other leaves.
    pub primary: VersionRef,
    /// The other version and its share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional: Option<(VersionRef, Weight)>,
}

impl PlannedRouting {
    /// Returns a routing that sends everything to one version.
    pub fn to(version: VersionRef) -> Self {
        Self { primary: version, additional: None }
    }

    /// Returns where an alias is now. One on `$LATEST` has no such form.
    pub fn of_live(routing: &Routing) -> Option<Self> {
        Some(Self {
            primary: VersionRef::Existing(routing.primary.version()?),
            additional: routing.additional.map(|(version, weight)| (VersionRef::Existing(version), weight)),
        })
    }

    /// Returns both versions.
    pub fn versions(&self) -> impl Iterator<Item = &VersionRef> {
        std::iter::once(&self.primary).chain(self.additional.iter().map(|(version, _)| version))
    }

    /// Returns the routing with numbers, if all of them are known by now.
    pub fn resolve(&self, published: &BTreeMap<Address, VersionNumber>) -> Option<Routing> {
        let primary = Target::Version(self.primary.resolve(published)?);
        let additional = match &self.additional {
            None => None,
            Some((version, weight)) => Some((version.resolve(published)?, *weight)),
        };
        Some(Routing { primary, additional })
    }

    /// Tells whether an alias points here already.
    pub fn is_live(&self, live: &Routing) -> bool {
        self.resolve(&BTreeMap::new()).is_some_and(|routing| routing == *live)
    }
}

impl fmt::Display for PlannedRouting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_routing(f, &self.primary, self.additional.as_ref())
    }
}
