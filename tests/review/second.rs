//! What a second review found: each test fails on the program that it was written against.

use std::time::Duration;

use repoint::simulator::Knobs;
use serde_json::{Value, json};

use crate::{
    APPLY, MAILER, PLAN, apply, assert_refused, assert_says, create, create_anew,
    interrupted::until_told,
    lambda, mailer, mailer_toml, plan,
    sandbox::{ACCOUNT, Project, REGION, Sandbox},
    set_token, upload,
};

const TOML: &str = "config/repoint.toml";
const LIVE: &str = "aliases.LIVE = \"latest\"";
const ROLLBACK: &str = "aliases.ROLLBACK = \"previous(LIVE)\"";
const CALLING: &str = r#"{"StartAt":"Mail","States":{"Mail":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"shop-mailer-dev"},"End":true}}}"#;
const MACHINE: &str = "[state_machines.mail]\nname = \"shop-mail-dev\"\ndefinition = \"config/mail.json\"";

fn alias(sandbox: &Sandbox, name: &str, version: &str) {
    lambda(sandbox, "POST", MAILER, "/aliases", &json!({ "Name": name, "FunctionVersion": version }));
}

fn aliases(sandbox: &Sandbox) -> Value {
    lambda(sandbox, "GET", MAILER, "/aliases", &json!({}))["Aliases"].clone()
}

/// The value of the variable in a published version.
fn published_token(sandbox: &Sandbox, version: &str) -> Option<String> {
    let versions = lambda(sandbox, "GET", MAILER, "/versions", &json!({}));
    let found = versions["Versions"].as_array()?.iter().find(|item| item["Version"] == version)?.clone();
    Some(found["Environment"]["Variables"]["TOKEN"].as_str()?.to_owned())
}

/// A machine that calls the mailer, beside the project of the mailer.
fn with_machine(sandbox: &Sandbox, keys: &str) -> Project {
    create(sandbox, MAILER, &[1]);
    sandbox.by_hand(|scene| scene.create_machine("shop-mail-dev", CALLING)).expect("the machine is new");
    let project = mailer(sandbox, &format!("{keys}\n\n{MACHINE}"));
    project.write("config/mail.json", CALLING);
    project
}

// Design §3.6, §3.9: a function that was created anew is a new world, and a plan of it applies.
#[test]
fn a_function_that_was_created_anew_can_be_applied() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2]);
    let project = mailer(&sandbox, LIVE);
    project.succeeds_with(0, &APPLY);
    create_anew(&sandbox, MAILER, &[5, 6]);
    project.succeeds_with(0, &APPLY);
    assert_eq!(aliases(&sandbox)[0]["FunctionVersion"], "2");
}

// Design §2 and §3.9: `previous(X)` is a version that X served, and apply then plan is empty.
#[test]
fn the_history_of_an_alias_ends_where_its_function_was_created_anew() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, &format!("{LIVE}\n{ROLLBACK}"));
    project.succeeds_with(0, &APPLY);
    upload(&sandbox, 2);
    project.succeeds_with(0, &APPLY);
    create_anew(&sandbox, MAILER, &[5, 6, 7]);
    project.succeeds_with(0, &APPLY);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
}

/// A function with a variable whose saved plan was interrupted after its first update.
fn interrupted_before_the_publish() -> (Sandbox, Project) {
    let in_progress = Duration::from_millis(500);
    let sandbox = Sandbox::start(Knobs { in_progress, pending: Duration::ZERO, ..Knobs::default() });
    create(&sandbox, MAILER, &[1]);
    set_token(&sandbox, "reviewed");
    let project = mailer(&sandbox, &format!("timeout = 20\n{LIVE}"));
    plan(&project);
    let running = project.spawn(&[&APPLY[..], &[PLAN]].concat());
    until_told(&running, "functions.mailer.settings: waits: ");
    let held = sandbox.world();
    running.signal("INT");
    until_told(&running, "\nstopping: ");
    drop(held);
    let stopped = running.finish();
    assert_eq!(stopped.code, Some(3), "{stopped}");
    (sandbox, project)
}

// Design §3.6: the revision of `$LATEST` is part of a plan that publishes environment values.
#[test]
fn another_plan_does_not_inherit_what_an_interrupted_one_worked_on() {
    let (sandbox, project) = interrupted_before_the_publish();
    plan(&project);
    set_token(&sandbox, "unreviewed");
    let output = apply(&project);
    assert_ne!(published_token(&sandbox, "2").as_deref(), Some("unreviewed"), "{output}");
    assert_eq!(output.code, Some(5), "{output}");
}

// Design §3.6: the same, where the plan is the interrupted one.
#[test]
fn a_resumed_plan_does_not_publish_a_value_that_somebody_changed_meanwhile() {
    let (sandbox, project) = interrupted_before_the_publish();
    set_token(&sandbox, "unreviewed");
    let output = apply(&project);
    assert_ne!(published_token(&sandbox, "2").as_deref(), Some("unreviewed"), "{output}");
}

