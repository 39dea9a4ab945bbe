//! `show`: a saved plan, or a past deployment.

use std::path::Path;

use crate::{
    cli::ShowArguments,
    error::Failure,
    exit::Exit,
    render::{Context, apply_json, manifest_text},
    store::{DeploymentId, Manifest},
};

use super::{
    Invocation,
    plan::{detail, show},
    plan_file,
    project::Project,
};

/// Shows what the argument names: a deployment, `last`, or a file.
pub(super) fn run(invocation: &Invocation<'_>, arguments: &ShowArguments) -> Result<Exit, Failure> {
    match DeploymentId::parse(arguments.subject.clone()) {
        Ok(id) => deployment(invocation, &Project::open(invocation)?.store().deployment(&id)?),
        Err(_) if arguments.subject == "last" => last(invocation)?,
        Err(_) => plan(invocation, Path::new(&arguments.subject))?,
    }
    Ok(Exit::Success)
}

fn last(invocation: &Invocation<'_>) -> Result<(), Failure> {
    let project = Project::open(invocation)?;
    let store = project.store();
    let ids = store.deployments()?;
    // Ids tell the second; of two in one second, the one that began later is the last.
    let newest = ids.last().map(DeploymentId::at);
    let candidates = ids.iter().rev().take_while(|id| Some(id.at()) == newest);
    let manifests: Vec<Manifest> = candidates.map(|id| store.deployment(id)).collect::<Result<_, _>>()?;
    let Some(manifest) = manifests.iter().max_by_key(|manifest| manifest.started) else {
        let environment = &project.desired.environment;
        let message = format!("environment `{environment}` has no deployment yet");
        return Err(Failure::new(message, format!("repoint apply -e {environment}")));
    };
    deployment(invocation, manifest);
    Ok(())
}

fn deployment(invocation: &Invocation<'_>, manifest: &Manifest) {
    let text = if invocation.global.json {
        format!("{:#}\n", apply_json(manifest))
    } else {
        manifest_text(manifest, invocation.console.style())
    };
    invocation.console.data(&text);
}

/// A plan carries all that is shown, so neither the TOML nor AWS is needed.
fn plan(invocation: &Invocation<'_>, path: &Path) -> Result<(), Failure> {
    let file = plan_file::read(invocation, path)?;
    let source = "the plan";
    let context = Context {
        environment_source: source,
        region_source: source,
        account_source: source,
        observed: None,
        digest: None,
        detail: detail(invocation),
    };
    show(invocation, &file, &context);
    Ok(())
}
