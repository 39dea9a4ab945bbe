//! `rollback` and `unhold`: back, and held there until there is something new.

use repoint::simulator::SceneRelease;

use crate::{
    alias, dev, done, release_of, released,
    sandbox::{Output, Sandbox, assert_output, past_code},
};

#[test]
fn goes_back_to_what_it_served_before_and_says_what_keeps_it_there() {
    let (sandbox, project) = released();
    assert_output!("rollback_dry_run", dev(&project, &["rollback", "orders", "--dry-run"]));
    assert_eq!(alias(&sandbox, "LIVE"), "4");
}

#[test]
fn a_rolled_back_alias_stays_until_the_code_changes() {
    let (sandbox, project) = released();
    assert_output!("rollback", done(&project, 0, &["rollback", "orders"]));
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("3".to_owned(), "2".to_owned()));
    // The same code moves nothing forward, however often it is applied.
    assert_output!("rollback_then_plan", crate::flowed(&dev(&project, &["plan", "--detailed-exitcode"])));
    done(&project, 0, &["apply"]);
    assert_eq!(alias(&sandbox, "LIVE"), "3");
    // Another rollback goes further back.
    done(&project, 0, &["rollback", "orders"]);
    assert_eq!(alias(&sandbox, "LIVE"), "2");
    // New code ends it, and the way back leads to what was live, not to what was bad.
    release_of(&project, "fourth");
    assert_output!("rollback_then_release", crate::flowed(&done(&project, 0, &["apply"])));
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("5".to_owned(), "2".to_owned()));
    // The hold is gone for good: the code of before is no reason to hold again.
    assert!(!project.read("state/dev/state.json").contains("\"holds\""));
}

#[test]
fn unhold_lets_it_follow_the_toml_again() {
    let (sandbox, project) = released();
    done(&project, 0, &["rollback", "orders"]);
    assert_output!("unhold", done(&project, 0, &["unhold", "orders", "LIVE"]));
    assert_eq!(alias(&sandbox, "LIVE"), "3", "unhold itself moves nothing");
    done(&project, 0, &["apply"]);
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("4".to_owned(), "3".to_owned()));
    assert!(!project.read("state/dev/state.json").contains("\"bad\""), "the mark went with the hold");
    assert_output!("unhold_again", dev(&project, &["unhold", "orders", "LIVE"]));
}

#[test]
fn goes_back_in_the_middle_of_a_deployment_that_stopped() {
    let (sandbox, project) = released();
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let journal = format!(
        "{{\"format\":1,\"entry\":\"started\",\"deployment\":\"deploy-20261122T101500Z-1a2b\",\"plan_digest\":\
         \"{digest}\",\"who\":\"ana\",\"at\":\"2026-11-22T10:15:00Z\"}}\n"
    );
    project.write("state/dev/journal.jsonl", journal);
    let output = done(&project, 0, &["rollback", "orders"]);
    assert_output!("rollback_interrupted", Output { stdout: String::new(), ..output });
    assert_eq!(alias(&sandbox, "LIVE"), "3");
    assert_eq!(project.read("state/dev/journal.jsonl"), "", "it is closed, and what is left is planned anew");
}

#[test]
fn a_rollback_that_stops_half_way_is_ended_by_the_next_apply() {
    let (sandbox, project) = released();
    // The way back moves first; then AWS refuses the alias itself.
    sandbox.world().faults().add("UpdateAlias@LIVE:deny".parse().expect("it is a rule"));
    assert_output!("rollback_half_way", done(&project, 3, &["rollback", "orders"]));
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("4".to_owned(), "2".to_owned()));
    assert_output!("rollback_resumed", crate::flowed(&done(&project, 0, &["apply"])));
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("3".to_owned(), "2".to_owned()));
    let after = dev(&project, &["plan", "--detailed-exitcode"]);
    assert_eq!(after.code, Some(0), "{after}");
}