// README and docs/toml.md: only what is declared is managed; `vpc` has three keys.
#[test]
fn declared_security_groups_do_not_take_a_function_out_of_its_vpc() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let vpc = json!({ "SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-a"] });
    lambda(&sandbox, "PUT", MAILER, "/configuration", &json!({ "VpcConfig": vpc }));
    let project = mailer(&sandbox, "vpc.security_group_ids = [\"sg-b\"]");
    let planned = project.repoint(&["plan", "-e", "dev"]);
    assert!(!planned.stdout.contains("→ (none)"), "{planned}");
}

// The same for `logging`.
#[test]
fn a_declared_log_format_does_not_move_the_logs_to_another_group() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let logging = json!({ "LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "/shop/mails" });
    lambda(&sandbox, "PUT", MAILER, "/configuration", &json!({ "LoggingConfig": logging }));
    let project = mailer(&sandbox, "logging.format = \"JSON\"");
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
}

// T11: weights that AWS adds by itself are nobody's wish, and no follower gets them.
#[test]
fn t11_an_alias_that_follows_another_does_not_copy_weights_of_aws() {
    let sandbox = Sandbox::start(Knobs {
        pending: Duration::ZERO,
        in_progress: Duration::ZERO,
        transient_weights: Duration::from_mins(10),
        ..Knobs::default()
    });
    create(&sandbox, MAILER, &[1, 2]);
    alias(&sandbox, "LIVE", "1");
    let project = mailer(&sandbox, "aliases.LIVE = \"manual\"\naliases.BATCH = \"same-as(LIVE)\"");
    project.succeeds_with(0, &APPLY);
    let path = format!("/2019-09-30/functions/{MAILER}/provisioned-concurrency?Qualifier=LIVE");
    sandbox.lambda("PUT", &path, &json!({ "ProvisionedConcurrentExecutions": 1 }));
    sandbox.by_hand(|scene| scene.move_alias(MAILER, "LIVE", "2")).expect("version 2 exists");
    project.succeeds_with(0, &APPLY);
    let batch = lambda(&sandbox, "GET", MAILER, "/aliases/BATCH", &json!({}));
    assert_eq!(batch["FunctionVersion"], "2");
    assert_eq!(batch["RoutingConfig"], Value::Null, "{batch}");
}

// `plan` changes no file that it did not make.
#[test]
fn a_plan_is_not_saved_over_the_file_that_it_was_made_from() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, LIVE);
    let output = project.repoint(&["plan", "-e", "dev", "--out", TOML]);
    assert_eq!(project.read(TOML), mailer_toml(LIVE), "{output}");
}

// Design §5: a plan and its `.md` are two files.
#[test]
fn a_plan_is_not_saved_where_its_page_is_written() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, LIVE);
    let output = project.repoint(&["plan", "-e", "dev", "--out", "plans/release.md"]);
    if output.code == Some(0) {
        let applied = project.repoint(&[&APPLY[..], &["plans/release.md"]].concat());
        assert_eq!(applied.code, Some(0), "what was saved can be applied: {output}\n{applied}");
    }
}

// Design §4: an error ends with 1 and a sentence, however long the line is.
#[test]
fn a_mistake_far_to_the_right_in_a_definition_is_told() {
    let project = Project::empty();
    let machine = format!("timeout = 20\n\n{MACHINE}\nreferences = \"off\"");
    project.write(TOML, mailer_toml(&machine));
    let comment = "x".repeat(70_000);
    let twice = format!(
        r#"{{"StartAt":"Done","Comment":"{comment}","States":{{"Done":{{"Type":"Succeed"}}}},"StartAt":"Done"}}"#
    );
    project.write("config/mail.json", twice);
    let output = project.repoint(&["validate"]);
    assert_eq!(output.code, Some(1), "{}", output.stderr.chars().take(400).collect::<String>());
}

// Design §4: 0 means done; a plan that nobody got was not shown.
#[test]
#[cfg(target_os = "linux")]
fn an_output_that_could_not_be_written_is_an_error() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, LIVE);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_repoint"))
        .args(["plan", "-e", "dev", "--json"])
        .current_dir(project.path())
        .env("AWS_ENDPOINT_URL", sandbox.url())
        .env("AWS_ACCESS_KEY_ID", "tester")
        .env("AWS_SECRET_ACCESS_KEY", "tester")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status()
        .expect("the program starts");
    assert_eq!(status.code(), Some(1));
}

// Design §3.10: a function under another name was never recorded; that is not compared, and no drift.
#[test]
fn a_function_under_another_name_was_never_recorded() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2]);
    create(&sandbox, "shop-postman-dev", &[3]);
    let project = mailer(&sandbox, LIVE);
    project.succeeds_with(0, &APPLY);
    project.edit(TOML, MAILER, "shop-postman-dev");
    let output = project.repoint(&["drift", "-e", "dev"]);
    assert_eq!(output.code, Some(6), "{output}");
}

