//! Aliases: names that point to versions and may share traffic with one other.
//!
//! An alias has a revision of its own; moving it changes neither `$LATEST` nor a version (R7). Reads and writes use
//! different words for an alias that is not there (R17), and a delete of one succeeds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::number_in;
use super::errors::{
    alias_not_found, answered, conflict, function_not_found, invalid_marker, not_found, stale_revision,
};
use super::function::{Function, Visit, visit};
use super::functions::{MARKER, PAGE, max_items};
use super::provisioned_concurrency;
use super::reference::{LATEST, Reference, is_alias_name};
use super::request::Request;
use super::routing::{self, Weights};
use crate::simulator::constraints::{Constraints, is_number};
use crate::simulator::members::Members;
use crate::simulator::paging::page;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

const NAME_PATTERN: &str = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)";

/// An alias.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alias {
    /// The primary version: a number or `$LATEST`.
    pub(crate) version: String,
    /// The additional version, if any.
    #[serde(default, with = "routing::as_text", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) weights: Weights,
    /// The version that AWS still shows as a weight after a move (R23).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) transient: Option<Transient>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    /// Its own revision; a change of its policy changes it too.
    pub(crate) revision: String,
}

/// A weight that nobody asked for and that goes away by itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transient {
    #[serde(with = "routing::as_text")]
    pub(crate) weights: Weights,
    pub(crate) until: Timestamp,
}

impl Alias {
    /// Returns true if deleting the version would leave this alias dangling.
    pub(crate) fn references(&self, number: u64, now: Timestamp) -> bool {
        let number = number.to_string();
        self.version == number || self.shown_weights(now).contains_key(&number)
    }

    /// Returns the weights that reads show: the alias's own, or the ones AWS adds for a while.
    pub(crate) fn shown_weights(&self, now: Timestamp) -> Weights {
        match &self.transient {
            Some(transient) if now < transient.until => transient.weights.clone(),
            _ => self.weights.clone(),
        }
    }

    fn shown(&self, function: &Function, name: &str, now: Timestamp) -> Value {
        let mut shown = json!({
            "AliasArn": function.qualified(name),
            "Name": name,
            "FunctionVersion": self.version,
            "Description": self.description,
            "RevisionId": self.revision,
        });
        let weights = self.shown_weights(now);
        if !weights.is_empty() {
            shown["RoutingConfig"] = json!({"AdditionalVersionWeights": weights});
        }
        shown
    }
}

/// Creates an alias; not idempotent, whatever the model says.
pub(crate) fn create(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let name = members.string("Name")?;
    let version = members.string("FunctionVersion")?;
    let description = members.string("Description")?;
    let weights = routing::weights(members)?.unwrap_or_default();
    let mut constraints = Constraints::default();
    constraints.required("name", name.is_some());
    constraints.required("functionVersion", version.is_some());
    constrain_name(&mut constraints, name);
    constrain(&mut constraints, version, description, &weights);
    constraints.finish()?;
    let (name, version) = (name.unwrap_or_default(), version.unwrap_or_default());
    let reference = Reference::of_latest(request, scene.place)?;
    let limit = scene.knobs.aliases_per_function;
    let Visit { function, identifiers, now, .. } = visit(scene, &reference.name)?;
    check_version(function, version)?;
    if function.aliases.contains_key(name) {
        return Err(conflict(format!("Alias already exists: {}", function.qualified(name))));
    }
    routing::check(function, version, &weights)?;
    if function.aliases.len() >= limit {
        let message = "The maximum number of aliases for this function was reached";
        return Err(Refusal::new(400, "AliasLimitExceededException", message));
    }
    let alias = Alias {
        version: version.to_owned(),
        weights,
        transient: None,
        description: description.unwrap_or_default().to_owned(),
        revision: identifiers.revision(),
    };
    let body = alias.shown(function, name, now);
    function.aliases.insert(name.to_owned(), alias);
    Ok(answered(201, &body))
}

/// Returns one alias.
pub(crate) fn get(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    check_name(request.alias())?;
    let reference = Reference::of_latest(request, scene.place)?;
    let Visit { function, now, .. } = visit(scene, &reference.name)?;
    let name = request.alias();
    let alias = function.aliases.get(name).ok_or_else(|| alias_not_found(&function.qualified(name)))?;
    Ok(answered(200, &alias.shown(function, name, now)))
}

