//! The environment of a process of its own, and the real wire.

use std::{
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use repoint::{
    model::Presence,
    provider::{FailureKind, Reader, aws::AwsProvider},
    simulator::{Knobs, World, serve},
};
use tokio::time::Instant;

use crate::{MACHINE, name, settings, start};

const CHILD: &str = "REPOINT_TEST_CHILD";

/// Runs one ignored test of this file in a process with this environment alone.
fn in_child(test: &str, environment: &[(&str, &str)]) -> Duration {
    let begun = Instant::now();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env_clear()
        .envs(environment.iter().copied())
        .env(CHILD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
    begun.elapsed()
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

#[test]
fn without_credentials_the_first_call_says_so_soon() {
    // It accepts connections by its backlog and never answers, like instance metadata elsewhere.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let metadata = format!("http://{}", silent.local_addr().unwrap());
    let spent = in_child(
        "process::child_without_credentials",
        &[("HOME", "/nonexistent"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata)],
    );
    assert!(spent < Duration::from_secs(5), "{spent:?}");
}

#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn child_without_credentials() {
    if !is_child() {
        return;
    }
    let (mut settings, _) = settings(None);
    settings.region = None;
    let error = AwsProvider::connect(settings).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Refused);
    for word in ["`region`", "`--region`", "AWS_REGION"] {
        assert!(error.message.contains(word), "{error}");
    }
    let (settings, _) = crate::settings(None);
    let error = AwsProvider::connect(settings).await.unwrap().identity().await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Credentials, "{error}");
    assert!(error.message.starts_with("no credentials found in chain"), "{error}");
    for provider in ["Environment", "Profile", "WebIdentityToken", "EcsContainer", "Ec2InstanceMetadata"] {
        assert!(error.message.contains(provider), "{provider}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_of_the_environment_are_called_over_the_real_wire() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let world = Arc::new(Mutex::new(World::new(Knobs::default())));
    let server = tokio::spawn(serve(listener, Arc::clone(&world), start, std::future::pending()));
    tokio::task::spawn_blocking(move || {
        in_child(
            "process::child_with_endpoints",
            &[
                ("HOME", "/nonexistent"),
                ("AWS_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", "222222222222"),
                ("AWS_SECRET_ACCESS_KEY", "any"),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
                ("AWS_ENDPOINT_URL_STS", &endpoint),
                ("AWS_ENDPOINT_URL_LAMBDA", &endpoint),
                ("AWS_ENDPOINT_URL_SFN", &endpoint),
            ],
        )
    })
    .await
    .unwrap();
    server.abort();
    let calls: Vec<String> = world.lock().unwrap().calls().keys().cloned().collect();
    assert_eq!(calls, ["DescribeStateMachine", "GetCallerIdentity", "GetFunction"]);
}

#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn child_with_endpoints() {
    if !is_child() {
        return;
    }
    let (mut settings, _) = settings(None);
    settings.region = None;
    let aws = AwsProvider::connect(settings).await.unwrap();
    assert_eq!(aws.region().as_str(), "eu-west-1");
    assert_eq!(aws.identity().await.unwrap().account.as_str(), "222222222222");
    assert_eq!(aws.latest(&name()).await.unwrap(), Presence::Absent);
    let machine = MACHINE.replace("000000000000", "222222222222");
    assert_eq!(aws.machine(&machine).await.unwrap(), Presence::Absent);
}
