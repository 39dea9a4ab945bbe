//! What is planned for one state machine: definition, publish and aliases, before cleanup.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{
        Line, MachineChange, Resolving, known_versions, latest_machine_version, machine_fingerprint,
        resolve_aliases,
    },
    model::{
        Address, AliasName, DesiredMachine, Digest, LatestMark, LiveMachine, LiveMachineLine, MachineId,
        MachineLogging, Object, Part, PlannedRouting, RecordedMachine, RecordedMachineVersion, VersionNumber,
        VersionRef,
    },
};

use super::{
    Action, DefinitionChange, Finding, MachineAction, Operation, PlanInputs, Precondition, Purpose, Reason,
    creation,
    hold_words::About,
    pointing::{Pointing, with_left_out},
    words,
};

/// The description of a version that a machine publishes, as functions have it when they say none.
const VERSION_DESCRIPTION: &str = "${git.short} ${deploy.id}";

/// What is planned for one state machine, before cleanup.
pub(super) struct MachineDraft<'a> {
    pub(super) live: &'a LiveMachine,
    pub(super) line: Line<'a>,
    /// What is known of the published versions.
    pub(super) known: BTreeMap<VersionNumber, RecordedMachineVersion>,
    pub(super) aliases: BTreeMap<AliasName, PlannedRouting>,
    /// The versions that no alias goes back to afterwards.
    pub(super) bad: BTreeSet<VersionNumber>,
    pub(super) alias_actions: BTreeSet<Address>,
    pub(super) new: Option<VersionRef>,
    pub(super) actions: Vec<Action>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> MachineDraft<'a> {
    pub(super) fn new(
        for_what: (&PlanInputs<'a>, &Purpose),
        id: &MachineId,
        desired: &DesiredMachine,
        live: &'a LiveMachine,
        change: MachineChange,
    ) -> Self {
        let (inputs, purpose) = for_what;
        let object = Object::Machine(id.clone());
        let recorded = recorded_machine(inputs, id, desired).and_then(|machine| machine.line.as_ref());
        let nothing = LiveMachineLine::default();
        let listed = live.line.as_ref().unwrap_or(&nothing);
        let (own_line, known) = (Line::of_machine(listed, recorded), known_versions(listed, recorded));
        let fingerprint = coming_fingerprint(live, &change);
        let latest = latest_machine_version(id, &known, &fingerprint);
        let mark = machine_mark(live, &known);
        let from = Resolving {
            targets: &desired.aliases,
            line: &own_line,
            mark: &mark,
            is_as_left: &|mark| mark.fingerprint == fingerprint,
            intents: &purpose.intents(&object),
        };
        let resolution = resolve_aliases(from, latest);
        let mut findings = words::machine_findings(id, desired, &change);
        let sent = change.is_definition_changed.then(|| Digest::of(change.definition.as_bytes()));
        let verdict = sent.and_then(|sent| inputs.live.verdict(id, &sent)).filter(|_| desired.verify);
        findings
            .extend(verdict.into_iter().flat_map(|verdict| words::verdict_findings(id, desired, verdict)));
        if desired.has_line() {
            let environment = &inputs.desired.environment;
            let about = About { object: &object, line: &own_line, environment };
            findings.extend(words::alias_findings(about, &desired.aliases, &resolution.issues));
            findings.extend(words::other_aliases(&object, &own_line));
        }
        let reused = resolution.latest.as_ref().and_then(VersionRef::existing);
        findings
            .extend(reused.filter(|_| !change.is_empty()).map(|version| words::machine_reused(id, version)));
        let fingerprint_of = |version| Some(known.get(&version)?.fingerprint.clone());
        let pointing = Pointing {
            object: object.clone(),
            targets: &desired.aliases,
            fingerprint: &fingerprint_of,
            resolution: &resolution,
            line: &own_line,
        };
        let mut actions = pointing.actions();
        let alias_actions = actions.iter().map(|action| action.address.clone()).collect();
        let definition = match inputs.live.machine(id) {
            Some(_) => definition_action(id, live, change),
            None => Some(creation_action(id, live, change)),
        };
        let new = resolution.latest.filter(|version| version.existing().is_none());
        if new.is_some() {
            let after = definition.iter().map(|action| action.address.clone()).collect();
            actions.push(publish_action(id, &own_line, fingerprint, after));
        }
        actions.extend(definition);
        let (aliases, bad) = (resolution.after, resolution.bad);
        Self { live, line: own_line, known, alias_actions, new, aliases, bad, actions, findings }
    }

    /// Takes back what a part of the plan does not do; aliases that stay are where they are.
    pub(super) fn leave_out(&mut self, id: &MachineId, left_out: &BTreeSet<Address>) {
        self.actions.retain(|action| !left_out.contains(&action.address));
        self.alias_actions.retain(|address| !left_out.contains(address));
        if left_out.contains(&Address::machine(id, Part::NewVersion)) {
            self.new = None;
        }
        let there = |alias: &AliasName| PlannedRouting::of_live(&self.line.aliases.get(alias)?.routing);
        let aliases = std::mem::take(&mut self.aliases);
        self.aliases = with_left_out(&Object::Machine(id.clone()), aliases, left_out, there);
    }
}

