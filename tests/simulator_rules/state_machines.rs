//! State machines, their versions and aliases (R25 to R30, R32).

use repoint::simulator::Knobs;
use serde_json::{Value, json};

use super::support::{Account, ROLE, definition, texts};

const ORDERS: &str = "arn:aws:states:us-west-1:000000000000:stateMachine:orders";

fn publish(account: &mut Account, arn: &str) -> String {
    let body = account.states("PublishStateMachineVersion", json!({"stateMachineArn": arn})).expect(200);
    body["stateMachineVersionArn"].as_str().unwrap().to_owned()
}

fn update(account: &mut Account, arn: &str, comment: &str) -> Value {
    let body = json!({"stateMachineArn": arn, "definition": definition(comment)});
    account.states("UpdateStateMachine", body).expect(200)
}

#[test]
fn r25_an_equal_create_is_answered_again_and_ignores_role_and_tags() {
    let mut account = Account::new();
    account.machine("orders");
    let other_role = json!({
        "name": "orders", "definition": definition("one"), "roleArn": format!("{ROLE}2"),
        "tags": [{"key": "a", "value": "b"}],
    });
    let again = account.states("CreateStateMachine", other_role).expect(200);
    assert_eq!(again["stateMachineArn"], ORDERS);
    let shown = account.states("DescribeStateMachine", json!({"stateMachineArn": ORDERS})).expect(200);
    assert_eq!(shown["roleArn"], ROLE);
}

#[test]
fn r25_another_definition_type_or_publish_is_refused() {
    let mut account = Account::new();
    account.machine("orders");
    let base = json!({"name": "orders", "definition": definition("one"), "roleArn": ROLE});
    let spaced = format!("{} ", definition("one"));
    for (member, value) in
        [("definition", json!(spaced)), ("type", json!("EXPRESS")), ("publish", json!(true))]
    {
        let mut body = base.clone();
        body[member] = value;
        let answer = account.states("CreateStateMachine", body);
        answer.refused(
            400,
            "StateMachineAlreadyExists",
            &format!("State Machine Already Exists: '{ORDERS}'"),
        );
    }
}

#[test]
fn r26_the_revision_is_absent_until_an_update_changes_something() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let same = update(&mut account, &arn, "one");
    assert_eq!(same.get("revisionId"), None);
    let changed = update(&mut account, &arn, "two");
    assert!(changed["revisionId"].is_string());
    let unchanged = update(&mut account, &arn, "two");
    assert_eq!(unchanged["revisionId"], changed["revisionId"]);
    let shown = account.states("DescribeStateMachine", json!({"stateMachineArn": arn})).expect(200);
    assert_eq!(shown["revisionId"], changed["revisionId"]);
    assert_eq!(shown["definition"], definition("two"));
}

#[test]
fn r26_publishing_is_deduplicated_per_revision_and_checks_it() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let initial = json!({"stateMachineArn": arn, "revisionId": "INITIAL", "description": "first"});
    let first = account.states("PublishStateMachineVersion", initial).expect(200);
    assert_eq!(first["stateMachineVersionArn"], format!("{arn}:1"));
    assert!(first["creationDate"].is_f64());
    assert_eq!(publish(&mut account, &arn), format!("{arn}:1"));
    let revision = update(&mut account, &arn, "two")["revisionId"].as_str().unwrap().to_owned();
    let stale = json!({"stateMachineArn": arn, "revisionId": "INITIAL"});
    account.states("PublishStateMachineVersion", stale).refused(
        400,
        "ConflictException",
        &format!(
            "Failed to publish the State Machine version for revision INITIAL. \
             The current State Machine revision is {revision}."
        ),
    );
    assert_eq!(publish(&mut account, &arn), format!("{arn}:2"));
}

#[test]
fn r27_an_update_that_publishes_does_so_even_if_nothing_changed() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let body = json!({"stateMachineArn": arn, "definition": definition("one"), "publish": true});
    for _ in 0..2 {
        let updated = account.states("UpdateStateMachine", body.clone()).expect(200);
        assert_eq!(updated["stateMachineVersionArn"], format!("{arn}:1"));
        assert_eq!(updated.get("revisionId"), None);
    }
    let described =
        json!({"stateMachineArn": arn, "definition": definition("one"), "versionDescription": "x"});
    let words = "Version description can only be set when publish is true";
    account.states("UpdateStateMachine", described).refused(400, "ValidationException", words);
    let words = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration \
                 must be specified";
    let nothing = account.states("UpdateStateMachine", json!({"stateMachineArn": arn}));
    nothing.refused(400, "MissingRequiredParameter", words);
}

