//! What hangs on a function beside its versions: URLs, event source mappings, reserved concurrency, tags and the settings
//! that tools read (R22, R24, T12).

use repoint::simulator::Knobs;
use serde_json::{Value, json};

use super::support::{Account, Answer, ORDERS, rest, texts};

const QUEUE: &str = "arn:aws:sqs:us-west-1:000000000000:jobs";
const NO_RESOURCE: &str = "The resource you requested does not exist.";

fn call(account: &mut Account, method: &str, path: &str, body: &Value) -> Answer {
    account.send("lambda", rest(method, path, body))
}

fn url(account: &mut Account, method: &str, query: &str, body: &Value) -> Answer {
    call(account, method, &format!("/2021-10-31/functions/orders/url{query}"), body)
}

fn mappings(account: &mut Account, method: &str, path: &str, body: &Value) -> Answer {
    call(account, method, &format!("/2015-03-31/event-source-mappings{path}"), body)
}

fn mapping(account: &mut Account, function: &str, source: &str) -> Value {
    let body = json!({"FunctionName": function, "EventSourceArn": source});
    mappings(account, "POST", "", &body).expect(202)
}

#[test]
fn r24_a_url_belongs_to_a_function_or_an_alias_and_never_to_a_version() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let body = json!({"AuthType": "NONE"});
    let created = url(&mut account, "POST", "", &body).expect(201);
    assert_eq!(created["InvokeMode"], "BUFFERED");
    assert_eq!(created["CreationTime"], "2026-11-22T10:00:02.000000Z");
    assert_eq!(created.get("LastModifiedTime"), None);
    let address = created["FunctionUrl"].as_str().unwrap();
    assert!(
        address.starts_with("https://") && address.ends_with(".lambda-url.us-west-1.on.aws/"),
        "{address}"
    );
    let alias = url(&mut account, "POST", "?Qualifier=LIVE", &body).expect(201);
    assert_eq!(alias["FunctionArn"], format!("{ORDERS}:LIVE"));
    assert_ne!(alias["FunctionUrl"], created["FunctionUrl"]);
    let words = format!(
        "Failed to create function url config for [functionArn = {ORDERS}:LIVE]. \
         Error message:  FunctionUrlConfig exists for this Lambda function"
    );
    url(&mut account, "POST", "?Qualifier=LIVE", &body).refused(409, "ResourceConflictException", &words);
    for qualifier in ["1", "%24LATEST"] {
        let refused = url(&mut account, "POST", &format!("?Qualifier={qualifier}"), &body);
        assert_eq!((refused.status, refused.code.as_str()), (400, "ValidationException"));
        assert!(refused.text.contains(r"pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"), "{}", refused.text);
    }
    let listed = call(&mut account, "GET", "/2021-10-31/functions/orders/urls", &Value::Null).expect(200);
    let arns = texts(&listed["FunctionUrlConfigs"], "FunctionArn");
    assert_eq!(arns, [ORDERS.to_owned(), format!("{ORDERS}:LIVE")]);
    url(&mut account, "DELETE", "", &Value::Null).expect(204);
    url(&mut account, "GET", "?Qualifier=LIVE", &Value::Null).expect(200);
}

#[test]
fn r24_each_operation_has_its_own_words_for_a_url_that_is_not_there() {
    let mut account = Account::with_orders();
    let body = json!({"AuthType": "NONE"});
    let words = "Function does not exist";
    for method in ["POST", "PUT"] {
        let gone = url(&mut account, method, "?Qualifier=GONE", &body);
        gone.refused(404, "ResourceNotFoundException", words);
        let gone = call(&mut account, method, "/2021-10-31/functions/absent/url", &body);
        gone.refused(404, "ResourceNotFoundException", words);
    }
    for method in ["GET", "DELETE"] {
        url(&mut account, method, "", &Value::Null).refused(404, "ResourceNotFoundException", NO_RESOURCE);
        let gone = call(&mut account, method, "/2021-10-31/functions/absent/url", &Value::Null);
        gone.refused(404, "ResourceNotFoundException", NO_RESOURCE);
    }
    url(&mut account, "PUT", "", &body).refused(404, "ResourceNotFoundException", NO_RESOURCE);
    let missing = url(&mut account, "POST", "", &json!({"InvokeMode": "Buffered"}));
    assert!(
        missing.text.contains("2 validation errors detected: Value null at 'authType'"),
        "{}",
        missing.text
    );
}

