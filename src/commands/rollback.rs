//! `rollback`: back to what an alias served before, to a version, or to a whole deployment.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    cli::RollbackArguments,
    diff::{AliasIntents, IntendedPlace, IntentKind, Once},
    error::Failure,
    exit::Exit,
    model::{AliasName, Object, Recorded, VersionNumber},
    plan::intend,
    store::DeploymentId,
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
    since: Option<Timestamp>,
}

impl UnderWay {
    fn read(project: &Project) -> Result<Self, Failure> {
        let store = project.store();
        let Some(open) = store.interrupted()? else { return Ok(Self::default()) };
        let recorded = store.state()?.map(|state| state.recorded).unwrap_or_default();
        Ok(Self { recorded, since: Some(open.started) })
    }

    /// Returns where an alias was sent.
    fn place(&self, object: &Object, alias: &AliasName) -> Option<IntendedPlace> {
        let holds = match object {
            Object::Function(id) => &self.recorded.functions.get(id)?.holds,
            Object::Machine(id) => &self.recorded.machines.get(id)?.line.as_ref()?.holds,
        };
        let since = self.since?;
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
