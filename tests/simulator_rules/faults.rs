//! Denials, throttling and failures on demand (R34, R35).

use repoint::simulator::{Knobs, Moment, Throttling};
use serde_json::{Value, json};

use super::support::{Account, ORDERS};

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
