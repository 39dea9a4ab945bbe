//! The token buckets of the control planes (R34, and the quota table of the facts).
//!
//! Off unless asked for: a test with a clock that stands still would empty every bucket at once.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::place::Place;
use super::service::Service;

/// Whether the world counts calls against the quotas of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Throttling {
    /// Every call is admitted.
    #[default]
    Off,
    /// Calls above the documented rates are refused.
    AsAws,
}

/// The buckets of every account and region.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    levels: BTreeMap<(Place, &'static str), Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Timestamp,
}

/// A quota: the name of the bucket, its size, and its refill per second.
struct Quota {
    bucket: &'static str,
    size: f64,
    refill: f64,
}

impl Buckets {
    /// Takes a token for one call; false if the bucket is empty.
    pub(crate) fn admit(&mut self, now: Timestamp, place: &Place, service: Service, operation: &str) -> bool {
        let Some(quota) = quota(service, operation) else { return true };
        let key = (place.clone(), quota.bucket);
        let level = self.levels.entry(key).or_insert(Level { tokens: quota.size, at: now });
        let elapsed = now.duration_since(level.at).as_secs_f64().max(0.0);
        level.tokens = (level.tokens + elapsed * quota.refill).min(quota.size);
        level.at = level.at.max(now);
        if level.tokens < 1.0 {
            return false;
        }
        level.tokens -= 1.0;
        true
    }
}

fn quota(service: Service, operation: &str) -> Option<Quota> {
    let (bucket, size, refill) = match (service, operation) {
        (Service::Lambda, "GetFunction") => ("GetFunction", 100.0, 100.0),
        (Service::Lambda, _) => ("Lambda", 15.0, 15.0),
        (Service::States, "DescribeStateMachine") => ("DescribeStateMachine", 200.0, 20.0),
        (Service::States, "ListStateMachines") => ("ListStateMachines", 100.0, 5.0),
        (Service::States, "CreateStateMachine") => ("CreateStateMachine", 100.0, 1.0),
        (Service::States, "UpdateStateMachine") => ("UpdateStateMachine", 100.0, 1.0),
        (Service::States, "DeleteStateMachine") => ("DeleteStateMachine", 100.0, 1.0),
        (Service::States, "PublishStateMachineVersion") => ("PublishStateMachineVersion", 100.0, 1.0),
        (Service::States, "ListStateMachineVersions") => ("ListStateMachineVersions", 100.0, 1.0),
        (Service::States, "DeleteStateMachineVersion") => ("DeleteStateMachineVersion", 100.0, 1.0),
        (Service::States, "CreateStateMachineAlias") => ("CreateStateMachineAlias", 100.0, 1.0),
        (Service::States, "UpdateStateMachineAlias") => ("UpdateStateMachineAlias", 100.0, 1.0),
        (Service::States, "DeleteStateMachineAlias") => ("DeleteStateMachineAlias", 100.0, 1.0),
        (Service::States, "ListStateMachineAliases") => ("ListStateMachineAliases", 100.0, 1.0),
        (Service::States, "ListTagsForResource") => ("ListTagsForResource", 100.0, 1.0),
        (Service::States, "ValidateStateMachineDefinition") => ("ValidateStateMachineDefinition", 100.0, 1.0),
        (Service::States, "DescribeStateMachineAlias") => ("DescribeStateMachineAlias", 200.0, 1.0),
        (Service::States, "TagResource") => ("TagResource", 200.0, 1.0),
        (Service::States, "UntagResource") => ("UntagResource", 200.0, 1.0),
        // STS and IAM quotas are not part of the facts.
        _ => return None,
    };
    Some(Quota { bucket, size, refill })
}
