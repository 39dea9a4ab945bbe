//! Changes a state machine.
//!
//! Step Functions takes no precondition on an update (T15), so the machine is read immediately
//! before; the moment between the two is the window that `docs/semantics.md` tells of.

use crate::{
    model::{LiveMachine, Object, Part, Presence},
    plan::{Action, MachineAction},
    provider::{MachineUpdate, Provider},
    store::Outcome,
};

use super::{
    perform::{Context, TRIES, failed, in_doubt, is_worth_another_look},
    preflight::{Standing, machine_standing},
    wait::Pauses,
};

/// Sends definition, role and logging in one update, and waits until AWS shows them (R33).
pub(super) async fn update<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    wanted: &MachineAction,
    arn: &str,
) -> Outcome {
    let mut was_sent = false;
    let mut last_error = None;
    let mut pauses = Pauses::settling();
    for _ in 0..TRIES {
        match look(context, action, arn).await {
            Ok(Standing::Satisfied(_)) if was_sent => return done(),
            Ok(Standing::Satisfied(_)) => return Outcome::AlreadyDone,
            Ok(Standing::Moved(what)) => return in_doubt(Outcome::Moved { what }, was_sent),
            Ok(Standing::Ready) => {}
            Err(outcome) => return in_doubt(outcome, was_sent),
        }
        if let Err(outcome) = calls_ready(context, wanted).await {
            return in_doubt(outcome, was_sent);
        }
        match context.provider.update_machine(arn, &request(wanted)).await {
            Ok(()) => {
                context.waiting(action, "the new definition to be visible");
                return settle(context, action, arn).await;
            }
            Err(error) if is_worth_another_look(&error.kind) => {
                was_sent |= error.kind.is_effect_unknown();
                last_error = Some(error);
                pauses.pause().await;
            }
            Err(error) => return in_doubt(failed(&error), was_sent),
        }
    }
    let ended = last_error.map_or_else(
        || Outcome::Failed { message: "it changed under every try".to_owned() },
        |error| failed(&error),
    );
    in_doubt(ended, was_sent)
}

fn done() -> Outcome {
    Outcome::Done { detail: None, version: None }
}

/// Looks at every alias that the definition calls: it must exist before anything calls it.
async fn calls_ready<P: Provider>(context: &Context<'_, P>, wanted: &MachineAction) -> Result<(), Outcome> {
    for address in &wanted.calls {
        let (Object::Function(id), Part::Alias(alias)) = (&address.object, &address.part) else { continue };
        let Some(name) = context.function(id) else { continue };
        match context.provider.alias(name, alias).await {
            Ok(Presence::Present(_)) => {}
            Ok(Presence::Absent) => {
                return Err(Outcome::Moved {
                    what: format!("calls `{address}`, which does not exist any more"),
                });
            }
            Err(error) => return Err(Outcome::Failed { message: error.to_string() }),
        }
    }
    Ok(())
}

fn request(wanted: &MachineAction) -> MachineUpdate {
    let MachineAction { definition, role, logging, calls: _ } = wanted;
    MachineUpdate {
        definition: definition.as_ref().map(|change| change.to.clone()),
        role: role.as_ref().map(|(_, to)| to.clone()),
        logging: logging.as_ref().map(|(_, to)| to.clone()),
    }
}

async fn look<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    arn: &str,
) -> Result<Standing, Outcome> {
    match context.provider.machine(arn).await {
        Ok(Presence::Present(LiveMachine { is_deleting: true, .. })) => {
            Ok(Standing::Moved("is being deleted".to_owned()))
        }
        Ok(Presence::Present(live)) => Ok(machine_standing(action, &live)),
        Ok(Presence::Absent) => Ok(Standing::Moved("does not exist any more".to_owned())),
        Err(error) => Err(Outcome::Failed { message: error.to_string() }),
    }
}

async fn settle<P: Provider>(context: &Context<'_, P>, action: &Action, arn: &str) -> Outcome {
    let mut pauses = Pauses::settling();
    loop {
        match look(context, action, arn).await {
            Ok(Standing::Satisfied(_)) => return done(),
            Ok(Standing::Ready) => {}
            Ok(Standing::Moved(what)) => return Outcome::Moved { what },
            Err(_) => {
                return Outcome::Unknown {
                    why: "AWS accepted the update and could not be read after it".to_owned(),
                };
            }
        }
        if !pauses.pause().await {
            return Outcome::Unknown { why: "AWS accepted the update and does not show it".to_owned() };
        }
    }
}
