//! Reserved concurrency: a share of the account's concurrency that only this function gets.
//!
//! It belongs to the function and to no version, so publishing ignores it and `GetFunction` shows it without a qualifier only.

use serde_json::json;

use super::errors::{answered, invalid};
use super::function::visit;
use super::reference::Reference;
use super::request::Request;
use crate::simulator::constraints::Constraints;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::{Region, Scene};

/// The concurrent executions of an account and region.
pub(crate) const ACCOUNT_LIMIT: i64 = 1000;

/// What must stay for functions without a reservation.
const UNRESERVED_MINIMUM: i64 = 100;

/// Returns what no function has reserved.
pub(crate) fn unreserved(region: &Region) -> i64 {
    ACCOUNT_LIMIT - region.functions.values().filter_map(|function| function.reserved).sum::<i64>()
}

/// Reserves concurrency for a function.
pub(crate) fn put(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let wanted = request.members().integer("ReservedConcurrentExecutions")?;
    let mut constraints = Constraints::default();
    constraints.required("reservedConcurrentExecutions", wanted.is_some());
    constraints.range("reservedConcurrentExecutions", wanted, 0..=i64::MAX);
    constraints.finish()?;
    let reference = unqualified(scene, request)?;
    let wanted = wanted.unwrap_or_default();
    let others = unreserved(scene.region);
    let function = visit(scene, &reference.name)?.function;
    if others + function.reserved.unwrap_or_default() - wanted < UNRESERVED_MINIMUM {
        return Err(invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MINIMUM}]."
        )));
    }
    let provisioned = function.provisioned_total("");
    if wanted < provisioned {
        return Err(invalid(format!(
            " ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned \
             concurrency [{provisioned}]."
        )));
    }
    function.reserved = Some(wanted);
    Ok(answered(200, &json!({"ReservedConcurrentExecutions": wanted})))
}

/// Returns the reservation; an empty object when there is none.
pub(crate) fn get(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = unqualified(scene, request)?;
    let function = visit(scene, &reference.name)?.function;
    let body = function
        .reserved
        .map_or_else(|| json!({}), |reserved| json!({"ReservedConcurrentExecutions": reserved}));
    Ok(answered(200, &body))
}

/// Gives the reservation back; none is given back just as well.
pub(crate) fn delete(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = unqualified(scene, request)?;
    visit(scene, &reference.name)?.function.reserved = None;
    Ok(WireResponse::empty(204))
}

fn unqualified(scene: &Scene<'_>, request: &Request) -> Result<Reference, Refusal> {
    let reference = Reference::read(request.function(), 140, scene.place)?;
    if reference.qualifier.is_none() {
        return Ok(reference);
    }
    Err(invalid(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. \
         Please specify either a function name or an unqualified function ARN.",
    ))
}
