//! The plan linter: a loaded plan must be one that this project could have made.
//!
//! The digest proves that nobody edited the file; the linter proves that the TOML still stands
//! behind it. It is the last look before a file from disk may change an account.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, AliasTarget, Desired, DesiredMachine, GroupName, HoldChange, HoldEnd, MachineKind, Object, Part,
    PlannedRouting, Setting, VariableChange, VersionNumber, VersionRef,
};

use super::{Action, FunctionCreation, Graph, Operation, Plan, Reason, groups};

/// One thing that a plan may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LintProblem {
    /// It was made for another environment.
    #[error("it is a plan for environment `{planned}`, and this is `{chosen}`")]
    OtherEnvironment {
        /// The plan's environment.
        planned: String,
        /// The chosen environment.
        chosen: String,
    },
    /// It was made for another project.
    #[error("it is a plan of project `{0}`")]
    OtherProject(String),
    /// It changes something that the TOML does not declare.
    #[error("it changes `{0}`, and the TOML does not declare that")]
    Undeclared(Address),
    /// A thing has another physical name than in the TOML.
    #[error("it names `{object}` `{planned}`, and the TOML names it otherwise")]
    OtherName {
        /// The function or machine.
        object: String,
        /// The physical name in the plan.
        planned: String,
    },
    /// An action is at an address of another kind.
    #[error("the action at `{0}` does something else than its address says")]
    Mismatch(Address),
    /// It deletes a version that it keeps, or one of a function without retention.
    #[error("it deletes version {version} of `{object}`, which the retention does not allow")]
    Deletion {
        /// The function or state machine.
        object: String,
        /// The version.
        version: VersionNumber,
    },
    /// It moves aliases of a group one by one, or together what is no group.
    #[error("its aliases do not move together as group `{0}` of the TOML has them")]
    Group(GroupName),
    /// Its actions cannot be ordered.
    #[error("{0}")]
    Order(String),
}

/// Returns everything that is wrong with a loaded plan.
pub fn lint(plan: &Plan, desired: &Desired) -> Vec<LintProblem> {
    let mut problems = Vec::new();
    if plan.project != desired.project {
        problems.push(LintProblem::OtherProject(plan.project.to_string()));
    }
    if plan.environment != desired.environment {
        let (planned, chosen) = (plan.environment.to_string(), desired.environment.to_string());
        return vec![LintProblem::OtherEnvironment { planned, chosen }];
    }
    problems.extend(names(plan, desired));
    for action in &plan.actions {
        if !is_declared(action, desired) {
            problems.push(LintProblem::Undeclared(action.address.clone()));
        } else if !is_fitting(&action.address, &action.operation) || is_held_elsewhere(action) {
            problems.push(LintProblem::Mismatch(action.address.clone()));
        }
    }
    problems.extend(deletions(plan, desired));
    problems.extend(ungrouped(plan, desired).into_iter().map(LintProblem::Group));
    problems.extend(Graph::new(&plan.actions).err().map(|error| LintProblem::Order(error.to_string())));
    problems
}

fn names(plan: &Plan, desired: &Desired) -> Vec<LintProblem> {
    let functions = plan
        .functions
        .iter()
        .filter(|(id, name)| desired.functions.get(id).is_some_and(|function| function.name != **name));
    let machines = plan
        .machines
        .iter()
        .filter(|(id, name)| desired.machines.get(id).is_some_and(|machine| machine.name != **name));
    let functions = functions.map(|(id, name)| (Object::Function(id.clone()), name.to_string()));
    let machines = machines.map(|(id, name)| (Object::Machine(id.clone()), name.to_string()));
    functions
        .chain(machines)
        .map(|(object, planned)| LintProblem::OtherName { object: object.to_string(), planned })
        .collect()
}

