//! The refusals of Systems Manager, word for word. Every client error is HTTP 400.

use serde_json::json;

use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;

/// The media type of the protocol.
pub(crate) const JSON: &str = "application/x-amz-json-1.1";

/// Returns the response of a refusal.
pub(crate) fn refused(refusal: &Refusal) -> WireResponse {
    let body = json!({"__type": refusal.code, "message": refusal.message});
    WireResponse::json(refusal.status, JSON, &body)
}

/// Returns the refusal of a request that breaks a rule of Parameter Store.
pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::validation(message)
}

/// Returns the refusal of a parameter that is not there; AWS says no more than the code.
pub(crate) fn not_found() -> Refusal {
    Refusal::new(400, "ParameterNotFound", "")
}

/// Returns the refusal of a version or label that the parameter does not have.
pub(crate) fn version_not_found(name: &str, selector: &str) -> Refusal {
    let message = format!(
        "Systems Manager could not find version {selector} of {name}. Verify the version and try again."
    );
    Refusal::new(400, "ParameterVersionNotFound", message)
}

/// Returns the refusal of a parameter that is there already.
pub(crate) fn already_exists() -> Refusal {
    let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
    Refusal::new(400, "ParameterAlreadyExists", message)
}
