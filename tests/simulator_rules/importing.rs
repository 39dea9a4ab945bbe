//! What was observed of an account comes out of the copy as it went in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use repoint::model::{
    AccountId, AliasName, CodeSha256, Configuration, Environment, FunctionId, FunctionName, Health, Live,
    LiveAlias, LiveFunction, LiveLatest, LiveMachine, LiveMachineLine, LiveMachineVersion, LiveVersion,
    MachineId, MachineKind, MachineLogging, MachineName, Partition, Place, Presence, Region, RevisionId,
    RoleArn, Routing, Setting, Settings, Target, VersionExecutions, VersionNumber, Weight,
};
use repoint::simulator::ImportError;
use serde_json::{Value, json};

use super::support::{Account, ROLE, rest};

const NOW: &str = "2026-11-22T10:00:00Z";

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn number(number: u64) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

fn place() -> Place {
    Place {
        account: AccountId::new("000000000000").unwrap(),
        partition: Partition::new("aws").unwrap(),
        region: Region::new("us-west-1").unwrap(),
    }
}

/// A configuration in which nothing is as AWS would have it by itself.
fn configuration(code: &[u8], variables: &[(&str, &str)]) -> Configuration {
    let name = FunctionName::new("orders").unwrap();
    let values = [
        (Setting::Description, json!("takes orders")),
        (Setting::Role, json!(ROLE)),
        (Setting::Runtime, json!("python3.13")),
        (Setting::Handler, json!("app.handler")),
        (Setting::MemorySize, json!(512)),
        (Setting::Timeout, json!(60)),
        (Setting::Architectures, json!(["arm64"])),
        (Setting::Layers, json!(["arn:aws:lambda:us-west-1:123456789012:layer:tools:3"])),
        (Setting::EphemeralStorage, json!(1024)),
        (Setting::Tracing, json!("Active")),
        (Setting::SnapStart, json!("PublishedVersions")),
        (Setting::DeadLetter, json!("arn:aws:sqs:us-west-1:000000000000:lost")),
        (Setting::Vpc, json!({"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"], "ipv6": true})),
        (Setting::KmsKey, json!("arn:aws:kms:us-west-1:000000000000:key/1")),
        (Setting::Logging, json!({"format": "JSON", "group": "/shop", "application_level": "WARN"})),
        (
            Setting::ImageConfig,
            json!({"command": ["run"], "entry_point": ["/go"], "working_directory": "/w"}),
        ),
        (
            Setting::FileSystems,
            json!([{"arn": "arn:fs", "local_mount_path": "/mnt/a", "direct_s3_read": "ENABLED"}]),
        ),
        (Setting::DurableConfig, json!({"execution_timeout": 60, "retention_period_in_days": 7})),
    ];
    let mut settings = Settings::default();
    for (setting, value) in values {
        settings.insert(setting, &value, &name);
    }
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Configuration { code: CodeSha256::of(code), settings, environment: Environment::new(variables.collect()) }
}

fn version(configuration: Configuration, health: Health) -> LiveVersion {
    let last_modified = instant("2026-11-20T10:00:00Z");
    LiveVersion {
        configuration,
        description: "one of many".to_owned(),
        last_modified,
        code_size: 321,
        health,
    }
}

fn alias(routing: Routing, is_shifting: bool) -> LiveAlias {
    LiveAlias { routing, revision_id: RevisionId::reported("alias-revision"), is_shifting }
}

fn orders(health: Health) -> LiveFunction {
    let secret = [("TABLE", "s3cret"), ("TOKEN", "s3cret"), ("URL", "https://user:pass@host")];
    let split = Routing {
        primary: Target::Version(number(7)),
        additional: Some((number(9), Weight::fraction(0.25))),
    };
    LiveFunction {
        name: FunctionName::new("orders").unwrap(),
        arn: super::support::ORDERS.to_owned(),
        latest: LiveLatest {
            configuration: configuration(b"new", &secret),
            revision_id: RevisionId::reported("latest-revision"),
            health,
        },
        versions: BTreeMap::from([
            (number(7), version(configuration(b"old", &secret[1..]), Health::Ready)),
            (number(9), version(configuration(b"new", &secret), Health::Failed("no space".to_owned()))),
        ]),
        aliases: BTreeMap::from([
            (AliasName::new("LIVE").unwrap(), alias(split.clone(), false)),
            (AliasName::new("MOVING").unwrap(), alias(split, true)),
        ]),
    }
}

