//! What can go wrong on demand: denials, throttling, failures before or after the effect, updates that end badly.
//!
//! Rules are consulted in the order they were added; a counted rule disappears when it is used up.
//! A failure *after* the effect is the interesting one: the caller cannot know that the write happened (R35).

use super::refusal::Refusal;
use super::service::Service;

/// When a failure strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the operation: nothing happened.
    Before,
    /// After the operation: it took effect, and its answer is lost.
    After,
}

/// The faults that one world will show.
#[derive(Debug, Default)]
pub struct Faults {
    denials: Vec<Denial>,
    counted: Vec<Counted>,
    failed_updates: Vec<String>,
}

#[derive(Debug)]
struct Denial {
    operation: String,
    resource: String,
}

#[derive(Debug)]
struct Counted {
    operation: String,
    remaining: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Throttle,
    Fail(Moment),
    Answer(Refusal),
}

/// The call that the rules look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occasion<'a> {
    pub(crate) service: Service,
    pub(crate) operation: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) caller: &'a str,
}

impl Faults {
    /// Denies an operation on every resource whose ARN contains the text, until [`Faults::clear`].
    pub fn deny(&mut self, operation: &str, resource: &str) {
        self.denials.push(Denial { operation: bare(operation), resource: resource.to_owned() });
    }

    /// Throttles the next calls of an operation, or of any with `*`.
    pub fn throttle_next(&mut self, operation: &str, count: u32) {
        self.count_down(operation, count, Kind::Throttle);
    }

    /// Fails the next calls of an operation, or of any with `*`, with HTTP 500.
    pub fn fail_next(&mut self, operation: &str, count: u32, moment: Moment) {
        self.count_down(operation, count, Kind::Fail(moment));
    }

    /// Answers the next calls of an operation with this error instead of performing them.
    pub fn refuse_next(&mut self, operation: &str, count: u32, status: u16, code: &str, message: &str) {
        let refusal = Refusal::new(status, code.to_owned(), message);
        self.count_down(operation, count, Kind::Answer(refusal));
    }

    /// Lets the next update of this function end with `LastUpdateStatus` `Failed` and the old values kept (R5).
    pub fn end_update_failed(&mut self, function: &str) {
        self.failed_updates.push(function.to_owned());
    }

    /// Forgets every rule.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Returns the refusal that strikes before the operation, if any.
    pub(crate) fn before(&mut self, occasion: Occasion<'_>) -> Option<Refusal> {
        let Occasion { service, operation, resource, caller } = occasion;
        let is_denied =
            |denial: &Denial| matches(&denial.operation, operation) && resource.contains(&denial.resource);
        if self.denials.iter().any(is_denied) {
            let action = format!("{}:{operation}", service.prefix());
            let mut refusal = Refusal::access_denied(caller, &action, resource);
            // The JSON 1.0 protocol of Step Functions answers every client error with 400.
            refusal.status = if service == Service::States { 400 } else { 403 };
            return Some(refusal);
        }
        let strikes = |kind: &Kind| !matches!(kind, Kind::Fail(Moment::After));
        self.take(operation, strikes, service)
    }

    /// Returns the refusal that replaces the answer of an operation which took effect, if any.
    pub(crate) fn after(&mut self, occasion: Occasion<'_>) -> Option<Refusal> {
        self.take(occasion.operation, |kind| matches!(kind, Kind::Fail(Moment::After)), occasion.service)
    }

    /// Returns true if this update of the function must end badly, and uses that rule up.
    pub(crate) fn take_failed_update(&mut self, function: &str) -> bool {
        let found = self.failed_updates.iter().position(|name| name == function);
        found.map(|index| self.failed_updates.remove(index)).is_some()
    }

    fn count_down(&mut self, operation: &str, count: u32, kind: Kind) {
        if count > 0 {
            self.counted.push(Counted { operation: bare(operation), remaining: count, kind });
        }
    }

    fn take(
        &mut self,
        operation: &str,
        strikes: impl Fn(&Kind) -> bool,
        service: Service,
    ) -> Option<Refusal> {
        let is_next = |rule: &Counted| strikes(&rule.kind) && matches(&rule.operation, operation);
        let index = self.counted.iter().position(is_next)?;
        let rule = self.counted.get_mut(index)?;
        rule.remaining -= 1;
        let refusal = match &rule.kind {
            Kind::Throttle => service.throttled(),
            Kind::Fail(_) => service.failed(),
            Kind::Answer(refusal) => refusal.clone(),
        };
        if rule.remaining == 0 {
            self.counted.remove(index);
        }
        Some(refusal)
    }
}

/// Returns the operation without the service in front of it: `lambda:UpdateAlias` is `UpdateAlias`.
fn bare(operation: &str) -> String {
    operation.rsplit(':').next().unwrap_or(operation).to_owned()
}

fn matches(rule: &str, operation: &str) -> bool {
    rule == "*" || rule == operation
}
