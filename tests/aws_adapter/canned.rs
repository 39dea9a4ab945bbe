//! Canned answers: what is sent, and what an answer means.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use futures_util::future::join_all;
use repoint::{
    artifact::Package,
    model::{CodeSha256, Presence, Routing, Setting, Weight},
    provider::{
        FailureKind, Provider, ProviderError, Reader,
        aws::{HttpClient, Notice},
    },
    simulator::{Delivery, WireRequest, WireResponse},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{MACHINE, connected, declared, in_process::answering, live, name, number, resets, revision};

fn answer(status: u16, code: &str, body: &Value) -> WireResponse {
    let headers =
        if code.is_empty() { vec![] } else { vec![("x-amzn-ErrorType".to_owned(), code.to_owned())] };
    let body = body.to_string().into_bytes();
    WireResponse { status, headers, body, delivery: Delivery::default() }
}

/// Answers everything with one body and keeps what was asked.
pub(crate) fn recording(body: Value) -> (HttpClient, Arc<Mutex<Vec<WireRequest>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let client = answering(move |request| {
        log.lock().unwrap().push(request.clone());
        answer(200, "", &body)
    });
    (client, asked)
}

pub(crate) fn sent(asked: &Mutex<Vec<WireRequest>>) -> (String, Value) {
    let request = asked.lock().unwrap().pop().unwrap();
    let target =
        if request.query.is_empty() { request.path } else { format!("{}?{}", request.path, request.query) };
    let body =
        if request.body.is_empty() { Value::Null } else { serde_json::from_slice(&request.body).unwrap() };
    (format!("{} {target}", request.method), body)
}

#[tokio::test(start_paused = true)]
async fn an_alias_is_always_updated_with_its_weights() {
    let (client, asked) = recording(json!({}));
    let (aws, _) = connected(client).await;
    aws.update_alias(&name(), &live(), &Routing::to(number(7)), &revision("r")).await.unwrap();
    let plain = json!({ "FunctionVersion": "7", "RevisionId": "r", "RoutingConfig": { "AdditionalVersionWeights": {} } });
    assert_eq!(sent(&asked), ("PUT /2015-03-31/functions/orders/aliases/LIVE".to_owned(), plain));

    let split = Routing { additional: Some((number(8), Weight::percent(10))), ..Routing::to(number(7)) };
    aws.update_alias(&name(), &live(), &split, &revision("r")).await.unwrap();
    assert_eq!(sent(&asked).1["RoutingConfig"], json!({ "AdditionalVersionWeights": { "8": 0.1 } }));

    aws.create_alias(&name(), &live(), &Routing::to(number(7))).await.unwrap();
    let created = json!({ "FunctionVersion": "7", "Name": "LIVE" });
    assert_eq!(sent(&asked), ("POST /2015-03-31/functions/orders/aliases".to_owned(), created));
}

#[tokio::test(start_paused = true)]
async fn a_delete_names_the_version() {
    let (client, asked) = recording(Value::Null);
    let (aws, _) = connected(client).await;
    aws.delete_version(&name(), number(7)).await.unwrap();
    assert_eq!(sent(&asked).0, "DELETE /2015-03-31/functions/orders?Qualifier=7");
}

#[tokio::test(start_paused = true)]
async fn code_and_publish_name_what_they_believe() {
    let (client, asked) = recording(json!({ "Version": "3", "CodeSha256": "h" }));
    let (aws, _) = connected(client).await;
    let bytes = b"zip".to_vec();
    let code = Package { sha256: CodeSha256::of(&bytes), bytes }.into();
    aws.update_code(&name(), &code, Some(&json!(["arm64"])), &revision("r")).await.unwrap();
    let code = json!({ "ZipFile": "emlw", "Architectures": ["arm64"], "RevisionId": "r" });
    assert_eq!(sent(&asked), ("PUT /2015-03-31/functions/orders/code".to_owned(), code));

    let hash = CodeSha256::reported("h");
    let published = aws.publish_version(&name(), &hash, "text", &revision("r")).await.unwrap();
    let publish = json!({ "CodeSha256": "h", "Description": "text", "RevisionId": "r" });
    assert_eq!(sent(&asked), ("POST /2015-03-31/functions/orders/versions".to_owned(), publish));
    assert_eq!(published, number(3));
}

#[tokio::test(start_paused = true)]
async fn a_reset_sends_the_default_or_the_empty_form() {
    let (client, asked) = recording(json!({}));
    let (aws, _) = connected(client).await;
    aws.update_settings(&name(), &resets(&declared(|_| true)), None, &revision("r")).await.unwrap();
    let body = json!({
        "Description": "",
        "MemorySize": 128,
        "Timeout": 3,
        "Layers": [],
        "EphemeralStorage": { "Size": 512 },
        "TracingConfig": { "Mode": "PassThrough" },
        "SnapStart": { "ApplyOn": "None" },
        "DeadLetterConfig": { "TargetArn": "" },
        "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false },
        "KMSKeyArn": "",
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/orders" },
        "ImageConfig": {},
        "FileSystemConfigs": [],
        "RevisionId": "r",
    });
    assert_eq!(sent(&asked), ("PUT /2015-03-31/functions/orders/configuration".to_owned(), body));
    let refused = BTreeMap::from([(Setting::Handler, None)]);
    let error = aws.update_settings(&name(), &refused, None, &revision("r")).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Refused);
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_refusal_has_its_kind() {
    let referenced = "Unable to delete version because the following aliases reference it: [LIVE]";
    let cases = [
        (404, "ResourceNotFoundException", "Function not found: x", FailureKind::NotFound),
        (409, "ResourceConflictException", "Alias already exists: x", FailureKind::AlreadyExists),
        (409, "ResourceConflictException", "An update is in progress for resource: x", FailureKind::Busy),
        (409, "ResourceConflictException", referenced, FailureKind::Referenced(vec![live()])),
        (412, "PreconditionFailedException", "The Revision Id provided", FailureKind::PreconditionFailed),
        (403, "AccessDeniedException", "User: x is not authorized", FailureKind::Denied),
        (403, "ExpiredTokenException", "The security token is expired", FailureKind::Credentials),
        (403, "UnrecognizedClientException", "The security token is invalid", FailureKind::Credentials),
        (400, "ValidationException", "1 validation error detected", FailureKind::Refused),
        (429, "TooManyRequestsException", "Rate exceeded", FailureKind::Throttled),
        (429, "", "HTTP status 429", FailureKind::Throttled),
        (500, "ServiceException", "it broke", FailureKind::Fault),
    ];
    for (status, code, message, kind) in cases {
        let client = answering(move |_| answer(status, code, &json!({ "message": message })));
        let (aws, _) = connected(client).await;
        let error = aws.aliases(&name()).await.unwrap_err();
        let expected = ProviderError {
            kind,
            operation: "lambda:ListAliases",
            subject: "orders".to_owned(),
            message: message.to_owned(),
        };
        assert_eq!(error, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn absence_is_an_answer_of_reads() {
    let client = answering(|request| match request.header("x-amz-target") {
        None => answer(404, "ResourceNotFoundException", &json!({ "Message": "no" })),
        Some(_) => answer(400, "", &json!({ "__type": "StateMachineDoesNotExist", "message": "no" })),
    });
    let (aws, _) = connected(client).await;
    assert_eq!(aws.function(&name()).await.unwrap(), Presence::Absent);
    assert_eq!(aws.alias(&name(), &live()).await.unwrap(), Presence::Absent);
    assert_eq!(aws.latest(&name()).await.unwrap(), Presence::Absent);
    assert_eq!(aws.version(&name(), number(1)).await.unwrap(), Presence::Absent);
    assert_eq!(aws.machine(MACHINE).await.unwrap(), Presence::Absent);
    assert_eq!(aws.shifting_aliases(&name()).await.unwrap_err().kind, FailureKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn variables_that_cannot_be_read_are_no_empty_environment() {
    let client = answering(|_| {
        let error = json!({ "ErrorCode": "AccessDeniedException", "Message": "KMS access was denied." });
        let configuration = json!({ "CodeSha256": "h", "RevisionId": "r", "Version": "$LATEST", "Environment": { "Error": error } });
        answer(200, "", &json!({ "Configuration": configuration }))
    });
    let (aws, _) = connected(client).await;
    let error = aws.latest(&name()).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Refused);
    assert_eq!(
        error.message,
        "the environment variables cannot be read, so nothing can be compared; allow `kms:Decrypt` on their \
         key (AccessDeniedException: KMS access was denied)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_repeats_a_page_is_an_error() {
    let (client, asked) = recording(json!({ "Aliases": [], "NextMarker": "again" }));
    let (aws, _) = connected(client).await;
    assert_eq!(aws.aliases(&name()).await.unwrap_err().kind, FailureKind::Fault);
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn throttling_is_told_and_outlasted() {
    let left = Mutex::new(3);
    let client = answering(move |_| {
        let mut left = left.lock().unwrap();
        if *left == 0 {
            return answer(200, "", &json!({ "Aliases": [] }));
        }
        *left -= 1;
        answer(429, "TooManyRequestsException", &json!({ "message": "Rate exceeded" }))
    });
    let (aws, heard) = connected(client).await;
    assert_eq!(aws.aliases(&name()).await.unwrap(), BTreeMap::new());
    let operation = "lambda:ListAliases".to_owned();
    let throttled = Notice::Throttled { operation: operation.clone() };
    let retrying = |attempt| Notice::Retrying { operation: operation.clone(), attempt };
    let expected =
        [throttled.clone(), retrying(2), throttled.clone(), retrying(3), throttled.clone(), retrying(4)];
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_spends_from_the_budget_of_its_operation() {
    let client = answering(|_| answer(404, "ResourceNotFoundException", &json!({ "Message": "no" })));
    let (aws, _) = connected(client).await;
    let alias = live();
    let (orders, start) = (name(), Instant::now());
    join_all((0..300).map(|_| aws.alias(&orders, &alias))).await;
    let spent = start.elapsed().as_secs_f64();
    assert!((24.0..24.2).contains(&spent), "{spent}");

    let start = Instant::now();
    join_all((0..300).map(|_| aws.latest(&orders))).await;
    let spent = start.elapsed().as_secs_f64();
    assert!((3.0..3.1).contains(&spent), "{spent}");
}

/// A network that breaks every connection.
#[derive(Debug, Clone)]
struct Severed;

impl aws_smithy_runtime_api::client::http::HttpClient for Severed {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Severed {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::io("connection reset".into())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_network_is_unreachable_after_all_attempts() {
    let (aws, heard) = connected(HttpClient::new(Severed)).await;
    let error = aws.aliases(&name()).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Unreachable);
    assert_eq!(error.message, "dispatch failure: io error: connection reset");
    assert_eq!(heard.lock().unwrap().len(), 7);
    heard.lock().unwrap().clear();
    assert_eq!(aws.identity().await.unwrap_err().kind, FailureKind::Unreachable);
    assert_eq!(heard.lock().unwrap().len(), 2);
}
