//! `apply`: a saved plan, or plan, show, ask and apply.

use std::path::Path;

use crate::{
    cli::{ApplyArguments, ChangeArguments},
    error::Failure,
    exit::Exit,
    model::EnvironmentName,
    plan::{PlanFile, lint},
};

use super::{
    Invocation,
    change::{Change, Wanted, change},
    observed::Asked,
    plan_file,
    project::Project,
};

/// Applies what was saved, or what is to be done now.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &ApplyArguments) -> Result<Exit, Failure> {
    let saved = arguments.plan.as_deref().map(|path| plan_file::read(invocation, path)).transpose()?;
    let project = Project::open_for(invocation, saved.as_ref().map(|file| &file.plan.environment))?;
    let command = command(&project.desired.environment, arguments);
    let wanted = if let (Some(file), Some(path)) = (saved, &arguments.plan) {
        check_plan(&project, &file, path)?;
        Wanted::Saved(Box::new(file))
    } else {
        let ApplyArguments { max_deletes, target, exclude, .. } = arguments;
        Wanted::Planned(Asked::new(&project.desired, *max_deletes, (target, exclude))?)
    };
    let ApplyArguments { auto_approve, dry_run, lock_timeout, digest, .. } = arguments;
    let how = ChangeArguments {
        auto_approve: *auto_approve,
        dry_run: *dry_run,
        out: None,
        lock_timeout: lock_timeout.clone(),
    };
    change(invocation, &project, Change { command, arguments: &how, digest: digest.as_deref(), wanted }).await
}

/// Holds a saved plan against the TOML.
pub(super) fn check_plan(project: &Project, file: &PlanFile, path: &Path) -> Result<(), Failure> {
    let problems = lint(&file.plan, &project.desired);
    if problems.is_empty() {
        return Ok(());
    }
    let causes = problems.iter().map(ToString::to_string).collect();
    let help = format!("make a new plan: `repoint plan -e {} --out plans/`", project.desired.environment);
    Err(Failure::because(format!("`{}` is not a plan for this", path.display()), causes, Some(help)))
}

/// The verb with what it is about, as one would type it.
fn command(environment: &EnvironmentName, arguments: &ApplyArguments) -> String {
    if let Some(plan) = &arguments.plan {
        return format!("apply -e {environment} {}", plan.display());
    }
    let flag = |flag: &'static str, addresses: &[String]| -> Vec<String> {
        addresses.iter().flat_map(|address| [flag.to_owned(), address.clone()]).collect()
    };
    let verb = vec!["apply -e".to_owned(), environment.to_string()];
    let flags = [flag("--target", &arguments.target), flag("--exclude", &arguments.exclude)];
    [verb, flags.concat()].concat().join(" ")
}
