//! One rule about what goes wrong, and how it is written: `OPERATION[@TEXT]:KIND[:COUNT|:PERCENT%]`.
//!
//! ```text
//! UpdateAlias:drop              the next UpdateAlias takes effect, and its connection is dropped
//! PublishVersion@orders:500:3   the next three publishes of functions whose ARN holds `orders` are answered 500
//! *:throttle:5%                 each call is throttled with a chance of 5 in 100
//! ```
//!
//! A rule that can never strike is refused here, because a rehearsal without its fault proves nothing.

use std::str::FromStr;

use super::dice::Dice;
use super::faults::Moment;
use super::operations::is_operation;

/// A rule about what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// The operation, such as `UpdateAlias`, or `*` for any.
    pub operation: String,
    /// A part of the ARNs that it is about; empty for all.
    pub resource: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often.
    pub frequency: Frequency,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The service fails with HTTP 500.
    Error(Moment),
    /// The operation takes effect, and the connection is dropped before the first byte of the answer.
    Drop,
    /// The body of the answer comes in small pieces.
    Slow,
    /// The body of the answer ends in the middle.
    Malformed,
    /// The call is above a rate.
    Throttle,
    /// The caller lacks the permission.
    Deny,
    /// What is begun for a function ends `Failed`.
    Failed,
    /// This error is answered, and nothing performed.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
        /// The words.
        message: String,
    },
}

/// How often a rule strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// The next so many calls.
    Next(u32),
    /// Each call, with a chance in percent.
    Percent(u64),
}

/// A text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultRuleError {
    /// Something is missing.
    #[error("`{0}` is no fault: write OPERATION:KIND, such as `UpdateAlias:drop` or `*:500:5%`")]
    Form(String),
    /// Nothing is called so.
    #[error("no operation is called `{0}`")]
    Operation(String),
    /// The kind is not known.
    #[error("`{0}` is no kind of fault: take 500, drop, slow, malformed, throttle, deny or failed")]
    Kind(String),
    /// The number of times is no number of times.
    #[error("`{0}` says no number of times: write a count such as `3`, or a chance from `1%` to `100%`")]
    Frequency(String),
    /// Only some operations end later than their answer.
    #[error(
        "`{0}` cannot end as failed: take *, CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration or PublishVersion"
    )]
    Unfailing(String),
}

const FAILING: [&str; 5] =
    ["*", "CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration", "PublishVersion"];

impl FaultRule {
    /// Returns a rule about an operation on any resource; `lambda:UpdateAlias` is `UpdateAlias`.
    pub fn new(operation: &str, kind: FaultKind, frequency: Frequency) -> Self {
        let bare = operation.rsplit(':').next().unwrap_or(operation);
        Self { operation: bare.to_owned(), resource: String::new(), kind, frequency }
    }

    /// Returns true if the rule looks at this call.
    pub(crate) fn is_about(&self, operation: &str, resource: &str) -> bool {
        (self.operation == "*" || self.operation == operation) && resource.contains(&self.resource)
    }
}

impl Frequency {
    /// Decides about one call and counts it.
    pub(crate) fn strikes(&mut self, dice: &mut Dice) -> bool {
        match self {
            Self::Next(remaining) => {
                let is_left = *remaining > 0;
                *remaining = remaining.saturating_sub(1);
                is_left
            }
            Self::Percent(percent) => dice.percent() < *percent,
        }
    }
}

impl FromStr for FaultRule {
    type Err = FaultRuleError;

    fn from_str(text: &str) -> Result<Self, FaultRuleError> {
        let form = || FaultRuleError::Form(text.to_owned());
        let (subject, rest) = text.split_once(':').ok_or_else(form)?;
        let (operation, resource) = match subject.split_once('@') {
            Some((_, "")) => return Err(form()),
            Some((operation, resource)) => (operation, resource),
            None => (subject, ""),
        };
        if operation != "*" && !is_operation(operation) {
            return Err(FaultRuleError::Operation(operation.to_owned()));
        }
        let (kind, times) = rest.split_once(':').map_or((rest, None), |(kind, times)| (kind, Some(times)));
        let kind = read_kind(kind)?;
        if kind == FaultKind::Failed && !FAILING.contains(&operation) {
            return Err(FaultRuleError::Unfailing(operation.to_owned()));
        }
        let frequency = times.map_or(Ok(Frequency::Next(1)), read_frequency)?;
        Ok(Self { resource: resource.to_owned(), ..Self::new(operation, kind, frequency) })
    }
}

fn read_kind(text: &str) -> Result<FaultKind, FaultRuleError> {
    match text {
        "500" => Ok(FaultKind::Error(Moment::Before)),
        "drop" => Ok(FaultKind::Drop),
        "slow" => Ok(FaultKind::Slow),
        "malformed" => Ok(FaultKind::Malformed),
        "throttle" => Ok(FaultKind::Throttle),
        "deny" => Ok(FaultKind::Deny),
        "failed" => Ok(FaultKind::Failed),
        _ => Err(FaultRuleError::Kind(text.to_owned())),
    }
}

fn read_frequency(text: &str) -> Result<Frequency, FaultRuleError> {
    let refused = || FaultRuleError::Frequency(text.to_owned());
    let frequency = match text.strip_suffix('%') {
        Some(percent) => Frequency::Percent(percent.parse().map_err(|_| refused())?),
        None => Frequency::Next(text.parse().map_err(|_| refused())?),
    };
    match frequency {
        Frequency::Next(0) | Frequency::Percent(0 | 101..) => Err(refused()),
        _ => Ok(frequency),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_documents() {
        let rule = |text: &str| text.parse::<FaultRule>().unwrap();
        let once = FaultRule::new("UpdateAlias", FaultKind::Drop, Frequency::Next(1));
        assert_eq!(rule("UpdateAlias:drop"), once);
        let publishes =
            FaultRule::new("PublishVersion", FaultKind::Error(Moment::Before), Frequency::Next(3));
        let publishes = FaultRule { resource: "orders".to_owned(), ..publishes };
        assert_eq!(rule("PublishVersion@orders:500:3"), publishes);
        let any = FaultRule::new("*", FaultKind::Throttle, Frequency::Percent(5));
        assert_eq!(rule("*:throttle:5%"), any);
    }

    #[test]
    fn refuses_what_could_never_strike() {
        let cases = [
            ("drop", "`drop` is no fault: write OPERATION:KIND, such as `UpdateAlias:drop` or `*:500:5%`"),
            ("UpdateAlais:drop", "no operation is called `UpdateAlais`"),
            (
                "*:explode",
                "`explode` is no kind of fault: take 500, drop, slow, malformed, throttle, deny or failed",
            ),
            (
                "*:500:0",
                "`0` says no number of times: write a count such as `3`, or a chance from `1%` to `100%`",
            ),
            (
                "*:500:101%",
                "`101%` says no number of times: write a count such as `3`, or a chance from `1%` to `100%`",
            ),
            (
                "UpdateAlias:failed",
                "`UpdateAlias` cannot end as failed: take *, CreateFunction, UpdateFunctionCode, \
                 UpdateFunctionConfiguration or PublishVersion",
            ),
        ];
        for (text, words) in cases {
            assert_eq!(text.parse::<FaultRule>().unwrap_err().to_string(), words);
        }
    }
}
