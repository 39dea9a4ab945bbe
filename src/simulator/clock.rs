//! The three ways AWS writes an instant, and addition that cannot overflow.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

/// Returns the instant as Lambda writes it: `2026-11-22T10:00:00.000+0000`.
pub(crate) fn lambda_text(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// Returns the instant as provisioned concurrency and the query protocols write it, with the given ending.
pub(crate) fn second_text(instant: Timestamp, ending: &str) -> String {
    format!("{}{ending}", instant.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// Returns the instant as function URLs write it, with microseconds.
pub(crate) fn microsecond_text(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Returns the instant as Step Functions writes it: seconds since the epoch, with milliseconds.
pub(crate) fn epoch_seconds(instant: Timestamp) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since the epoch stay far below 2^52")]
    let seconds = instant.as_millisecond() as f64 / 1000.0;
    Value::from(seconds)
}

/// Returns the instant that lies `span` after this one, or the end of time.
pub(crate) fn after(instant: Timestamp, span: Duration) -> Timestamp {
    instant.checked_add(span).unwrap_or(Timestamp::MAX)
}
