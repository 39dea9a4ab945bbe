//! The refusals of Step Functions, word for word.
//!
//! Every client error is HTTP 400, the code is in the body's `__type` (with its namespace, which clients cut off).

use serde_json::json;

use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;

/// Returns the response of a refusal.
pub(crate) fn refused(refusal: &Refusal) -> WireResponse {
    let body = json!({"__type": refusal.code, "message": refusal.message});
    WireResponse::json(refusal.status, "application/x-amz-json-1.0", &body)
}

/// Returns a client error.
pub(crate) fn refusal(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(400, code, message)
}

/// Returns the refusal of a state machine that is not there.
pub(crate) fn machine_not_found(arn: &str) -> Refusal {
    refusal("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
}

/// Returns the refusal of a text that is not an ARN.
pub(crate) fn invalid_arn(text: &str) -> Refusal {
    refusal("InvalidArn", format!("Invalid Arn: 'Invalid ARN prefix: {text}'"))
}

/// Returns the refusal of an ARN of something else.
pub(crate) fn invalid_resource_type(kind: &str) -> Refusal {
    refusal("InvalidArn", format!("Invalid Arn: 'Resource type not valid in this context: {kind}'"))
}

/// Returns the refusal of an execution that is not there.
pub(crate) fn execution_not_found(arn: &str) -> Refusal {
    refusal("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))
}

/// Returns the refusal of an operation that express machines do not have.
pub(crate) fn type_not_supported() -> Refusal {
    let message = "This operation is not supported by this type of state machine";
    refusal("StateMachineTypeNotSupported", message)
}

/// Returns the refusal of a page token that nobody issued.
pub(crate) fn invalid_token() -> Refusal {
    refusal("InvalidToken", "Invalid Token: 'Invalid token'")
}

/// Returns the refusal of two writes that cannot both be true.
pub(crate) fn conflict(message: impl Into<String>) -> Refusal {
    refusal("ConflictException", message)
}

/// Returns the refusal of an alias that is not there.
pub(crate) fn alias_not_found() -> Refusal {
    refusal("ResourceNotFound", "Request references a resource that does not exist.")
}

/// Returns the refusal of tags on something that cannot have them.
pub(crate) fn resource_not_found(arn: &str) -> Refusal {
    refusal("ResourceNotFound", format!("Resource not found: '{arn}'"))
}