/// Moves or changes an alias; every update, even an empty one, changes its revision (R18).
pub(crate) fn update(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let name = request.alias();
    let version = members.string("FunctionVersion")?;
    let description = members.string("Description")?;
    let weights = routing::weights(members)?;
    let mut constraints = Constraints::default();
    constrain_name(&mut constraints, Some(name));
    constrain(&mut constraints, version, description, weights.as_ref().unwrap_or(&Weights::new()));
    constraints.finish()?;
    let reference = Reference::of_latest(request, scene.place)?;
    let mut visit = visit(scene, &reference.name)?;
    let mut alias = updatable(&visit, name, members)?;
    if let Some(version) = version {
        check_version(visit.function, version)?;
    }
    let weights = weights.unwrap_or_else(|| alias.weights.clone());
    let target = version.unwrap_or(&alias.version).to_owned();
    routing::check(visit.function, &target, &weights)?;
    let transient = provisioned_concurrency::follow_alias(&mut visit, name, &alias, &target, &weights)?;
    alias.transient = transient.or(alias.transient);
    alias.version = target;
    alias.weights = weights;
    alias.revision = visit.identifiers.revision();
    if let Some(description) = description {
        description.clone_into(&mut alias.description);
    }
    let body = alias.shown(visit.function, name, visit.now);
    visit.function.aliases.insert(name.to_owned(), alias);
    Ok(answered(200, &body))
}

/// Deletes an alias, its provisioned concurrency and its policy; one that is not there is deleted too (T12).
pub(crate) fn delete(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    check_name(request.alias())?;
    let reference = Reference::of_latest(request, scene.place)?;
    let Visit { function, .. } = visit(scene, &reference.name)?;
    function.aliases.remove(request.alias());
    function.provisioned.remove(request.alias());
    function.policies.remove(request.alias());
    Ok(WireResponse::empty(204))
}

/// Lists aliases; the filter looks at primary versions only.
pub(crate) fn list(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let wanted = request.query().get("FunctionVersion");
    let mut constraints = Constraints::default();
    constrain_version(&mut constraints, wanted);
    let asked = max_items(&mut constraints, request);
    constraints.finish()?;
    let size = scene.page_size(asked, PAGE);
    let reference = Reference::of_latest(request, scene.place)?;
    let Visit { function, now, .. } = visit(scene, &reference.name)?;
    let aliases = function.aliases.iter();
    let aliases = aliases.filter(|(_, alias)| wanted.is_none_or(|wanted| wanted == alias.version));
    let items = aliases.map(|(name, alias)| alias.shown(function, name, now));
    let page = page(items, request.query().get("Marker"), size).ok_or_else(invalid_marker)?;
    Ok(answered(200, &page.body("Aliases", MARKER)))
}

fn updatable(visit: &Visit<'_>, name: &str, members: Members<'_>) -> Result<Alias, Refusal> {
    let found = visit.function.aliases.get(name);
    let missing = || not_found(format!("Alias not found: {}", visit.function.qualified(name)));
    let alias = found.ok_or_else(missing)?;
    match members.string("RevisionId")? {
        Some(believed) if believed != alias.revision => Err(stale_revision()),
        _ => Ok(alias.clone()),
    }
}

/// Refuses a target that does not exist.
fn check_version(function: &Function, version: &str) -> Result<(), Refusal> {
    if version == LATEST || function.version(version).is_some() {
        return Ok(());
    }
    Err(function_not_found(&function.qualified(version)))
}

fn constrain(
    constraints: &mut Constraints,
    version: Option<&str>,
    description: Option<&str>,
    weights: &Weights,
) {
    constrain_version(constraints, version);
    constraints.length("description", description, 0..=256);
    routing::constrain(constraints, weights);
}

fn constrain_version(constraints: &mut Constraints, version: Option<&str>) {
    constraints.length("functionVersion", version, 1..=1024);
    constraints
        .pattern("functionVersion", version, r"(\$LATEST|[0-9]+)", |text| text == LATEST || is_number(text));
}

fn constrain_name(constraints: &mut Constraints, name: Option<&str>) {
    constraints.length("name", name, 1..=128);
    constraints.pattern("name", name, NAME_PATTERN, is_alias_name);
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let mut constraints = Constraints::default();
    constrain_name(&mut constraints, Some(name));
    constraints.finish()
}

/// Returns true if the alias points to a published version.
pub(crate) fn is_published(alias: &Alias) -> bool {
    number_in(&alias.version).is_some()
}
