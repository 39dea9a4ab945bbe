//! What drift makes of differences that somebody is still working on, or that AWS does not explain.

use serde_json::json;

use crate::{
    APPLY, MAILER, create, lambda, mailer,
    sandbox::{ACCOUNT, Project, REGION, Sandbox, assert_output},
    upload,
};

const LIVE: &str = "aliases.LIVE = \"latest\"";
const DRIFT: [&str; 3] = ["drift", "-e", "dev"];

/// The mailer, with `LIVE` at version 2, applied and in sync.
fn applied(sandbox: &Sandbox) -> Project {
    create(sandbox, MAILER, &[1, 2]);
    let project = mailer(sandbox, LIVE);
    project.succeeds_with(0, &APPLY);
    project.succeeds_with(0, &DRIFT);
    project
}

#[test]
fn the_whole_object_of_an_open_journal_entry_is_in_progress() {
    let sandbox = Sandbox::quick();
    let project = applied(&sandbox);
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let lines = [
        json!({
            "format": 1, "entry": "started", "deployment": "deploy-20261122T101500Z-1a2b",
            "plan_digest": digest, "who": "ana", "at": "2026-11-22T10:15:00Z",
        }),
        json!({
            "entry": "intent", "address": "functions.mailer.versions.new",
            "at": "2026-11-22T10:15:01Z", "summary": "publish a version",
        }),
    ];
    // The format is read from the first member of the first line.
    let journal = format!("{}\n{}\n", lines[0], lines[1]);
    project.write("state/dev/journal.jsonl", journal);
    sandbox.by_hand(|scene| scene.move_alias(MAILER, "LIVE", "1")).expect("version 1 exists");
    assert_output!("open_journal", project.repoint(&DRIFT));
}

#[test]
fn code_that_may_still_be_moving_is_not_compared_where_aws_does_not_say() {
    let sandbox = Sandbox::quick();
    let project = applied(&sandbox);
    upload(&sandbox, 3);
    sandbox.world().faults().deny("lambda:GetFunction", MAILER);
    assert_output!("health_denied", project.repoint(&DRIFT));
    assert_output!("health_denied_plan", project.repoint(&["plan", "-e", "dev"]));
    sandbox.by_hand(|scene| scene.move_alias(MAILER, "LIVE", "1")).expect("version 1 exists");
    assert_output!("health_denied_and_drift", project.repoint(&DRIFT));
}

#[test]
fn t11_weights_that_may_be_those_of_aws_are_not_compared_where_aws_does_not_say() {
    let sandbox = Sandbox::quick();
    let project = applied(&sandbox);
    let weights = json!({ "RoutingConfig": { "AdditionalVersionWeights": { "1": 0.1 } } });
    lambda(&sandbox, "PUT", MAILER, "/aliases/LIVE", &weights);
    project.succeeds_with(2, &DRIFT);
    sandbox.world().faults().deny("lambda:ListProvisionedConcurrencyConfigs", MAILER);
    assert_output!("weights_denied", project.repoint(&DRIFT));
    // A plan goes on: it would put the declared weights back.
    project.succeeds_with(0, &["plan", "-e", "dev"]);
}

/// A machine that logs errors, applied.
fn logging(sandbox: &Sandbox) -> Project {
    let idle = r#"{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}"#;
    create(sandbox, MAILER, &[1]);
    sandbox.by_hand(|scene| scene.create_machine("shop-mail-dev", idle)).expect("the machine is new");
    let group = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:mail:*");
    let machine = format!(
        "[state_machines.mail]\nname = \"shop-mail-dev\"\ndefinition = \"config/mail.json\"\n\
         logging = {{ level = \"ERROR\", group = \"{group}\" }}"
    );
    let project = mailer(sandbox, &format!("{LIVE}\n\n{machine}"));
    project.write("config/mail.json", idle);
    project.succeeds_with(0, &APPLY);
    project
}

#[test]
fn a_machine_whose_logging_was_switched_off_has_drifted() {
    let sandbox = Sandbox::quick();
    let project = logging(&sandbox);
    project.succeeds_with(0, &DRIFT);
    let machine = format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-mail-dev");
    let off = json!({ "stateMachineArn": machine, "loggingConfiguration": { "level": "OFF" } });
    sandbox.states("UpdateStateMachine", &off);
    assert_output!("logging", project.repoint(&DRIFT));
    let ignore = ["--ignore", "state_machines.mail.logging"];
    project.succeeds_with(0, &[&DRIFT[..], &ignore].concat());
}
