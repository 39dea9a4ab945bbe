//! `drift`: what moved since the last apply. Reads only, and takes no lock (design §3.10) unless what it
//! finds is to be accepted.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ambient,
    cli::DriftArguments,
    config::parse_drift_ignore,
    diff::{Drift, DriftInputs, DriftItem, DriftVerdict, Unanswered, drift},
    error::Failure,
    exit::Exit,
    model::{Address, Digest, Object, Part, Target},
    plan::{Plan, Purpose, Question, Selection, weight_questions},
    provider::Observed,
    render::{Subject, drift_json, drift_text},
    store::{StateFile, Store},
};

use super::{
    Invocation,
    accept::{self, Looked, accept},
    observed::{Inputs, check_place, look, planned},
    packages,
    plan::detail,
    project::Project,
    session::Session,
};

/// Looks, compares, tells.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &DriftArguments) -> Result<Exit, Failure> {
    let mut project = Project::open(invocation)?;
    for text in &arguments.ignore {
        let rule = parse_drift_ignore(text).map_err(|why| {
            Failure::new(format!("--ignore {text}: {why}"), "--ignore functions.router.memory_size")
        })?;
        project.desired.drift_ignore.push(rule);
    }
    let session = Session::open(invocation, &project).await?;
    let mut lock = accept::locked(invocation, &project, arguments).await?;
    let store = project.store();
    let state = store.state()?;
    check_place(&session, state.as_ref())?;
    // Drift compares what is recorded; a plan tells what cannot be read.
    let packages = packages::gather(&project, &session).await?.packages;
    let mut observed = look(invocation, &project, &session, None).await?;
    let max_deletes = project.desired.limits.max_deletes;
    let inputs = Inputs {
        project: &project,
        session: &session,
        state: state.as_ref(),
        packages: &packages,
        now: ambient::now(),
        max_deletes,
        selection: &Selection::default(),
        purpose: &Purpose::Converge,
    };
    let plan = planned(&inputs, &mut observed).await?;
    let mut found = compare(&project, &store, state.as_ref(), &observed, &plan)?;
    let open = open_questions(&found, state.as_ref(), &observed);
    if !open.is_empty() {
        observed.assess(session.reader(), &open, project.desired.limits.parallelism).await?;
        found = compare(&project, &store, state.as_ref(), &observed, &plan)?;
    }
    let subject = Subject::from(&plan);
    let text = if invocation.global.json {
        format!("{:#}\n", drift_json(&found, &subject))
    } else {
        drift_text(&found, &subject, &session.context(detail(invocation)), invocation.console.style())
    };
    invocation.console.data(&text);
    match &mut lock {
        None => Ok(exit(&found)),
        Some(lock) => {
            let (project, session, found, live) = (&project, &session, &found, &observed.live);
            accept(invocation, arguments, Looked { project, session, found, live, state }, lock)
        }
    }
}

/// Returns what decides whether a difference is drift or still moving: updates that are under way,
/// and weights that AWS adds by itself (T11).
fn open_questions(found: &Drift, state: Option<&StateFile>, observed: &Observed) -> BTreeSet<Question> {
    let weights = state.map(|state| weight_questions(&state.recorded, &observed.live)).unwrap_or_default();
    let is_of_latest = |item: &&DriftItem| {
        matches!(item.address.part, Part::Code | Part::Settings) && item.verdict == DriftVerdict::Drifted
    };
    let health = found.items.iter().filter(is_of_latest).filter_map(|item| match &item.address.object {
        Object::Function(id) => Some(Question::Health(id.clone(), Target::Latest)),
        Object::Machine(_) => None,
    });
    weights.into_iter().chain(health).collect()
}

fn compare(
    project: &Project,
    store: &Store,
    state: Option<&StateFile>,
    observed: &Observed,
    plan: &Plan,
) -> Result<Drift, Failure> {
    let mut definitions: BTreeMap<Digest, String> = BTreeMap::new();
    for machine in state.iter().flat_map(|state| state.recorded.machines.values()) {
        if let Some(text) = store.definition(&machine.definition)? {
            definitions.insert(machine.definition.clone(), text);
        }
    }
    let open = store.interrupted()?.map(|open| open.open_addresses()).unwrap_or_default();
    let in_progress: BTreeSet<Object> = open.into_iter().map(|address| address.object).collect();
    let pending: BTreeSet<Address> = plan.actions.iter().map(|action| action.address.clone()).collect();
    Ok(drift(&DriftInputs {
        desired: &project.desired,
        live: &observed.live,
        recorded: state.map(|state| &state.recorded),
        definitions: &definitions,
        in_progress: &in_progress,
        pending: &pending,
        unreadable: &observed.unreadable(),
        unanswered: &unanswered(observed),
    }))
}

fn unanswered(observed: &Observed) -> Unanswered {
    let mut unanswered = Unanswered::default();
    for (question, error) in &observed.unanswered {
        match question {
            Question::Health(id, Target::Latest) => unanswered.updates.insert(id.clone(), error.to_string()),
            Question::Shifting(id) => unanswered.weights.insert(id.clone(), error.to_string()),
            // Only a plan wants to know whether a version can be invoked, and what machines run.
            Question::Health(_, Target::Version(_))
            | Question::Line(_)
            | Question::Content(..)
            | Question::Running(..)
            | Question::Executions(_)
            | Question::Verdict(..) => None,
        };
    }
    unanswered
}

fn exit(found: &Drift) -> Exit {
    if found.count(DriftVerdict::Drifted) > 0 {
        Exit::Different
    } else if found.count(DriftVerdict::NotCompared) > 0 {
        Exit::NotCompared
    } else {
        Exit::Success
    }
}
