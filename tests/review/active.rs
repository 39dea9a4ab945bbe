//! An alias is sent only to versions that can be invoked.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use repoint::simulator::{Knobs, SceneFunction};
use serde_json::json;

use crate::{
    APPLY, MAILER, apply, assert_says, lambda, mailer, plan,
    sandbox::{Project, Sandbox, assert_output, past_code},
};

/// How long a version stays `Pending`: longer than a plan takes, so that the apply meets it so.
const PENDING: Duration = Duration::from_secs(4);

/// The mailer with version 1, and a version 2 that somebody publishes in one call with its code and
/// that AWS has not made ready yet.
fn with_pending_version() -> (Sandbox, Project) {
    let sandbox = Sandbox::start(Knobs { pending: Duration::ZERO, in_progress: PENDING, ..Knobs::default() });
    // A publish right after the creation, because every update takes its time here.
    sandbox.by_hand(|scene| {
        let function = SceneFunction { name: MAILER, zip: &past_code(1), handler: "app.handler" };
        scene.create_function(function).expect("the function is new");
        scene.publish(MAILER, "by hand").expect("the function is active");
    });
    let project = mailer(&sandbox, "aliases.LIVE = \"1\"");
    let first = project.repoint(&APPLY);
    assert_eq!(first.code, Some(0), "{first}");
    project.edit("config/repoint.toml", "aliases.LIVE = \"1\"", "aliases.LIVE = \"2\"");
    (sandbox, project)
}

fn publish_with_code(sandbox: &Sandbox) {
    let code = json!({ "ZipFile": STANDARD.encode(past_code(2)), "Publish": true });
    let published = lambda(sandbox, "PUT", MAILER, "/code", &code);
    assert_eq!((&published["Version"], &published["State"]), (&json!("2"), &json!("Pending")));
}

fn target(sandbox: &Sandbox) -> String {
    let alias = lambda(sandbox, "GET", MAILER, "/aliases/LIVE", &json!({}));
    alias["FunctionVersion"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_alias_waits_until_its_version_is_active() {
    let (sandbox, project) = with_pending_version();
    publish_with_code(&sandbox);
    let applied = project.repoint(&APPLY);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(target(&sandbox), "2");
    let world = sandbox.world();
    let log = world.call_log();
    let moved = log.iter().position(|call| call.operation == "UpdateAlias").expect("the alias moved");
    let is_look = |operation: &str, resource: &str| operation == "GetFunction" && resource.ends_with(":2");
    let looks = log[..moved].iter().filter(|call| is_look(&call.operation, &call.resource)).count();
    assert!(looks > 2, "{looks} looks at version 2 before the alias moved");
}

#[test]
fn an_alias_stays_where_it_is_when_its_new_version_fails() {
    let (sandbox, project) = with_pending_version();
    sandbox.world().faults().end_update_failed(MAILER);
    publish_with_code(&sandbox);
    plan(&project);
    let applied = apply(&project);
    assert_eq!(applied.code, Some(1), "{applied}");
    assert_says(&applied, "version 2 failed");
    assert_eq!(target(&sandbox), "1");
    assert_output!("version_fails_before_the_alias_moves", applied);
}
