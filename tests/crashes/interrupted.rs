//! Ctrl-C and SIGTERM: stop politely, then go on.

use std::time::Duration;

use repoint::simulator::Knobs;
use serde_json::json;

use crate::{
    APPLY,
    account::assert_as_wanted,
    deployment,
    hands::lambda,
    sandbox::{Project, Sandbox, assert_output},
    small, until_told,
};

/// Interrupts an apply in its first update, and asserts that the next one goes on.
fn stop_and_go_on(signal: &str) {
    let (sandbox, project) = small(Duration::from_secs(1));
    let running = project.spawn(&APPLY);
    until_told(&running, "functions.mailer.settings: waits: ");
    // While the account is held, the update cannot end.
    let held = sandbox.world();
    running.signal(signal);
    until_told(&running, "\nstopping: ");
    drop(held);
    let stopped = running.finish();
    assert_eq!(stopped.code, Some(3), "{stopped}");
    let id = deployment(&stopped.stderr);
    assert!(project.read("state/dev/journal.jsonl").contains(&id), "the journal stays open");
    assert_output!(format!("{signal}_stopped"), stopped);
    assert_output!(format!("{signal}_drift"), project.repoint(&["drift", "-e", "dev"]));
    let resumed = project.repoint(&APPLY);
    assert_eq!(resumed.code, Some(0), "{resumed}");
    assert_eq!(deployment(&resumed.stderr), id, "{resumed}");
    assert_output!(format!("{signal}_resumed"), resumed);
    assert_as_wanted(&sandbox, &project);
}

#[test]
fn an_interrupt_finishes_what_runs_and_the_next_apply_goes_on() {
    stop_and_go_on("INT");
}

#[test]
fn a_termination_is_an_interrupt() {
    stop_and_go_on("TERM");
}

/// An account in which an update, once begun, does not end during the test.
fn endless() -> (Sandbox, Project) {
    let sandbox = Sandbox::start(Knobs {
        in_progress: Duration::from_hours(1),
        pending: Duration::ZERO,
        ..Knobs::default()
    });
    let project = Project::small();
    let declared = "code.path   = \"config/functions/orders.py\"\nhandler     = \"orders.handler\"\n";
    project.edit("config/repoint.toml", declared, "");
    sandbox.by_hand(|scene| {
        use crate::sandbox::{ACCOUNT, REGION, past_code};
        use repoint::simulator::SceneFunction;
        for name in ["shop-orders-dev", "shop-mailer-dev"] {
            let function = SceneFunction { name, zip: &past_code(0), handler: "app.handler" };
            scene.create_function(function).expect("the function is new");
        }
        let definition = project.read("config/checkout.json").replace("${env}", "dev");
        let definition = definition.replace("${account}", ACCOUNT).replace("${region}", REGION);
        scene.create_machine("shop-checkout-dev", &definition).expect("the machine is new");
    });
    let project = project.on(&sandbox);
    (sandbox, project)
}

#[test]
fn a_second_interrupt_gives_up_waiting() {
    let (sandbox, project) = endless();
    let running = project.spawn(&APPLY);
    until_told(&running, "functions.mailer.settings: waits: ");
    running.signal("INT");
    until_told(&running, "\nstopping: ");
    running.signal("INT");
    let stopped = running.finish();
    assert_eq!(stopped.code, Some(3), "{stopped}");
    let id = deployment(&stopped.stderr);
    assert_output!("twice_stopped", stopped);
    assert_output!("twice_shown", project.repoint(&["show", "-e", "dev", "last"]));
    let drift = project.repoint(&["drift", "-e", "dev"]);
    assert_output!("twice_drift", drift);

    // The update was accepted; the next apply sees it and waits for it, with the same id.
    let timeout =
        lambda(&sandbox, "GET", "shop-mailer-dev", "/configuration", &json!(null))["Timeout"].clone();
    assert_eq!(timeout, json!(20));
    let running = project.spawn(&APPLY);
    until_told(&running, " goes on: ");
    assert_eq!(deployment(&running.stderr_until_now()), id);
    running.signal("INT");
    until_told(&running, "\nstopping: ");
    running.signal("TERM");
    let again = running.finish();
    assert_eq!(again.code, Some(3), "{again}");
}
