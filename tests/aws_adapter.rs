//! The AWS provider against canned answers and against the simulated world, through the real SDK.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, and so do its helpers")]

#[path = "aws_adapter/canned.rs"]
mod canned;
#[path = "support/in_process.rs"]
mod in_process;
#[path = "aws_adapter/parameters.rs"]
mod parameters;
#[path = "aws_adapter/process.rs"]
mod process;
#[path = "aws_adapter/world.rs"]
mod world;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use repoint::{
    model::{AliasName, FunctionName, Presence, Region, RevisionId, Setting, VersionNumber},
    provider::aws::{AwsProvider, ConnectionSettings, CredentialSource, HttpClient, Notice},
};
use serde_json::Value;

const MACHINE: &str = "arn:aws:states:eu-west-1:000000000000:stateMachine:orders";
type Heard = Arc<Mutex<Vec<Notice>>>;

fn settings(http_client: Option<HttpClient>) -> (ConnectionSettings, Heard) {
    let heard = Heard::default();
    let listener = Arc::clone(&heard);
    let settings = ConnectionSettings {
        region: Some(Region::new("eu-west-1").unwrap()),
        profile: None,
        credentials: CredentialSource::Chain,
        role_arn: None,
        session_name: "repoint-test".to_owned(),
        lambda_rps: 12,
        notices: Arc::new(move |notice| listener.lock().unwrap().push(notice)),
        stand_in: http_client.map(Into::into),
    };
    (settings, heard)
}

async fn connected(http_client: HttpClient) -> (AwsProvider, Heard) {
    let (settings, heard) = settings(Some(http_client));
    (AwsProvider::connect(settings).await.unwrap(), heard)
}

fn name() -> FunctionName {
    FunctionName::new("orders").unwrap()
}

fn live() -> AliasName {
    AliasName::new("LIVE").unwrap()
}

fn number(number: u64) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

fn revision(text: &str) -> RevisionId {
    RevisionId::reported(text)
}

fn present<T>(presence: Presence<T>) -> T {
    match presence {
        Presence::Present(thing) => thing,
        Presence::Absent => panic!("it is absent"),
    }
}

fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// A value for each setting that can be declared, in the shape of the TOML.
const DECLARED: [(Setting, &str); 16] = [
    (Setting::Description, r#""what it does""#),
    (Setting::Role, r#""arn:aws:iam::000000000000:role/lambda""#),
    (Setting::Runtime, r#""python3.14""#),
    (Setting::Handler, r#""app.other""#),
    (Setting::MemorySize, "512"),
    (Setting::Timeout, "30"),
    (
        Setting::Layers,
        r#"["arn:aws:lambda:eu-west-1:000000000000:layer:b:1","arn:aws:lambda:eu-west-1:000000000000:layer:a:2"]"#,
    ),
    (Setting::EphemeralStorage, "1024"),
    (Setting::Tracing, r#""Active""#),
    (Setting::SnapStart, r#""PublishedVersions""#),
    (Setting::DeadLetter, r#""arn:aws:sqs:eu-west-1:000000000000:dead""#),
    (Setting::Vpc, r#"{"subnet_ids":["subnet-1","subnet-2"],"security_group_ids":["sg-1"],"ipv6":true}"#),
    (Setting::KmsKey, r#""arn:aws:kms:eu-west-1:000000000000:key/1""#),
    (
        Setting::Logging,
        r#"{"format":"JSON","application_level":"DEBUG","system_level":"WARN","group":"/orders"}"#,
    ),
    (
        Setting::ImageConfig,
        r#"{"entry_point":["/run"],"command":["app.handler"],"working_directory":"/app"}"#,
    ),
    (
        Setting::FileSystems,
        r#"[{"arn":"arn:aws:elasticfilesystem:eu-west-1:000000000000:access-point/fsap-0","local_mount_path":"/mnt/data"}]"#,
    ),
];

fn declared(is_wanted: impl Fn(Setting) -> bool) -> BTreeMap<Setting, Option<Value>> {
    let wanted = DECLARED.iter().filter(|(setting, _)| is_wanted(*setting));
    wanted.map(|(setting, text)| (*setting, Some(serde_json::from_str(text).unwrap()))).collect()
}

/// Resets everything that AWS has a default for.
fn resets(declared: &BTreeMap<Setting, Option<Value>>) -> BTreeMap<Setting, Option<Value>> {
    let settings = declared.keys().filter(|setting| !is_required(**setting));
    settings.map(|setting| (*setting, None)).collect()
}

fn is_required(setting: Setting) -> bool {
    matches!(setting, Setting::Role | Setting::Runtime | Setting::Handler)
}
