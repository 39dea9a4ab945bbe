//! Names of functions, machines, aliases, environments and variables, each checked once at the door.
//!
//! The patterns are AWS's (aws-facts §2 "names and sizes", R21, T27); table keys of the TOML are
//! ours: the letters, digits, `-` and `_` that a bare TOML key may hold.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Digest;

/// A name that a rule refuses, with the rule in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a valid {kind}: {rule}")]
pub struct InvalidName {
    /// What was being named, for example `alias name`.
    pub kind: &'static str,
    /// The text that was refused.
    pub value: String,
    /// The rule that it breaks.
    pub rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $check:ident, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Checks the text against the rule of this kind of name.
            pub fn new(value: impl Into<String>) -> Result<Self, InvalidName> {
                let value = value.into();
                if $check(&value) {
                    Ok(Self(value))
                } else {
                    Err(InvalidName { kind: $kind, value, rule: $rule })
                }
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidName;
            fn try_from(value: String) -> Result<Self, InvalidName> {
                Self::new(value)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }
    };
}

name!(
    /// The key of a function's table in the TOML, for example `file-analyzer`.
    FunctionId, "function key", is_table_key,
    "use 1 to 64 letters, digits, `-` and `_`"
);
name!(
    /// The key of a state machine's table in the TOML, for example `processing`.
    MachineId, "state machine key", is_table_key,
    "use 1 to 64 letters, digits, `-` and `_`"
);
name!(
    /// The name of an environment, for example `dev`.
    EnvironmentName, "environment name", is_table_key,
    "use 1 to 64 letters, digits, `-` and `_`"
);
name!(
    /// The name of the project, shown in descriptions and headers.
    ProjectName, "project name", is_table_key,
    "use 1 to 64 letters, digits, `-` and `_`"
);
name!(
    /// The name of a group of functions whose aliases move together, for example `money`.
    GroupName, "group name", is_table_key,
    "use 1 to 64 letters, digits, `-` and `_`"
);
name!(
    /// The physical name of a Lambda function (aws-facts §1: a bare name has at most 64 characters).
    FunctionName, "function name", is_table_key,
    "Lambda allows 1 to 64 letters, digits, `-` and `_`"
);
name!(
    /// The physical name of a state machine (aws-facts §2: at most 80 characters).
    MachineName, "state machine name", is_machine_name,
    "Step Functions allows 1 to 80 letters, digits, `-` and `_`"
);
name!(
    /// The name of a Lambda alias (aws-facts §2; numeric names are refused, T27).
    AliasName, "alias name", is_alias_name,
    "Lambda allows 1 to 128 letters, digits, `-` and `_`, and not digits alone"
);
name!(
    /// The name of an environment variable of a function (Lambda's pattern, and the names that it keeps for itself).
    VariableName, "name of an environment variable", is_variable_name,
    "Lambda allows letters, digits and `_`, at least 2, with a letter first, and keeps some names for itself"
);
name!(
    /// The name of a variable of the environment that the program runs in.
    AmbientName, "name of a variable to read", is_ambient_name,
    "use letters, digits and `_`, and no digit first"
);
name!(
    /// What names a parameter of Systems Manager: its name or ARN, and perhaps `:3` or `:label` behind it.
    ParameterName, "parameter name", is_parameter_name,
    "use letters, digits and `.-_/`, with `/` first where there is one, and `:3` or `:label` behind it for one version; or an ARN"
);

name!(
    /// The name of an S3 bucket, as Lambda takes it.
    BucketName, "bucket name", is_bucket_name,
    "Lambda takes 3 to 63 letters, digits, `.`, `-` and `_`"
);
name!(
    /// The key of an object of S3.
    ObjectKey, "object key", is_object_text,
    "S3 allows 1 to 1024 bytes without control characters"
);
name!(
    /// The version of an object of S3. `null`, which is what an object without versioning has, is none: such
    /// an object can be replaced.
    ObjectVersion, "object version", is_object_version,
    "an object that can be replaced has the version `null` or none"
);
name!(
    /// The address of a container image, with its digest.
    ImageUri, "image", is_image_uri,
    "write `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:` and 64 hexadecimal digits"
);

