//! Gives a plan's machine actions the numbers that nobody knew when it was made.
//!
//! A definition that is pinned to versions of the same plan says `asl::NEW_VERSION` where their numbers
//! will be. Once they are published, the action is the same as if the plan had known them: the text,
//! and with it the fingerprint that the publish of the machine expects.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    asl::{self, NEW_VERSION},
    diff::machine_fingerprint,
    model::{Address, FunctionId, FunctionName, Object, Part, VersionNumber},
    plan::{Action, DefinitionChange, MachineAction, Operation, Precondition},
};

/// The versions that were published so far, for the actions of a plan.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'n> {
    /// The physical names of the plan's functions.
    pub(super) functions: &'n BTreeMap<FunctionId, FunctionName>,
    pub(super) published: &'n BTreeMap<Address, VersionNumber>,
}

impl Numbers<'_> {
    /// Returns the action with all numbers that are known.
    pub(super) fn of<'a>(
        &self,
        action: &'a Action,
        actions: &BTreeMap<&Address, &'a Action>,
    ) -> Cow<'a, Action> {
        let definition = Address { object: action.address.object.clone(), part: Part::Definition };
        let Some(update) = actions.get(&definition).copied().and_then(|update| self.update(update)) else {
            return Cow::Borrowed(action);
        };
        match (&action.operation, &action.precondition) {
            (Operation::UpdateMachine(_), _) => Cow::Owned(update),
            (Operation::PublishMachineVersion { .. }, Precondition::MachineAt { .. }) => {
                Cow::Owned(Action { precondition: runs(&update), ..action.clone() })
            }
            _ => Cow::Borrowed(action),
        }
    }

    /// Returns the update with the numbers, unless it needs none.
    fn update(&self, update: &Action) -> Option<Action> {
        let Operation::UpdateMachine(machine) = &update.operation else { return None };
        let change = machine.definition.as_ref().filter(|change| change.to.contains(NEW_VERSION))?;
        let number = |name: &str| {
            let mut publishes = machine.calls.iter().filter(|call| call.part == Part::NewVersion);
            self.published.get(publishes.find(|publish| self.is_of(publish, name))?).copied()
        };
        let to = asl::numbered(&change.to, &number).ok()?;
        let definition = Some(DefinitionChange { to, ..change.clone() });
        let operation = Operation::UpdateMachine(MachineAction { definition, ..machine.clone() });
        Some(Action { operation, ..update.clone() })
    }

    fn is_of(&self, publish: &Address, name: &str) -> bool {
        let Object::Function(id) = &publish.object else { return false };
        self.functions.get(id).is_some_and(|function| function.as_str() == name)
    }
}

/// What the machine runs after the update.
fn runs(update: &Action) -> Precondition {
    let (Operation::UpdateMachine(machine), Precondition::Machine { role, logging, .. }) =
        (&update.operation, &update.precondition)
    else {
        return update.precondition.clone();
    };
    let definition = machine.definition.as_ref().map_or("", |change| change.to.as_str());
    let role = machine.role.as_ref().map_or(role, |(_, to)| to);
    let logging = machine.logging.as_ref().map(|(_, to)| to).or(logging.as_ref());
    Precondition::MachineAt { fingerprint: machine_fingerprint(definition, role, logging) }
}
