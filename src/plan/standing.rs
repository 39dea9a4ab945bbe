//! Why each version stays as things are now, before any plan moves anything.
//!
//! It is the cleanup of a plan without actions: the same rules and the same words, for the aliases and
//! definitions as AWS has them. The limit on deletions is a limit on plans and counts for nothing here.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{Line, RetentionOutcome, known_versions},
    model::{
        AliasName, DesiredFunction, DesiredMachine, FunctionId, LiveFunction, LiveMachine, LiveMachineLine,
        MachineId, Object, PlannedRouting, Routing,
    },
};

use super::{
    PlanInputs, Purpose, Selection,
    cleanup::{Cleanup, Wanted},
    draft::{FunctionDraft, recorded_function},
    machine_draft::{MachineDraft, recorded_machine},
    pins::Pins,
    selection::{Scope, WaysBack},
};

/// Decides for every version of what was observed, for all that is declared.
pub fn standing(inputs: &PlanInputs<'_>) -> BTreeMap<Object, RetentionOutcome> {
    let functions = inputs.desired.functions.iter();
    let drafts = functions.filter_map(|(id, desired)| {
        Some((id.clone(), function_as_it_is(inputs, id, desired, inputs.live.function(id)?)))
    });
    let machines = inputs.desired.machines.iter();
    let machines = machines.filter_map(|(id, desired)| {
        Some((id.clone(), machine_as_it_is(inputs, id, desired, inputs.live.machine(id)?)))
    });
    let whole = Selection::default();
    let cleanup = Cleanup {
        inputs,
        purpose: &Purpose::default(),
        scope: &Scope::new(&whole, &[], WaysBack::new()),
        drafts: &drafts.collect(),
        machines: &machines.collect(),
        pins: Pins::of_definitions(inputs, &[]),
        wanted: Wanted::new(),
    };
    cleanup.outcomes(&mut BTreeSet::new())
}

fn function_as_it_is<'a>(
    inputs: &PlanInputs<'a>,
    id: &FunctionId,
    desired: &DesiredFunction,
    live: &'a LiveFunction,
) -> FunctionDraft<'a> {
    let recorded = recorded_function(inputs, id, desired);
    FunctionDraft {
        live,
        bad: recorded.map(|recorded| recorded.bad.clone()).unwrap_or_default(),
        aliases: routings(live.aliases.iter().map(|(name, alias)| (name, &alias.routing))),
        alias_actions: BTreeSet::new(),
        latest: None,
        new: None,
        actions: Vec::new(),
        findings: Vec::new(),
        revision: Some(live.latest.revision_id.clone()),
    }
}

fn machine_as_it_is<'a>(
    inputs: &PlanInputs<'a>,
    id: &MachineId,
    desired: &DesiredMachine,
    live: &'a LiveMachine,
) -> MachineDraft<'a> {
    let recorded = recorded_machine(inputs, id, desired).and_then(|machine| machine.line.as_ref());
    let nothing = LiveMachineLine::default();
    let live_line = live.line.as_ref().unwrap_or(&nothing);
    MachineDraft {
        live,
        bad: recorded.map(|recorded| recorded.bad.clone()).unwrap_or_default(),
        line: Line::of_machine(live_line, recorded),
        known: known_versions(live_line, recorded),
        aliases: routings(live_line.aliases.iter()),
        alias_actions: BTreeSet::new(),
        new: None,
        actions: Vec::new(),
        findings: Vec::new(),
    }
}

/// An alias at `$LATEST` keeps no version.
fn routings<'a>(
    aliases: impl Iterator<Item = (&'a AliasName, &'a Routing)>,
) -> BTreeMap<AliasName, PlannedRouting> {
    aliases.filter_map(|(name, routing)| Some((name.clone(), PlannedRouting::of_live(routing)?))).collect()
}
