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
    draft::{FunctionDraft, recorded_function},
    selection::Scope,
    words,
};

/// What the deletions are planned from.
pub(super) struct Cleanup<'a> {
    pub(super) inputs: &'a PlanInputs<'a>,
    pub(super) scope: &'a Scope<'a>,
    /// The functions as the actions of the plan leave them.
    pub(super) drafts: &'a BTreeMap<FunctionId, FunctionDraft<'a>>,
    pub(super) pins: Pins,
}

/// The versions that definitions pin, with the machines that do.
pub(super) type Pins = BTreeMap<FunctionName, BTreeMap<VersionNumber, BTreeSet<String>>>;

/// What cleanup says beside the deletions.
pub(super) struct Cleaned {
    pub(super) kept: BTreeMap<FunctionId, Vec<KeptVersion>>,
    /// The deletions that the whole plan has and this one has not.
    pub(super) spared: BTreeSet<Address>,
    pub(super) findings: Vec<Finding>,
}

impl Cleanup<'_> {
    /// Plans the deletions of all functions, unless there are more than the limit allows.
    pub(super) fn clean_up(&self, actions: &mut Vec<Action>) -> Cleaned {
        let Self { inputs, drafts, .. } = self;
        let (mut spared, mut findings) = (BTreeSet::new(), Vec::new());
        let mut outcomes: BTreeMap<&FunctionId, RetentionOutcome> =
            drafts.iter().filter_map(|(id, draft)| Some((id, self.retention(id, draft)?))).collect();
        for (id, outcome) in &mut outcomes {
            spared.extend(self.spare(id, outcome));
        }
        let count: usize = outcomes.values().map(|outcome| outcome.deletable.len()).sum();
        if count > usize::try_from(inputs.max_deletes).unwrap_or(usize::MAX) {
            let affected = outcomes.iter().filter(|(_, outcome)| !outcome.deletable.is_empty());
            findings.extend(affected.map(|(id, _)| {
                words::too_many_deletions(id, count, inputs.max_deletes, &inputs.desired.environment)
            }));
            for outcome in outcomes.values_mut() {
                keep(outcome, &KeepReason::MaxDeletes(inputs.max_deletes), |_| true);
            }
        }
        for (id, outcome) in &outcomes {
            if let (Some(draft), Some(desired)) = (drafts.get(id), inputs.desired.functions.get(id)) {
                let keep = desired.retention.map_or(0, |retention| retention.keep);
                let deletable = outcome.deletable.iter();
                actions.extend(deletable.filter_map(|version| deletion(id, draft, *version, keep)));
            }
        }
        let kept = outcomes.into_iter().map(|(id, outcome)| (id.clone(), outcome.kept)).collect();
        Cleaned { kept, spared, findings }
    }

    /// Keeps the versions that the whole plan deletes and this one does not, and returns them.
    fn spare(&self, id: &FunctionId, outcome: &mut RetentionOutcome) -> Vec<Address> {
        let address = |version: VersionNumber| Address::function(id, Part::Version(version));
        let is_spared = |version: VersionNumber| !self.scope.may_delete(&address(version));
        let spared = outcome.deletable.iter().copied().filter(|version| is_spared(*version));
        let spared = spared.map(address).collect();
        keep(outcome, &KeepReason::LeftOut, is_spared);
        spared
    }

    fn retention(&self, id: &FunctionId, draft: &FunctionDraft<'_>) -> Option<RetentionOutcome> {
        let desired = self.inputs.desired.functions.get(id)?;
        if desired.retention.is_none() && draft.actions.is_empty() {
            return None;
        }
        let unpinned = BTreeMap::new();
        Some(retain(RetentionInput {
            retention: desired.retention,
            live: draft.live,
            recorded: recorded_function(self.inputs, id, desired),
            aliases: &draft.aliases,
            ways_back: &followed(desired),
            pins: self.pins.get(&desired.name).unwrap_or(&unpinned),
            new: draft.new.as_ref(),
            now: self.inputs.now,
        }))
    }
}

/// Keeps versions that could go, for one reason.
fn keep(outcome: &mut RetentionOutcome, reason: &KeepReason, is_kept: impl Fn(VersionNumber) -> bool) {
    let (spared, deletable): (Vec<VersionNumber>, Vec<VersionNumber>) =
        outcome.deletable.drain(..).partition(|version| is_kept(*version));
    outcome.deletable = deletable;
    outcome.kept.extend(spared.into_iter().map(|version| KeptVersion {
        version: VersionRef::Existing(version),
        reasons: vec![reason.clone()],
    }));
    outcome.kept.sort_by(|one, two| two.version.cmp(&one.version));
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
        targets: BTreeMap::new(),
        after: draft.alias_actions.clone(),
    })
}

/// Returns every version that a definition pins: the live ones, the coming ones, the recorded and the
/// kept ones.
pub(super) fn pins(inputs: &PlanInputs<'_>, actions: &[Action]) -> Pins {
    let mut pins = Pins::new();
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
