//! Performs one action: looks at the object again, sends, waits, and says how it ended.
//!
//! This file knows which performer an action has, and what all of them need; the performers know
//! their calls, and [`attempt`](super::attempt) knows how often to try.

use std::{cell::RefCell, collections::BTreeMap};

use crate::{
    event::{Event, Listener},
    model::{
        Address, Desired, FunctionId, FunctionName, MachineId, Object, Place, RevisionId, Values,
        VersionNumber,
    },
    plan::{Action, Operation},
    provider::{Code, Provider},
    store::{DeploymentId, GitInfo, Outcome},
};

use super::{creation, latest, machine, machine_line, routing};

/// What every performer needs.
pub(super) struct Context<'a, P> {
    pub(super) provider: &'a P,
    pub(super) desired: &'a Desired,
    pub(super) place: &'a Place,
    pub(super) packages: &'a BTreeMap<FunctionId, Code>,
    /// What the sources of the plan's environment variables said when the apply began.
    pub(super) values: &'a Values,
    pub(super) deployment: DeploymentId,
    pub(super) git: Option<&'a GitInfo>,
    pub(super) listener: &'a dyn Listener,
    pub(super) published: RefCell<BTreeMap<Address, VersionNumber>>,
    /// The revision of `$LATEST` that our own last update left, by function.
    pub(super) revisions: RefCell<BTreeMap<FunctionName, RevisionId>>,
}

impl<P> Context<'_, P> {
    /// Tells that an action waits for AWS.
    pub(super) fn waiting(&self, action: &Action, what: &str) {
        self.listener.hear(&Event::ActionWaiting { address: action.address.clone(), what: what.to_owned() });
    }

    pub(super) fn function(&self, id: &FunctionId) -> Option<&FunctionName> {
        self.desired.functions.get(id).map(|function| &function.name)
    }

    /// Returns the code of a function.
    pub(super) fn code(&self, id: &FunctionId) -> &Code {
        self.packages.get(id).expect("an apply begins with a look at all code that it sends")
    }

    pub(super) fn machine_arn(&self, id: &MachineId) -> Option<String> {
        self.desired.machines.get(id).map(|machine| self.place.machine_arn(&machine.name))
    }
}

/// Performs an action. `is_first_touch` tells that nothing of ours changed this function before,
/// so that its revision must still be the planned one.
pub(super) async fn perform<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    is_first_touch: bool,
) -> Outcome {
    match &action.address.object {
        Object::Function(id) => match context.function(id) {
            Some(name) => perform_on_function(context, action, id, name, is_first_touch).await,
            None => undeclared(),
        },
        Object::Machine(id) => match context.machine_arn(id) {
            Some(arn) => perform_on_machine(context, action, &arn).await,
            None => undeclared(),
        },
    }
}

async fn perform_on_machine<P: Provider>(context: &Context<'_, P>, action: &Action, arn: &str) -> Outcome {
    match &action.operation {
        Operation::CreateMachine(wanted) => creation::machine(context, action, wanted, arn).await,
        Operation::UpdateMachine(wanted) => machine::update(context, action, wanted, arn).await,
        Operation::PublishMachineVersion { description, newest } => {
            machine_line::publish(context, action, arn, description, *newest).await
        }
        Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. } => {
            machine_line::point(context, action, arn, to).await
        }
        Operation::KeepAlias { .. } => kept(),
        Operation::DeleteMachineVersion { version } => {
            machine_line::delete(context, action, arn, *version).await
        }
        Operation::CreateFunction(_)
        | Operation::UpdateSettings { .. }
        | Operation::UpdateCode { .. }
        | Operation::PublishVersion { .. }
        | Operation::DeleteVersion { .. } => undeclared(),
    }
}

async fn perform_on_function<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    id: &FunctionId,
    name: &FunctionName,
    is_first_touch: bool,
) -> Outcome {
    match &action.operation {
        Operation::CreateFunction(wanted) => {
            creation::function(context, action, wanted, (id, context.code(id))).await
        }
        Operation::UpdateSettings { .. } | Operation::UpdateCode { .. } => {
            latest::update(context, action, id, name, is_first_touch).await
        }
        Operation::PublishVersion { description, newest, .. } => {
            latest::publish(
                context,
                action,
                name,
                latest::Publish { description, newest: *newest, is_first_touch },
            )
            .await
        }
        Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. } => {
            routing::point(context, action, name, to).await
        }
        Operation::KeepAlias { .. } => kept(),
        Operation::DeleteVersion { version, .. } => routing::delete(context, name, *version).await,
        Operation::CreateMachine(_)
        | Operation::UpdateMachine(_)
        | Operation::PublishMachineVersion { .. }
        | Operation::DeleteMachineVersion { .. } => undeclared(),
    }
}

/// What is remembered of the alias is the state's; AWS knows nothing of it.
fn kept() -> Outcome {
    Outcome::Done { detail: None, version: None }
}

fn undeclared() -> Outcome {
    Outcome::Failed { message: "the TOML does not declare it".to_owned() }
}
