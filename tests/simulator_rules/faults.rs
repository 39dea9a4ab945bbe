//! Denials, throttling and failures on demand (R34, R35).

use std::time::Duration;

use repoint::simulator::{FaultRule, Knobs, Manner, Moment, Throttling, WireRequest};
use serde_json::{Value, json};

use super::support::{Account, ORDERS, creation, definition};

/// Adds a rule as the command line would.
fn fault(account: &mut Account, text: &str) {
    let rule: FaultRule = text.parse().unwrap();
    account.world.faults().add(rule);
}

#[test]
fn a_denied_operation_is_answered_in_the_words_of_iam() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    account.world.faults().deny("UpdateAlias", "function:orders");
    let answer = account.lambda("PUT", "orders/aliases/LIVE", json!({}));
    let words = format!(
        "User: arn:aws:sts::000000000000:assumed-role/simulated/simulated is not authorized to perform: \
         lambda:UpdateAlias on resource: {ORDERS}:LIVE because no identity-based policy allows the \
         lambda:UpdateAlias action"
    );
    answer.refused(403, "AccessDeniedException", &words);
    account.lambda("GET", "orders/aliases/LIVE", Value::Null).expect(200);
    account.world.faults().clear();
    account.lambda("PUT", "orders/aliases/LIVE", json!({})).expect(200);
}

#[test]
fn r34_a_throttled_call_says_so_in_the_way_of_its_service() {
    let mut account = Account::with_orders();
    account.world.faults().throttle_next("*", 2);
    let answer = account.lambda("GET", "orders", Value::Null);
    answer.refused(429, "TooManyRequestsException", "Rate exceeded");
    let answer = account.states("ListStateMachines", json!({}));
    answer.refused(400, "ThrottlingException", "Rate exceeded");
    account.lambda("GET", "orders", Value::Null).expect(200);
}

#[test]
fn r34_the_buckets_are_those_of_aws_when_they_are_on() {
    let mut account = Account::with(Knobs { throttling: Throttling::AsAws, ..Knobs::default() });
    for _ in 0..15 {
        account.lambda("GET", "", Value::Null).expect(200);
    }
    account.lambda("GET", "", Value::Null).expect(429);
    account.lambda("GET", "absent", Value::Null).expect(404);
    account.wait();
    account.lambda("GET", "", Value::Null).expect(200);
}

#[test]
fn r35_a_failure_before_the_effect_changes_nothing_and_one_after_it_loses_the_answer() {
    let mut account = Account::with_orders();
    account.world.faults().fail_next("PublishVersion", 1, Moment::Before);
    account.lambda("POST", "orders/versions", json!({})).expect(500);
    assert_eq!(account.versions("orders"), ["$LATEST"]);
    account.world.faults().fail_next("PublishVersion", 1, Moment::After);
    account.lambda("POST", "orders/versions", json!({})).expect(500);
    assert_eq!(account.versions("orders"), ["$LATEST", "1"]);
}

#[test]
fn r35_any_answer_can_be_put_in_the_way() {
    let mut account = Account::with_orders();
    let words = "The role defined for the function cannot be assumed by Lambda.";
    let faults = account.world.faults();
    faults.refuse_next("UpdateFunctionConfiguration", 1, 400, "InvalidParameterValueException", words);
    let answer = account.lambda("PUT", "orders/configuration", json!({"Timeout": 9}));
    answer.refused(400, "InvalidParameterValueException", words);
    account.lambda("PUT", "orders/configuration", json!({"Timeout": 9})).expect(200);
}

#[test]
fn calls_are_counted_and_logged_with_their_resource_even_when_refused() {
    let mut account = Account::with_orders();
    account.lambda("DELETE", "orders?Qualifier=%24LATEST", Value::Null).expect(400);
    assert_eq!(account.world.calls()["DeleteFunction"], 1);
    let last = account.world.call_log().last().unwrap();
    assert_eq!(last.operation, "DeleteFunction");
    assert_eq!(last.resource, format!("{ORDERS}:$LATEST"));
    assert_eq!(last.status, 400);
}

