//! Groups: functions whose aliases move together (`group = "money"`), or not at all.
//!
//! No alias of a group moves before all that the plan does to its functions is published and active, and
//! nothing that would be hard to take back (a definition, a deletion) begins before all of them moved.
//! So at every moment all moves of a group can be taken back. Which belong together is written into the
//! plan, and the executor makes no choice.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Desired, FunctionId, GroupName, Object, Part};

use super::{Action, Finding, Operation, words};

/// The alias actions of each group that the plan moves.
pub type Groups = BTreeMap<GroupName, BTreeSet<Address>>;

/// What a plan does to the functions of one group.
#[derive(Debug, Default)]
struct Members {
    functions: BTreeSet<FunctionId>,
    /// Creations, updates and publishes.
    work: BTreeSet<Address>,
    /// Those of them that nothing else of the work waits for: who waits for these waits for all.
    last: BTreeSet<Address>,
    aliases: BTreeSet<Address>,
    is_moving: bool,
}

impl Members {
    /// Returns what must be done before anything else may rely on the group.
    fn ends(&self) -> &BTreeSet<Address> {
        if self.aliases.is_empty() { &self.last } else { &self.aliases }
    }
}

/// Ties the actions of each group together, and returns the alias actions that belong together.
///
/// There are no cycles: the work of a function waits for its own work alone, aliases wait for work and for
/// aliases of their own function, and no function but a deletion waits for a machine.
pub(super) fn bind(actions: &mut [Action], desired: &Desired) -> Groups {
    let groups = members(actions, desired);
    let of = |address: &Address| groups.get(group_at(desired, address)?);
    for action in actions {
        let more: BTreeSet<Address> = match &action.operation {
            Operation::CreateAlias { .. } | Operation::UpdateAlias { .. } | Operation::KeepAlias { .. } => {
                of(&action.address).map(|group| group.last.clone()).unwrap_or_default()
            }
            Operation::DeleteVersion { .. } => {
                of(&action.address).map(|group| group.aliases.clone()).unwrap_or_default()
            }
            Operation::CreateMachine(_) | Operation::UpdateMachine(_) => {
                let called = action.after.iter().filter_map(of);
                called.flat_map(|group| group.ends().iter().cloned()).collect()
            }
            Operation::CreateFunction(_)
            | Operation::UpdateSettings { .. }
            | Operation::UpdateCode { .. }
            | Operation::PublishVersion { .. }
            | Operation::PublishMachineVersion { .. }
            | Operation::DeleteMachineVersion { .. } => continue,
        };
        action.after.extend(more);
    }
    let moving = groups.into_iter().filter(|(_, group)| group.is_moving);
    moving.map(|(name, group)| (name.clone(), group.aliases)).collect()
}

/// Returns a finding for each function that a part leaves out of a group whose aliases it moves.
pub(super) fn divided(
    actions: &[Action],
    desired: &Desired,
    left_out: &BTreeSet<Address>,
) -> BTreeSet<Finding> {
    let groups = members(actions, desired);
    let finding = |address: &Address| {
        let Object::Function(id) = &address.object else { return None };
        let name = group_at(desired, address).filter(|_| !matches!(address.part, Part::Version(_)))?;
        let group = groups.get(name).filter(|group| group.is_moving)?;
        let others = group.functions.iter().any(|other| other != id);
        others.then(|| words::left_out_of_group(id, name))
    };
    left_out.iter().filter_map(finding).collect()
}

/// Returns the group of the function that an address is of.
pub(super) fn group_at<'a>(desired: &'a Desired, address: &Address) -> Option<&'a GroupName> {
    let Object::Function(id) = &address.object else { return None };
    desired.functions.get(id)?.group.as_ref()
}

