//! What drift makes of differences that somebody is still working on, or that AWS does not explain.

use serde_json::json;

use crate::{
    APPLY, MAILER, create, mailer,
    sandbox::{ACCOUNT, Project, REGION, Sandbox, assert_output},
};

const LIVE: &str = "aliases.LIVE = \"latest\"";
const DRIFT: [&str; 3] = ["drift", "-e", "dev"];

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
