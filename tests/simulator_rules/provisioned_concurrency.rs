//! Provisioned concurrency and the weights it leaves behind (R23).

use serde_json::{Value, json};

use super::support::{Account, Answer, ORDERS, rest};

fn provision(account: &mut Account, qualifier: &str) -> Answer {
    let path = format!("/2019-09-30/functions/orders/provisioned-concurrency?Qualifier={qualifier}");
    account.send("lambda", rest("PUT", &path, &json!({"ProvisionedConcurrentExecutions": 5})))
}

fn provisioned(account: &mut Account, query: &str) -> Answer {
    let path = format!("/2019-09-30/functions/orders/provisioned-concurrency?{query}");
    account.send("lambda", rest("GET", &path, &Value::Null))
}

#[test]
fn r23_provisioning_is_in_progress_and_then_ready() {
    let mut account = Account::with_versions(1);
    let put = provision(&mut account, "1").expect(202);
    assert_eq!(put["Status"], "IN_PROGRESS");
    account.wait();
    let ready = provisioned(&mut account, "Qualifier=1").expect(200);
    assert_eq!(
        (&ready["Status"], &ready["AllocatedProvisionedConcurrentExecutions"]),
        (&json!("READY"), &json!(5))
    );
    let all = provisioned(&mut account, "List=ALL").expect(200);
    assert_eq!(all["ProvisionedConcurrencyConfigs"][0]["FunctionArn"], format!("{ORDERS}:1"));
}

#[test]
fn r23_what_cannot_be_provisioned() {
    let mut account = Account::with_versions(2);
    account.alias("LIVE", "1");
    let latest = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
    provision(&mut account, "%24LATEST").refused(400, "InvalidParameterValueException", latest);
    let missing = format!("Cannot find alias arn: {ORDERS}:GONE");
    provision(&mut account, "GONE").refused(404, "ResourceNotFoundException", &missing);
    let missing = format!("Function not found: {ORDERS}:10");
    provision(&mut account, "10").refused(404, "ResourceNotFoundException", &missing);
    provision(&mut account, "1").expect(202);
    let words =
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
    provision(&mut account, "LIVE").refused(409, "ResourceConflictException", words);
    let none = provisioned(&mut account, "Qualifier=2");
    let words = "No Provisioned Concurrency Config found for this function";
    none.refused(404, "ProvisionedConcurrencyConfigNotFoundException", words);
}

#[test]
fn r23_a_version_under_a_provisioned_alias_cannot_be_provisioned() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    provision(&mut account, "LIVE").expect(202);
    let words = "Version is pointed by a Provisioned Concurrency alias";
    provision(&mut account, "1").refused(409, "ResourceConflictException", words);
    account.lambda("DELETE", "orders/aliases/LIVE", Value::Null).expect(204);
    provision(&mut account, "1").expect(202);
}

#[test]
fn r23_a_provisioned_alias_that_moved_shows_its_old_version_as_a_weight_for_a_while() {
    let mut account = Account::with_versions(2);
    account.alias("LIVE", "1");
    provision(&mut account, "LIVE").expect(202);
    account.wait();
    account.lambda("PUT", "orders/aliases/LIVE", json!({"FunctionVersion": "2"})).expect(200);
    let shown = account.lambda("GET", "orders/aliases/LIVE", Value::Null).expect(200);
    assert_eq!(shown["RoutingConfig"], json!({"AdditionalVersionWeights": {"1": 1.0}}));
    assert_eq!(provisioned(&mut account, "Qualifier=LIVE").expect(200)["Status"], "IN_PROGRESS");
    let words = "Alias with weights can not be used with Provisioned Concurrency";
    provision(&mut account, "LIVE").refused(400, "InvalidParameterValueException", words);
    account.lambda("DELETE", "orders?Qualifier=1", Value::Null).expect(409);
    account.wait();
    let settled = account.lambda("GET", "orders/aliases/LIVE", Value::Null).expect(200);
    assert_eq!(settled.get("RoutingConfig"), None);
}
