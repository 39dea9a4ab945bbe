//! An event of an apply as one plain line, for logs and pipes.

use crate::{
    event::Event,
    model::{Address, Routing},
    store::{DeploymentOutcome, Outcome},
};

use super::{
    style::{Ink, Style},
    words::count,
};

/// Returns an event as one line; nothing for the end, which the closing report tells better.
pub fn event_line(event: &Event, style: Style) -> Option<String> {
    let about = |address: &Address, ink: Ink, words: &str| format!("{address}: {}", style.paint(ink, words));
    Some(match event {
        Event::Started { deployment, actions, is_resumed } => {
            let verb = if *is_resumed { "goes on" } else { "begins" };
            format!("deployment {deployment} {verb}: {}", count(*actions, "action"))
        }
        Event::ActionStarted { address, summary } => about(address, Ink::Plain, summary),
        Event::ActionWaiting { address, what } => about(address, Ink::Faint, &format!("waits: {what}")),
        Event::ActionFinished { address, outcome } => {
            about(address, outcome_ink(outcome), &outcome_words(outcome))
        }
        Event::GroupGoesBack { group, because } => {
            let why = because
                .as_ref()
                .map_or("somebody asked to stop".to_owned(), |because| format!("{because} was not done"));
            style.paint(Ink::Warning, &format!("group {group} goes back to where it was: {why}"))
        }
        Event::Stopping => style.paint(
            Ink::Warning,
            "stopping: nothing new begins, and what runs is finished; interrupt again to leave at once",
        ),
        Event::Throttled { operation } => {
            style.paint(Ink::Faint, &format!("AWS throttles {operation}; it is repeated after a pause"))
        }
        Event::Finished { .. } => return None,
    })
}

/// Returns how an action ended, in one word.
pub(super) fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done { .. } => "done",
        Outcome::AlreadyDone => "already done",
        Outcome::Protected { .. } => "protected",
        Outcome::Moved { .. } => "moved",
        Outcome::Failed { .. } => "failed",
        Outcome::Unknown { .. } => "unknown",
        Outcome::MovedBack { .. } => "moved back",
        Outcome::NotMovedBack { .. } => "not moved back",
        Outcome::Skipped { .. } => "skipped",
        Outcome::NotBegun => "not begun",
    }
}

/// Returns what there is to say about how an action ended, beyond the word.
pub(super) fn outcome_detail(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Done { detail: Some(detail), version: _ } => Some(detail.clone()),
        Outcome::Done { detail: None, version } => version.map(|version| format!("version {version}")),
        Outcome::AlreadyDone | Outcome::NotBegun => None,
        Outcome::Protected { reason } => Some(reason.clone()),
        Outcome::Moved { what } => Some(format!("{what}; nothing was sent")),
        Outcome::Failed { message } => Some(message.clone()),
        Outcome::Unknown { why } => Some(format!("the next apply looks again: {why}")),
        Outcome::MovedBack { to, because } => Some(moved_back_words(to.as_ref(), because.as_ref())),
        Outcome::NotMovedBack { why } => Some(why.clone()),
        Outcome::Skipped { because } => Some(format!("it waits for {because}")),
    }
}

fn moved_back_words(to: Option<&Routing>, because: Option<&Address>) -> String {
    let what =
        to.map_or("what is remembered of it is as before".to_owned(), |to| format!("points to {to} again"));
    let why = because.map_or("the apply was stopped".to_owned(), |because| format!("{because} was not done"));
    format!("{what}: {why}")
}

fn outcome_words(outcome: &Outcome) -> String {
    let word = outcome_word(outcome);
    outcome_detail(outcome).map_or_else(|| word.to_owned(), |detail| format!("{word}: {detail}"))
}

pub(super) fn outcome_ink(outcome: &Outcome) -> Ink {
    match outcome {
        Outcome::Done { .. } => Ink::Create,
        Outcome::AlreadyDone | Outcome::Skipped { .. } | Outcome::NotBegun => Ink::Faint,
        Outcome::Protected { .. } | Outcome::MovedBack { .. } => Ink::Warning,
        Outcome::Moved { .. }
        | Outcome::Failed { .. }
        | Outcome::Unknown { .. }
        | Outcome::NotMovedBack { .. } => Ink::Alarm,
    }
}

/// Returns how a deployment ended, in one word.
pub(super) fn deployment_word(outcome: DeploymentOutcome) -> &'static str {
    match outcome {
        DeploymentOutcome::Completed => "completed",
        DeploymentOutcome::Failed => "failed",
        DeploymentOutcome::Interrupted => "interrupted",
    }
}
