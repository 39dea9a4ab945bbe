//! Preflight: where each action of a plan stands in the world as it is now.
//!
//! An action is satisfied (the world is as it wants), ready (the world is as the plan saw it) or
//! moved (neither). The actions on one `$LATEST` form a chain, so the plan's own steps, done by an
//! interrupted apply, are recognised and never mistaken for somebody else's change.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    asl,
    diff::pinned_versions,
    model::{
        Address, Configuration, Digest, FunctionId, FunctionName, Live, LiveFunction, LiveMachine, Object,
        Part, PlannedRouting, Presence, Routing, SettingChange, VersionNumber, VersionRef,
    },
    plan::{Action, MachineAction, Operation, Plan, Precondition},
};

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The world is as the action wants it; a publish names the version.
    Satisfied(Option<VersionNumber>),
    /// The world is as the plan saw it, or as the plan's earlier actions will make it.
    Ready,
    /// The world is neither; in words what moved.
    Moved(String),
}

type Actions<'a> = BTreeMap<&'a Address, &'a Action>;

/// Returns the standing of every action. `live` must hold every object that the plan changes.
pub fn preflight(plan: &Plan, live: &Live) -> BTreeMap<Address, Standing> {
    let mut standings: BTreeMap<Address, Standing> = BTreeMap::new();
    let actions = plan.by_address();
    let pins = pins(live);
    for action in &plan.actions {
        let standing = match &action.address.object {
            Object::Function(id) => match live.functions.get(id) {
                Some(Presence::Present(function)) if is_pinned_by_now(action, function, &pins) => {
                    Standing::Moved("is pinned by a state machine by now".to_owned())
                }
                Some(Presence::Present(function)) => {
                    function_standing(&actions, action, id, function, &standings)
                }
                Some(Presence::Absent) | None => Standing::Moved("does not exist any more".to_owned()),
            },
            Object::Machine(id) => match live.machines.get(id) {
                Some(Presence::Present(machine)) => machine_standing(action, machine),
                Some(Presence::Absent) | None => Standing::Moved("does not exist any more".to_owned()),
            },
        };
        standings.insert(action.address.clone(), standing);
    }
    standings
}

type Pins = BTreeMap<FunctionName, BTreeSet<VersionNumber>>;

/// Returns the versions that live definitions pin.
fn pins(live: &Live) -> Pins {
    let mut pins = Pins::new();
    for machine in live.machines.values().filter_map(Presence::present) {
        for (function, versions) in pinned_versions(&machine.definition) {
            pins.entry(function).or_default().extend(versions);
        }
    }
    pins
}

/// A version that somebody pinned since the plan was made must not go.
fn is_pinned_by_now(action: &Action, live: &LiveFunction, pins: &Pins) -> bool {
    let Operation::DeleteVersion { version, .. } = &action.operation else { return false };
    live.versions.contains_key(version)
        && pins.get(&live.name).is_some_and(|versions| versions.contains(version))
}

fn function_standing(
    actions: &Actions<'_>,
    action: &Action,
    id: &FunctionId,
    live: &LiveFunction,
    standings: &BTreeMap<Address, Standing>,
) -> Standing {
    match &action.operation {
        Operation::UpdateSettings { .. } | Operation::UpdateCode { .. } => {
            latest_standing(actions, action, id, live)
        }
        Operation::PublishVersion { newest, .. } => match published(actions, id, live, *newest) {
            Some(version) => Standing::Satisfied(Some(version)),
            None => latest_standing(actions, action, id, live),
        },
        Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. } => {
            alias_standing(action, to, live, standings)
        }
        Operation::DeleteVersion { version, .. } if live.versions.contains_key(version) => Standing::Ready,
        Operation::DeleteVersion { .. } => Standing::Satisfied(None),
        Operation::UpdateMachine(_) => Standing::Moved("is no state machine".to_owned()),
    }
}

/// Returns the version that this plan's publish made, if it was made: newer than all that the plan
/// saw, and equal to a `$LATEST` that is as the plan wants it.
fn published(
    actions: &Actions<'_>,
    id: &FunctionId,
    live: &LiveFunction,
    newest: Option<VersionNumber>,
) -> Option<VersionNumber> {
    let is_latest_as_planned =
        chain(actions, id).iter().all(|action| is_latest_satisfied(action, &live.latest.configuration));
    let newer =
        live.versions.iter().rev().take_while(|(version, _)| newest.is_none_or(|newest| **version > newest));
    let equal = newer
        .into_iter()
        .find(|(_, version)| version.configuration.is_same_version(&live.latest.configuration));
    equal.filter(|_| is_latest_as_planned).map(|(version, _)| *version)
}

/// The actions on one `$LATEST`, in order.
fn chain<'a>(actions: &Actions<'a>, id: &FunctionId) -> Vec<&'a Action> {
    let parts = [Part::Settings, Part::Code];
    parts.into_iter().filter_map(|part| actions.get(&Address::function(id, part)).copied()).collect()
}

pub(super) fn is_latest_satisfied(action: &Action, configuration: &Configuration) -> bool {
    let is_set = |change: &SettingChange| configuration.settings.get(change.setting) == change.to.as_ref();
    match &action.operation {
        Operation::UpdateSettings { changes } => changes.iter().all(is_set),
        Operation::UpdateCode { to, architectures, .. } => {
            configuration.code == *to && architectures.iter().all(is_set)
        }
        Operation::PublishVersion { .. }
        | Operation::CreateAlias { .. }
        | Operation::UpdateAlias { .. }
        | Operation::UpdateMachine(_)
        | Operation::DeleteVersion { .. } => false,
    }
}

