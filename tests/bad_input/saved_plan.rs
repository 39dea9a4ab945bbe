//! A saved plan that is not the reviewed one, or that the account has left behind.

use serde_json::json;

use crate::sandbox::{Output, Project, Sandbox, assert_output};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];
const PLAN: &str = "plans/release.json";

/// Makes a project with a saved plan for dev.
fn planned(sandbox: &Sandbox) -> Project {
    let project = Project::small().on(sandbox);
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", PLAN]);
    project
}

/// Makes a project that is applied, and then planned again with new code of `orders`.
fn planned_again(sandbox: &Sandbox) -> Project {
    let project = Project::applied(sandbox);
    project.edit("config/functions/orders.py", "order", "new order");
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", PLAN]);
    project
}

/// Returns what applying the plan says, after making sure that it changed nothing.
fn refused(sandbox: &Sandbox, project: &Project, arguments: &[&str]) -> Output {
    let (writes, files) = (sandbox.writes(), project.files());
    let output = project.repoint(&[&APPLY[..], arguments].concat());
    assert_eq!(sandbox.writes(), writes, "nothing may be sent: {output}");
    assert_eq!(project.files(), files, "no file may change: {output}");
    output
}

#[test]
fn a_plan_that_was_edited_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox);
    project.edit(PLAN, "256", "512");
    assert_output!("edited", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_that_is_cut_off_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox);
    let text = project.read(PLAN);
    project.write(PLAN, &text[..text.len() / 2]);
    assert_output!("cut_off", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_of_a_later_format_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox);
    project.edit(PLAN, "\"format\": 1", "\"format\": 2");
    assert_output!("later_format", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_that_is_not_there_is_named() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    assert_output!("missing", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_of_another_environment_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox);
    assert_output!("other_environment", project.repoint(&["apply", "-e", "prod", "--auto-approve", PLAN]));
    sandbox.assert_untouched();
}

#[test]
fn a_plan_of_another_account_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox).variable("AWS_ACCESS_KEY_ID", "123456789012");
    assert_output!("other_account", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_for_what_the_toml_no_longer_declares_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox);
    project.edit("config/repoint.toml", "aliases.LIVE = \"latest\"", "aliases.MAIN = \"latest\"");
    project.edit("config/repoint.toml", "previous(LIVE)", "previous(MAIN)");
    project.edit("config/repoint.toml", "[limits]", "references = \"MAIN\"\n\n[limits]");
    assert_output!("undeclared", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_for_other_code_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox);
    project.edit("config/functions/orders.py", "order", "something else");
    assert_output!("other_code", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_with_another_digest_than_the_reviewed_one_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox);
    assert_output!("other_digest", refused(&sandbox, &project, &["--digest", "deadbeef", PLAN]));
    assert_output!("short_digest", refused(&sandbox, &project, &["--digest", "dead", PLAN]));
    let text = project.read(PLAN);
    let digest = text.lines().find_map(|line| line.trim().strip_prefix("\"digest\": \"")?.get(..8));
    let digest = digest.expect("a plan has a digest").to_uppercase();
    // Digits are digits: a page may have been read out, or pasted from a tool that likes capitals.
    project.succeeds_with(0, &[&APPLY[..], &["--digest", &digest, PLAN]].concat());
}

