//! Observes the account and plans, asking the few questions that the lists leave open.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    ambient,
    apply::served_for_a_moment,
    config::{Undeclared, parse_declared},
    error::Failure,
    model::{Address, Desired, FunctionId, Live, Object, Values, sources},
    plan::{Base, Plan, PlanInputs, Purpose, Selection, plan_for, questions},
    provider::{Code, Observed, observe, resolve, settle},
    store::StateFile,
};

use super::{
    Invocation,
    packages::{self, Gathered},
    project::Project,
    session::Session,
};

/// A plan with what it was made from.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) live: Live,
    pub(crate) packages: BTreeMap<FunctionId, Code>,
}

/// What the command line asks of a plan.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) max_deletes: Option<u32>,
    pub(crate) selection: Selection,
    pub(crate) purpose: Purpose,
}

impl Asked {
    /// Reads what was asked; every address must be one of something declared.
    pub(crate) fn new(
        desired: &Desired,
        max_deletes: Option<u32>,
        (targets, excluded): (&[String], &[String]),
    ) -> Result<Self, Failure> {
        let targets = targets.iter().map(|text| declared("--target", text, desired));
        let excluded = excluded.iter().map(|text| declared("--exclude", text, desired));
        let selection = Selection {
            targets: targets.collect::<Result<_, _>>()?,
            excluded: excluded.collect::<Result<_, _>>()?,
        };
        Ok(Self { max_deletes, selection, purpose: Purpose::Converge })
    }
}

fn declared(flag: &str, text: &str, desired: &Desired) -> Result<Address, Failure> {
    parse_declared(text, desired).map_err(|Undeclared { message, nearest }| {
        let example = || Some(format!("functions.{}", desired.functions.keys().next()?));
        let instead = nearest.or_else(example).unwrap_or_else(|| "functions.router".to_owned());
        Failure::new(format!("{flag} {text}: {message}"), format!("{flag} {instead}"))
    })
}

/// Observes and plans. Every object must be readable.
pub(crate) async fn plan_now(
    invocation: &Invocation<'_>,
    project: &Project,
    session: &Session,
    asked: &Asked,
) -> Result<Planned, Failure> {
    let mut state = project.store().state()?;
    check_place(session, state.as_ref())?;
    if let (Some(state), Some(open)) = (&mut state, project.store().interrupted()?) {
        for (id, version) in served_for_a_moment(&open, &project.desired, &state.recorded) {
            if let Some(function) = state.recorded.functions.get_mut(&id) {
                function.bad.insert(version);
            }
        }
    }
    let Gathered { packages, unread } = packages::gather(project, session).await?;
    let mut observed = look(invocation, project, session, None).await?;
    if let Some((_, error)) = observed.first_failure() {
        return Err(error.clone().into());
    }
    observed.live.values = values(project, session, &asked.purpose).await?;
    observed.live.unread_code = unread;
    let max_deletes = asked.max_deletes.unwrap_or(project.desired.limits.max_deletes);
    let inputs = Inputs {
        project,
        session,
        state: state.as_ref(),
        packages: &packages,
        now: ambient::now(),
        max_deletes,
        selection: &asked.selection,
        purpose: &asked.purpose,
    };
    let mut plan = planned(&inputs, &mut observed).await?;
    let parallelism = project.desired.limits.parallelism;
    let waiting = |functions: &BTreeSet<FunctionId>| invocation.console.note(&waiting_words(functions));
    if !session.is_still()
        && observed.first_unanswered().is_none()
        && settle(session.reader(), &mut observed.live, parallelism, &waiting).await?
    {
        plan = planned(&inputs, &mut observed).await?;
    }
    if let Some(error) = observed.first_unanswered() {
        return Err(error.clone().into());
    }
    Ok(Planned { plan, live: observed.live, packages })
}

