//! What a plan still has to ask AWS before anybody may trust it.
//!
//! The lists never carry the state of a function or version (R15), and GetFunction is asked only
//! where something changes. What a version of a state machine runs is asked once and then remembered
//! (T14). So a plan is made a few times at most: first without the answers, then with the answers to
//! the questions that the one before raises.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{RetentionOutcome, unknown_versions},
    model::{
        Desired, Digest, FunctionId, Health, Live, LiveAlias, LiveFunction, LiveMachine, MachineId,
        MachineKind, Object, PlannedRouting, Presence, Recorded, RecordedFunction, RecordedMachineLine,
        Target, VersionNumber, VersionRef,
    },
};

use super::{Action, Operation, Plan};

/// One thing that the lists do not say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Is `$LATEST` or this version healthy?
    Health(FunctionId, Target),
    /// Is AWS still moving provisioned concurrency of this function's aliases (T11)?
    Shifting(FunctionId),
    /// Which versions and aliases does the machine have, although it declares none?
    Line(MachineId),
    /// What does this version of the machine run?
    Content(MachineId, VersionNumber),
    /// Are executions of this version of the machine running?
    Running(MachineId, VersionNumber),
    /// Which definitions do the running executions of the machine follow?
    Executions(MachineId),
    /// Would AWS accept this definition? Numbers of versions to come are left open in it.
    Verdict(MachineId, MachineKind, String),
}

/// Returns what the plan takes for granted and nobody has asked yet.
pub fn questions(
    plan: &Plan,
    desired: &Desired,
    live: &Live,
    recorded: Option<&Recorded>,
) -> BTreeSet<Question> {
    let of_actions = plan.actions.iter().flat_map(|action| questions_of(action, live));
    let verdicts = plan.actions.iter().filter_map(|action| verdict(action, desired, live));
    of_actions.chain(verdicts).chain(line_questions(live, recorded, deletes_versions(plan))).collect()
}

/// A definition that is sent is shown to AWS before, where that is declared.
fn verdict(action: &Action, desired: &Desired, live: &Live) -> Option<Question> {
    let Object::Machine(id) = &action.address.object else { return None };
    let (text, kind) = match &action.operation {
        Operation::CreateMachine(creation) => (&creation.definition, creation.kind),
        Operation::UpdateMachine(machine) => (&machine.definition.as_ref()?.to, live.machine(id)?.kind),
        _ => return None,
    };
    let is_wanted = desired.machines.get(id).is_some_and(|machine| machine.verify);
    let is_asked = live.verdict(id, &Digest::of(text.as_bytes())).is_some();
    (is_wanted && !is_asked).then(|| Question::Verdict(id.clone(), kind, text.clone()))
}

/// Returns all that nobody has asked yet and that some plan could want to know: what a snapshot asks.
/// The answers may raise new ones, because a line has versions.
pub fn all_questions(live: &Live) -> BTreeSet<Question> {
    let functions = live.functions.iter().filter_map(|(id, presence)| Some((id, presence.present()?)));
    let of_functions = functions.flat_map(|(id, function)| {
        let latest = (function.latest.health == Health::Unknown).then_some(Target::Latest);
        let versions = function.versions.iter().filter(|(_, version)| version.health == Health::Unknown);
        let targets = latest.into_iter().chain(versions.map(|(number, _)| Target::Version(*number)));
        let health = targets.map(|target| Question::Health(id.clone(), target));
        let is_open = function.aliases.values().any(has_open_weight);
        health.chain(is_open.then(|| Question::Shifting(id.clone()))).collect::<Vec<_>>()
    });
    let machines = live.machines.iter().filter_map(|(id, presence)| Some((id, presence.present()?)));
    let of_machines = machines.filter(|(_, machine)| !machine.is_deleting).flat_map(|(id, machine)| {
        let Some(published) = &machine.line else { return vec![Question::Line(id.clone())] };
        let content = published.versions.keys().filter(|version| !published.contents.contains_key(version));
        let content = content.map(|version| Question::Content(id.clone(), *version));
        let is_listed = machine.kind == MachineKind::Standard;
        let running =
            published.versions.keys().filter(|version| is_listed && !published.running.contains_key(version));
        let executions =
            (is_listed && machine.executions.is_none()).then(|| Question::Executions(id.clone()));
        let running = running.map(|version| Question::Running(id.clone(), *version));
        content.chain(running).chain(executions).collect()
    });
    of_functions.chain(of_machines).collect()
}

/// Returns what decides whether the versions that nothing keeps may really go.
pub fn standing_questions(
    outcomes: &BTreeMap<Object, RetentionOutcome>,
    live: &Live,
    recorded: Option<&Recorded>,
) -> BTreeSet<Question> {
    let of_machines = outcomes.iter().filter_map(|(object, outcome)| match object {
        Object::Function(_) => None,
        Object::Machine(id) => Some((id, outcome)),
    });
    let running = of_machines.flat_map(|(id, outcome)| {
        outcome.deletable.iter().filter_map(|version| running(id, *version, live)).collect::<Vec<_>>()
    });
    let is_deleting = outcomes
        .iter()
        .any(|(object, outcome)| matches!(object, Object::Function(_)) && !outcome.deletable.is_empty());
    running.chain(line_questions(live, recorded, is_deleting)).collect()
}

/// Tells whether versions of functions go, so that everything counts that may pin them.
pub fn deletes_versions(plan: &Plan) -> bool {
    plan.actions.iter().any(|action| matches!(action.operation, Operation::DeleteVersion { .. }))
}

