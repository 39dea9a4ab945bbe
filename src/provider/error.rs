//! What can go wrong at the door, sorted by what the engine does about it.

use crate::model::AliasName;

/// A call that failed: what we were doing, to what, and what AWS said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} on `{subject}` failed: {message}")]
pub struct ProviderError {
    /// What the engine can do about it.
    pub kind: FailureKind,
    /// The IAM name of the operation, for example `lambda:UpdateAlias`.
    pub operation: &'static str,
    /// The function, alias or machine that it was about.
    pub subject: String,
    /// AWS's words, scrubbed of environment values (T24).
    pub message: String,
}

/// The kinds of failure. HTTP 409 alone has three of them (T5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// There is no such thing.
    NotFound,
    /// It exists already (CreateAlias, R17).
    AlreadyExists,
    /// An update or creation is under way; it ends by itself (R2, R4).
    Busy,
    /// The version cannot go: these aliases point to it (R14, T6).
    Referenced(Vec<AliasName>),
    /// IAM has not told the service about the role yet; it ends within a minute, or the role is wrong (T23).
    RoleNotReady,
    /// The revision or code hash is not the one that we named (R6, R10).
    PreconditionFailed,
    /// The caller may not do this.
    Denied,
    /// Too many requests, also after all retries.
    Throttled,
    /// No credentials were found, or they have expired.
    Credentials,
    /// The endpoint did not answer, or the answer was lost: the effect is unknown.
    Unreachable,
    /// AWS refused the request as it is.
    Refused,
    /// Anything else, server faults among them: the effect is unknown.
    Fault,
}

impl FailureKind {
    /// Tells whether the write may have taken effect although it failed.
    pub fn is_effect_unknown(&self) -> bool {
        match self {
            Self::Unreachable | Self::Fault => true,
            Self::NotFound
            | Self::AlreadyExists
            | Self::Busy
            | Self::Referenced(_)
            | Self::RoleNotReady
            | Self::PreconditionFailed
            | Self::Denied
            | Self::Throttled
            | Self::Credentials
            | Self::Refused => false,
        }
    }
}
