//! How things stand: versions, aliases, machines, and why each version is kept.

use serde_json::{Value, json};

use crate::{
    applied_example, applied_small, example,
    hands::{edit_definition, lambda},
    sandbox::{Output, Project, Sandbox, assert_output},
};

/// The small project with a past: a split alias, one that nobody declares, one at `$LATEST`, and a
/// version that a definition pins.
fn lived_in() -> (Sandbox, Project) {
    let (sandbox, project) = applied_small();
    let definition = "definition = \"config/checkout.json\"";
    project.edit("config/repoint.toml", definition, &format!("{definition}\naliases.LIVE = \"latest\""));
    for number in [2, 3, 4] {
        project.write(
            "config/functions/orders.py",
            format!("def handler(event, context):\n    return {number}\n"),
        );
        project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    }
    edit_definition(&sandbox, "shop-checkout-dev", |text| {
        text.replace("shop-orders-dev:LIVE", "shop-orders-dev:1")
    });
    let alias = |function: &str, body: Value| lambda(&sandbox, "POST", function, "/aliases", &body);
    let weights = json!({ "AdditionalVersionWeights": { "4": 0.1 } });
    alias("shop-orders-dev", json!({ "Name": "CANARY", "FunctionVersion": "3", "RoutingConfig": weights }));
    alias("shop-mailer-dev", json!({ "Name": "DEBUG", "FunctionVersion": "$LATEST" }));
    project.edit(
        "config/repoint.toml",
        "[functions.orders]",
        "[functions.orders]\nretention.keep = 2\nretention.min_age = \"0s\"",
    );
    (sandbox, project)
}

#[test]
fn tells_versions_aliases_machines_and_why_each_version_is_kept() {
    let (sandbox, project) = lived_in();
    let before = sandbox.writes();
    assert_output!("status", project.repoint(&["status", "-e", "dev", "-v"]));
    assert_output!("status_json", project.repoint(&["status", "-e", "dev", "--json"]));
    assert_output!("status_tsv", project.repoint(&["status", "-e", "dev", "--format", "tsv"]));
    let json = project.repoint(&["status", "-e", "dev", "--format", "json"]);
    assert_eq!(json.stdout, project.repoint(&["status", "-e", "dev", "--json"]).stdout);
    assert_eq!(sandbox.writes(), before, "nothing may be sent");
}

#[test]
fn gives_the_reasons_of_a_plan_that_moves_nothing() {
    let (_sandbox, project) = applied_example();
    let planned = json_of(&project.succeeds_with(0, &["plan", "-e", "dev", "--json", "--detailed-exitcode"]));
    let status = json_of(&project.succeeds_with(0, &["status", "-e", "dev", "--json"]));
    let kept = planned["plan"]["kept"].as_object().expect("the example declares a retention");
    assert_eq!(kept.len(), 4);
    for (id, versions) in kept {
        let reasons = |version: &Value| {
            let kept = version["kept"].as_array().expect("it is a list").iter();
            kept.map(|kept| kept["reason"].clone()).collect::<Vec<_>>()
        };
        let told = status["functions"][id]["versions"].as_array().expect("it is a list").iter().map(reasons);
        let planned = versions.as_array().expect("it is a list").iter();
        let planned = planned.map(|version| version["reasons"].as_array().expect("it is a list").clone());
        assert_eq!(told.collect::<Vec<_>>(), planned.collect::<Vec<_>>(), "{id}");
    }
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).expect("it is JSON")
}

#[test]
fn tells_the_example_before_and_after_the_first_apply() {
    let (sandbox, project) = example();
    assert_output!("status_never_applied", project.repoint(&["status", "-e", "dev"]));
    sandbox.assert_untouched();
    let (_sandbox, project) = applied_example();
    assert_output!("status_applied", project.repoint(&["status", "-e", "dev"]));
}

#[test]
fn tells_only_what_is_asked_for_by_key_name_address_or_pattern() {
    let (_sandbox, project) = lived_in();
    let orders = project.repoint(&["status", "-e", "dev", "orders"]);
    assert_output!("status_one", orders);
    for name in ["shop-orders-dev", "functions.orders", "ord*", "shop-?rders-*", "*.orders"] {
        let same = project.repoint(&["status", "-e", "dev", name]);
        assert_eq!(same.stdout, orders.stdout, "{name}");
    }
    assert_output!("status_machine", project.repoint(&["status", "-e", "dev", "checkout"]));
}

#[test]
fn a_function_is_read_with_two_lists() {
    let (sandbox, project) = applied_small();
    let before = sandbox.world().call_log().len();
    project.succeeds_with(0, &["status", "-e", "dev"]);
    let world = sandbox.world();
    let mut calls: Vec<String> =
        world.call_log()[before..].iter().map(|call| call.operation.clone()).collect();
    calls.sort();
    assert_eq!(
        calls,
        [
            "DescribeStateMachine",
            "GetCallerIdentity",
            "ListAliases",
            "ListAliases",
            "ListVersionsByFunction",
            "ListVersionsByFunction",
        ]
    );
}

#[test]
fn what_is_missing_is_told_and_what_is_misspelt_is_refused() {
    let (sandbox, project) = applied_small();
    lambda(&sandbox, "DELETE", "shop-mailer-dev", "", &Value::Null);
    assert_output!("status_missing", project.repoint(&["status", "-e", "dev"]));
    assert_output!("status_missing_tsv", project.repoint(&["status", "-e", "dev", "--format", "tsv"]));
    let before = sandbox.world().call_log().len();
    assert_output!("status_unknown", project.repoint(&["status", "-e", "dev", "odrers"]));
    assert_output!("status_unlike_anything", project.repoint(&["status", "-e", "dev", "x"]));
    assert_output!("status_no_match", project.repoint(&["status", "-e", "dev", "pay*"]));
    assert_output!(
        "status_two_formats",
        project.repoint(&["status", "-e", "dev", "--json", "--format", "tsv"])
    );
    assert_eq!(sandbox.world().call_log().len(), before, "no request may be sent");
}

#[test]
fn what_aws_does_not_show_is_an_error_beside_the_rest() {
    let (sandbox, project) = applied_small();
    sandbox.world().faults().deny("lambda:ListAliases", "shop-mailer-dev");
    assert_output!("status_denied", project.repoint(&["status", "-e", "dev"]));
}
