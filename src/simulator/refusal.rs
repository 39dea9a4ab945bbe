//! A refusal: the status, the code and the words of an AWS error, before a protocol gives it a body.
//!
//! One type for all services, so that faults and constraints need not know which service they speak for.

use std::borrow::Cow;

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The error code, such as `ResourceConflictException`.
    pub(crate) code: Cow<'static, str>,
    /// The words, exactly as AWS writes them.
    pub(crate) message: String,
}

impl Refusal {
    /// Returns a refusal with a status, a code and words.
    pub(crate) fn new(status: u16, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// Returns the refusal of a body that is not the JSON the operation expects.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::new(400, "SerializationException", message)
    }

    /// Returns the refusal of a member that fails a modelled constraint; it is in no service model (R36).
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    /// Returns the refusal of an operation that does not exist here: a 4xx, because SDKs retry a 500 (R34).
    pub(crate) fn unknown_operation(what: &str) -> Self {
        Self::new(404, "UnknownOperationException", format!("the simulated account does not know `{what}`"))
    }

    /// Returns the refusal of a request that carries no signature.
    pub(crate) fn missing_authentication() -> Self {
        Self::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    }

    /// Returns the refusal of a request whose signature lacks a part.
    pub(crate) fn incomplete_signature(message: impl Into<String>) -> Self {
        Self::new(400, "IncompleteSignatureException", message)
    }

    /// Returns the refusal of a caller without the permission.
    pub(crate) fn access_denied(caller: &str, action: &str, resource: &str) -> Self {
        let message = format!(
            "User: {caller} is not authorized to perform: {action} on resource: {resource} \
             because no identity-based policy allows the {action} action"
        );
        Self::new(403, "AccessDeniedException", message)
    }
}
