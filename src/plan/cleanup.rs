//! The cleanup half of the planner: which versions go once everything else is done.
//!
//! It looks at the drafts of all functions and machines, because a version is safe to delete only when
//! nothing refers to it after the apply (design §3.5), and because the limit on deletions is one for the
//! whole plan. The versions of machines come first: what stays of them pins versions of functions, and
//! what goes of them goes before what it pinned.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{KeepReason, KeptVersion, Line, RetentionInput, RetentionOutcome, named_machine_versions, retain},
    model::{
        Address, Desired, DesiredFunction, DesiredMachine, FunctionId, MachineId, MachineKind, MachineName,
        Object, Part, VersionExecutions, VersionNumber, VersionRef,
    },
};

use super::{
    Action, CleanUp, Finding, MachineAction, Operation, PlanInputs, Precondition, Purpose,
    draft::{FunctionDraft, recorded_function},
    machine_draft::MachineDraft,
    pins::Pins,
    pointing::followed,
    selection::Scope,
    words,
};

/// What the deletions are planned from.
pub(super) struct Cleanup<'a> {
    pub(super) inputs: &'a PlanInputs<'a>,
    pub(super) purpose: &'a Purpose,
    pub(super) scope: &'a Scope<'a>,
    /// The functions as the actions of the plan leave them.
    pub(super) drafts: &'a BTreeMap<FunctionId, FunctionDraft<'a>>,
    /// The machines as the actions of the plan leave them.
    pub(super) machines: &'a BTreeMap<MachineId, MachineDraft<'a>>,
    /// What the definitions pin, published ones apart.
    pub(super) pins: Pins,
    /// The versions that aliases point to once everything is as declared, where this plan leaves that out.
    pub(super) wanted: Wanted,
}

/// Versions that stay because something is declared.
pub(super) type Wanted = BTreeMap<Object, BTreeSet<VersionNumber>>;

/// What cleanup says beside the deletions.
pub(super) struct Cleaned {
    pub(super) kept: BTreeMap<Object, Vec<KeptVersion>>,
    /// The deletions that the whole plan has and this one has not.
    pub(super) spared: BTreeSet<Address>,
    pub(super) findings: Vec<Finding>,
}

/// The decisions by function and machine.
pub(super) type Outcomes = BTreeMap<Object, RetentionOutcome>;