/// Returns what we remember of the machine. A record under another physical name is of another one.
pub(super) fn recorded_machine<'a>(
    inputs: &PlanInputs<'a>,
    id: &MachineId,
    desired: &DesiredMachine,
) -> Option<&'a RecordedMachine> {
    let (_, recorded) = inputs.recorded?;
    recorded.machines.get(id).filter(|machine| machine.name == desired.name)
}

/// Returns what the machine is, as a hold remembers it.
fn machine_mark(live: &LiveMachine, known: &BTreeMap<VersionNumber, RecordedMachineVersion>) -> LatestMark {
    let fingerprint = machine_fingerprint(&live.definition, &live.role, live.logging.as_ref());
    let equal = known.iter().rev().find(|(_, version)| version.fingerprint == fingerprint);
    LatestMark { version: equal.map(|(version, _)| *version), fingerprint }
}

/// Returns the fingerprint of the machine as it will be.
fn coming_fingerprint(live: &LiveMachine, change: &MachineChange) -> Digest {
    let definition = if change.is_definition_changed { &change.definition } else { &live.definition };
    let role = change.role.as_ref().map_or(&live.role, |(_, to)| to);
    let logging: Option<&MachineLogging> =
        change.logging.as_ref().map(|(_, to)| to).or(live.logging.as_ref());
    machine_fingerprint(definition, role, logging)
}

fn publish_action(id: &MachineId, line: &Line<'_>, fingerprint: Digest, after: BTreeSet<Address>) -> Action {
    let newest = line.versions.keys().next_back().copied();
    Action {
        address: Address::machine(id, Part::NewVersion),
        operation: Operation::PublishMachineVersion { description: VERSION_DESCRIPTION.to_owned(), newest },
        reason: Reason::NoEqualMachineVersion { newest },
        precondition: Precondition::MachineAt { fingerprint },
        targets: BTreeMap::new(),
        hold: None,
        after,
    }
}

fn creation_action(id: &MachineId, begun: &LiveMachine, change: MachineChange) -> Action {
    let after = change.calls.clone();
    Action {
        address: Address::machine(id, Part::Whole),
        operation: creation::create_machine(begun, change),
        reason: Reason::DeclaredAndAbsent,
        precondition: Precondition::Absent,
        targets: BTreeMap::new(),
        hold: None,
        after,
    }
}

fn definition_action(id: &MachineId, live: &LiveMachine, change: MachineChange) -> Option<Action> {
    if change.is_empty() {
        return None;
    }
    let calls = change.calls;
    let reason = if change.is_definition_changed {
        Reason::DefinitionDiffers { states: words::changed_states(&live.definition, &change.definition) }
    } else {
        Reason::MachineSettingsDiffer
    };
    let definition =
        DefinitionChange { from: live.definition.clone(), to: change.definition, edits: change.edits };
    Some(Action {
        address: Address::machine(id, Part::Definition),
        operation: Operation::UpdateMachine(MachineAction {
            definition: change.is_definition_changed.then_some(definition),
            role: change.role,
            logging: change.logging,
            calls: if change.is_definition_changed { calls.clone() } else { BTreeSet::new() },
        }),
        reason,
        precondition: Precondition::Machine {
            definition: Digest::of(live.definition.as_bytes()),
            role: live.role.clone(),
            logging: live.logging.clone(),
        },
        targets: BTreeMap::new(),
        hold: None,
        after: calls,
    })
}
