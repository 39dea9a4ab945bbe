//! `drift --accept`: records what is live, so that it is no drift any more. AWS is only read.
//!
//! What cannot be told yet is not accepted: objects that are still moving, that could not be read, or
//! that are gone as a whole, whose record is the only thing that still knows of them.

use std::{collections::BTreeSet, path::Path, time::Duration};

use crate::{
    ambient,
    apply::{adopt, observed_definitions},
    cli::DriftArguments,
    diff::{Drift, DriftItem, DriftVerdict},
    error::{self, Failure},
    exit::Exit,
    model::{Live, Object},
    render::count,
    store::{LockedStore, StateFile},
};

use super::{Invocation, change::new_state, project::Project, session::Session};

/// What was looked at, under the lock.
pub(super) struct Looked<'a> {
    pub(super) project: &'a Project,
    pub(super) session: &'a Session,
    pub(super) found: &'a Drift,
    pub(super) live: &'a Live,
    pub(super) state: Option<StateFile>,
}

/// Takes the lock, if something is to be recorded; nobody may be there to approve it.
pub(super) async fn locked(
    invocation: &Invocation<'_>,
    project: &Project,
    arguments: &DriftArguments,
) -> Result<Option<LockedStore>, Failure> {
    if !arguments.accept {
        return Ok(None);
    }
    let command = format!("drift -e {} --accept", project.desired.environment);
    if !arguments.auto_approve && !invocation.console.can_ask() {
        return Err(Failure::new(
            "nobody can approve: standard input is not a terminal",
            format!("repoint {command} --auto-approve"),
        ));
    }
    let store = project.lock(&command, Duration::ZERO).await?;
    if let Some(open) = store.interrupted()? {
        return Err(Failure::new(
            format!("deployment `{}` was interrupted; what it left is no drift yet", open.deployment),
            format!("repoint apply -e {}", project.desired.environment),
        ));
    }
    Ok(Some(store))
}

/// Asks, and records what is live.
pub(super) fn accept(
    invocation: &Invocation<'_>,
    arguments: &DriftArguments,
    looked: Looked<'_>,
    store: &mut LockedStore,
) -> Result<Exit, Failure> {
    let Looked { project, session, found, live, state } = looked;
    let accepted = live.part(|object| is_acceptable(found, object));
    let objects: BTreeSet<Object> = accepted.objects().filter(|object| is_there(&accepted, object)).collect();
    let left =
        |item: &&DriftItem| item.verdict != DriftVerdict::Pending && !objects.contains(&item.address.object);
    let (before, mut after) = match state {
        Some(state) => (Some(state.recorded.clone()), state),
        None => (None, new_state(project, session)?),
    };
    adopt(&mut after.recorded, &accepted, ambient::now());
    if before.as_ref() == Some(&after.recorded) {
        invocation.console.note("nothing to accept");
    } else if is_approved(invocation, arguments, project, objects.len())? {
        for text in observed_definitions(&accepted) {
            store.keep_definition(text)?;
        }
        after.serial += 1;
        store.save_state(&after)?;
        tell(invocation, found, &objects);
    } else {
        invocation.console.note("Declined; nothing was recorded.");
        return Ok(Exit::Error);
    }
    for item in found.items.iter().filter(left) {
        invocation.console.note(&format!("not accepted {}: {}", item.address, item.moved));
    }
    Ok(exit(found.items.iter().filter(left)))
}

/// A weight that AWS is moving, or an update that did not end, says nothing yet.
fn is_acceptable(found: &Drift, object: &Object) -> bool {
    let is_moving =
        |item: &DriftItem| item.verdict == DriftVerdict::InProgress && item.address.object == *object;
    !found.items.iter().any(is_moving)
}

fn is_there(live: &Live, object: &Object) -> bool {
    match object {
        Object::Function(id) => live.function(id).is_some(),
        Object::Machine(id) => live.machine(id).is_some(),
    }
}

fn is_approved(
    invocation: &Invocation<'_>,
    arguments: &DriftArguments,
    project: &Project,
    objects: usize,
) -> Result<bool, Failure> {
    if arguments.auto_approve {
        return Ok(true);
    }
    let environment = &project.desired.environment;
    let question = format!("Record what is live of {} in `{environment}`?", count(objects, "object"));
    let answer = invocation.console.ask(&question);
    answer.map_err(|error| error::file("read", Path::new("standard input"), &error))
}

fn tell(invocation: &Invocation<'_>, found: &Drift, objects: &BTreeSet<Object>) {
    let accepted = found
        .items
        .iter()
        .filter(|item| item.verdict == DriftVerdict::Drifted && objects.contains(&item.address.object));
    for item in accepted {
        invocation.console.note(&format!("accepted {}: {}", item.address, item.moved));
    }
    invocation.console.note(&format!("recorded what is live of {}", count(objects.len(), "object")));
}

/// What was not accepted is what it was.
fn exit<'a>(left: impl Iterator<Item = &'a DriftItem>) -> Exit {
    left.fold(Exit::Success, |exit, item| {
        exit.graver(match item.verdict {
            DriftVerdict::Drifted => Exit::Different,
            DriftVerdict::NotCompared => Exit::NotCompared,
            DriftVerdict::Pending | DriftVerdict::InProgress => Exit::Success,
        })
    })
}
