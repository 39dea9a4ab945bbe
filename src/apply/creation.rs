//! Creates functions and state machines.
//!
//! Neither call may be repeated blindly: CreateFunction answers a repeated one with a conflict (T22),
//! and CreateStateMachine accepts it where an equal machine is there, and ignores another role (T18).
//! So each looks first, and looks again afterwards whether what is there is what was planned.

use crate::{
    model::{FunctionId, FunctionName, Health, LiveLatest, Presence},
    plan::{Action, FunctionCreation, MachineCreation},
    provider::{Code, Provider},
    store::Outcome,
};

use super::{
    attempt::{Seen, attempt, failed_look},
    latest::other_code,
    machine::{calls_ready, look, settle},
    perform::Context,
    preflight::{Standing, created_otherwise, is_begun},
    wait::{Waited, idle_latest},
};

/// Creates a function and waits until it is active; before, nothing can be done with it (R1).
pub(super) async fn function<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    creation: &FunctionCreation,
    (id, code): (&FunctionId, &Code),
) -> Outcome {
    let FunctionCreation { name, settings, variables, .. } = creation;
    let environment = context.values.resolved(variables);
    let seen = async |_was_sent: bool| match context.provider.latest(name).await {
        Ok(Presence::Absent) => Ok(Seen::AsPlanned(())),
        Ok(Presence::Present(live)) if is_begun(creation, &live.configuration, context.values) => {
            Ok(Seen::Wanted)
        }
        Ok(Presence::Present(_)) => Err(Outcome::Moved { what: created_otherwise() }),
        Err(error) => Err(failed_look(&error)),
    };
    let send = async |()| context.provider.create_function(name, settings, &environment, code).await;
    match attempt(seen, send).await {
        Ok(taken) => {
            if let Some(outcome) = other_code(context, action, id, taken.as_ref()) {
                return outcome;
            }
            context.waiting(action, "the function to be active");
            active(context, creation, name).await
        }
        Err(outcome) => outcome,
    }
}

async fn active<P: Provider>(
    context: &Context<'_, P>,
    creation: &FunctionCreation,
    name: &FunctionName,
) -> Outcome {
    let unknown = |why: &str| Outcome::Unknown { why: why.to_owned() };
    match idle_latest(context.provider, name).await {
        Ok(Waited::Ready(LiveLatest { health: Health::Failed(reason), .. }) | Waited::Failed(reason)) => {
            let name = name.as_str();
            unknown(&format!(
                "AWS could not create the function: {reason}; mend the cause, delete it with `aws lambda delete-function --function-name {name}` and apply again"
            ))
        }
        Ok(Waited::Ready(live)) if is_begun(creation, &live.configuration, context.values) => done(),
        Ok(Waited::Ready(_)) => {
            Outcome::Moved { what: "was changed by somebody right after it was created".to_owned() }
        }
        Ok(Waited::Absent) => unknown("AWS accepted the function and does not show it"),
        Ok(Waited::TooLong) => unknown("AWS is still creating the function after 26 minutes"),
        Err(error) => unknown(&error.to_string()),
    }
}

/// Creates a state machine, and waits until AWS shows it as it was sent (R33).
pub(super) async fn machine<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    creation: &MachineCreation,
    arn: &str,
) -> Outcome {
    let seen = async |_was_sent: bool| match look(context, action, arn).await? {
        Standing::Satisfied(_) => Ok(Seen::Wanted),
        Standing::Moved(what) => Err(Outcome::Moved { what }),
        Standing::Ready => calls_ready(context, &creation.calls).await.map(Seen::AsPlanned),
    };
    match attempt(seen, async |()| context.provider.create_machine(creation).await).await {
        Ok(Some(())) => {
            context.waiting(action, "the state machine to be visible");
            settle(context, action, arn).await
        }
        Ok(None) => done(),
        Err(outcome) => outcome,
    }
}

fn done() -> Outcome {
    Outcome::Done { detail: None, version: None }
}
