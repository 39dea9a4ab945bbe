//! `GetAccountSettings`: limits and usage (R37).

use serde_json::json;

use super::errors::answered;
use super::function::stored_bytes;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

/// Returns the limits of the account and what it uses.
pub(crate) fn settings(scene: &Scene<'_>) -> WireResponse {
    let body = json!({
        "AccountLimit": {
            "TotalCodeSize": scene.knobs.code_storage,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": 1000,
            "UnreservedConcurrentExecutions": 1000,
        },
        "AccountUsage": {
            "TotalCodeSize": stored_bytes(scene.region),
            "FunctionCount": scene.region.functions.len(),
        },
    });
    answered(200, &body)
}
