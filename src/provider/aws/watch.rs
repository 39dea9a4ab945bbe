//! What passes on the way to AWS: the name of each attempt's operation, throttling and retries.
//!
//! Interceptors cannot wait, so the waiting is the budget's; they can name and tell.

use std::{fmt, sync::Arc};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef, InterceptorContext,
            },
            dyn_dispatch_hint,
        },
        orchestrator::{HttpResponse, Metadata},
        retries::{
            RequestAttempts,
            classifiers::{ClassifyRetry, RetryAction},
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// Something that a person who waits wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// AWS said that there were too many requests.
    Throttled {
        /// The IAM name of the operation.
        operation: String,
    },
    /// A call is sent once more.
    Retrying {
        /// The IAM name of the operation.
        operation: String,
        /// The number of this attempt, from 2.
        attempt: u32,
    },
}

/// Who hears of it.
pub type Notices = Arc<dyn Fn(Notice) + Send + Sync>;

/// The operation of a request, for the budget.
#[derive(Debug, Clone)]
pub(super) struct OperationTag {
    /// The service as IAM writes it.
    pub(super) prefix: &'static str,
    /// The operation as AWS writes it.
    pub(super) name: String,
}

impl OperationTag {
    fn of(metadata: &Metadata) -> Self {
        let prefix = match metadata.service() {
            "Lambda" => "lambda",
            "SFN" => "states",
            "SSM" => "ssm",
            "STS" => "sts",
            "S3" => "s3",
            _ => "aws",
        };
        Self { prefix, name: metadata.name().to_owned() }
    }
}

impl fmt::Display for OperationTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, name } = self;
        write!(f, "{prefix}:{name}")
    }
}

/// Tags each attempt and tells of throttling and retries.
#[derive(Clone)]
pub(super) struct Watch {
    notices: Notices,
}

impl Watch {
    /// Creates a watch that tells these listeners.
    pub(super) fn new(notices: Notices) -> Self {
        Self { notices }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    /// The tag is set per attempt: the SDK sends a clone, and clones lose their extensions.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(tag) = bag.load::<Metadata>().map(OperationTag::of) else {
            return Ok(());
        };
        let attempt = bag.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts);
        if attempt > 1 {
            (self.notices)(Notice::Retrying { operation: tag.to_string(), attempt });
        }
        context.request_mut().add_extension(tag);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(is_throttled)
            && let Some(metadata) = bag.load::<Metadata>()
        {
            (self.notices)(Notice::Throttled { operation: OperationTag::of(metadata).to_string() });
        }
        Ok(())
    }
}

/// Lambda throttles with status 429, Step Functions with 400 and a code in the body.
fn is_throttled(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    let has_code = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        ["ThrottlingException", "TooManyRequestsException"].iter().any(|code| text.contains(code))
    };
    status == 429 || (status == 400 && response.body().bytes().is_some_and(has_code))
}

/// Retries HTTP 429 without an error code, as proxies send it; the SDK knows only the codes.
#[derive(Debug)]
pub(super) struct ThrottledWithoutCode;

impl ClassifyRetry for ThrottledWithoutCode {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let is_throttled = context.response().is_some_and(|response| response.status().as_u16() == 429);
        if is_throttled { RetryAction::throttling_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "ThrottledWithoutCode"
    }
}