#[test]
fn r34_every_step_functions_bucket_has_its_size_and_its_refill() {
    let cases = [
        ("DescribeStateMachine", 200, 20),
        ("ListStateMachines", 100, 5),
        ("CreateStateMachine", 100, 1),
        ("UpdateStateMachine", 100, 1),
        ("DeleteStateMachine", 100, 1),
        ("PublishStateMachineVersion", 100, 1),
        ("ListStateMachineVersions", 100, 1),
        ("DeleteStateMachineVersion", 100, 1),
        ("CreateStateMachineAlias", 100, 1),
        ("UpdateStateMachineAlias", 100, 1),
        ("DeleteStateMachineAlias", 100, 1),
        ("ListStateMachineAliases", 100, 1),
        ("ListTagsForResource", 100, 1),
        ("ValidateStateMachineDefinition", 100, 1),
        ("DescribeStateMachineAlias", 200, 1),
        ("DescribeStateMachineForExecution", 200, 1),
        ("TagResource", 200, 1),
        ("UntagResource", 200, 1),
        ("StartExecution", 800, 150),
        ("StopExecution", 500, 25),
        ("DescribeExecution", 250, 10),
        ("ListExecutions", 100, 2),
    ];
    let mut account = Account::with(Knobs { throttling: Throttling::AsAws, ..Knobs::default() });
    for (operation, size, refill) in cases {
        // A refused call takes a token as well, so an empty request is enough.
        let mut admitted = || {
            let mut calls = 0;
            while account.states(operation, json!({})).code != "ThrottlingException" {
                calls += 1;
            }
            account.wait();
            calls
        };
        assert_eq!((admitted(), admitted()), (size, refill), "{operation}");
    }
}

#[test]
fn r34_reading_policies_has_a_bucket_of_its_own() {
    let mut account = Account::with(Knobs { throttling: Throttling::AsAws, ..Knobs::default() });
    for _ in 0..15 {
        account.lambda("GET", "orders/policy", Value::Null).expect(404);
    }
    account.lambda("GET", "orders/policy", Value::Null).expect(429);
    account.lambda("GET", "", Value::Null).expect(200);
}

#[test]
fn r34_an_execution_bucket_is_larger_in_the_large_regions() {
    let mut account = Account::with(Knobs { throttling: Throttling::AsAws, ..Knobs::default() });
    let headers = [
        ("x-amz-target", "AWSStepFunctions.ListExecutions"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=a/20261122/eu-west-1/states/aws4_request, SignedHeaders=host, Signature=0",
        ),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = WireRequest {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: headers.into(),
        ..WireRequest::default()
    };
    let admitted = (0..300).take_while(|_| account.send_unsigned(&request).code != "ThrottlingException");
    assert_eq!(admitted.count(), 200);
}

#[test]
fn r35_an_answer_that_is_dropped_was_a_success() {
    let mut account = Account::with_orders();
    fault(&mut account, "PublishVersion:drop");
    let (now, publish) = (
        "2026-11-22T11:00:00Z".parse().unwrap(),
        "AWS4-HMAC-SHA256 Credential=a/1/us-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0",
    );
    let request = WireRequest {
        method: "POST".to_owned(),
        path: "/2015-03-31/functions/orders/versions".to_owned(),
        headers: [("authorization".to_owned(), publish.to_owned())].into(),
        ..WireRequest::default()
    };
    let dropped = account.world.handle(now, &request);
    assert_eq!((dropped.status, dropped.delivery.manner), (201, Manner::Dropped));
    let whole = account.world.handle(now, &request);
    assert_eq!((whole.status, whole.delivery.manner), (201, Manner::Whole));
    assert_eq!(account.versions("orders"), ["$LATEST", "1"]);
}

#[test]
fn r35_a_malformed_answer_is_half_of_the_true_one_and_waits_for_a_body() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    let whole = account.lambda("GET", "orders/aliases/LIVE", Value::Null).text;
    fault(&mut account, "*:malformed");
    account.lambda("DELETE", "orders/aliases/GONE", Value::Null).expect(204);
    let half = account.lambda("GET", "orders/aliases/LIVE", Value::Null);
    assert_eq!((half.status, half.text.as_str()), (200, &whole[..whole.len() / 2]));
    assert_eq!(account.lambda("GET", "orders/aliases/LIVE", Value::Null).text, whole);
}

#[test]
fn r35_a_rule_strikes_the_resource_it_names_as_often_as_it_says() {
    let mut account = Account::with_orders();
    account.create("others");
    account.wait();
    fault(&mut account, "GetFunction@orders:500:2");
    account.lambda("GET", "others", Value::Null).expect(200);
    for status in [500, 500, 200] {
        account.lambda("GET", "orders", Value::Null).expect(status);
    }
}