/// Returns the groups that are other ones in the plan than in the TOML, or are not waited for as they
/// should be.
fn ungrouped(plan: &Plan, desired: &Desired) -> BTreeSet<GroupName> {
    let mut actions = plan.actions.clone();
    let groups = groups::bind(&mut actions, desired);
    let others = groups.iter().filter(|(name, aliases)| plan.groups.get(*name) != Some(*aliases));
    let unknown = plan.groups.keys().filter(|name| !groups.contains_key(*name));
    let is_loose = |(planned, bound): &(&Action, &Action)| planned.after != bound.after;
    let loose = plan.actions.iter().zip(&actions).filter(is_loose).flat_map(|(planned, bound)| {
        bound.after.difference(&planned.after).filter_map(|before| groups::group_at(desired, before))
    });
    others.map(|(name, _)| name).chain(unknown).chain(loose).cloned().collect()
}

/// Tells whether the TOML declares what the action changes: the object, and for an alias the alias.
fn is_declared(action: &Action, desired: &Desired) -> bool {
    let Action { address, operation, .. } = action;
    match &address.object {
        Object::Machine(id) => desired.machines.get(id).is_some_and(|machine| match &address.part {
            Part::Alias(alias) => machine.aliases.get(alias).is_some_and(|target| is_allowed(target, action)),
            Part::NewVersion => !machine.aliases.is_empty(),
            Part::Whole => is_declared_creation(operation, machine),
            Part::Settings | Part::Code | Part::Definition | Part::Version(_) => true,
        }),
        Object::Function(id) => {
            desired.functions.get(id).is_some_and(|function| match (&address.part, operation) {
                (Part::Alias(alias), _) => {
                    function.aliases.get(alias).is_some_and(|target| is_allowed(target, action))
                }
                (_, Operation::CreateFunction(creation)) => {
                    let FunctionCreation { name, settings, variables, source, code: _, size: _ } = creation;
                    let is_said =
                        |setting| function.settings.contains_key(&setting) || setting == Setting::PackageType;
                    *name == function.name
                        && *variables == function.variables
                        && settings.iter().all(|(setting, _)| is_said(setting))
                        && function.code.as_ref().is_some_and(|code| code.to_string() == *source)
                }
                (_, Operation::UpdateSettings { changes, variables }) => {
                    let is_declared = |change: &VariableChange| {
                        function.variables.get(&change.name) == Some(&change.source)
                    };
                    changes.iter().all(|change| function.settings.contains_key(&change.setting))
                        && variables.iter().all(is_declared)
                }
                (_, Operation::UpdateCode { source, .. }) => {
                    function.code.as_ref().is_some_and(|code| code.to_string() == *source)
                }
                _ => true,
            })
        }
    }
}

/// What can never be changed, or not by looking at the definition, is as declared.
fn is_declared_creation(operation: &Operation, machine: &DesiredMachine) -> bool {
    let Operation::CreateMachine(creation) = operation else { return true };
    creation.name == machine.name
        && machine.role.as_ref() == Some(&creation.role)
        && machine.kind.unwrap_or(MachineKind::Standard) == creation.kind
}

/// `manual` is created once and moved only when somebody asks; a pinned alias goes to its version and
/// nowhere else; and only an alias that the TOML would move on is held, against what would move it.
fn is_allowed(target: &AliasTarget, action: &Action) -> bool {
    if let Some(HoldChange::Hold { until, .. }) = &action.hold {
        let is_against = match (target, until) {
            (AliasTarget::Latest, HoldEnd::Latest(_)) => true,
            (AliasTarget::Previous(declared), HoldEnd::Moves { of, .. }) => declared == of,
            (AliasTarget::Manual, HoldEnd::Arrives) => matches!(action.reason, Reason::Asked(_)),
            (_, HoldEnd::Latest(_) | HoldEnd::Moves { .. } | HoldEnd::Arrives) => false,
        };
        return is_against;
    }
    match (target, &action.operation) {
        (AliasTarget::Manual, Operation::UpdateAlias { .. }) => matches!(action.reason, Reason::Asked(_)),
        (AliasTarget::Pinned(version), Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. }) => {
            *to == PlannedRouting::to(VersionRef::Existing(*version))
        }
        _ => true,
    }
}

