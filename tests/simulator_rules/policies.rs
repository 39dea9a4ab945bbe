//! Resource policies (R6, R24): one per qualifier, each with a revision of its own.

use serde_json::{Value, json};

use super::support::{Account, Answer, ORDERS};

const STALE: &str = "The Revision Id provided does not match the latest Revision Id. \
                     Call the GetPolicy API to retrieve the latest Revision Id";
const NONE: &str = "The resource you requested does not exist.";

fn permission(id: &str) -> Value {
    json!({"StatementId": id, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"})
}

fn allow(account: &mut Account, query: &str, id: &str) -> Answer {
    account.lambda("POST", &format!("orders/policy{query}"), permission(id))
}

fn policy(account: &mut Account, query: &str) -> Answer {
    account.lambda("GET", &format!("orders/policy{query}"), Value::Null)
}

#[test]
fn r24_a_policy_belongs_to_one_qualifier() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    policy(&mut account, "").refused(404, "ResourceNotFoundException", NONE);
    let added = allow(&mut account, "?Qualifier=LIVE", "s3").expect(201);
    let statement: Value = serde_json::from_str(added["Statement"].as_str().unwrap()).unwrap();
    let expected = json!({
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": format!("{ORDERS}:LIVE"),
    });
    assert_eq!(statement, expected);
    let read = policy(&mut account, "?Qualifier=LIVE").expect(200);
    let document: Value = serde_json::from_str(read["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(document, json!({"Version": "2012-10-17", "Id": "default", "Statement": [expected]}));
    for query in ["", "?Qualifier=1"] {
        policy(&mut account, query).refused(404, "ResourceNotFoundException", NONE);
    }
    allow(&mut account, "", "s3").expect(201);
    account.change_code("orders", "next");
    account.publish("orders");
    let fresh = policy(&mut account, "?Qualifier=2");
    fresh.refused(404, "ResourceNotFoundException", NONE);
}

#[test]
fn r24_what_cannot_have_a_policy() {
    let mut account = Account::with_versions(1);
    let words = "We currently do not support adding policies for $LATEST.";
    allow(&mut account, "?Qualifier=%24LATEST", "s3").refused(400, "InvalidParameterValueException", words);
    let words = format!("Cannot find alias arn: {ORDERS}:GONE");
    allow(&mut account, "?Qualifier=GONE", "s3").refused(404, "ResourceNotFoundException", &words);
    let words = format!("Function not found: {ORDERS}:9");
    allow(&mut account, "?Qualifier=9", "s3").refused(404, "ResourceNotFoundException", &words);
    let gone = account.lambda("POST", "absent/policy", permission("s3"));
    let words = format!("Function not found: {}", ORDERS.replace("orders", "absent"));
    gone.refused(404, "ResourceNotFoundException", &words);
    let words = "The provided principal was invalid. Please check the principal and try again.";
    let mut body = permission("s3");
    body["Principal"] = json!("somebody");
    account.lambda("POST", "orders/policy", body).refused(400, "InvalidParameterValueException", words);
    let missing = account.lambda("POST", "orders/policy", json!({"Action": "lambda:InvokeFunction"}));
    assert_eq!((missing.status, missing.code.as_str()), (400, "ValidationException"));
    assert!(
        missing.text.contains("2 validation errors detected: Value null at 'statementId'"),
        "{}",
        missing.text
    );
}

#[test]
fn r24_a_statement_id_is_used_once_and_the_last_one_takes_the_policy_with_it() {
    let mut account = Account::with_orders();
    allow(&mut account, "", "s3").expect(201);
    let words = "The statement id (s3) provided already exists. \
                 Please provide a new statement id, or remove the existing statement.";
    allow(&mut account, "", "s3").refused(409, "ResourceConflictException", words);
    let remove = |account: &mut Account, id: &str| {
        account.lambda("DELETE", &format!("orders/policy/{id}"), Value::Null)
    };
    let words = "Statement sns is not found in resource policy.";
    remove(&mut account, "sns").refused(404, "ResourceNotFoundException", words);
    remove(&mut account, "s3").expect(204);
    policy(&mut account, "").refused(404, "ResourceNotFoundException", NONE);
    let words = "No policy is associated with the given resource.";
    remove(&mut account, "s3").refused(404, "ResourceNotFoundException", words);
}

#[test]
fn r6_a_policy_has_its_own_revision_and_its_own_words_for_a_stale_one() {
    let mut account = Account::with_orders();
    let mut stale = permission("s3");
    stale["RevisionId"] = json!("stale");
    let add = |account: &mut Account, body: &Value| account.lambda("POST", "orders/policy", body.clone());
    add(&mut account, &stale).refused(412, "PreconditionFailedException", STALE);
    // While there is no policy, the revision is the function's.
    let mut first = permission("s3");
    first["RevisionId"] = account.revision("orders");
    add(&mut account, &first).expect(201);
    let revision = policy(&mut account, "").expect(200)["RevisionId"].clone();
    assert_eq!(account.revision("orders"), revision, "a policy's change is a change of its function");
    let mut second = permission("sns");
    second["RevisionId"] = first["RevisionId"].clone();
    add(&mut account, &second).refused(412, "PreconditionFailedException", STALE);
    second["RevisionId"] = revision;
    add(&mut account, &second).expect(201);
    let remove = account.lambda("DELETE", "orders/policy/s3?RevisionId=stale", Value::Null);
    remove.refused(412, "PreconditionFailedException", STALE);
    let revision = policy(&mut account, "").expect(200)["RevisionId"].as_str().unwrap().to_owned();
    let path = format!("orders/policy/s3?RevisionId={revision}");
    account.lambda("DELETE", &path, Value::Null).expect(204);
    assert_ne!(account.revision("orders"), revision);
}

#[test]
fn r6_publishing_changes_no_policy_and_a_version_never_changes() {
    let mut account = Account::with_orders();
    allow(&mut account, "", "s3").expect(201);
    let before = policy(&mut account, "").expect(200)["RevisionId"].clone();
    let version = account.publish("orders");
    assert_eq!(policy(&mut account, "").expect(200)["RevisionId"], before);
    allow(&mut account, "?Qualifier=1", "s3").expect(201);
    assert_eq!(account.configuration("orders?Qualifier=1")["RevisionId"], version["RevisionId"]);
}

#[test]
fn conditions_of_a_statement_are_written_as_aws_writes_them() {
    let mut account = Account::with_orders();
    let body = json!({
        "StatementId": "url",
        "Action": "lambda:InvokeFunctionUrl",
        "Principal": "111122223333",
        "SourceArn": "arn:aws:s3:::photos",
        "SourceAccount": "000000000000",
        "FunctionUrlAuthType": "AWS_IAM",
    });
    let added = account.lambda("POST", "orders/policy", body).expect(201);
    let statement: Value = serde_json::from_str(added["Statement"].as_str().unwrap()).unwrap();
    assert_eq!(statement["Principal"], json!({"AWS": "arn:aws:iam::111122223333:root"}));
    let conditions = json!({
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::photos"},
        "StringEquals": {"AWS:SourceAccount": "000000000000", "lambda:FunctionUrlAuthType": "AWS_IAM"},
    });
    assert_eq!(statement["Condition"], conditions);
    let mut other = permission("other");
    other["FunctionUrlAuthType"] = json!("NONE");
    let words = "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action";
    account.lambda("POST", "orders/policy", other).refused(400, "InvalidParameterValueException", words);
}

#[test]
fn a_policy_holds_twenty_kilobytes() {
    let mut account = Account::with_orders();
    let mut count = 0;
    let refused = loop {
        let mut body = permission(&format!("statement-{count}"));
        body["SourceArn"] = json!(format!("arn:aws:s3:::{}", "b".repeat(500)));
        let answer = account.lambda("POST", "orders/policy", body);
        if answer.status != 201 {
            break answer;
        }
        count += 1;
    };
    assert_eq!((refused.status, refused.code.as_str()), (400, "PolicyLengthExceededException"));
    assert!(refused.text.contains("is bigger than the limit (20480)."), "{}", refused.text);
    let document = policy(&mut account, "").expect(200)["Policy"].as_str().unwrap().len();
    assert!((19_500..=20_480).contains(&document), "{document} bytes in {count} statements");
}

#[test]
fn t12_a_policy_ends_with_its_alias_or_version() {
    let mut account = Account::with_versions(1);
    account.alias("LIVE", "1");
    allow(&mut account, "?Qualifier=LIVE", "s3").expect(201);
    account.lambda("DELETE", "orders/aliases/LIVE", Value::Null).expect(204);
    account.alias("LIVE", "1");
    policy(&mut account, "?Qualifier=LIVE").refused(404, "ResourceNotFoundException", NONE);
}
