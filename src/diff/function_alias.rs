//! What only a function's aliases have: versions with a health, a role and a dead-letter queue.

use crate::model::{
    Address, AliasName, Configuration, FunctionId, Health, LiveFunction, Part, PlannedRouting, Setting,
    VersionNumber, VersionRef,
};

use super::{AliasIssue, AliasResolution};

/// Returns the newest version that equals the configuration and has not failed, else the one that
/// the function's publish will make.
pub fn latest_version(id: &FunctionId, live: &LiveFunction, after: &Configuration) -> VersionRef {
    let is_candidate = |health: &Health| !matches!(health, Health::Failed(_));
    let newest =
        live.versions.iter().rev().find(|(_, version)| {
            is_candidate(&version.health) && version.configuration.is_same_version(after)
        });
    match newest {
        Some((version, _)) => VersionRef::Existing(*version),
        None => VersionRef::PublishedBy(Address::function(id, Part::NewVersion)),
    }
}

/// Returns what AWS or an apply would refuse of the resolved aliases of a function whose `$LATEST` will
/// have the given configuration.
pub fn function_alias_issues(
    resolution: &AliasResolution,
    live: &LiveFunction,
    after: &Configuration,
) -> Vec<AliasIssue> {
    let splits = resolution.changes.iter().map(|(alias, change)| (alias, &change.to));
    let differing = splits.filter_map(|(alias, routing)| split_differs(alias, routing, live, after));
    let failed = resolution.changes.iter().flat_map(|(alias, change)| failed(alias, &change.to, live));
    differing.chain(failed).collect()
}

/// A split needs the same role and dead-letter queue on both sides (R19).
fn split_differs(
    alias: &AliasName,
    routing: &PlannedRouting,
    live: &LiveFunction,
    after: &Configuration,
) -> Option<AliasIssue> {
    let configuration = |version: &VersionRef| match version {
        VersionRef::Existing(version) => live.versions.get(version).map(|version| &version.configuration),
        VersionRef::PublishedBy(_) => Some(after),
    };
    let configurations: Vec<&Configuration> = routing.versions().filter_map(configuration).collect();
    let [one, two] = configurations.as_slice() else { return None };
    let differs = |setting: &Setting| one.settings.get(*setting) != two.settings.get(*setting);
    let settings: Vec<Setting> = [Setting::Role, Setting::DeadLetter].into_iter().filter(differs).collect();
    (!settings.is_empty()).then(|| AliasIssue::SplitDiffers { alias: alias.clone(), settings })
}

/// Returns the versions of a coming routing that have failed. An alias that is there already is not
/// judged: nothing is sent for it, and nobody asked.
fn failed(alias: &AliasName, to: &PlannedRouting, live: &LiveFunction) -> Vec<AliasIssue> {
    let failed = |version: VersionNumber| match &live.versions.get(&version)?.health {
        Health::Failed(reason) => {
            Some(AliasIssue::Failed { alias: alias.clone(), version, reason: reason.clone() })
        }
        Health::Unknown | Health::Ready | Health::Pending | Health::InProgress => None,
    };
    to.versions().filter_map(VersionRef::existing).filter_map(failed).collect()
}
