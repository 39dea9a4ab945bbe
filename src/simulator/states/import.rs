//! A state machine as it was observed, with its versions, its aliases and what runs.

use std::collections::BTreeMap;

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::aliases::Alias;
use super::execution::{Execution, Origin};
use super::machine::{Content, Machine, Publishing, Version};
use super::machines::new_content;
use crate::model::{
    LiveMachine, LiveMachineLine, LiveMachineVersion, MachineKind, MachineLogging, RevisionId, RoleArn,
    Routing, VersionExecutions, Weight,
};
use crate::simulator::clock::after;
use crate::simulator::import::ImportError;
use crate::simulator::world::Scene;

/// Adds a state machine with all that was observed of it.
pub(crate) fn import(scene: &mut Scene<'_>, live: &LiveMachine) -> Result<(), ImportError> {
    let not_read = || ImportError::LineNotRead { machine: live.name.to_string() };
    // Nobody asks for the versions of a machine that is on its way out.
    let empty = LiveMachineLine::default();
    let published = live.line.as_ref().or(live.is_deleting.then_some(&empty)).ok_or_else(not_read)?;
    let machine = machine(scene, live, published)?;
    for (version, _) in
        published.running.iter().filter(|(_, executions)| **executions == VersionExecutions::Running)
    {
        if let Some(origin) = Origin::version(&machine, version.get()) {
            start(scene, origin);
        }
    }
    for definition in live.executions.iter().flat_map(|executions| &executions.definitions) {
        let origin = follower(scene, &machine, definition);
        start(scene, origin);
    }
    scene.region.machines.insert(machine.name.clone(), machine);
    Ok(())
}

fn machine(
    scene: &mut Scene<'_>,
    live: &LiveMachine,
    published: &LiveMachineLine,
) -> Result<Machine, ImportError> {
    let LiveMachine { name, definition, role, kind, logging, revision_id, is_deleting, .. } = live;
    let content = content(definition, role, logging.as_ref());
    let revision = revision_id.as_ref().map(|revision| revision.as_str().to_owned());
    let created = published.versions.values().min().map_or(scene.now, |earliest| told(*earliest));
    let versions = versions(scene, live, published, &content)?;
    let named = published.aliases.iter().map(|(name, routing)| (name.to_string(), routing));
    let others = published.other_aliases.iter().map(|(name, routing)| (name.clone(), routing));
    let aliases = named.chain(others);
    Ok(Machine {
        arn: scene.place.machine_arn(name.as_str()),
        name: name.to_string(),
        kind: match kind {
            MachineKind::Standard => "STANDARD".to_owned(),
            MachineKind::Express => "EXPRESS".to_owned(),
        },
        content,
        revision,
        created,
        updated: created,
        created_with: Publishing::default(),
        last_number: versions.last_key_value().map_or(0, |(number, _)| *number),
        versions,
        aliases: aliases.map(|(name, routing)| (name, alias(scene, routing))).collect(),
        tags: BTreeMap::new(),
        deleted_from: is_deleting.then(|| after(scene.now, scene.knobs.pending)),
    })
}

/// The revisions of versions are not observed. The newest one is that of the machine if it runs the same, because AWS
/// publishes a revision once (R26); an older one that runs the same was another revision.
fn versions(
    scene: &mut Scene<'_>,
    live: &LiveMachine,
    published: &LiveMachineLine,
    current: &Content,
) -> Result<BTreeMap<u64, Version>, ImportError> {
    let newest = published.versions.last_key_value().map(|(number, _)| *number);
    let versions = published.versions.iter().map(|(number, created)| {
        let not_read = || ImportError::VersionNotRead { machine: live.name.to_string(), version: *number };
        let LiveMachineVersion { definition, role, logging, description } =
            published.contents.get(number).ok_or_else(not_read)?;
        let content = content(definition, role, logging.as_ref());
        let revision = if newest == Some(*number) && content == *current {
            live.revision_id.as_ref().map(RevisionId::as_str).map(str::to_owned)
        } else {
            Some(scene.identifiers.revision())
        };
        let description = Some(description.clone()).filter(|description| !description.is_empty());
        let created = told(*created);
        let version = Version { content, revision, description, created, updated: created };
        Ok((number.get(), version))
    });
    versions.collect()
}

/// Returns the instant that was meant: Step Functions tells milliseconds, in a number that cannot hold each of them.
fn told(instant: Timestamp) -> Timestamp {
    instant.round(Unit::Millisecond).unwrap_or(instant)
}

fn content(definition: &str, role: &RoleArn, logging: Option<&MachineLogging>) -> Content {
    let mut content = new_content();
    definition.clone_into(&mut content.definition);
    role.as_str().clone_into(&mut content.role);
    if let Some(logging) = logging {
        content.logging = shown_logging(logging);
    }
    content
}

fn shown_logging(logging: &MachineLogging) -> Value {
    let MachineLogging { level, include_execution_data, group } = logging;
    let mut shown = json!({"level": level, "includeExecutionData": include_execution_data});
    if let Some(group) = group {
        shown["destinations"] = json!([{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]);
    }
    shown
}

fn alias(scene: &Scene<'_>, routing: &Routing) -> Alias {
    let rest = routing.additional.map_or(Weight::percent(100), |(_, weight)| weight.rest());
    let primary = routing.primary.version().map(|version| (version, rest));
    let routes = primary.into_iter().chain(routing.additional);
    let routes = routes.map(|(version, weight)| (version.get(), i64::from(weight.as_percent())));
    Alias { routes: routes.collect(), description: None, created: scene.now, updated: scene.now }
}

/// An execution that was started with the machine itself, and follows the definition of that moment.
fn follower(scene: &mut Scene<'_>, machine: &Machine, definition: &str) -> Origin {
    let mut origin = Origin::latest(machine);
    if origin.content.definition != definition {
        definition.clone_into(&mut origin.content.definition);
        origin.revision = Some(scene.identifiers.revision());
    }
    origin
}

/// Of executions only that some are running is observed, and what they follow; one stands for all of a kind.
fn start(scene: &mut Scene<'_>, origin: Origin) {
    let execution = Execution {
        name: scene.identifiers.execution(),
        origin,
        input: "{}".to_owned(),
        trace: None,
        started: scene.now,
        number: scene.region.executions.next_number(),
        stop: None,
    };
    scene.region.executions.add(execution);
}
