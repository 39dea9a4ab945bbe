//! States, revisions and the form of requests (R1 to R7, R20 to R22).

use serde_json::{Value, json};

use super::support::{Account, ORDERS, creation, rest, zipped};

const PENDING: &str = "The operation cannot be performed at this time. The function is currently in the following state: Pending";
const STALE: &str = "The Revision Id provided does not match the latest Revision Id. \
                     Call the GetFunction/GetAlias API to retrieve the latest Revision Id";

fn in_progress() -> String {
    format!("The operation cannot be performed at this time. An update is in progress for resource: {ORDERS}")
}

#[test]
fn r1_a_new_function_is_pending_and_gets_another_revision_when_it_is_active() {
    let mut account = Account::new();
    let created = account.create("orders");
    assert_eq!(created["State"], "Pending");
    assert_eq!(created["StateReasonCode"], "Creating");
    assert_eq!(created.get("LastUpdateStatus"), None);
    account.wait();
    let active = account.configuration("orders");
    assert_eq!((&active["State"], &active["LastUpdateStatus"]), (&json!("Active"), &json!("Successful")));
    assert_ne!(active["RevisionId"], created["RevisionId"]);
}

#[test]
fn r1_the_defaults_of_aws_are_filled_in() {
    let mut account = Account::new();
    let created = account.create("orders");
    assert_eq!(created["MemorySize"], 128);
    assert_eq!(created["Timeout"], 3);
    assert_eq!(created["Description"], "");
    assert_eq!(created["PackageType"], "Zip");
    assert_eq!(created["Architectures"], json!(["x86_64"]));
    assert_eq!(created["EphemeralStorage"], json!({"Size": 512}));
    assert_eq!(created["TracingConfig"], json!({"Mode": "PassThrough"}));
    assert_eq!(created["SnapStart"], json!({"ApplyOn": "None", "OptimizationStatus": "Off"}));
    assert_eq!(created["LoggingConfig"], json!({"LogFormat": "Text", "LogGroup": "/aws/lambda/orders"}));
    assert_eq!(created["LastModified"], "2026-11-22T10:00:00.000+0000");
    for absent in ["Environment", "Layers", "VpcConfig", "DeadLetterConfig", "KMSKeyArn", "FileSystemConfigs"]
    {
        assert_eq!(created.get(absent), None, "{absent}");
    }
}

#[test]
fn r2_a_pending_function_refuses_updates_and_publishing() {
    let mut account = Account::new();
    account.create("orders");
    let code = json!({"ZipFile": zipped("two")});
    account.lambda("PUT", "orders/code", code).refused(409, "ResourceConflictException", PENDING);
    let settings = account.lambda("PUT", "orders/configuration", json!({"Timeout": 9}));
    settings.refused(409, "ResourceConflictException", PENDING);
    account.lambda("POST", "orders/versions", json!({})).refused(409, "ResourceConflictException", PENDING);
}

#[test]
fn r3_an_update_changes_the_revision_twice_even_if_it_changes_nothing() {
    let mut account = Account::with_orders();
    let before = account.revision("orders");
    let running = account.lambda("PUT", "orders/code", json!({"ZipFile": zipped("one")})).expect(200);
    assert_eq!((&running["State"], &running["LastUpdateStatus"]), (&json!("Active"), &json!("InProgress")));
    assert_eq!(running["LastUpdateStatusReason"], "The function is being created.");
    account.wait();
    let done = account.configuration("orders");
    assert_eq!(done["LastUpdateStatus"], "Successful");
    assert_ne!(running["RevisionId"], before);
    assert_ne!(done["RevisionId"], running["RevisionId"]);
}

#[test]
fn r4_an_update_in_progress_refuses_publish() {
    let mut account = Account::with_orders();
    account.lambda("PUT", "orders/configuration", json!({"Timeout": 9})).expect(200);
    let published = account.lambda("POST", "orders/versions", json!({}));
    published.refused(409, "ResourceConflictException", &in_progress());
}

#[test]
fn r4_an_update_in_progress_refuses_updates_and_tags() {
    let mut account = Account::with_orders();
    account.lambda("PUT", "orders/configuration", json!({"Timeout": 9})).expect(200);
    let code = json!({"ZipFile": zipped("two")});
    account.lambda("PUT", "orders/code", code).refused(409, "ResourceConflictException", &in_progress());
    let tags = rest("POST", &format!("/2017-03-31/tags/{ORDERS}"), &json!({"Tags": {"a": "b"}}));
    account.send("lambda", tags).refused(409, "ResourceConflictException", &in_progress());
}

