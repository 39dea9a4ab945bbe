//! What happens when an apply does not end as it should: killed, interrupted, or run twice at once.
//!
//! Nothing is lost in any of them: the next apply ends where the uninterrupted one would have.

mod account;
#[expect(dead_code, reason = "every folder of tests uses its own part of it")]
#[path = "../verbs/hands.rs"]
mod hands;
mod interrupted;
mod killed;
mod locked;
#[expect(dead_code, reason = "every folder of tests uses its own part of it")]
#[path = "../support/sandbox.rs"]
mod sandbox;
mod terminal;

use std::{
    thread,
    time::{Duration, Instant},
};

use repoint::simulator::Knobs;
use sandbox::{Project, Running, Sandbox};

/// How long a line is waited for; only a program that hangs needs so long.
const PATIENCE: Duration = Duration::from_mins(2);

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];

/// Returns the small project and its account, in which updates take this long.
fn small(in_progress: Duration) -> (Sandbox, Project) {
    // A second passes between the steps of a scene, so that the past is over.
    assert!(in_progress <= Duration::from_secs(1), "the scene would not be settled");
    let sandbox = Sandbox::start(Knobs { in_progress, pending: Duration::ZERO, ..Knobs::default() });
    let project = Project::small();
    sandbox.fill(&project, "dev");
    let project = project.on(&sandbox);
    (sandbox, project)
}

/// Waits until the program has told this on standard error.
fn until_told(running: &Running, words: &str) {
    until(words, || running.stderr_until_now().contains(words));
}

/// Waits until it is so. There is no other way to look at a program that runs.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "still waiting for: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Returns the deployment that an apply tells of.
fn deployment(stderr: &str) -> String {
    let line = stderr.lines().find_map(|line| line.strip_prefix("deployment "));
    let id = line.and_then(|line| line.split_whitespace().next());
    assert!(id.is_some(), "no deployment begins in: {stderr}");
    id.unwrap_or_default().to_owned()
}