/// Asks the sources of the variables of every function whose `$LATEST` may change. A snapshot stands still
/// and has numbers in place of values, so there is nothing to compare with.
async fn values(project: &Project, session: &Session, purpose: &Purpose) -> Result<Values, Failure> {
    let functions = project.desired.functions.iter().filter(|(id, _)| purpose.may_publish(id));
    let sources = sources(functions.map(|(_, function)| &function.variables));
    if session.is_still() {
        return Ok(Values::default());
    }
    Ok(resolve(session.reader(), &sources, &ambient::variable).await?)
}

/// Up to a minute without a word would look like a program that hangs.
pub(super) fn waiting_words(functions: &BTreeSet<FunctionId>) -> String {
    let names: Vec<String> = functions.iter().map(|id| format!("`functions.{id}`")).collect();
    let updates = if names.len() == 1 { "the update" } else { "the updates" };
    format!("waiting for AWS to end {updates} of {}", names.join(", "))
}

/// Reads everything that the TOML names, or some of it.
pub(crate) async fn look(
    invocation: &Invocation<'_>,
    project: &Project,
    session: &Session,
    only: Option<&BTreeSet<Object>>,
) -> Result<Observed, Failure> {
    let all = project.desired.functions.len() + project.desired.machines.len();
    let counter = invocation.console.counter("reading", only.map_or(all, BTreeSet::len));
    let observed =
        observe(session.reader(), &project.desired, only, &session.place, &|done| counter.set(done)).await?;
    counter.finish();
    Ok(observed)
}

/// What a plan is made from, apart from the live account.
pub(crate) struct Inputs<'a> {
    pub(crate) project: &'a Project,
    pub(crate) session: &'a Session,
    pub(crate) state: Option<&'a StateFile>,
    pub(crate) packages: &'a BTreeMap<FunctionId, Code>,
    pub(crate) now: Timestamp,
    pub(crate) max_deletes: u32,
    pub(crate) selection: &'a Selection,
    pub(crate) purpose: &'a Purpose,
}

/// Plans, asks what the plan takes for granted, and plans again with the answers. Every question is
/// asked once, so this ends. What was not answered is kept with what was observed.
pub(crate) async fn planned(inputs: &Inputs<'_>, observed: &mut Observed) -> Result<Plan, Failure> {
    let facts = packages::facts(inputs.packages);
    let base = inputs.state.map(base_of);
    let desired = &inputs.project.desired;
    let mut asked = BTreeSet::new();
    loop {
        let from = PlanInputs {
            desired,
            live: &observed.live,
            recorded: base.as_ref().zip(inputs.state.map(|state| &state.recorded)),
            packages: &facts,
            place: &inputs.session.place,
            now: inputs.now,
            max_deletes: inputs.max_deletes,
        };
        let plan = plan_for(&from, inputs.selection, inputs.purpose);
        let open: BTreeSet<_> =
            questions(&plan, desired, &observed.live, inputs.state.map(|state| &state.recorded))
                .difference(&asked)
                .cloned()
                .collect();
        if open.is_empty() {
            return Ok(plan);
        }
        observed.assess(inputs.session.reader(), &open, desired.limits.parallelism).await?;
        asked.extend(open);
    }
}

/// Returns what a plan says of the state that it is made on.
pub(crate) fn base_of(state: &StateFile) -> Base {
    Base { lineage: state.lineage.to_string(), serial: state.serial }
}

/// The state belongs to one account and region; another one is a mistake worth stopping for.
pub(crate) fn check_place(session: &Session, state: Option<&StateFile>) -> Result<(), Failure> {
    let Some(state) = state else { return Ok(()) };
    let here = (&session.place.account, &session.place.region);
    if (&state.account, &state.region) == here {
        return Ok(());
    }
    Err(Failure::new(
        format!(
            "the state of `{}` is of account {}, region {}, and this is account {}, region {}",
            state.environment, state.account, state.region, here.0, here.1
        ),
        format!(
            "use the right credentials and region, or start anew: `mv state/{0} state/{0}.other`",
            state.environment
        ),
    ))
}
