//! `rollback --to DEPLOYMENT`: everything back to where a deployment left it, definitions included.
//!
//! A manifest says where each alias pointed and which definition was live. What it names and nobody can
//! bring back any more is listed, and then nothing is sent: half a deployment is no deployment.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cli::RollbackArguments,
    diff::{AliasIntents, IntendedPlace, IntentKind, Once},
    error::Failure,
    exit::Exit,
    model::{
        Address, AliasName, AliasTarget, AliasTargets, DesiredMachine, ExistingQualifiers, MachineId, Object,
        Part, Recorded, RecordedAlias, References, Routing,
    },
    plan::{Purpose, intend},
    store::{DeploymentId, Manifest, ManifestMachine, Store, StoreError},
};

use super::{
    Invocation,
    change::{Change, Wanted, change},
    chosen::{in_environment, objects, targets},
    observed::Asked,
    point::wish,
    project::Project,
};

/// Goes back to a deployment.
pub(super) async fn run(
    invocation: &Invocation<'_>,
    mut project: Project,
    arguments: &RollbackArguments,
    (command, id): (&str, &DeploymentId),
) -> Result<Exit, Failure> {
    let manifest = manifest(&project, id)?;
    let chosen = chosen(&project, arguments, &manifest)?;
    let mut gone = Vec::new();
    let mut intents: BTreeMap<Object, AliasIntents> = BTreeMap::new();
    let recorded = project.store().state()?.map(|state| state.recorded).unwrap_or_default();
    for object in &chosen {
        if let Some(name) = other_name(&project, &manifest, object) {
            gone.push(format!("`{object}` was `{name}` then, whose versions are none of this one's"));
            continue;
        }
        let Some(stood) = aliases(&manifest, object) else {
            gone.push(format!("`{object}` was not in it"));
            continue;
        };
        for (alias, routing) in movable(&project, object, (stood, &recorded), &mut gone) {
            let place = IntendedPlace::Once(Once { routing, at: manifest.finished });
            let wish = wish(place, IntentKind::Rollback, command, arguments.reason.as_deref());
            intend(&mut intents, object, alias, wish);
        }
    }
    let definitions = definitions(&project.store(), &manifest, &chosen, &mut gone)?;
    if !gone.is_empty() {
        let help = "roll back one by one what can go: `repoint rollback FN --to VERSION`".to_owned();
        let message = format!("deployment `{id}` cannot be brought back; nothing was sent");
        return Err(Failure::because(message, gone, Some(help)));
    }
    tell(invocation, &project, (&manifest, &chosen))?;
    let purpose = Purpose::Aliases(intents);
    let mut selection = purpose.selection(&project.desired);
    for (machine, text) in definitions {
        selection.targets.insert(Address::machine(&machine, Part::Definition));
        if let Some(desired) = project.desired.machines.get_mut(&machine) {
            as_sent(desired, text);
        }
    }
    let wanted = Wanted::Planned(Asked { max_deletes: None, selection, purpose });
    let command = in_environment(&project, command);
    change(invocation, &project, Change { command, arguments: &arguments.change, digest: None, wanted }).await
}

/// Says what a rollback does not do: what is not declared stays as it is, and so do the files.
fn tell(
    invocation: &Invocation<'_>,
    project: &Project,
    (manifest, chosen): (&Manifest, &BTreeSet<Object>),
) -> Result<(), Failure> {
    let functions = manifest.functions.keys().cloned().map(Object::Function);
    let machines = manifest.machines.keys().cloned().map(Object::Machine);
    for object in functions.chain(machines).filter(|object| targets(project, object).is_none()) {
        let words =
            format!("`{object}` was in that deployment and is not declared any more; it is left alone");
        invocation.console.note(&words);
    }
    let recorded = project.store().state()?.map(|state| state.recorded).unwrap_or_default();
    for (id, then) in &manifest.machines {
        let now = recorded.machines.get(id).map(|machine| &machine.definition);
        let desired = project.desired.machines.get(id);
        let is_other = chosen.contains(&Object::Machine(id.clone())) && now != Some(&then.definition);
        if let (Some(desired), true) = (desired, is_other) {
            invocation.console.note(&format!(
                "`{}` stays as it is: bring that file back too, or the next apply sends it again",
                desired.definition_path
            ));
        }
    }
    Ok(())
}

/// Reads the manifest. One of another environment, or of another account, is no way back.
fn manifest(project: &Project, id: &DeploymentId) -> Result<Manifest, Failure> {
    let environment = &project.desired.environment;
    let manifest = match project.store().deployment(id) {
        Err(StoreError::NoSuchDeployment { .. }) => return Err(elsewhere(project, id)),
        found => found?,
    };
    if manifest.environment == *environment {
        return Ok(manifest);
    }
    Err(Failure::new(
        format!(
            "deployment `{id}` is of environment `{}`, and this is `{environment}`",
            manifest.environment
        ),
        format!("repoint rollback -e {} --to {id}", manifest.environment),
    ))
}

