//! The conditions of reads and writes, which compare ETags.

use super::buckets::Object;
use super::errors::{no_such_key, not_implemented, precondition_failed};
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireRequest;

/// The conditions of one request.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    matches: Option<String>,
    matches_none: Option<String>,
}

impl Conditions {
    /// Reads the conditions; those on time are refused, because ignoring a condition would be kinder than AWS.
    pub(super) fn of(request: &WireRequest) -> Result<Self, Refusal> {
        let unknown = [
            "if-modified-since",
            "if-unmodified-since",
            "if-range",
            "x-amz-if-match-size",
            "x-amz-if-match-last-modified-time",
        ];
        if let Some(name) = unknown.into_iter().find(|name| request.header(name).is_some()) {
            return Err(not_implemented(name));
        }
        let given = |name: &str| request.header(name).map(str::to_owned);
        Ok(Self { matches: given("if-match"), matches_none: given("if-none-match") })
    }

    /// Refuses a write that would replace something else than the caller believes.
    pub(super) fn check_write(&self, current: Option<&Object>) -> Result<(), Refusal> {
        match (&self.matches, self.matches_none.as_deref()) {
            (None, Some("*")) if current.is_some() => Err(precondition_failed()),
            (None, None | Some("*")) => Ok(()),
            (Some(expected), None) => match current {
                None => Err(no_such_key()),
                Some(object) if is_one_of(expected, object) => Ok(()),
                Some(_) => Err(precondition_failed()),
            },
            (None, Some(_)) => Err(not_implemented("If-None-Match")),
            (Some(_), Some(_)) => Err(not_implemented("If-Match with If-None-Match")),
        }
    }

    /// Refuses a delete of something else than the caller believes.
    pub(super) fn check_delete(&self, current: Option<&Object>) -> Result<(), Refusal> {
        if self.matches_none.is_some() {
            return Err(not_implemented("If-None-Match"));
        }
        self.check_write(current)
    }

    /// Refuses a read of something else, or of what the caller has already (304).
    pub(super) fn check_read(&self, object: &Object) -> Result<(), Refusal> {
        if self.matches.as_ref().is_some_and(|expected| !is_one_of(expected, object)) {
            return Err(precondition_failed());
        }
        if self.matches_none.as_ref().is_some_and(|known| is_one_of(known, object)) {
            return Err(Refusal::new(304, "NotModified", "Not Modified"));
        }
        Ok(())
    }
}

fn is_one_of(tags: &str, object: &Object) -> bool {
    tags.split(',').map(|tag| tag.trim().trim_matches('"')).any(|tag| tag == "*" || tag == object.etag)
}
