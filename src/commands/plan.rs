//! `plan`: shows what an apply would do, and saves it for the review.

use std::path::{Path, PathBuf};

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
    project::{Project, working_folder},
    session::Session,
};

/// Plans, shows, and saves if asked to.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &PlanArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let PlanArguments { max_deletes, target, exclude, .. } = arguments;
    let asked = Asked::new(&project.desired, *max_deletes, (target, exclude))?;
    let session = Session::open(invocation, &project).await?;
    let planned = plan_now(invocation, &project, &session, &asked).await?;
    let file = PlanFile::new(planned.plan);
    show(invocation, &file, &session.context(detail(invocation)));
    if file.plan.is_blocked() {
        return Ok(Exit::Error);
    }
    if let Some(out) = &arguments.out {
        save(invocation, &file, out)?;
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
        format!("{:#}\n", plan_json(file))
    } else {
        plan_text(&file.plan, &Context { digest: Some(&file.digest), ..*context }, invocation.console.style())
    };
    invocation.console.data(&text);
}

fn save(invocation: &Invocation<'_>, file: &PlanFile, out: &Path) -> Result<(), Failure> {
    let path = target(&working_folder(invocation)?.join(out), out, file);
    let markdown = path.with_extension("md");
    atomic::replace(&path, file.to_text().as_bytes()).map_err(|error| error::file("write", &path, &error))?;
    atomic::replace(&markdown, plan_markdown(file).as_bytes())
        .map_err(|error| error::file("write", &markdown, &error))?;
    let shown = target(out, out, file);
    invocation.console.note(&format!(
        "saved {} and {}",
        shown.display(),
        shown.with_extension("md").display()
    ));
    invocation.console.note(&format!(
        "apply exactly this with `repoint apply -e {} {}`",
        file.plan.environment,
        shown.display()
    ));
    Ok(())
}

/// A folder, or a path that ends like one, gets the plan's usual name.
fn target(path: &Path, said: &Path, file: &PlanFile) -> PathBuf {
    let is_folder = path.is_dir() || said.as_os_str().to_string_lossy().ends_with('/');
    if is_folder { path.join(file.file_name()) } else { path.to_owned() }
}
