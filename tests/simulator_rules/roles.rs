//! Roles that must exist, for some time already (R35).

use std::time::Duration;

use repoint::simulator::{Knobs, RoleCheck};
use serde_json::{Value, json};

use super::support::{Account, ROLE, creation, definition};

const LAMBDA: &str = "The role defined for the function cannot be assumed by Lambda.";
const STATES: &str = "Neither the global service principal states.amazonaws.com, nor the regional one is \
                      authorized to assume the provided role.";

/// Returns an account that is strict about roles, and in which IAM takes this long.
fn strict(propagation: Duration) -> Account {
    Account::with(Knobs { roles: RoleCheck::Existence { propagation }, ..Knobs::default() })
}

fn create_role(account: &mut Account, name: &str) {
    let form =
        format!("Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument=%7B%7D");
    assert_eq!(account.query("iam", &form).status, 200);
}

fn machine() -> Value {
    json!({"name": "orders", "definition": definition("one"), "roleArn": ROLE})
}

#[test]
fn r35_a_role_that_was_never_created_cannot_be_assumed() {
    let mut account = strict(Duration::ZERO);
    let answer = account.lambda("POST", "", creation("orders"));
    answer.refused(400, "InvalidParameterValueException", LAMBDA);
    account.states("CreateStateMachine", machine()).refused(400, "AccessDeniedException", STATES);
    create_role(&mut account, "deploy");
    account.lambda("POST", "", creation("orders")).expect(201);
    account.states("CreateStateMachine", machine()).expect(200);
}

#[test]
fn r35_a_new_role_cannot_be_assumed_until_iam_has_told() {
    let mut account = strict(Duration::from_millis(1500));
    create_role(&mut account, "deploy");
    for _ in 0..2 {
        let answer = account.lambda("POST", "", creation("orders"));
        answer.refused(400, "InvalidParameterValueException", LAMBDA);
        account.states("CreateStateMachine", machine()).refused(400, "AccessDeniedException", STATES);
        account.wait();
    }
    account.lambda("POST", "", creation("orders")).expect(201);
    account.states("CreateStateMachine", machine()).expect(200);
}

#[test]
fn r35_an_update_to_a_missing_role_changes_nothing() {
    let mut account = strict(Duration::ZERO);
    create_role(&mut account, "deploy");
    account.create("orders");
    account.wait();
    let before = account.configuration("orders");
    let other = json!({"Role": format!("{ROLE}2"), "Timeout": 9});
    let answer = account.lambda("PUT", "orders/configuration", other);
    answer.refused(400, "InvalidParameterValueException", LAMBDA);
    assert_eq!(account.configuration("orders"), before);
    account.change_configuration("orders", json!({"Timeout": 9}));
    let arn = account.machine("orders");
    let other = json!({"stateMachineArn": arn, "roleArn": format!("{ROLE}2")});
    account.states("UpdateStateMachine", other).refused(400, "AccessDeniedException", STATES);
}

#[test]
fn r35_a_path_belongs_to_the_role() {
    let mut account = strict(Duration::ZERO);
    let form = "Action=CreateRole&Version=2010-05-08&RoleName=deploy&Path=%2Fteam%2F&AssumeRolePolicyDocument=%7B%7D";
    assert_eq!(account.query("iam", form).status, 200);
    account.lambda("POST", "", creation("orders")).expect(400);
    let mut body = creation("orders");
    body["Role"] = json!("arn:aws:iam::000000000000:role/team/deploy");
    account.lambda("POST", "", body).expect(201);
}
