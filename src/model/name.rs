//! Names of functions, machines, aliases and environments, each checked once at the door.
//!
//! The patterns are AWS's (aws-facts §2 "names and sizes", R21, T27); table keys of the TOML are
//! ours: the letters, digits, `-` and `_` that a bare TOML key may hold.

use std::fmt;

use serde::{Deserialize, Serialize};

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
        assert!(FunctionName::new("a".repeat(64)).is_ok());
        assert!(FunctionName::new("a".repeat(65)).is_err());
        assert!(AliasName::new("a".repeat(129)).is_err());
    }
}
