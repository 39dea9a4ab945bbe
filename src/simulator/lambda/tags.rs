//! Tags: on functions only, and every change of them changes the function's revision (R7).

use std::collections::BTreeMap;

use serde_json::json;

use super::errors::{answered, invalid};
use super::function::{Visit, visit};
use super::reference::Reference;
use super::request::Request;
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
    let visit = tagged(scene, request)?;
    visit.function.check_not_updating()?;
    let mut merged = visit.function.tags.clone();
    merged.extend(tags);
    check_count(&merged)?;
    visit.function.tags = merged;
    visit.function.latest.revision = visit.identifiers.revision();
    Ok(WireResponse::empty(204))
}

/// Removes tags.
pub(crate) fn untag(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let visit = tagged(scene, request)?;
    visit.function.check_not_updating()?;
    for key in request.query().all("tagKeys") {
        visit.function.tags.remove(key);
    }
    visit.function.latest.revision = visit.identifiers.revision();
    Ok(WireResponse::empty(204))
}

/// Lists the tags.
pub(crate) fn list(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let visit = tagged(scene, request)?;
    Ok(answered(200, &json!({"Tags": visit.function.tags})))
}

/// Refuses more tags than a function may have.
pub(crate) fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() > MOST {
        return Err(invalid("Number of tags exceeds resource tag limit."));
    }
    Ok(())
}

fn tagged<'a>(scene: &'a mut Scene<'_>, request: &Request) -> Result<Visit<'a>, Refusal> {
    let arn = request.function();
    if !arn.starts_with("arn:") {
        let message = format!(
            "1 validation error detected: Value '{arn}' at 'resource' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:.*"
        );
        return Err(Refusal::validation(message));
    }
    let reference = Reference::read(arn, 10_000, scene.place)?;
    if reference.qualifier.is_some() {
        let message =
            "Tags on function aliases and versions are not supported. Please specify a function ARN.";
        return Err(invalid(message));
    }
    visit(scene, &reference.name)
}
