//! What a file keeps of an account, and which files are refused.

use repoint::simulator::{Knobs, World};
use serde_json::{Value, json};

use super::support::{Account, ROLE, definition, rest, zipped};

/// An account with one of everything that can be saved.
fn full() -> Account {
    let mut account = Account::with_versions(2);
    account.change_configuration("orders", json!({"Environment": {"Variables": {"TABLE": "orders"}}}));
    account.alias("LIVE", "2");
    let split = json!({"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}});
    account.alias("CANARY", "1");
    account.lambda("PUT", "orders/aliases/CANARY", split).expect(200);
    account
        .send(
            "lambda",
            rest(
                "PUT",
                "/2019-09-30/functions/orders/provisioned-concurrency?Qualifier=LIVE",
                &json!({"ProvisionedConcurrentExecutions": 1}),
            ),
        )
        .expect(202);
    let permission =
        json!({"StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"});
    account.lambda("POST", "orders/policy", permission).expect(201);
    account
        .send("lambda", rest("POST", "/2021-10-31/functions/orders/url", &json!({"AuthType": "NONE"})))
        .expect(201);
    let source = json!({"FunctionName": "orders", "EventSourceArn": "arn:aws:sqs:us-west-1:000000000000:q"});
    account.send("lambda", rest("POST", "/2015-03-31/event-source-mappings", &source)).expect(202);
    account
        .send(
            "lambda",
            rest(
                "PUT",
                "/2017-10-31/functions/orders/concurrency",
                &json!({"ReservedConcurrentExecutions": 5}),
            ),
        )
        .expect(200);
    let arn = account.machine("checkout");
    account.states("PublishStateMachineVersion", json!({"stateMachineArn": arn})).expect(200);
    let route = json!([{"stateMachineVersionArn": format!("{arn}:1"), "weight": 100}]);
    account
        .states("CreateStateMachineAlias", json!({"name": "LIVE", "routingConfiguration": route}))
        .expect(200);
    account
        .states("UpdateStateMachine", json!({"stateMachineArn": arn, "definition": definition("two")}))
        .expect(200);
    account
        .states("StartExecution", json!({"stateMachineArn": format!("{arn}:LIVE"), "name": "one"}))
        .expect(200);
    account
        .query("iam", "Action=CreateRole&Version=2010-05-08&RoleName=deploy&AssumeRolePolicyDocument=%7B%7D")
        .expect(200);
    account
        .query("sts", &format!("Action=AssumeRole&Version=2011-06-15&RoleArn={ROLE}&RoleSessionName=me"))
        .expect(200);
    let bucket = "<CreateBucketConfiguration><LocationConstraint>us-west-1</LocationConstraint></CreateBucketConfiguration>";
    account.send("s3", raw("PUT", "/shop", bucket)).expect(200);
    account.send("s3", raw("PUT", "/shop/key", "content")).expect(200);
    // An update that is under way, and one that will end badly.
    account.world.faults().end_update_failed("orders");
    account.lambda("PUT", "orders/configuration", json!({"Timeout": 9})).expect(200);
    account
}

fn raw(method: &str, path: &str, body: &str) -> repoint::simulator::WireRequest {
    repoint::simulator::WireRequest { body: body.into(), ..rest(method, path, &Value::Null) }
}

#[test]
fn a_file_keeps_one_of_everything() {
    let account = full();
    let text = account.world.save();
    let program = format!("\"program\": \"{}\"", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(text.replace(&program, "\"program\": \"[version]\""));
    let loaded = World::load(&text, Knobs::default()).unwrap();
    assert_eq!(loaded.save(), text);
}

/// What was ever written keeps loading: this file is never edited, and each format adds one.
#[test]
fn a_file_of_the_first_format_still_loads() {
    let text = include_str!("../fixtures/account-v1.json");
    let mut account = Account::new();
    account.world = World::load(text, Knobs::default()).unwrap();
    assert_eq!(account.versions("orders"), ["$LATEST", "1", "2"]);
    assert_eq!(account.world.places(), [("000000000000".to_owned(), "us-west-1".to_owned())]);
}

#[test]
fn what_was_under_way_ends_after_a_restart() {
    let mut account = full();
    account.world = World::load(&account.world.save(), Knobs::default()).unwrap();
    assert_eq!(account.configuration("orders")["LastUpdateStatus"], "InProgress");
    account.wait();
    let ended = account.configuration("orders");
    assert_eq!((&ended["LastUpdateStatus"], &ended["Timeout"]), (&json!("Failed"), &json!(3)));
    assert_eq!(account.publish("orders")["Version"], "3", "numbers go on");
}

#[test]
fn a_session_is_known_after_a_restart() {
    let mut account = Account::new();
    let role = "arn:aws:iam::210987654321:role/deploy";
    let form = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=me");
    let text = account.query("sts", &form).text;
    let between =
        |name: &str| text.split(&format!("<{name}>")).nth(1).unwrap().split('<').next().unwrap().to_owned();
    account.world = World::load(&account.world.save(), Knobs::default()).unwrap();
    let mut request = rest("POST", "/", &Value::Null);
    request.body = "Action=GetCallerIdentity&Version=2011-06-15".into();
    request.headers.insert("x-amz-security-token".to_owned(), between("SessionToken"));
    let answer = account.send_as(&between("AccessKeyId"), "sts", request);
    assert!(answer.text.contains("<Account>210987654321</Account>"), "{}", answer.text);
}

#[test]
fn a_look_changes_nothing_unless_it_ends_something() {
    let mut account = Account::with_versions(1);
    let changes = account.world.changes();
    account.configuration("orders");
    account.versions("orders");
    account.states("ListStateMachines", json!({})).expect(200);
    account.lambda("GET", "nobody", Value::Null);
    account.lambda("POST", "nobody/versions", json!({}));
    assert_eq!(account.world.changes(), changes);
    account.lambda("PUT", "orders/code", json!({"ZipFile": zipped("other")})).expect(200);
    assert_ne!(account.world.changes(), changes);
    let changes = account.world.changes();
    account.wait();
    account.configuration("orders");
    assert_ne!(account.world.changes(), changes, "the update ended, with another revision (R3)");
}

#[test]
fn a_file_that_breaks_a_rule_is_refused_and_says_which() {
    let text = full().world.save();
    let json: Value = serde_json::from_str(&text).unwrap();
    let region = "/accounts/000000000000/us-west-1";
    let edited = |pointer: &str, value: Value| {
        let mut json = json.clone();
        *json.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        json.to_string()
    };
    let orders = format!("{region}/functions/orders");
    let checkout = format!("{region}/machines/checkout");
    let mut newer = json.clone();
    newer["format"] = json!(2);
    newer["program"] = json!("3.0.0");
    newer["weather"] = json!("new");
    let cases = [
        ("empty", String::new()),
        ("no JSON", "schema = 1".to_owned()),
        ("cut", text[..text.len() / 2].to_owned()),
        ("a list", "[]".to_owned()),
        ("a state", "{\"format\": 1, \"lineage\": \"x\"}".to_owned()),
        ("newer", newer.to_string()),
        ("newer, alike", edited("/format", json!(2))),
        ("no format", edited("/format", json!("one"))),
        (
            "an unknown member",
            edited("/identifiers", json!({"seed": 0, "revisions": 0, "executions": 0, "x": 1})),
        ),
        ("no account number", edited("/accounts", json!({"12": {"us-west-1": {}}}))),
        ("another name", edited(&format!("{orders}/name"), json!("others"))),
        (
            "another account",
            edited(&format!("{orders}/arn"), json!("arn:aws:lambda:us-west-1:1:function:orders")),
        ),
        ("a version above", edited(&format!("{orders}/last_number"), json!(1))),
        ("no target", edited(&format!("{orders}/aliases/LIVE/version"), json!("7"))),
        ("no weight", edited(&format!("{orders}/aliases/CANARY/weights/2"), json!("1.5"))),
        ("no configuration", edited(&format!("{orders}/latest/configuration"), json!(9))),
        ("no package", edited("/packages", json!({}))),
        ("other bytes", edited("/packages", json!({"hash": "Ynl0ZXM="}))),
        ("no base64", edited("/packages", json!({"hash": "?"}))),
        ("weights", edited(&format!("{checkout}/aliases/LIVE/routes"), json!({"1": 90}))),
        ("no routes", edited(&format!("{checkout}/aliases/LIVE/routes"), json!({}))),
        ("no machine version", edited(&format!("{checkout}/aliases/LIVE/routes"), json!({"2": 100}))),
        ("no number", edited(&format!("{checkout}/last_number"), json!(0))),
    ];
    let told = cases.map(|(name, text)| {
        let why = World::load(&text, Knobs::default()).map(|_| "taken".to_owned());
        format!("{name}: {}\n", why.unwrap_or_else(|why| why.to_string()))
    });
    insta::with_settings!({ filters => [(r"column \d+", "column [n]")] }, {
        insta::assert_snapshot!(told.concat());
    });
}
