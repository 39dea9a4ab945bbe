//! An account that lacks something, or that does not let the caller do something.

use crate::sandbox::{Project, Sandbox, assert_output};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];
const PLAN: [&str; 3] = ["plan", "-e", "dev"];

#[test]
fn a_managed_function_that_does_not_exist_stops_the_plan() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    project.edit("config/repoint.toml", "[limits]", "[functions.returns]\ntimeout = 5\n\n[limits]");
    let writes = sandbox.writes();
    assert_output!("missing_function_plan", project.repoint(&PLAN));
    assert_output!("missing_function_apply", project.repoint(&APPLY));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn a_managed_machine_that_does_not_exist_stops_the_plan() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    let refund = "[state_machines.refund]\nname = \"shop-refund-${env}\"\n\
                  definition = \"config/checkout.json\"\n\n[limits]";
    project.edit("config/repoint.toml", "[limits]", refund);
    let writes = sandbox.writes();
    assert_output!("missing_machine", project.repoint(&APPLY));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn prod_must_not_call_dev() {
    let sandbox = Sandbox::quick();
    let project = Project::small().on(&sandbox);
    project.edit("config/repoint.toml", "123456789012", "000000000000");
    project.edit("config/repoint.toml", "require = [\"saved-plan\", \"clean-git\"]\n", "");
    sandbox.fill(&project, "prod");
    project.succeeds_with(0, &["apply", "-e", "prod", "--auto-approve"]);
    let writes = sandbox.writes();
    project.edit("config/checkout.json", "shop-orders-${env}", "shop-orders-dev");
    assert_output!("prod_calls_dev_plan", project.repoint(&["plan", "-e", "prod", "--out", "plans/"]));
    assert_output!("prod_calls_dev_apply", project.repoint(&["apply", "-e", "prod", "--auto-approve"]));
    assert_eq!(sandbox.writes(), writes);
    assert!(!project.path().join("plans").exists(), "a plan that cannot be applied is not saved");
}

#[test]
fn a_denied_read_names_the_action_and_the_function() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    sandbox.world().faults().deny("lambda:ListVersionsByFunction", "shop-mailer-dev");
    assert_output!("denied_read", project.repoint(&PLAN));
    sandbox.world().faults().clear();
    sandbox.world().faults().deny("states:DescribeStateMachine", "shop-checkout-dev");
    assert_output!("denied_read_of_a_machine", project.repoint(&APPLY));
    sandbox.assert_untouched();
}

#[test]
fn drift_goes_on_where_one_function_cannot_be_read() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    sandbox.world().faults().deny("lambda:ListVersionsByFunction", "shop-mailer-dev");
    assert_output!("denied_drift", project.repoint(&["drift", "-e", "dev"]));
}

#[test]
fn without_the_right_to_ask_who_one_is_the_account_comes_from_an_arn() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    sandbox.world().faults().deny("sts:GetCallerIdentity", "*");
    assert_output!("denied_identity", project.repoint(&PLAN));
}

/// Makes an applied project that wants another time limit of `mailer` and other code of `orders`.
fn with_changes(sandbox: &Sandbox) -> Project {
    let project = Project::applied(sandbox);
    project.edit("config/repoint.toml", "timeout = 20", "timeout = 25");
    project.edit("config/functions/orders.py", "order", "new order");
    project
}

#[test]
fn a_denied_write_with_nothing_done_ends_with_1() {
    let sandbox = Sandbox::with_small();
    let project = with_changes(&sandbox);
    for action in ["lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionCode"] {
        sandbox.world().faults().deny(action, "function:shop-");
    }
    let before = sandbox.writes().len();
    assert_output!("denied_write_nothing_done", project.repoint(&APPLY));
    let writes = sandbox.writes().split_off(before);
    assert!(writes.iter().all(|call| call.starts_with("403 ")), "{writes:#?}");
    sandbox.world().faults().clear();
    assert_output!("allowed_again_after_nothing", project.repoint(&APPLY));
}

#[test]
fn a_denied_write_with_something_done_ends_with_3_and_is_resumed() {
    let sandbox = Sandbox::with_small();
    let project = with_changes(&sandbox);
    sandbox.world().faults().deny("lambda:UpdateAlias", "shop-mailer-dev");
    let stopped = project.repoint(&APPLY);
    assert_output!("denied_write_something_done", stopped);
    assert_ne!(project.read("state/dev/journal.jsonl"), "", "the journal stays open");
    sandbox.world().faults().clear();
    let resumed = project.repoint(&APPLY);
    assert_output!("allowed_again_after_something", resumed);
    let id = |text: &str| {
        let id = text.lines().find_map(|line| line.strip_prefix("deployment ")?.split_once(' '));
        id.expect("a deployment has an id").0.to_owned()
    };
    assert_eq!(id(&stopped.stderr), id(&resumed.stderr));
    assert_eq!(project.read("state/dev/journal.jsonl"), "", "the journal is closed");
}

#[test]
fn more_deletions_than_allowed_are_none() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    sandbox.by_hand(|scene| {
        for number in 2..6 {
            scene.update_code("shop-mailer-dev", &crate::sandbox::past_code(number)).expect("it is code");
            scene.publish("shop-mailer-dev", "by hand").expect("it is new");
        }
    });
    project.edit(
        "config/repoint.toml",
        "[functions.orders]",
        "retention = { keep = 2, min_age = \"0s\" }\n\n[functions.orders]",
    );
    project.edit("config/repoint.toml", "[limits]", "[limits]\nmax_deletes = 2");
    project.succeeds_with(0, &APPLY);
    assert_output!("max_deletes_plan", project.repoint(&PLAN));
    assert_output!("max_deletes_apply", project.repoint(&APPLY));
    let deletes = || sandbox.writes().iter().filter(|call| call.contains("DeleteFunction")).count();
    assert_eq!(deletes(), 0, "{:#?}", sandbox.writes());
    assert_output!("max_deletes_raised", project.repoint(&[&APPLY[..], &["--max-deletes", "9"]].concat()));
    assert!(deletes() > 0, "{:#?}", sandbox.writes());
}
