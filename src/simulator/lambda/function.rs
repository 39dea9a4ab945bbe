//! One function: `$LATEST`, its published versions, its aliases, and what AWS is still doing to it.
//!
//! `settle` is the only place where time passes: it finishes what should be finished by now. Versions and
//! provisioned concurrency need no settling, because what they show follows from an instant they keep.

use std::collections::BTreeMap;
use std::mem;

use jiff::Timestamp;

use super::aliases::Alias;
use super::configuration::Configuration;
use super::errors::{conflict, function_not_found, stale_revision};
use super::management::RuntimeUpdates;
use super::package::Package;
use super::policies::Policy;
use super::provisioned_concurrency::Provisioned;
use super::reference::LATEST;
use super::urls::Url;
use crate::simulator::constraints::is_number;
use crate::simulator::faults::Faults;
use crate::simulator::identifiers::Identifiers;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::{Knobs, Region, Scene};

/// A function and everything that hangs on it.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// The bare name.
    pub(crate) name: String,
    /// The unqualified ARN.
    pub(crate) arn: String,
    /// The code and configuration of `$LATEST`.
    pub(crate) latest: Snapshot,
    /// What AWS is doing to `$LATEST`.
    pub(crate) phase: Phase,
    /// The published versions that still exist.
    pub(crate) versions: BTreeMap<u64, Version>,
    /// The highest number ever given; it never goes down, so numbers are never reused (R11).
    pub(crate) last_number: u64,
    /// The version that the last publish created; it outlives its deletion, see [`super::versions`].
    pub(crate) last_published: Option<Version>,
    /// Whether an update was called since the last publish (R8); set by updates, cleared by publishing.
    pub(crate) is_updated: bool,
    /// The aliases, by name.
    pub(crate) aliases: BTreeMap<String, Alias>,
    /// The provisioned concurrency, by qualifier.
    pub(crate) provisioned: BTreeMap<String, Provisioned>,
    /// The policies, by qualifier; that of the function itself under an empty one.
    pub(crate) policies: BTreeMap<String, Policy>,
    /// The URLs, by alias; that of the function itself under an empty one.
    pub(crate) urls: BTreeMap<String, Url>,
    /// The reserved concurrency.
    pub(crate) reserved: Option<i64>,
    /// Whether a recursive loop is left alone.
    pub(crate) is_recursive: bool,
    /// The tags of the function; versions and aliases have none.
    pub(crate) tags: BTreeMap<String, String>,
}

/// Code and configuration at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) configuration: Configuration,
    pub(crate) package: Package,
    pub(crate) revision: String,
    pub(crate) modified: Timestamp,
    pub(crate) runtime_updates: RuntimeUpdates,
}

/// A published version: a snapshot that never changes (R13).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Version {
    pub(crate) number: u64,
    pub(crate) snapshot: Snapshot,
    /// The instant from which the version is `Active`.
    pub(crate) active_from: Timestamp,
    /// Why the update that published it ended badly, if it did (R5).
    pub(crate) failure: Option<String>,
}

/// What AWS is doing to `$LATEST`.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// The function is being created.
    Pending { until: Timestamp, is_failing: bool },
    /// An update runs.
    Updating { until: Timestamp, ending: Ending },
    /// Nothing runs, and the last thing went well.
    Settled,
    /// Nothing runs, and the last update failed.
    UpdateFailed { reason: String },
    /// The create failed; only a delete helps.
    CreateFailed { reason: String },
}

/// What a function or version says that was ended by a rule of this account.
const BY_FAULT: &str = "The update was ended by a fault of the simulated account.";

/// Returns the reason of an end that a rule of this account wants to be bad.
pub(crate) fn by_fault(is_failing: bool) -> Option<String> {
    is_failing.then(|| BY_FAULT.to_owned())
}

/// How a running update will end.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    /// The new values stay.
    Success,
    /// The old ones come back.
    Failure { kept: Box<Snapshot> },
}

/// What a qualifier of a function leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Latest,
    Version(u64),
    Alias(String),
}

/// One function at one instant, with everything an operation on it may touch.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) now: Timestamp,
    pub(crate) knobs: &'a Knobs,
    pub(crate) identifiers: &'a mut Identifiers,
    pub(crate) faults: &'a mut Faults,
    pub(crate) function: &'a mut Function,
}

/// Brings a function up to date and returns it together with what its operations need.
pub(crate) fn visit<'a>(scene: &'a mut Scene<'_>, name: &str) -> Result<Visit<'a>, Refusal> {
    let function = scene.region.functions.get_mut(name);
    let function = function.ok_or_else(|| function_not_found(&scene.place.function_arn(name)))?;
    function.settle(scene.now, scene.identifiers);
    Ok(Visit {
        now: scene.now,
        knobs: scene.knobs,
        identifiers: scene.identifiers,
        faults: scene.faults,
        function,
    })
}

/// Returns the bytes of code that the region holds: every version counts in full (R37).
pub(crate) fn stored_bytes(region: &Region) -> u64 {
    let sizes = region.functions.values().flat_map(|function| {
        let versions = function.versions.values().map(|version| version.snapshot.package.size);
        versions.chain([function.latest.package.size])
    });
    sizes.sum()
}

