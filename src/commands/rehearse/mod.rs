//! `rehearse`: carries a plan out on a copy of the account, in many orders and with faults.
//!
//! The copy is made of what the account says, so it costs reads and changes nothing. The engine, the SDK
//! and our reading of answers run as they do in front of AWS; only the network is the simulated account.
//! Time is paused, so that no wait takes any.

mod halves;
mod stage;
mod trial;

use std::{fs, path::Path};

use fastrand::Rng;

use crate::{
    ambient,
    apply::plan_values,
    cli::RehearseArguments,
    error::{self, Failure},
    exit::Exit,
    model::Address,
    plan::{Graph, PlanFile, orders},
    render::{
        Context, Rehearsal, Trouble, is_plan_page, plan_markdown, plan_text, rehearsal_json, rehearsal_text,
    },
    store::atomic,
};

use super::{
    Invocation,
    apply::check_plan,
    block_on, observed,
    observed::Asked,
    packages,
    plan::detail,
    plan_file,
    project::{Project, working_folder},
    session::Session,
    snapshot,
};

use stage::Stage;
use trial::{Fault, Standing, orderly, trial};

/// What was prepared in front of the account.
struct Prepared {
    project: Project,
    session: Session,
    file: PlanFile,
    stage: Option<Stage>,
}

/// Observes, plans or loads, and tries the plan out.
pub(super) fn run(invocation: &Invocation<'_>, arguments: &RehearseArguments) -> Result<Exit, Failure> {
    let prepared = block_on(prepare(invocation, arguments))?;
    let Prepared { project, session, file, stage } = &prepared;
    let context = Context { digest: Some(&file.digest), ..session.context(detail(invocation)) };
    let Some(stage) = stage else {
        let text = plan_text(&file.plan, &context, invocation.console.style());
        invocation.console.data(&text);
        return Ok(if file.plan.is_blocked() { Exit::Error } else { Exit::Success });
    };
    let rehearsal = rehearse(invocation, stage, arguments)?;
    if invocation.global.json {
        invocation.console.data(&format!("{:#}\n", rehearsal_json(&rehearsal, &file.digest)));
    } else {
        let text = plan_text(&file.plan, &context, invocation.console.style());
        let words = rehearsal_text(&rehearsal, invocation.console.style());
        invocation.console.data(&format!("{text}\n{words}"));
    }
    if let Some(path) = &arguments.plan {
        note_on_page(invocation, project, file, path, &rehearsal)?;
    }
    Ok(if rehearsal.trouble.is_none() { Exit::Success } else { Exit::Error })
}

async fn prepare(invocation: &Invocation<'_>, arguments: &RehearseArguments) -> Result<Prepared, Failure> {
    let saved = arguments.plan.as_deref().map(|path| plan_file::read(invocation, path)).transpose()?;
    let project = Project::open_for(invocation, saved.as_ref().map(|file| &file.plan.environment))?;
    if let (Some(file), Some(path)) = (&saved, &arguments.plan) {
        check_plan(&project, file, path)?;
    }
    check_nothing_open(&project)?;
    let session = Session::open(invocation, &project).await?;
    let file = if let Some(file) = saved {
        file
    } else {
        let asked = Asked::new(&project.desired, None, (&[], &[]))?;
        PlanFile::new(observed::plan_now(invocation, &project, &session, &asked).await?.plan)
    };
    if file.plan.is_blocked() || file.plan.is_empty() {
        return Ok(Prepared { project, session, file, stage: None });
    }
    let live = snapshot::all(invocation, &project, &session).await?;
    let packages = packages::gather_for(&file.plan, &project, &session).await?;
    let values = plan_values(session.reader(), &file.plan, &ambient::variable).await;
    let values = values.map_err(|error| error::not_applied(error, &project.desired.environment))?;
    let stage = Stage::new(&project, &session, &file, packages, (&live, &values))?;
    Ok(Prepared { project, session, file, stage: Some(stage) })
}

/// What an interrupted deployment still has to do is in no plan yet.
fn check_nothing_open(project: &Project) -> Result<(), Failure> {
    let Some(open) = project.store().interrupted()? else { return Ok(()) };
    Err(Failure::new(
        format!("deployment `{}` was interrupted, and its rest cannot be rehearsed", open.deployment),
        format!("repoint apply -e {}", project.desired.environment),
    ))
}

