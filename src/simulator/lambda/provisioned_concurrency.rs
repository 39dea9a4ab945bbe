//! Provisioned concurrency: on a version or on an alias, never on both for one version (R23).
//!
//! Moving an alias that has it makes AWS show the old version as a weight for some time (T11). That weight is
//! neither the caller's wish nor drift, which is why the world produces it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::aliases::{Alias, Transient, is_published};
use super::errors::{alias_not_found, answered, conflict, function_not_found, invalid, invalid_marker};
use super::function::{Function, Visit, visit};
use super::functions::{MARKER, PAGE, max_items};
use super::reference::{LATEST, Reference};
use super::request::Request;
use super::routing::Weights;
use crate::simulator::clock::{after, second_text};
use crate::simulator::constraints::{Constraints, is_number};
use crate::simulator::paging::page;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

const UNPUBLISHED: &str =
    "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
const ALREADY_PROVISIONED: &str =
    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
const WEIGHTED: &str = "Alias with weights can not be used with Provisioned Concurrency";

/// The provisioned concurrency of one qualifier.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provisioned {
    /// What was asked for.
    pub(crate) requested: i64,
    pub(super) ready_from: Timestamp,
    pub(super) modified: Timestamp,
}

impl Provisioned {
    fn shown(&self, now: Timestamp) -> Value {
        let is_ready = now >= self.ready_from;
        let available = if is_ready { self.requested } else { 0 };
        json!({
            "RequestedProvisionedConcurrentExecutions": self.requested,
            "AvailableProvisionedConcurrentExecutions": available,
            "AllocatedProvisionedConcurrentExecutions": available,
            "Status": if is_ready { "READY" } else { "IN_PROGRESS" },
            "LastModified": second_text(self.modified, "+0000"),
        })
    }
}

/// Starts to provision a version or an alias.
pub(crate) fn put(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let requested = request.members().integer("ProvisionedConcurrentExecutions")?;
    let mut constraints = Constraints::default();
    constraints.required("provisionedConcurrentExecutions", requested.is_some());
    constraints.range("provisionedConcurrentExecutions", requested, 1..=i64::MAX);
    constraints.finish()?;
    let (reference, qualifier) = qualified(scene, request)?;
    let Visit { function, now, knobs, .. } = visit(scene, &reference.name)?;
    if qualifier == LATEST {
        return Err(invalid(UNPUBLISHED));
    }
    check_exists(function, &qualifier)?;
    match function.aliases.get(&qualifier) {
        Some(alias) => check_alias(function, alias, now)?,
        None => check_free_version(function, &qualifier)?,
    }
    let total = function.provisioned_total(&qualifier).saturating_add(requested.unwrap_or_default());
    if function.reserved.is_some_and(|reserved| total > reserved) {
        return Err(invalid(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        ));
    }
    let ready_from = after(now, knobs.pending);
    let provisioned = Provisioned { requested: requested.unwrap_or_default(), ready_from, modified: now };
    let body = provisioned.shown(now);
    function.provisioned.insert(qualifier, provisioned);
    Ok(answered(202, &body))
}

/// Returns what is provisioned for a qualifier.
pub(crate) fn get(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let (reference, qualifier) = qualified(scene, request)?;
    let Visit { function, now, .. } = visit(scene, &reference.name)?;
    check_exists(function, &qualifier)?;
    let missing = || {
        let message = "No Provisioned Concurrency Config found for this function";
        Refusal::new(404, "ProvisionedConcurrencyConfigNotFoundException", message)
    };
    let provisioned = function.provisioned.get(&qualifier).ok_or_else(missing)?;
    Ok(answered(200, &provisioned.shown(now)))
}

/// Removes what is provisioned; nothing is removed just as well.
pub(crate) fn delete(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let (reference, qualifier) = qualified(scene, request)?;
    let Visit { function, .. } = visit(scene, &reference.name)?;
    check_exists(function, &qualifier)?;
    function.provisioned.remove(&qualifier);
    Ok(WireResponse::empty(204))
}

/// Lists what is provisioned for a function.
pub(crate) fn list(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let mut constraints = Constraints::default();
    let asked = max_items(&mut constraints, request);
    constraints.finish()?;
    let size = scene.page_size(asked, PAGE);
    let reference = Reference::of_latest(request, scene.place)?;
    let Visit { function, now, .. } = visit(scene, &reference.name)?;
    let items = function.provisioned.iter().map(|(qualifier, provisioned)| {
        let mut shown = provisioned.shown(now);
        shown["FunctionArn"] = Value::from(function.qualified(qualifier));
        shown
    });
    let page = page(items, request.query().get("Marker"), size).ok_or_else(invalid_marker)?;
    Ok(answered(200, &page.body("ProvisionedConcurrencyConfigs", MARKER)))
}

/// Moves the provisioned concurrency of an alias along with it, and returns the weight that AWS shows meanwhile.
pub(crate) fn follow_alias(
    visit: &mut Visit<'_>,
    name: &str,
    alias: &Alias,
    target: &str,
    weights: &Weights,
) -> Result<Option<Transient>, Refusal> {
    if !visit.function.provisioned.contains_key(name) {
        return Ok(None);
    }
    if !weights.is_empty() {
        // Recorded for the put; refused here too because the two exclude each other.
        return Err(invalid(WEIGHTED));
    }
    if target == alias.version {
        return Ok(None);
    }
    if target == LATEST {
        return Err(invalid(UNPUBLISHED));
    }
    if visit.function.provisioned.contains_key(target) {
        return Err(conflict(ALREADY_PROVISIONED));
    }
    // The weights last as long as the capacity moves, and so does `IN_PROGRESS` (R23).
    let until = after(visit.now, visit.knobs.transient_weights);
    if let Some(provisioned) = visit.function.provisioned.get_mut(name) {
        provisioned.ready_from = until;
    }
    Ok(Some(Transient { weights: Weights::from([(alias.version.clone(), 1.0)]), until }))
}

fn qualified(scene: &Scene<'_>, request: &Request) -> Result<(Reference, String), Refusal> {
    let reference = Reference::of(request, scene.place)?;
    let mut constraints = Constraints::default();
    constraints.required("qualifier", reference.qualifier.is_some());
    constraints.finish()?;
    let qualifier = reference.qualifier.clone().unwrap_or_default();
    Ok((reference, qualifier))
}

fn check_exists(function: &Function, qualifier: &str) -> Result<(), Refusal> {
    let arn = function.qualified(qualifier);
    match function.target(Some(qualifier)) {
        Ok(_) => Ok(()),
        Err(_) if is_number(qualifier) => Err(function_not_found(&arn)),
        Err(_) => Err(alias_not_found(&arn)),
    }
}

fn check_alias(function: &Function, alias: &Alias, now: Timestamp) -> Result<(), Refusal> {
    if !is_published(alias) {
        return Err(invalid(UNPUBLISHED));
    }
    if !alias.shown_weights(now).is_empty() {
        return Err(invalid(WEIGHTED));
    }
    if function.provisioned.contains_key(&alias.version) {
        return Err(conflict(ALREADY_PROVISIONED));
    }
    Ok(())
}

fn check_free_version(function: &Function, version: &str) -> Result<(), Refusal> {
    let mut provisioned = function.provisioned.keys().filter_map(|name| function.aliases.get(name));
    if provisioned.any(|alias| alias.version == version) {
        return Err(conflict("Version is pointed by a Provisioned Concurrency alias"));
    }
    Ok(())
}
