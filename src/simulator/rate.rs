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
#[derive(Debug, Clone, Default)]
pub(crate) struct Buckets {
    levels: BTreeMap<(Place, &'static str), Level>,
}

#[derive(Debug, Clone)]
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
        let Some(quota) = quota(service, operation, &place.region) else { return true };
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

fn quota(service: Service, operation: &str, region: &str) -> Option<Quota> {
    let (bucket, size, refill) = match service {
        Service::Lambda => match operation {
            "GetFunction" => ("GetFunction", 100.0, 100.0),
            "GetPolicy" => ("GetPolicy", 15.0, 15.0),
            // All other control plane calls share one bucket.
            _ => ("Lambda", 15.0, 15.0),
        },
        // GetParameter, GetParameters and GetParametersByPath share 40 a second; changes have 3.
        Service::Ssm if operation.starts_with("Get") => ("GetParameters", 40.0, 40.0),
        Service::Ssm => ("PutParameter", 3.0, 3.0),
        Service::States => states_quota(operation, LARGE_REGIONS.contains(&region))?,
        // The quotas of the other services are not part of the facts.
        _ => return None,
    };
    Some(Quota { bucket, size, refill })
}

/// The regions in which executions have larger buckets.
const LARGE_REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];

/// Returns the bucket, its size and its refill, from the quota tables of the Step Functions guide.
fn states_quota(operation: &str, is_large: bool) -> Option<(&'static str, f64, f64)> {
    let quota = match (operation, is_large) {
        ("DescribeStateMachine", _) => ("DescribeStateMachine", 200.0, 20.0),
        ("ListStateMachines", _) => ("ListStateMachines", 100.0, 5.0),
        ("CreateStateMachine", _) => ("CreateStateMachine", 100.0, 1.0),
        ("UpdateStateMachine", _) => ("UpdateStateMachine", 100.0, 1.0),
        ("DeleteStateMachine", _) => ("DeleteStateMachine", 100.0, 1.0),
        ("PublishStateMachineVersion", _) => ("PublishStateMachineVersion", 100.0, 1.0),
        ("ListStateMachineVersions", _) => ("ListStateMachineVersions", 100.0, 1.0),
        ("DeleteStateMachineVersion", _) => ("DeleteStateMachineVersion", 100.0, 1.0),
        ("CreateStateMachineAlias", _) => ("CreateStateMachineAlias", 100.0, 1.0),
        ("UpdateStateMachineAlias", _) => ("UpdateStateMachineAlias", 100.0, 1.0),
        ("DeleteStateMachineAlias", _) => ("DeleteStateMachineAlias", 100.0, 1.0),
        ("ListStateMachineAliases", _) => ("ListStateMachineAliases", 100.0, 1.0),
        ("ListTagsForResource", _) => ("ListTagsForResource", 100.0, 1.0),
        ("ValidateStateMachineDefinition", _) => ("ValidateStateMachineDefinition", 100.0, 1.0),
        ("DescribeStateMachineAlias", _) => ("DescribeStateMachineAlias", 200.0, 1.0),
        ("DescribeStateMachineForExecution", _) => ("DescribeStateMachineForExecution", 200.0, 1.0),
        ("TagResource", _) => ("TagResource", 200.0, 1.0),
        ("UntagResource", _) => ("UntagResource", 200.0, 1.0),
        ("StartExecution", true) => ("StartExecution", 1300.0, 300.0),
        ("StartExecution", false) => ("StartExecution", 800.0, 150.0),
        ("StopExecution", true) => ("StopExecution", 1000.0, 200.0),
        ("StopExecution", false) => ("StopExecution", 500.0, 25.0),
        ("DescribeExecution", true) => ("DescribeExecution", 300.0, 15.0),
        ("DescribeExecution", false) => ("DescribeExecution", 250.0, 10.0),
        ("ListExecutions", true) => ("ListExecutions", 200.0, 5.0),
        ("ListExecutions", false) => ("ListExecutions", 100.0, 2.0),
        _ => return None,
    };
    Some(quota)
}
