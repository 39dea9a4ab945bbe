//! An apply that goes on after an interrupt, and is interrupted again.

use std::{
    thread,
    time::{Duration, Instant},
};

use repoint::simulator::Knobs;
use serde_json::{Value, json};

use crate::{
    APPLY, create, lambda,
    sandbox::{Output, Project, Running, Sandbox},
};

/// How long a line is waited for; only a program that hangs needs so long.
const PATIENCE: Duration = Duration::from_mins(2);
const NAMES: [&str; 3] = ["shop-first-dev", "shop-second-dev", "shop-third-dev"];

/// Three functions that get another timeout, one after the other.
fn three() -> (Sandbox, Project) {
    let in_progress = Duration::from_secs(1);
    let sandbox = Sandbox::start(Knobs { in_progress, pending: Duration::ZERO, ..Knobs::default() });
    for name in NAMES {
        create(&sandbox, name, &[1]);
    }
    let project = Project::empty();
    let text = r#"schema = 1
project = "shop"
defaults.name = "shop-${id}-${env}"
functions.first.timeout = 20
functions.second.timeout = 20
functions.third.timeout = 20
limits.parallelism = 1
environments.dev.region = "us-west-1"
"#;
    project.write("config/repoint.toml", text);
    let project = project.on(&sandbox);
    (sandbox, project)
}

/// Waits until the program has told these words.
pub(crate) fn until_told(running: &Running, words: &str) {
    let begin = Instant::now();
    while !running.stderr_until_now().contains(words) {
        assert!(begin.elapsed() < PATIENCE, "still waiting for: {words}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Interrupts an apply while it waits for this update, which it then finishes as its last.
fn interrupted_in(sandbox: &Sandbox, project: &Project, function: &str) -> Output {
    let running = project.spawn(&APPLY);
    until_told(&running, &format!("functions.{function}.settings: waits: "));
    // While the account is held, the update cannot end.
    let held = sandbox.world();
    running.signal("INT");
    until_told(&running, "\nstopping: ");
    drop(held);
    running.finish()
}

fn set_timeout(sandbox: &Sandbox, name: &str, timeout: u16) {
    lambda(sandbox, "PUT", name, "/configuration", &json!({ "Timeout": timeout }));
}

fn timeouts(sandbox: &Sandbox) -> Vec<Value> {
    let look = |name: &&str| lambda(sandbox, "GET", name, "/configuration", &json!({}))["Timeout"].clone();
    NAMES.iter().map(look).collect()
}

#[test]
fn a_deployment_is_not_completed_by_what_it_did_before_somebody_undid_it() {
    let (sandbox, project) = three();
    let first = interrupted_in(&sandbox, &project, "second");
    assert_eq!(first.code, Some(3), "{first}");
    assert_eq!(timeouts(&sandbox), [20, 20, 3]);

    // Somebody undoes what was done, and does what was left.
    set_timeout(&sandbox, NAMES[0], 5);
    set_timeout(&sandbox, NAMES[1], 5);
    set_timeout(&sandbox, NAMES[2], 20);
    let again = interrupted_in(&sandbox, &project, "first");
    assert_eq!(again.code, Some(3), "{again}");
    assert!(!again.to_string().contains("completed"), "{again}");
    assert_eq!(timeouts(&sandbox), [20, 5, 20]);
    assert!(!project.read("state/dev/journal.jsonl").is_empty(), "the journal stays open: {again}");

    let last = project.repoint(&APPLY);
    assert_eq!(last.code, Some(0), "{last}");
    assert!(last.stdout.contains("completed"), "{last}");
    assert_eq!(timeouts(&sandbox), [20, 20, 20]);
}