/// Returns what is not known yet of the versions of machines. Where versions of functions go, the
/// versions of every machine count, and what its executions follow: one of them may pin what goes.
pub fn line_questions(live: &Live, recorded: Option<&Recorded>, is_deleting: bool) -> BTreeSet<Question> {
    let machines = live.machines.iter().filter_map(|(id, presence)| Some((id, presence.present()?)));
    let open = |(id, machine): (&MachineId, &LiveMachine)| -> Vec<Question> {
        let is_asked = machine.executions.is_some() || machine.kind == MachineKind::Express;
        let executions = (is_deleting && !is_asked).then(|| Question::Executions(id.clone()));
        let versions = match &machine.line {
            None if is_deleting => vec![Question::Line(id.clone())],
            None => Vec::new(),
            Some(listed) => {
                let unknown = unknown_versions(listed, recorded_line(recorded, id, machine)).into_iter();
                unknown.map(|version| Question::Content(id.clone(), version)).collect()
            }
        };
        versions.into_iter().chain(executions).collect()
    };
    machines.flat_map(open).collect()
}

fn recorded_line<'a>(
    recorded: Option<&'a Recorded>,
    id: &MachineId,
    live: &LiveMachine,
) -> Option<&'a RecordedMachineLine> {
    let machine = recorded?.machines.get(id).filter(|machine| machine.name == live.name)?;
    machine.line.as_ref()
}

/// Returns what has to be asked before weights that nobody declared are taken for somebody's wish:
/// AWS adds some by itself while it moves provisioned concurrency (T11).
pub fn weight_questions(recorded: &Recorded, live: &Live) -> BTreeSet<Question> {
    let is_open = |(id, function): &(&FunctionId, &RecordedFunction)| {
        let live = live.function(id).filter(|live| live.name == function.name);
        function.aliases.iter().any(|(name, alias)| {
            let now = live.and_then(|live| live.aliases.get(name));
            now.is_some_and(|now| has_open_weight(now) && *alias.routing() != now.routing)
        })
    };
    recorded.functions.iter().filter(is_open).map(|(id, _)| Question::Shifting(id.clone())).collect()
}

/// Tells whether an alias has a weight that may be AWS's own.
fn has_open_weight(alias: &LiveAlias) -> bool {
    alias.routing.additional.is_some() && !alias.is_shifting
}

fn questions_of(action: &Action, live: &Live) -> Vec<Question> {
    let id = match &action.address.object {
        Object::Function(id) => id,
        Object::Machine(id) => {
            let Operation::DeleteMachineVersion { version } = &action.operation else { return Vec::new() };
            return running(id, *version, live).into_iter().collect();
        }
    };
    let Some(function) = live.function(id) else { return Vec::new() };
    match &action.operation {
        Operation::UpdateSettings { .. }
        | Operation::UpdateCode { .. }
        | Operation::PublishVersion { .. } => {
            let is_open = function.latest.health == Health::Unknown;
            is_open.then(|| Question::Health(id.clone(), Target::Latest)).into_iter().collect()
        }
        Operation::CreateAlias { to } => {
            let shifting = is_taken(function, to).then(|| Question::Shifting(id.clone()));
            targets(id, function, to).into_iter().chain(shifting).collect()
        }
        // What the alias moves away from is part of the precondition, and a weight of AWS's own is
        // gone in minutes.
        Operation::UpdateAlias { from, to } => {
            let is_open = from.additional.is_some() || is_taken(function, to);
            let shifting = is_open.then(|| Question::Shifting(id.clone()));
            targets(id, function, to).into_iter().chain(shifting).collect()
        }
        Operation::KeepAlias { .. }
        | Operation::CreateFunction(_)
        | Operation::CreateMachine(_)
        | Operation::UpdateMachine(_)
        | Operation::PublishMachineVersion { .. }
        | Operation::DeleteMachineVersion { .. }
        | Operation::DeleteVersion { .. } => Vec::new(),
    }
}

/// Running executions keep their version; those of an express machine cannot be listed.
fn running(id: &MachineId, version: VersionNumber, live: &Live) -> Option<Question> {
    let machine = live.machines.get(id).and_then(Presence::present)?;
    let is_asked = machine.line.as_ref()?.running.contains_key(&version);
    (machine.kind == MachineKind::Standard && !is_asked).then(|| Question::Running(id.clone(), version))
}

/// Tells whether a coming weight is one that an alias has now, and that may be AWS's own.
fn is_taken(function: &LiveFunction, to: &PlannedRouting) -> bool {
    function.aliases.values().any(|alias| has_open_weight(alias) && to.is_live(&alias.routing))
}

fn targets(id: &FunctionId, function: &LiveFunction, to: &PlannedRouting) -> Vec<Question> {
    let unknown =
        |version: &_| function.versions.get(version).is_some_and(|version| version.health == Health::Unknown);
    let versions = to.versions().filter_map(VersionRef::existing).filter(unknown);
    versions.map(|version| Question::Health(id.clone(), Target::Version(version))).collect()
}

impl Question {
    /// Returns what the question is about.
    pub fn object(&self) -> Object {
        match self {
            Self::Health(id, _) | Self::Shifting(id) => Object::Function(id.clone()),
            Self::Line(id)
            | Self::Content(id, _)
            | Self::Running(id, _)
            | Self::Executions(id)
            | Self::Verdict(id, ..) => Object::Machine(id.clone()),
        }
    }
}