// The same of a state machine.
#[test]
fn a_machine_under_another_name_was_never_recorded() {
    let sandbox = Sandbox::quick();
    let project = with_machine(&sandbox, LIVE);
    let other = CALLING.replace("\"Mail\"", "\"Post\"");
    sandbox.by_hand(|scene| scene.create_machine("shop-post-dev", &other)).expect("the machine is new");
    project.succeeds_with(0, &APPLY);
    project.edit(TOML, "shop-mail-dev", "shop-post-dev");
    let output = project.repoint(&["drift", "-e", "dev"]);
    assert_eq!(output.code, Some(6), "{output}");
}

// Windows editors write a byte order mark, which AWS refuses: before anything is sent, if at all.
#[test]
fn a_byte_order_mark_does_not_stop_an_apply_half_way() {
    let sandbox = Sandbox::quick();
    let project = with_machine(&sandbox, LIVE);
    project.write("config/mail.json", format!("\u{feff}{CALLING}"));
    let output = project.repoint(&APPLY);
    assert_ne!(output.code, Some(3), "{output}");
}

// Design §3.6: unrelated changes never make a plan stale; the plan sends the definition alone.
#[test]
fn a_role_that_the_plan_does_not_change_makes_no_definition_stale() {
    let sandbox = Sandbox::quick();
    let project = with_machine(&sandbox, LIVE);
    plan(&project);
    let machine = format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-mail-dev");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/other");
    sandbox.states("UpdateStateMachine", &json!({ "stateMachineArn": machine, "roleArn": role }));
    let output = apply(&project);
    assert_eq!(output.code, Some(0), "{output}");
}

// Design §2: `min_age` never deletes a version younger than this, by a saved plan neither.
#[test]
fn a_saved_plan_does_not_delete_versions_that_were_published_since() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2, 3]);
    let project = mailer(&sandbox, &format!("{LIVE}\nretention = {{ keep = 1, min_age = \"24h\" }}"));
    project.succeeds_with(0, &APPLY);
    let mut state: Value = serde_json::from_str(&project.read("state/dev/state.json")).unwrap();
    state["recorded"]["functions"]["mailer"]["first_recorded"] = json!("2026-02-01T00:00:00Z");
    project.write("state/dev/state.json", state.to_string());
    assert_says(&plan(&project), "2 versions deleted");
    create_anew(&sandbox, MAILER, &[1, 2, 3]);
    alias(&sandbox, "LIVE", "3");
    assert_refused(&sandbox, &project, 5, "`functions.mailer.versions.1` ");
}

// A plan that cannot be saved says so, or the next command only says that the file is missing.
#[test]
fn a_blocked_plan_says_that_it_was_not_saved() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, "aliases.LIVE = \"7\"");
    let output = project.repoint(&["plan", "-e", "dev", "--out", PLAN]);
    assert_eq!(output.code, Some(1), "{output}");
    assert_says(&output, "not saved");
}

// Design §5: a finished apply records what it saw; one that failed must not make drift disappear.
#[test]
fn a_failed_apply_does_not_make_drift_disappear() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2]);
    let project = mailer(&sandbox, "aliases.LIVE = \"manual\"\naliases.OLD = \"1\"");
    project.succeeds_with(0, &APPLY);
    sandbox.by_hand(|scene| scene.move_alias(MAILER, "LIVE", "1")).expect("version 1 exists");
    project.succeeds_with(2, &["drift", "-e", "dev"]);
    project.edit(TOML, "OLD = \"1\"", "OLD = \"2\"");
    sandbox.world().faults().deny("lambda:UpdateAlias", MAILER);
    let failed = project.repoint(&APPLY);
    assert_eq!(failed.code, Some(1), "{failed}");
    project.succeeds_with(2, &["drift", "-e", "dev"]);
}

// Design §2: `previous(X)` moves when X moves, whoever moved it.
#[test]
fn the_way_back_follows_an_alias_that_was_moved_by_hand() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2, 3]);
    alias(&sandbox, "LIVE", "1");
    let project = mailer(&sandbox, &format!("aliases.LIVE = \"manual\"\n{ROLLBACK}"));
    project.succeeds_with(0, &APPLY);
    for version in ["2", "3"] {
        sandbox.by_hand(|scene| scene.move_alias(MAILER, "LIVE", version)).expect("it exists");
        project.succeeds_with(0, &APPLY);
    }
    let back = lambda(&sandbox, "GET", MAILER, "/aliases/ROLLBACK", &json!({}));
    assert_eq!(back["FunctionVersion"], "2", "`LIVE` served 1, 2 and 3");
}

// The tour says that nothing leaves the machine.
#[test]
fn the_tour_asks_no_address_of_the_users_environment() {
    let sandbox = Sandbox::quick();
    let project = Project::empty();
    let project = project.variable("AWS_ENDPOINT_URL_LAMBDA", &sandbox.url());
    let output = project.repoint(&["tour"]);
    sandbox.assert_silent();
    assert_eq!(output.code, Some(0), "{output}");
}
