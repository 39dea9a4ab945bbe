//! The wire without sockets: an HTTP client of the SDK that asks a function, or the simulated world.
//!
//! Answers come at once and on the caller's task, so under paused time every wait of the SDK, of the
//! budget and of the engine passes without waiting.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient as Client, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use repoint::{
    provider::aws::HttpClient,
    simulator::{WireRequest, WireResponse, World},
};

/// Returns a client whose network is the world, at the instants that the clock tells.
pub(crate) fn in_process(
    world: Arc<Mutex<World>>,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> HttpClient {
    answering(move |request| world.lock().expect("no other request panicked").handle(clock(), request))
}

/// Returns a client whose network is this function.
pub(crate) fn answering(answer: impl Fn(&WireRequest) -> WireResponse + Send + Sync + 'static) -> HttpClient {
    HttpClient::new(InProcess { answer: Arc::new(answer) })
}

/// Returns a clock that starts at a round instant and moves with tokio's (paused) time.
pub(crate) fn virtual_clock() -> impl Fn() -> Timestamp + Clone + Send + Sync + 'static {
    let start: Timestamp = "2026-11-22T10:00:00Z".parse().expect("it is an instant");
    let origin = tokio::time::Instant::now();
    move || start + origin.elapsed()
}

type Answer = Arc<dyn Fn(&WireRequest) -> WireResponse + Send + Sync>;

#[derive(Clone)]
struct InProcess {
    answer: Answer,
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl Client for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(response((self.answer)(&wire(&request)))))
    }
}

fn wire(request: &HttpRequest) -> WireRequest {
    let address = request.uri().split_once("://").map_or(request.uri(), |(_, rest)| rest);
    let target = address.find('/').map_or("/", |start| &address[start..]);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = request.headers().iter().map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    WireRequest {
        method: request.method().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.collect::<BTreeMap<_, _>>(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}

fn response(answer: WireResponse) -> HttpResponse {
    let status = StatusCode::try_from(answer.status).expect("the world answers with known codes");
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    for (name, value) in answer.headers {
        response.headers_mut().append(name, value);
    }
    response
}