fn members<'a>(actions: &[Action], desired: &'a Desired) -> BTreeMap<&'a GroupName, Members> {
    let mut groups: BTreeMap<&GroupName, Members> = BTreeMap::new();
    for action in actions {
        let Object::Function(id) = &action.address.object else { continue };
        let Some(name) = group_at(desired, &action.address) else { continue };
        let group = groups.entry(name).or_default();
        match &action.operation {
            Operation::CreateFunction(_)
            | Operation::UpdateSettings { .. }
            | Operation::UpdateCode { .. }
            | Operation::PublishVersion { .. } => drop(group.work.insert(action.address.clone())),
            Operation::CreateAlias { .. } | Operation::UpdateAlias { .. } => {
                group.is_moving = true;
                group.aliases.insert(action.address.clone());
            }
            // What is remembered of an alias is remembered of all of the group, or of none.
            Operation::KeepAlias { .. } => drop(group.aliases.insert(action.address.clone())),
            Operation::DeleteVersion { .. }
            | Operation::CreateMachine(_)
            | Operation::UpdateMachine(_)
            | Operation::PublishMachineVersion { .. }
            | Operation::DeleteMachineVersion { .. } => continue,
        }
        group.functions.insert(id.clone());
    }
    for group in groups.values_mut() {
        let of_group = actions.iter().filter(|action| group.work.contains(&action.address));
        let awaited: BTreeSet<&Address> = of_group.flat_map(|action| &action.after).collect();
        group.last = group.work.iter().filter(|address| !awaited.contains(address)).cloned().collect();
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{
            DesiredFunction, Digest, EnvironmentName, FunctionName, Limits, PlannedRouting, ProjectName,
            Routing, VersionNumber, VersionRef,
        },
        plan::{Graph, MachineAction, Precondition, Reason},
    };

    fn version(number: u64) -> VersionNumber {
        VersionNumber::new(number).unwrap()
    }

    /// `a` and `b` are of group `money`, `c` of group `mail`, and `d` of none.
    fn desired() -> Desired {
        let function = |(id, group): (&str, Option<&str>)| {
            let function = DesiredFunction {
                name: FunctionName::new(id).unwrap(),
                version_description: String::new(),
                code: None,
                settings: BTreeMap::new(),
                aliases: BTreeMap::new(),
                retention: None,
                group: group.map(|name| GroupName::new(name).unwrap()),
                variables: BTreeMap::new(),
            };
            (FunctionId::new(id).unwrap(), function)
        };
        let functions = [("a", Some("money")), ("b", Some("money")), ("c", Some("mail")), ("d", None)];
        Desired {
            project: ProjectName::new("shop").unwrap(),
            environment: EnvironmentName::new("dev").unwrap(),
            region: None,
            account: None,
            profile: None,
            role_arn: None,
            require: BTreeSet::new(),
            limits: Limits::default(),
            drift_ignore: Vec::new(),
            functions: functions.map(function).into(),
            machines: BTreeMap::new(),
            foreign_names: BTreeMap::new(),
        }
    }

    fn operation(address: &Address) -> Operation {
        match &address.part {
            Part::Settings => Operation::UpdateSettings { changes: Vec::new(), variables: Vec::new() },
            Part::NewVersion => Operation::PublishVersion {
                description: String::new(),
                code: crate::model::CodeSha256::of(b""),
                newest: None,
            },
            Part::Alias(_) => Operation::UpdateAlias {
                from: Routing::to(version(1)),
                to: PlannedRouting::to(VersionRef::Existing(version(2))),
            },
            Part::Version(version) => Operation::DeleteVersion { version: *version, size: 1 },
            Part::Whole | Part::Code | Part::Definition => Operation::UpdateMachine(MachineAction {
                definition: None,
                role: None,
                logging: None,
                calls: BTreeSet::new(),
            }),
        }
    }

    /// Makes actions from lines such as `functions.a.aliases.LIVE after functions.a.versions.new`.
    fn actions(lines: &[&str]) -> Vec<Action> {
        let action = |line: &&str| {
            let (address, after) = line.split_once(" after ").unwrap_or((line, ""));
            let address: Address = address.parse().unwrap();
            Action {
                operation: operation(&address),
                address,
                reason: Reason::SettingsDiffer,
                precondition: Precondition::Unreferenced { fingerprint: Digest::of(b"") },
                targets: BTreeMap::new(),
                hold: None,
                after: after.split_whitespace().map(|before| before.parse().unwrap()).collect(),
            }
        };
        lines.iter().map(action).collect()
    }

    fn bound() -> (Vec<Action>, Groups) {
        let mut actions = actions(&[
            "functions.a.settings",
            "functions.a.versions.new after functions.a.settings",
            "functions.a.aliases.LIVE after functions.a.versions.new functions.a.aliases.ROLLBACK",
            "functions.a.aliases.ROLLBACK after functions.a.versions.new",
            "functions.a.versions.1 after functions.a.aliases.LIVE functions.a.aliases.ROLLBACK",
            "functions.b.settings",
            "functions.b.aliases.LIVE",
            "functions.c.versions.new",
            "functions.c.aliases.LIVE after functions.c.versions.new",
            "functions.d.aliases.LIVE",
            "state_machines.one.definition after functions.a.aliases.LIVE",
            "state_machines.two.definition after functions.c.aliases.LIVE functions.b.aliases.LIVE",
            "state_machines.three.definition after functions.d.aliases.LIVE",
        ]);
        let groups = bind(&mut actions, &desired());
        (actions, groups)
    }

    #[test]
    fn aliases_wait_for_the_work_of_all_and_what_relies_on_them_waits_for_all_aliases() {
        let (actions, groups) = bound();
        let line = |action: &Action| {
            let after: Vec<String> = action.after.iter().map(ToString::to_string).collect();
            format!("{} after [{}]", action.address, after.join(" "))
        };
        let groups = groups.iter().map(|(name, aliases)| format!("{name}: {aliases:?}"));
        let text: Vec<String> = actions.iter().map(line).chain(groups).collect();
        insta::assert_snapshot!("ties", text.join("\n"));
    }

    #[test]
    fn two_groups_and_machines_between_them_make_no_cycle() {
        let (actions, _) = bound();
        assert_eq!(Graph::new(&actions).map(|graph| graph.order().len()), Ok(actions.len()));
    }

    #[test]
    fn tying_twice_ties_nothing_more() {
        let (mut actions, groups) = bound();
        let once = actions.clone();
        assert_eq!(bind(&mut actions, &desired()), groups);
        assert_eq!(actions, once);
    }

    #[test]
    fn a_part_names_the_functions_of_a_moving_group_that_it_leaves_out() {
        let actions = actions(&["functions.a.aliases.LIVE", "functions.c.settings"]);
        let left_out = [
            "functions.b.settings",
            "functions.b.versions.1",
            "functions.c.aliases.LIVE",
            "functions.d.code",
        ];
        let left_out = left_out.map(|address| address.parse().unwrap()).into();
        let found = divided(&actions, &desired(), &left_out);
        let words: Vec<String> = found.iter().map(|finding| finding.address.to_string()).collect();
        assert_eq!(words, ["functions.b"]);
    }
}
