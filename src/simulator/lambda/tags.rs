//! Tags: on functions and event source mappings only. Every change of a function's tags changes its revision (R7).

use std::collections::BTreeMap;

use serde_json::json;

use super::errors::{answered, invalid};
use super::event_sources;
use super::function::{Visit, visit};
use super::reference::Reference;
use super::request::Request;
use crate::simulator::constraints::Constraints;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

const MOST: usize = 50;

/// Adds or replaces tags.
pub(crate) fn tag(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let tags = request.members().string_map("Tags")?.unwrap_or_default();
    if tags.is_empty() {
        return Err(invalid("An error occurred and the request cannot be processed."));
    }
    change(scene, request, |known| known.extend(tags))
}

/// Removes tags.
pub(crate) fn untag(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let keys: Vec<&str> = request.query().all("tagKeys").collect();
    let mut constraints = Constraints::default();
    constraints.required("tagKeys", !keys.is_empty());
    constraints.finish()?;
    change(scene, request, |known| known.retain(|key, _| !keys.contains(&key.as_str())))
}

/// Lists the tags.
pub(crate) fn list(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let tags = match Tagged::named(scene, request)? {
        Tagged::Mapping(uuid) => &event_sources::found(scene, &uuid)?.tags,
        Tagged::Function(name) => &visit(scene, &name)?.function.tags,
    };
    Ok(answered(200, &json!({"Tags": tags})))
}

/// Refuses more tags than a function may have.
pub(crate) fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() > MOST {
        return Err(invalid("Number of tags exceeds resource tag limit."));
    }
    Ok(())
}

/// What can have tags.
enum Tagged {
    Function(String),
    Mapping(String),
}

impl Tagged {
    fn named(scene: &Scene<'_>, request: &Request) -> Result<Self, Refusal> {
        let arn = request.function();
        let mut constraints = Constraints::default();
        constraints
            .pattern("resource", Some(arn), "arn:(aws[a-zA-Z-]*):lambda:.*", |arn| arn.starts_with("arn:"));
        constraints.finish()?;
        let mappings = scene.place.arn("lambda", "event-source-mapping:");
        if let Some(uuid) = arn.strip_prefix(&mappings) {
            return Ok(Self::Mapping(uuid.to_owned()));
        }
        let reference = Reference::read(arn, 10_000, scene.place)?;
        if reference.qualifier.is_some() {
            let message =
                "Tags on function aliases and versions are not supported. Please specify a function ARN.";
            return Err(invalid(message));
        }
        Ok(Self::Function(reference.name))
    }
}

fn change(
    scene: &mut Scene<'_>,
    request: &Request,
    deed: impl FnOnce(&mut BTreeMap<String, String>),
) -> Result<WireResponse, Refusal> {
    match Tagged::named(scene, request)? {
        Tagged::Mapping(uuid) => {
            let tags = &mut event_sources::found(scene, &uuid)?.tags;
            *tags = changed(tags, deed)?;
        }
        Tagged::Function(name) => {
            let Visit { function, identifiers, .. } = visit(scene, &name)?;
            function.check_not_updating()?;
            function.tags = changed(&function.tags, deed)?;
            function.latest.revision = identifiers.revision();
        }
    }
    Ok(WireResponse::empty(204))
}

fn changed(
    tags: &BTreeMap<String, String>,
    deed: impl FnOnce(&mut BTreeMap<String, String>),
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut changed = tags.clone();
    deed(&mut changed);
    check_count(&changed)?;
    Ok(changed)
}
