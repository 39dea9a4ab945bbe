//! Executions, and what they keep of the machine that they were started on (R31).

use repoint::simulator::Knobs;
use serde_json::{Value, json};

use super::support::{Account, ROLE, definition, texts};

const EXECUTION: &str = "arn:aws:states:us-west-1:000000000000:execution:orders";

fn start(account: &mut Account, arn: &str, name: &str) -> Value {
    account.states("StartExecution", json!({"stateMachineArn": arn, "name": name})).expect(200)
}

fn describe(account: &mut Account, name: &str) -> Value {
    account.states("DescribeExecution", json!({"executionArn": format!("{EXECUTION}:{name}")})).expect(200)
}

fn list(account: &mut Account, body: Value) -> Vec<String> {
    texts(&account.states("ListExecutions", body).expect(200)["executions"], "name")
}

/// Returns an account whose machine has the versions 1 and 2 and this share of the alias on version 2.
fn shifting(weight: u64, seed: u64) -> (Account, String) {
    let mut account = Account::with(Knobs { seed, ..Knobs::default() });
    let arn = account.machine("orders");
    account.states("PublishStateMachineVersion", json!({"stateMachineArn": arn})).expect(200);
    let two = json!({"stateMachineArn": arn, "definition": definition("two"), "publish": true});
    account.states("UpdateStateMachine", two).expect(200);
    let route = |version: u64, weight: u64| json!({"stateMachineVersionArn": format!("{arn}:{version}"), "weight": weight});
    let routes = json!([route(1, 100 - weight), route(2, weight)]);
    let alias = json!({"name": "LIVE", "routingConfiguration": routes});
    account.states("CreateStateMachineAlias", alias).expect(200);
    (account, arn)
}

#[test]
fn r31_an_execution_keeps_the_definition_role_and_revision_it_was_started_with() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    start(&mut account, &arn, "first");
    account.wait();
    let change =
        json!({"stateMachineArn": arn, "definition": definition("two"), "roleArn": format!("{ROLE}2")});
    let revision = account.states("UpdateStateMachine", change).expect(200)["revisionId"].clone();
    start(&mut account, &arn, "second");
    let mut machine_of = |name: &str| {
        let body = json!({"executionArn": format!("{EXECUTION}:{name}")});
        account.states("DescribeStateMachineForExecution", body).expect(200)
    };
    let first = machine_of("first");
    assert_eq!(
        first,
        json!({
            "stateMachineArn": arn,
            "name": "orders",
            "definition": definition("one"),
            "roleArn": ROLE,
            "updateDate": 1_795_341_600.0,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": false},
            "tracingConfiguration": {"enabled": false},
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        })
    );
    let second = machine_of("second");
    assert_eq!(second["definition"], definition("two"));
    assert_eq!(second["roleArn"], format!("{ROLE}2"));
    assert_eq!((&second["revisionId"], &second["updateDate"]), (&revision, &json!(1_795_341_601.0)));
}

#[test]
fn r31_an_execution_shows_the_version_and_the_alias_it_was_started_through() {
    let (mut account, arn) = shifting(0, 0);
    start(&mut account, &arn, "plain");
    start(&mut account, &format!("{arn}:2"), "version");
    start(&mut account, &format!("{arn}:LIVE"), "alias");
    let mut qualifiers = |name: &str| {
        let shown = describe(&mut account, name);
        assert_eq!(shown["stateMachineArn"], arn);
        let text = |member: &str| shown.get(member).and_then(Value::as_str).map(str::to_owned);
        (text("stateMachineVersionArn"), text("stateMachineAliasArn"))
    };
    assert_eq!(qualifiers("plain"), (None, None));
    assert_eq!(qualifiers("version"), (Some(format!("{arn}:2")), None));
    assert_eq!(qualifiers("alias"), (Some(format!("{arn}:1")), Some(format!("{arn}:LIVE"))));
    let body = json!({"executionArn": format!("{EXECUTION}:alias")});
    let machine = account.states("DescribeStateMachineForExecution", body).expect(200);
    assert_eq!(
        (&machine["stateMachineArn"], &machine["definition"]),
        (&json!(arn), &json!(definition("one")))
    );
}

