//! How a deployment ended, and the manifest that tells it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        Address, AliasName, FunctionId, MachineId, Object, Recorded, RecordedAlias, RecordedFunction,
        RecordedMachine, Routing,
    },
    plan::{Action, Plan},
    store::{DeploymentOutcome, Layout, ManifestAction, ManifestFunction, ManifestMachine, Outcome},
};

/// Returns how the deployment ended. Only this run counts: what an earlier run did says nothing of
/// an action that this plan asks for again.
pub(super) fn deployment_outcome(
    plan: &Plan,
    outcomes: &BTreeMap<Address, ManifestAction>,
    is_asked_to_stop: bool,
) -> DeploymentOutcome {
    let outcome = |action: &Action| outcomes.get(&action.address).map(|action| &action.outcome);
    let endings: BTreeSet<Ending> =
        plan.actions.iter().map(|action| outcome(action).map_or(Ending::Open, ending)).collect();
    let is_stopped = endings.contains(&Ending::Open) || endings.contains(&Ending::Unknown);
    if is_asked_to_stop && is_stopped {
        DeploymentOutcome::Interrupted
    } else if is_stopped || endings.contains(&Ending::Bad) {
        DeploymentOutcome::Failed
    } else {
        DeploymentOutcome::Completed
    }
}

/// How an action of the plan ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Good,
    Bad,
    Unknown,
    Open,
}

fn ending(outcome: &Outcome) -> Ending {
    match outcome {
        Outcome::Unknown { .. } => Ending::Unknown,
        Outcome::Failed { .. }
        | Outcome::Moved { .. }
        | Outcome::Skipped { .. }
        | Outcome::MovedBack { .. }
        | Outcome::NotMovedBack { .. } => Ending::Bad,
        Outcome::Done { .. } | Outcome::AlreadyDone | Outcome::Protected { .. } => Ending::Good,
        Outcome::NotBegun => Ending::Open,
    }
}

/// Returns the outcomes of this run with a word about every action that it never began.
pub(super) fn with_unbegun(
    plan: &Plan,
    outcomes: &BTreeMap<Address, ManifestAction>,
) -> BTreeMap<Address, ManifestAction> {
    let unbegun = |action: &Action| ManifestAction {
        address: action.address.clone(),
        summary: action.summary(),
        began: None,
        ended: None,
        after: action.after.clone(),
        outcome: Outcome::NotBegun,
    };
    let mut all: BTreeMap<Address, ManifestAction> =
        plan.actions.iter().map(|action| (action.address.clone(), unbegun(action))).collect();
    all.extend(outcomes.clone());
    all
}

/// Returns where everything stands that is recorded.
pub(super) fn layout_of(recorded: &Recorded) -> Layout {
    Layout { functions: functions(recorded), machines: machines(recorded) }
}

/// Returns how what we changed stood before. What somebody else moved meanwhile is no work of ours.
pub(super) fn changed(before: Layout, after: &Layout, actions: &[ManifestAction]) -> Layout {
    let is_ours = |action: &&ManifestAction| action.outcome.is_ours();
    let ours: BTreeSet<&Object> =
        actions.iter().filter(is_ours).map(|action| &action.address.object).collect();
    let Layout { mut functions, mut machines } = before;
    functions.retain(|id, function| {
        ours.contains(&Object::Function(id.clone())) && after.functions.get(id) != Some(function)
    });
    machines.retain(|id, machine| {
        ours.contains(&Object::Machine(id.clone())) && after.machines.get(id) != Some(machine)
    });
    Layout { functions, machines }
}

fn functions(recorded: &Recorded) -> BTreeMap<FunctionId, ManifestFunction> {
    recorded.functions.iter().map(|(id, function)| (id.clone(), manifest_function(function))).collect()
}

fn manifest_function(function: &RecordedFunction) -> ManifestFunction {
    ManifestFunction {
        name: function.name.clone(),
        version: function.latest.equals,
        aliases: standing(&function.aliases),
    }
}

/// Returns where the aliases point that are there.
fn standing(aliases: &BTreeMap<AliasName, RecordedAlias>) -> BTreeMap<AliasName, Routing> {
    let there = aliases.iter().filter(|(_, alias)| alias.gone.is_none());
    there.map(|(name, alias)| (name.clone(), alias.routing().clone())).collect()
}

fn machines(recorded: &Recorded) -> BTreeMap<MachineId, ManifestMachine> {
    let machine = |machine: &RecordedMachine| ManifestMachine {
        name: machine.name.clone(),
        definition: machine.definition.clone(),
        version: machine.line.as_ref().and_then(|line| line.equals),
        aliases: machine.line.as_ref().map(|line| standing(&line.aliases)).unwrap_or_default(),
    };
    recorded.machines.iter().map(|(id, recorded)| (id.clone(), machine(recorded))).collect()
}
