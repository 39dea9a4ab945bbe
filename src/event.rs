//! What an apply tells while it works.
//!
//! The engine emits events and prints nothing; the screen, the plain lines and the JSON lines are
//! readers of the same events (style §7).

use crate::{
    model::{Address, GroupName},
    store::{DeploymentId, DeploymentOutcome, Outcome},
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The apply holds the lock and begins.
    Started {
        /// The deployment, the interrupted one's where it resumes.
        deployment: DeploymentId,
        /// How many actions it has.
        actions: usize,
        /// Whether an interrupted deployment goes on.
        is_resumed: bool,
    },
    /// An action is sent.
    ActionStarted {
        /// The action.
        address: Address,
        /// What it does, in words.
        summary: String,
    },
    /// An action was accepted and AWS is still working on it.
    ActionWaiting {
        /// The action.
        address: Address,
        /// What is awaited, in words.
        what: String,
    },
    /// An action has its outcome, or was found done before anything was sent.
    ActionFinished {
        /// The action.
        address: Address,
        /// How it ended.
        outcome: Outcome,
    },
    /// Not all of a group moved, so what did is moved back.
    GroupGoesBack {
        /// The group.
        group: GroupName,
        /// The action that was not done; nothing where somebody asked to stop.
        because: Option<Address>,
    },
    /// Somebody asked to stop: nothing new is started.
    Stopping,
    /// AWS throttles; the call is repeated after a pause.
    Throttled {
        /// The operation.
        operation: String,
    },
    /// The apply ended.
    Finished {
        /// The deployment.
        deployment: DeploymentId,
        /// How it ended.
        outcome: DeploymentOutcome,
    },
}

/// Takes the events of an apply.
pub trait Listener {
    /// Takes one event.
    fn hear(&self, event: &Event);
}

impl<F: Fn(&Event)> Listener for F {
    fn hear(&self, event: &Event) {
        self(event);
    }
}