#[test]
fn r31_an_alias_chooses_by_its_weights_and_the_seed() {
    let chosen = |weight: u64, seed: u64| {
        let (mut account, arn) = shifting(weight, seed);
        let mut versions = String::new();
        for number in 0..100 {
            let name = format!("e{number}");
            start(&mut account, &format!("{arn}:LIVE"), &name);
            let version = describe(&mut account, &name)["stateMachineVersionArn"].clone();
            versions.push(version.as_str().unwrap().chars().next_back().unwrap());
        }
        versions
    };
    assert_eq!(chosen(0, 1), "1".repeat(100));
    assert_eq!(chosen(100, 1), "2".repeat(100));
    let share = chosen(20, 1).matches('2').count();
    assert!((10..=30).contains(&share), "20 % of the executions, not {share}");
    assert_eq!(chosen(20, 1), chosen(20, 1));
    assert_ne!(chosen(20, 1), chosen(20, 2));
}

#[test]
fn a_running_execution_is_started_once_per_name_and_input() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let body = json!({"stateMachineArn": arn, "name": "one", "input": "{\"a\":1}"});
    let started = account.states("StartExecution", body.clone()).expect(200);
    account.wait();
    assert_eq!(account.states("StartExecution", body.clone()).expect(200), started);
    let words = format!("Execution Already Exists: '{EXECUTION}:one'");
    let other = json!({"stateMachineArn": arn, "name": "one", "input": "{}"});
    account.states("StartExecution", other).refused(400, "ExecutionAlreadyExists", &words);
    account.states("StopExecution", json!({"executionArn": format!("{EXECUTION}:one")})).expect(200);
    account.states("StartExecution", body).refused(400, "ExecutionAlreadyExists", &words);
}

#[test]
fn an_execution_runs_until_it_is_stopped_and_is_stopped_once() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let input = json!({"stateMachineArn": arn, "name": "one", "input": "[1]", "traceHeader": "Root=1"});
    account.states("StartExecution", input).expect(200);
    account.wait();
    let running = describe(&mut account, "one");
    assert_eq!(
        running,
        json!({
            "executionArn": format!("{EXECUTION}:one"),
            "stateMachineArn": arn,
            "name": "one",
            "status": "RUNNING",
            "startDate": 1_795_341_600.0,
            "input": "[1]",
            "inputDetails": {"included": true},
            "traceHeader": "Root=1",
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
        })
    );
    let stop = json!({"executionArn": format!("{EXECUTION}:one"), "error": "Mine", "cause": "enough"});
    let stopped = account.states("StopExecution", stop).expect(200);
    account.wait();
    let again =
        account.states("StopExecution", json!({"executionArn": format!("{EXECUTION}:one")})).expect(200);
    assert_eq!(again, stopped);
    let ended = describe(&mut account, "one");
    assert_eq!((&ended["status"], &ended["stopDate"]), (&json!("ABORTED"), &json!(1_795_341_601.0)));
    assert_eq!((&ended["error"], &ended["cause"]), (&json!("Mine"), &json!("enough")));
    let bare = json!({"executionArn": format!("{EXECUTION}:one"), "includedData": "METADATA_ONLY"});
    let bare = account.states("DescribeExecution", bare).expect(200);
    assert!(bare.get("input").is_none() && bare.get("cause").is_none());
}

#[test]
fn executions_are_listed_newest_first_by_machine_version_alias_and_status() {
    let (mut account, arn) = shifting(0, 0);
    for (name, arn) in [("a", arn.clone()), ("b", format!("{arn}:2")), ("c", format!("{arn}:LIVE"))] {
        start(&mut account, &arn, name);
        account.wait();
    }
    account.states("StopExecution", json!({"executionArn": format!("{EXECUTION}:a")})).expect(200);
    assert_eq!(list(&mut account, json!({"stateMachineArn": arn})), ["a", "c", "b"]);
    assert_eq!(list(&mut account, json!({"stateMachineArn": arn, "statusFilter": "RUNNING"})), ["c", "b"]);
    assert_eq!(list(&mut account, json!({"stateMachineArn": arn, "statusFilter": "ABORTED"})), ["a"]);
    assert_eq!(list(&mut account, json!({"stateMachineArn": arn, "statusFilter": "FAILED"})), [""; 0]);
    assert_eq!(list(&mut account, json!({"stateMachineArn": format!("{arn}:2")})), ["b"]);
    assert_eq!(list(&mut account, json!({"stateMachineArn": format!("{arn}:LIVE")})), ["c"]);
    let first = json!({"stateMachineArn": arn, "maxResults": 2});
    let page = account.states("ListExecutions", first).expect(200);
    assert_eq!(texts(&page["executions"], "name"), ["a", "c"]);
    let rest = json!({"stateMachineArn": arn, "maxResults": 2, "nextToken": page["nextToken"]});
    assert_eq!(list(&mut account, rest), ["b"]);
}

