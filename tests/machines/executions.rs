//! What running executions follow is protected, whatever became of the machine since.

use crate::{
    CHECKOUT, apply, hands, publish,
    sandbox::{Project, Sandbox, assert_output},
    shop,
};
use repoint::simulator::FaultRule;
use serde_json::{Value, json};

/// Returns a shop whose machine calls the mailer by numbers, whose mailer keeps one version, and whose
/// state has forgotten the first definition; `before` happens while that one is live.
fn forgotten(before: impl FnOnce(&Sandbox)) -> (Sandbox, Project) {
    let (sandbox, project) = shop("references = \"off\"");
    project.edit("config/repoint.toml", "aliases.ROLLBACK = \"previous(LIVE)\"\n", "");
    let mailer = "[functions.mailer]\nretention = { keep = 1, min_age = \"0s\" }";
    project.edit("config/repoint.toml", "[functions.mailer]", mailer);
    crate::pin_mailer(&project, 1);
    apply(&project);
    before(&sandbox);
    publish(&sandbox, "shop-mailer-dev", 50);
    crate::pin_mailer(&project, 2);
    apply(&project);
    crate::forget_kept(&project);
    (sandbox, project)
}

fn execute(sandbox: &Sandbox) -> Value {
    hands::states(sandbox, "StartExecution", CHECKOUT, &json!({}))
}

#[test]
fn r31_a_function_version_that_a_running_execution_pins_stays() {
    let mut started = Value::Null;
    let (sandbox, project) = forgotten(|sandbox| started = execute(sandbox));
    assert_output!("running_pins", project.repoint(&["plan", "-e", "dev", "-v"]));
    let stop = json!({ "executionArn": started["executionArn"] });
    hands::states(&sandbox, "StopExecution", CHECKOUT, &stop);
    assert_output!("ended_releases", project.repoint(&["plan", "-e", "dev", "-v"]));
}

#[test]
fn an_execution_that_starts_after_the_review_makes_the_deletion_stale() {
    let (sandbox, project) = forgotten(|_| {});
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/cleanup.json", "-q"]);
    let now = hands::definition(&sandbox, CHECKOUT);
    hands::edit_definition(&sandbox, CHECKOUT, |text| text.replace(":2\"", ":1\""));
    execute(&sandbox);
    hands::edit_definition(&sandbox, CHECKOUT, |_| now);
    let saved = ["apply", "-e", "dev", "plans/cleanup.json", "--auto-approve"];
    assert_output!("running_makes_stale", project.repoint(&saved));
}

#[test]
fn few_of_many_executions_are_described() {
    let (sandbox, project) = forgotten(|sandbox| {
        for release in 0..4 {
            let comment = format!("\"Comment\": \"{release}\", \"StartAt\"");
            hands::edit_definition(sandbox, CHECKOUT, |text| text.replace("\"StartAt\"", &comment));
            for _ in 0..50 {
                execute(sandbox);
            }
        }
    });
    let described = || sandbox.world().calls().get("DescribeStateMachineForExecution").copied();
    assert_eq!(described(), None);
    let plan = project.succeeds_with(0, &["plan", "-e", "dev", "-v"]).to_string();
    assert!(plan.contains("pinned by state `SendMail` of a running execution of `checkout`"), "{plan}");
    let looks = described().expect("some were described");
    assert!(looks <= 30, "four definitions in 200 executions took {looks} looks");
}

#[test]
fn what_may_not_be_listed_protects_everything() {
    let (sandbox, project) = forgotten(|_| {});
    let rule: FaultRule = "ListExecutions:deny:100%".parse().expect("it is a rule");
    sandbox.world().faults().add(rule);
    assert_output!("executions_denied", project.repoint(&["plan", "-e", "dev", "-v"]));
}