#[test]
fn t12_a_url_breaks_with_its_alias_and_is_there_again_with_it() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let created = url(&mut account, "POST", "?Qualifier=LIVE", &json!({"AuthType": "NONE"})).expect(201);
    account.lambda("DELETE", "orders/aliases/LIVE", Value::Null).expect(204);
    let broken = url(&mut account, "GET", "?Qualifier=LIVE", &Value::Null);
    broken.refused(404, "ResourceNotFoundException", NO_RESOURCE);
    account.alias("LIVE", "1");
    let again = url(&mut account, "GET", "?Qualifier=LIVE", &Value::Null).expect(200);
    assert_eq!(again["FunctionUrl"], created["FunctionUrl"]);
}

#[test]
fn a_url_is_updated_member_by_member() {
    let mut account = Account::with_orders();
    let cors = json!({"AllowOrigins": ["https://example.com"], "MaxAge": 60});
    url(&mut account, "POST", "", &json!({"AuthType": "NONE", "Cors": cors})).expect(201);
    account.wait();
    let updated = url(&mut account, "PUT", "", &json!({"AuthType": "AWS_IAM"})).expect(200);
    assert_eq!((&updated["AuthType"], &updated["Cors"]), (&json!("AWS_IAM"), &cors));
    assert_ne!(updated["LastModifiedTime"], updated["CreationTime"]);
    let cleared = url(&mut account, "PUT", "", &json!({"Cors": {}})).expect(200);
    assert_eq!(cleared.get("Cors"), None);
    let refused = url(&mut account, "PUT", "", &json!({"Cors": {"MaxAge": 90_000}}));
    assert!(refused.text.contains("'cors.maxAge'"), "{}", refused.text);
}

#[test]
fn r24_an_event_source_mapping_keeps_the_qualifier_it_was_given() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    for (index, name) in ["orders", "orders:$LATEST", "orders:1", "orders:LIVE"].into_iter().enumerate() {
        let created = mapping(&mut account, name, &format!("{QUEUE}-{index}"));
        assert_eq!(created["FunctionArn"], name.replace("orders", ORDERS));
    }
    account.lambda("PUT", "orders/aliases/LIVE", json!({"FunctionVersion": "$LATEST"})).expect(200);
    let all = mappings(&mut account, "GET", "?FunctionName=orders", &Value::Null).expect(200);
    assert_eq!(all["EventSourceMappings"].as_array().unwrap().len(), 4, "a bare name finds every qualifier");
    let one = mappings(&mut account, "GET", "?FunctionName=orders%3ALIVE", &Value::Null).expect(200);
    assert_eq!(texts(&one["EventSourceMappings"], "FunctionArn"), [format!("{ORDERS}:LIVE")]);
}

#[test]
fn r22_an_event_source_mapping_is_accepted_with_202_and_has_states_of_its_own() {
    let mut account = Account::with_orders();
    let created = mapping(&mut account, "orders", QUEUE);
    assert_eq!((&created["State"], &created["BatchSize"]), (&json!("Creating"), &json!(10)));
    let uuid = format!("/{}", created["UUID"].as_str().unwrap());
    let busy = mappings(&mut account, "PUT", &uuid, &json!({"BatchSize": 5}));
    let words = "Cannot update the event source mapping because it is in use.";
    busy.refused(400, "ResourceInUseException", words);
    assert_eq!(busy.body["Message"], words, "this code has its words in `Message`");
    let state = |account: &mut Account| {
        account.wait();
        mappings(account, "GET", &uuid, &Value::Null).expect(200)["State"].clone()
    };
    assert_eq!(state(&mut account), "Enabled");
    let disabling =
        mappings(&mut account, "PUT", &uuid, &json!({"Enabled": false, "BatchSize": 5})).expect(202);
    assert_eq!((&disabling["State"], &disabling["BatchSize"]), (&json!("Disabling"), &json!(5)));
    assert_eq!(state(&mut account), "Disabled");
    assert_eq!(mappings(&mut account, "DELETE", &uuid, &Value::Null).expect(202)["State"], "Deleting");
    account.wait();
    let gone = mappings(&mut account, "GET", &uuid, &Value::Null);
    gone.refused(404, "ResourceNotFoundException", NO_RESOURCE);
}

