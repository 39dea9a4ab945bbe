//! Versions of a state machine: published per revision, listed newest first, numbered once and for all (R28).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::errors::{conflict, invalid_arn, invalid_token};
use super::machines::{TOKEN, check_not_deleting, check_room, page_size};
use super::past::seen;
use super::reference::{Qualifier, Reference, machine};
use crate::simulator::clock::epoch_seconds;
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::paging::page;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::Scene;

/// Publishes the current revision, or answers with the version it already has.
pub(crate) fn publish(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let description = members.string("description")?;
    let mut constraints = Constraints::default();
    constraints.length("description", description, 0..=256);
    constraints.finish()?;
    let believed = members.string("revisionId")?;
    let (now, most) = (scene.now, scene.knobs.versions_per_machine);
    let machine = machine(scene, members, "stateMachineArn")?;
    check_not_deleting(machine)?;
    let current = machine.revision_name();
    if let Some(believed) = believed.filter(|believed| *believed != current) {
        return Err(conflict(format!(
            "Failed to publish the State Machine version for revision {believed}. \
             The current State Machine revision is {current}."
        )));
    }
    if machine.published().is_none() {
        check_room(machine, most)?;
    }
    let number = machine.publish(now, description.map(str::to_owned));
    let created = machine.versions.get(&number).map_or(now, |version| version.created);
    Ok(json!({"stateMachineVersionArn": machine.qualified(number), "creationDate": epoch_seconds(created)}))
}

/// Lists the versions, newest first, by ARN and date alone.
pub(crate) fn list(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let size = page_size(scene, members)?;
    let reference = Reference::of(members, "stateMachineArn", scene.place)?;
    let machine = seen(scene, &reference.name).filter(|_| reference.qualifier.is_none());
    let machine = machine.ok_or_else(|| reference.missing())?;
    let items = machine.versions.iter().rev().map(|(number, version)| {
        json!({
            "stateMachineVersionArn": machine.qualified(number),
            "creationDate": epoch_seconds(version.created),
        })
    });
    let page = page(items, members.string("nextToken")?, size).ok_or_else(invalid_token)?;
    Ok(page.body("stateMachineVersions", TOKEN))
}

/// Deletes a version that no alias references; one that is not there is deleted too.
pub(crate) fn delete(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let reference = Reference::of(members, "stateMachineVersionArn", scene.place)?;
    let Some(Qualifier::Version(number)) = reference.qualifier else {
        return Err(invalid_arn(&reference.arn));
    };
    // An alias that moved away a moment ago may still be seen to reference the version (T19).
    let current = scene.region.machines.get(&reference.name);
    let known = current.into_iter().chain(seen(scene, &reference.name));
    let aliases = known.flat_map(|machine| machine.aliases.iter());
    let references = aliases.filter(|(_, alias)| alias.routes.contains_key(&number));
    let names: BTreeSet<&str> = references.map(|(name, _)| name.as_str()).collect();
    if !names.is_empty() {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        return Err(conflict(format!(
            "Version to be deleted must not be referenced by an alias. \
             Current list of aliases referencing this version: [{names}]"
        )));
    }
    if let Some(machine) = scene.region.machines.get_mut(&reference.name) {
        machine.versions.remove(&number);
    }
    Ok(json!({}))
}