#[test]
fn r5_a_failed_update_keeps_the_old_code_and_configuration() {
    let mut account = Account::with_orders();
    let before = account.configuration("orders");
    account.world.faults().end_update_failed("orders");
    account.lambda("PUT", "orders/code", json!({"ZipFile": zipped("two")})).expect(200);
    account.wait();
    let after = account.configuration("orders");
    assert_eq!((&after["State"], &after["LastUpdateStatus"]), (&json!("Active"), &json!("Failed")));
    assert!(after["LastUpdateStatusReason"].is_string());
    assert_eq!(after["CodeSha256"], before["CodeSha256"]);
    assert_ne!(after["RevisionId"], before["RevisionId"]);
    account.change_code("orders", "two");
    assert_eq!(account.configuration("orders")["LastUpdateStatus"], "Successful");
}

#[test]
fn r6_a_stale_revision_is_refused_everywhere() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let stale = json!({"RevisionId": "stale", "ZipFile": zipped("two")});
    for (method, path) in [
        ("PUT", "orders/code"),
        ("PUT", "orders/configuration"),
        ("POST", "orders/versions"),
        ("PUT", "orders/aliases/LIVE"),
    ] {
        account.lambda(method, path, stale.clone()).refused(412, "PreconditionFailedException", STALE);
    }
    let revision = account.revision("orders");
    account.lambda("PUT", "orders/configuration", json!({"RevisionId": revision, "Timeout": 9})).expect(200);
}

#[test]
fn r7_publishing_and_tagging_change_the_revision_and_aliases_do_not() {
    let mut account = Account::with_orders();
    let before = account.revision("orders");
    let version = account.publish("orders");
    let published = account.revision("orders");
    assert_ne!(before, published);
    account.alias("LIVE", "1");
    account.lambda("PUT", "orders/aliases/LIVE", json!({"Description": "x"})).expect(200);
    assert_eq!(account.revision("orders"), published);
    assert_eq!(account.configuration("orders?Qualifier=1")["RevisionId"], version["RevisionId"]);
    let tags = rest("POST", &format!("/2017-03-31/tags/{ORDERS}"), &json!({"Tags": {"a": "b"}}));
    account.send("lambda", tags).expect(204);
    assert_ne!(account.revision("orders"), published);
}

#[test]
fn r20_a_function_read_through_an_alias_shows_the_alias_arn_and_the_version_number() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let read = account.configuration("orders?Qualifier=LIVE");
    assert_eq!(read["FunctionArn"], format!("{ORDERS}:LIVE"));
    assert_eq!(read["Version"], "1");
    assert_eq!(account.configuration("orders")["FunctionArn"], ORDERS);
    let latest = account.configuration("orders?Qualifier=%24LATEST");
    assert_eq!(latest["FunctionArn"], format!("{ORDERS}:$LATEST"));
}

#[test]
fn r21_a_function_is_found_by_every_form_of_its_name() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let partial = "000000000000:function:orders:LIVE";
    let encoded = format!("{ORDERS}:LIVE").replace(':', "%3A");
    for name in ["orders:LIVE", partial, &format!("{ORDERS}:LIVE"), &encoded, "function:orders:1"] {
        assert_eq!(account.configuration(name)["Version"], "1", "{name}");
    }
}

#[test]
fn r21_names_that_lead_elsewhere_are_refused() {
    let mut account = Account::with_versions(1);
    let clash = "The derived qualifier from the function name does not match the specified qualifier.";
    let answer = account.lambda("GET", "orders:1?Qualifier=2", Value::Null);
    answer.refused(400, "InvalidParameterValueException", clash);
    let elsewhere = ORDERS.replace("us-west-1", "us-east-1");
    account.lambda("GET", &elsewhere, Value::Null).refused(
        404,
        "ResourceNotFoundException",
        "Functions from 'us-east-1' are not reachable in this region ('us-west-1')",
    );
    let missing = account.lambda("GET", "orders?Qualifier=9", Value::Null);
    missing.refused(404, "ResourceNotFoundException", &format!("Function not found: {ORDERS}:9"));
    let malformed = account.lambda("GET", "not%20a%20name", Value::Null);
    assert_eq!((malformed.status, malformed.code.as_str()), (400, "ValidationException"));
}

#[test]
fn r22_creation_is_not_idempotent() {
    let mut account = Account::with_orders();
    let again = account.lambda("POST", "", creation("orders"));
    again.refused(409, "ResourceConflictException", "Function already exist: orders");
}

