//! What somebody else does to the account, past the program, and what a caller would see there.

use std::collections::BTreeMap;

use repoint::{ambient, simulator::WireRequest};
use serde_json::{Value, json};

use crate::sandbox::{ACCOUNT, REGION, Sandbox};

/// Sends a Lambda request about a function, below its path.
pub(crate) fn lambda(sandbox: &Sandbox, method: &str, function: &str, rest: &str, body: &Value) -> Value {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = format!("/2015-03-31/functions/{function}{path}");
    send(
        sandbox,
        "lambda",
        &WireRequest { method: method.to_owned(), path, query: query.to_owned(), ..empty(body) },
    )
}

/// Sends a Step Functions request about a machine.
pub(crate) fn states(sandbox: &Sandbox, operation: &str, machine: &str, body: &Value) -> Value {
    let mut body = body.clone();
    body["stateMachineArn"] = format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}").into();
    let target = ("x-amz-target".to_owned(), format!("AWSStepFunctions.{operation}"));
    let request = WireRequest { headers: BTreeMap::from([target]), ..empty(&body) };
    send(sandbox, "states", &WireRequest { method: "POST".to_owned(), path: "/".to_owned(), ..request })
}

/// Changes the definition of a machine by hand.
pub(crate) fn edit_definition(sandbox: &Sandbox, machine: &str, edit: impl FnOnce(&str) -> String) {
    let before = definition(sandbox, machine);
    let after = edit(&before);
    assert_ne!(before, after, "the edit changes something");
    states(sandbox, "UpdateStateMachine", machine, &json!({ "definition": after }));
}

/// Returns the definition that AWS would run.
pub(crate) fn definition(sandbox: &Sandbox, machine: &str) -> String {
    let machine = states(sandbox, "DescribeStateMachine", machine, &json!({}));
    machine["definition"].as_str().expect("a machine has a definition").to_owned()
}

fn empty(body: &Value) -> WireRequest {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    WireRequest {
        method: String::new(),
        path: String::new(),
        query: String::new(),
        headers: BTreeMap::new(),
        body,
    }
}

fn send(sandbox: &Sandbox, service: &str, request: &WireRequest) -> Value {
    let scope = format!("somebody/20261122/{REGION}/{service}/aws4_request");
    let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
    let mut request = request.clone();
    request.headers.insert("authorization".to_owned(), authorization);
    let answer = sandbox.world().handle(ambient::now(), &request);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(answer.status < 300, "{} {}: {} {text}", request.method, request.path, answer.status);
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