#[test]
fn r28_versions_are_listed_newest_first_and_their_numbers_are_never_reused() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    publish(&mut account, &arn);
    update(&mut account, &arn, "two");
    let second = publish(&mut account, &arn);
    for _ in 0..2 {
        account.states("DeleteStateMachineVersion", json!({"stateMachineVersionArn": second})).expect(200);
    }
    assert_eq!(publish(&mut account, &arn), format!("{arn}:3"));
    let list = account.states("ListStateMachineVersions", json!({"stateMachineArn": arn})).expect(200);
    let listed = texts(&list["stateMachineVersions"], "stateMachineVersionArn");
    assert_eq!(listed, [format!("{arn}:3"), format!("{arn}:1")]);
    let too_many = json!({"stateMachineArn": arn, "maxResults": 1001});
    let answer = account.states("ListStateMachineVersions", too_many);
    assert_eq!(answer.code, "ValidationException");
}

#[test]
fn r28_a_version_that_an_alias_references_cannot_be_deleted() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let version = publish(&mut account, &arn);
    let routes = json!([{"stateMachineVersionArn": version, "weight": 100}]);
    let alias = json!({"name": "LIVE", "routingConfiguration": routes});
    account.states("CreateStateMachineAlias", alias).expect(200);
    let words = "Version to be deleted must not be referenced by an alias. \
                 Current list of aliases referencing this version: [LIVE]";
    let answer = account.states("DeleteStateMachineVersion", json!({"stateMachineVersionArn": version}));
    answer.refused(400, "ConflictException", words);
}

#[test]
fn r29_an_alias_is_created_once_and_an_equal_create_is_answered_again() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let version = publish(&mut account, &arn);
    let routes = json!([{"stateMachineVersionArn": version, "weight": 100}]);
    let body = json!({"name": "LIVE", "routingConfiguration": routes});
    let created = account.states("CreateStateMachineAlias", body.clone()).expect(200);
    account.wait();
    assert_eq!(account.states("CreateStateMachineAlias", body.clone()).expect(200), created);
    let mut described = body;
    described["description"] = json!("other");
    let words = "Failed to create alias because an alias with the same name and a different routing configuration \
                 already exists.";
    account.states("CreateStateMachineAlias", described).refused(400, "ConflictException", words);
}

#[test]
fn r29_routes_that_are_refused() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    publish(&mut account, &arn);
    update(&mut account, &arn, "two");
    publish(&mut account, &arn);
    let route = |version: &str, weight: i64| json!({"stateMachineVersionArn": version, "weight": weight});
    let (one, two) = (format!("{arn}:1"), format!("{arn}:2"));
    let cases = [
        (
            json!([route(&one, 70), route(&two, 29)]),
            "Sum of routing configuration weights must equal 100. Received: [70, 29]".to_owned(),
        ),
        (
            json!([route(&one, 50), route(&one, 50)]),
            format!(
                "Routing configuration must contain distinct state machine version ARNs. Received: [{one}, {one}]"
            ),
        ),
        (
            json!([route(&arn, 100)]),
            format!("Routing configuration must contain state machine version ARNs. Received: [{arn}]"),
        ),
    ];
    for (routes, words) in cases {
        let body = json!({"name": "LIVE", "routingConfiguration": routes});
        account.states("CreateStateMachineAlias", body).refused(400, "ValidationException", &words);
    }
}

#[test]
fn r29_a_missing_alias_is_deleted_and_not_updated() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let gone = format!("{arn}:GONE");
    account.states("DeleteStateMachineAlias", json!({"stateMachineAliasArn": gone})).expect(200);
    let update = json!({"stateMachineAliasArn": gone, "description": "x"});
    let words = "Request references a resource that does not exist.";
    account.states("UpdateStateMachineAlias", update).refused(400, "ResourceNotFound", words);
}