#[test]
fn an_environment_that_demands_a_review_gets_a_saved_plan() {
    let (sandbox, project) = released();
    let writes = sandbox.writes();
    assert_output!("rollback_reviewed", project.repoint(&["rollback", "-e", "prod", "orders", "-y"]));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn an_apply_that_does_nothing_holds_nothing() {
    let (sandbox, project) = released();
    dev(&project, &["rollback", "orders", "--out", "plans/back.json"]);
    let path = "/2015-03-31/functions/shop-orders-dev/aliases/LIVE";
    sandbox.lambda("PUT", path, &serde_json::json!({ "FunctionVersion": "1" }));
    let state = project.read("state/dev/state.json");
    assert_output!("rollback_stale", done(&project, 5, &["apply", "plans/back.json"]));
    assert_eq!(project.read("state/dev/state.json"), state);
}

#[test]
fn the_status_tells_who_holds_what_and_what_is_bad() {
    let (_sandbox, project) = released();
    project.succeeds_with(0, &["rollback", "orders", "-e", "dev", "-y", "-q"]);
    assert_output!("status_held", dev(&project, &["status", "orders"]));
    assert_output!("status_held_tsv", dev(&project, &["status", "orders", "--format", "tsv"]));
}

#[test]
fn forward_again_after_a_rollback_ends_the_hold_and_marks_what_was_left() {
    let (sandbox, project) = released();
    done(&project, 0, &["rollback", "orders"]);
    assert_output!("rollback_and_forward", done(&project, 0, &["rollback", "orders", "--to", "4"]));
    assert_eq!(alias(&sandbox, "LIVE"), "4");
    let after = dev(&project, &["plan", "--detailed-exitcode"]);
    assert_eq!(after.code, Some(0), "{after}");
    // 3 was left as bad, so the way back is the one before it.
    assert_eq!(alias(&sandbox, "ROLLBACK"), "2");
}

#[test]
fn two_rollbacks_leave_two_marks_which_unhold_clears() {
    let (sandbox, project) = released();
    done(&project, 0, &["rollback", "orders"]);
    done(&project, 0, &["rollback", "orders"]);
    assert_eq!(alias(&sandbox, "LIVE"), "2");
    assert_output!("unhold_two", done(&project, 0, &["unhold", "orders", "LIVE"]));
    assert!(!project.read("state/dev/state.json").contains("\"bad\""));
}

#[test]
fn who_goes_forward_to_latest_forgives_that_version_and_no_other() {
    let (sandbox, project) = released();
    done(&project, 0, &["rollback", "orders"]);
    done(&project, 0, &["rollback", "orders"]);
    assert_output!("point_latest_after_two", done(&project, 0, &["point", "orders", "LIVE", "latest"]));
    // 3 was left as bad, so the way back from 4 is the version that was live until now.
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("4".to_owned(), "2".to_owned()));
    done(&project, 0, &["rollback", "orders"]);
    assert_eq!(alias(&sandbox, "LIVE"), "2");
}

#[test]
fn the_same_rollback_again_goes_on_with_the_one_that_was_interrupted() {
    let (sandbox, project) = released();
    sandbox.world().faults().add("UpdateAlias@LIVE:deny".parse().expect("it is a rule"));
    done(&project, 3, &["rollback", "orders"]);
    // As if the call had reached AWS, and its answer nobody.
    point_by_hand(&sandbox, "LIVE", "3");
    assert_output!("rollback_again", done(&project, 0, &["rollback", "orders"]));
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("3".to_owned(), "2".to_owned()));
    // Once that is over, one more goes one further.
    done(&project, 0, &["rollback", "orders"]);
    assert_eq!(alias(&sandbox, "LIVE"), "2");
}

#[test]
fn a_function_that_was_created_anew_has_no_version_to_go_back_to() {
    let (sandbox, project) = released();
    let deployments = crate::deployment::deployments(&project);
    let whole = "/2015-03-31/functions/shop-orders-dev";
    sandbox.lambda("DELETE", whole, &serde_json::json!({}));
    sandbox.by_hand(|scene| {
        let releases: Vec<SceneRelease> =
            (11..15).map(|code| SceneRelease::read(&past_code(code), "").expect("it is a zip")).collect();
        scene.load_function("shop-orders-dev", "orders.handler", &releases).expect("the name is free");
    });
    let live = serde_json::json!({ "Name": "LIVE", "FunctionVersion": "1" });
    sandbox.lambda("POST", &format!("{whole}/aliases"), &live);
    assert_output!("rollback_created_anew", done(&project, 1, &["rollback", "orders"]));
    let back = done(&project, 1, &["rollback", "orders", "--to", &deployments[2]]);
    assert_output!("rollback_to_created_anew", back);
    assert_eq!(alias(&sandbox, "LIVE"), "1");
}

/// Points an alias of `orders` somewhere, past the program.
fn point_by_hand(sandbox: &Sandbox, alias: &str, version: &str) {
    let path = format!("/2015-03-31/functions/shop-orders-dev/aliases/{alias}");
    sandbox.lambda("PUT", &path, &serde_json::json!({ "FunctionVersion": version }));
}