#[test]
fn configuration_members_are_checked_with_the_words_of_the_model() {
    let mut account = Account::with_orders();
    let cases = [
        (
            json!({"MemorySize": 64}),
            "Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128",
        ),
        (
            json!({"Timeout": 901}),
            "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
        ),
        (
            json!({"Role": "r1"}),
            r"Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        ),
        (
            json!({"TracingConfig": {"Mode": "On"}}),
            "Value 'On' at 'tracingConfig.mode' failed to satisfy constraint: Member must satisfy enum value set: [Active, PassThrough]",
        ),
    ];
    for (members, words) in cases {
        let answer = account.lambda("PUT", "orders/configuration", members);
        answer.refused(400, "ValidationException", &format!("1 validation error detected: {words}"));
    }
    let two = account.lambda("PUT", "orders/configuration", json!({"MemorySize": 64, "Timeout": 0}));
    assert!(two.body["message"].as_str().unwrap().starts_with("2 validation errors detected: "));
    let long = account.lambda("PUT", "orders/configuration", json!({"Description": "x".repeat(257)}));
    assert_eq!((long.status, long.code.as_str()), (400, "ValidationException"));
}

#[test]
fn what_only_the_service_knows_is_an_invalid_parameter_value() {
    let mut account = Account::with_orders();
    let too_much = json!({"Environment": {"Variables": {"LONG": "x".repeat(5000)}}});
    let answer = account.lambda("PUT", "orders/configuration", too_much);
    assert_eq!((answer.status, answer.code.as_str()), (400, "InvalidParameterValueException"));
    assert!(answer.body["message"].as_str().unwrap().contains("exceeded the 4KB limit. String measured: {"));
    let garbage = account.lambda("PUT", "orders/code", json!({"ZipFile": "bm8="}));
    let words = "Could not unzip uploaded file. Please check your file, then try to upload again.";
    garbage.refused(400, "InvalidParameterValueException", words);
    let image = account.lambda("PUT", "orders/code", json!({"ImageUri": "registry/image:1"}));
    let words = "Please don't provide ImageUri when updating a function with packageType Zip.";
    image.refused(400, "InvalidParameterValueException", words);
}

#[test]
fn an_image_is_one_of_a_registry_with_a_tag_or_a_digest() {
    let mut account = Account::new();
    let mut body = |uri: &str| {
        let role = "arn:aws:iam::000000000000:role/example";
        let body = json!({"FunctionName": "orders", "Role": role, "PackageType": "Image", "Code": {"ImageUri": uri}});
        account.lambda("POST", "", body)
    };
    let words = "Source image orders:7 is not valid. Provide a valid source image.";
    body("orders:7").refused(400, "InvalidParameterValueException", words);
    let created = body("000000000000.dkr.ecr.us-west-1.amazonaws.com/orders:7").expect(201);
    assert_eq!(created["PackageType"], "Image");
}

#[test]
fn every_setting_is_stored_and_an_empty_one_removes_it() {
    let mut account = Account::with_orders();
    let settings = json!({
        "Environment": {"Variables": {"TABLE": "orders"}},
        "Layers": ["arn:aws:lambda:us-west-1:123456789012:layer:shared:3"],
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-west-1:000000000000:dead"},
        "KMSKeyArn": "arn:aws:kms:us-west-1:000000000000:key/1",
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "LoggingConfig": {"LogFormat": "JSON"},
    });
    account.change_configuration("orders", settings);
    let shown = account.configuration("orders");
    assert_eq!(shown["Environment"], json!({"Variables": {"TABLE": "orders"}}));
    assert_eq!(shown["Layers"][0]["Arn"], "arn:aws:lambda:us-west-1:123456789012:layer:shared:3");
    assert_eq!(shown["VpcConfig"]["SubnetIds"], json!(["subnet-1"]));
    assert_eq!(shown["LoggingConfig"]["ApplicationLogLevel"], "INFO");
    let nothing = json!({
        "Environment": {"Variables": {}}, "Layers": [], "DeadLetterConfig": {"TargetArn": ""}, "KMSKeyArn": "",
    });
    account.change_configuration("orders", nothing);
    let shown = account.configuration("orders");
    for absent in ["Environment", "Layers", "DeadLetterConfig", "KMSKeyArn"] {
        assert_eq!(shown.get(absent), None, "{absent}");
    }
}

#[test]
fn a_dry_run_answers_with_the_hash_and_changes_nothing() {
    let mut account = Account::with_orders();
    let before = account.configuration("orders");
    let dry =
        account.lambda("PUT", "orders/code", json!({"ZipFile": zipped("two"), "DryRun": true})).expect(200);
    assert_ne!(dry["CodeSha256"], before["CodeSha256"]);
    assert_eq!(account.configuration("orders"), before);
}
