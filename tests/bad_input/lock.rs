//! A lock that somebody else holds.

use std::{fs::File, time::Duration};

use repoint::{
    model::EnvironmentName,
    store::{LockInfo, LockedStore, Store},
};

use crate::sandbox::{Project, Sandbox, assert_output};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];

/// Holds the lock of dev as somebody else.
fn held(project: &Project) -> LockedStore {
    let info = LockInfo {
        id: "1c0a1f6e-7a53-4e57-9d0b-3f1c2a7b9e10".to_owned(),
        who: "ana@build-7".to_owned(),
        host: "build-7".to_owned(),
        process: 4711,
        since: "2026-11-22T10:15:00Z".parse().expect("it is an instant"),
        what: "apply -e dev".to_owned(),
    };
    let dev = EnvironmentName::new("dev").expect("it is a name");
    Store::open(project.path(), &dev).lock(info, Duration::ZERO).expect("nobody else holds it")
}

#[test]
fn a_held_lock_says_who_since_when_and_for_what() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let lock = held(&project);
    let before = project.files();
    assert_output!("held", project.repoint(&APPLY));
    assert_output!("shown", project.repoint(&["lock", "show", "-e", "dev"]));
    assert_output!("shown_json", project.repoint(&["lock", "show", "-e", "dev", "--json"]));
    sandbox.assert_untouched();
    assert_eq!(project.files(), before);
    // A plan and a drift look only.
    project.succeeds_with(0, &["plan", "-e", "dev"]);
    project.succeeds_with(6, &["drift", "-e", "dev"]);
    drop(lock);
    assert_output!("released", project.repoint(&["lock", "show", "-e", "dev"]));
    project.succeeds_with(0, &APPLY);
}

#[test]
fn a_holder_that_does_not_say_who_it_is_holds_as_well() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.write("state/dev/lock", "");
    let silent = File::open(project.path().join("state/dev/lock")).expect("it was written");
    silent.lock().expect("nobody else holds it");
    assert_output!("held_silently", project.repoint(&APPLY));
    sandbox.assert_untouched();
}

#[test]
fn a_time_to_wait_for_the_lock_has_a_unit() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    assert_output!("timeout_without_unit", project.repoint(&[&APPLY[..], &["--lock-timeout", "5"]].concat()));
    sandbox.assert_silent();
}

#[test]
fn who_waits_for_the_lock_gets_it_when_it_is_free() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let lock = held(&project);
    let waiting = project.spawn(&[&APPLY[..], &["--lock-timeout", "1m"]].concat());
    drop(lock);
    let output = waiting.finish();
    assert_eq!(output.code, Some(0), "{output}");
}
