//! One call: what it is named, what it is about, and whether an answer to it was lost.
//!
//! The SDK repeats a call whose answer it did not get. If the lost attempt took effect, the repeated
//! write meets its own result: 409 because the alias exists, 412 because the revision moved
//! (T22). Such a refusal says nothing about the world before us, so it is told as what it is, an
//! unknown effect, and the engine looks.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::FinalizerInterceptorContextRef, dyn_dispatch_hint},
        orchestrator::HttpResponse,
        result::SdkError,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{config_bag::ConfigBag, error::metadata::ProvideErrorMetadata};

use crate::provider::{FailureKind, ProviderError};

use super::failure;

/// A call under way.
#[derive(Debug)]
pub(super) struct Call {
    operation: &'static str,
    subject: String,
    effect: Effect,
    log: AttemptLog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Read,
    Write,
}

impl Call {
    /// Starts a call that changes nothing.
    pub(super) fn read(operation: &'static str, subject: impl Into<String>) -> Self {
        Self { operation, subject: subject.into(), effect: Effect::Read, log: AttemptLog::default() }
    }

    /// Starts a call that changes something.
    pub(super) fn write(operation: &'static str, subject: impl Into<String>) -> Self {
        Self { effect: Effect::Write, ..Self::read(operation, subject) }
    }

    /// Returns the log that the SDK's call must carry.
    pub(super) fn log(&self) -> AttemptLog {
        self.log.clone()
    }

    /// Returns the SDK's failure in our words.
    pub(super) fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> ProviderError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let kind = failure::kind(error);
        let message = failure::message(error);
        if self.effect == Effect::Write && self.log.has_lost_answer() && may_be_our_own(&kind) {
            let message = format!("the answer to an earlier attempt was lost, and now: {message}");
            return self.error(FailureKind::Unreachable, message);
        }
        self.error(kind, message)
    }

    /// Returns the error of an answer that AWS should not give.
    pub(super) fn unreadable(&self, message: impl Into<String>) -> ProviderError {
        self.error(FailureKind::Fault, message.into())
    }

    /// Returns the error of a connection that gives no answer.
    pub(super) fn unreachable(&self, message: impl Into<String>) -> ProviderError {
        self.error(FailureKind::Unreachable, message.into())
    }

    /// Returns the member of an answer, or the error that says which one is missing.
    pub(super) fn required<T>(&self, member: &str, value: Option<T>) -> Result<T, ProviderError> {
        value.ok_or_else(|| self.unreadable(format!("the answer has no `{member}`")))
    }

    /// Returns the error of a request that cannot be made or must not be believed.
    pub(super) fn refused(&self, message: impl Into<String>) -> ProviderError {
        self.error(FailureKind::Refused, message.into())
    }

    /// Returns the error of something that is not there, in words that AWS does not have.
    pub(super) fn not_found(&self, message: impl Into<String>) -> ProviderError {
        self.error(FailureKind::NotFound, message.into())
    }

    fn error(&self, kind: FailureKind, message: String) -> ProviderError {
        ProviderError { kind, operation: self.operation, subject: self.subject.clone(), message }
    }
}

/// Tells whether a refusal may be the echo of our own earlier attempt.
fn may_be_our_own(kind: &FailureKind) -> bool {
    match kind {
        FailureKind::AlreadyExists
        | FailureKind::Busy
        | FailureKind::RoleNotReady
        | FailureKind::PreconditionFailed
        | FailureKind::Denied
        | FailureKind::Throttled
        | FailureKind::Credentials
        | FailureKind::Refused => true,
        // These hold whatever became of the earlier attempt, or are unknown already.
        FailureKind::NotFound
        | FailureKind::Referenced(_)
        | FailureKind::Unreachable
        | FailureKind::Fault => false,
    }
}

/// Remembers whether some attempt may have taken effect without our hearing of it.
#[derive(Debug, Clone, Default)]
pub(super) struct AttemptLog(Arc<AtomicBool>);

impl AttemptLog {
    fn has_lost_answer(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[dyn_dispatch_hint]
impl Intercept for AttemptLog {
    fn name(&self) -> &'static str {
        "AttemptLog"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_refusal = context.response().is_some_and(|response| response.status().is_client_error());
        if matches!(context.output_or_error(), Some(Err(_))) && !is_refusal {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
