//! The constraint texts of the service models: `1 validation error detected: Value …`.
//!
//! Every failing member is reported in one answer, as AWS does.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::refusal::Refusal;

/// The constraints that a request failed so far.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    failures: Vec<String>,
}

impl Constraints {
    /// Records that the value of a member fails a constraint.
    pub(crate) fn fail(&mut self, path: &str, value: impl Display, constraint: &str) {
        self.failures.push(format!("Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"));
    }

    /// Demands that a member is there.
    pub(crate) fn required(&mut self, path: &str, is_present: bool) {
        if !is_present {
            let failure =
                format!("Value null at '{path}' failed to satisfy constraint: Member must not be null");
            self.failures.push(failure);
        }
    }

    /// Demands a number of characters.
    pub(crate) fn length(&mut self, path: &str, value: Option<&str>, allowed: RangeInclusive<usize>) {
        let Some(value) = value else { return };
        let count = value.chars().count();
        if count < *allowed.start() {
            let constraint = format!("Member must have length greater than or equal to {}", allowed.start());
            self.fail(path, value, &constraint);
        }
        if count > *allowed.end() {
            let constraint = format!("Member must have length less than or equal to {}", allowed.end());
            self.fail(path, value, &constraint);
        }
    }

    /// Demands a number between two bounds.
    pub(crate) fn range(&mut self, path: &str, value: Option<i64>, allowed: RangeInclusive<i64>) {
        let Some(value) = value else { return };
        if value < *allowed.start() {
            let constraint = format!("Member must have value greater than or equal to {}", allowed.start());
            self.fail(path, value, &constraint);
        }
        if value > *allowed.end() {
            self.fail(
                path,
                value,
                &format!("Member must have value less than or equal to {}", allowed.end()),
            );
        }
    }

    /// Demands one of a closed set of words.
    pub(crate) fn one_of(&mut self, path: &str, value: Option<&str>, allowed: &[&str]) {
        if let Some(value) = value.filter(|value| !allowed.contains(value)) {
            let constraint = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
            self.fail(path, value, &constraint);
        }
    }

    /// Demands that the value matches a pattern; `is_match` is what the pattern means, in code.
    pub(crate) fn pattern(
        &mut self,
        path: &str,
        value: Option<&str>,
        pattern: &str,
        is_match: fn(&str) -> bool,
    ) {
        if let Some(value) = value.filter(|value| !is_match(value)) {
            self.fail(path, value, &format!("Member must satisfy regular expression pattern: {pattern}"));
        }
    }

    /// Returns the refusal that names every failure, if there is one.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        let noun = match self.failures.len() {
            0 => return Ok(()),
            1 => "error",
            _ => "errors",
        };
        let count = self.failures.len();
        Err(Refusal::validation(format!("{count} validation {noun} detected: {}", self.failures.join("; "))))
    }
}

/// Returns true if every character is one that AWS names may hold: a letter, a digit, `-` or `_`.
pub(crate) fn is_plain_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character))
}

/// Returns true if the text is a non-empty run of ASCII digits.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The pattern of a role ARN, as the Lambda model writes it.
pub(crate) const ROLE_PATTERN: &str = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

/// Returns true if the text matches [`ROLE_PATTERN`].
pub(crate) fn is_role(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts[..] else { return false };
    let name = resource.strip_prefix("role").unwrap_or_default();
    arn == "arn"
        && (partition.is_empty() || is_partition(partition))
        && service == "iam"
        && region.is_empty()
        && is_account(account)
        && !name.trim_start_matches('/').is_empty()
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "_+=,.@-/".contains(character))
}

/// Returns true if the text is a twelve-digit account number.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && is_number(text)
}

/// Returns true if the text is a partition, such as `aws` or `aws-us-gov`.
pub(crate) fn is_partition(text: &str) -> bool {
    let rest = text.strip_prefix("aws");
    rest.is_some_and(|rest| rest.chars().all(|character| character.is_ascii_alphabetic() || character == '-'))
}
