//! Ctrl-C and SIGTERM, as requests to stop.

use crate::{apply::Cancel, console::Console};

/// Listens for signals until the program ends. The first one starts nothing new, the second gives
/// up waiting.
pub(crate) fn listen(cancel: &Cancel, console: &Console) {
    let (cancel, console) = (cancel.clone(), console.clone());
    tokio::spawn(async move {
        let mut count = 0_u32;
        while let Some(name) = next_signal().await {
            count += 1;
            // The first request is told by the apply itself, as an event.
            if count > 1 {
                console.warn(&format!(
                    "{name} again: giving up; the next apply looks what became of the running actions"
                ));
            }
            cancel.request();
        }
    });
}

#[cfg(unix)]
async fn next_signal() -> Option<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).ok()?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.ok().map(|()| "interrupted"),
        received = terminate.recv() => received.map(|()| "terminated"),
    }
}

#[cfg(not(unix))]
async fn next_signal() -> Option<&'static str> {
    tokio::signal::ctrl_c().await.ok().map(|()| "interrupted")
}
