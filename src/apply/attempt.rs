//! One write, tried until its effect is known.
//!
//! ```text
//! look ─▶ wanted already? ─▶ send ─▶ accepted
//!   ▲                         │ refused for now, or the answer was lost
//!   └────────── pause ────────┘
//! ```
//!
//! Every write of an apply goes through here. The look decides; a write names the revision of that
//! look; an answer that was lost is resolved by looking once more (style §7).

use crate::{
    provider::{FailureKind, ProviderError},
    store::Outcome,
};

use super::wait::{IAM_MINUTES, Pauses};

/// How often a write is tried again after a conflict or a lost answer. Each try begins with a
/// look, so a repeated write is never a second one.
const TRIES: usize = 5;

/// What a look before a write found. What moved, and what cannot be read, are outcomes instead.
pub(super) enum Seen<T> {
    /// The world is as the action wants it.
    Wanted,
    /// The world is as the plan saw it, so the write may go out, with what was read.
    AsPlanned(T),
}

/// Looks and sends until AWS accepts the write, and returns its answer; nothing where an earlier
/// try took effect although its answer was lost. `look` is told whether a write may have taken
/// effect already.
pub(super) async fn attempt<T, A>(
    look: impl AsyncFn(bool) -> Result<Seen<T>, Outcome>,
    send: impl AsyncFn(T) -> Result<A, ProviderError>,
) -> Result<Option<A>, Outcome> {
    let mut was_sent = false;
    let mut last_error = None;
    let (mut pauses, mut pauses_for_role) = (Pauses::settling(), Pauses::of_iam());
    let mut tries = 0;
    while tries < TRIES {
        let seen = match look(was_sent).await.map_err(|outcome| in_doubt(outcome, was_sent))? {
            Seen::Wanted if was_sent => return Ok(None),
            Seen::Wanted => return Err(Outcome::AlreadyDone),
            Seen::AsPlanned(seen) => seen,
        };
        match send(seen).await {
            Ok(answer) => return Ok(Some(answer)),
            // IAM takes seconds to tell of a new role, and nothing else has to be asked meanwhile (T23).
            Err(error) if error.kind == FailureKind::RoleNotReady => {
                if !pauses_for_role.pause().await {
                    let message = format!("{error}; it said so for {IAM_MINUTES} minutes");
                    return Err(in_doubt(Outcome::Failed { message }, was_sent));
                }
            }
            Err(error) if is_worth_another_look(&error.kind) => {
                tries += 1;
                was_sent |= error.kind.is_effect_unknown();
                last_error = Some(error);
                pauses.pause().await;
            }
            Err(error) => return Err(in_doubt(failed(&error), was_sent)),
        }
    }
    let gave_up = || Outcome::Failed { message: "it changed under every try".to_owned() };
    Err(in_doubt(last_error.map_or_else(gave_up, |error| failed(&error)), was_sent))
}

/// Returns the outcome of a write that failed for good.
pub(super) fn failed(error: &ProviderError) -> Outcome {
    if error.kind.is_effect_unknown() {
        Outcome::Unknown { why: error.to_string() }
    } else {
        Outcome::Failed { message: error.to_string() }
    }
}

/// Returns the outcome of a look that failed; nothing was sent by it.
pub(super) fn failed_look(error: &ProviderError) -> Outcome {
    Outcome::Failed { message: error.to_string() }
}

/// Returns the outcome of a try that ended badly after a write whose answer was lost: what it did
/// is for the next look to find out.
fn in_doubt(outcome: Outcome, was_sent: bool) -> Outcome {
    match outcome {
        Outcome::Failed { message } if was_sent => Outcome::Unknown { why: message },
        Outcome::Moved { what } if was_sent => Outcome::Unknown { why: what },
        outcome => outcome,
    }
}

/// Tells whether looking again and repeating can help after this failure.
fn is_worth_another_look(kind: &FailureKind) -> bool {
    kind.is_effect_unknown()
        || matches!(
            kind,
            FailureKind::Busy
                | FailureKind::PreconditionFailed
                | FailureKind::AlreadyExists
                | FailureKind::NotFound
        )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn refusal() -> ProviderError {
        ProviderError {
            kind: FailureKind::RoleNotReady,
            operation: "lambda:CreateFunction",
            subject: "orders-dev".to_owned(),
            message: "The role defined for the function cannot be assumed by Lambda".to_owned(),
        }
    }

    /// Sends until the role is ready, after so many refusals; returns how often, and how it ended.
    async fn created(refusals: usize) -> (usize, Result<Option<()>, Outcome>) {
        let count = Cell::new(0);
        let send = async |()| {
            count.set(count.get() + 1);
            if count.get() > refusals { Ok(()) } else { Err(refusal()) }
        };
        let ended = attempt(async |_| Ok(Seen::AsPlanned(())), send).await;
        (count.get(), ended)
    }

    #[tokio::test(start_paused = true)]
    async fn t23_a_role_that_iam_has_not_told_of_yet_is_tried_again() {
        assert_eq!(created(20).await, (21, Ok(Some(()))));
    }

    #[tokio::test(start_paused = true)]
    async fn t23_a_role_that_is_wrong_for_good_is_told_after_two_minutes() {
        let began = tokio::time::Instant::now();
        let (_, ended) = created(usize::MAX).await;
        assert_eq!(began.elapsed().as_secs(), 120);
        let message = "lambda:CreateFunction on `orders-dev` failed: The role defined for the function cannot \
                       be assumed by Lambda; it said so for 2 minutes";
        assert_eq!(ended, Err(Outcome::Failed { message: message.to_owned() }));
    }
}
