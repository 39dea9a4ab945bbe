//! The world behind a socket: what travels, what does not, and that nothing a client sends ends the service.
//!
//! The client here writes bytes, because a real one could not write most of these. Time is the runtime's own: it jumps
//! over every wait, so that a slow answer takes no time to test.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use insta::assert_snapshot;
use jiff::Timestamp;
use repoint::simulator::{FaultRule, Knobs, World, serve};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::support::{ROLE, definition};

const SIGNED: &str = "Authorization: AWS4-HMAC-SHA256 Credential=any/20261122/us-west-1/SERVICE/aws4_request, SignedHeaders=host, Signature=00\r\n";

/// A served account; it is served as long as the test runs.
struct Served {
    address: SocketAddr,
    world: Arc<Mutex<World>>,
}

impl Served {
    async fn start(knobs: Knobs, faults: &[&str]) -> Self {
        let mut world = World::new(knobs);
        for fault in faults {
            world.faults().add(fault.parse::<FaultRule>().unwrap());
        }
        let world = Arc::new(Mutex::new(world));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Arc::clone(&world), now, std::future::pending()));
        Self { address, world }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Sends bytes on a connection of their own and returns everything that comes back, but for the date.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is cut may end with an error; what came before it is what counts.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let lines = answer.split_inclusive("\r\n").filter(|line| !line.starts_with("date: "));
        lines.collect::<String>().replace("\r\n", "\n")
    }

    /// Calls Step Functions and returns the whole answer.
    async fn states(&self, operation: &str, body: &str) -> String {
        self.exchange(states(operation, body).as_bytes()).await
    }

    /// Asserts that the service is still there.
    async fn assert_alive(&self) {
        let answer = self.states("ListStateMachines", "{}").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{answer}");
    }
}

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn request(head: &str, authorization: &str, body: &str) -> String {
    let length = body.len();
    format!("{head}Host: x\r\nConnection: close\r\n{authorization}Content-Length: {length}\r\n\r\n{body}")
}

fn states(operation: &str, body: &str) -> String {
    let head = format!("POST / HTTP/1.1\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n");
    request(&head, &SIGNED.replace("SERVICE", "states"), body)
}

fn lambda(line: &str, body: &str) -> String {
    request(&format!("{line} HTTP/1.1\r\n"), &SIGNED.replace("SERVICE", "lambda"), body)
}

fn creation(name: &str) -> String {
    json!({"name": name, "definition": definition("one"), "roleArn": ROLE}).to_string()
}

#[tokio::test]
async fn an_answer_is_sent_whole() {
    let served = Served::start(Knobs::default(), &[]).await;
    let answer = served.states("CreateStateMachine", &creation("orders")).await;
    assert_snapshot!("answer", answer);
}

#[tokio::test]
async fn any_secret_is_taken_and_no_signature_is_not() {
    let served = Served::start(Knobs::default(), &[]).await;
    served.assert_alive().await;
    let missing = served.exchange(request("GET /2015-03-31/functions HTTP/1.1\r\n", "", "").as_bytes()).await;
    assert_snapshot!("no_signature", missing);
    let bearer = "Authorization: Bearer secret\r\n";
    let garbled =
        served.exchange(request("GET /2015-03-31/functions HTTP/1.1\r\n", bearer, "").as_bytes()).await;
    assert_snapshot!("garbled_signature", garbled);
    let short = "Authorization: AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0\r\n";
    let short =
        served.exchange(request("GET /2015-03-31/functions HTTP/1.1\r\n", short, "").as_bytes()).await;
    assert_snapshot!("short_credential", short);
    served.assert_alive().await;
}

#[tokio::test]
async fn broken_json_is_refused() {
    let served = Served::start(Knobs::default(), &[]).await;
    assert_snapshot!(
        "broken_json_lambda",
        served.exchange(lambda("POST /2015-03-31/functions", "{").as_bytes()).await
    );
    assert_snapshot!("broken_json_states", served.states("CreateStateMachine", "[1]").await);
    served.assert_alive().await;
}

#[tokio::test]
async fn an_unknown_operation_is_refused_by_name() {
    let served = Served::start(Knobs::default(), &[]).await;
    assert_snapshot!("unknown_operation", served.states("GetExecutionHistory", "{}").await);
    served.assert_alive().await;
}

#[tokio::test]
async fn garbage_is_a_bad_request() {
    let served = Served::start(Knobs::default(), &[]).await;
    assert_snapshot!("garbage", served.exchange(b"\x16\x03\x01 hello\r\n\r\n").await);
    assert_snapshot!("garbage_version", served.exchange(b"GET / HTTP/9.9\r\n\r\n").await);
    let lying =
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nnot hex\r\n";
    assert_snapshot!("garbage_chunks", served.exchange(lying.as_bytes()).await);
    served.assert_alive().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_the_words_of_who_refuses_it() {
    let served = Served::start(Knobs::default(), &[]).await;
    let body = " ".repeat(70_167_211);
    assert_snapshot!(
        "large_for_lambda",
        served.exchange(lambda("POST /2015-03-31/functions", &body).as_bytes()).await
    );
    let body = " ".repeat(80 * 1024 * 1024 + 1);
    assert_snapshot!(
        "large_for_all",
        served.exchange(lambda("POST /2015-03-31/functions", &body).as_bytes()).await
    );
    served.assert_alive().await;
}

#[tokio::test]
async fn r35_a_dropped_connection_says_nothing_of_the_write_that_took_effect() {
    let served = Served::start(Knobs::default(), &["CreateStateMachine:drop"]).await;
    assert_eq!(served.states("CreateStateMachine", &creation("orders")).await, "");
    let list = served.states("ListStateMachines", "{}").await;
    assert!(list.contains("stateMachine:orders"), "{list}");
    assert_eq!(served.world().call_log()[0].status, 200);
}

#[tokio::test]
async fn r35_a_malformed_body_ends_in_the_middle() {
    let served = Served::start(Knobs::default(), &["ListStateMachines:malformed"]).await;
    assert_snapshot!("malformed", served.states("ListStateMachines", "{}").await);
    served.assert_alive().await;
}

#[tokio::test(start_paused = true)]
async fn r35_a_slow_body_is_whole_after_two_seconds() {
    let served = Served::start(Knobs::default(), &["ListStateMachines:slow"]).await;
    let begun = tokio::time::Instant::now();
    let slow = served.states("ListStateMachines", "{}").await;
    let spent = begun.elapsed();
    assert_snapshot!("slow", slow);
    assert!(spent >= Duration::from_secs(2), "{spent:?}");
    let begun = tokio::time::Instant::now();
    served.assert_alive().await;
    assert!(begun.elapsed() < Duration::from_secs(1), "the rule was for one answer");
}

#[tokio::test(start_paused = true)]
async fn latency_is_waited_for() {
    let latency = Duration::from_secs(3);
    let served = Served::start(Knobs { latency, ..Knobs::default() }, &[]).await;
    let begun = tokio::time::Instant::now();
    served.assert_alive().await;
    assert!(begun.elapsed() >= latency);
}

#[tokio::test]
async fn another_address_than_loopback_is_refused() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let world = Arc::new(Mutex::new(World::new(Knobs::default())));
    let error = serve(listener, world, now, std::future::ready(())).await.unwrap_err();
    assert_eq!(error.to_string(), "the simulated account listens on loopback only");
}
