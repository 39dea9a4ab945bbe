//! Parameters of Systems Manager: versions, labels, decryption, and what is refused.

use repoint::simulator::{Knobs, World};
use serde_json::{Value, json};

use super::support::Account;

const ARN: &str = "arn:aws:ssm:us-west-1:000000000000:parameter/shop/token";

fn put(account: &mut Account, value: &str) -> Value {
    let body = json!({"Name": "/shop/token", "Value": value, "Type": "SecureString", "Overwrite": true});
    account.ssm("PutParameter", body).expect(200)
}

/// Returns the values that a request for these names answers, and the names that it does not know.
fn values(account: &mut Account, names: &[&str]) -> (Vec<String>, Value) {
    let body = json!({"Names": names, "WithDecryption": true});
    let answer = account.ssm("GetParameters", body).expect(200);
    let found = answer["Parameters"].as_array().unwrap().iter();
    (
        found.map(|one| one["Value"].as_str().unwrap().to_owned()).collect(),
        answer["InvalidParameters"].clone(),
    )
}

#[test]
fn a_parameter_is_found_by_name_arn_version_and_label() {
    let mut account = Account::new();
    assert_eq!(put(&mut account, "one"), json!({"Version": 1, "Tier": "Standard"}));
    put(&mut account, "two");
    let label = json!({"Name": "/shop/token", "ParameterVersion": 1, "Labels": ["stable", "1st"]});
    let labelled = account.ssm("LabelParameterVersion", label).expect(200);
    assert_eq!(labelled, json!({"InvalidLabels": ["1st"], "ParameterVersion": 1}));
    for (name, value) in [
        ("/shop/token", "two"),
        (ARN, "two"),
        ("/shop/token:1", "one"),
        ("/shop/token:stable", "one"),
        (&format!("{ARN}:1"), "one"),
    ] {
        assert_eq!(values(&mut account, &[name]), (vec![value.to_owned()], json!([])), "{name}");
    }
    let one =
        account.ssm("GetParameter", json!({"Name": "/shop/token:1", "WithDecryption": true})).expect(200);
    let parameter = &one["Parameter"];
    assert_eq!((&parameter["Selector"], &parameter["ARN"]), (&json!(":1"), &json!(ARN)));
    assert_eq!(
        values(&mut account, &["/shop/other", "/shop/token:7"]),
        (vec![], json!(["/shop/other", "/shop/token:7"]))
    );
}

#[test]
fn a_secure_string_is_hidden_without_decryption() {
    let mut account = Account::new();
    put(&mut account, "hush");
    let hidden = account.ssm("GetParameter", json!({"Name": "/shop/token"})).expect(200);
    assert!(!hidden.to_string().contains("hush"), "{hidden}");
}

#[test]
fn what_parameter_store_would_refuse_is_refused() {
    let mut account = Account::new();
    put(&mut account, "one");
    let again = json!({"Name": "/shop/token", "Value": "two", "Type": "SecureString"});
    let exists = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
    account.ssm("PutParameter", again).refused(400, "ParameterAlreadyExists", exists);
    let untyped = json!({"Name": "/shop/new", "Value": "two"});
    let words = "A parameter type is required when you create a parameter.";
    account.ssm("PutParameter", untyped).refused(400, "ValidationException", words);
    let relative = json!({"Name": "shop/new", "Value": "two", "Type": "String"});
    let words = "Parameter name must be a fully qualified name.";
    account.ssm("PutParameter", relative).refused(400, "ValidationException", words);
    let large = json!({"Name": "/shop/new", "Value": "x".repeat(4097), "Type": "String"});
    account.ssm("PutParameter", large).expect(400);
    account.ssm("GetParameter", json!({"Name": "/shop/other"})).refused(400, "ParameterNotFound", "");
    let words = "Systems Manager could not find version 7 of /shop/token. Verify the version and try again.";
    account.ssm("GetParameter", json!({"Name": "/shop/token:7"})).refused(
        400,
        "ParameterVersionNotFound",
        words,
    );
    let eleven: Vec<String> = (0..11).map(|number| format!("/p/{number}")).collect();
    account.ssm("GetParameters", json!({"Names": eleven})).expect(400);
    account.ssm("GetParameters", json!({"Names": ["/shop/token", "/shop/token:1"]})).expect(400);
    account.ssm("DeleteParameter", json!({"Name": "/shop/token"})).expect(200);
    account.ssm("DeleteParameter", json!({"Name": "/shop/token"})).refused(400, "ParameterNotFound", "");
}

#[test]
fn parameters_are_in_the_file_of_the_account() {
    let mut account = Account::new();
    put(&mut account, "one");
    let text = account.world.save();
    account.world = World::load(&text, Knobs::default()).unwrap();
    assert_eq!(account.world.save(), text);
    assert_eq!(values(&mut account, &["/shop/token"]).0, ["one"]);
    let broken = text.replace("\"versions\":[{", "\"versions\":[],\"labels\":[{");
    assert!(World::load(&broken, Knobs::default()).is_err());
}
