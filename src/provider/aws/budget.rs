//! How many calls a second: AWS counts per account and region, and shares the count among all tools.
//!
//! The budget is spent below the SDK's retries and pages, in front of the HTTP client, so that
//! every attempt pays. Calls wait in the order in which they came.

use std::{
    collections::BTreeMap,
    fmt,
    num::NonZeroU32,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{
        HttpClient as Client, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::time::Instant;

use crate::model::Region;

use super::{ConnectionSettings, HttpClient, watch::OperationTag};

/// The bucket of Lambda's control plane: AWS allows 15 calls a second to everybody together (T13).
const LAMBDA_BURST: u32 = 12;

/// GetFunction has 100 calls a second of its own (aws-facts §2); a tenth is left to others.
const GET_FUNCTION: (u32, u32) = (90, 30);

/// DescribeStateMachine: a bucket of 200, 20 a second (T14).
const DESCRIBE_MACHINE: (u32, u32) = (15, 50);

/// All else of Step Functions: a bucket of 100, 1 a second (T14).
const STATES: (u32, u32) = (1, 50);

/// GetParameters has 40 calls a second, shared by every tool of the account and region; half is left to them.
const PARAMETERS: (u32, u32) = (20, 20);

/// The budgets of one account and region.
pub(super) struct Budget {
    lambda: Bucket,
    get_function: Bucket,
    describe_machine: Bucket,
    states: Bucket,
    parameters: Bucket,
}

impl Budget {
    /// Creates full buckets.
    pub(super) fn new(lambda_rps: u32) -> Arc<Self> {
        let bucket = |(rate, burst)| Bucket::new(rate, burst);
        Arc::new(Self {
            lambda: Bucket::new(lambda_rps, LAMBDA_BURST.min(lambda_rps)),
            get_function: bucket(GET_FUNCTION),
            describe_machine: bucket(DESCRIBE_MACHINE),
            states: bucket(STATES),
            parameters: bucket(PARAMETERS),
        })
    }

    /// Returns the one budget that this process has for these credentials and this region; the
    /// first connection settles its rate.
    pub(super) fn of_process(settings: &ConnectionSettings, region: &Region) -> Arc<Self> {
        type Key = (Option<String>, Option<String>, String);
        static BUDGETS: LazyLock<Mutex<BTreeMap<Key, Arc<Budget>>>> = LazyLock::new(Mutex::default);
        let role = settings.role_arn.as_ref().map(|role| role.as_str().to_owned());
        let key = (settings.profile.clone(), role, region.as_str().to_owned());
        let mut budgets = BUDGETS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(budgets.entry(key).or_insert_with(|| Self::new(settings.lambda_rps)))
    }

    /// Waits until the operation may be sent.
    async fn spend(&self, tag: &OperationTag) {
        let bucket = match (tag.prefix, tag.name.as_str()) {
            ("lambda", "GetFunction") => &self.get_function,
            ("lambda", _) => &self.lambda,
            ("states", "DescribeStateMachine") => &self.describe_machine,
            ("states", _) => &self.states,
            ("ssm", _) => &self.parameters,
            // STS has quotas that one call per command never meets, and S3 answers thousands a second.
            _ => return,
        };
        bucket.spend().await;
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Budget")
    }
}

/// A leaky bucket with a queue in front.
struct Bucket {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    clock: TokioClock,
    turn: tokio::sync::Mutex<()>,
}

impl Bucket {
    fn new(rate: u32, burst: u32) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(rate)).allow_burst(at_least_one(burst));
        let clock = TokioClock { origin: Instant::now() };
        Self {
            limiter: RateLimiter::direct_with_clock(quota, clock),
            clock,
            turn: tokio::sync::Mutex::new(()),
        }
    }

    async fn spend(&self) {
        // Tokio's mutex is fair, so the longest waiter is the next to ask the limiter.
        let _turn = self.turn.lock().await;
        while let Err(refusal) = self.limiter.check() {
            tokio::time::sleep(refusal.wait_time_from(self.clock.now())).await;
        }
    }
}

/// Tokio's clock, so that a test with paused time waits for nothing.
#[derive(Debug, Clone, Copy)]
struct TokioClock {
    origin: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.origin)
    }
}

/// An HTTP client that spends from a budget before each request.
#[derive(Debug)]
pub(super) struct Limited {
    wire: HttpClient,
    budget: Arc<Budget>,
}

impl Limited {
    /// Puts the budget in front of the wire.
    pub(super) fn new(wire: HttpClient, budget: Arc<Budget>) -> Self {
        Self { wire, budget }
    }
}

impl Client for Limited {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let wire = self.wire.http_connector(settings, components);
        SharedHttpConnector::new(LimitedConnector { wire, budget: Arc::clone(&self.budget) })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.wire.connector_metadata()
    }
}

#[derive(Debug)]
struct LimitedConnector {
    wire: SharedHttpConnector,
    budget: Arc<Budget>,
}

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(tag) = request.extension::<OperationTag>().cloned() else {
            return self.wire.call(request);
        };
        let (wire, budget) = (self.wire.clone(), Arc::clone(&self.budget));
        HttpConnectorFuture::new(async move {
            budget.spend(&tag).await;
            wire.call(request).await
        })
    }
}