fn imported(function: LiveFunction) -> Account {
    let id = FunctionId::new("orders").unwrap();
    let functions = BTreeMap::from([(id, Presence::Present(function))]);
    let mut account = Account::new();
    let live = Live { functions, ..Live::default() };
    account.world.import(instant(NOW), &place(), &live).unwrap();
    account
}

/// Every setting at once: what AWS would show of it, and a token in place of each value.
#[test]
fn a_function_is_shown_as_it_was_observed() {
    let mut account = imported(orders(Health::Ready));
    let mut shown = account.configuration("orders");
    shown.as_object_mut().unwrap().remove("RuntimeVersionConfig");
    insta::assert_snapshot!(format!("{shown:#}"));
    let aliases = account.lambda("GET", "orders/aliases", Value::Null).expect(200);
    insta::assert_snapshot!("imported_aliases", format!("{aliases:#}"));
    assert_eq!(account.world.imported_values(), 2);
    let version = account.configuration("orders?Qualifier=7");
    assert_eq!(version["CodeSize"], 321);
    assert_eq!(version["Description"], "one of many");
    assert_eq!(version["Environment"]["Variables"], json!({"TOKEN": "value-1", "URL": "value-2"}));
}

#[test]
fn a_state_of_health_is_shown_as_it_was_observed_and_ends() {
    let cases = [
        (Health::Pending, json!(["Pending", null])),
        (Health::InProgress, json!(["Active", "InProgress"])),
        (Health::Failed("no space".to_owned()), json!(["Active", "Failed"])),
        (Health::Unknown, json!(["Active", "Successful"])),
    ];
    for (health, expected) in cases {
        let is_failed = matches!(health, Health::Failed(_));
        let mut account = imported(orders(health));
        let state = |account: &mut Account| {
            let shown = account.configuration("orders");
            json!([shown["State"], shown["LastUpdateStatus"]])
        };
        assert_eq!(state(&mut account), expected);
        account.wait();
        let ended = if is_failed { "Failed" } else { "Successful" };
        assert_eq!(state(&mut account), json!(["Active", ended]));
    }
    let mut account = imported(orders(Health::Failed("no space".to_owned())));
    assert_eq!(account.configuration("orders")["LastUpdateStatusReason"], "no space");
    assert_eq!(account.configuration("orders?Qualifier=9")["StateReason"], "no space");
}

#[test]
fn t11_the_weight_of_a_move_goes_by_itself() {
    let mut account = imported(orders(Health::Ready));
    let moving = |account: &mut Account| {
        let alias = account.lambda("GET", "orders/aliases/MOVING", Value::Null).expect(200);
        let list = account.send(
            "lambda",
            rest("GET", "/2019-09-30/functions/orders/provisioned-concurrency?List=ALL", &Value::Null),
        );
        (
            alias["RoutingConfig"].clone(),
            list.expect(200)["ProvisionedConcurrencyConfigs"][0]["Status"].clone(),
        )
    };
    let weights = json!({"AdditionalVersionWeights": {"9": 0.25}});
    assert_eq!(moving(&mut account), (weights, json!("IN_PROGRESS")));
    account.wait();
    assert_eq!(moving(&mut account), (Value::Null, json!("READY")));
}

#[test]
fn r8_r11_the_numbers_go_on_and_what_was_published_is_not_published_again() {
    let mut account = imported(orders(Health::Ready));
    assert_eq!(account.publish("orders")["Version"], "9", "`$LATEST` equals version 9");
    account.change_configuration("orders", json!({"Timeout": 61}));
    assert_eq!(account.publish("orders")["Version"], "10");

    let mut touched = orders(Health::Ready);
    touched.latest.configuration = configuration(b"newer", &[]);
    let mut account = imported(touched);
    assert_eq!(account.publish("orders")["Version"], "10", "`$LATEST` differs from version 9");
}

#[test]
fn the_bytes_of_a_package_are_not_there_and_it_says_so() {
    let mut account = imported(orders(Health::Ready));
    let shown = account.lambda("GET", "orders", Value::Null).expect(200);
    let link = shown["Code"]["Location"].as_str().unwrap();
    let path = link.split_once("://").unwrap().1.split_once('/').unwrap().1;
    let answer = account.send_unsigned(&rest("GET", &format!("/{path}"), &Value::Null));
    assert_eq!(answer.status, 404);
    assert!(
        answer.text.contains("NoSuchKey") && answer.text.contains("made from a snapshot"),
        "{}",
        answer.text
    );
}

