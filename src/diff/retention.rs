//! Which versions of a function or state machine may go, and why each of the others stays.
//!
//! The decision is made from the references as they will be after the apply (design §3.5). Every
//! version that exists gets its reasons; a version without a reason to stay may go. Reasons print
//! instants, never ages, so that the same inputs give the same words.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::{
    AliasName, Leaving, MachineId, PlannedRouting, Retention, Routing, VersionNumber, VersionRef,
};

use super::{Line, line::LineAlias};

/// Why a version stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepReason {
    /// These aliases point to it.
    Aliases(BTreeSet<AliasName>),
    /// These aliases send it a share of their traffic.
    Weights(BTreeSet<AliasName>),
    /// The alias served it before, and `previous` may need it.
    WayBack(AliasName),
    /// These aliases point to it, whose names nobody can declare (T27).
    OtherAliases(BTreeSet<String>),
    /// Definitions of state machines pin it; in words, which.
    Pinned(BTreeSet<String>),
    /// Executions of it are running.
    Running,
    /// Running executions of a state machine may follow a definition that pins it.
    ExecutionsUnknown(MachineId),
    /// It is among the newest N.
    Newest(u32),
    /// This plan publishes it.
    New,
    /// It is too young, or left its last alias too recently: it may go from this instant on.
    Until(Timestamp),
    /// This alias leaves it with this plan, so its time begins with the apply.
    LeftNow(AliasName),
    /// The state has not seen yet that nothing points to it, so its time begins with the next record.
    NotRecorded,
    /// More versions could go than this limit allows, so none goes.
    MaxDeletes(u32),
    /// The plan is a part, and leaves out what would let the version go, or the deletion itself.
    LeftOut,
    /// An alias is declared to point to it, and does not yet.
    Declared,
    /// No retention is declared.
    NoRetention,
}

impl fmt::Display for KeepReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aliases(aliases) => write!(f, "target of {}", ticked(aliases.iter())),
            Self::Weights(aliases) => write!(f, "carries routing weight of {}", ticked(aliases.iter())),
            Self::WayBack(alias) => write!(f, "the way back of `{alias}`"),
            Self::OtherAliases(aliases) => {
                write!(f, "target of {}, which cannot be managed", ticked(aliases.iter()))
            }
            Self::Pinned(by) => {
                write!(f, "pinned by {}", by.iter().cloned().collect::<Vec<_>>().join(", "))
            }
            Self::Running => f.write_str("executions of it are running"),
            Self::ExecutionsUnknown(machine) => {
                write!(f, "not all running executions of `{machine}` could be looked at")
            }
            Self::Newest(keep) => write!(f, "among the newest {keep}"),
            Self::New => f.write_str("published by this plan"),
            Self::Until(instant) => write!(f, "min_age protects it until {instant}"),
            Self::LeftNow(alias) => write!(f, "`{alias}` leaves it with this plan; min_age begins then"),
            Self::NotRecorded => {
                f.write_str("min_age begins when an apply records that nothing points to it")
            }
            Self::MaxDeletes(limit) => {
                let versions = if *limit == 1 { "version" } else { "versions" };
                write!(f, "more than {limit} {versions} could go, so none does")
            }
            Self::LeftOut => f.write_str("this plan is a part, and leaves its deletion out"),
            Self::Declared => f.write_str("the TOML has an alias point to it, which does not yet"),
            Self::NoRetention => f.write_str("no retention is declared"),
        }
    }
}

fn ticked<T: fmt::Display>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

/// A version that stays, with all its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptVersion {
    /// The version, which may be one that this plan publishes.
    pub version: VersionRef,
    /// The reasons, strongest first.
    pub reasons: Vec<KeepReason>,
}

/// What the decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct RetentionInput<'a> {
    /// The rule; nothing means that every version stays.
    pub retention: Option<Retention>,
    /// The versions and aliases as they are, and what we remember of them.
    pub line: &'a Line<'a>,
    /// Where every alias will point after the apply.
    pub aliases: &'a BTreeMap<AliasName, PlannedRouting>,
    /// The aliases that others are the way back of (`previous(X)` is declared somewhere).
    pub ways_back: &'a BTreeSet<AliasName>,
    /// The versions that no alias goes back to after the apply.
    pub bad: &'a BTreeSet<VersionNumber>,
    /// The versions that definitions pin, with the words for who does.
    pub pins: &'a BTreeMap<VersionNumber, BTreeSet<String>>,
    /// The version that this plan publishes, if it does.
    pub new: Option<&'a VersionRef>,
    /// The instant of planning.
    pub now: Timestamp,
}

/// The decision for one function or state machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetentionOutcome {
    /// The versions that stay, newest first.
    pub kept: Vec<KeptVersion>,
    /// The versions that may go, oldest first.
    pub deletable: Vec<VersionNumber>,
}

