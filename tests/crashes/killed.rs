//! SIGKILL in the middle of an apply, then apply again.

use std::{thread, time::Duration};

use crate::{
    APPLY,
    account::assert_as_wanted,
    deployment,
    sandbox::{Output, Project, Sandbox, assert_output},
    small, until_told,
};

/// Every line after which an apply of the small project may die: after each outcome, and while AWS
/// still works on an update.
const MOMENTS: [&str; 10] = [
    "deployment ",
    "functions.mailer.settings: waits: ",
    "functions.mailer.settings: done",
    "functions.mailer.versions.new: waits: ",
    "functions.mailer.aliases.LIVE: done",
    "functions.orders.code: waits: ",
    "functions.orders.code: done",
    "functions.orders.versions.new: done",
    "functions.orders.aliases.LIVE: done",
    "state_machines.checkout.definition: waits: ",
];

/// Each moment has an account and a project of its own, so they need not wait for each other.
fn at_every_moment(test: impl Fn(&str) + Sync) {
    thread::scope(|scope| {
        for moment in MOMENTS {
            let test = &test;
            scope.spawn(move || test(moment));
        }
    });
}

/// Applies until this is told, and dies there. Returns what it had told by then.
fn die_at(sandbox: &Sandbox, project: &Project, arguments: &[&str], words: &str) -> String {
    let mut running = project.spawn(arguments);
    until_told(&running, words);
    // While the account is held, the apply cannot go on.
    let held = sandbox.world();
    running.kill();
    drop(held);
    let Output { stderr, code, .. } = running.finish();
    assert!(code.is_none(), "it ended before it was killed: {stderr}");
    stderr
}

#[test]
fn a_killed_apply_goes_on_where_it_was_with_the_same_id() {
    at_every_moment(|moment| {
        let (sandbox, project) = small(Duration::from_millis(300));
        let died = die_at(&sandbox, &project, &APPLY, moment);
        let journal = project.read("state/dev/journal.jsonl");
        assert!(journal.contains(&deployment(&died)), "the journal is open after {moment}");
        let resumed = project.succeeds_with(0, &APPLY);
        assert_eq!(deployment(&resumed.stderr), deployment(&died), "killed at {moment}: {resumed}");
        assert!(resumed.stderr.contains(" goes on: "), "killed at {moment}: {resumed}");
        assert_as_wanted(&sandbox, &project);
    });
}

#[test]
fn a_killed_apply_of_a_saved_plan_goes_on_with_that_plan() {
    at_every_moment(|moment| {
        let (sandbox, project) = small(Duration::from_millis(300));
        project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/first.json"]);
        let arguments = ["apply", "-e", "dev", "--auto-approve", "plans/first.json"];
        let died = die_at(&sandbox, &project, &arguments, moment);
        let resumed = project.succeeds_with(0, &arguments);
        assert_eq!(deployment(&resumed.stderr), deployment(&died), "killed at {moment}: {resumed}");
        assert_as_wanted(&sandbox, &project);
    });
}

#[test]
fn killed_twice_is_no_different() {
    let (sandbox, project) = small(Duration::from_millis(300));
    let first = die_at(&sandbox, &project, &APPLY, "functions.mailer.settings: waits: ");
    let second = die_at(&sandbox, &project, &APPLY, "functions.orders.settings: waits: ");
    let third = project.succeeds_with(0, &APPLY);
    assert_eq!(deployment(&first), deployment(&second));
    assert_eq!(deployment(&first), deployment(&third.stderr));
    assert_as_wanted(&sandbox, &project);
}

#[test]
fn what_the_next_apply_tells() {
    let (sandbox, project) = small(Duration::from_secs(1));
    die_at(&sandbox, &project, &APPLY, "functions.orders.code: waits: ");
    assert_output!("killed_drift", project.repoint(&["drift", "-e", "dev"]));
    assert_output!("killed_lock", project.repoint(&["lock", "show", "-e", "dev"]));
    assert_output!("killed_resumed", project.repoint(&APPLY));
    assert_output!("killed_shown", project.repoint(&["show", "-e", "dev", "last"]));
}
