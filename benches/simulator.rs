//! The simulated account under load: ten thousand functions with six versions each, and requests over
//! loopback.
//!
//! `REPOINT_BENCH_ONCE=10000 cargo bench --bench simulator` loads once, asks each question some thousand
//! times, and prints what it took, memory included. The clients write bytes and parse nothing but
//! lengths, because they share the two cores with the server.

use std::{
    env, fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

use criterion::{Criterion, Throughput};
use jiff::Timestamp;
use repoint::{
    ambient,
    artifact::{self, Entry},
    simulator::{Knobs, Scene, SceneRelease, World, serve},
};
use tokio::{net::TcpListener, runtime::Runtime};

const FUNCTIONS: usize = 10_000;
const VERSIONS: usize = 6;
/// So many clients keep two cores busy.
const CLIENTS: usize = 4;
/// The requests of one client in one measured round.
const ROUND: usize = 500;
const QUESTIONS: [(&str, &str); 2] = [("get_function", ""), ("list_versions_by_function", "/versions")];

fn main() {
    let once = env::var("REPOINT_BENCH_ONCE").ok().and_then(|text| text.parse().ok());
    let count = once.unwrap_or(FUNCTIONS);
    let releases = releases();
    let before = resident();
    let begun = Instant::now();
    let world = loaded(count, &releases);
    let spent = begun.elapsed();
    if once.is_some() {
        kept(&world);
    }
    let runtime = Runtime::new().expect("the runtime starts");
    let address = served(&runtime, world);
    if once.is_none() {
        return measure(address, count);
    }
    println!("{count} functions with {VERSIONS} versions: loaded in {} ms", spent.as_millis());
    println!("memory before and after: {before} kB, {} kB", resident());
    for (name, path) in QUESTIONS {
        let requests = 20 * ROUND;
        let begun = Instant::now();
        round(address, count, path, requests);
        let total = f64::from(u32::try_from(CLIENTS * requests).expect("a count is small"));
        println!("{name}: {:.0} requests/s", total / begun.elapsed().as_secs_f64());
    }
}

fn measure(address: SocketAddr, count: usize) {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("simulator");
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::try_from(CLIENTS * ROUND).expect("a count is small")));
    for (name, path) in QUESTIONS {
        group.bench_function(name, |bencher| bencher.iter(|| round(address, count, path, ROUND)));
    }
    group.finish();
    criterion.final_summary();
}

/// Prints what it takes to save the accounts and to read them again.
fn kept(world: &World) {
    let begun = Instant::now();
    let text = world.save();
    println!("saved in {} ms, {} kB", begun.elapsed().as_millis(), text.len() / 1000);
    let begun = Instant::now();
    let loaded = World::load(&text, Knobs::default()).expect("it was saved a moment ago");
    println!("read again in {} ms, {} regions", begun.elapsed().as_millis(), loaded.places().len());
}

/// One release for each version; functions share them.
fn releases() -> Vec<SceneRelease> {
    let release = |version: usize| {
        let bytes = format!("def handler(event, context):\n    return {version}\n").into_bytes();
        let entry = Entry { name: "app.py".to_owned(), bytes, is_executable: false };
        let zip = artifact::pack(vec![entry]).expect("one small file can be packed").bytes;
        SceneRelease::read(&zip, &format!("release {version}")).expect("the package can be read")
    };
    (1..=VERSIONS).map(release).collect()
}

fn loaded(count: usize, releases: &[SceneRelease]) -> World {
    let mut world = World::new(Knobs { logged_calls: Some(1000), ..Knobs::default() });
    let past: Timestamp = "2026-01-01T00:00:00Z".parse().expect("it is an instant");
    let mut scene = Scene::new(&mut world, "us-west-1", past);
    for index in 0..count {
        scene.load_function(&name(index), "app.handler", releases).expect("the function is new");
    }
    world
}

fn name(index: usize) -> String {
    format!("function-{index:05}")
}

fn served(runtime: &Runtime, world: World) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    runtime.spawn(serve(listener, Arc::new(Mutex::new(world)), ambient::now, std::future::pending()));
    address
}

/// Lets every client ask so many times, each about other functions.
fn round(address: SocketAddr, count: usize, path: &str, requests: usize) {
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                let mut connection = TcpStream::connect(address).expect("it is served");
                connection.set_nodelay(true).expect("it is a socket");
                let mut buffer = vec![0; 256 * 1024];
                for request in 0..requests {
                    let name = name((client + request * CLIENTS) % count);
                    ask(&mut connection, &mut buffer, &format!("/2015-03-31/functions/{name}{path}"));
                }
            });
        }
    });
}

fn ask(connection: &mut TcpStream, buffer: &mut [u8], path: &str) {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=bench/20261122/us-west-1/lambda/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).expect("it is served");
    let mut filled = 0;
    loop {
        filled += connection.read(&mut buffer[filled..]).expect("it answers");
        if is_whole(&buffer[..filled]) {
            return;
        }
    }
}

/// Returns true if the head is there and the body as long as the head says.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let head = std::str::from_utf8(&answer[..end]).expect("a head is text");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|text| text.parse().ok()).expect("an answer has a length");
    answer.len() >= end + 4 + length
}

/// Returns the memory of this process in kB, where Linux tells.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}
