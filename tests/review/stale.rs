//! A saved plan in an account that is not the one that it saw, or that it made already.

use serde_json::{Value, json};

use crate::{
    APPLY, MAILER, apply, assert_refused, assert_says, create, create_anew, lambda, mailer, plan,
    sandbox::{ACCOUNT, Project, REGION, Sandbox, assert_output},
    set_token, upload,
};

const LIVE: &str = "aliases.LIVE = \"latest\"";
const KEEP_ONE: &str = "retention = { keep = 1, min_age = \"0s\" }";
const KEEP_TWO: &str = "retention = { keep = 2, min_age = \"0s\" }";

/// Publishes by hand and points `LIVE` at nothing new.
fn publish(sandbox: &Sandbox) {
    sandbox.by_hand(|scene| scene.publish(MAILER, "by hand")).expect("the function exists");
}

#[test]
fn a_plan_that_only_publishes_is_stale_once_other_code_was_published() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    upload(&sandbox, 2);
    let project = mailer(&sandbox, LIVE);
    assert_says(&plan(&project), "publish");
    upload(&sandbox, 3);
    publish(&sandbox);
    let line = "`functions.mailer.versions.new` has other code or settings than the plan saw";
    assert_refused(&sandbox, &project, 5, line);
    sandbox.assert_untouched();
}

#[test]
fn a_plan_that_only_publishes_is_stale_once_another_environment_value_was_published() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    set_token(&sandbox, "first-secret");
    let project = mailer(&sandbox, LIVE);
    assert_says(&plan(&project), "publish");
    set_token(&sandbox, "second-secret");
    publish(&sandbox);
    let line = "`functions.mailer.versions.new` was changed since the plan was made; it has environment";
    assert_refused(&sandbox, &project, 5, line);
    sandbox.assert_untouched();
}

#[test]
fn a_plan_with_environment_values_that_was_applied_already_has_nothing_to_do() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    set_token(&sandbox, "secret");
    let project = mailer(&sandbox, &format!("timeout = 20\n{LIVE}"));
    plan(&project);
    let first = apply(&project);
    assert_eq!(first.code, Some(0), "{first}");
    let writes = sandbox.writes();
    assert_eq!(writes.len(), 3, "settings, version and alias: {writes:#?}");
    let second = apply(&project);
    assert_eq!(second.code, Some(0), "{second}");
    assert_eq!(sandbox.writes(), writes, "{second}");
    assert_output!("applied_twice", second);
}

#[test]
fn a_published_version_whose_environment_was_changed_afterwards_is_not_taken_for_planned() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    set_token(&sandbox, "first-secret");
    let project = mailer(&sandbox, LIVE);
    plan(&project);
    let first = apply(&project);
    assert_eq!(first.code, Some(0), "{first}");
    set_token(&sandbox, "second-secret");
    publish(&sandbox);
    sandbox.by_hand(|scene| scene.move_alias(MAILER, "LIVE", "3")).expect("version 3 exists");
    let line = "`functions.mailer.versions.new` was changed since the plan was made";
    assert_refused(&sandbox, &project, 5, line);
}

/// A plan that was applied already, and moved `LIVE` from version 1 to version 2.
fn moved_to_two(sandbox: &Sandbox) -> Project {
    create(sandbox, MAILER, &[1, 2]);
    lambda(sandbox, "POST", MAILER, "/aliases", &json!({ "Name": "LIVE", "FunctionVersion": "1" }));
    let project = mailer(sandbox, LIVE);
    plan(&project);
    let applied = apply(&project);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(sandbox.writes().len(), 1, "the alias: {applied}");
    project
}

#[test]
fn an_alias_is_not_moved_again_to_another_version_of_the_same_number() {
    let sandbox = Sandbox::quick();
    let project = moved_to_two(&sandbox);
    create_anew(&sandbox, MAILER, &[3, 4]);
    lambda(&sandbox, "POST", MAILER, "/aliases", &json!({ "Name": "LIVE", "FunctionVersion": "1" }));
    assert_refused(&sandbox, &project, 5, "`functions.mailer.aliases.LIVE` ");
}

#[test]
fn an_alias_on_another_version_of_the_same_number_is_not_already_done() {
    let sandbox = Sandbox::quick();
    let project = moved_to_two(&sandbox);
    create_anew(&sandbox, MAILER, &[3, 4]);
    lambda(&sandbox, "POST", MAILER, "/aliases", &json!({ "Name": "LIVE", "FunctionVersion": "2" }));
    assert_refused(&sandbox, &project, 5, "`functions.mailer.aliases.LIVE` ");
}

