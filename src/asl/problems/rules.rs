//! What each type of state has, as the Amazon States Language says.

use crate::asl::reference::QueryLanguage;

/// The type of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StateType {
    Task,
    Pass,
    Choice,
    Wait,
    Succeed,
    Fail,
    Parallel,
    Map,
}

/// All types, as they are written.
pub(super) const TYPES: [(&str, StateType); 8] = [
    ("Task", StateType::Task),
    ("Pass", StateType::Pass),
    ("Choice", StateType::Choice),
    ("Wait", StateType::Wait),
    ("Succeed", StateType::Succeed),
    ("Fail", StateType::Fail),
    ("Parallel", StateType::Parallel),
    ("Map", StateType::Map),
];

/// The fields that say how long a `Wait` takes: one of them.
pub(super) const WAITS: [&str; 4] = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];

/// The fields that hold a path, in any state that has them.
pub(super) const PATHS: [&str; 4] = ["InputPath", "OutputPath", "ItemsPath", "SecondsPath"];

/// The fields that hold a path or a call of an intrinsic function.
pub(super) const PATHS_OR_CALLS: [&str; 8] = [
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "ErrorPath",
    "CausePath",
];

/// The fields that hold a template, in which keys that end in `.$` have paths.
pub(super) const TEMPLATES: [&str; 5] =
    ["Parameters", "ResultSelector", "ItemSelector", "Credentials", "Assign"];

/// The fields that only one of the query languages has.
pub(super) const fn foreign_fields(language: QueryLanguage) -> &'static [&'static str] {
    match language {
        QueryLanguage::Jsonata => {
            &["InputPath", "OutputPath", "ResultPath", "ItemsPath", "Parameters", "ResultSelector"]
        }
        QueryLanguage::JsonPath => &["Arguments", "Output", "Items"],
    }
}

impl StateType {
    /// Says whether the state goes on by `Next` or ends by `End`.
    pub(super) const fn has_next(self) -> bool {
        match self {
            Self::Task | Self::Pass | Self::Wait | Self::Parallel | Self::Map => true,
            Self::Choice | Self::Succeed | Self::Fail => false,
        }
    }

    /// Says whether the state can fail in a way that `Retry` and `Catch` see.
    pub(super) const fn can_fail(self) -> bool {
        match self {
            Self::Task | Self::Parallel | Self::Map => true,
            Self::Pass | Self::Choice | Self::Wait | Self::Succeed | Self::Fail => false,
        }
    }
}
