//! What AWS does not have and the TOML declares whole is created; whatever else has its name is left alone.

use serde_json::json;

use crate::{
    hands,
    sandbox::{Project, Sandbox, assert_output},
};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];
const PLAN: [&str; 3] = ["plan", "-e", "dev"];

const NEW: &str = r#"[functions.returns]
code.path   = "config/functions/orders.py"
role        = "arn:aws:iam::000000000000:role/returns"
runtime     = "python3.13"
handler     = "orders.handler"
memory_size = 256
timeout     = 3

[state_machines.refund]
name         = "shop-refund-${env}"
definition   = "config/refund.json"
role         = "arn:aws:iam::000000000000:role/refund"
aliases.LIVE = "latest"

[limits]"#;

const REFUND: &str = r#"{
  "StartAt": "TakeBack",
  "States": {
    "TakeBack": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName": "shop-returns-${env}", "Payload.$": "$" },
      "End": true
    }
  }
}
"#;

/// Makes an applied project that wants a function and a state machine more.
fn with_new_ones(sandbox: &Sandbox) -> Project {
    let project = Project::applied(sandbox);
    project.edit("config/repoint.toml", "[limits]", NEW);
    project.write("config/refund.json", REFUND);
    project
}

#[test]
fn a_function_and_a_machine_are_created_with_versions_and_aliases() {
    let sandbox = Sandbox::with_small();
    let project = with_new_ones(&sandbox);
    let before = sandbox.writes().len();
    assert_output!("create_plan", project.repoint(&PLAN));
    assert_output!("create_apply", project.repoint(&APPLY));
    insta::assert_snapshot!("create_writes", sandbox.writes()[before..].join("\n"));
    assert_output!("create_nothing_left", project.repoint(&PLAN));
    assert_output!("create_no_drift", project.repoint(&["drift", "-e", "dev"]));
}

#[test]
fn what_is_created_is_told_in_the_page_for_the_review() {
    let sandbox = Sandbox::with_small();
    let project = with_new_ones(&sandbox);
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/new.json"]);
    let page = project.read("plans/new.md");
    let changes = page.split_once("## Changes").expect("the page tells the changes").1;
    insta::assert_snapshot!("create_page", changes.split_once("Apply exactly").expect("it ends so").0);
}

#[test]
fn another_function_of_that_name_makes_the_plan_stale_and_stays() {
    let sandbox = Sandbox::with_small();
    let project = with_new_ones(&sandbox);
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/new.json"]);
    sandbox.by_hand(|scene| {
        let zip = crate::sandbox::past_code(7);
        let function =
            repoint::simulator::SceneFunction { name: "shop-returns-dev", zip: &zip, handler: "app.handler" };
        scene.create_function(function).expect("the function is new");
    });
    let writes = sandbox.writes();
    assert_output!("create_stale", project.repoint(&["apply", "plans/new.json", "--auto-approve"]));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn a_machine_of_that_name_with_another_role_is_not_taken_for_ours() {
    let sandbox = Sandbox::with_small();
    let project = with_new_ones(&sandbox);
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/new.json"]);
    let definition = REFUND.replace("shop-returns-${env}", "shop-returns-dev:LIVE");
    let other = json!({
        "name": "shop-refund-dev",
        "definition": definition,
        "roleArn": "arn:aws:iam::000000000000:role/other",
    });
    sandbox.states("CreateStateMachine", &other);
    assert_output!("create_machine_stale", project.repoint(&["apply", "plans/new.json", "--auto-approve"]));
}

#[test]
fn what_aws_could_not_create_is_told_with_the_way_out() {
    let sandbox = Sandbox::with_small();
    let project = with_new_ones(&sandbox);
    sandbox.world().faults().add("CreateFunction@returns:failed".parse().expect("it is a rule"));
    assert_output!("create_failed", project.repoint(&APPLY));
    assert_output!("create_failed_plan", project.repoint(&PLAN));
    hands::lambda(&sandbox, "DELETE", "shop-returns-dev", "", &json!({}));
    project.succeeds_with(0, &APPLY);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
}
