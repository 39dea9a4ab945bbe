//! What somebody did by hand and is right: `drift --accept` records it. And what was left half-way.

use serde_json::json;

use crate::{
    applied_small,
    hands::lambda,
    sandbox::{Project, Sandbox, assert_output},
};

/// The small project after somebody changed a setting and made an alias that is half shifted.
fn moved() -> (Sandbox, Project) {
    let (sandbox, project) = applied_small();
    lambda(&sandbox, "PUT", "shop-mailer-dev", "/configuration", &json!({ "MemorySize": 512 }));
    let weights = json!({ "AdditionalVersionWeights": { "2": 0.25 } });
    let body = json!({ "Name": "CANARY", "FunctionVersion": "1", "RoutingConfig": weights });
    lambda(&sandbox, "POST", "shop-orders-dev", "/aliases", &body);
    (sandbox, project)
}

#[test]
fn what_is_accepted_is_no_drift_any_more_and_nothing_is_sent() {
    let (sandbox, project) = moved();
    project.succeeds_with(2, &["drift", "-e", "dev"]);
    let before = sandbox.writes();
    assert_output!("accept", project.repoint(&["drift", "-e", "dev", "--accept", "--auto-approve"]));
    project.succeeds_with(0, &["drift", "-e", "dev"]);
    assert_output!("accept_nothing", project.repoint(&["drift", "-e", "dev", "--accept", "--yes"]));
    assert_eq!(sandbox.writes(), before, "nothing may be sent");
}

#[test]
fn what_is_live_is_recorded_also_before_the_first_apply() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.succeeds_with(6, &["drift", "-e", "dev"]);
    project.succeeds_with(0, &["drift", "-e", "dev", "--accept", "--auto-approve"]);
    project.succeeds_with(0, &["drift", "-e", "dev"]);
    sandbox.assert_untouched();
}

#[test]
fn what_is_gone_cannot_be_accepted() {
    let (sandbox, project) = applied_small();
    lambda(&sandbox, "DELETE", "shop-mailer-dev", "", &serde_json::Value::Null);
    let state = project.read("state/dev/state.json");
    let output = project.repoint(&["drift", "-e", "dev", "--accept", "--auto-approve"]);
    assert_eq!(output.code, Some(2), "{output}");
    assert_eq!(project.read("state/dev/state.json"), state);
}

#[test]
fn nobody_to_ask_is_an_error_and_nothing_is_recorded() {
    let (_sandbox, project) = moved();
    let before = project.files();
    assert_output!("accept_unasked", project.repoint(&["drift", "-e", "dev", "--accept"]));
    assert_output!("accept_several", project.repoint(&["drift", "--all", "--accept", "--yes"]));
    assert_eq!(project.files(), before);
}

#[test]
fn an_alias_that_nobody_declared_and_somebody_left_half_shifted_is_a_warning() {
    let (_sandbox, project) = moved();
    assert_output!("half_shifted", project.repoint(&["plan", "-e", "dev"]));
    project.succeeds_with(0, &["drift", "-e", "dev", "--accept", "--auto-approve"]);
    assert_output!("half_shifted_since", project.repoint(&["plan", "-e", "dev"]));
}