#[test]
fn t12_an_event_source_mapping_outlives_its_function() {
    let mut account = Account::with_orders();
    let uuid = mapping(&mut account, "orders", QUEUE)["UUID"].as_str().unwrap().to_owned();
    account.wait();
    account.lambda("DELETE", "orders", Value::Null).expect(204);
    let left = mappings(&mut account, "GET", &format!("/{uuid}"), &Value::Null).expect(200);
    assert_eq!((&left["State"], &left["FunctionArn"]), (&json!("Enabled"), &json!(ORDERS)));
}

#[test]
fn what_an_event_source_mapping_refuses() {
    let mut account = Account::with_orders();
    let uuid = mapping(&mut account, "orders", QUEUE)["UUID"].as_str().unwrap().to_owned();
    let mut refused = |body: Value, status: u16, code: &str, words: &str| {
        mappings(&mut account, "POST", "", &body).refused(status, code, words);
    };
    let words = format!(
        "An event source mapping with SQS arn (\" {QUEUE} \") and function (\" orders \") already exists. \
         Please update or delete the existing mapping with UUID {uuid}"
    );
    let body = |function: &str, source: &str| json!({"FunctionName": function, "EventSourceArn": source});
    refused(body("orders", QUEUE), 409, "ResourceConflictException", &words);
    let invalid = "InvalidParameterValueException";
    refused(
        body("absent", "arn:aws:sqs:us-west-1:000000000000:other"),
        400,
        invalid,
        "Function does not exist",
    );
    refused(
        body("orders:GONE", "arn:aws:sqs:us-west-1:000000000000:other"),
        400,
        invalid,
        "Function does not exist",
    );
    refused(
        body("orders", "arn:aws:mq:us-west-1:000000000000:broker"),
        400,
        invalid,
        "Unrecognized event source.",
    );
    let stream = "arn:aws:kinesis:us-west-1:000000000000:stream/clicks";
    let words = "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: \
                 Member must not be null.";
    refused(body("orders", stream), 400, invalid, words);
    let mut large = body("orders", "arn:aws:sqs:us-west-1:000000000000:other");
    large["BatchSize"] = json!(11);
    let words =
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10";
    refused(large, 400, invalid, words);
}

#[test]
fn reserved_concurrency_belongs_to_the_function_and_leaves_some_to_others() {
    let mut account = Account::with_versions(1);
    let put = |account: &mut Account, name: &str, count: i64| {
        let path = format!("/2017-10-31/functions/{name}/concurrency");
        call(account, "PUT", &path, &json!({"ReservedConcurrentExecutions": count}))
    };
    let get = |account: &mut Account| {
        call(account, "GET", "/2019-09-30/functions/orders/concurrency", &Value::Null).expect(200)
    };
    assert_eq!(get(&mut account), json!({}));
    put(&mut account, "orders", 25).expect(200);
    assert_eq!(get(&mut account), json!({"ReservedConcurrentExecutions": 25}));
    let read = account.lambda("GET", "orders", Value::Null).expect(200);
    assert_eq!(read["Concurrency"], json!({"ReservedConcurrentExecutions": 25}));
    let version = account.lambda("GET", "orders?Qualifier=1", Value::Null).expect(200);
    assert_eq!(version.get("Concurrency"), None);
    let settings = call(&mut account, "GET", "/2016-08-19/account-settings", &Value::Null).expect(200);
    assert_eq!(settings["AccountLimit"]["UnreservedConcurrentExecutions"], 975);
    let words = "Specified ReservedConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [100].";
    put(&mut account, "orders", 901).refused(400, "InvalidParameterValueException", words);
    put(&mut account, "orders", 900).expect(200);
    let words = "This operation is permitted on Lambda functions only. Aliases and versions do not support this \
                 operation. Please specify either a function name or an unqualified function ARN.";
    put(&mut account, "orders:1", 1).refused(400, "InvalidParameterValueException", words);
    call(&mut account, "DELETE", "/2017-10-31/functions/orders/concurrency", &Value::Null).expect(204);
    assert_eq!(get(&mut account), json!({}));
}

