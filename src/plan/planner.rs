//! Turns differences into a plan.
//!
//! One pass over the functions decides updates, publishes, aliases and cleanup; one pass over the
//! machines decides definitions; then the limit on deletions is applied to the whole. The planner
//! makes every choice, so that the executor makes none.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    diff::{KeptVersion, ManagedFunction, Package, Surroundings, machine_change, pinned_functions},
    model::{
        Address, AliasName, Desired, DesiredFunction, EnvironmentName, FunctionId, FunctionName, Live,
        MachineId, MachineName, Object, Part, Place, PlannedRouting, Presence, ProjectName, Recorded,
        VersionNumber, VersionRef,
    },
};

use super::{
    Action, Finding, Graph, Groups, Operation, Purpose, Selection, Severity,
    cleanup::{Cleaned, Cleanup, Wanted},
    creation::with_created,
    draft::FunctionDraft,
    groups,
    machine_draft::MachineDraft,
    pins::Pins,
    pointing::{self, address_of_alias},
    purpose::alias_targets,
    selection::{Scope, WaysBack},
    words,
};

/// What a plan is made from. The same inputs give the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct PlanInputs<'a> {
    /// What the TOML says.
    pub desired: &'a Desired,
    /// What AWS says.
    pub live: &'a Live,
    /// What we remember; nothing before the first apply.
    pub recorded: Option<(&'a Base, &'a Recorded)>,
    /// The packages of the functions whose code is managed.
    pub packages: &'a BTreeMap<FunctionId, Package>,
    /// Account, region and partition.
    pub place: &'a Place,
    /// The instant of planning; it decides which versions are old enough and is printed nowhere.
    pub now: Timestamp,
    /// More deletions than this are not planned at all.
    pub max_deletes: u32,
}

/// The state that a plan was made on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Which state file; another one is refused.
    pub lineage: String,
    /// Its serial, shown and never a reason to refuse.
    pub serial: u64,
}

/// Everything that will be done, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The project.
    pub project: ProjectName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Account, region and partition.
    pub place: Place,
    /// The state that it was made on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// The physical names of the functions that were looked at: all, or those of the part.
    pub functions: BTreeMap<FunctionId, FunctionName>,
    /// The physical names of the machines that were looked at.
    pub machines: BTreeMap<MachineId, MachineName>,
    /// The actions, in an order that their edges allow.
    pub actions: Vec<Action>,
    /// The alias actions that take effect together: where one fails, the others of its group are moved
    /// back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: Groups,
    /// The versions that stay and why, for every function with a retention or an action.
    pub kept: BTreeMap<FunctionId, Vec<KeptVersion>>,
    /// The same for the machines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept_machines: BTreeMap<MachineId, Vec<KeptVersion>>,
    /// What else a reviewer should know.
    pub findings: Vec<Finding>,
}

/// The numbers of a plan's last line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// New functions and state machines.
    pub creations: usize,
    /// Updates of code or settings.
    pub updates: usize,
    /// New versions.
    pub publishes: usize,
    /// Aliases created or moved.
    pub aliases: usize,
    /// Aliases that stay, and of which something else is remembered.
    pub holds: usize,
    /// State machines changed.
    pub machines: usize,
    /// Versions deleted.
    pub deletions: usize,
    /// Functions and machines without any action or blocking finding.
    pub unchanged: usize,
}

impl Plan {
    /// Tells whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Tells whether a finding forbids to apply it.
    pub fn is_blocked(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Blocking)
    }

    /// Tells whether the plan leaves out something that an object needs to be as declared.
    pub fn is_part_of(&self, object: &Object) -> bool {
        let is_left_out = |finding: &Finding| finding.message == words::LEFT_OUT;
        self.findings.iter().any(|finding| finding.address.object == *object && is_left_out(finding))
    }

    /// Returns the actions by address.
    pub fn by_address(&self) -> BTreeMap<&Address, &Action> {
        self.actions.iter().map(|action| (&action.address, action)).collect()
    }

    /// Counts the actions.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for action in &self.actions {
            match &action.operation {
                Operation::CreateFunction(_) | Operation::CreateMachine(_) => summary.creations += 1,
                Operation::UpdateSettings { .. } | Operation::UpdateCode { .. } => summary.updates += 1,
                Operation::PublishVersion { .. } | Operation::PublishMachineVersion { .. } => {
                    summary.publishes += 1;
                }
                Operation::CreateAlias { .. } | Operation::UpdateAlias { .. } => summary.aliases += 1,
                Operation::KeepAlias { .. } => summary.holds += 1,
                Operation::UpdateMachine(_) => summary.machines += 1,
                Operation::DeleteVersion { .. } | Operation::DeleteMachineVersion { .. } => {
                    summary.deletions += 1;
                }
            }
        }
        let is_said = |finding: &&Finding| finding.severity == Severity::Blocking;
        let blocked = self.findings.iter().filter(is_said).map(|finding| &finding.address.object);
        let touched: BTreeSet<_> =
            self.actions.iter().map(|action| &action.address.object).chain(blocked).collect();
        summary.unchanged = (self.functions.len() + self.machines.len()).saturating_sub(touched.len());
        summary
    }
}

