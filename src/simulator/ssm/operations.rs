//! What can be done with parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::errors::{already_exists, invalid, not_found, version_not_found};
use super::parameter::{Called, KINDS, Parameter};
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::Scene;

/// What a standard parameter holds at most, in characters, and what an advanced one does.
const LARGEST_STANDARD: usize = 4096;
const LARGEST_ADVANCED: usize = 8192;

/// How deep a hierarchy may be.
const MOST_LEVELS: usize = 15;

/// Puts a new parameter, or a new version of one.
pub(super) fn put(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let (name, value, kind) = (members.string("Name")?, members.string("Value")?, members.string("Type")?);
    let tier = members.string("Tier")?;
    let mut constraints = Constraints::default();
    constraints.required("name", name.is_some());
    constraints.required("value", value.is_some());
    constraints.length("name", name, 1..=2048);
    constraints.one_of("type", kind, &KINDS);
    constraints.one_of("tier", tier, &["Standard", "Advanced", "Intelligent-Tiering"]);
    constraints.finish()?;
    let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
    check_name(name)?;
    let tier = tier_of(value, tier)?;
    let is_overwriting = members.flag("Overwrite")?;
    let version = match scene.region.parameters.get_mut(name) {
        Some(_) if !is_overwriting => return Err(already_exists()),
        Some(known) => {
            if kind.is_some_and(|kind| kind != known.kind) {
                return Err(Refusal::new(400, "HierarchyTypeMismatchException", TYPE_MISMATCH));
            }
            known.put(value, scene.now).ok_or_else(|| too_many_versions(name))?
        }
        None => {
            let kind =
                kind.ok_or_else(|| invalid("A parameter type is required when you create a parameter."))?;
            let mut new = Parameter { kind: kind.to_owned(), versions: Vec::new() };
            let version = new.put(value, scene.now);
            scene.region.parameters.insert(name.to_owned(), new);
            version.unwrap_or(1)
        }
    };
    Ok(json!({"Version": version, "Tier": tier}))
}

const TYPE_MISMATCH: &str =
    "The parameter type cannot be changed. Delete the parameter and create a new one.";

fn too_many_versions(name: &str) -> Refusal {
    let message =
        format!("You attempted to create a new version of {name}, whose oldest version has a label.");
    Refusal::new(400, "ParameterMaxVersionLimitExceeded", message)
}

/// Returns one parameter.
pub(super) fn get(scene: &Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let name = members.string("Name")?;
    let mut constraints = Constraints::default();
    constraints.required("name", name.is_some());
    constraints.finish()?;
    let called = Called::of(name.unwrap_or_default(), scene.place);
    let parameter = scene.region.parameters.get(called.name).ok_or_else(not_found)?;
    let version = parameter
        .chosen(called.selector)
        .ok_or_else(|| version_not_found(called.name, called.selector.unwrap_or_default()))?;
    let is_decrypted = members.flag("WithDecryption")?;
    Ok(json!({"Parameter": parameter.shown(&called, version, (scene.place, is_decrypted))}))
}

/// Returns up to ten parameters, and the names of those that are not there.
pub(super) fn get_several(scene: &Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let names = members.strings("Names")?;
    let mut constraints = Constraints::default();
    constraints.required("names", names.is_some());
    let names = names.unwrap_or_default();
    if !(1..=10).contains(&names.len()) {
        let bound = if names.is_empty() {
            "Member must have length greater than or equal to 1"
        } else {
            "Member must have length less than or equal to 10"
        };
        constraints.fail("names", format!("[{}]", names.join(", ")), bound);
    }
    constraints.finish()?;
    let called: Vec<Called<'_>> = names.iter().map(|name| Called::of(name, scene.place)).collect();
    // What AWS says of two versions of one parameter in a request is not documented; the stricter reading is that it
    // takes one.
    let mut seen = BTreeSet::new();
    if let Some(twice) = called.iter().find(|called| !seen.insert(called.name)) {
        return Err(invalid(format!("Duplicate parameter name in the request: {}", twice.name)));
    }
    let is_decrypted = members.flag("WithDecryption")?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (name, called) in names.iter().zip(&called) {
        let parameter = scene.region.parameters.get(called.name);
        let version = parameter.and_then(|parameter| Some((parameter, parameter.chosen(called.selector)?)));
        match version {
            Some((parameter, version)) => {
                found.push(parameter.shown(called, version, (scene.place, is_decrypted)));
            }
            None => missing.push(*name),
        }
    }
    Ok(json!({"Parameters": found, "InvalidParameters": missing}))
}

/// Puts labels on a version, the newest unless the request names one.
pub(super) fn label(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let name = members.string("Name")?.unwrap_or_default();
    let labels = members.strings("Labels")?.unwrap_or_default();
    let parameter = scene.region.parameters.get_mut(name).ok_or_else(not_found)?;
    let wanted = members.integer("ParameterVersion")?.map(|version| version.to_string());
    let number = match parameter.chosen(wanted.as_deref()) {
        Some(version) => version.version,
        None => return Err(version_not_found(name, &wanted.unwrap_or_default())),
    };
    let is_label = |label: &&str| !label.starts_with(|first: char| first.is_ascii_digit());
    let (taken, refused): (Vec<&str>, Vec<&str>) = labels.into_iter().partition(is_label);
    for version in &mut parameter.versions {
        version.labels.retain(|label| !taken.contains(&label.as_str()));
        if version.version == number {
            version.labels.extend(taken.iter().map(ToString::to_string));
        }
    }
    Ok(json!({"InvalidLabels": refused, "ParameterVersion": number}))
}

/// Deletes a parameter with all its versions.
pub(super) fn delete(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let name = members.string("Name")?.unwrap_or_default();
    let parameters: &mut BTreeMap<String, Parameter> = &mut scene.region.parameters;
    parameters.remove(name).map(|_| json!({})).ok_or_else(not_found)
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "_.-/".contains(character);
    if !name.chars().all(is_allowed) {
        return Err(invalid(
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of \
             sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the \
             following 3 symbols .-_",
        ));
    }
    let first = name.trim_start_matches('/').split('/').next().unwrap_or_default().to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return Err(Refusal::new(
            400,
            "AccessDeniedException",
            format!("No access to reserved parameter name: {name}."),
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(invalid("Parameter name must be a fully qualified name."));
    }
    if name.matches('/').count() > MOST_LEVELS {
        let message = format!("A parameter name can have at most {MOST_LEVELS} levels.");
        return Err(Refusal::new(400, "HierarchyLevelLimitExceededException", message));
    }
    Ok(())
}

/// Returns the tier that holds a value of this size.
fn tier_of(value: &str, asked: Option<&str>) -> Result<&'static str, Refusal> {
    let size = value.chars().count();
    if size == 0 {
        return Err(invalid(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length \
             greater than or equal to 1",
        ));
    }
    match asked.unwrap_or("Standard") {
        "Standard" if size > LARGEST_STANDARD => Err(invalid(format!(
            "Standard tier parameters support a maximum parameter value of {LARGEST_STANDARD} characters. To create a \
             larger parameter value, upgrade the parameter to use the advanced-parameter tier."
        ))),
        _ if size > LARGEST_ADVANCED => Err(invalid(format!(
            "Advanced tier parameters support a maximum parameter value of {LARGEST_ADVANCED} characters."
        ))),
        "Advanced" => Ok("Advanced"),
        "Intelligent-Tiering" if size > LARGEST_STANDARD => Ok("Advanced"),
        _ => Ok("Standard"),
    }
}
