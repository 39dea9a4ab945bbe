//! `verify = true`: AWS is asked what it says of a definition before anybody reviews it.

use crate::{
    CHECKOUT, hands,
    sandbox::{Project, Sandbox, assert_output},
    shop,
};
use repoint::simulator::FaultRule;

const VERIFY: &str = "verify = true";

/// Makes the definition one that AWS refuses.
fn break_definition(project: &Project) {
    project.edit("config/checkout.json", "\"arn:aws:states:::lambda:invoke\"", "\"lambda:invoke\"");
}

fn validations(sandbox: &Sandbox) -> Option<u64> {
    sandbox.world().calls().get("ValidateStateMachineDefinition").copied()
}

#[test]
fn r32_what_aws_would_refuse_blocks_the_plan() {
    let (sandbox, project) = shop(VERIFY);
    break_definition(&project);
    assert_output!("verify_refused", project.repoint(&["plan", "-e", "dev"]));
    assert_eq!(validations(&sandbox), Some(1));
    let before = hands::definition(&sandbox, CHECKOUT);
    assert_output!("verify_not_applied", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    assert_eq!(hands::definition(&sandbox, CHECKOUT), before);
}

#[test]
fn a_definition_that_aws_would_take_is_planned_without_a_word() {
    let (sandbox, project) = shop(&format!("{VERIFY}\nreferences = \"version\""));
    let plan = project.succeeds_with(0, &["plan", "-e", "dev"]).to_string();
    assert!(!plan.contains("AWS"), "{plan}");
    assert_eq!(validations(&sandbox), Some(1));
    crate::apply(&project);
    let asked = validations(&sandbox);
    // Nothing is sent, so nothing is asked.
    crate::assert_done(&project);
    assert_eq!(validations(&sandbox), asked);
}

#[test]
fn who_may_not_ask_is_told_so_and_plans() {
    let (sandbox, project) = shop(VERIFY);
    let rule: FaultRule = "ValidateStateMachineDefinition:deny:100%".parse().expect("it is a rule");
    sandbox.world().faults().add(rule);
    assert_output!("verify_denied", project.repoint(&["plan", "-e", "dev"]));
}
