//! The laws of design §3.9 on random worlds, with the whole engine and the real SDK in one process.
//!
//! A [`case::Case`] is drawn: functions with versions, aliases and machines as somebody left them, what
//! the TOML says of them, and perhaps a past with an earlier apply and moves by hand. [`scene`] builds
//! the account through the wire, [`account`] runs the engine on it, and [`watch`] looks at the account
//! after every write. A failure prints the smallest case that it found; `PROPTEST_CASES=2000` searches
//! longer.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod account;
mod account_view;
mod adoption;
mod case;
mod convergence;
mod desire;
mod economy;
mod groups;
mod holds;
#[path = "../support/in_process.rs"]
mod in_process;
mod lost_answers;
mod parts;
mod persistence;
mod resumption;
mod scene;
mod watch;
mod wire;

use std::future::Future;

use proptest::test_runner::{Config, TestCaseError};

/// How a law ends for one case.
type Verdict = Result<(), TestCaseError>;

/// Returns how many cases a law looks at; `PROPTEST_CASES` asks for more.
fn cases(usual: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let cases = asked.unwrap_or(usual);
    Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() }
}

/// Runs one case on virtual time: every wait ends as soon as nothing else is to be done.
fn on_virtual_time(law: impl Future<Output = Verdict>) -> Verdict {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap().block_on(law)
}
