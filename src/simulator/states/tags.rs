//! Tags of a state machine; versions and aliases have none.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::errors::{refusal, resource_not_found};
use super::machine::Machine;
use super::past::seen;
use super::reference::Reference;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::Scene;

const MOST: usize = 50;

/// Adds or replaces tags.
pub(crate) fn tag(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let tags = read(members)?;
    let machine = tagged(scene, members)?;
    let mut merged = machine.tags.clone();
    merged.extend(tags);
    check_count(&merged)?;
    machine.tags = merged;
    Ok(json!({}))
}

/// Removes tags.
pub(crate) fn untag(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let keys = members.strings("tagKeys")?.unwrap_or_default();
    let machine = tagged(scene, members)?;
    machine.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(json!({}))
}

/// Lists the tags.
pub(crate) fn list(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let reference = Reference::of(members, "resourceArn", scene.place)?;
    let machine = seen(scene, &reference.name).filter(|_| reference.qualifier.is_none());
    let machine = machine.ok_or_else(|| resource_not_found(&reference.arn))?;
    let tags: Vec<Value> =
        machine.tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    Ok(json!({"tags": tags}))
}

/// Reads the tags of a request.
pub(crate) fn read(members: Members<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    for item in members.list("tags")?.unwrap_or_default() {
        let Some(item) = item.as_object().map(Members::of) else {
            return Err(Refusal::serialization("a tag must be a Structure"));
        };
        let key = item.string("key")?.unwrap_or_default();
        tags.insert(key.to_owned(), item.string("value")?.unwrap_or_default().to_owned());
    }
    Ok(tags)
}

/// Refuses more tags than a state machine may have.
pub(crate) fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() > MOST {
        return Err(refusal("TooManyTags", "Too Many Tags"));
    }
    Ok(())
}

fn tagged<'a>(scene: &'a mut Scene<'_>, members: Members<'_>) -> Result<&'a mut Machine, Refusal> {
    let reference = Reference::of(members, "resourceArn", scene.place)?;
    reference.machine(scene.region).map_err(|_| resource_not_found(&reference.arn))
}
