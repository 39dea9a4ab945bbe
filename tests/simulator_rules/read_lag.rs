//! Step Functions reads that show what was there before a write (R33).

use std::time::Duration;

use repoint::simulator::Knobs;
use serde_json::{Value, json};

use super::support::{Account, definition, texts};

/// Returns an account whose reads lag for a second and a half, with a machine that was there for longer.
fn lagging() -> (Account, String) {
    let mut account = Account::with(Knobs { read_lag: Duration::from_millis(1500), ..Knobs::default() });
    let arn = account.machine("orders");
    account.wait();
    account.wait();
    (account, arn)
}

fn publish(account: &mut Account, arn: &str) -> String {
    let body = account.states("PublishStateMachineVersion", json!({"stateMachineArn": arn})).expect(200);
    body["stateMachineVersionArn"].as_str().unwrap().to_owned()
}

fn update(account: &mut Account, arn: &str, comment: &str) {
    let body = json!({"stateMachineArn": arn, "definition": definition(comment)});
    account.states("UpdateStateMachine", body).expect(200);
}

fn seen_definition(account: &mut Account, arn: &str) -> Value {
    account.states("DescribeStateMachine", json!({"stateMachineArn": arn})).expect(200)["definition"].clone()
}

fn seen_versions(account: &mut Account, arn: &str) -> Vec<String> {
    let list = account.states("ListStateMachineVersions", json!({"stateMachineArn": arn})).expect(200);
    texts(&list["stateMachineVersions"], "stateMachineVersionArn")
}

#[test]
fn r33_a_describe_shows_each_definition_one_lag_late() {
    let (mut account, arn) = lagging();
    update(&mut account, &arn, "two");
    account.wait();
    update(&mut account, &arn, "three");
    assert_eq!(seen_definition(&mut account, &arn), definition("one"));
    account.wait();
    assert_eq!(seen_definition(&mut account, &arn), definition("two"));
    account.wait();
    assert_eq!(seen_definition(&mut account, &arn), definition("three"));
}

#[test]
fn r33_a_new_machine_is_not_seen_at_once() {
    let mut account = Account::with(Knobs { read_lag: Duration::from_millis(1500), ..Knobs::default() });
    let arn = account.machine("orders");
    let describe = json!({"stateMachineArn": arn});
    account.states("DescribeStateMachine", describe.clone()).expect(400);
    let names = |account: &mut Account| {
        texts(&account.states("ListStateMachines", json!({})).expect(200)["stateMachines"], "name")
    };
    assert_eq!(names(&mut account), [""; 0]);
    account.wait();
    account.wait();
    account.states("DescribeStateMachine", describe).expect(200);
    assert_eq!(names(&mut account), ["orders"]);
}

#[test]
fn r33_versions_and_aliases_are_listed_late_and_writes_know_better() {
    let (mut account, arn) = lagging();
    let version = publish(&mut account, &arn);
    assert_eq!(seen_versions(&mut account, &arn), [""; 0]);
    assert_eq!(publish(&mut account, &arn), version, "a write sees what the last write did");
    let routes = json!([{"stateMachineVersionArn": version, "weight": 100}]);
    let alias = json!({"name": "LIVE", "routingConfiguration": routes});
    account.states("CreateStateMachineAlias", alias).expect(200);
    let describe = json!({"stateMachineAliasArn": format!("{arn}:LIVE")});
    account.states("DescribeStateMachineAlias", describe.clone()).expect(400);
    account.wait();
    account.wait();
    assert_eq!(seen_versions(&mut account, &arn), [version]);
    account.states("DescribeStateMachineAlias", describe).expect(200);
}

#[test]
fn r33_an_alias_that_moved_still_routes_to_the_old_version_and_protects_it() {
    let (mut account, arn) = lagging();
    let one = publish(&mut account, &arn);
    update(&mut account, &arn, "two");
    let two = publish(&mut account, &arn);
    let routes = |version: &str| json!([{"stateMachineVersionArn": version, "weight": 100}]);
    let create = json!({"name": "LIVE", "routingConfiguration": routes(&one)});
    account.states("CreateStateMachineAlias", create).expect(200);
    account.wait();
    account.wait();
    let alias = format!("{arn}:LIVE");
    let move_on = json!({"stateMachineAliasArn": alias, "routingConfiguration": routes(&two)});
    account.states("UpdateStateMachineAlias", move_on).expect(200);
    let delete = json!({"stateMachineVersionArn": one});
    let words = "Version to be deleted must not be referenced by an alias. \
                 Current list of aliases referencing this version: [LIVE]";
    account.states("DeleteStateMachineVersion", delete.clone()).refused(400, "ConflictException", words);
    let start = json!({"stateMachineArn": alias, "name": "early"});
    let execution = account.states("StartExecution", start).expect(200)["executionArn"].clone();
    account.states("DescribeExecution", json!({"executionArn": execution})).expect(400);
    account.wait();
    account.wait();
    let early = account.states("DescribeExecution", json!({"executionArn": execution})).expect(200);
    assert_eq!(early["stateMachineVersionArn"], one);
    account.states("DeleteStateMachineVersion", delete).expect(200);
}

#[test]
fn r33_without_the_knob_reads_do_not_lag() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    update(&mut account, &arn, "two");
    assert_eq!(seen_definition(&mut account, &arn), definition("two"));
}