#[test]
fn r35_a_chance_is_drawn_from_the_seed() {
    let run = |seed: u64| {
        let mut account = Account::with(Knobs { seed, ..Knobs::default() });
        account.create("orders");
        fault(&mut account, "GetFunction:500:30%");
        (0..100).map(|_| account.lambda("GET", "orders", Value::Null).status).collect::<Vec<_>>()
    };
    let first = run(1);
    let failures = first.iter().filter(|status| **status == 500).count();
    assert!((15..=45).contains(&failures), "30 % of the calls, not {failures}");
    assert_eq!(run(1), first);
    assert_ne!(run(2), first);
}

#[test]
fn r35_a_denied_call_is_denied_as_often_as_the_rule_says() {
    let mut account = Account::with_orders();
    fault(&mut account, "ListStateMachines:deny");
    let denied = account.states("ListStateMachines", json!({}));
    assert_eq!((denied.status, denied.code.as_str()), (400, "AccessDeniedException"), "{}", denied.text);
    account.states("ListStateMachines", json!({})).expect(200);
}

#[test]
fn r5_a_create_that_fails_ends_in_a_function_that_can_only_be_deleted() {
    let mut account = Account::new();
    fault(&mut account, "CreateFunction:failed");
    let created = account.create("orders");
    assert_eq!(created["State"], "Pending");
    account.wait();
    let failed = account.configuration("orders");
    assert_eq!((&failed["State"], &failed["StateReasonCode"]), (&json!("Failed"), &json!("InternalError")));
    assert_eq!(failed.get("LastUpdateStatus"), None);
    let words = "The operation cannot be performed at this time. \
                 The function is currently in the following state: Failed";
    let update = account.lambda("PUT", "orders/configuration", json!({"Timeout": 9}));
    update.refused(409, "ResourceConflictException", words);
    account.lambda("DELETE", "orders", Value::Null).expect(204);
    account.lambda("POST", "", creation("orders")).expect(201);
    account.wait();
    assert_eq!(account.configuration("orders")["State"], "Active");
}

#[test]
fn r5_a_version_that_fails_is_pending_and_then_failed() {
    let mut account = Account::with_orders();
    fault(&mut account, "PublishVersion:failed");
    assert_eq!(account.publish("orders")["State"], "Pending");
    account.wait();
    let failed = account.configuration("orders?Qualifier=1");
    assert_eq!((&failed["State"], &failed["Version"]), (&json!("Failed"), &json!("1")));
    assert_eq!(account.configuration("orders")["State"], "Active");
}

#[test]
fn r5_the_rule_fails_the_update_it_names_and_no_other() {
    let mut account = Account::with_orders();
    fault(&mut account, "UpdateFunctionConfiguration@orders:failed");
    account.change_code("orders", "two");
    assert_eq!(account.configuration("orders")["LastUpdateStatus"], "Successful");
    account.change_configuration("orders", json!({"Timeout": 9}));
    let failed = account.configuration("orders");
    assert_eq!((&failed["LastUpdateStatus"], &failed["Timeout"]), (&json!("Failed"), &json!(3)));
}

#[test]
fn the_log_keeps_the_last_calls_that_the_knob_asks_for() {
    let mut account = Account::with(Knobs { logged_calls: Some(10), ..Knobs::default() });
    for _ in 0..1000 {
        account.states("ListStateMachines", json!({})).expect(200);
        assert!(account.world.call_log().len() <= 20);
    }
    assert!(account.world.call_log().len() >= 10);
    assert_eq!(account.world.calls()["ListStateMachines"], 1000);
}

#[test]
fn an_account_behaves_otherwise_from_now_on_and_keeps_what_it_began() {
    let mut account = Account::with(Knobs { pending: Duration::from_secs(5), ..Knobs::default() });
    account.create("orders");
    account.world.behave(Knobs { pending: Duration::ZERO, ..Knobs::default() });
    account.create("others");
    assert_eq!(account.configuration("others")["State"], "Active");
    assert_eq!(account.configuration("orders")["State"], "Pending");
    let machine = json!({"name": "m", "definition": definition("one"), "roleArn": super::support::ROLE});
    account.states("CreateStateMachine", machine).expect(200);
}
