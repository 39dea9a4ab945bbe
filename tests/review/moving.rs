//! An alias whose provisioned concurrency AWS is still moving: it shows weights that nobody declared (T11).

use std::time::Duration;

use repoint::simulator::Knobs;
use serde_json::json;

use crate::{APPLY, MAILER, apply, assert_says, create, mailer, plan, sandbox::Sandbox};

#[test]
fn an_alias_with_weights_of_aws_is_moved_again_by_a_saved_plan() {
    let sandbox = Sandbox::start(Knobs {
        pending: Duration::ZERO,
        in_progress: Duration::ZERO,
        transient_weights: Duration::from_mins(10),
        ..Knobs::default()
    });
    create(&sandbox, MAILER, &[1, 2, 3]);
    let project = mailer(&sandbox, "aliases.LIVE = \"1\"");
    let created = project.repoint(&APPLY);
    assert_eq!(created.code, Some(0), "{created}");
    let path = format!("/2019-09-30/functions/{MAILER}/provisioned-concurrency?Qualifier=LIVE");
    sandbox.lambda("PUT", &path, &json!({ "ProvisionedConcurrentExecutions": 1 }));
    project.edit("config/repoint.toml", "LIVE = \"1\"", "LIVE = \"2\"");
    let moved = project.repoint(&APPLY);
    assert_eq!(moved.code, Some(0), "{moved}");
    let live = || sandbox.lambda("GET", &format!("/2015-03-31/functions/{MAILER}/aliases/LIVE"), &json!({}));
    assert!(live()["RoutingConfig"]["AdditionalVersionWeights"]["1"].is_number(), "{}", live());

    project.edit("config/repoint.toml", "LIVE = \"2\"", "LIVE = \"3\"");
    assert_says(&plan(&project), "alias LIVE  2 → 3");
    let again = apply(&project);
    assert_eq!(again.code, Some(0), "{again}");
    assert_eq!(live()["FunctionVersion"], "3");
}
