//! The refusals of Lambda, word for word, and their uneven bodies.
//!
//! The member that holds the words is `Message` for some codes and `message` for the others, and `ValidationException`
//! has no `Type` (R36): a client that reads only one of the two must fail here as it would on AWS.

use serde_json::{Value, json};

use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;

/// Returns the response of a refusal: the code in a header, the words in the body.
pub(crate) fn refused(refusal: &Refusal) -> WireResponse {
    let words = &refusal.message;
    let kind = if refusal.status < 500 { "User" } else { "Service" };
    let body = match refusal.code.as_ref() {
        "ResourceNotFoundException" | "ResourceInUseException" | "ServiceException" => {
            json!({"Message": words, "Type": kind})
        }
        "AccessDeniedException" => json!({"Message": words}),
        "TooManyRequestsException" => {
            json!({"message": words, "Reason": "CallerRateLimitExceeded", "Type": kind})
        }
        "ValidationException" | "SerializationException" | "UnknownOperationException" => {
            json!({"message": words})
        }
        _ => json!({"message": words, "Type": kind}),
    };
    WireResponse::json(refusal.status, "application/json", &body)
        .with_header("x-amzn-ErrorType", &refusal.code)
}

/// Returns a response with a JSON body.
pub(crate) fn answered(status: u16, body: &Value) -> WireResponse {
    WireResponse::json(status, "application/json", body)
}

/// Returns the refusal of a value that passed the model and failed the service.
pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidParameterValueException", message)
}

/// Returns the refusal of an action that something else stands in the way of.
pub(crate) fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new(409, "ResourceConflictException", message)
}

/// Returns the refusal of something that is not there, with the words AWS uses for it.
pub(crate) fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", message)
}

/// Returns the refusal of a function, version or alias that is not there.
pub(crate) fn function_not_found(arn: &str) -> Refusal {
    not_found(format!("Function not found: {arn}"))
}

/// Returns the refusal of an alias that a read did not find; updates use other words (R17).
pub(crate) fn alias_not_found(arn: &str) -> Refusal {
    not_found(format!("Cannot find alias arn: {arn}"))
}

/// Returns the refusal of a write that believes in an old revision (R6).
pub(crate) fn stale_revision() -> Refusal {
    let message = "The Revision Id provided does not match the latest Revision Id. \
                   Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
    Refusal::new(412, "PreconditionFailedException", message)
}

/// Returns the refusal of more code than the account may hold (R37).
pub(crate) fn code_storage_exceeded() -> Refusal {
    Refusal::new(400, "CodeStorageExceededException", "Code storage limit exceeded.")
}

/// Returns the refusal of a page token that nobody issued; AWS does not document its own.
pub(crate) fn invalid_marker() -> Refusal {
    invalid("Invalid Marker")
}