impl Cleanup<'_> {
    /// Plans the deletions of all functions and machines, unless there are more than the limit allows.
    pub(super) fn clean_up(&self, actions: &mut Vec<Action>) -> Cleaned {
        let mut spared = BTreeSet::new();
        let mut outcomes = self.outcomes(&mut spared);
        outcomes.retain(|object, _| !self.is_silent(object));
        let mut findings = self.limit(&mut outcomes);
        for (object, outcome) in &outcomes {
            match object {
                Object::Function(id) => actions.extend(self.deletions(id, outcome, &outcomes)),
                Object::Machine(id) => {
                    actions.extend(self.machine_deletions(id, outcome));
                    findings.extend(self.unchecked(id, outcome));
                }
            }
        }
        let kept = outcomes.into_iter().map(|(object, outcome)| (object, outcome.kept)).collect();
        Cleaned { kept, spared, findings }
    }

    /// Decides for the versions of all functions and machines, whatever the limit.
    pub(super) fn outcomes(&self, spared: &mut BTreeSet<Address>) -> Outcomes {
        let mut outcomes = self.machine_outcomes(spared);
        outcomes.extend(self.function_outcomes(&outcomes, spared));
        outcomes
    }

    /// A plan has nothing to say of the versions of what declares no retention and does not change.
    fn is_silent(&self, object: &Object) -> bool {
        if self.purpose.is_cleanup() {
            return false;
        }
        let Desired { functions, machines, .. } = self.inputs.desired;
        match object {
            Object::Function(id) => {
                let is_kept = functions.get(id).is_some_and(|function| function.retention.is_some());
                !is_kept && self.drafts.get(id).is_none_or(|draft| draft.actions.is_empty())
            }
            Object::Machine(id) => {
                let is_kept = machines.get(id).is_some_and(|machine| machine.retention.is_some());
                !is_kept && self.machines.get(id).is_none_or(|draft| draft.actions.is_empty())
            }
        }
    }

    fn limit(&self, outcomes: &mut Outcomes) -> Vec<Finding> {
        let Self { inputs, .. } = self;
        let count: usize = outcomes.values().map(|outcome| outcome.deletable.len()).sum();
        if count <= usize::try_from(inputs.max_deletes).unwrap_or(usize::MAX) {
            return Vec::new();
        }
        let affected = outcomes.iter_mut().filter(|(_, outcome)| !outcome.deletable.is_empty());
        affected
            .map(|(object, outcome)| {
                keep(outcome, &KeepReason::MaxDeletes(inputs.max_deletes), |_| true);
                words::too_many_deletions(
                    object,
                    (count, inputs.max_deletes),
                    &self.verb(),
                    &inputs.desired.environment,
                )
            })
            .collect()
    }

    /// The verb that says a higher limit, with all that was said beside it: the same without a name would
    /// clean up everything.
    fn verb(&self) -> String {
        let Purpose::CleanUp(CleanUp { keep, min_age }) = self.purpose else { return "plan".to_owned() };
        let Desired { functions, machines, .. } = self.inputs.desired;
        let targets = self.scope.targets();
        let is_all = targets.len() == functions.len() + machines.len();
        let names = targets.iter().filter(|_| !is_all).map(ToString::to_string);
        let keep = keep.iter().map(|keep| format!("--keep {keep}"));
        let min_age = min_age.iter().map(|age| format!("--min-age {age:#}"));
        let words = std::iter::once("cleanup".to_owned()).chain(names).chain(keep).chain(min_age);
        words.collect::<Vec<_>>().join(" ")
    }

    /// Decides for the versions of the machines; running executions keep theirs.
    fn machine_outcomes(&self, spared: &mut BTreeSet<Address>) -> Outcomes {
        let mut outcomes = Outcomes::new();
        for (id, draft) in self.machines {
            let Some(mut outcome) = self.machine_retention(id, draft) else { continue };
            let object = Object::Machine(id.clone());
            spared.extend(self.spare(&object, &mut outcome));
            let running = draft.live.line.as_ref().map(|line| &line.running);
            let has = |version, executions| {
                running.is_some_and(|running| running.get(&version) == Some(&executions))
            };
            keep(&mut outcome, &KeepReason::Running, |version| has(version, VersionExecutions::Running));
            let unknown = KeepReason::ExecutionsUnknown(id.clone());
            keep(&mut outcome, &unknown, |version| has(version, VersionExecutions::Hidden));
            outcomes.insert(object, outcome);
        }
        outcomes
    }

    fn machine_retention(&self, id: &MachineId, draft: &MachineDraft<'_>) -> Option<RetentionOutcome> {
        let desired: &DesiredMachine = self.inputs.desired.machines.get(id)?;
        let retention = self.purpose.retention(desired.retention);
        if !desired.has_line() {
            return None;
        }
        Some(retain(RetentionInput {
            retention,
            line: &draft.line,
            aliases: &draft.aliases,
            ways_back: &followed(&desired.aliases),
            bad: &draft.bad,
            pins: &self.callers(&desired.name),
            new: draft.new.as_ref(),
            now: self.inputs.now,
        }))
    }

    /// Returns the versions of a machine that definitions start by their ARN, with who does.
    fn callers(&self, machine: &MachineName) -> BTreeMap<VersionNumber, BTreeSet<String>> {
        let mut callers: BTreeMap<VersionNumber, BTreeSet<String>> = BTreeMap::new();
        for (id, draft) in self.machines {
            let coming = draft.actions.iter().filter_map(|action| match &action.operation {
                Operation::UpdateMachine(MachineAction { definition: Some(change), .. }) => Some(&change.to),
                _ => None,
            });
            let published = draft.live.line.iter().flat_map(|line| line.contents.values());
            let published = published.map(|content| &content.definition);
            let followed = draft.live.executions.iter().flat_map(|executions| &executions.definitions);
            for text in coming.chain(published).chain(followed).chain([&draft.live.definition]) {
                for version in named_machine_versions(text, machine) {
                    callers.entry(version).or_default().insert(format!("a state of `{id}`"));
                }
            }
        }
        callers
    }

    /// Decides for the versions of the functions, once it is known which versions of machines stay.
    fn function_outcomes(&self, machines: &Outcomes, spared: &mut BTreeSet<Address>) -> Outcomes {
        let mut pins = self.pins.clone();
        for (id, draft) in self.machines {
            let outcome = machines.get(&Object::Machine(id.clone()));
            let goes = |version| outcome.is_some_and(|outcome| outcome.deletable.contains(version));
            for (version, known) in draft.known.iter().filter(|(version, _)| !goes(version)) {
                pins.add_version(id, *version, &known.pins);
            }
        }
        let mut outcomes = Outcomes::new();
        for (id, draft) in self.drafts {
            let Some(mut outcome) = self.retention(id, draft, &pins) else { continue };
            let object = Object::Function(id.clone());
            spared.extend(self.spare(&object, &mut outcome));
            for machine in self.unknown_executions() {
                keep(&mut outcome, &KeepReason::ExecutionsUnknown(machine.clone()), |_| true);
            }
            outcomes.insert(object, outcome);
        }
        outcomes
    }

    /// Returns the machines whose running executions may follow definitions that nobody saw.
    fn unknown_executions(&self) -> impl Iterator<Item = &MachineId> {
        let is_open = |draft: &MachineDraft<'_>| {
            draft.live.executions.as_ref().is_some_and(|executions| !executions.is_complete)
        };
        self.machines.iter().filter(move |(_, draft)| is_open(draft)).map(|(id, _)| id)
    }

    fn retention(&self, id: &FunctionId, draft: &FunctionDraft<'_>, pins: &Pins) -> Option<RetentionOutcome> {
        let desired: &DesiredFunction = self.inputs.desired.functions.get(id)?;
        let retention = self.purpose.retention(desired.retention);
        Some(retain(RetentionInput {
            retention,
            line: &Line::of_function(draft.live, recorded_function(self.inputs, id, desired)),
            aliases: &draft.aliases,
            ways_back: &followed(&desired.aliases),
            bad: &draft.bad,
            pins: &pins.of(&desired.name),
            new: draft.new.as_ref(),
            now: self.inputs.now,
        }))
    }

    /// Keeps the versions that the whole plan deletes and this one does not, and returns them.
    fn spare(&self, object: &Object, outcome: &mut RetentionOutcome) -> Vec<Address> {
        let address =
            |version: VersionNumber| Address { object: object.clone(), part: Part::Version(version) };
        let is_spared = |version: VersionNumber| !self.scope.may_delete(&address(version));
        let spared = outcome.deletable.iter().copied().filter(|version| is_spared(*version));
        let spared = spared.map(address).collect();
        keep(outcome, &KeepReason::LeftOut, is_spared);
        let wanted = self.wanted.get(object);
        keep(outcome, &KeepReason::Declared, |version| {
            wanted.is_some_and(|wanted| wanted.contains(&version))
        });
        spared
    }

    fn deletions(&self, id: &FunctionId, outcome: &RetentionOutcome, outcomes: &Outcomes) -> Vec<Action> {
        let (Some(draft), Some(desired)) = (self.drafts.get(id), self.inputs.desired.functions.get(id))
        else {
            return Vec::new();
        };
        let reason = self.purpose.deletion_reason(self.purpose.retention(desired.retention));
        let deletion = |version: &VersionNumber| {
            let live = draft.live.versions.get(version)?;
            let pinned_by = self.pinned_by_the_deleted(desired, *version, outcomes);
            Some(Action {
                address: Address::function(id, Part::Version(*version)),
                operation: Operation::DeleteVersion { version: *version, size: live.code_size },
                reason: reason.clone(),
                precondition: Precondition::Unreferenced { fingerprint: live.configuration.fingerprint() },
                targets: BTreeMap::new(),
                hold: None,
                after: draft.alias_actions.iter().cloned().chain(pinned_by).collect(),
            })
        };
        outcome.deletable.iter().filter_map(deletion).collect()
    }

    /// Returns the versions of machines that this plan deletes and that pin a version of a function:
    /// they go first.
    fn pinned_by_the_deleted(
        &self,
        function: &DesiredFunction,
        version: VersionNumber,
        outcomes: &Outcomes,
    ) -> Vec<Address> {
        let pins = |draft: &MachineDraft<'_>, of: &VersionNumber| {
            let pins = draft.known.get(of).and_then(|known| known.pins.get(&function.name));
            pins.is_some_and(|pins| pins.contains_key(&version))
        };
        let mut before = Vec::new();
        for (id, draft) in self.machines {
            let outcome = outcomes.get(&Object::Machine(id.clone()));
            let deleted = outcome.into_iter().flat_map(|outcome| &outcome.deletable);
            let pinning = deleted.filter(|of| pins(draft, of));
            before.extend(pinning.map(|of| Address::machine(id, Part::Version(*of))));
        }
        before
    }

    fn machine_deletions(&self, id: &MachineId, outcome: &RetentionOutcome) -> Vec<Action> {
        let (Some(draft), Some(desired)) = (self.machines.get(id), self.inputs.desired.machines.get(id))
        else {
            return Vec::new();
        };
        let reason = self.purpose.deletion_reason(self.purpose.retention(desired.retention));
        let deletion = |version: &VersionNumber| {
            let known = draft.known.get(version)?;
            Some(Action {
                address: Address::machine(id, Part::Version(*version)),
                operation: Operation::DeleteMachineVersion { version: *version },
                reason: reason.clone(),
                precondition: Precondition::Unreferenced { fingerprint: known.fingerprint.clone() },
                targets: BTreeMap::new(),
                hold: None,
                after: draft.alias_actions.clone(),
            })
        };
        outcome.deletable.iter().filter_map(deletion).collect()
    }

    /// The executions of an express machine cannot be listed; they take five minutes at most.
    fn unchecked(&self, id: &MachineId, outcome: &RetentionOutcome) -> Option<Finding> {
        let live = self.machines.get(id)?.live;
        let is_unchecked = live.kind == MachineKind::Express && !outcome.deletable.is_empty();
        is_unchecked.then(|| words::executions_unchecked(id))
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