fn checkout(kind: MachineKind) -> LiveMachine {
    let role = RoleArn::new(ROLE).unwrap();
    let content = |definition: &str, description: &str| LiveMachineVersion {
        definition: definition.to_owned(),
        role: role.clone(),
        logging: None,
        description: description.to_owned(),
    };
    let (one, two) = (super::support::definition("one"), super::support::definition("two"));
    let split =
        Routing { primary: Target::Version(number(5)), additional: Some((number(3), Weight::percent(10))) };
    LiveMachine {
        name: MachineName::new("checkout").unwrap(),
        arn: "arn:aws:states:us-west-1:000000000000:stateMachine:checkout".to_owned(),
        definition: two.clone(),
        role: role.clone(),
        kind,
        logging: None,
        revision_id: Some(RevisionId::reported("machine-revision")),
        is_deleting: false,
        line: Some(LiveMachineLine {
            versions: BTreeMap::from([
                (number(3), instant("2026-11-20T10:00:00Z")),
                (number(5), instant("2026-11-21T10:00:00Z")),
            ]),
            aliases: BTreeMap::from([(AliasName::new("LIVE").unwrap(), split)]),
            other_aliases: BTreeMap::from([("v.1".to_owned(), Routing::to(number(3)))]),
            contents: BTreeMap::from([(number(3), content(&one, "first")), (number(5), content(&two, ""))]),
            running: BTreeMap::from([
                (number(3), VersionExecutions::Running),
                (number(5), VersionExecutions::Ended),
            ]),
        }),
        executions: None,
    }
}

fn live(machine: LiveMachine) -> Live {
    let id = MachineId::new("checkout").unwrap();
    Live { machines: BTreeMap::from([(id, Presence::Present(machine))]), ..Live::default() }
}

#[test]
fn a_machine_is_shown_as_it_was_observed() {
    let mut account = Account::new();
    account.world.import(instant(NOW), &place(), &live(checkout(MachineKind::Standard))).unwrap();
    let arn = "arn:aws:states:us-west-1:000000000000:stateMachine:checkout";
    let of = |qualifier: &str| json!({"stateMachineArn": format!("{arn}{qualifier}")});
    let alias = |name: &str| json!({"stateMachineAliasArn": format!("{arn}:{name}")});
    let running = |version| json!({"stateMachineArn": format!("{arn}:{version}"), "statusFilter": "RUNNING"});
    let asked = [
        ("DescribeStateMachine", of("")),
        ("DescribeStateMachine", of(":3")),
        ("DescribeStateMachine", of(":5")),
        ("ListStateMachineVersions", of("")),
        ("DescribeStateMachineAlias", alias("LIVE")),
        ("DescribeStateMachineAlias", alias("v.1")),
        ("ListExecutions", running(3)),
        ("ListExecutions", running(5)),
    ];
    let told = asked.map(|(operation, body)| {
        let shown = account.states(operation, body.clone()).expect(200);
        format!("{operation} {body}\n{shown:#}\n")
    });
    insta::assert_snapshot!(told.join("\n"));
    // The newest version is that of the present revision, so there is nothing to publish (R26).
    let published = account.states("PublishStateMachineVersion", of("")).expect(200);
    assert_eq!(published["stateMachineVersionArn"], format!("{arn}:5"));
}

#[test]
fn what_was_not_read_of_a_machine_is_not_made_up() {
    let import = |machine| Account::new().world.import(instant(NOW), &place(), &live(machine));
    let mut machine = checkout(MachineKind::Express);
    machine.logging =
        Some(MachineLogging { level: "ALL".to_owned(), include_execution_data: true, group: None });
    assert_eq!(import(machine.clone()), Ok(()));
    machine.line.as_mut().unwrap().contents.remove(&number(3));
    let missing = import(machine.clone()).unwrap_err();
    assert_eq!(missing.to_string(), "version 3 of the state machine `checkout` was not read");
    machine.line = None;
    assert_eq!(import(machine.clone()), Err(ImportError::LineNotRead { machine: "checkout".to_owned() }));
    machine.is_deleting = true;
    assert_eq!(import(machine), Ok(()), "nobody asks for the versions of a machine on its way out");
}
