//! The names of the operations that the world knows, so that a fault rule with a slip of the pen is refused.

use super::{iam, lambda, ssm, states};

/// The operations of STS and S3, which have no table of names.
const OTHERS: [&str; 14] = [
    "AssumeRole",
    "CreateBucket",
    "DeleteBucket",
    "DeleteObject",
    "GetBucketLocation",
    "GetBucketVersioning",
    "GetCallerIdentity",
    "GetObject",
    "HeadBucket",
    "HeadObject",
    "ListBuckets",
    "ListObjectsV2",
    "PutBucketVersioning",
    "PutObject",
];

/// Returns true if a service of the world has an operation of this name.
pub(crate) fn is_operation(name: &str) -> bool {
    lambda::is_operation(name)
        || states::is_operation(name)
        || ssm::is_operation(name)
        || iam::is_operation(name)
        || OTHERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_is_asked() {
        for name in ["GetPolicy", "StartExecution", "ListRoles", "GetParameters", "AssumeRole", "PutObject"] {
            assert!(is_operation(name), "{name}");
        }
        for name in ["", "*", "getPolicy", "Invoke", "GetExecutionHistory"] {
            assert!(!is_operation(name), "{name}");
        }
    }
}