#[test]
fn r23_provisioned_concurrency_stays_within_the_reserved() {
    let mut account = Account::with_versions(2);
    let reserve = |account: &mut Account, count: i64| {
        let body = json!({"ReservedConcurrentExecutions": count});
        call(account, "PUT", "/2017-10-31/functions/orders/concurrency", &body)
    };
    let provision = |account: &mut Account, version: &str, count: i64| {
        let path = format!("/2019-09-30/functions/orders/provisioned-concurrency?Qualifier={version}");
        call(account, "PUT", &path, &json!({"ProvisionedConcurrentExecutions": count}))
    };
    reserve(&mut account, 10).expect(200);
    let words = "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function";
    provision(&mut account, "1", 11).refused(400, "InvalidParameterValueException", words);
    provision(&mut account, "1", 6).expect(202);
    provision(&mut account, "2", 5).refused(400, "InvalidParameterValueException", words);
    provision(&mut account, "1", 10).expect(202);
    let words = " ReservedConcurrentExecutions  9 should not be lower than function's total provisioned \
                 concurrency [10].";
    reserve(&mut account, 9).refused(400, "InvalidParameterValueException", words);
}

#[test]
fn tags_belong_to_functions_and_event_source_mappings() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let tag = |account: &mut Account, arn: &str, tags: Value| {
        call(account, "POST", &format!("/2017-03-31/tags/{arn}"), &json!({"Tags": tags}))
    };
    let words = "Tags on function aliases and versions are not supported. Please specify a function ARN.";
    for qualifier in ["1", "LIVE"] {
        let refused = tag(&mut account, &format!("{ORDERS}:{qualifier}"), json!({"a": "b"}));
        refused.refused(400, "InvalidParameterValueException", words);
    }
    let empty = tag(&mut account, ORDERS, json!({}));
    let words = "An error occurred and the request cannot be processed.";
    empty.refused(400, "InvalidParameterValueException", words);
    let many: serde_json::Map<String, Value> =
        (0..51).map(|index| (format!("k{index}"), json!("v"))).collect();
    let words = "Number of tags exceeds resource tag limit.";
    let refused = tag(&mut account, ORDERS, Value::Object(many));
    refused.refused(400, "InvalidParameterValueException", words);
    tag(&mut account, ORDERS, json!({"team": "shop", "tier": "1"})).expect(204);
    call(
        &mut account,
        "DELETE",
        &format!("/2017-03-31/tags/{ORDERS}?tagKeys=tier&tagKeys=none"),
        &Value::Null,
    )
    .expect(204);
    let function = account.lambda("GET", "orders", Value::Null).expect(200);
    assert_eq!(function["Tags"], json!({"team": "shop"}));
    let mapping =
        mapping(&mut account, "orders", QUEUE)["EventSourceMappingArn"].as_str().unwrap().to_owned();
    tag(&mut account, &mapping, json!({"a": "b"})).expect(204);
    let listed = call(&mut account, "GET", &format!("/2017-03-31/tags/{mapping}"), &Value::Null).expect(200);
    assert_eq!(listed["Tags"], json!({"a": "b"}));
}

