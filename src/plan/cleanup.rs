//! The cleanup half of the planner: which versions go once everything else is done.
//!
//! It looks at the drafts of all functions and at the coming definitions, because a version is safe
//! to delete only when nothing refers to it after the apply (design §3.5), and because the limit on
//! deletions is one for the whole plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{KeepReason, KeptVersion, RetentionInput, RetentionOutcome, pinned_versions, retain},
    model::{
        Address, AliasName, AliasTarget, DesiredFunction, FunctionId, FunctionName, MachineId, Part,
        SplitKey, VersionNumber, VersionRef,
    },
};

use super::{
    Action, Finding, MachineAction, Operation, PlanInputs, Precondition, Reason,
    planner::{FunctionDraft, recorded_function},
    words,
};

/// Plans the deletions of all functions, unless there are more than the limit allows.
pub(super) fn clean_up(
    inputs: &PlanInputs<'_>,
    drafts: &mut BTreeMap<FunctionId, FunctionDraft<'_>>,
    actions: &mut Vec<Action>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<FunctionId, Vec<KeptVersion>> {
    let pins = pins(inputs, actions);
    let mut outcomes: BTreeMap<FunctionId, RetentionOutcome> = drafts
        .iter()
        .filter_map(|(id, draft)| Some((id.clone(), retention(inputs, id, draft, &pins)?)))
        .collect();
    let count: usize = outcomes.values().map(|outcome| outcome.deletable.len()).sum();
    if count > usize::try_from(inputs.max_deletes).unwrap_or(usize::MAX) {
        let affected = outcomes.iter().filter(|(_, outcome)| !outcome.deletable.is_empty());
        findings.extend(affected.map(|(id, _)| {
            words::too_many_deletions(id, count, inputs.max_deletes, &inputs.desired.environment)
        }));
        for outcome in outcomes.values_mut() {
            keep_all(outcome, inputs.max_deletes);
        }
    }
    for (id, outcome) in &outcomes {
        if let (Some(draft), Some(desired)) = (drafts.get(id), inputs.desired.functions.get(id)) {
            let keep = desired.retention.map_or(0, |retention| retention.keep);
            actions
                .extend(outcome.deletable.iter().filter_map(|version| deletion(id, draft, *version, keep)));
        }
    }
    outcomes.into_iter().map(|(id, outcome)| (id, outcome.kept)).collect()
}

fn keep_all(outcome: &mut RetentionOutcome, limit: u32) {
    let spared = outcome.deletable.drain(..).rev();
    outcome.kept.extend(spared.map(|version| KeptVersion {
        version: VersionRef::Existing(version),
        reasons: vec![KeepReason::MaxDeletes(limit)],
    }));
    outcome.kept.sort_by(|one, two| two.version.cmp(&one.version));
}

fn retention(
    inputs: &PlanInputs<'_>,
    id: &FunctionId,
    draft: &FunctionDraft<'_>,
    pins: &BTreeMap<FunctionName, BTreeMap<VersionNumber, BTreeSet<String>>>,
) -> Option<RetentionOutcome> {
    let desired = inputs.desired.functions.get(id)?;
    if desired.retention.is_none() && draft.actions.is_empty() {
        return None;
    }
    let unpinned = BTreeMap::new();
    Some(retain(RetentionInput {
        retention: desired.retention,
        live: draft.live,
        recorded: recorded_function(inputs, id, desired),
        aliases: &draft.aliases,
        ways_back: &followed(desired),
        pins: pins.get(&desired.name).unwrap_or(&unpinned),
        new: draft.new.as_ref(),
        now: inputs.now,
    }))
}

/// Returns the aliases that `previous(X)` is declared of.
fn followed(desired: &DesiredFunction) -> BTreeSet<AliasName> {
    let sides = |target: &AliasTarget| -> Vec<AliasName> {
        match target {
            AliasTarget::Previous(of) => vec![of.clone()],
            AliasTarget::Split(sides) => sides.keys().filter_map(previous_of).collect(),
            AliasTarget::Latest | AliasTarget::Pinned(_) | AliasTarget::SameAs(_) | AliasTarget::Manual => {
                Vec::new()
            }
        }
    };
    desired.aliases.values().flat_map(sides).collect()
}

fn previous_of(side: &SplitKey) -> Option<AliasName> {
    match side {
        SplitKey::Previous(of) => Some(of.clone()),
        SplitKey::Latest | SplitKey::Version(_) => None,
    }
}

fn deletion(id: &FunctionId, draft: &FunctionDraft<'_>, version: VersionNumber, keep: u32) -> Option<Action> {
    let live = draft.live.versions.get(&version)?;
    Some(Action {
        address: Address::function(id, Part::Version(version)),
        operation: Operation::DeleteVersion { version, size: live.code_size },
        reason: Reason::Unprotected { keep },
        precondition: Precondition::Unreferenced { fingerprint: live.configuration.fingerprint() },
        after: draft.alias_actions.clone(),
    })
}

/// Returns every version that a definition pins: the live ones, the coming ones, the recorded and the
/// kept ones.
fn pins(
    inputs: &PlanInputs<'_>,
    actions: &[Action],
) -> BTreeMap<FunctionName, BTreeMap<VersionNumber, BTreeSet<String>>> {
    let mut pins: BTreeMap<FunctionName, BTreeMap<VersionNumber, BTreeSet<String>>> = BTreeMap::new();
    let mut add = |machine: &MachineId, found: BTreeMap<FunctionName, BTreeSet<VersionNumber>>| {
        for (function, versions) in found {
            for version in versions {
                pins.entry(function.clone())
                    .or_default()
                    .entry(version)
                    .or_default()
                    .insert(machine.to_string());
            }
        }
    };
    let by_address: BTreeMap<&Address, &Action> =
        actions.iter().map(|action| (&action.address, action)).collect();
    for id in inputs.desired.machines.keys() {
        let live = inputs.live.machine(id).map(|machine| pinned_versions(&machine.definition));
        if let Some(found) = live {
            add(id, found);
        }
        let recorded = inputs.recorded.and_then(|(_, recorded)| recorded.machines.get(id));
        // What somebody replaced by hand is kept from the next record on, so it counts already.
        if let Some(machine) = recorded {
            add(id, machine.pins.clone());
            machine.kept.iter().for_each(|kept| add(id, kept.pins.clone()));
        }
        let address = Address::machine(id, Part::Definition);
        let coming = by_address.get(&address);
        if let Some(Operation::UpdateMachine(MachineAction { definition: Some(change), .. })) =
            coming.map(|action| &action.operation)
        {
            add(id, pinned_versions(&change.to));
        }
    }
    pins
}
