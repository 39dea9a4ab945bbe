//! Aliases and their weights (R16 to R19).

use serde_json::{Value, json};

use super::support::{Account, ORDERS, texts};

fn weighted(version: &str, weights: &Value) -> Value {
    json!({"Name": "LIVE", "FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}})
}

#[test]
fn r16_weights_that_the_service_refuses() {
    let mut account = Account::with_versions(3);
    let cases = [
        (
            "1",
            json!({"2": 0.1, "3": 0.1}),
            400,
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ),
        (
            "1",
            json!({"1": 0.1}),
            400,
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
        (
            "$LATEST",
            json!({"1": 0.1}),
            400,
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (
            "1",
            json!({"9": 0.1}),
            404,
            "Function not found: arn:aws:lambda:us-west-1:000000000000:function:orders:9",
        ),
        ("9", json!({}), 404, "Function not found: arn:aws:lambda:us-west-1:000000000000:function:orders:9"),
    ];
    for (version, weights, status, words) in cases {
        let code = if status == 404 { "ResourceNotFoundException" } else { "InvalidParameterValueException" };
        account.lambda("POST", "orders/aliases", weighted(version, &weights)).refused(status, code, words);
    }
}

#[test]
fn r16_weights_that_the_model_refuses() {
    let mut account = Account::with_versions(2);
    for weights in [json!({"2": 2.0}), json!({"2": -0.1}), json!({"$LATEST": 0.1})] {
        let answer = account.lambda("POST", "orders/aliases", weighted("1", &weights));
        assert_eq!((answer.status, answer.code.as_str()), (400, "ValidationException"), "{}", answer.text);
    }
    let answer = account.lambda("POST", "orders/aliases", weighted("1", &json!({"2": 2.0})));
    assert!(answer.text.contains("Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"));
}

#[test]
fn r16_routing_is_absent_when_there_is_none() {
    let mut account = Account::with_versions(1);
    assert_eq!(account.alias("PLAIN", "1").get("RoutingConfig"), None);
    let empty = account.lambda("POST", "orders/aliases", weighted("1", &json!({}))).expect(201);
    assert_eq!(empty.get("RoutingConfig"), None);
    assert_eq!(empty["AliasArn"], format!("{ORDERS}:LIVE"));
    let latest = account.alias("EDGE", "$LATEST");
    assert_eq!(latest["FunctionVersion"], "$LATEST");
}

#[test]
fn r17_each_operation_has_its_own_answer_for_an_alias_that_is_there_or_not() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let again = account.lambda("POST", "orders/aliases", json!({"Name": "LIVE", "FunctionVersion": "1"}));
    again.refused(409, "ResourceConflictException", &format!("Alias already exists: {ORDERS}:LIVE"));
    let update = account.lambda("PUT", "orders/aliases/GONE", json!({}));
    update.refused(404, "ResourceNotFoundException", &format!("Alias not found: {ORDERS}:GONE"));
    let get = account.lambda("GET", "orders/aliases/GONE", Value::Null);
    get.refused(404, "ResourceNotFoundException", &format!("Cannot find alias arn: {ORDERS}:GONE"));
    account.lambda("DELETE", "orders/aliases/GONE", Value::Null).expect(204);
    account.lambda("DELETE", "orders/aliases/LIVE", Value::Null).expect(204);
    account.lambda("GET", "orders/aliases/LIVE", Value::Null).expect(404);
}

#[test]
fn r18_an_update_without_routing_keeps_the_weights_and_an_empty_one_clears_them() {
    let mut account = Account::with_versions(3);
    let created = account.lambda("POST", "orders/aliases", weighted("1", &json!({"2": 0.25}))).expect(201);
    let moved = account.lambda("PUT", "orders/aliases/LIVE", json!({"FunctionVersion": "3"})).expect(200);
    assert_eq!(moved["RoutingConfig"], json!({"AdditionalVersionWeights": {"2": 0.25}}));
    assert_ne!(moved["RevisionId"], created["RevisionId"]);
    let untouched = account.lambda("PUT", "orders/aliases/LIVE", json!({})).expect(200);
    assert_ne!(untouched["RevisionId"], moved["RevisionId"]);
    let alone = account.lambda("PUT", "orders/aliases/LIVE", json!({"FunctionVersion": "2"}));
    assert_eq!((alone.status, alone.code.as_str()), (400, "InvalidParameterValueException"));
    let promoted = weighted("2", &json!({}));
    let promoted = account.lambda("PUT", "orders/aliases/LIVE", promoted).expect(200);
    assert_eq!((&promoted["FunctionVersion"], promoted.get("RoutingConfig")), (&json!("2"), None));
}

#[test]
fn r18_an_alias_cannot_be_moved_to_a_missing_version() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let answer = account.lambda("PUT", "orders/aliases/LIVE", json!({"FunctionVersion": "9"}));
    answer.refused(404, "ResourceNotFoundException", &format!("Function not found: {ORDERS}:9"));
}

#[test]
fn r19_versions_that_share_an_alias_have_one_role_and_one_dead_letter_queue() {
    let mut account = Account::with_versions(1);
    account.change_configuration("orders", json!({"Role": "arn:aws:iam::000000000000:role/other"}));
    account.publish("orders");
    let answer = account.lambda("POST", "orders/aliases", weighted("1", &json!({"2": 0.1})));
    let words = "Specified versions must be associated with the same execution role";
    answer.refused(400, "InvalidParameterValueException", words);
    let queue = json!({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-west-1:000000000000:dead"}});
    account.change_configuration("orders", queue);
    account.publish("orders");
    let answer = account.lambda("POST", "orders/aliases", weighted("2", &json!({"3": 0.1})));
    assert_eq!((answer.status, answer.code.as_str()), (400, "InvalidParameterValueException"));
}

#[test]
fn r21_an_alias_name_is_not_a_number() {
    let mut account = Account::with_versions(1);
    for name in ["2024", "with space", ""] {
        let answer = account.lambda("POST", "orders/aliases", json!({"Name": name, "FunctionVersion": "1"}));
        assert_eq!((answer.status, answer.code.as_str()), (400, "ValidationException"), "{name}");
    }
    let words = "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)";
    let answer = account.lambda("POST", "orders/aliases", json!({"Name": "2024", "FunctionVersion": "1"}));
    answer.refused(400, "ValidationException", words);
    account.alias("2024-01-02", "1");
}

#[test]
fn a_list_of_aliases_filters_by_primary_version_and_pages() {
    let mut account = Account::with_versions(2);
    account.alias("A", "1");
    account.alias("B", "2");
    account.alias("C", "2");
    let two = account.lambda("GET", "orders/aliases?FunctionVersion=2", Value::Null).expect(200);
    assert_eq!(texts(&two["Aliases"], "Name"), ["B", "C"]);
    let page = account.lambda("GET", "orders/aliases?MaxItems=2", Value::Null).expect(200);
    let marker = page["NextMarker"].as_str().unwrap();
    let rest =
        account.lambda("GET", &format!("orders/aliases?MaxItems=2&Marker={marker}"), Value::Null).expect(200);
    assert_eq!(texts(&rest["Aliases"], "Name"), ["C"]);
}