#[test]
fn what_nobody_has_set_is_read_as_empty_or_not_found() {
    let mut account = Account::with_versions(1);
    let mut get = |path: &str| call(&mut account, "GET", path, &Value::Null);
    let signing = get("/2020-06-30/functions/orders/code-signing-config").expect(200);
    assert_eq!(signing, json!({}));
    let words = format!("The function {ORDERS}:$LATEST doesn't have an EventInvokeConfig");
    let invoke = get("/2019-09-25/functions/orders/event-invoke-config");
    invoke.refused(404, "ResourceNotFoundException", &words);
    let invokes = get("/2019-09-25/functions/orders/event-invoke-config/list").expect(200);
    assert_eq!(invokes, json!({"FunctionEventInvokeConfigs": []}));
    let runtime = get("/2021-07-20/functions/orders/runtime-management-config?Qualifier=1").expect(200);
    assert_eq!(runtime, json!({"UpdateRuntimeOn": "Auto", "FunctionArn": format!("{ORDERS}:1")}));
    let recursion = get("/2024-08-31/functions/orders/recursion-config").expect(200);
    assert_eq!(recursion, json!({"RecursiveLoop": "Terminate"}));
    for path in
        ["2020-06-30/functions/absent/code-signing-config", "2024-08-31/functions/absent/recursion-config"]
    {
        get(&format!("/{path}")).expect(404);
    }
}

#[test]
fn runtime_updates_are_part_of_a_version_and_recursion_is_part_of_the_function() {
    let mut account = Account::with_versions(1);
    let path = "/2021-07-20/functions/orders/runtime-management-config";
    let before = account.revision("orders");
    call(&mut account, "PUT", path, &json!({"UpdateRuntimeOn": "FunctionUpdate"})).expect(200);
    assert_eq!(account.revision("orders"), before);
    account.change_code("orders", "next");
    account.publish("orders");
    let mut on = |version: &str| {
        let read =
            call(&mut account, "GET", &format!("{path}?Qualifier={version}"), &Value::Null).expect(200);
        read["UpdateRuntimeOn"].as_str().unwrap().to_owned()
    };
    assert_eq!((on("1"), on("2")), ("Auto".to_owned(), "FunctionUpdate".to_owned()));
    let manual = call(&mut account, "PUT", path, &json!({"UpdateRuntimeOn": "Manual"}));
    assert_eq!((manual.status, manual.code.as_str()), (400, "InvalidParameterValueException"));
    let path = "/2024-08-31/functions/orders/recursion-config";
    call(&mut account, "PUT", path, &json!({"RecursiveLoop": "Allow"})).expect(200);
    assert_eq!(call(&mut account, "GET", path, &Value::Null).expect(200), json!({"RecursiveLoop": "Allow"}));
}

#[test]
fn r22_the_statuses_of_success() {
    let mut account = Account::with_orders();
    let mut status = |method: &str, path: &str, body: Value| {
        let answer = account.lambda(method, path, body);
        account.wait();
        answer.status
    };
    assert_eq!(status("POST", "orders/versions", json!({})), 201);
    assert_eq!(status("POST", "orders/aliases", json!({"Name": "LIVE", "FunctionVersion": "1"})), 201);
    assert_eq!(status("GET", "orders/aliases/LIVE", Value::Null), 200);
    assert_eq!(status("PUT", "orders/aliases/LIVE", json!({})), 200);
    assert_eq!(status("DELETE", "orders/aliases/LIVE", Value::Null), 204);
    assert_eq!(status("PUT", "orders/configuration", json!({"Timeout": 9})), 200);
    assert_eq!(status("DELETE", "orders?Qualifier=1", Value::Null), 204);
    assert_eq!(status("DELETE", "orders", Value::Null), 204);
}

#[test]
fn r38_a_function_has_a_number_of_aliases_at_most() {
    let mut account = Account::with(Knobs { aliases_per_function: 1, ..Knobs::default() });
    account.create("orders");
    account.wait();
    account.alias("ONE", "$LATEST");
    let more = account.lambda("POST", "orders/aliases", json!({"Name": "TWO", "FunctionVersion": "$LATEST"}));
    let words = "The maximum number of aliases for this function was reached";
    more.refused(400, "AliasLimitExceededException", words);
}
