//! Whether a function can be worked with, as GetFunction tells it in two pairs of members.

use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State};

use crate::model::Health;

use super::failure::scrubbed;

/// Returns the health. A missing status is a successful one: a version that was just published has
/// none, and neither have the answers of some emulators.
pub(super) fn health(reported: &FunctionConfiguration) -> Health {
    match reported.state() {
        Some(State::Pending) => Health::Pending,
        // An idle function wakes at the next invoke; one on managed instances runs its versions.
        None | Some(State::Active | State::Inactive | State::ActiveNonInvocable) => after_update(reported),
        Some(State::Failed) => {
            Health::Failed(reason(reported.state_reason(), "the function could not be created"))
        }
        Some(other) => {
            let state = format!("the function is in the state `{}`", other.as_str());
            Health::Failed(reason(reported.state_reason(), &state))
        }
    }
}

fn after_update(reported: &FunctionConfiguration) -> Health {
    match reported.last_update_status() {
        Some(LastUpdateStatus::InProgress) => Health::InProgress,
        Some(LastUpdateStatus::Failed) => {
            Health::Failed(reason(reported.last_update_status_reason(), "the last update failed"))
        }
        // Successful, absent, or a word of a later SDK: nothing stands in the way.
        _ => Health::Ready,
    }
}

fn reason(reported: Option<&str>, otherwise: &str) -> String {
    let words = reported.map(scrubbed).filter(|words| !words.is_empty());
    words.unwrap_or_else(|| otherwise.to_owned())
}
