//! Gives a plan's machine actions the numbers that nobody knew when it was made.
//!
//! A definition that is pinned to versions of the same plan says `asl::NEW_VERSION` where their numbers
//! will be. Once they are published, the action is the same as if the plan had known them: the text,
//! and with it the fingerprint that the publish of the machine expects.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    asl::{self, NEW_VERSION},
    diff::machine_fingerprint,
    model::{Address, FunctionId, FunctionName, Object, Part, VersionNumber},
    plan::{Action, DefinitionChange, MachineAction, MachineCreation, Operation, Precondition},
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
        let sent = [Part::Whole, Part::Definition].into_iter().find_map(|part| {
            let address = Address { object: action.address.object.clone(), part };
            actions.get(&address).copied().and_then(|sent| self.sent(sent))
        });
        let Some(sent) = sent else { return Cow::Borrowed(action) };
        match (&action.operation, &action.precondition) {
            (Operation::CreateMachine(_) | Operation::UpdateMachine(_), _) => Cow::Owned(sent),
            (Operation::PublishMachineVersion { .. }, Precondition::MachineAt { .. }) => {
                Cow::Owned(Action { precondition: runs(&sent), ..action.clone() })
            }
            _ => Cow::Borrowed(action),
        }
    }

    /// Returns what sends a definition with the numbers in it, unless it needs none.
    fn sent(&self, sent: &Action) -> Option<Action> {
        let operation = match &sent.operation {
            Operation::CreateMachine(creation) => {
                let definition = self.text(&creation.definition, &creation.calls)?;
                Operation::CreateMachine(MachineCreation { definition, ..creation.clone() })
            }
            Operation::UpdateMachine(machine) => {
                let change = machine.definition.as_ref()?;
                let to = self.text(&change.to, &machine.calls)?;
                let definition = Some(DefinitionChange { to, ..change.clone() });
                Operation::UpdateMachine(MachineAction { definition, ..machine.clone() })
            }
            _ => return None,
        };
        Some(Action { operation, ..sent.clone() })
    }

    fn text(&self, definition: &str, calls: &BTreeSet<Address>) -> Option<String> {
        if !definition.contains(NEW_VERSION) {
            return None;
        }
        let number = |name: &str| {
            let mut publishes = calls.iter().filter(|call| call.part == Part::NewVersion);
            self.published.get(publishes.find(|publish| self.is_of(publish, name))?).copied()
        };
        asl::numbered(definition, &number).ok()
    }

    fn is_of(&self, publish: &Address, name: &str) -> bool {
        let Object::Function(id) = &publish.object else { return false };
        self.functions.get(id).is_some_and(|function| function.as_str() == name)
    }
}

/// What the machine runs once this was sent.
fn runs(sent: &Action) -> Precondition {
    let fingerprint = match (&sent.operation, &sent.precondition) {
        (Operation::CreateMachine(creation), _) => {
            let MachineCreation { definition, role, logging, .. } = creation;
            machine_fingerprint(definition, role, logging.as_ref())
        }
        (Operation::UpdateMachine(machine), Precondition::Machine { role, logging, .. }) => {
            let definition = machine.definition.as_ref().map_or("", |change| change.to.as_str());
            let role = machine.role.as_ref().map_or(role, |(_, to)| to);
            let logging = machine.logging.as_ref().map(|(_, to)| to).or(logging.as_ref());
            machine_fingerprint(definition, role, logging)
        }
        _ => return sent.precondition.clone(),
    };
    Precondition::MachineAt { fingerprint }
}
