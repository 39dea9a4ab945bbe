//! What points to nothing is found, wherever it stands. AWS lets nobody delete what an alias points to,
//! but of references from definitions it knows nothing.

use std::collections::BTreeSet;

use repoint::{
    model::{AccountId, Partition, Place, Region},
    simulator::{Definitions, World},
};
use serde_json::{Value, json};

use super::support::{Account, ROLE};

fn place() -> Place {
    Place {
        account: AccountId::new("000000000000").unwrap(),
        partition: Partition::new("aws").unwrap(),
        region: Region::new("us-west-1").unwrap(),
    }
}

fn calling(function: &str) -> String {
    let call = json!({ "FunctionName": function });
    let task = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": call, "End": true,
    });
    json!({ "StartAt": "Call", "States": { "Call": task } }).to_string()
}

/// Two versions, an alias on the second, and a machine that calls the first one in a running execution
/// and in its published version, and the alias by now.
fn sound() -> Account {
    let mut account = Account::with_versions(2);
    account.alias("LIVE", "2");
    let machine = json!({ "name": "flow", "roleArn": ROLE, "definition": calling("orders:1") });
    let arn = account.states("CreateStateMachine", machine).expect(200)["stateMachineArn"].clone();
    let published =
        account.states("PublishStateMachineVersion", json!({ "stateMachineArn": arn })).expect(200);
    let route = json!([{ "stateMachineVersionArn": published["stateMachineVersionArn"], "weight": 100 }]);
    let alias = json!({ "name": "LIVE", "routingConfiguration": route });
    account.states("CreateStateMachineAlias", alias).expect(200);
    account.states("StartExecution", json!({ "stateMachineArn": arn, "name": "one" })).expect(200);
    let update = json!({ "stateMachineArn": arn, "definition": calling("orders:LIVE") });
    account.states("UpdateStateMachine", update).expect(200);
    account
}

fn dangling(world: &World, managed: &[&str]) -> String {
    let managed: BTreeSet<String> = managed.iter().map(|name| (*name).to_owned()).collect();
    let found = world.dangling(&place(), &managed, &mut Definitions::default());
    found.into_iter().collect::<Vec<_>>().join("\n")
}

#[test]
fn aliases_references_and_running_executions_that_point_to_nothing_are_found() {
    let mut account = sound();
    assert_eq!(dangling(&account.world, &["orders"]), "");
    account.lambda("DELETE", "orders?Qualifier=1", Value::Null).expect(204);
    insta::assert_snapshot!("without_the_version", dangling(&account.world, &["orders"]));
    account.lambda("DELETE", "orders/aliases/LIVE", Value::Null).expect(204);
    insta::assert_snapshot!("without_the_alias", dangling(&account.world, &["orders"]));
    // Of a function that nobody manages nobody knows.
    assert_eq!(dangling(&account.world, &[]), "");
}
