//! `rollback`: back to what an alias served before, to a version, or to a whole deployment.

use std::collections::BTreeMap;

use crate::{
    apply::moved_with_group,
    cli::RollbackArguments,
    diff::{AliasIntents, IntendedPlace, IntentKind, Once},
    error::Failure,
    exit::Exit,
    model::{Address, AliasName, GroupName, Object, Part, Recorded, VersionNumber},
    plan::intend,
    store::{DeploymentId, Interrupted},
};

use super::{
    Invocation,
    change::{Change, Wanted, change},
    chosen::{in_environment, movable, objects, targets, typed},
    point::{asked, wish},
    project::Project,
    rollback_all,
};

/// Goes back.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &RollbackArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let command = command(arguments);
    let to = arguments.to.as_deref().map(Goal::read).transpose()?;
    if let Some(Goal::Deployment(id)) = &to {
        let all = rollback_all::run(invocation, project, arguments, (&command, id));
        return Box::pin(all).await;
    }
    if arguments.names.is_empty() {
        return Err(Failure::new(
            "what shall go back is not said",
            "`repoint rollback FN`, `repoint rollback '*'`, or `repoint rollback --to DEPLOYMENT`",
        ));
    }
    let chosen = with_alias(&project, arguments)?;
    let place = match to {
        Some(Goal::Version(version)) if chosen.len() == 1 => IntendedPlace::Version(version),
        Some(Goal::Version(version)) => {
            return Err(Failure::new(
                format!(
                    "version {version} is another one for each of {} functions or machines",
                    chosen.len()
                ),
                format!("repoint rollback FN --to {version}"),
            ));
        }
        Some(Goal::Deployment(_)) | None => IntendedPlace::Back,
    };
    let under_way = match place {
        IntendedPlace::Back => UnderWay::read(&project)?,
        _ => UnderWay::default(),
    };
    under_way.check_group(&project, &chosen, &arguments.alias)?;
    let mut intents: BTreeMap<Object, AliasIntents> = BTreeMap::new();
    for object in chosen {
        let alias = movable(&project, &object, &arguments.alias)?;
        let place = under_way.place(&object, &alias).unwrap_or_else(|| place.clone());
        let wish = wish(place, IntentKind::Rollback, &command, arguments.reason.as_deref());
        intend(&mut intents, &object, alias, wish);
    }
    let wanted = Wanted::Planned(asked(&project, intents));
    let command = in_environment(&project, &command);
    change(invocation, &project, Change { command, arguments: &arguments.change, digest: None, wanted }).await
}

/// The rollbacks of a deployment that was interrupted. Who says the same again wants what they wanted
/// then, and not one version further back.
#[derive(Default)]
struct UnderWay {
    recorded: Recorded,
    open: Option<Interrupted>,
}

impl UnderWay {
    fn read(project: &Project) -> Result<Self, Failure> {
        let store = project.store();
        let Some(open) = store.interrupted()? else { return Ok(Self::default()) };
        let recorded = store.state()?.map(|state| state.recorded).unwrap_or_default();
        Ok(Self { recorded, open: Some(open) })
    }

    /// Refuses to go back with a group that is half moved: each function would go back from another release,
    /// and the group would end in two.
    fn check_group(&self, project: &Project, chosen: &[Object], alias: &str) -> Result<(), Failure> {
        let Some(open) = &self.open else { return Ok(()) };
        let moved = moved_with_group(open);
        let is_moved = |object: &Object| {
            let part =
                |address: &Address| matches!(&address.part, Part::Alias(name) if name.as_str() == alias);
            moved.keys().any(|address| address.object == *object && part(address))
        };
        let mut groups: BTreeMap<&GroupName, [bool; 2]> = BTreeMap::new();
        for object in chosen {
            let Object::Function(id) = object else { continue };
            let group = project.desired.functions.get(id).and_then(|function| function.group.as_ref());
            let Some(group) = group.filter(|group| moved.values().any(|moved| moved == *group)) else {
                continue;
            };
            groups.entry(group).or_default()[usize::from(is_moved(object))] = true;
        }
        match groups.into_iter().find(|(_, seen)| *seen == [true, true]) {
            None => Ok(()),
            Some((group, _)) => Err(Failure::new(
                format!(
                    "group `{group}` is half moved, because deployment `{}` was interrupted: going back from there would leave it in two releases",
                    open.deployment
                ),
                format!(
                    "`repoint apply -e {0}` moves the whole group; `repoint rollback -e {0} --to DEPLOYMENT` brings it back to where an earlier one left it (`repoint history -e {0}`)",
                    project.desired.environment
                ),
            )),
        }
    }

    /// Returns where an alias was sent.
    fn place(&self, object: &Object, alias: &AliasName) -> Option<IntendedPlace> {
        let holds = match object {
            Object::Function(id) => &self.recorded.functions.get(id)?.holds,
            Object::Machine(id) => &self.recorded.machines.get(id)?.line.as_ref()?.holds,
        };
        let since = self.open.as_ref()?.started;
        let hold = holds.get(alias).filter(|hold| !hold.bad.is_empty() && hold.at >= since)?;
        Some(IntendedPlace::Once(Once { routing: hold.routing.clone(), at: hold.at }))
    }
}

/// Where it goes back to, as somebody says it.
enum Goal {
    Version(VersionNumber),
    Deployment(DeploymentId),
}

impl Goal {
    fn read(text: &str) -> Result<Self, Failure> {
        if let Ok(version) = VersionNumber::parse(text) {
            return Ok(Self::Version(version));
        }
        DeploymentId::parse(text).map(Self::Deployment).map_err(|_| {
            Failure::new(
                format!("--to {text}: it is neither a version nor a deployment"),
                "`--to 41`, or `--to deploy-20261122T101500Z-1a2b`; `repoint show last` names the newest",
            )
        })
    }
}

/// Returns what is meant. A pattern means those that declare the alias; a name must.
fn with_alias(project: &Project, arguments: &RollbackArguments) -> Result<Vec<Object>, Failure> {
    let has_alias = |object: &Object| {
        let alias = AliasName::new(arguments.alias.as_str()).ok();
        let declared = targets(project, object);
        alias.is_some_and(|alias| declared.is_some_and(|declared| declared.contains_key(&alias)))
    };
    let mut chosen = Vec::new();
    for name in &arguments.names {
        let is_pattern = name.contains(['*', '?']);
        let found = objects(project, std::slice::from_ref(name))?;
        chosen.extend(found.into_iter().filter(|object| !is_pattern || has_alias(object)));
    }
    if chosen.is_empty() {
        return Err(Failure::new(
            format!("nothing that matches declares alias `{}`", arguments.alias),
            "repoint rollback FN --alias ALIAS",
        ));
    }
    Ok(chosen)
}

fn command(arguments: &RollbackArguments) -> String {
    let mut words = vec!["rollback"];
    words.extend(arguments.names.iter().map(String::as_str));
    words.extend(arguments.to.as_deref().into_iter().flat_map(|to| ["--to", to]));
    if arguments.alias != "LIVE" {
        words.extend(["--alias", &arguments.alias]);
    }
    typed(&words)
}
