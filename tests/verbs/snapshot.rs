//! `snapshot` and `plan --from`: the account in a file, and plans without the account.

use serde_json::{Value, json};

use crate::{
    applied_small, example,
    sandbox::{Output, Project, Sandbox, assert_output},
};

const SNAPSHOT: [&str; 5] = ["snapshot", "-e", "dev", "--out", "dev.snapshot.json"];
const FROM: [&str; 5] = ["plan", "-e", "dev", "--from", "dev.snapshot.json"];
const SECRETS: [&str; 3] = ["hunter2-in-production", "https://user:pass@db.internal", "v1"];

/// Returns the small project and its account, with secrets in the environment of both functions.
fn with_secrets() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let set = |name: &str, variables: Value| {
        let path = format!("/2015-03-31/functions/{name}/configuration");
        sandbox.lambda("PUT", &path, &json!({ "Environment": { "Variables": variables } }));
    };
    set("shop-orders-dev", json!({ "PASSWORD": SECRETS[0], "AGAIN": SECRETS[0], "DATABASE": SECRETS[1] }));
    set("shop-mailer-dev", json!({ "SHARED": SECRETS[0], "MODE": SECRETS[2] }));
    let project = Project::small().on(&sandbox);
    (sandbox, project)
}

/// Returns the project without a way to AWS: no keys, and an address at which nobody answers.
fn offline(project: Project) -> Project {
    project
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .variable("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .variable("AWS_REGION", "eu-north-1")
}

fn digest(output: &Output) -> String {
    let plan: Value = serde_json::from_str(&output.stdout).expect("it is JSON");
    plan["digest"].as_str().expect("a plan has a digest").to_owned()
}

#[test]
fn a_snapshot_holds_the_account_and_none_of_its_secrets() {
    let (sandbox, project) = with_secrets();
    assert_output!("snapshot", project.repoint(&SNAPSHOT));
    sandbox.assert_untouched();
    let text = project.read("dev.snapshot.json");
    for secret in SECRETS.into_iter().chain(["tester", "Location", "X-Amz"]) {
        assert!(
            !text.contains(&format!("{secret}\"")) && !text.contains(&format!("\"{secret}")),
            "{secret}: {text}"
        );
    }
    let text = text.replace(env!("CARGO_PKG_VERSION"), "[version]");
    let file = Output { command: "cat".to_owned(), stdout: text, stderr: String::new(), code: Some(0) };
    assert_output!("snapshot_file", file);
    assert_output!(
        "snapshot_json",
        project.repoint(&["snapshot", "-e", "dev", "--out", "dev.snapshot.json", "--json"])
    );
}

#[test]
fn a_plan_from_a_snapshot_is_the_plan_of_the_account() {
    let (_sandbox, project) = with_secrets();
    let mut digests = Vec::new();
    for round in 0..2 {
        project.succeeds_with(0, &SNAPSHOT);
        let live = project.succeeds_with(0, &["plan", "-e", "dev", "--json"]);
        let from = project.succeeds_with(0, &["plan", "-e", "dev", "--json", "--from", "dev.snapshot.json"]);
        assert_eq!(digest(&live), digest(&from), "round {round}");
        digests.push(digest(&live));
        project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    }
    assert_ne!(digests[0], digests[1]);
}

#[test]
fn planning_needs_neither_network_nor_keys() {
    let (_sandbox, project) = with_secrets();
    project.succeeds_with(0, &SNAPSHOT);
    let project = offline(project);
    assert_output!("plan_from", project.repoint(&FROM));
    let json = project.succeeds_with(0, &["plan", "-e", "dev", "--json", "--from", "dev.snapshot.json"]);
    let json: Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!(json["observed_in"]["file"], "dev.snapshot.json");
    assert!(json["observed_in"]["taken"].is_string(), "{json}");
    project.succeeds_with(2, &["plan", "-e", "dev", "--from", "dev.snapshot.json", "--detailed-exitcode"]);
}

/// The revisions in a snapshot are those of the account, so what was planned offline can be applied.
#[test]
fn a_plan_from_a_snapshot_can_be_applied_while_the_account_stands_still() {
    let (sandbox, project) = with_secrets();
    project.succeeds_with(0, &SNAPSHOT);
    let save = ["plan", "-e", "dev", "--from", "dev.snapshot.json", "--out", "plans/dev.json"];
    project.succeeds_with(0, &save);
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q", "plans/dev.json"]);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);

    project.succeeds_with(0, &SNAPSHOT);
    project.edit("config/functions/orders.py", "order", "other order");
    project.succeeds_with(0, &save);
    let body = json!({ "Environment": { "Variables": { "PASSWORD": "changed since" } } });
    sandbox.lambda("PUT", "/2015-03-31/functions/shop-orders-dev/configuration", &body);
    let writes = sandbox.writes();
    assert_output!(
        "plan_from_is_stale",
        project.repoint(&["apply", "-e", "dev", "--auto-approve", "-q", "plans/dev.json"])
    );
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn what_is_not_there_is_written_down_as_that() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.edit("config/repoint.toml", "[limits]", "[functions.returns]\ntimeout = 5\n\n[limits]");
    assert_output!("snapshot_of_the_absent", project.repoint(&SNAPSHOT));
    let (live, from) = (project.repoint(&["plan", "-e", "dev"]), project.repoint(&FROM));
    assert_eq!((live.code, from.code), (Some(1), Some(1)));
    let missing = "function `shop-returns-dev` does not exist";
    assert!(live.stdout.contains(missing) && from.stdout.contains(missing), "{live}{from}");
}

/// Of what was not looked for nothing is known, which is not the same as that it is not there.
#[test]
fn what_was_not_looked_for_is_not_planned() {
    let (_sandbox, project) = applied_small();
    project.succeeds_with(0, &SNAPSHOT);
    let declared = "[functions.returns]\ntimeout = 5\n\n[state_machines.refund]\nname = \"shop-refund-${env}\"\n\
                    definition = \"config/checkout.json\"\n\n[limits]";
    project.edit("config/repoint.toml", "[limits]", declared);
    assert_output!("plan_from_knows_less", project.repoint(&FROM));
}

#[test]
fn a_snapshot_of_something_else_is_refused() {
    let (_sandbox, project) = applied_small();
    project.succeeds_with(0, &SNAPSHOT);
    let from = |project: &Project, environment: &str, more: &[&str]| {
        project.repoint(&[&["plan", "-e", environment, "--from", "dev.snapshot.json"][..], more].concat())
    };
    assert_output!("plan_from_another_environment", from(&project, "prod", &[]));
    assert_output!("plan_from_another_region", from(&project, "dev", &["--region", "eu-west-1"]));
    project.edit(
        "config/repoint.toml",
        "[environments.dev]\n",
        "[environments.dev]\naccount = \"210987654321\"\n",
    );
    assert_output!("plan_from_another_account", from(&project, "dev", &[]));
    project.edit("config/repoint.toml", "project = \"shop\"", "project = \"store\"");
    assert_output!("plan_from_another_project", from(&project, "dev", &[]));
}

#[test]
fn a_file_that_is_no_account_is_refused() {
    let project = offline(Project::small());
    project.write("cut.json", "{\"kind\": \"account\", ");
    let from = |name: &str| project.repoint(&["plan", "-e", "dev", "--from", name]);
    assert_output!("plan_from_nothing", from("nothing.json"));
    assert_output!("plan_from_toml", from("config/repoint.toml"));
    assert_output!("plan_from_cut", from("cut.json"));
    assert_output!("plan_from_folder", from("config"));
    assert_output!("plan_from_profile", project.repoint(&["plan", "--from", "x.json", "--profile", "prod"]));
}

/// A simulated account is planned from as it is; which one of several must be said.
#[test]
fn a_simulated_account_is_planned_from_like_a_snapshot() {
    let (sandbox, project) = example();
    project.write("account.json", sandbox.world().save());
    let project = offline(project);
    let save = ["plan", "-e", "dev", "--from", "account.json", "--json"];
    let from = project.succeeds_with(0, &save);
    assert!(from.stdout.contains("\"taken\": null"), "{from}");

    let mut saved: Value = serde_json::from_str(&project.read("account.json")).expect("it is JSON");
    let other = json!({ "us-west-1": { "executions": { "count": 1 } } });
    saved["accounts"]["210987654321"] = other;
    project.write("account.json", saved.to_string());
    assert_output!(
        "plan_from_several_accounts",
        project.repoint(&["plan", "-e", "dev", "--from", "account.json"])
    );
    project.edit(
        "config/repoint.toml",
        "[environments.dev]\n",
        "[environments.dev]\naccount = \"000000000000\"\n",
    );
    assert_eq!(digest(&project.succeeds_with(0, &save)), digest(&from));
    project.edit("config/repoint.toml", "\"000000000000\"", "\"111111111111\"");
    assert_output!(
        "plan_from_none_of_the_accounts",
        project.repoint(&["plan", "-e", "dev", "--from", "account.json"])
    );
}

#[test]
fn a_snapshot_replaces_nothing_but_a_snapshot() {
    let (sandbox, project) = with_secrets();
    project.write("notes.json", "{}");
    project.write("account.json", sandbox.world().save());
    project.write("empty.json", "");
    let files = project.files();
    let out = |name: &str| project.repoint(&["snapshot", "-e", "dev", "--out", name]);
    for name in ["notes.json", "account.json", "config/repoint.toml", "config", "notes.json/x"] {
        assert_output!(format!("snapshot_to_{}", name.replace(['.', '/'], "_")), out(name));
    }
    assert_eq!(project.files(), files);
    for name in ["empty.json", "empty.json", "new/folder/s.json"] {
        assert_eq!(out(name).code, Some(0));
    }
}

#[test]
fn what_cannot_be_read_is_not_written_down() {
    let (sandbox, project) = with_secrets();
    sandbox.world().faults().deny("states:ListStateMachineVersions", "shop-checkout-dev");
    assert_output!("snapshot_denied", project.repoint(&SNAPSHOT));
    sandbox.world().faults().clear();
    sandbox.world().faults().deny("lambda:GetFunction", "shop-orders-dev");
    let output = project.repoint(&SNAPSHOT);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(!project.path().join("dev.snapshot.json").exists());
}
