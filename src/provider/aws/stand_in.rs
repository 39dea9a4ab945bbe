//! A network that stands in for AWS: a function that answers each request.
//!
//! The SDK, its retries and our own reading of answers run as they do in front of AWS; only the wire
//! is missing. Offline plans and rehearsals run on it, and so do the tests.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient as Client, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

use super::HttpClient;

/// What stands in for the network and the credentials.
#[derive(Debug, Clone)]
pub struct StandIn {
    /// The client that answers.
    pub client: HttpClient,
    /// The access key id; a simulated account takes 12 digits for its number.
    pub access_key: String,
    /// Whether calls wait for the budget, as they do in front of AWS.
    pub is_budgeted: bool,
}

impl From<HttpClient> for StandIn {
    fn from(client: HttpClient) -> Self {
        Self { client, access_key: "AKIASTANDIN000000000".to_owned(), is_budgeted: true }
    }
}

/// A request as it would go over the wire.
#[derive(Debug, Clone, Default)]
pub struct WireCall {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The raw path, still percent-encoded.
    pub path: String,
    /// The raw query without its question mark.
    pub query: String,
    /// The headers, with lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// An answer as it would come over the wire.
#[derive(Debug, Clone, Default)]
pub struct WireAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// What comes over the wire.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// The answer.
    Answer(WireAnswer),
    /// The connection breaks.
    Broken,
    /// Nothing, ever: the process of the caller is about to end.
    Silence,
}

impl From<Option<WireAnswer>> for Delivery {
    fn from(answer: Option<WireAnswer>) -> Self {
        answer.map_or(Self::Broken, Self::Answer)
    }
}

/// Returns a client whose network is this function. It answers at once and on the caller's task, so
/// under paused time every wait of the SDK, of the budget and of the engine passes without waiting.
/// Without an answer the connection breaks.
pub fn answering<D: Into<Delivery>>(answer: impl Fn(WireCall) -> D + Send + Sync + 'static) -> HttpClient {
    HttpClient::new(InProcess { answer: Arc::new(move |call| answer(call).into()) })
}

type Answer = Arc<dyn Fn(WireCall) -> Delivery + Send + Sync>;

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
        let broken = |words: &str| ConnectorError::io(words.into());
        match (self.answer)(wire(&request)) {
            Delivery::Silence => HttpConnectorFuture::new(std::future::pending()),
            Delivery::Broken => HttpConnectorFuture::ready(Err(broken("the connection broke"))),
            Delivery::Answer(answer) => HttpConnectorFuture::ready(
                response(answer).ok_or_else(|| broken("the answer has no HTTP status")),
            ),
        }
    }
}

fn wire(request: &HttpRequest) -> WireCall {
    let address = request.uri().split_once("://").map_or(request.uri(), |(_, rest)| rest);
    let target = address.find('/').map_or("/", |start| &address[start..]);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = request.headers().iter().map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    WireCall {
        method: request.method().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.collect(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}

fn response(answer: WireAnswer) -> Option<HttpResponse> {
    let status = StatusCode::try_from(answer.status).ok()?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    for (name, value) in answer.headers {
        response.headers_mut().append(name, value);
    }
    Some(response)
}