#[test]
fn r30_a_version_is_described_and_not_updated() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let described = json!({"stateMachineArn": arn, "description": "first"});
    account.states("PublishStateMachineVersion", described).expect(200);
    let version = format!("{arn}:1");
    let body = json!({"stateMachineArn": version, "definition": definition("two")});
    let words = format!("State Machine Does Not Exist: '{version}'");
    account.states("UpdateStateMachine", body).refused(400, "StateMachineDoesNotExist", &words);
    let shown = account.states("DescribeStateMachine", json!({"stateMachineArn": version})).expect(200);
    assert_eq!((&shown["name"], &shown["description"]), (&json!("orders"), &json!("first")));
    assert_eq!(shown["definition"], definition("one"));
    let tags = account.states("ListTagsForResource", json!({"resourceArn": version}));
    tags.refused(400, "ResourceNotFound", &format!("Resource not found: '{version}'"));
}

#[test]
fn r32_a_bad_definition_fails_validation_politely_and_creation_loudly() {
    let mut account = Account::new();
    let bad = r#"{"StartAt": "Only"}"#;
    let verdict = account.states("ValidateStateMachineDefinition", json!({"definition": bad})).expect(200);
    assert_eq!(verdict["result"], "FAIL");
    assert_eq!(verdict["diagnostics"][0]["code"], "SCHEMA_VALIDATION_FAILED");
    let create = json!({"name": "orders", "definition": bad, "roleArn": ROLE});
    let words = "Invalid State Machine Definition: \
                 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'";
    account.states("CreateStateMachine", create).refused(400, "InvalidDefinition", words);
    let good = json!({"definition": definition("one")});
    assert_eq!(account.states("ValidateStateMachineDefinition", good).expect(200)["result"], "OK");
}

#[test]
fn r32_targets_types_and_nested_machines_are_looked_at() {
    let mut account = Account::new();
    let definitions = [
        json!({"StartAt": "A", "States": {}}),
        json!({"StartAt": "B", "States": {"A": {"Type": "Pass", "End": true}}}),
        json!({"StartAt": "A", "States": {"A": {"Type": "Magic", "End": true}}}),
        json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}),
        json!({"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "X"}]}}}),
        json!({"StartAt": "A", "States": {"A": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "X", "States": {"Y": {"Type": "Fail"}}}}}}),
        json!("text"),
    ];
    for definition in definitions {
        let body = json!({"definition": definition.to_string()});
        let verdict = account.states("ValidateStateMachineDefinition", body).expect(200);
        assert_eq!(verdict["result"], "FAIL", "{definition}");
    }
}

#[test]
fn a_deleted_state_machine_is_deleting_and_then_gone() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    for _ in 0..2 {
        account.states("DeleteStateMachine", json!({"stateMachineArn": arn})).expect(200);
    }
    let shown = account.states("DescribeStateMachine", json!({"stateMachineArn": arn})).expect(200);
    assert_eq!(shown["status"], "DELETING");
    account.wait();
    let gone = account.states("DescribeStateMachine", json!({"stateMachineArn": arn}));
    gone.refused(400, "StateMachineDoesNotExist", &format!("State Machine Does Not Exist: '{arn}'"));
}

#[test]
fn a_text_that_is_no_arn_is_named() {
    let mut account = Account::new();
    let answer = account.states("DescribeStateMachine", json!({"stateMachineArn": "x"}));
    answer.refused(400, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: x'");
}

#[test]
fn r25_logging_tracing_and_the_published_description_are_compared_too() {
    let mut account = Account::new();
    let base = json!({
        "name": "orders", "definition": definition("one"), "roleArn": ROLE,
        "publish": true, "versionDescription": "first",
    });
    let created = account.states("CreateStateMachine", base.clone()).expect(200);
    assert_eq!(created["stateMachineVersionArn"], format!("{ORDERS}:1"));
    assert_eq!(account.states("CreateStateMachine", base.clone()).expect(200), created);
    let log = json!([{"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-west-1:000000000000:log-group:x:*"}}]);
    let others = [
        ("versionDescription", json!("second")),
        ("tracingConfiguration", json!({"enabled": true})),
        ("loggingConfiguration", json!({"level": "ALL", "destinations": log})),
    ];
    for (member, value) in others {
        let mut body = base.clone();
        body[member] = value;
        let words = format!("State Machine Already Exists: '{ORDERS}'");
        account.states("CreateStateMachine", body).refused(400, "StateMachineAlreadyExists", &words);
    }
}

