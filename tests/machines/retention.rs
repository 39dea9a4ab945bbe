//! Which versions of a machine go, what protects the others, and what they protect themselves.

use crate::{
    CHECKOUT, apply, arn, assert_done, forget_kept, hands, line, pin_mailer, publish, release,
    sandbox::{Project, Sandbox, assert_output},
    shop,
};
use repoint::simulator::Knobs;
use serde_json::json;
use std::time::Duration;

const KEEP_TWO: &str = "aliases.LIVE = \"latest\"\naliases.ROLLBACK = \"previous(LIVE)\"\n\
                        retention = { keep = 2, min_age = \"0s\" }";

#[test]
fn the_oldest_version_goes_once_nothing_refers_to_it() {
    let (sandbox, project) = shop(KEEP_TWO);
    for number in 1..=3 {
        release(&project, number);
        apply(&project);
    }
    assert_eq!(line(&sandbox), ["2", "3", "LIVE -> 3: 100%", "ROLLBACK -> 2: 100%"]);
    release(&project, 4);
    assert_output!("keep_two_plan", project.repoint(&["plan", "-e", "dev"]));
    assert_output!("keep_two_apply", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    assert_eq!(line(&sandbox), ["3", "4", "LIVE -> 4: 100%", "ROLLBACK -> 3: 100%"]);
    assert_done(&project);
}

#[test]
fn a_version_with_running_executions_stays() {
    let (sandbox, project) = shop(KEEP_TWO);
    for number in 1..=2 {
        release(&project, number);
        apply(&project);
    }
    let started = hands::states(&sandbox, "StartExecution", &format!("{CHECKOUT}:1"), &json!({}));
    release(&project, 3);
    assert_output!("running_plan", project.repoint(&["plan", "-e", "dev"]));
    apply(&project);
    assert_eq!(line(&sandbox), ["1", "2", "3", "LIVE -> 3: 100%", "ROLLBACK -> 2: 100%"]);
    assert_done(&project);
    let stop = json!({ "executionArn": started["executionArn"] });
    hands::states(&sandbox, "StopExecution", CHECKOUT, &stop);
    apply(&project);
    assert_eq!(line(&sandbox), ["2", "3", "LIVE -> 3: 100%", "ROLLBACK -> 2: 100%"]);
}

#[test]
fn versions_stay_whose_executions_may_not_be_listed() {
    let (sandbox, project) = shop(KEEP_TWO);
    for number in 1..=2 {
        release(&project, number);
        apply(&project);
    }
    sandbox.world().faults().add("ListExecutions:deny:100%".parse().expect("it is a rule"));
    release(&project, 3);
    assert_output!("executions_hidden_plan", project.repoint(&["plan", "-e", "dev"]));
    apply(&project);
    assert_eq!(line(&sandbox), ["1", "2", "3", "LIVE -> 3: 100%", "ROLLBACK -> 2: 100%"]);
    assert_done(&project);
}

#[test]
fn r33_a_deletion_is_over_when_no_list_shows_the_version_any_more() {
    let (sandbox, project) = shop(KEEP_TWO);
    for number in 1..=3 {
        release(&project, number);
        apply(&project);
    }
    sandbox.world().behave(Knobs { read_lag: Duration::from_secs(2), ..Knobs::default() });
    release(&project, 4);
    apply(&project);
    assert_done(&project);
}

#[test]
fn executions_of_an_express_machine_are_not_checked_and_the_plan_says_so() {
    let (sandbox, project) = shop(KEEP_TWO);
    let definition = hands::definition(&sandbox, CHECKOUT);
    hands::states(&sandbox, "DeleteStateMachine", CHECKOUT, &json!({}));
    let role = "arn:aws:iam::000000000000:role/checkout";
    let create = json!({ "name": CHECKOUT, "definition": definition, "roleArn": role, "type": "EXPRESS" });
    hands::states(&sandbox, "CreateStateMachine", CHECKOUT, &create);
    for number in 1..=2 {
        release(&project, number);
        apply(&project);
    }
    release(&project, 3);
    assert_output!("express_plan", project.repoint(&["plan", "-e", "dev"]));
    apply(&project);
    assert_eq!(line(&sandbox), ["2", "3", "LIVE -> 3: 100%", "ROLLBACK -> 2: 100%"]);
    assert_done(&project);
}

#[test]
fn aliases_that_nobody_can_declare_protect_their_version() {
    let (sandbox, project) = shop(KEEP_TWO);
    release(&project, 1);
    apply(&project);
    let routes = json!([{ "stateMachineVersionArn": arn("1"), "weight": 100 }]);
    let body = json!({ "name": "release.1", "routingConfiguration": routes });
    hands::states(&sandbox, "CreateStateMachineAlias", CHECKOUT, &body);
    for number in 2..=3 {
        release(&project, number);
        apply(&project);
    }
    release(&project, 4);
    assert_output!("dotted_keeps", project.repoint(&["plan", "-e", "dev"]));
}

/// Returns a shop whose machine calls the mailer by numbers, one release after the other, and
/// whose mailer keeps one version.
fn pinned() -> (Sandbox, Project) {
    let (sandbox, project) =
        shop("references = \"off\"\naliases.LIVE = \"latest\"\nretention = { keep = 1, min_age = \"0s\" }");
    project.edit("config/repoint.toml", "aliases.ROLLBACK = \"previous(LIVE)\"\n", "");
    let mailer = "[functions.mailer]\nretention = { keep = 1, min_age = \"0s\" }";
    project.edit("config/repoint.toml", "[functions.mailer]", mailer);
    (sandbox, project)
}

#[test]
fn a_function_version_that_a_kept_machine_version_pins_stays_with_the_state_named() {
    let (sandbox, project) = pinned();
    project.edit(
        "config/repoint.toml",
        "retention = { keep = 1, min_age = \"0s\" }\n\n[limits]",
        "retention = { keep = 3, min_age = \"0s\" }\n\n[limits]",
    );
    pin_mailer(&project, 1);
    apply(&project);
    publish(&sandbox, "shop-mailer-dev", 50);
    pin_mailer(&project, 2);
    // The kept definitions are forgotten, so that only the published version pins.
    apply(&project);
    forget_kept(&project);
    publish(&sandbox, "shop-mailer-dev", 51);
    assert_output!("pinned_by_version", project.repoint(&["plan", "-e", "dev"]));
}

#[test]
fn what_only_a_deleted_machine_version_pins_goes_after_it() {
    let (sandbox, project) = pinned();
    pin_mailer(&project, 1);
    apply(&project);
    publish(&sandbox, "shop-mailer-dev", 50);
    pin_mailer(&project, 2);
    let output = project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve"]);
    assert_output!("pinned_released_first", output);
    assert_eq!(line(&sandbox), ["2", "LIVE -> 2: 100%"]);
    assert_done(&project);
    forget_kept(&project);
    apply(&project);
    assert_done(&project);
}

#[test]
fn a_function_version_follows_the_machine_version_that_pins_it() {
    let (sandbox, project) = pinned();
    project.edit(
        "config/repoint.toml",
        "retention = { keep = 1, min_age = \"0s\" }\n\n[limits]",
        "retention = { keep = 3, min_age = \"0s\" }\n\n[limits]",
    );
    pin_mailer(&project, 1);
    apply(&project);
    publish(&sandbox, "shop-mailer-dev", 50);
    pin_mailer(&project, 2);
    apply(&project);
    forget_kept(&project);
    project.edit(
        "config/repoint.toml",
        "retention = { keep = 3, min_age = \"0s\" }",
        "retention = { keep = 1, min_age = \"0s\" }",
    );
    assert_output!("follows_plan", project.repoint(&["plan", "-e", "dev"]));
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/cleanup.json", "-q"]);
    // An execution of the version starts after the review: it stays, and so does what it calls.
    hands::states(&sandbox, "StartExecution", &format!("{CHECKOUT}:1"), &json!({}));
    let saved = ["apply", "-e", "dev", "plans/cleanup.json", "--auto-approve"];
    assert_output!("follows_protected", project.repoint(&saved));
    assert_eq!(line(&sandbox), ["1", "2", "LIVE -> 2: 100%"]);
    assert_done(&project);
}