fn is_word(value: &str) -> bool {
    !value.is_empty()
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_table_key(value: &str) -> bool {
    value.len() <= 64 && is_word(value)
}

fn is_machine_name(value: &str) -> bool {
    value.len() <= 80 && is_word(value)
}

fn is_alias_name(value: &str) -> bool {
    value.len() <= 128 && is_word(value) && !value.bytes().all(|byte| byte.is_ascii_digit())
}

/// The names that Lambda's runtimes set themselves.
const RESERVED_VARIABLES: [&str; 20] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

impl VariableName {
    /// Tells whether Lambda keeps a name for itself.
    pub fn is_reserved(text: &str) -> bool {
        RESERVED_VARIABLES.contains(&text)
    }
}

fn is_variable_name(value: &str) -> bool {
    let is_pattern = value.len() > 1
        && value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_pattern && !VariableName::is_reserved(value)
}

fn is_ambient_name(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The names of secrets, which Systems Manager serves below this name, may hold more.
const SECRETS: &str = "/aws/reference/secretsmanager/";

fn is_parameter_name(value: &str) -> bool {
    let (name, selector) = match value.strip_prefix("arn:") {
        None => split_selector(value),
        Some(rest) => {
            let parts: Vec<&str> = rest.splitn(5, ':').collect();
            let [partition, "ssm", region, account, resource] = parts[..] else { return false };
            let Some(name) = resource.strip_prefix("parameter") else { return false };
            let is_place = partition.starts_with("aws") && !region.is_empty() && account.len() == 12;
            if !is_place || !name.starts_with('/') {
                return false;
            }
            split_selector(name)
        }
    };
    let more: &[u8] = if name.starts_with(SECRETS) { b"_.-/+=@" } else { b"_.-/" };
    let is_made_of = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    is_made_of(name, more)
        && name.len() <= 1011
        && (name.starts_with('/') || !name.contains('/'))
        && !name.ends_with('/')
        && selector.is_none_or(|selector| is_made_of(selector, b"_.-"))
}

fn split_selector(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(name, selector)| (name, Some(selector)))
}

impl ParameterName {
    /// Returns the name or ARN without what chooses a version.
    pub fn without_selector(&self) -> &str {
        let start = self.0.find(":parameter/").map_or(0, |at| at + ":parameter/".len());
        self.0[start..].find(':').map_or(self.as_str(), |at| &self.0[..start + at])
    }

    /// Returns what chooses a version, with its colon; empty for the newest.
    pub fn selector(&self) -> &str {
        &self.0[self.without_selector().len()..]
    }

    /// Returns the ARN as a policy names it, in an account and region.
    pub fn arn(&self, place: &super::Place) -> String {
        let name = self.without_selector();
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        let super::Place { partition, region, account } = place;
        format!("arn:{partition}:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/'))
    }
}

fn is_bucket_name(value: &str) -> bool {
    (3..=63).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && !value.ends_with('.')
}

fn is_object_text(value: &str) -> bool {
    (1..=1024).contains(&value.len()) && !value.contains(char::is_control)
}

fn is_object_version(value: &str) -> bool {
    is_object_text(value) && value != "null" && !value.contains(char::is_whitespace)
}

fn is_image_uri(value: &str) -> bool {
    let Some((registry, image)) = value.split_once('/') else { return false };
    let Some((repository, digest)) = image.split_once("@sha256:") else { return false };
    let host: Vec<&str> = registry.split('.').collect();
    let is_registry = match host.as_slice() {
        [account, "dkr", "ecr" | "ecr-fips", region, "amazonaws", "com"]
        | [account, "dkr", "ecr" | "ecr-fips", region, "amazonaws", "com", "cn"] => {
            account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) && is_word(region)
        }
        _ => false,
    };
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
    };
    is_registry && repository.split('/').all(is_part) && Digest::new(digest).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r21_names_follow_the_patterns_of_aws() {
        let cases = [
            ("LIVE", true),
            ("2024-01-02", true),
            ("2024", false),
            ("", false),
            ("a b", false),
            ("$LATEST", false),
        ];
        for (text, is_valid) in cases {
            assert_eq!(AliasName::new(text).is_ok(), is_valid, "{text}");
        }
        let parameters = [
            ("/shop/prod/token", true),
            ("token", true),
            ("/shop/prod/token:3", true),
            ("/shop/prod/token:stable", true),
            ("/aws/reference/secretsmanager/shop/db@eu", true),
            ("arn:aws:ssm:us-west-1:123456789012:parameter/shop/token", true),
            ("arn:aws:ssm:us-west-1:123456789012:parameter/shop/token:3", true),
            ("arn:aws:s3:us-west-1:123456789012:parameter/shop/token", false),
            ("shop/token", false),
            ("/shop/", false),
            ("/shop/token:", false),
            ("/shop/db@eu", false),
            ("", false),
        ];
        for (text, is_valid) in parameters {
            assert_eq!(ParameterName::new(text).is_ok(), is_valid, "{text}");
        }
        let one = ParameterName::new("arn:aws:ssm:us-west-1:123456789012:parameter/shop/token:3").unwrap();
        assert_eq!(one.without_selector(), "arn:aws:ssm:us-west-1:123456789012:parameter/shop/token");
        assert_eq!(one.selector(), ":3");
        for (text, is_valid) in [("TABLE", true), ("T", false), ("1A", false), ("AWS_REGION", false)] {
            assert_eq!(VariableName::new(text).is_ok(), is_valid, "{text}");
        }
        assert!(FunctionName::new("a".repeat(64)).is_ok());
        assert!(FunctionName::new("a".repeat(65)).is_err());
        assert!(AliasName::new("a".repeat(129)).is_err());
    }
    #[test]
    fn an_object_of_s3_is_named_so_that_it_cannot_be_replaced() {
        for (bucket, is_valid) in
            [("packages", true), ("a.b-c_D", true), ("ab", false), ("a/b", false), ("abc.", false)]
        {
            assert_eq!(BucketName::new(bucket).is_ok(), is_valid, "{bucket}");
        }
        for (version, is_valid) in
            [("3sL4kqtJlcpXroDTDmJ", true), ("null", false), ("", false), ("a b", false)]
        {
            assert_eq!(ObjectVersion::new(version).is_ok(), is_valid, "{version}");
        }
        assert!(ObjectKey::new("a b/c.zip").is_ok());
        assert!(ObjectKey::new("").is_err());
        assert!(ObjectKey::new("a".repeat(1025)).is_err());
    }

    #[test]
    fn an_image_is_named_by_its_digest() {
        let digest = "0".repeat(64);
        let cases = [
            (format!("123456789012.dkr.ecr.us-west-1.amazonaws.com/orders@sha256:{digest}"), true),
            (format!("123456789012.dkr.ecr.us-west-1.amazonaws.com/team/orders@sha256:{digest}"), true),
            (format!("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/orders@sha256:{digest}"), true),
            ("123456789012.dkr.ecr.us-west-1.amazonaws.com/orders:7".to_owned(), false),
            (format!("123456789012.dkr.ecr.us-west-1.amazonaws.com/orders:7@sha256:{digest}"), false),
            (format!("public.ecr.aws/orders/orders@sha256:{digest}"), false),
            (format!("1234.dkr.ecr.us-west-1.amazonaws.com/orders@sha256:{digest}"), false),
            ("123456789012.dkr.ecr.us-west-1.amazonaws.com/orders@sha256:00".to_owned(), false),
        ];
        for (text, is_valid) in cases {
            assert_eq!(ImageUri::new(text.as_str()).is_ok(), is_valid, "{text}");
        }
    }
}