#[test]
fn r28_a_version_above_the_quota_is_refused_before_anything_changes() {
    let mut account = Account::with(Knobs { versions_per_machine: 1, ..Knobs::default() });
    let arn = account.machine("orders");
    publish(&mut account, &arn);
    assert_eq!(publish(&mut account, &arn), format!("{arn}:1"));
    let two = json!({"stateMachineArn": arn, "definition": definition("two"), "publish": true});
    let words = "The state machine has the maximum number of versions: 1";
    account.states("UpdateStateMachine", two).refused(400, "ServiceQuotaExceededException", words);
    let shown = account.states("DescribeStateMachine", json!({"stateMachineArn": arn})).expect(200);
    assert_eq!(shown["definition"], definition("one"));
    update(&mut account, &arn, "two");
    let answer = account.states("PublishStateMachineVersion", json!({"stateMachineArn": arn}));
    answer.refused(400, "ServiceQuotaExceededException", words);
}

#[test]
fn r28_pages_hold_a_hundred_versions_unless_another_number_is_asked_for() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    for number in 0..101 {
        update(&mut account, &arn, &format!("version {number}"));
        publish(&mut account, &arn);
    }
    for (asked, shown) in [(json!(null), 100), (json!(0), 100), (json!(1000), 101), (json!(7), 7)] {
        let body = json!({"stateMachineArn": arn, "maxResults": asked});
        let page = account.states("ListStateMachineVersions", body).expect(200);
        assert_eq!(page["stateMachineVersions"].as_array().unwrap().len(), shown);
        assert_eq!(page.get("nextToken").is_some(), shown < 101);
    }
    let body = json!({"stateMachineArn": arn, "nextToken": "x"});
    let answer = account.states("ListStateMachineVersions", body);
    answer.refused(400, "InvalidToken", "Invalid Token: 'Invalid token'");
}

#[test]
fn r29_an_alias_above_the_quota_is_refused_and_an_equal_one_is_not() {
    let mut account = Account::with(Knobs { aliases_per_machine: 1, ..Knobs::default() });
    let arn = account.machine("orders");
    let routes = json!([{"stateMachineVersionArn": publish(&mut account, &arn), "weight": 100}]);
    let alias = |name: &str| json!({"name": name, "routingConfiguration": routes});
    account.states("CreateStateMachineAlias", alias("LIVE")).expect(200);
    account.states("CreateStateMachineAlias", alias("LIVE")).expect(200);
    let words = "The state machine has the maximum number of aliases: 1";
    let answer = account.states("CreateStateMachineAlias", alias("OTHER"));
    answer.refused(400, "ServiceQuotaExceededException", words);
}

#[test]
fn r29_aliases_are_listed_oldest_first_and_by_the_version_they_reference() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let one = publish(&mut account, &arn);
    update(&mut account, &arn, "two");
    let two = publish(&mut account, &arn);
    let route = |version: &str, weight: u64| json!({"stateMachineVersionArn": version, "weight": weight});
    for (name, routes) in [
        ("Z", json!([route(&one, 100)])),
        ("A", json!([route(&two, 100)])),
        ("M", json!([route(&one, 10), route(&two, 90)])),
    ] {
        let body = json!({"name": name, "routingConfiguration": routes});
        account.states("CreateStateMachineAlias", body).expect(200);
        account.wait();
    }
    let mut names = |arn: &str| {
        let list = account.states("ListStateMachineAliases", json!({"stateMachineArn": arn})).expect(200);
        let arns = texts(&list["stateMachineAliases"], "stateMachineAliasArn");
        arns.iter().map(|arn| arn.rsplit(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&arn), ["Z", "A", "M"]);
    assert_eq!(names(&one), ["Z", "M"]);
    assert_eq!(names(&two), ["A", "M"]);
}

