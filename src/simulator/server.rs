//! The world behind a socket: HTTP/1.1 on loopback, one lock, no opinions.
//!
//! It refuses to listen anywhere but on loopback, because it accepts every secret. The world says what an answer is and
//! how it travels; this is the only place where anybody waits for it or loses it.

use std::future::Future;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::request::Parts;
use axum::http::{Request, Response};
use axum::serve::{IncomingStream, Listener};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;

use super::line::{Line, Scissors};
use super::wire::{Manner, WireRequest, WireResponse};
use super::world::World;

/// The largest body that is kept: above the largest one Lambda takes, so that its own refusal can answer.
const LARGEST_BODY: usize = 80 * 1024 * 1024;

/// A slow body comes in this many pieces, this far apart: two seconds, which is felt and which no client gives up on.
const PIECES: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone)]
struct Served {
    world: Arc<Mutex<World>>,
    clock: fn() -> Timestamp,
}

/// Serves the world until `shutdown` resolves.
pub async fn serve(
    listener: TcpListener,
    world: Arc<Mutex<World>>,
    clock: fn() -> Timestamp,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    if !listener.local_addr()?.ip().is_loopback() {
        let message = "the simulated account listens on loopback only";
        return Err(Error::new(ErrorKind::PermissionDenied, message));
    }
    let router = Router::new().fallback(answer).with_state(Served { world, clock });
    let service = router.into_make_service_with_connect_info::<Scissors>();
    axum::serve(Lines(listener), service).with_graceful_shutdown(shutdown).await
}

/// Accepts connections that can be cut.
struct Lines(TcpListener);

impl Listener for Lines {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for each other; a socket that cannot promise that still works.
        let _ = stream.set_nodelay(true);
        (Line::new(stream), address)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().scissors()
    }
}

async fn answer(
    State(served): State<Served>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = match read(body).await {
        Ok(body) => served.handle(&parts, body),
        Err(refused) => refused,
    };
    if !answer.delivery.latency.is_zero() {
        tokio::time::sleep(answer.delivery.latency).await;
    }
    match answer.delivery.manner {
        Manner::Whole => response(answer, Body::from),
        Manner::Slow => {
            let length = answer.body.len().to_string();
            response(answer.with_header("content-length", &length), slowly)
        }
        Manner::Dropped => {
            scissors.cut();
            Response::default()
        }
    }
}

impl Served {
    fn handle(&self, parts: &Parts, body: Vec<u8>) -> WireResponse {
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let request = WireRequest {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: headers.collect(),
            body,
        };
        // A poisoned lock means that another request panicked; the world itself is still consistent enough to answer.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.handle((self.clock)(), &request)
    }
}

/// Reads a body to its end. One that is too large is read and forgotten, because a client that is still sending
/// would never see an answer.
async fn read(body: Body) -> std::result::Result<Vec<u8>, WireResponse> {
    let mut pieces = body.into_data_stream();
    let mut kept = Vec::new();
    let mut size = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece
            .map_err(|error| refused(400, "SerializationException", &format!("no readable body: {error}")))?;
        size += piece.len();
        if size <= LARGEST_BODY {
            kept.extend_from_slice(&piece);
        } else {
            kept = Vec::new();
        }
    }
    if size > LARGEST_BODY {
        let words = format!("Request must be smaller than {LARGEST_BODY} bytes");
        return Err(refused(413, "RequestEntityTooLargeException", &words));
    }
    Ok(kept)
}

/// Returns the answer to a request that never reached the world.
fn refused(status: u16, code: &str, words: &str) -> WireResponse {
    let body = json!({"__type": code, "message": words});
    WireResponse::json(status, "application/json", &body).with_header("x-amzn-ErrorType", code)
}

fn response(answer: WireResponse, body: impl FnOnce(Vec<u8>) -> Body) -> Response<Body> {
    let mut builder = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    builder.body(body(answer.body)).unwrap_or_default()
}

/// Returns a body that comes piece by piece.
fn slowly(bytes: Vec<u8>) -> Body {
    let size = bytes.len().div_ceil(PIECES).max(1);
    let pieces = stream::unfold(Bytes::from(bytes), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, Error>(piece), rest))
    });
    Body::from_stream(pieces)
}