fn is_fitting(address: &Address, operation: &Operation) -> bool {
    match (operation, &address.part) {
        (Operation::CreateFunction(_), Part::Whole)
        | (Operation::UpdateSettings { .. }, Part::Settings)
        | (Operation::UpdateCode { .. }, Part::Code)
        | (Operation::PublishVersion { .. }, Part::NewVersion) => {
            matches!(address.object, Object::Function(_))
        }
        (Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. }, Part::Alias(_)) => {
            is_of_the_same(&address.object, to)
        }
        (Operation::KeepAlias { .. }, Part::Alias(_)) => true,
        (Operation::CreateMachine(_), Part::Whole)
        | (Operation::UpdateMachine(_), Part::Definition)
        | (Operation::PublishMachineVersion { .. }, Part::NewVersion) => {
            matches!(address.object, Object::Machine(_))
        }
        (Operation::DeleteMachineVersion { version }, Part::Version(addressed)) => {
            version == addressed && matches!(address.object, Object::Machine(_))
        }
        (Operation::DeleteVersion { version, .. }, Part::Version(addressed)) => {
            version == addressed && matches!(address.object, Object::Function(_))
        }
        _ => false,
    }
}

/// Only what is done to an alias changes what is remembered of one.
fn is_held_elsewhere(action: &Action) -> bool {
    action.hold.is_some() && !matches!(action.address.part, Part::Alias(_))
}

/// An alias can only point to versions of its own function or state machine.
fn is_of_the_same(object: &Object, to: &PlannedRouting) -> bool {
    to.versions().all(|version| match version {
        VersionRef::Existing(_) => true,
        VersionRef::PublishedBy(address) => address.object == *object && address.part == Part::NewVersion,
    })
}

fn deletions(plan: &Plan, desired: &Desired) -> Vec<LintProblem> {
    let mut by_object: BTreeMap<&Object, BTreeMap<VersionNumber, Option<u32>>> = BTreeMap::new();
    for action in &plan.actions {
        if let Operation::DeleteVersion { version, .. } | Operation::DeleteMachineVersion { version } =
            &action.operation
        {
            // Who cleans up with a retention of his own says so, and the plan shows it.
            let asked = match &action.reason {
                Reason::CleanedUp { keep, .. } => Some(*keep),
                _ => None,
            };
            by_object.entry(&action.address.object).or_default().insert(*version, asked);
        }
    }
    let refused = by_object.iter().flat_map(|(object, versions)| {
        let versions_of = versions.iter();
        let refused = versions_of.filter(|one| !is_deletable((plan, desired), object, versions, *one));
        refused.map(|(version, _)| LintProblem::Deletion { object: object.to_string(), version: *version })
    });
    refused.collect()
}

/// A version may go if the object has a retention, the plan does not keep it, and at least `keep`
/// versions are newer, the deleted ones among them.
fn is_deletable(
    (plan, desired): (&Plan, &Desired),
    object: &Object,
    deleted: &BTreeMap<VersionNumber, Option<u32>>,
    (version, asked): (&VersionNumber, &Option<u32>),
) -> bool {
    let version = *version;
    let (retention, kept) = match object {
        Object::Function(id) => {
            (desired.functions.get(id).and_then(|function| function.retention), plan.kept.get(id))
        }
        Object::Machine(id) => {
            (desired.machines.get(id).and_then(|machine| machine.retention), plan.kept_machines.get(id))
        }
    };
    let Some(keep) = asked.or(retention.map(|retention| retention.keep)) else { return false };
    let numbers: Vec<Option<VersionNumber>> =
        kept.into_iter().flatten().map(|kept| kept.version.existing()).collect();
    // A version that this plan publishes has no number yet and is newer than all.
    let newer_kept = numbers.iter().filter(|number| number.is_none_or(|number| number > version)).count();
    let newer_deleted = deleted.keys().filter(|number| **number > version).count();
    !numbers.contains(&Some(version))
        && newer_kept + newer_deleted >= usize::try_from(keep).unwrap_or(usize::MAX)
}