/// Makes the plan. It has the findings of everything that is wrong; a blocked plan shows what it
/// would do besides.
pub fn plan(inputs: &PlanInputs<'_>) -> Plan {
    plan_part(inputs, &Selection::default())
}

/// Makes the part of the plan that is asked for, and says what it leaves out.
pub fn plan_part(inputs: &PlanInputs<'_>, selection: &Selection) -> Plan {
    plan_for(inputs, selection, &Purpose::Converge)
}

/// Makes a plan, or a part of one, for a purpose.
pub fn plan_for(inputs: &PlanInputs<'_>, selection: &Selection, purpose: &Purpose) -> Plan {
    let mut findings = Vec::new();
    let begun = with_created(inputs);
    let mut drafts = draft_functions((inputs, purpose), &begun, &mut findings);
    let mut machines = draft_machines((inputs, purpose), &begun, &drafts, &mut findings);
    let mut actions: Vec<Action> = drafts.values().flat_map(|draft| draft.actions.clone()).collect();
    actions.extend(machines.values().flat_map(|draft| draft.actions.clone()));
    wait_for_aliases_only_of_the_plan(&mut actions);
    // A version that a definition pins stays, also if the definition is sent another time.
    let pins = Pins::of_definitions(inputs, &actions);
    let mut scope = if purpose.is_cleanup() {
        Scope::of_cleanup(selection, &actions)
    } else {
        Scope::new(selection, &actions, ways_back(inputs, &actions))
    };
    let wanted = if purpose.is_cleanup() { wanted_versions(&drafts, &machines) } else { Wanted::new() };
    actions.retain(|action| !scope.left_out().contains(&action.address));
    for (id, draft) in &mut drafts {
        draft.leave_out(id, scope.left_out());
        findings.append(&mut draft.findings);
    }
    for (id, draft) in &mut machines {
        draft.leave_out(id, scope.left_out());
        findings.append(&mut draft.findings);
    }
    let cleanup =
        Cleanup { inputs, purpose, scope: &scope, drafts: &drafts, machines: &machines, pins, wanted };
    let Cleaned { mut kept, spared, findings: of_cleanup } = cleanup.clean_up(&mut actions);
    let groups = groups::bind(&mut actions, inputs.desired);
    let divided = groups::divided(&actions, inputs.desired, scope.left_out());
    scope.finish(&actions, spared);
    kept.retain(|object, _| scope.has(object));
    let (kept, kept_machines) = by_kind(kept);
    findings.retain(|finding| scope.is_said(&finding.address) && purpose.is_about(&finding.address));
    findings.extend(scope.findings().into_iter().chain(divided).chain(of_cleanup));
    findings.sort();
    findings.dedup();
    let Desired { project, environment, functions, machines, .. } = inputs.desired;
    let functions = functions.iter().filter(|(id, _)| scope.has(&Object::Function((*id).clone())));
    let machines = machines.iter().filter(|(id, _)| scope.has(&Object::Machine((*id).clone())));
    Plan {
        project: project.clone(),
        environment: environment.clone(),
        place: inputs.place.clone(),
        base: inputs.recorded.map(|(base, _)| base.clone()),
        functions: functions.map(|(id, function)| (id.clone(), function.name.clone())).collect(),
        machines: machines.map(|(id, machine)| (id.clone(), machine.name.clone())).collect(),
        actions: in_order(actions),
        groups,
        kept,
        kept_machines,
        findings,
    }
}

/// Returns the versions that the aliases point to once everything is as declared.
fn wanted_versions(
    drafts: &BTreeMap<FunctionId, FunctionDraft<'_>>,
    machines: &BTreeMap<MachineId, MachineDraft<'_>>,
) -> Wanted {
    let existing = |aliases: &BTreeMap<AliasName, PlannedRouting>| -> BTreeSet<VersionNumber> {
        aliases.values().flat_map(PlannedRouting::versions).filter_map(VersionRef::existing).collect()
    };
    let functions = drafts.iter().map(|(id, draft)| (Object::Function(id.clone()), existing(&draft.aliases)));
    let machines = machines.iter().map(|(id, draft)| (Object::Machine(id.clone()), existing(&draft.aliases)));
    functions.chain(machines).collect()
}

type Kept<I> = BTreeMap<I, Vec<KeptVersion>>;

fn by_kind(kept: Kept<Object>) -> (Kept<FunctionId>, Kept<MachineId>) {
    let (mut functions, mut machines) = (BTreeMap::new(), BTreeMap::new());
    for (object, versions) in kept {
        match object {
            Object::Function(id) => functions.insert(id, versions),
            Object::Machine(id) => machines.insert(id, versions),
        };
    }
    (functions, machines)
}

