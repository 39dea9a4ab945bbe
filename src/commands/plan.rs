//! `plan`: shows what an apply would do, and saves it for the review.

use crate::{
    cli::PlanArguments,
    error::{self, Failure},
    exit::Exit,
    plan::PlanFile,
    render::{Context, Detail, plan_json, plan_markdown, plan_text},
    store::atomic,
};

use super::{
    Invocation,
    observed::{Asked, plan_now},
    offline,
    plan_target::{PlanPaths, PlanTarget},
    project::{Project, working_folder},
    session::Session,
};

/// Plans, shows, and saves if asked to.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &PlanArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let PlanArguments { out, max_deletes, target, exclude, .. } = arguments;
    let folder = working_folder(invocation)?;
    let out = out.as_deref().map(|out| PlanTarget::new(out, &folder, &project)).transpose()?;
    let asked = Asked::new(&project.desired, *max_deletes, (target, exclude))?;
    let session = match &arguments.from {
        Some(file) => offline::open(invocation, &project, file).await?,
        None => Session::open(invocation, &project).await?,
    };
    let planned = plan_now(invocation, &project, &session, &asked).await?;
    let file = PlanFile::new(planned.plan);
    show(invocation, &file, &session.context(detail(invocation)));
    if file.plan.is_blocked() {
        if out.is_some() {
            invocation.console.note("not saved: a blocked plan cannot be applied");
        }
        return Ok(Exit::Error);
    }
    if let Some(out) = &out {
        save(invocation, &project, &file, out)?;
    }
    let is_different = arguments.detailed_exitcode && !file.plan.is_empty();
    Ok(if is_different { Exit::Different } else { Exit::Success })
}

/// Returns how much to tell.
pub(super) fn detail(invocation: &Invocation<'_>) -> Detail {
    if invocation.global.verbose > 0 { Detail::Full } else { Detail::Normal }
}

/// Prints a plan as text or JSON.
pub(super) fn show(invocation: &Invocation<'_>, file: &PlanFile, context: &Context<'_>) {
    let text = if invocation.global.json {
        format!("{:#}\n", plan_json(file, context.observed))
    } else {
        plan_text(&file.plan, &Context { digest: Some(&file.digest), ..*context }, invocation.console.style())
    };
    invocation.console.data(&text);
}

/// Saves a plan and its page, and says how to apply it.
pub(super) fn save(
    invocation: &Invocation<'_>,
    project: &Project,
    file: &PlanFile,
    out: &PlanTarget,
) -> Result<(), Failure> {
    let PlanPaths { plan, page } = out.paths(file, project)?;
    atomic::replace(&plan, file.to_text().as_bytes()).map_err(|error| error::file("write", &plan, &error))?;
    atomic::replace(&page, plan_markdown(file, None).as_bytes())
        .map_err(|error| error::file("write", &page, &error))?;
    let shown = out.shown(file);
    invocation.console.note(&format!("saved {} and {}", shown.plan.display(), shown.page.display()));
    invocation.console.note(&format!(
        "apply exactly this with `repoint apply -e {} {}`",
        file.plan.environment,
        shown.plan.display()
    ));
    Ok(())
}