/// Returns true if the region may hold so many bytes more, less those that are replaced (R37).
///
/// The region is counted only when a bound that never falls by itself says that it could be full: counting ten thousand
/// functions for every call would make loading them quadratic.
pub(crate) fn has_room(region: &mut Region, more: u64, replaced: u64, limit: u64) -> bool {
    if region.stored_at_most.saturating_add(more) > limit {
        let stored = stored_bytes(region);
        region.stored_at_most = stored;
        if stored.saturating_sub(replaced).saturating_add(more) > limit {
            return false;
        }
    }
    region.stored_at_most = region.stored_at_most.saturating_add(more);
    true
}

impl Function {
    /// Finishes what is due; completion gives `$LATEST` another revision (R1, R3).
    pub(crate) fn settle(&mut self, now: Timestamp, identifiers: &mut Identifiers) {
        let (Phase::Pending { until, .. } | Phase::Updating { until, .. }) = self.phase else { return };
        if now < until {
            return;
        }
        match mem::replace(&mut self.phase, Phase::Settled) {
            Phase::Updating { ending: Ending::Failure { kept }, .. } => {
                self.latest = *kept;
                self.phase = Phase::UpdateFailed { reason: BY_FAULT.to_owned() };
            }
            Phase::Pending { is_failing: true, .. } => {
                self.phase = Phase::CreateFailed { reason: BY_FAULT.to_owned() };
            }
            _ => {}
        }
        self.latest.revision = identifiers.revision();
    }

    /// Refuses while a create or an update runs (R2, R4).
    pub(crate) fn check_idle(&self) -> Result<(), Refusal> {
        match self.phase {
            Phase::Pending { .. } => Err(conflict(
                "The operation cannot be performed at this time. \
                 The function is currently in the following state: Pending",
            )),
            Phase::CreateFailed { .. } => Err(conflict(
                "The operation cannot be performed at this time. \
                 The function is currently in the following state: Failed",
            )),
            Phase::Updating { .. } => self.check_not_updating(),
            Phase::Settled | Phase::UpdateFailed { .. } => Ok(()),
        }
    }

    /// Refuses while an update runs (R4).
    pub(crate) fn check_not_updating(&self) -> Result<(), Refusal> {
        if !matches!(self.phase, Phase::Updating { .. }) {
            return Ok(());
        }
        let arn = &self.arn;
        Err(conflict(format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
        )))
    }

    /// Refuses a write that believes in an old revision of `$LATEST` (R6).
    pub(crate) fn check_revision(&self, believed: Option<&str>) -> Result<(), Refusal> {
        match believed {
            Some(believed) if believed != self.latest.revision => Err(stale_revision()),
            _ => Ok(()),
        }
    }

    /// Returns the ARN with a qualifier.
    pub(crate) fn qualified(&self, qualifier: impl std::fmt::Display) -> String {
        format!("{}:{qualifier}", self.arn)
    }

    /// Returns what a qualifier leads to.
    pub(crate) fn target(&self, qualifier: Option<&str>) -> Result<Target, Refusal> {
        let Some(qualifier) = qualifier else { return Ok(Target::Latest) };
        let missing = || function_not_found(&self.qualified(qualifier));
        if qualifier == LATEST {
            Ok(Target::Latest)
        } else if is_number(qualifier) {
            self.version(qualifier).map(|version| Target::Version(version.number)).ok_or_else(missing)
        } else {
            let alias = self.aliases.contains_key(qualifier).then(|| Target::Alias(qualifier.to_owned()));
            alias.ok_or_else(missing)
        }
    }

    /// Returns an existing version by the text of its number; `007` is not `7`.
    pub(crate) fn version(&self, number: &str) -> Option<&Version> {
        let parsed: u64 = number.parse().ok()?;
        self.versions.get(&parsed).filter(|_| parsed.to_string() == number)
    }

    /// Returns the provisioned concurrency of all qualifiers but one.
    pub(crate) fn provisioned_total(&self, except: &str) -> i64 {
        let others = self.provisioned.iter().filter(|(qualifier, _)| *qualifier != except);
        others.map(|(_, provisioned)| provisioned.requested).sum()
    }

    /// Starts an update of `$LATEST`; it ends at the given instant, badly if a fault says so.
    pub(crate) fn start_update(&mut self, until: Timestamp, kept: Snapshot, is_failing: bool) {
        let ending = if is_failing { Ending::Failure { kept: Box::new(kept) } } else { Ending::Success };
        self.phase = Phase::Updating { until, ending };
        // A failed update was still called. Whether AWS then publishes a new number is not recorded; the stricter
        // reading is that it does, so an engine that publishes after a failure is caught by its own comparison.
        self.is_updated = true;
    }

    /// Freezes `$LATEST` as the next version.
    pub(crate) fn freeze(&mut self, version: impl FnOnce(u64, Snapshot) -> Version) -> &Version {
        self.last_number += 1;
        let frozen = version(self.last_number, self.latest.clone());
        self.is_updated = false;
        self.last_published = Some(frozen.clone());
        self.versions.entry(self.last_number).insert_entry(frozen).into_mut()
    }
}