/// `$LATEST` must be where the first unsatisfied action of the chain expects it.
fn latest_standing(actions: &Actions<'_>, action: &Action, id: &FunctionId, live: &LiveFunction) -> Standing {
    if is_latest_satisfied(action, &live.latest.configuration) {
        return Standing::Satisfied(None);
    }
    let chain = chain(actions, id);
    let next = chain
        .iter()
        .find(|step| !is_latest_satisfied(step, &live.latest.configuration))
        .copied()
        .unwrap_or(action);
    let is_untouched = chain.iter().all(|step| !is_latest_satisfied(step, &live.latest.configuration));
    let Precondition::Latest { fingerprint, revision } = &next.precondition else {
        return Standing::Moved("has a precondition of another kind".to_owned());
    };
    let actual = live.latest.configuration.fingerprint();
    if actual != *fingerprint {
        return Standing::Moved(latest_moved(fingerprint, &actual));
    }
    match revision {
        Some(revision) if is_untouched && *revision != live.latest.revision_id => Standing::Moved(
            "was changed since the plan was made; it has environment variables, whose values a plan does not hold".to_owned(),
        ),
        Some(_) | None => Standing::Ready,
    }
}

pub(super) fn latest_moved(planned: &Digest, actual: &Digest) -> String {
    format!(
        "has other code or settings than the plan saw (fingerprint {} → {})",
        planned.short(),
        actual.short()
    )
}

fn alias_standing(
    action: &Action,
    to: &PlannedRouting,
    live: &LiveFunction,
    standings: &BTreeMap<Address, Standing>,
) -> Standing {
    let Part::Alias(name) = &action.address.part else {
        return Standing::Moved("is no alias".to_owned());
    };
    let now = live.aliases.get(name).map(|alias| &alias.routing);
    let published: BTreeMap<Address, VersionNumber> = standings
        .iter()
        .filter_map(|(address, standing)| match standing {
            Standing::Satisfied(Some(version)) => Some((address.clone(), *version)),
            Standing::Satisfied(None) | Standing::Ready | Standing::Moved(_) => None,
        })
        .collect();
    if now.is_some() && now == to.resolve(&published).as_ref() {
        return Standing::Satisfied(None);
    }
    let missing =
        to.versions().filter_map(VersionRef::existing).find(|version| !live.versions.contains_key(version));
    if let Some(version) = missing {
        return Standing::Moved(format!("was to point to version {version}, which does not exist any more"));
    }
    alias_precondition(&action.precondition, now)
}

/// Compares an alias with what the plan saw of it.
pub(super) fn alias_precondition(precondition: &Precondition, now: Option<&Routing>) -> Standing {
    match (precondition, now) {
        (Precondition::AliasAbsent, None) => Standing::Ready,
        (Precondition::AliasAbsent, Some(now)) => {
            Standing::Moved(format!("exists by now and points to {now}"))
        }
        (Precondition::AliasAt(_), None) => Standing::Moved("does not exist any more".to_owned()),
        (Precondition::AliasAt(planned), Some(now)) if planned == now => Standing::Ready,
        (Precondition::AliasAt(planned), Some(now)) => {
            Standing::Moved(format!("pointed to {planned} and points to {now} by now"))
        }
        (
            Precondition::Latest { .. } | Precondition::Machine { .. } | Precondition::Unreferenced { .. },
            _,
        ) => Standing::Moved("has a precondition of another kind".to_owned()),
    }
}

/// Compares a machine with what the action wants and with what the plan saw.
pub(super) fn machine_standing(action: &Action, live: &LiveMachine) -> Standing {
    let Operation::UpdateMachine(wanted) = &action.operation else {
        return Standing::Moved("is a state machine".to_owned());
    };
    if is_machine_satisfied(wanted, live) {
        return Standing::Satisfied(None);
    }
    let Precondition::Machine { definition, role, logging } = &action.precondition else {
        return Standing::Moved("has a precondition of another kind".to_owned());
    };
    let planned = wanted.definition.as_ref().map(|change| change.from.as_str());
    let is_text = Digest::of(live.definition.as_bytes()) == *definition;
    if !is_text && !planned.is_some_and(|planned| asl::is_same_meaning(planned, &live.definition)) {
        return Standing::Moved("has another definition than the plan saw".to_owned());
    }
    if *role != live.role {
        return Standing::Moved(format!("had the role {role} and has {} by now", live.role));
    }
    if *logging != live.logging {
        return Standing::Moved("has another logging than the plan saw".to_owned());
    }
    Standing::Ready
}

fn is_machine_satisfied(wanted: &MachineAction, live: &LiveMachine) -> bool {
    let MachineAction { definition, role, logging, calls: _ } = wanted;
    definition.iter().all(|change| asl::is_same_meaning(&change.to, &live.definition))
        && role.iter().all(|(_, to)| *to == live.role)
        && logging.iter().all(|(_, to)| live.logging.as_ref().map_or(to.level == "OFF", |live| live == to))
}
