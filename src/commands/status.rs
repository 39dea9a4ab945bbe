//! `status`: versions, aliases, machines, sizes and dates as they stand, and why each version is kept.
//! Reads only, takes no lock, and reads each function once.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ambient,
    cli::{StatusArguments, StatusFormat},
    config::{NothingChosen, chosen_objects},
    diff::calls,
    error::Failure,
    exit::Exit,
    model::{Desired, FunctionName, Object},
    plan::{PlanInputs, Status, standing, standing_questions, status},
    provider::Observed,
    render::{StatusReport, Subject, status_json, status_text, status_tsv},
    store::StateFile,
};

use super::{
    Invocation,
    observed::{base_of, check_place, look},
    plan::detail,
    project::Project,
    session::Session,
};

/// Looks, and tells how things stand.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &StatusArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let chosen = chosen(arguments, &project.desired)?;
    let session = Session::open(invocation, &project).await?;
    let state = project.store().state()?;
    check_place(&session, state.as_ref())?;
    let mut observed = observed(invocation, &project, &session, chosen.as_ref()).await?;
    let mut status = assessed(&project, &session, state.as_ref(), &mut observed).await?;
    if let Some(chosen) = &chosen {
        status.functions.retain(|id, _| chosen.contains(&Object::Function(id.clone())));
        status.machines.retain(|id, _| chosen.contains(&Object::Machine(id.clone())));
    }
    let report = StatusReport {
        status: &status,
        subject: Subject {
            project: &project.desired.project,
            environment: &project.desired.environment,
            place: &session.place,
        },
        context: &session.context(detail(invocation)),
    };
    let format = if invocation.global.json { StatusFormat::Json } else { arguments.format };
    let text = match format {
        StatusFormat::Table => status_text(&report, invocation.console.style()),
        StatusFormat::Json => format!("{:#}\n", status_json(&report)),
        StatusFormat::Tsv => status_tsv(&status),
    };
    invocation.console.data(&text);
    unread(&observed)
}

/// Returns what the command line names; nothing where it names nothing, which means everything.
fn chosen(arguments: &StatusArguments, desired: &Desired) -> Result<Option<BTreeSet<Object>>, Failure> {
    if arguments.names.is_empty() {
        return Ok(None);
    }
    let environment = &desired.environment;
    let chosen =
        chosen_objects(&arguments.names, desired).map_err(|NothingChosen { message, nearest }| {
            let instead = nearest.map(|name| format!(" {name}")).unwrap_or_default();
            Failure::new(message, format!("repoint status -e {environment}{instead}"))
        })?;
    Ok(Some(chosen))
}

/// Reads what was asked for. Definitions pin versions of functions, so every machine counts, and a
/// machine that was asked for is told with what its functions run.
async fn observed(
    invocation: &Invocation<'_>,
    project: &Project,
    session: &Session,
    chosen: Option<&BTreeSet<Object>>,
) -> Result<Observed, Failure> {
    let Some(chosen) = chosen else { return look(invocation, project, session, None).await };
    let machines = project.desired.machines.keys().cloned().map(Object::Machine);
    let wanted: BTreeSet<Object> = chosen.iter().cloned().chain(machines).collect();
    let mut observed = look(invocation, project, session, Some(&wanted)).await?;
    let called = called(chosen, project, session, &observed);
    let unread: BTreeSet<Object> = called.difference(&wanted).cloned().collect();
    if !unread.is_empty() {
        let more = look(invocation, project, session, Some(&unread)).await?;
        observed.live.functions.extend(more.live.functions);
        observed.failures.extend(more.failures);
    }
    Ok(observed)
}

/// Returns the declared functions that the machines among these call.
fn called(
    chosen: &BTreeSet<Object>,
    project: &Project,
    session: &Session,
    observed: &Observed,
) -> BTreeSet<Object> {
    let machines = chosen.iter().filter_map(|object| match object {
        Object::Machine(id) => observed.live.machine(id),
        Object::Function(_) => None,
    });
    let names: BTreeSet<FunctionName> = machines
        .flat_map(|machine| calls(&machine.definition, &session.place))
        .map(|call| call.function)
        .collect();
    let functions = project.desired.functions.iter();
    let called = functions.filter(|(_, function)| names.contains(&function.name));
    called.map(|(id, _)| Object::Function(id.clone())).collect()
}

/// Decides what keeps each version, asking what the lists leave open. Every question is asked once, so
/// this ends.
async fn assessed(
    project: &Project,
    session: &Session,
    state: Option<&StateFile>,
    observed: &mut Observed,
) -> Result<Status, Failure> {
    let base = state.map(base_of);
    let now = ambient::now();
    let mut asked = BTreeSet::new();
    loop {
        let inputs = PlanInputs {
            desired: &project.desired,
            live: &observed.live,
            recorded: base.as_ref().zip(state.map(|state| &state.recorded)),
            packages: &BTreeMap::new(),
            place: &session.place,
            now,
            max_deletes: project.desired.limits.max_deletes,
        };
        let kept = standing(&inputs);
        let questions = standing_questions(&kept, inputs.live, state.map(|state| &state.recorded));
        let open: BTreeSet<_> = questions.difference(&asked).cloned().collect();
        if open.is_empty() {
            return Ok(status(&inputs, &kept));
        }
        observed.assess(session.reader(), &open, project.desired.limits.parallelism).await?;
        asked.extend(open);
    }
}

/// What could be read is shown; what could not be read is an error all the same.
fn unread(observed: &Observed) -> Result<Exit, Failure> {
    let failures = observed.failures.values().chain(observed.unanswered.values());
    let mut reports = Vec::new();
    for error in failures {
        reports.extend(Failure::from(error.clone()).reports);
    }
    if reports.is_empty() { Ok(Exit::Success) } else { Err(Failure { exit: Exit::Error, reports }) }
}
