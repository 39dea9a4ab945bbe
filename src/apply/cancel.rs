//! Stopping in two steps: the first request starts nothing new, the second gives up waiting.

use tokio_util::sync::CancellationToken;

/// The two requests to stop. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    soft: CancellationToken,
    hard: CancellationToken,
}

impl Cancel {
    /// Asks to stop: the first time to start nothing new, the second time to give up waiting.
    pub fn request(&self) {
        if self.soft.is_cancelled() {
            self.hard.cancel();
        }
        self.soft.cancel();
    }

    /// Tells whether nothing new may be started.
    pub fn is_requested(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Waits until nothing new may be started.
    pub async fn requested(&self) {
        self.soft.cancelled().await;
    }

    /// Tells whether nothing is waited for any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.hard.is_cancelled()
    }

    /// Waits until running actions are given up.
    pub async fn given_up(&self) {
        self.hard.cancelled().await;
    }
}