fn draft_functions<'a>(
    (inputs, purpose): (&PlanInputs<'a>, &Purpose),
    begun: &'a Live,
    findings: &mut Vec<Finding>,
) -> BTreeMap<FunctionId, FunctionDraft<'a>> {
    let mut drafts = BTreeMap::new();
    let pinned = pinned_by_machines(inputs);
    for (id, desired) in &inputs.desired.functions {
        match begun.functions.get(id) {
            Some(Presence::Present(live)) => {
                let is_pinned = pinned.contains(&desired.name);
                let draft = FunctionDraft::new((inputs, purpose), id, desired, live, is_pinned);
                drafts.insert(id.clone(), draft);
            }
            // What is to be created of it is told with its code.
            Some(Presence::Absent) | None if inputs.live.unread_code.contains_key(id) => {}
            Some(Presence::Absent) | None => {
                findings.push(words::missing_function(id, desired, inputs.place));
            }
        }
        let unread = inputs.live.unread_code.get(id).filter(|_| purpose.may_publish(id));
        findings.extend(unread.map(|unread| words::unread_code(id, purpose, unread)));
    }
    drafts
}

/// Returns the functions whose latest version a definition asks for. A definition that cannot be read
/// asks for none, and is a finding later.
fn pinned_by_machines(inputs: &PlanInputs<'_>) -> BTreeSet<FunctionName> {
    let unpublished = |(id, desired): (&FunctionId, &DesiredFunction)| {
        let latest = VersionRef::PublishedBy(Address::function(id, Part::NewVersion));
        let function = ManagedFunction {
            id: id.clone(),
            aliases: BTreeSet::new(),
            versions: BTreeSet::new(),
            latest: Some(latest),
            is_there: true,
        };
        (desired.name.clone(), function)
    };
    let functions = inputs.desired.functions.iter().map(unpublished).collect();
    let around = surroundings(inputs, &functions);
    let machines = inputs.desired.machines.values();
    machines.flat_map(|machine| pinned_functions(machine, around).unwrap_or_default()).collect()
}

/// Returns the aliases of the plan that move only because another one moves.
fn ways_back(inputs: &PlanInputs<'_>, actions: &[Action]) -> WaysBack {
    let mut ways = WaysBack::new();
    for Address { object, part } in actions.iter().map(|action| &action.address) {
        let Part::Alias(alias) = part else { continue };
        let Some(targets) = alias_targets(inputs.desired, object) else { continue };
        for way in pointing::ways_back(object, targets, alias) {
            ways.entry(way).or_default().insert(address_of_alias(object, alias));
        }
    }
    ways
}

/// Edges are drafted to every alias that matters; those without an action need no waiting.
fn wait_for_aliases_only_of_the_plan(actions: &mut [Action]) {
    let addresses: BTreeSet<Address> = actions.iter().map(|action| action.address.clone()).collect();
    for action in actions {
        action.after.retain(|before| addresses.contains(before));
    }
}

fn in_order(actions: Vec<Action>) -> Vec<Action> {
    let graph = Graph::new(&actions).expect("addresses are unique and the TOML was checked for cycles");
    let mut by_address: BTreeMap<Address, Action> =
        actions.into_iter().map(|action| (action.address.clone(), action)).collect();
    graph.order().into_iter().filter_map(|address| by_address.remove(&address)).collect()
}

fn draft_machines<'a>(
    (inputs, purpose): (&PlanInputs<'a>, &Purpose),
    begun: &'a Live,
    drafts: &BTreeMap<FunctionId, FunctionDraft<'_>>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<MachineId, MachineDraft<'a>> {
    let functions = managed_functions(inputs, drafts);
    let around = surroundings(inputs, &functions);
    let mut machines = BTreeMap::new();
    for (id, desired) in &inputs.desired.machines {
        let Some(live) = begun.machine(id) else {
            findings.push(words::missing_machine(id, desired, inputs.place));
            continue;
        };
        match machine_change(desired, live, around) {
            Ok(change) => {
                machines.insert(id.clone(), MachineDraft::new((inputs, purpose), id, desired, live, change));
            }
            Err(error) => findings.push(words::bad_definition(id, desired, &error)),
        }
    }
    machines
}

fn surroundings<'a>(
    inputs: &PlanInputs<'a>,
    functions: &'a BTreeMap<FunctionName, ManagedFunction>,
) -> Surroundings<'a> {
    Surroundings {
        functions,
        foreign: &inputs.desired.foreign_names,
        environment: &inputs.desired.environment,
        place: inputs.place,
    }
}

fn managed_functions(
    inputs: &PlanInputs<'_>,
    drafts: &BTreeMap<FunctionId, FunctionDraft<'_>>,
) -> BTreeMap<FunctionName, ManagedFunction> {
    let managed = |(id, desired): (&FunctionId, &DesiredFunction)| {
        let draft = drafts.get(id);
        let aliases =
            draft.into_iter().flat_map(|draft| draft.aliases.keys().chain(draft.live.aliases.keys()));
        let versions = draft.into_iter().flat_map(|draft| draft.live.versions.keys());
        let function = ManagedFunction {
            id: id.clone(),
            aliases: aliases.cloned().collect(),
            versions: versions.copied().collect(),
            latest: draft.and_then(|draft| draft.latest.clone()),
            is_there: inputs.live.function(id).is_some(),
        };
        (desired.name.clone(), function)
    };
    inputs.desired.functions.iter().map(managed).collect()
}
