//! Changes a state machine.
//!
//! Step Functions takes no precondition on an update (T15), so the machine is read immediately
//! before; the moment between the two is the window that `docs/semantics.md` tells of.

use std::collections::BTreeSet;

use crate::{
    model::{Address, LiveMachine, Object, Part, Presence},
    plan::{Action, MachineAction},
    provider::{MachineUpdate, Provider},
    store::Outcome,
};

use super::{
    attempt::{Seen, attempt, failed_look},
    perform::Context,
    preflight::{Standing, absent_standing, machine_standing},
    wait::Pauses,
};

/// Sends definition, role and logging in one update, and waits until AWS shows them (R33).
pub(super) async fn update<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    wanted: &MachineAction,
    arn: &str,
) -> Outcome {
    let seen = async |_was_sent: bool| match look(context, action, arn).await? {
        Standing::Satisfied(_) => Ok(Seen::Wanted),
        Standing::Moved(what) => Err(Outcome::Moved { what }),
        Standing::Ready => calls_ready(context, &wanted.calls).await.map(Seen::AsPlanned),
    };
    match attempt(seen, async |()| context.provider.update_machine(arn, &request(wanted)).await).await {
        Ok(Some(())) => {
            context.waiting(action, "the new definition to be visible");
            settle(context, action, arn).await
        }
        Ok(None) => done(),
        Err(outcome) => outcome,
    }
}

fn done() -> Outcome {
    Outcome::Done { detail: None, version: None }
}

/// Looks at everything that the definition calls: it must exist before anything calls it.
pub(super) async fn calls_ready<P: Provider>(
    context: &Context<'_, P>,
    calls: &BTreeSet<Address>,
) -> Result<(), Outcome> {
    for address in calls {
        let Object::Function(id) = &address.object else { continue };
        let Some(name) = context.function(id) else { continue };
        let version = match &address.part {
            Part::Version(version) => Some(*version),
            Part::NewVersion => context.published.borrow().get(address).copied(),
            _ => None,
        };
        let is_there = match (&address.part, version) {
            (Part::Alias(alias), _) => {
                context.provider.alias(name, alias).await.map(|seen| seen.present().is_some())
            }
            (_, Some(version)) => {
                context.provider.version(name, version).await.map(|seen| seen.present().is_some())
            }
            (Part::Whole, None) => context.provider.latest(name).await.map(|seen| seen.present().is_some()),
            (_, None) => Ok(false),
        };
        match is_there {
            Ok(true) => {}
            Ok(false) => {
                return Err(Outcome::Moved { what: format!("calls `{address}`, which does not exist") });
            }
            Err(error) => return Err(failed_look(&error)),
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

/// Looks where an action on the machine itself stands.
pub(super) async fn look<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    arn: &str,
) -> Result<Standing, Outcome> {
    match context.provider.machine(arn).await {
        Ok(Presence::Present(LiveMachine { is_deleting: true, .. })) => {
            Ok(Standing::Moved("is being deleted".to_owned()))
        }
        Ok(Presence::Present(live)) => Ok(machine_standing(action, &live)),
        Ok(Presence::Absent) => Ok(absent_standing(action)),
        Err(error) => Err(failed_look(&error)),
    }
}

/// Waits until AWS shows what was sent.
pub(super) async fn settle<P: Provider>(context: &Context<'_, P>, action: &Action, arn: &str) -> Outcome {
    let mut pauses = Pauses::settling();
    loop {
        match look(context, action, arn).await {
            Ok(Standing::Satisfied(_)) => return done(),
            Ok(Standing::Ready) => {}
            Ok(Standing::Moved(what)) => return Outcome::Moved { what },
            Err(_) => {
                return Outcome::Unknown {
                    why: "AWS accepted it and could not be read after that".to_owned(),
                };
            }
        }
        if !pauses.pause().await {
            return Outcome::Unknown { why: "AWS accepted it and does not show it".to_owned() };
        }
    }
}