#[test]
fn a_plan_is_stale_once_an_alias_was_moved() {
    let sandbox = Sandbox::with_small();
    let project = planned_again(&sandbox);
    sandbox.by_hand(|scene| scene.move_alias("shop-orders-dev", "LIVE", "1")).expect("version 1 exists");
    assert_output!("stale_alias", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_is_stale_once_somebody_sent_other_code() {
    let sandbox = Sandbox::with_small();
    let project = planned_again(&sandbox);
    let code = crate::sandbox::past_code(77);
    sandbox.by_hand(|scene| scene.update_code("shop-orders-dev", &code)).expect("it is code");
    assert_output!("stale_code", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_is_stale_once_environment_variables_changed() {
    let sandbox = Sandbox::with_small();
    let configuration = "/2015-03-31/functions/shop-orders-dev/configuration";
    let set = |value: &str| {
        sandbox.lambda("PUT", configuration, &json!({ "Environment": { "Variables": { "TOKEN": value } } }));
    };
    set("first-secret");
    let project = planned_again(&sandbox);
    set("second-secret");
    let output = refused(&sandbox, &project, &[PLAN]);
    for text in [output.to_string(), project.read(PLAN), project.read("plans/release.md")] {
        assert!(!text.contains("-secret"), "{text}");
    }
    assert_output!("stale_environment", output);
}

#[test]
fn a_plan_is_stale_once_the_definition_was_edited() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    project.edit("config/checkout.json", "\"End\": true", "\"TimeoutSeconds\": 30,\n      \"End\": true");
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", PLAN]);
    let machine = "arn:aws:states:us-west-1:000000000000:stateMachine:shop-checkout-dev";
    let definition = "{\"StartAt\":\"Done\",\"States\":{\"Done\":{\"Type\":\"Succeed\"}}}";
    sandbox.states("UpdateStateMachine", &json!({ "stateMachineArn": machine, "definition": definition }));
    assert_output!("stale_definition", refused(&sandbox, &project, &[PLAN]));
}

#[test]
fn a_plan_that_was_applied_already_has_nothing_to_do() {
    let sandbox = Sandbox::with_small();
    let project = planned(&sandbox);
    project.succeeds_with(0, &[&APPLY[..], &[PLAN]].concat());
    let writes = sandbox.writes();
    assert_output!("applied_twice", project.repoint(&[&APPLY[..], &[PLAN]].concat()));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn an_environment_that_requires_a_saved_plan_takes_no_other() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    assert_output!("required", project.repoint(&["apply", "-e", "prod", "--auto-approve"]));
    sandbox.assert_silent();
}

#[test]
fn an_environment_that_requires_clean_git_takes_only_what_git_holds() {
    let sandbox = Sandbox::quick();
    let project = Project::small().on(&sandbox);
    project.edit("config/repoint.toml", "123456789012", "000000000000");
    sandbox.fill(&project, "prod");
    let apply = ["apply", "-e", "prod", "--auto-approve", PLAN];
    project.succeeds_with(0, &["plan", "-e", "prod", "--out", PLAN]);
    assert_output!("no_git", project.repoint(&apply));
    project.git(&["init", "--quiet"]);
    assert_output!("nothing_committed", project.repoint(&apply));
    project.git(&["add", "."]);
    project.git(&["commit", "--quiet", "--message", "a release"]);
    project.edit("config/functions/orders.py", "order", "something else");
    assert_output!("not_clean", project.repoint(&apply));
    assert_output!("not_clean_dry_run", project.repoint(&[&apply[..], &["--dry-run"]].concat()));
    sandbox.assert_untouched();
    project.git(&["checkout", "--quiet", "."]);
    project.succeeds_with(0, &apply);
}

#[test]
fn a_path_that_git_does_not_hold_is_named_in_its_own_letters() {
    let sandbox = Sandbox::quick();
    let project = Project::small().on(&sandbox);
    project.edit("config/repoint.toml", "123456789012", "000000000000");
    project.edit("config/repoint.toml", "functions/orders.py", "functions/große Aufträge.py");
    project.write("config/functions/große Aufträge.py", project.read("config/functions/orders.py"));
    project.succeeds_with(0, &["validate", "-e", "prod"]);
    project.git(&["init", "--quiet"]);
    project.git(&["add", "config/checkout.json", "config/functions/orders.py", "config/repoint.toml"]);
    project.git(&["commit", "--quiet", "--message", "a release"]);
    sandbox.fill(&project, "prod");
    project.succeeds_with(0, &["plan", "-e", "prod", "--out", PLAN]);
    let apply = ["apply", "-e", "prod", "--auto-approve", PLAN];
    assert_output!("not_clean_letters", project.repoint(&apply));
    project.git(&["mv", "config/functions/orders.py", "config/functions/große Aufträge.py", "--force"]);
    assert_output!("not_clean_renamed", project.repoint(&apply));
}
