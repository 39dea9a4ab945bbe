//! Two at once: one works, the other is told who, since when and for what.

use std::time::Duration;

use serde_json::Value;

use crate::{APPLY, account::assert_as_wanted, sandbox::assert_output, small, until_told};

#[test]
fn of_two_applies_one_works_and_the_other_is_told() {
    let (sandbox, project) = small(Duration::from_secs(1));
    // While the account is held, the first apply cannot end.
    let first = project.spawn(&APPLY);
    until_told(&first, "functions.mailer.settings: waits: ");
    let world = sandbox.world();
    let told = format!("(process {})", first.id());
    let second = project.spawn(&["lock", "show", "-e", "dev"]).finish();
    assert!(second.stdout.contains(&told), "{second}");
    assert_output!("lock_show", second);
    let json = project.succeeds_with(0, &["lock", "show", "-e", "dev", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!(json["holder"]["process"], first.id());
    assert_eq!(json["holder"]["what"], "apply -e dev");
    drop(world);
    assert_eq!(first.finish().code, Some(0));
    assert_as_wanted(&sandbox, &project);
}

#[test]
fn the_second_apply_ends_with_4_and_names_the_first() {
    let (sandbox, project) = small(Duration::from_secs(1));
    let first = project.spawn(&APPLY);
    until_told(&first, "functions.mailer.settings: waits: ");
    let second = project.repoint(&APPLY);
    assert_eq!(second.code, Some(4), "{second}");
    assert!(second.stderr.contains(&format!("process {}", first.id())), "{second}");
    assert_output!("second", second);
    let first = first.finish();
    assert_eq!(first.code, Some(0), "{first}");
    assert_as_wanted(&sandbox, &project);
}

#[test]
fn one_who_waits_for_the_lock_finds_the_work_done() {
    let (sandbox, project) = small(Duration::from_secs(1));
    let first = project.spawn(&APPLY);
    until_told(&first, "functions.mailer.settings: waits: ");
    let second = project.spawn(&["apply", "-e", "dev", "--auto-approve", "--lock-timeout", "2m"]);
    let first = first.finish();
    assert_eq!(first.code, Some(0), "{first}");
    let second = second.finish();
    assert_output!("waited", second);
    assert_as_wanted(&sandbox, &project);
}

#[test]
fn a_plan_and_a_drift_need_no_lock() {
    let (_sandbox, project) = small(Duration::from_secs(1));
    let first = project.spawn(&APPLY);
    until_told(&first, "functions.mailer.settings: waits: ");
    project.succeeds_with(0, &["plan", "-e", "dev"]);
    let drift = project.repoint(&["drift", "-e", "dev"]);
    assert!(drift.stdout.contains("In progress"), "{drift}");
    assert_eq!(first.finish().code, Some(0));
}
