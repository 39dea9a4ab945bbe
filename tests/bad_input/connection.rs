//! Credentials, accounts and regions that are not the right ones, and an AWS that does not answer.

use std::net::TcpListener;

use repoint::simulator::Moment;

use crate::sandbox::{Output, Project, Sandbox, assert_output};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];
const PLAN: [&str; 3] = ["plan", "-e", "dev"];

#[test]
fn credentials_of_another_account_are_refused() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    assert_output!("wrong_account", project.repoint(&["plan", "-e", "prod"]));
    assert_eq!(sandbox.world().calls().get("ListVersionsByFunction"), None, "nothing is read before");
    sandbox.assert_untouched();
}

#[test]
fn a_region_that_disagrees_is_refused() {
    let sandbox = Sandbox::with_small();
    for (name, variable) in [("region", "AWS_REGION"), ("default_region", "AWS_DEFAULT_REGION")] {
        let project = Project::small().on(&sandbox).variable(variable, "eu-central-1");
        assert_output!(format!("other_{name}"), project.repoint(&APPLY));
    }
    sandbox.assert_silent();
}

#[test]
fn the_region_of_the_command_line_decides() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox).variable("AWS_REGION", "eu-central-1");
    project.succeeds_with(0, &["plan", "-e", "dev", "--region", "us-west-1"]);
    assert_output!("region_decided", project.repoint(&["plan", "-e", "dev", "--region", "eu-central-1"]));
    assert_output!("region_is_none", project.repoint(&["plan", "-e", "dev", "--region", "Frankfurt"]));
    sandbox.assert_untouched();
}

#[test]
fn an_environment_without_a_region_needs_one() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.edit("config/repoint.toml", "[environments.dev]\nregion = \"us-west-1\"", "[environments.dev]");
    assert_output!("no_region", project.repoint(&PLAN));
    sandbox.assert_silent();
}

/// Runs a plan without any credentials, on a machine whose metadata service is this address.
fn without_credentials(sandbox: &Sandbox, metadata: &TcpListener) -> Output {
    let metadata = metadata.local_addr().expect("a listener has an address");
    let project = Project::small()
        .on(sandbox)
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .without("AWS_EC2_METADATA_DISABLED")
        .variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", &format!("http://{metadata}"));
    project.repoint(&PLAN)
}

#[test]
fn without_credentials_it_says_how_to_get_them() {
    let sandbox = Sandbox::with_small();
    // A service that takes the connection and never answers is the slowest there is.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port is there");
    assert_output!("no_credentials", without_credentials(&sandbox, &silent));
    sandbox.assert_silent();
}

#[test]
fn an_unknown_profile_is_named() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    assert_output!("unknown_profile", project.repoint(&["plan", "-e", "dev", "--profile", "development"]));
    sandbox.assert_silent();
}

#[test]
fn a_profile_decides_over_the_keys_of_the_environment() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let keys = "[other]\naws_access_key_id = 123456789012\naws_secret_access_key = any\n";
    project.write("../home/.aws/credentials", keys);
    project.write("../home/.aws/config", "[profile empty]\nregion = us-west-1\n");
    assert_output!("profile_without_keys", project.repoint(&["plan", "-e", "dev", "--profile", "empty"]));
    assert_output!(
        "profile_of_another_account",
        project.repoint(&["plan", "-e", "dev", "--profile", "other"])
    );
    sandbox.assert_untouched();
}

#[test]
fn credentials_that_ran_out_are_told_apart_from_a_denial() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let words = "The security token included in the request is expired";
    sandbox.world().faults().refuse_next("*", 100, 403, "ExpiredToken", words);
    assert_output!("expired_token", project.repoint(&PLAN));
    sandbox.assert_untouched();
}

#[test]
fn throttling_for_a_while_is_told_once_and_survived() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    sandbox.world().faults().throttle_next("ListVersionsByFunction", 2);
    sandbox.world().faults().throttle_next("ListAliases", 2);
    assert_output!("throttled_plan", project.repoint(&PLAN));
    project.edit("config/repoint.toml", "timeout = 20", "timeout = 25");
    sandbox.world().faults().throttle_next("UpdateFunctionConfiguration", 2);
    sandbox.world().faults().throttle_next("UpdateAlias", 1);
    assert_output!("throttled_apply", project.repoint(&APPLY));
}

#[test]
fn an_aws_that_fails_for_a_while_is_told_once_and_survived() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    sandbox.world().faults().fail_next("ListAliases", 3, Moment::Before);
    assert_output!("failing_for_a_while", project.repoint(&PLAN));
}

// The first call is tried three times only, so these two end soon; all others have the same words.
#[test]
fn throttling_that_does_not_end_is_an_error() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    sandbox.world().faults().throttle_next("GetCallerIdentity", 1000);
    assert_output!("throttled_for_good", project.repoint(&PLAN));
    sandbox.assert_untouched();
}

#[test]
fn an_aws_that_fails_for_good_is_an_error() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    sandbox.world().faults().fail_next("GetCallerIdentity", 1000, Moment::Before);
    assert_output!("failing_for_good", project.repoint(&PLAN));
    sandbox.assert_untouched();
}

#[test]
fn an_endpoint_that_is_down_is_named() {
    let sandbox = Sandbox::with_small();
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let down = format!("http://{}", port.expect("a free port is there"));
    let project = Project::small().on(&sandbox).variable("AWS_ENDPOINT_URL", &down);
    assert_output!("endpoint_down_plan", project.repoint(&PLAN));
    assert_output!("endpoint_down_apply", project.repoint(&APPLY));
    sandbox.assert_silent();
    assert!(!project.path().join("state/dev/state.json").exists());
}

#[test]
fn an_endpoint_that_speaks_something_else_is_no_crash() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox).variable("AWS_ENDPOINT_URL", "not an address");
    assert_output!("endpoint_is_no_address", project.repoint(&PLAN));
    sandbox.assert_silent();
}
