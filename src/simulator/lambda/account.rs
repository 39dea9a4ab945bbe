//! `GetAccountSettings`: limits and usage (R37).

use serde_json::json;

use super::concurrency::{ACCOUNT_LIMIT, unreserved};
use super::errors::answered;
use super::function::stored_bytes;
use super::request::Request;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

/// Returns the limits of the account and what it uses.
#[expect(clippy::unnecessary_wraps, reason = "every operation performs with the same signature")]
pub(crate) fn settings(scene: &mut Scene<'_>, _: &Request) -> Result<WireResponse, Refusal> {
    let body = json!({
        "AccountLimit": {
            "TotalCodeSize": scene.knobs.code_storage,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": ACCOUNT_LIMIT,
            "UnreservedConcurrentExecutions": unreserved(scene.region),
        },
        "AccountUsage": {
            "TotalCodeSize": stored_bytes(scene.region),
            "FunctionCount": scene.region.functions.len(),
        },
    });
    Ok(answered(200, &body))
}
