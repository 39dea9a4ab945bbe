//! The world behind a socket: HTTP/1.1 on loopback, one lock, no opinions.
//!
//! It refuses to listen anywhere but on loopback, because it accepts every secret.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, Response};
use jiff::Timestamp;
use tokio::net::TcpListener;

use super::wire::{WireRequest, WireResponse};
use super::world::World;

/// The largest body that is read at all: above the largest one AWS takes, so that its own refusal can answer.
const LARGEST_BODY: usize = 80 * 1024 * 1024;

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
) -> std::io::Result<()> {
    if !listener.local_addr()?.ip().is_loopback() {
        let message = "the simulated account listens on loopback only";
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, message));
    }
    let router = Router::new().fallback(answer).with_state(Served { world, clock });
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

async fn answer(State(served): State<Served>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return response(
            WireResponse::empty(413).with_header("x-amzn-ErrorType", "RequestEntityTooLargeException"),
        );
    };
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let request = WireRequest {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    // A poisoned lock means that another request panicked; the world itself is still consistent enough to answer.
    let mut world = served.world.lock().unwrap_or_else(PoisonError::into_inner);
    let answered = world.handle((served.clock)(), &request);
    drop(world);
    response(answered)
}

fn response(answer: WireResponse) -> Response<Body> {
    let mut builder = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    builder.body(Body::from(answer.body)).unwrap_or_default()
}
