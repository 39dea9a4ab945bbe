//! A plan that waits for AWS says so.

use std::time::Duration;

use repoint::simulator::{Knobs, SceneFunction};

use crate::{
    MAILER,
    interrupted::until_told,
    mailer,
    sandbox::{Sandbox, past_code},
    set_token,
};

#[test]
fn a_plan_says_which_update_it_waits_for() {
    let in_progress = Duration::from_hours(1);
    let sandbox = Sandbox::start(Knobs { in_progress, pending: Duration::ZERO, ..Knobs::default() });
    let code = past_code(1);
    let function = SceneFunction { name: MAILER, zip: &code, handler: "app.handler" };
    sandbox.by_hand(|scene| scene.create_function(function)).expect("the function is new");
    let project = mailer(&sandbox, "aliases.LIVE = \"latest\"");
    project.succeeds_with(0, &["plan", "-e", "dev"]);
    set_token(&sandbox, "secret");
    let mut running = project.spawn(&["plan", "-e", "dev"]);
    until_told(&running, "waiting for AWS to end the update of `functions.mailer`\n");
    running.kill();
    let output = running.finish();
    assert_eq!(output.stderr, "waiting for AWS to end the update of `functions.mailer`\n", "{output}");
    assert_eq!(output.stdout, "", "{output}");
}
