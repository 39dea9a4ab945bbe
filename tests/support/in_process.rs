//! The wire without sockets: the SDK in front of a function, or of the simulated world.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use repoint::{
    provider::aws::{self, HttpClient, WireAnswer, WireCall},
    simulator::{WireRequest, WireResponse, World},
};

/// Returns a client whose network is the world, at the instants that the clock tells.
pub(crate) fn in_process(
    world: Arc<Mutex<World>>,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> HttpClient {
    answering(move |request| world.lock().expect("no other request panicked").handle(clock(), request))
}

/// Returns a client whose network is this function.
pub(crate) fn answering(answer: impl Fn(&WireRequest) -> WireResponse + Send + Sync + 'static) -> HttpClient {
    aws::answering(move |WireCall { method, path, query, headers, body }| {
        let answer = answer(&WireRequest { method, path, query, headers, body });
        Some(WireAnswer { status: answer.status, headers: answer.headers, body: answer.body })
    })
}

/// Returns a clock that starts at a round instant and moves with tokio's (paused) time.
pub(crate) fn virtual_clock() -> impl Fn() -> Timestamp + Clone + Send + Sync + 'static {
    let start: Timestamp = "2026-11-22T10:00:00Z".parse().expect("it is an instant");
    let origin = tokio::time::Instant::now();
    move || start + origin.elapsed()
}