#[test]
fn an_alias_for_a_new_version_is_not_created_again_at_another_one() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    upload(&sandbox, 2);
    let project = mailer(&sandbox, LIVE);
    plan(&project);
    let applied = apply(&project);
    assert_eq!(applied.code, Some(0), "{applied}");
    create_anew(&sandbox, MAILER, &[3, 4]);
    assert_refused(&sandbox, &project, 5, "`functions.mailer.versions.new` has other code");
}

#[test]
fn a_version_with_other_environment_values_is_not_ours_for_its_number() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    set_token(&sandbox, "first-secret");
    let project = mailer(&sandbox, LIVE);
    plan(&project);
    let applied = apply(&project);
    assert_eq!(applied.code, Some(0), "{applied}");
    create_anew(&sandbox, MAILER, &[1]);
    set_token(&sandbox, "second-secret");
    publish(&sandbox);
    let line = "`functions.mailer.versions.new` was changed since the plan was made";
    assert_refused(&sandbox, &project, 5, line);
}

#[test]
fn an_equal_version_of_a_function_that_was_created_anew_is_not_deleted_below_keep() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2, 3]);
    let project = mailer(&sandbox, KEEP_TWO);
    assert_says(&plan(&project), "- version 1 ");
    create_anew(&sandbox, MAILER, &[1, 2]);
    assert_refused(&sandbox, &project, 5, "is among the newest 2 by now");
    sandbox.assert_untouched();
}

#[test]
fn another_version_of_a_function_that_was_created_anew_is_not_deleted() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2]);
    let project = mailer(&sandbox, KEEP_ONE);
    assert_says(&plan(&project), "- version 1 ");
    create_anew(&sandbox, MAILER, &[3, 4]);
    assert_refused(&sandbox, &project, 5, "is another version than the plan saw");
    sandbox.assert_untouched();
}

#[test]
fn a_version_that_a_state_machine_pinned_since_is_not_deleted() {
    let idle = r#"{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}"#;
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2]);
    sandbox.by_hand(|scene| scene.create_machine("shop-mail-dev", idle)).expect("the machine is new");
    let machine = "[state_machines.mail]\nname = \"shop-mail-dev\"\ndefinition = \"config/mail.json\"";
    let project = mailer(&sandbox, &format!("{KEEP_ONE}\n{LIVE}\n\n{machine}"));
    project.write("config/mail.json", idle);
    assert_says(&plan(&project), "- version 1 ");
    let resource = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{MAILER}:1");
    let pinning = json!({
        "StartAt": "Mail", "States": { "Mail": { "Type": "Task", "Resource": resource, "End": true } },
    });
    let machine = format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-mail-dev");
    let update = json!({ "stateMachineArn": machine, "definition": pinning.to_string() });
    sandbox.states("UpdateStateMachine", &update);
    assert_refused(&sandbox, &project, 5, "is pinned by a state machine by now");
    sandbox.assert_untouched();
}

#[test]
fn a_version_that_an_alias_left_since_the_plan_is_not_deleted_before_min_age() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2, 3]);
    let project = mailer(&sandbox, "aliases.LIVE = \"latest\"\nretention = { keep = 1, min_age = \"24h\" }");
    let adopted = project.repoint(&APPLY);
    assert_eq!(adopted.code, Some(0), "{adopted}");
    // The adoption was long ago.
    let mut state: Value = serde_json::from_str(&project.read("state/dev/state.json")).unwrap();
    state["recorded"]["functions"]["mailer"]["first_recorded"] = json!("2026-02-01T00:00:00Z");
    project.write("state/dev/state.json", state.to_string());
    assert_says(&plan(&project), "2 versions deleted");

    let alias = format!("/2015-03-31/functions/{MAILER}/aliases");
    sandbox.lambda("POST", &alias, &json!({ "Name": "PARTNER", "FunctionVersion": "1" }));
    assert_eq!(project.repoint(&APPLY).code, Some(0));
    sandbox.by_hand(|scene| scene.move_alias(MAILER, "PARTNER", "3")).expect("version 3 exists");
    assert_eq!(project.repoint(&APPLY).code, Some(0));
    let line = "`functions.mailer.versions.1` left `PARTNER` by now, and min_age begins then";
    assert_refused(&sandbox, &project, 5, line);
}