/// Decides for every version of a line.
pub fn retain(input: RetentionInput<'_>) -> RetentionOutcome {
    let mut outcome = RetentionOutcome::default();
    if let Some(new) = input.new {
        let mut reasons = references(&input, new);
        reasons.push(KeepReason::New);
        outcome.kept.push(KeptVersion { version: new.clone(), reasons });
    }
    for (rank, version) in input.line.versions.keys().rev().enumerate() {
        let reasons = reasons(&input, *version, rank + usize::from(input.new.is_some()));
        if reasons.is_empty() {
            outcome.deletable.insert(0, *version);
        } else {
            outcome.kept.push(KeptVersion { version: VersionRef::Existing(*version), reasons });
        }
    }
    outcome
}

fn reasons(input: &RetentionInput<'_>, version: VersionNumber, rank: usize) -> Vec<KeepReason> {
    let mut reasons = references(input, &VersionRef::Existing(version));
    let is_in_use = !reasons.is_empty();
    if let Some(machines) = input.pins.get(&version) {
        reasons.push(KeepReason::Pinned(machines.clone()));
    }
    if let Some(alias) = input.ways_back.iter().find(|alias| is_way_back(input, alias, version)) {
        reasons.push(KeepReason::WayBack(alias.clone()));
    }
    let Some(Retention { keep, min_age }) = input.retention else {
        reasons.push(KeepReason::NoRetention);
        return reasons;
    };
    if rank < usize::try_from(keep).unwrap_or(usize::MAX) {
        reasons.push(KeepReason::Newest(keep));
    }
    // A version that is in use is not kept for its age.
    if !is_in_use {
        reasons.extend(youth(input, version, min_age));
    }
    reasons
}

fn references(input: &RetentionInput<'_>, version: &VersionRef) -> Vec<KeepReason> {
    let pointing = |is_wanted: &dyn Fn(&PlannedRouting) -> bool| -> BTreeSet<AliasName> {
        input
            .aliases
            .iter()
            .filter(|(_, routing)| is_wanted(routing))
            .map(|(alias, _)| alias.clone())
            .collect()
    };
    let primary = pointing(&|routing| routing.primary == *version);
    let weighted =
        pointing(&|routing| routing.additional.as_ref().is_some_and(|(other, _)| other == version));
    let serves = |routing: &Routing| routing.versions().any(|served| Some(served) == version.existing());
    let others = input.line.others.iter().filter(|(_, routing)| serves(routing));
    let others: BTreeSet<String> = others.map(|(name, _)| name.clone()).collect();
    let primary = (!primary.is_empty()).then_some(KeepReason::Aliases(primary));
    let weighted = (!weighted.is_empty()).then_some(KeepReason::Weights(weighted));
    let others = (!others.is_empty()).then_some(KeepReason::OtherAliases(others));
    primary.into_iter().chain(weighted).chain(others).collect()
}

/// Tells whether `previous(alias)` would choose this version if the alias moved on now: the last
/// version that it served and will not serve any more.
fn is_way_back(input: &RetentionInput<'_>, alias: &AliasName, version: VersionNumber) -> bool {
    let coming = input.aliases.get(alias).and_then(|routing| routing.primary.existing());
    input.line.way_back_without(alias, coming, input.bad) == Some(version)
}

/// A version stays for `min_age` from its publish and from the moment its last alias left it.
fn youth(input: &RetentionInput<'_>, version: VersionNumber, min_age: SignedDuration) -> Option<KeepReason> {
    let leaves =
        |(_, alias): &(&AliasName, &LineAlias)| alias.routing.versions().any(|served| served == version);
    let is_still_served = input
        .aliases
        .values()
        .any(|routing| routing.versions().any(|served| served.existing() == Some(version)));
    let leaving = input.line.aliases.iter().find(leaves).filter(|_| !is_still_served);
    if let (Some((alias, _)), true) = (leaving, min_age.is_positive()) {
        return Some(KeepReason::LeftNow(alias.clone()));
    }
    let Some(unaliased) = unaliased_since(input, version) else {
        return min_age.is_positive().then_some(KeepReason::NotRecorded);
    };
    let free = input
        .line
        .versions
        .get(&version)?
        .published
        .max(unaliased)
        .checked_add(min_age)
        .unwrap_or(Timestamp::MAX);
    (free > input.now).then_some(KeepReason::Until(whole_second(free)))
}

/// Rounds up, so that the version really is free at the instant that the reason prints.
fn whole_second(instant: Timestamp) -> Timestamp {
    let second = instant.as_second() + i64::from(instant.subsec_nanosecond() > 0);
    Timestamp::from_second(second).unwrap_or(instant)
}

/// Returns when the last alias left the version: from the history where it is known, else when the
/// state first recorded the function; nothing if the state has not seen it yet.
fn unaliased_since(input: &RetentionInput<'_>, version: VersionNumber) -> Option<Timestamp> {
    let past = input.line.past?;
    let mut since = past.first_recorded;
    for alias in past.aliases.values() {
        match alias.leaving(version) {
            Leaving::Never => {}
            Leaving::At(instant) => since = since.max(instant),
            // Somebody moved it since.
            Leaving::Unseen => return None,
        }
    }
    Some(since)
}