#[test]
fn r29_an_update_changes_what_it_gives_and_needs_something_to_change() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let routes = json!([{"stateMachineVersionArn": publish(&mut account, &arn), "weight": 100}]);
    let create = json!({"name": "LIVE", "routingConfiguration": routes, "description": "old"});
    account.states("CreateStateMachineAlias", create).expect(200);
    let alias = format!("{arn}:LIVE");
    let words = "Either the description or the routing configuration must be specified";
    let nothing = account.states("UpdateStateMachineAlias", json!({"stateMachineAliasArn": alias}));
    nothing.refused(400, "ValidationException", words);
    let missing = json!([{"stateMachineVersionArn": format!("{arn}:9"), "weight": 100}]);
    let update = json!({"stateMachineAliasArn": alias, "routingConfiguration": missing});
    let words = "Request references a resource that does not exist.";
    account.states("UpdateStateMachineAlias", update).refused(400, "ResourceNotFound", words);
    let update = json!({"stateMachineAliasArn": alias, "description": "new"});
    account.states("UpdateStateMachineAlias", update).expect(200);
    let shown =
        account.states("DescribeStateMachineAlias", json!({"stateMachineAliasArn": alias})).expect(200);
    assert_eq!((&shown["description"], &shown["routingConfiguration"]), (&json!("new"), &routes));
}

#[test]
fn r32_an_update_with_a_bad_definition_changes_nothing() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let bad = json!({"stateMachineArn": arn, "definition": "{", "publish": true});
    let answer = account.states("UpdateStateMachine", bad);
    let words = "Invalid State Machine Definition: \
                 'INVALID_JSON_DESCRIPTION: EOF while parsing an object at line 1 column 1'";
    answer.refused(400, "InvalidDefinition", words);
    let list = account.states("ListStateMachineVersions", json!({"stateMachineArn": arn})).expect(200);
    assert_eq!(list["stateMachineVersions"], json!([]));
}

#[test]
fn tags_belong_to_a_machine_and_are_fifty_at_most() {
    let mut account = Account::new();
    let arn = account.machine("orders");
    let tags = |count: usize| {
        (0..count).map(|number| json!({"key": format!("k{number:02}"), "value": "v"})).collect::<Vec<_>>()
    };
    account.states("TagResource", json!({"resourceArn": arn, "tags": tags(50)})).expect(200);
    account.states("TagResource", json!({"resourceArn": arn, "tags": tags(50)})).expect(200);
    let one_more = json!({"resourceArn": arn, "tags": [{"key": "x", "value": "v"}]});
    account.states("TagResource", one_more).refused(400, "TooManyTags", "Too Many Tags");
    let keys: Vec<String> = (1..50).map(|number| format!("k{number:02}")).collect();
    account.states("UntagResource", json!({"resourceArn": arn, "tagKeys": keys})).expect(200);
    let left = account.states("ListTagsForResource", json!({"resourceArn": arn})).expect(200);
    assert_eq!(left, json!({"tags": [{"key": "k00", "value": "v"}]}));
}

#[test]
fn machines_are_listed_in_pages_with_their_type() {
    let mut account = Account::new();
    for number in 0..101 {
        account.machine(&format!("m{number:03}"));
    }
    let first = account.states("ListStateMachines", json!({})).expect(200);
    assert_eq!(first["stateMachines"].as_array().unwrap().len(), 100);
    assert_eq!(
        first["stateMachines"][0],
        json!({
            "stateMachineArn": "arn:aws:states:us-west-1:000000000000:stateMachine:m000",
            "name": "m000",
            "type": "STANDARD",
            "creationDate": 1_795_341_600.0,
        })
    );
    let rest = account.states("ListStateMachines", json!({"nextToken": first["nextToken"]})).expect(200);
    assert_eq!(texts(&rest["stateMachines"], "name"), ["m100"]);
    assert_eq!(rest.get("nextToken"), None);
}

#[test]
fn r38_a_function_has_no_more_aliases_than_the_knob_says() {
    let mut account = Account::with(Knobs { aliases_per_function: 1, ..Knobs::default() });
    account.create("orders");
    account.wait();
    account.publish("orders");
    account.alias("LIVE", "1");
    let another = account.lambda("POST", "orders/aliases", json!({"Name": "B", "FunctionVersion": "1"}));
    assert_eq!(
        (another.status, another.code.as_str()),
        (400, "AliasLimitExceededException"),
        "{}",
        another.text
    );
}