#[test]
fn an_express_machine_starts_and_keeps_no_executions() {
    let mut account = Account::new();
    let create = json!({"name": "fast", "definition": definition("one"), "roleArn": ROLE, "type": "EXPRESS"});
    let arn = account.states("CreateStateMachine", create).expect(200)["stateMachineArn"].clone();
    let body = json!({"stateMachineArn": arn, "name": "one"});
    let first = account.states("StartExecution", body.clone()).expect(200)["executionArn"].clone();
    let second = account.states("StartExecution", body).expect(200)["executionArn"].clone();
    let prefix = "arn:aws:states:us-west-1:000000000000:express:fast:one:";
    assert!(first.as_str().unwrap().starts_with(prefix) && first != second, "{first} {second}");
    let words = "This operation is not supported by this type of state machine";
    let list = account.states("ListExecutions", json!({"stateMachineArn": arn}));
    list.refused(400, "StateMachineTypeNotSupported", words);
    let words = "Invalid Arn: 'Resource type not valid in this context: express'";
    for operation in ["DescribeExecution", "StopExecution", "DescribeStateMachineForExecution"] {
        account.states(operation, json!({"executionArn": first})).refused(400, "InvalidArn", words);
    }
}

#[test]
fn what_a_start_refuses() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let too_long = "1 validation error detected: Value '***' at 'input' failed to satisfy constraint: \
                    Member must have length less than or equal to 262144";
    let cases = [
        (
            json!({"input": "{"}),
            "InvalidExecutionInput",
            "Invalid State Machine Execution Input: 'EOF while parsing an object at line 1 column 1'",
        ),
        (json!({"input": format!("\"{}\"", "x".repeat(262_144))}), "ValidationException", too_long),
        (json!({"name": "a b"}), "InvalidName", "Invalid Name: 'a b'"),
        (
            json!({"stateMachineArn": format!("{arn}:1")}),
            "StateMachineDoesNotExist",
            "State Machine Does Not Exist: 'arn:aws:states:us-west-1:000000000000:stateMachine:orders:1'",
        ),
        (
            json!({"stateMachineArn": format!("{arn}:GONE")}),
            "StateMachineDoesNotExist",
            "State Machine Does Not Exist: 'arn:aws:states:us-west-1:000000000000:stateMachine:orders:GONE'",
        ),
        (
            json!({"stateMachineArn": format!("{EXECUTION}:x")}),
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: execution'",
        ),
    ];
    for (members, code, words) in cases {
        let mut body = json!({"stateMachineArn": arn});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        account.states("StartExecution", body).refused(400, code, words);
    }
    let missing = account.states("DescribeExecution", json!({"executionArn": format!("{EXECUTION}:x")}));
    missing.refused(400, "ExecutionDoesNotExist", &format!("Execution Does Not Exist: '{EXECUTION}:x'"));
    let gone = account.states("ListExecutions", json!({"stateMachineArn": format!("{arn}:GONE")}));
    gone.refused(400, "ResourceNotFound", "Request references a resource that does not exist.");
}

#[test]
fn a_deleted_machine_waits_for_its_executions() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    start(&mut account, &arn, "one");
    account.states("DeleteStateMachine", json!({"stateMachineArn": arn})).expect(200);
    account.wait();
    let shown = account.states("DescribeStateMachine", json!({"stateMachineArn": arn})).expect(200);
    assert_eq!(shown["status"], "DELETING");
    let start = account.states("StartExecution", json!({"stateMachineArn": arn}));
    start.refused(400, "StateMachineDeleting", &format!("State Machine is being deleted: '{arn}'"));
    account.states("StopExecution", json!({"executionArn": format!("{EXECUTION}:one")})).expect(200);
    account.states("DescribeStateMachine", json!({"stateMachineArn": arn})).expect(400);
    assert_eq!(describe(&mut account, "one")["status"], "ABORTED");
}
