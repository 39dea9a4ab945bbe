//! What can go wrong on demand: denials, throttling, failures before or after the effect, answers that are lost on the way.
//!
//! Rules are consulted in the order they were added; a counted rule disappears when it is used up, one with a chance
//! draws from the world's seed. A failure *after* the effect is the interesting one: the caller cannot know that the
//! write happened (R35).

use super::dice::{Dice, Purpose};
use super::fault_rule::{FaultKind, FaultRule, Frequency};
use super::refusal::Refusal;
use super::service::Service;
use super::wire::{Manner, WireResponse};

/// When a failure strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the operation: nothing happened.
    Before,
    /// After the operation: it took effect, and its answer is lost.
    After,
}

/// The faults that one world will show.
#[derive(Debug, Clone)]
pub struct Faults {
    dice: Dice,
    rules: Vec<FaultRule>,
    failed_updates: Vec<String>,
    /// The operation and the resource of the call that is performed; kept only while a rule wants things to end badly.
    performed: Option<(String, String)>,
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
    /// Starts without rules.
    pub(crate) fn new(seed: u64) -> Self {
        let dice = Dice::new(seed, Purpose::Faults);
        Self { dice, rules: Vec::new(), failed_updates: Vec::new(), performed: None }
    }

    /// Adds a rule after those that are there.
    pub fn add(&mut self, rule: FaultRule) {
        if rule.frequency != Frequency::Next(0) {
            self.rules.push(rule);
        }
    }

    /// Denies an operation on every resource whose ARN contains the text, until [`Faults::clear`].
    pub fn deny(&mut self, operation: &str, resource: &str) {
        let rule = FaultRule::new(operation, FaultKind::Deny, Frequency::Percent(100));
        self.add(FaultRule { resource: resource.to_owned(), ..rule });
    }

    /// Throttles the next calls of an operation, or of any with `*`.
    pub fn throttle_next(&mut self, operation: &str, count: u32) {
        self.add(FaultRule::new(operation, FaultKind::Throttle, Frequency::Next(count)));
    }

    /// Fails the next calls of an operation, or of any with `*`, with HTTP 500.
    pub fn fail_next(&mut self, operation: &str, count: u32, moment: Moment) {
        self.add(FaultRule::new(operation, FaultKind::Error(moment), Frequency::Next(count)));
    }

    /// Answers the next calls of an operation with this error instead of performing them.
    pub fn refuse_next(&mut self, operation: &str, count: u32, status: u16, code: &str, message: &str) {
        let (code, message) = (code.to_owned(), message.to_owned());
        let kind = FaultKind::Answer { status, code, message };
        self.add(FaultRule::new(operation, kind, Frequency::Next(count)));
    }

    /// Lets the next update of this function end with `LastUpdateStatus` `Failed` and the old values kept (R5).
    pub fn end_update_failed(&mut self, function: &str) {
        self.failed_updates.push(function.to_owned());
    }

    /// Forgets every rule.
    pub fn clear(&mut self) {
        self.rules.clear();
        self.failed_updates.clear();
        self.performed = None;
    }

    /// Returns the refusal that strikes before the operation, if any.
    pub(crate) fn before(&mut self, occasion: Occasion<'_>) -> Option<Refusal> {
        let Occasion { service, operation, resource, caller } = occasion;
        let ends_badly = self.rules.iter().any(|rule| rule.kind == FaultKind::Failed);
        self.performed = ends_badly.then(|| (operation.to_owned(), resource.to_owned()));
        let kind = self.strike(operation, resource, |kind| {
            matches!(
                kind,
                FaultKind::Deny
                    | FaultKind::Throttle
                    | FaultKind::Error(Moment::Before)
                    | FaultKind::Answer { .. }
            )
        })?;
        match kind {
            FaultKind::Deny => Some(denied(service, operation, resource, caller)),
            FaultKind::Throttle => Some(service.throttled()),
            FaultKind::Answer { status, code, message } => Some(Refusal::new(status, code, message)),
            _ => Some(service.failed()),
        }
    }

    /// Returns the refusal that replaces the answer of an operation which took effect, if any.
    pub(crate) fn after(&mut self, occasion: Occasion<'_>) -> Option<Refusal> {
        let is_after = |kind: &FaultKind| matches!(kind, FaultKind::Error(Moment::After));
        self.strike(occasion.operation, occasion.resource, is_after)?;
        Some(occasion.service.failed())
    }

    /// Returns the answer as it will travel: whole, slow, broken off, or not at all.
    pub(crate) fn delivered(&mut self, occasion: Occasion<'_>, mut answer: WireResponse) -> WireResponse {
        let has_body = !answer.body.is_empty();
        let kind = self.strike(occasion.operation, occasion.resource, |kind| {
            // An answer without a body cannot be slow or malformed; the rule waits for one that can.
            matches!(kind, FaultKind::Drop)
                || (has_body && matches!(kind, FaultKind::Slow | FaultKind::Malformed))
        });
        match kind {
            Some(FaultKind::Drop) => answer.delivery.manner = Manner::Dropped,
            Some(FaultKind::Slow) => answer.delivery.manner = Manner::Slow,
            Some(FaultKind::Malformed) => answer.body.truncate(answer.body.len() / 2),
            _ => {}
        }
        answer
    }

    /// Returns true if what is being done to this function must end badly, and uses that rule up.
    pub(crate) fn take_failed_update(&mut self, function: &str) -> bool {
        let named = self.failed_updates.iter().position(|name| name == function);
        if let Some(index) = named {
            self.failed_updates.remove(index);
            return true;
        }
        let Some((operation, resource)) = self.performed.take() else { return false };
        self.strike(&operation, &resource, |kind| *kind == FaultKind::Failed).is_some()
    }

    /// Returns the kind of the first rule that strikes; each rule with a chance that is asked draws once.
    fn strike(
        &mut self,
        operation: &str,
        resource: &str,
        is_due: impl Fn(&FaultKind) -> bool,
    ) -> Option<FaultKind> {
        let dice = &mut self.dice;
        let mut rules = self.rules.iter_mut();
        let index = rules.position(|rule| {
            is_due(&rule.kind) && rule.is_about(operation, resource) && rule.frequency.strikes(dice)
        })?;
        let rule = self.rules.get(index)?;
        let kind = rule.kind.clone();
        if rule.frequency == Frequency::Next(0) {
            self.rules.remove(index);
        }
        Some(kind)
    }
}

fn denied(service: Service, operation: &str, resource: &str, caller: &str) -> Refusal {
    let action = format!("{}:{operation}", service.prefix());
    let refusal = Refusal::access_denied(caller, &action, resource);
    // The JSON 1.0 protocol of Step Functions answers every client error with 400.
    let status = if service == Service::States { 400 } else { 403 };
    Refusal { status, ..refusal }
}
