//! What holds for every service: signatures, accounts, protocols, unknown operations (R34, R36).

use std::collections::BTreeMap;

use proptest::prelude::*;
use repoint::simulator::WireRequest;
use serde_json::{Value, json};

use super::support::{Account, ORDERS, creation, rest};

#[test]
fn a_request_without_a_signature_is_refused() {
    let mut account = Account::new();
    let request = rest("GET", "/2015-03-31/functions/", &Value::Null);
    let answer = account.send_unsigned(&request);
    answer.refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
}

#[test]
fn an_access_key_of_twelve_digits_is_an_account_of_its_own() {
    let mut account = Account::with_orders();
    let get = || rest("GET", "/2015-03-31/functions/orders", &Value::Null);
    let missing = account.send_as("123456789012", "lambda", get());
    let arn = ORDERS.replace("000000000000", "123456789012");
    missing.refused(404, "ResourceNotFoundException", &format!("Function not found: {arn}"));
    let create = rest("POST", "/2015-03-31/functions", &creation("orders"));
    let created = account.send_as("123456789012", "lambda", create).expect(201);
    assert_eq!(created["FunctionArn"], arn);
}

#[test]
fn an_assumed_role_calls_from_its_own_account_until_it_expires() {
    let mut account = Account::new();
    let form = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdeploy";
    let answer = account.query("sts", form);
    let part = |name: &str| {
        let (_, rest) = answer.text.split_once(&format!("<{name}>")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let (key, token) = (part("AccessKeyId"), part("SessionToken"));
    let identity = || WireRequest {
        headers: BTreeMap::from([("x-amz-security-token".to_owned(), token.clone())]),
        body: b"Action=GetCallerIdentity&Version=2011-06-15".to_vec(),
        ..rest("POST", "/", &Value::Null)
    };
    let caller = account.send_as(&key, "sts", identity());
    assert!(caller.text.contains("<Account>111122223333</Account>"), "{}", caller.text);
    assert!(caller.text.contains("<Arn>arn:aws:sts::111122223333:assumed-role/deploy/me</Arn>"));
    for _ in 0..3600 {
        account.wait();
    }
    let expired = account.send_as(&key, "sts", identity());
    assert_eq!(expired.status, 403);
    assert!(expired.text.contains("<Code>ExpiredToken</Code>"));
}

#[test]
fn r34_an_unknown_operation_is_a_client_error_that_names_it() {
    let mut account = Account::new();
    let invoke = account.lambda("POST", "orders/invocations", json!({}));
    let words =
        "the simulated account does not know `lambda:Invoke, POST /2015-03-31/functions/orders/invocations`";
    invoke.refused(404, "UnknownOperationException", words);
    let nowhere = account.lambda("GET", "orders/nowhere", Value::Null);
    let words = "the simulated account does not know `GET /2015-03-31/functions/orders/nowhere`";
    nowhere.refused(404, "UnknownOperationException", words);
    let history = account.states("GetExecutionHistory", json!({}));
    assert_eq!((history.status, history.code.as_str()), (400, "UnknownOperationException"));
    assert!(history.text.contains("states:GetExecutionHistory"));
    let users = account.query("iam", "Action=ListUsers&Version=2010-05-08");
    assert_eq!(users.status, 404);
}

#[test]
fn r36_the_words_are_in_message_or_message_with_a_capital_and_validation_has_no_type() {
    let mut account = Account::with_orders();
    let missing = account.lambda("GET", "absent", Value::Null);
    assert_eq!(missing.body["Type"], "User");
    assert!(missing.body["Message"].is_string() && missing.body.get("message").is_none());
    let conflict = account.lambda("POST", "", creation("orders"));
    assert_eq!(conflict.body["Type"], "User");
    assert!(conflict.body["message"].is_string() && conflict.body.get("Message").is_none());
    let invalid = account.lambda("PUT", "orders/configuration", json!({"Timeout": 0}));
    assert_eq!(invalid.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
    let states = account.states("DescribeStateMachine", json!({"stateMachineArn": "x"}));
    assert_eq!(states.body["__type"], "InvalidArn");
}

#[test]
fn a_malformed_body_is_a_serialization_exception() {
    let mut account = Account::with_orders();
    let broken = WireRequest { body: b"{".to_vec(), ..rest("POST", "/2015-03-31/functions", &Value::Null) };
    let answer = account.send("lambda", broken);
    assert_eq!((answer.status, answer.code.as_str()), (400, "SerializationException"));
    let answer = account.lambda("PUT", "orders/configuration", json!({"Timeout": "9"}));
    answer.refused(400, "SerializationException", "STRING_VALUE can not be converted to an Integer");
}

#[test]
fn roles_are_created_read_listed_and_deleted() {
    let mut account = Account::new();
    let mut iam = |form: &str| account.query("iam", &format!("{form}&Version=2010-05-08"));
    let create = "Action=CreateRole&RoleName=deploy&Path=%2Fteam%2F&AssumeRolePolicyDocument=%7B%7D\
                  &Tags.member.1.Key=team&Tags.member.1.Value=shop";
    let created = iam(create);
    assert!(
        created.text.contains("<Arn>arn:aws:iam::000000000000:role/team/deploy</Arn>"),
        "{}",
        created.text
    );
    assert!(created.text.contains("<AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument>"));
    assert_eq!(iam(create).status, 409);
    let read = iam("Action=GetRole&RoleName=deploy");
    assert!(read.text.contains("<Tags><member><Key>team</Key><Value>shop</Value></member></Tags>"));
    assert!(iam("Action=ListRoles").text.contains("<RoleName>deploy</RoleName>"));
    assert!(!iam("Action=ListRoles&PathPrefix=%2Fother%2F").text.contains("<RoleName>"));
    assert!(
        iam("Action=ListAttachedRolePolicies&RoleName=deploy")
            .text
            .contains("<AttachedPolicies></AttachedPolicies>")
    );
    assert_eq!(iam("Action=DeleteRole&RoleName=deploy").status, 200);
    for action in ["GetRole", "DeleteRole", "ListRolePolicies"] {
        let gone = iam(&format!("Action={action}&RoleName=deploy"));
        assert_eq!(gone.status, 404);
        assert!(gone.text.contains("<Code>NoSuchEntity</Code>"));
    }
    let malformed = iam("Action=CreateRole&RoleName=deploy&AssumeRolePolicyDocument=none");
    assert!(malformed.text.contains("<Code>MalformedPolicyDocument</Code>"), "{}", malformed.text);
    assert!(iam("Action=GetRole").text.contains("<Code>ValidationError</Code>"));
}

#[test]
fn an_account_has_its_own_roles_functions_and_mappings_in_each_region() {
    let mut account = Account::new();
    let form = b"Action=CreateRole&Version=2010-05-08&RoleName=deploy&AssumeRolePolicyDocument=%7B%7D";
    let role = || WireRequest { body: form.to_vec(), ..rest("POST", "/", &Value::Null) };
    assert_eq!(account.send_as("111122223333", "iam", role()).status, 200);
    assert_eq!(account.send_as("444455556666", "iam", role()).status, 200, "another account, another role");
    let create = || rest("POST", "/2015-03-31/functions", &creation("orders"));
    account.send_as("111122223333", "lambda", create()).expect(201);
    let list = || rest("GET", "/2015-03-31/functions", &Value::Null);
    assert_eq!(account.send_as("444455556666", "lambda", list()).expect(200)["Functions"], json!([]));
    let identity = WireRequest {
        body: b"Action=GetCallerIdentity&Version=2011-06-15".to_vec(),
        ..rest("POST", "/", &Value::Null)
    };
    assert!(
        account.send_as("444455556666", "sts", identity).text.contains("<Account>444455556666</Account>")
    );
}

#[test]
fn the_same_calls_in_two_worlds_give_the_same_bytes() {
    let run = || {
        let mut account = Account::with_versions(3);
        account.alias("LIVE", "2");
        account.lambda("GET", "orders/versions", Value::Null).text
    };
    assert_eq!(run(), run());
}

proptest! {
    #[test]
    fn nothing_makes_the_world_panic_or_answer_500(
        service in "lambda|states|sts|iam|s3|other",
        method in "GET|PUT|POST|DELETE|HEAD",
        path in "/(2015-03-31|2017-03-31|2019-09-30|2021-10-31)/(functions|tags|event-source-mappings)(/([a-zA-Z%:$é0-9-]{0,12}|orders|policy|url|urls|concurrency)){0,4}|[ -~]{0,30}",
        query in "[A-Za-z=&%0-9+$]{0,40}",
        target in "AWSStepFunctions.(Create|Describe|Update|List|Publish)StateMachine(Version|Alias|s|Versions)?",
        body in r#"[ -~]{0,60}|\{"(name|definition|Tags|routingConfiguration|FunctionName)":(1|"[a-z:{}]*"|\[\{\}\]|\{"a":1\})\}"#,
    ) {
        let mut account = Account::with_orders();
        let headers = BTreeMap::from([("x-amz-target".to_owned(), target)]);
        let request = WireRequest { method, path, query, headers, body: body.into_bytes() };
        let answer = account.send(&service, request);
        prop_assert!(answer.status < 500, "{} {}", answer.code, answer.text);
    }
}