/// Looks whether another environment has the deployment.
fn elsewhere(project: &Project, id: &DeploymentId) -> Failure {
    let environment = &project.desired.environment;
    let others = project.document.environments().into_iter().filter(|name| name != environment);
    let mut having = others.filter(|name| Store::open(&project.root, name).deployment(id).is_ok());
    match having.next() {
        Some(other) => Failure::new(
            format!("deployment `{id}` is of environment `{other}`, and this is `{environment}`"),
            format!("repoint rollback -e {other} --to {id}"),
        ),
        None => Failure::new(
            format!("environment `{environment}` has no deployment `{id}`"),
            format!(
                "`repoint show last -e {environment}` names the newest; state/{environment}/deployments/ lists all"
            ),
        ),
    }
}

/// Returns what goes back: what was named, else everything that the deployment left and that is still
/// declared.
fn chosen(
    project: &Project,
    arguments: &RollbackArguments,
    manifest: &Manifest,
) -> Result<BTreeSet<Object>, Failure> {
    if !arguments.names.is_empty() {
        return objects(project, &arguments.names);
    }
    let functions = manifest.functions.keys().cloned().map(Object::Function);
    let machines = manifest.machines.keys().cloned().map(Object::Machine);
    Ok(functions.chain(machines).filter(|object| targets(project, object).is_some()).collect())
}

fn aliases<'a>(manifest: &'a Manifest, object: &Object) -> Option<&'a BTreeMap<AliasName, Routing>> {
    match object {
        Object::Function(id) => manifest.functions.get(id).map(|function| &function.aliases),
        Object::Machine(id) => manifest.machines.get(id).map(|machine| &machine.aliases),
    }
}

/// Returns the physical name that an object had then, if it has another one now.
fn other_name(project: &Project, manifest: &Manifest, object: &Object) -> Option<String> {
    let (then, now) = match object {
        Object::Function(id) => {
            (manifest.functions.get(id)?.name.as_str(), project.desired.functions.get(id)?.name.as_str())
        }
        Object::Machine(id) => {
            (manifest.machines.get(id)?.name.as_str(), project.desired.machines.get(id)?.name.as_str())
        }
    };
    (then != now).then(|| then.to_owned())
}

/// Returns where an alias was when an apply looked last.
fn seen_at<'a>(recorded: &'a Recorded, object: &Object, alias: &AliasName) -> Option<&'a Routing> {
    let aliases = match object {
        Object::Function(id) => &recorded.functions.get(id)?.aliases,
        Object::Machine(id) => &recorded.machines.get(id)?.line.as_ref()?.aliases,
    };
    aliases.get(alias).filter(|seen| seen.gone.is_none()).map(RecordedAlias::routing)
}

/// Returns the aliases that are moved, with their place of then. Those that follow another alias go with
/// it; one that the TOML pins or splits elsewhere cannot go back.
fn movable(
    project: &Project,
    object: &Object,
    (stood, recorded): (&BTreeMap<AliasName, Routing>, &Recorded),
    gone: &mut Vec<String>,
) -> Vec<(AliasName, Routing)> {
    let nothing = AliasTargets::new();
    let declared = targets(project, object).unwrap_or(&nothing);
    let mut moved = Vec::new();
    for (alias, routing) in stood {
        match declared.get(alias) {
            None | Some(AliasTarget::Previous(_) | AliasTarget::SameAs(_)) => {}
            Some(AliasTarget::Latest | AliasTarget::Manual) => moved.push((alias.clone(), routing.clone())),
            Some(AliasTarget::Pinned(version)) if *routing == Routing::to(*version) => {}
            Some(AliasTarget::Split(_)) if seen_at(recorded, object, alias) == Some(routing) => {}
            Some(AliasTarget::Pinned(_) | AliasTarget::Split(_)) => {
                gone.push(format!(
                    "`{object}.aliases.{alias}` was at {routing}, and the TOML decides otherwise"
                ));
            }
        }
    }
    moved
}

/// Returns the texts of the definitions that were live.
fn definitions(
    store: &Store,
    manifest: &Manifest,
    chosen: &BTreeSet<Object>,
    gone: &mut Vec<String>,
) -> Result<BTreeMap<MachineId, String>, Failure> {
    let mut texts = BTreeMap::new();
    for object in chosen {
        let Object::Machine(id) = object else { continue };
        let Some(ManifestMachine { definition, .. }) = manifest.machines.get(id) else { continue };
        match store.definition(definition)? {
            Some(text) => drop(texts.insert(id.clone(), text)),
            None => gone.push(format!("the definition {} of `{object}` was not kept", definition.short())),
        }
    }
    Ok(texts)
}

/// A kept definition is sent byte for byte: its references were rewritten when it was sent first.
fn as_sent(desired: &mut DesiredMachine, text: String) {
    desired.definition = text;
    desired.references = References::Off;
    desired.references_in = BTreeMap::new();
    desired.existing = ExistingQualifiers::default();
    desired.substitutions = BTreeMap::new();
    // The role and the logging of today stay: a manifest does not hold them.
    desired.role = None;
    desired.logging = None;
}
