//! Publishing, listing and deleting versions (R8 to R15, R37).

use repoint::simulator::Knobs;
use serde_json::{Value, json};

use super::support::{Account, ORDERS, creation, rest, texts, zipped};

#[test]
fn r8_publishing_again_without_an_update_returns_the_old_version_and_description() {
    let mut account = Account::with_orders();
    let first = account.lambda("POST", "orders/versions", json!({"Description": "first"})).expect(201);
    let again = account.lambda("POST", "orders/versions", json!({"Description": "again"})).expect(201);
    assert_eq!(first, again);
    assert_eq!(again["Description"], "first");
    assert_eq!(account.versions("orders"), ["$LATEST", "1"]);
}

#[test]
fn r8_an_update_that_changes_nothing_makes_the_next_publish_a_new_version() {
    let mut account = Account::with_orders();
    account.publish("orders");
    account.change_code("orders", "one");
    assert_eq!(account.publish("orders")["Version"], "2");
}

#[test]
fn r8_publishing_after_the_version_was_deleted_creates_nothing() {
    let mut account = Account::with_orders();
    account.publish("orders");
    account.lambda("DELETE", "orders?Qualifier=1", Value::Null).expect(204);
    assert_eq!(account.publish("orders")["Version"], "1");
    assert_eq!(account.versions("orders"), ["$LATEST"]);
}

#[test]
fn r9_a_change_of_the_description_alone_publishes_and_an_omitted_one_is_the_functions() {
    let mut account = Account::with_orders();
    let first = account.publish("orders");
    account.change_configuration("orders", json!({"Description": "of the function"}));
    let second = account.publish("orders");
    assert_eq!((&second["Version"], &second["Description"]), (&json!("2"), &json!("of the function")));
    assert_eq!(first["CodeSha256"], second["CodeSha256"]);
}

#[test]
fn r10_another_code_hash_is_refused_and_publishes_nothing() {
    let mut account = Account::with_orders();
    let current = account.configuration("orders")["CodeSha256"].as_str().unwrap().to_owned();
    let words = format!(
        "CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({current}). \
         Please try again with the CodeSHA256 in $LATEST."
    );
    let answer = account.lambda("POST", "orders/versions", json!({"CodeSha256": "other"}));
    answer.refused(400, "InvalidParameterValueException", &words);
    assert_eq!(account.versions("orders"), ["$LATEST"]);
    let answer =
        account.lambda("POST", "orders/versions", json!({"CodeSha256": "other", "RevisionId": "stale"}));
    assert_eq!(answer.code, "PreconditionFailedException");
}

#[test]
fn r11_numbers_are_never_reused() {
    let mut account = Account::with_versions(2);
    account.lambda("DELETE", "orders?Qualifier=2", Value::Null).expect(204);
    account.change_code("orders", "three");
    assert_eq!(account.publish("orders")["Version"], "3");
}

#[test]
fn r12_a_create_that_publishes_answers_version_1_under_the_unqualified_arn() {
    let mut account = Account::new();
    let mut body = creation("orders");
    body["Publish"] = json!(true);
    let created = account.lambda("POST", "", body).expect(201);
    assert_eq!((&created["Version"], &created["FunctionArn"]), (&json!("1"), &json!(ORDERS)));
    assert_eq!(created["State"], "Pending");
    account.wait();
    assert_eq!(account.publish("orders")["Version"], "1");
}

#[test]
fn r12_a_code_update_that_publishes_answers_a_pending_version_under_its_qualified_arn() {
    let mut account = Account::with_orders();
    let body = json!({"ZipFile": zipped("two"), "Publish": true});
    let version = account.lambda("PUT", "orders/code", body).expect(200);
    assert_eq!((&version["Version"], &version["State"]), (&json!("1"), &json!("Pending")));
    assert_eq!(version["FunctionArn"], format!("{ORDERS}:1"));
    assert_eq!(version.get("LastUpdateStatus"), None);
    assert_eq!(account.configuration("orders")["LastUpdateStatus"], "InProgress");
    account.wait();
    assert_eq!(account.configuration("orders?Qualifier=1")["State"], "Active");
    assert_eq!(account.publish("orders")["Version"], "1");
}

#[test]
fn r13_a_published_version_cannot_be_updated() {
    let mut account = Account::with_versions(1);
    let words = "Current operation does not support versions other than $LATEST";
    let answer = account.lambda("PUT", "orders:1/configuration", json!({"Timeout": 9}));
    answer.refused(400, "InvalidParameterValueException", words);
    let answer = account.lambda("PUT", "orders%3A1/code", json!({"ZipFile": zipped("x")}));
    answer.refused(400, "InvalidParameterValueException", words);
}

#[test]
fn r13_a_version_keeps_the_code_and_settings_it_was_published_with() {
    let mut account = Account::with_versions(1);
    let before = account.configuration("orders?Qualifier=1");
    account.change_configuration("orders", json!({"Timeout": 99, "Description": "later"}));
    account.change_code("orders", "later");
    assert_eq!(account.configuration("orders?Qualifier=1"), before);
}