/// Tries all orders, or as many as asked for, and then faults on drawn ones.
fn rehearse(
    invocation: &Invocation<'_>,
    stage: &Stage,
    arguments: &RehearseArguments,
) -> Result<Rehearsal, Failure> {
    let mut dice = Rng::with_seed(arguments.seed);
    let graph = Graph::new(&stage.file.plan.actions)
        .map_err(|error| Failure::new(error.to_string(), "make a new plan: `repoint plan`"))?;
    let drawn = orders(&graph, arguments.orders, &mut |below| dice.usize(..below));
    let counter = invocation.console.counter("rehearsing", drawn.orders.len() + arguments.faults);
    let mut rehearsal = Rehearsal {
        orders: 0,
        is_every_order: drawn.is_all,
        faults: 0,
        has_groups: !stage.file.plan.groups.is_empty(),
        writes: 0,
        seed: arguments.seed,
        trouble: None,
    };
    let mut end = None;
    let mut writes = 0;
    for order in &drawn.orders {
        let tried = trial(stage, &orderly(order), None)?;
        rehearsal.orders += 1;
        rehearsal.writes += tried.writes;
        writes = writes.max(tried.writes);
        rehearsal.trouble = tried.trouble.or_else(|| differs(&mut end, tried.standing, None, order));
        if rehearsal.trouble.is_some() {
            return Ok(rehearsal);
        }
        counter.set(rehearsal.orders);
    }
    let kinds = if rehearsal.has_groups { Fault::KINDS } else { Fault::KINDS - 1 };
    for _ in 0..if writes == 0 { 0 } else { arguments.faults } {
        let order = &drawn.orders[dice.usize(..drawn.orders.len())];
        let fault = Fault::drawn(dice.usize(..kinds), 1 + dice.usize(..writes));
        let tried = trial(stage, &orderly(order), Some(fault))?;
        rehearsal.faults += 1;
        rehearsal.writes += tried.writes;
        rehearsal.trouble = tried.trouble.or_else(|| differs(&mut end, tried.standing, Some(fault), order));
        if rehearsal.trouble.is_some() {
            return Ok(rehearsal);
        }
        counter.set(rehearsal.orders + rehearsal.faults);
    }
    counter.finish();
    Ok(rehearsal)
}

/// Every order, with faults or without, must come to the same account.
fn differs(
    end: &mut Option<Standing>,
    standing: Standing,
    fault: Option<Fault>,
    order: &[Address],
) -> Option<Trouble> {
    let Some(first) = end else {
        *end = Some(standing);
        return None;
    };
    let is_other = |what: &&String| first.get(*what) != standing.get(*what);
    let other = first.keys().chain(standing.keys()).find(is_other)?;
    let side = |of: &Standing| of.get(other).map_or("nothing", String::as_str).to_owned();
    let words = format!("{other} ends as {} and not as {}", side(&standing), side(first));
    Some(Trouble { order: order.to_vec(), fault: fault.map(|fault| fault.to_string()), step: None, words })
}

/// The page beside a saved plan tells its reviewers that it was rehearsed, and says so no longer once a
/// rehearsal goes wrong or has nothing to do.
fn note_on_page(
    invocation: &Invocation<'_>,
    project: &Project,
    file: &PlanFile,
    path: &Path,
    rehearsal: &Rehearsal,
) -> Result<(), Failure> {
    let page = working_folder(invocation)?.join(path).with_extension("md");
    let is_page = fs::read_to_string(&page)
        .is_ok_and(|text| is_plan_page(&text) && text.contains(file.digest.as_str()));
    if !is_page {
        return Ok(());
    }
    let is_sound = rehearsal.trouble.is_none() && rehearsal.writes > 0;
    let text = plan_markdown(file, is_sound.then_some(rehearsal));
    atomic::replace(&page, text.as_bytes()).map_err(|error| error::file("write", &page, &error))?;
    let shown = page.strip_prefix(&project.root).unwrap_or(&page).display();
    invocation.console.note(&if is_sound {
        format!("{shown} says so")
    } else {
        format!("{shown} says nothing of a rehearsal")
    });
    Ok(())
}
