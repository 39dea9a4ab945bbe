//! Ctrl-C and SIGTERM, as requests to stop.

use crate::{apply::Cancel, console::Console};

/// Listens for signals until the program ends. The first one starts nothing new, the second gives
/// up waiting.
pub(crate) fn listen(cancel: &Cancel, console: &Console) {
    let (cancel, console) = (cancel.clone(), console.clone());
    let mut signals = Signals::new();
    tokio::spawn(async move {
        let mut count = 0_u32;
        while let Some(name) = signals.next().await {
            count += 1;
            // The first one is told by the apply itself, which knows what it still finishes.
            if count > 1 {
                let words = "giving up; the next apply looks what became of the running actions";
                console.warn(&format!("{name}: {words}"));
            }
            cancel.request();
        }
    });
}

/// The signals that ask to stop. It is made once and kept, so that none is lost between two waits;
/// what could not be registered never comes.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Takes the signals over; from now on they do not end the process.
    pub(crate) fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let [interrupt, terminate] =
            [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok());
        Self { interrupt, terminate }
    }

    /// Waits for the next one, and returns what it did to us.
    pub(crate) async fn next(&mut self) -> Option<&'static str> {
        let Self { interrupt: Some(interrupt), terminate: Some(terminate) } = self else {
            return std::future::pending().await;
        };
        tokio::select! {
            received = interrupt.recv() => received.map(|()| "interrupted"),
            received = terminate.recv() => received.map(|()| "terminated"),
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Nothing needs to be prepared here.
    pub(crate) fn new() -> Self {
        Self {}
    }

    /// Waits for the next one, and returns what it did to us.
    pub(crate) async fn next(&mut self) -> Option<&'static str> {
        tokio::signal::ctrl_c().await.ok().map(|()| "interrupted")
    }
}