#[test]
fn r14_a_version_that_an_alias_references_cannot_be_deleted() {
    let mut account = Account::with_versions(2);
    account.alias("LIVE", "1");
    let weighted = json!({
        "Name": "CANARY", "FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1}},
    });
    account.lambda("POST", "orders/aliases", weighted).expect(201);
    let words = "Unable to delete version because the following aliases reference it: [CANARY, LIVE]";
    let answer = account.lambda("DELETE", "orders?Qualifier=1", Value::Null);
    answer.refused(409, "ResourceConflictException", words);
}

#[test]
fn r14_what_a_delete_refuses_and_what_it_forgives() {
    let mut account = Account::with_versions(1);
    account.lambda("DELETE", "orders?Qualifier=9", Value::Null).expect(204);
    let latest = account.lambda("DELETE", "orders?Qualifier=%24LATEST", Value::Null);
    let words = "$LATEST version cannot be deleted without deleting the function.";
    latest.refused(400, "InvalidParameterValueException", words);
    let alias = account.lambda("DELETE", "orders?Qualifier=LIVE", Value::Null);
    alias.refused(400, "InvalidParameterValueException", "Deletion of aliases is not currently supported.");
    let missing = account.lambda("DELETE", "absent?Qualifier=1", Value::Null);
    let arn = ORDERS.replace("orders", "absent");
    missing.refused(404, "ResourceNotFoundException", &format!("Function not found: {arn}"));
    account.lambda("DELETE", "orders", Value::Null).expect(204);
    account.lambda("DELETE", "orders", Value::Null).expect(404);
}

#[test]
fn r15_versions_are_listed_from_latest_on_upward_without_their_states() {
    let mut account = Account::with_versions(11);
    let body = account.lambda("GET", "orders/versions", Value::Null).expect(200);
    let expected: Vec<String> =
        std::iter::once("$LATEST".to_owned()).chain((1..=11).map(|number| number.to_string())).collect();
    assert_eq!(texts(&body["Versions"], "Version"), expected);
    assert_eq!(body["Versions"][0]["FunctionArn"], format!("{ORDERS}:$LATEST"));
    for item in body["Versions"].as_array().unwrap() {
        assert!(item["RevisionId"].is_string());
        for absent in ["State", "StateReason", "LastUpdateStatus", "RuntimeVersionConfig"] {
            assert_eq!(item.get(absent), None, "{absent}");
        }
    }
}

#[test]
fn r15_a_page_holds_fifty_items_however_many_are_asked_for() {
    let mut account = Account::with_versions(60);
    let first = account.lambda("GET", "orders/versions?MaxItems=10000", Value::Null).expect(200);
    assert_eq!(first["Versions"].as_array().unwrap().len(), 50);
    let marker = first["NextMarker"].as_str().unwrap();
    let second = account.lambda("GET", &format!("orders/versions?Marker={marker}"), Value::Null).expect(200);
    assert_eq!(texts(&second["Versions"], "Version").last().unwrap(), "60");
    assert_eq!(second.get("NextMarker"), None);
    let none = account.lambda("GET", "orders/versions?MaxItems=0", Value::Null);
    assert_eq!((none.status, none.code.as_str()), (400, "ValidationException"));
    account.lambda("GET", "absent/versions", Value::Null).expect(404);
}

#[test]
fn r15_functions_are_listed_unqualified_or_with_all_their_versions() {
    let mut account = Account::with_versions(1);
    let plain = account.lambda("GET", "", Value::Null).expect(200);
    assert_eq!(texts(&plain["Functions"], "FunctionArn"), [ORDERS]);
    assert_eq!(plain["Functions"][0].get("State"), None);
    let all = account.lambda("GET", "?FunctionVersion=ALL", Value::Null).expect(200);
    let arns = [format!("{ORDERS}:$LATEST"), format!("{ORDERS}:1")];
    assert_eq!(texts(&all["Functions"], "FunctionArn"), arns);
    account.lambda("GET", "?FunctionVersion=SOME", Value::Null).expect(400);
}

#[test]
fn r37_every_version_counts_against_the_code_storage() {
    let one = zip_size();
    let mut account = Account::with(Knobs { code_storage: 2 * one, ..Knobs::default() });
    account.create("orders");
    account.wait();
    account.publish("orders");
    account.change_configuration("orders", json!({"Timeout": 9}));
    let usage =
        account.send("lambda", rest("GET", "/2016-08-19/account-settings/", &Value::Null)).expect(200);
    assert_eq!(usage["AccountUsage"], json!({"TotalCodeSize": 2 * one, "FunctionCount": 1}));
    let answer = account.lambda("POST", "orders/versions", json!({}));
    answer.refused(400, "CodeStorageExceededException", "Code storage limit exceeded.");
}

fn zip_size() -> u64 {
    Account::new().create("probe")["CodeSize"].as_u64().unwrap()
}

#[test]
fn a_version_with_a_snapshot_is_pending_until_it_is_taken() {
    let mut account = Account::with_orders();
    account.change_configuration("orders", json!({"SnapStart": {"ApplyOn": "PublishedVersions"}}));
    let version = account.publish("orders");
    assert_eq!(version["State"], "Pending");
    account.wait();
    let version = account.configuration("orders?Qualifier=1");
    assert_eq!(version["State"], "Active");
    assert_eq!(version["SnapStart"]["OptimizationStatus"], "On");
}
