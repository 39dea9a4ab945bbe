//! What moved of a machine's versions and aliases.

use crate::{
    CHECKOUT, apply, arn, hands, release,
    sandbox::{Sandbox, assert_output},
    shop,
};
use serde_json::{Value, json};

const ALIASES: &str = "aliases.LIVE = \"latest\"\naliases.ROLLBACK = \"previous(LIVE)\"";

fn point(sandbox: &Sandbox, operation: &str, mut body: Value, routes: &[(&str, u8)]) {
    let routes: Vec<Value> = routes
        .iter()
        .map(|(version, weight)| json!({ "stateMachineVersionArn": arn(version), "weight": weight }))
        .collect();
    body["routingConfiguration"] = Value::from(routes);
    hands::states(sandbox, operation, CHECKOUT, &body);
}

#[test]
fn every_move_of_an_alias_and_a_version_is_named() {
    let (sandbox, project) = shop(ALIASES);
    release(&project, 1);
    apply(&project);
    project.edit("config/repoint.toml", ALIASES, &format!("{ALIASES}\naliases.OLD = \"1\""));
    for number in 2..=3 {
        release(&project, number);
        apply(&project);
    }
    project.succeeds_with(0, &["drift", "-e", "dev"]);
    let update = |alias: &str, routes: &[(&str, u8)]| {
        let body = json!({ "stateMachineAliasArn": arn(alias) });
        point(&sandbox, "UpdateStateMachineAlias", body, routes);
    };
    update("LIVE", &[("3", 80), ("1", 20)]);
    update("ROLLBACK", &[("1", 100)]);
    hands::states(
        &sandbox,
        "DeleteStateMachineAlias",
        CHECKOUT,
        &json!({ "stateMachineAliasArn": arn("OLD") }),
    );
    hands::states(
        &sandbox,
        "DeleteStateMachineVersion",
        CHECKOUT,
        &json!({ "stateMachineVersionArn": arn("2") }),
    );
    point(&sandbox, "CreateStateMachineAlias", json!({ "name": "HAND" }), &[("3", 100)]);
    assert_output!("moved", project.repoint(&["drift", "-e", "dev"]));
    assert_output!("moved_json", project.repoint(&["drift", "-e", "dev", "--json"]));
    let ignored = [
        "drift",
        "-e",
        "dev",
        "--ignore",
        "state_machines.checkout.aliases.LIVE.weights",
        "--ignore",
        "state_machines.checkout.versions.2",
    ];
    assert_output!("moved_ignored", project.repoint(&ignored));
    assert_output!("moved_plan", project.repoint(&["plan", "-e", "dev"]));
}

#[test]
fn a_coming_publish_is_pending() {
    let (_sandbox, project) = shop("aliases.LIVE = \"latest\"");
    apply(&project);
    release(&project, 2);
    assert_output!("pending", project.repoint(&["drift", "-e", "dev"]));
}

#[test]
fn a_machine_that_was_created_anew_has_other_versions() {
    let (sandbox, project) = shop("aliases.LIVE = \"latest\"");
    for number in 1..=2 {
        release(&project, number);
        apply(&project);
    }
    let definition = hands::definition(&sandbox, CHECKOUT);
    hands::states(&sandbox, "DeleteStateMachine", CHECKOUT, &json!({}));
    let role = "arn:aws:iam::000000000000:role/checkout";
    let create = json!({ "name": CHECKOUT, "definition": definition, "roleArn": role });
    hands::states(&sandbox, "CreateStateMachine", CHECKOUT, &create);
    hands::states(&sandbox, "PublishStateMachineVersion", CHECKOUT, &json!({}));
    assert_output!("created_anew", project.repoint(&["drift", "-e", "dev"]));
    assert_output!("created_anew_plan", project.repoint(&["plan", "-e", "dev"]));
    apply(&project);
    project.succeeds_with(0, &["drift", "-e", "dev"]);
}
