//! Several environments at once: each whole, in the order that was asked for, with one exit code.

use serde_json::{Value, json};

use crate::{
    hands::lambda,
    sandbox::{Project, REGION, Sandbox, assert_output},
};

/// Two environments in two regions of one account, the first one applied; the other one is empty.
fn two() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let prod = "[environments.prod]\nregion  = \"us-west-1\"\naccount = \"123456789012\"";
    project.edit("config/repoint.toml", prod, "[environments.prod]\nregion  = \"eu-west-1\"");
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    (sandbox, project)
}

#[test]
fn each_is_told_whole_and_in_order_with_one_exit_code() {
    let (_sandbox, project) = two();
    assert_output!("several_plan", project.repoint(&["plan", "-e", "prod", "-e", "dev", "-e", "prod"]));
    assert_output!("several_drift", project.repoint(&["drift", "--all"]));
    assert_output!("several_status", project.repoint(&["status", "--all", "orders"]));
    assert_output!("several_rows", project.repoint(&["status", "--all", "orders", "--format", "tsv"]));
}

#[test]
fn with_json_all_is_one_document() {
    let (_sandbox, project) = two();
    let output = project.succeeds_with(1, &["plan", "--all", "--json"]);
    let document: Value = serde_json::from_str(&output.stdout).expect("it is one document");
    let environments = document["environments"].as_array().expect("it is a list");
    let names: Vec<&Value> = environments.iter().map(|one| &one["environment"]).collect();
    assert_eq!(names, ["dev", "prod"]);
    assert_eq!(document["exit"], 1);
    let alone = project.succeeds_with(0, &["plan", "-e", "dev", "--json"]);
    let alone: Value = serde_json::from_str(&alone.stdout).expect("it is JSON");
    assert_eq!(environments[0], json!({ "environment": "dev", "exit": 0, "errors": [], "report": alone }));
}

#[test]
fn what_one_cannot_do_does_not_keep_the_others_from_being_looked_at() {
    let (_sandbox, project) = two();
    project.edit(
        "config/repoint.toml",
        "region  = \"eu-west-1\"",
        "region  = \"eu-west-1\"\naccount = \"999999999999\"",
    );
    assert_output!("several_refused", project.repoint(&["drift", "-e", "prod", "-e", "dev"]));
}

#[test]
fn the_gravest_code_counts() {
    let (sandbox, project) = two();
    lambda(&sandbox, "PUT", "shop-orders-dev", "/configuration", &json!({ "Timeout": 9 }));
    let drift = project.repoint(&["drift", "--all"]);
    assert_eq!(drift.code, Some(2), "drift counts more than a missing state: {drift}");
}

#[test]
fn every_plan_is_saved_under_its_own_name() {
    let (_sandbox, project) = two();
    project.succeeds_with(1, &["plan", "--all", "--out", "plans/"]);
    let saved = project.files().into_keys().filter(|path| path.starts_with("plans/")).count();
    assert_eq!(saved, 2, "the plan of dev with its page; the other one is blocked");
}

#[test]
fn what_cannot_be_of_several_is_refused_before_anything_is_asked() {
    let sandbox = Sandbox::quick();
    let project = Project::small().on(&sandbox).variable("AWS_REGION", REGION);
    for (name, arguments) in [
        ("several_apply", &["apply", "-e", "dev", "-e", "prod"] as &[&str]),
        ("several_one_file", &["plan", "--all", "--out", "plan.json"]),
        ("several_all_and_one", &["status", "--all", "-e", "dev"]),
        ("several_unknown", &["drift", "-e", "dev", "-e", "prdo"]),
        ("several_snapshot", &["plan", "--all", "--from", "dev.json"]),
    ] {
        assert_output!(name, project.repoint(arguments));
    }
    sandbox.assert_silent();
}

#[test]
fn each_has_a_role_and_an_account_of_its_own() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let prod = "[environments.prod]\nregion  = \"us-west-1\"\naccount = \"123456789012\"";
    let deployer = "role_arn = \"arn:aws:iam::123456789012:role/deployer\"";
    project.edit("config/repoint.toml", prod, &format!("{prod}\n{deployer}"));
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    // The other account is empty, although the region is the same.
    assert_output!("several_accounts", project.repoint(&["status", "--all", "orders"]));
    // A role of an account that is not the declared one answers for itself, and stops nobody else.
    project.edit("config/repoint.toml", deployer, &deployer.replace("123456789012", "999999999999"));
    assert_output!("several_wrong_account", project.repoint(&["drift", "--all"]));
}
