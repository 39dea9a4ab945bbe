//! Accounts, partitions, regions and the few ARNs that the engine builds or takes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FunctionName, InvalidName, MachineName};

macro_rules! text {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $check:ident, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Checks the form of the text.
            pub fn new(value: impl Into<String>) -> Result<Self, InvalidName> {
                let value = value.into();
                if $check(&value) {
                    Ok(Self(value))
                } else {
                    Err(InvalidName { kind: $kind, value, rule: $rule })
                }
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidName;
            fn try_from(value: String) -> Result<Self, InvalidName> {
                Self::new(value)
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.0
            }
        }
    };
}

text!(
    /// A 12-digit account number.
    AccountId, "account", is_account, "an account number has 12 digits"
);
text!(
    /// A region such as `us-west-1`.
    Region, "region", is_region, "a region looks like `us-west-1`"
);
text!(
    /// A partition: `aws`, `aws-cn`, `aws-us-gov` …
    Partition, "partition", is_partition, "a partition looks like `aws` or `aws-us-gov`"
);
text!(
    /// The ARN of an IAM role (aws-facts §4: the pattern that CreateFunction enforces).
    RoleArn, "role", is_role_arn, "a role looks like `arn:aws:iam::123456789012:role/name`"
);

impl Partition {
    /// Returns the partition that a region belongs to, by the region's prefix.
    pub fn of_region(region: &Region) -> Self {
        let name = match region.as_str() {
            text if text.starts_with("cn-") => "aws-cn",
            text if text.starts_with("us-gov-") => "aws-us-gov",
            text if text.starts_with("us-iso-") => "aws-iso",
            text if text.starts_with("us-isob-") => "aws-iso-b",
            text if text.starts_with("eu-isoe-") => "aws-iso-e",
            text if text.starts_with("us-isof-") => "aws-iso-f",
            text if text.starts_with("eusc-") => "aws-eusc",
            _ => "aws",
        };
        Self(name.to_owned())
    }
}

/// Where calls go: the account, region and partition that every ARN here is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The partition.
    pub partition: Partition,
    /// The region.
    pub region: Region,
}

impl Place {
    /// Returns the ARN of a state machine here.
    pub fn machine_arn(&self, name: &MachineName) -> String {
        let Self { account, partition, region } = self;
        format!("arn:{partition}:states:{region}:{account}:stateMachine:{name}")
    }

    /// Returns the unqualified ARN of a function here.
    pub fn function_arn(&self, name: &FunctionName) -> String {
        let Self { account, partition, region } = self;
        format!("arn:{partition}:lambda:{region}:{account}:function:{name}")
    }
}

fn is_account(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_region(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let is_last_numeric =
        parts.last().is_some_and(|last| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()));
    parts.len() >= 3
        && is_last_numeric
        && parts.iter().all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

fn is_partition(value: &str) -> bool {
    value.starts_with("aws") && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn is_role_arn(value: &str) -> bool {
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, "iam", "", account, resource]
        if is_partition(partition) && is_account(account) && resource.strip_prefix("role/").is_some_and(is_role_path))
}

fn is_role_path(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_regions_are_checked_for_form() {
        assert!(RoleArn::new("arn:aws:iam::123456789012:role/service-role/x").is_ok());
        assert!(RoleArn::new("r1").is_err());
        assert!(Region::new("us-west-1").is_ok());
        assert!(Region::new("us-west").is_err());
        assert_eq!(Partition::of_region(&Region::new("cn-north-1").unwrap()).as_str(), "aws-cn");
    }
}
