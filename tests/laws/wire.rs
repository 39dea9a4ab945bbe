//! Requests as a person's tool would send them, past the SDK and past the engine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use repoint::simulator::{WireRequest, World};
use serde_json::Value;

pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const ACCOUNT: &str = "000000000000";

/// Sends a request to Lambda, `path` with its query; what AWS refuses is an error.
pub(crate) fn lambda(
    world: &mut World,
    now: Timestamp,
    method: &str,
    path: &str,
    body: &Value,
) -> Result<Value, String> {
    send(world, now, "lambda", (method, path, ""), body)
}

/// Sends a request to Step Functions.
pub(crate) fn states(
    world: &mut World,
    now: Timestamp,
    operation: &str,
    body: &Value,
) -> Result<Value, String> {
    send(world, now, "states", ("POST", "/", &format!("AWSStepFunctions.{operation}")), body)
}

fn send(
    world: &mut World,
    now: Timestamp,
    service: &str,
    (method, path, target): (&str, &str, &str),
    body: &Value,
) -> Result<Value, String> {
    let scope = format!("AKIABYHAND0000000000/20261122/{REGION}/{service}/aws4_request");
    let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request = WireRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: BTreeMap::from([
            ("authorization".to_owned(), signed),
            ("x-amz-target".to_owned(), target.to_owned()),
        ]),
        body,
    };
    let response = world.handle(now, &request);
    let text = String::from_utf8_lossy(&response.body).into_owned();
    if response.status < 300 { Ok(serde_json::from_str(&text).unwrap_or_default()) } else { Err(text) }
}

/// Returns whether a request changes anything.
pub(crate) fn is_write(request: &WireRequest) -> bool {
    match request.header("x-amz-target") {
        Some(target) if !target.is_empty() => {
            !["Describe", "List"].iter().any(|reading| target.contains(reading))
        }
        _ => request.path.len() > 1 && request.method != "GET",
    }
}

/// Returns the ARN of a machine.
pub(crate) fn machine_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}")
}
