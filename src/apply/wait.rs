//! Waiting for AWS: a bounded poll with growing pauses.
//!
//! The pauses begin short, because most updates end within seconds, and end at the second that
//! AWS's own GetFunction waiters use (aws-facts §1). GetFunction has its own quota of 100 per
//! second, so polling never eats the budget of the writes.

use std::time::Duration;

use crate::{
    model::{FunctionName, Health, LiveLatest, LiveVersion, Presence, VersionNumber},
    provider::{Provider, ProviderError},
};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// SnapStart publishes take minutes; AWS's waiter allows 26 of them (aws-facts §3).
const PATIENCE: Duration = Duration::from_mins(26);
/// Step Functions reads lag by seconds; the recordings of AWS wait 30 (R33).
pub(super) const SETTLING: Duration = Duration::from_mins(1);

/// IAM tells the services of a new role within seconds, rarely minutes (T23).
pub(super) const IAM_MINUTES: u64 = 2;

/// Pauses that grow up to a bound on their sum.
pub(super) struct Pauses {
    next: Duration,
    left: Duration,
}

impl Pauses {
    pub(super) fn long() -> Self {
        Self { next: FIRST_PAUSE, left: PATIENCE }
    }

    pub(super) fn settling() -> Self {
        Self { next: FIRST_PAUSE, left: SETTLING }
    }

    pub(super) fn of_iam() -> Self {
        Self { next: FIRST_PAUSE, left: Duration::from_mins(IAM_MINUTES) }
    }

    /// Sleeps; returns whether patience is left.
    pub(super) async fn pause(&mut self) -> bool {
        if self.left.is_zero() {
            return false;
        }
        let pause = self.next.min(self.left);
        tokio::time::sleep(pause).await;
        self.left = self.left.saturating_sub(pause);
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        true
    }
}

/// How a wait ended.
pub(super) enum Waited<T> {
    /// It is ready.
    Ready(T),
    /// It failed, with AWS's reason.
    Failed(String),
    /// It does not exist.
    Absent,
    /// It was still under way when patience ended.
    TooLong,
}

/// Waits until no creation or update of `$LATEST` is under way. A failed last update is ready too:
/// the old code is in place and can be replaced.
pub(super) async fn idle_latest<P: Provider>(
    provider: &P,
    name: &FunctionName,
) -> Result<Waited<LiveLatest>, ProviderError> {
    let mut pauses = Pauses::long();
    loop {
        let Presence::Present(latest) = provider.latest(name).await? else { return Ok(Waited::Absent) };
        match latest.health {
            Health::Ready | Health::Unknown | Health::Failed(_) => return Ok(Waited::Ready(latest)),
            Health::Pending | Health::InProgress => {}
        }
        if !pauses.pause().await {
            return Ok(Waited::TooLong);
        }
    }
}

/// Waits until a published version can be invoked.
pub(super) async fn active_version<P: Provider>(
    provider: &P,
    name: &FunctionName,
    version: VersionNumber,
) -> Result<Waited<LiveVersion>, ProviderError> {
    let mut pauses = Pauses::long();
    loop {
        let Presence::Present(live) = provider.version(name, version).await? else {
            return Ok(Waited::Absent);
        };
        match &live.health {
            Health::Ready | Health::Unknown => return Ok(Waited::Ready(live)),
            Health::Failed(reason) => return Ok(Waited::Failed(reason.clone())),
            Health::Pending | Health::InProgress => {}
        }
        if !pauses.pause().await {
            return Ok(Waited::TooLong);
        }
    }
}
