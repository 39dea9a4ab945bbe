//! A simulated account that a test serves, fills, and looks at afterwards.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use repoint::{
    ambient,
    artifact::{Entry, pack},
    asl::{self, FunctionPart},
    model::{Desired, DesiredMachine},
    simulator::{Knobs, Scene, SceneFunction, WireRequest, WireResponse, World, serve},
};
use serde_json::Value;

use super::Project;

/// The region of every scene.
pub(crate) const REGION: &str = "us-west-1";
/// The account of every access key that is no account number.
pub(crate) const ACCOUNT: &str = "000000000000";
/// When the past of an account happened: no version is young.
const PAST: &str = "2026-01-01T00:00:00Z";
/// How many versions the past left behind, by the order of the functions.
const PAST_VERSIONS: [usize; 4] = [1, 1, 1, 4];
/// A simulated account, served until it is dropped.
pub(crate) struct Sandbox {
    world: Arc<Mutex<World>>,
    address: SocketAddr,
    /// The calls of the log that set the scene.
    by_hand: Mutex<Vec<Range<usize>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Sandbox {
    /// Serves an empty account. Updates take no time unless the knobs say so.
    pub(crate) fn start(knobs: Knobs) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("the runtime starts");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a free port is there");
        let address = listener.local_addr().expect("a listener has an address");
        let world = Arc::new(Mutex::new(World::new(knobs)));
        runtime.spawn(serve(listener, Arc::clone(&world), ambient::now, std::future::pending()));
        Self { world, address, by_hand: Mutex::default(), _runtime: runtime }
    }

    /// Serves an empty account in which nothing takes time.
    pub(crate) fn quick() -> Self {
        Self::start(Knobs {
            pending: Duration::ZERO,
            in_progress: Duration::ZERO,
            transient_weights: Duration::ZERO,
            ..Knobs::default()
        })
    }

    /// Serves an account with the functions and machines of `Project::example`, in dev.
    pub(crate) fn with_example() -> Self {
        let sandbox = Self::quick();
        sandbox.fill(&Project::example(), "dev");
        sandbox
    }

    /// Serves an account with the functions and the machine of `Project::small`, in dev.
    pub(crate) fn with_small() -> Self {
        let sandbox = Self::quick();
        sandbox.fill(&Project::small(), "dev");
        sandbox
    }

    /// Returns the address for `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds the account; the program waits while it is held.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates what a project's environment names, as scripts of the past left it: other code, a few
    /// published versions, no aliases, definitions that call bare names.
    pub(crate) fn fill(&self, project: &Project, environment: &str) {
        let desired = project.desired(environment);
        self.by_hand(|scene| {
            for (index, function) in desired.functions.values().enumerate() {
                create(scene, function.name.as_str(), PAST_VERSIONS[index % PAST_VERSIONS.len()]);
            }
            for machine in desired.machines.values() {
                let definition = definition(&desired, machine);
                for name in unmanaged(&desired, &definition) {
                    create(scene, &name, 0);
                }
                scene.create_machine(machine.name.as_str(), &definition).expect("the machine is new");
            }
        });
    }

    /// Lets somebody else work in the account; these calls are not the program's.
    pub(crate) fn by_hand<T>(&self, work: impl FnOnce(&mut Scene<'_>) -> T) -> T {
        self.unseen(|world, now| work(&mut Scene::new(world, REGION, now)))
    }

    /// Lets somebody else send one request to Lambda, and returns the answer.
    pub(crate) fn lambda(&self, method: &str, path: &str, body: &Value) -> Value {
        self.request("lambda", method, path, body, None)
    }

    /// Lets somebody else send one request to Step Functions, and returns the answer.
    pub(crate) fn states(&self, operation: &str, body: &Value) -> Value {
        self.request("states", "POST", "/", body, Some(&format!("AWSStepFunctions.{operation}")))
    }

    /// Lets somebody else send one request to Systems Manager, and returns the answer.
    pub(crate) fn ssm(&self, operation: &str, body: &Value) -> Value {
        self.request("ssm", "POST", "/", body, Some(&format!("AmazonSSM.{operation}")))
    }

    fn request(&self, service: &str, method: &str, path: &str, body: &Value, target: Option<&str>) -> Value {
        let credential = format!("tester/20260101/{REGION}/{service}/aws4_request");
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00");
        let header = target.map(|target| ("x-amz-target".to_owned(), target.to_owned()));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = WireRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: [("authorization".to_owned(), authorization)].into_iter().chain(header).collect(),
            body: body.to_string().into_bytes(),
        };
        let answer = self.unseen(|world, now| world.handle(now, &request));
        let text = String::from_utf8(answer.body).expect("an answer is text");
        assert!(answer.status < 300, "{method} {path} {target:?}: {} {text}", answer.status);
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Lets somebody else send one request to S3, and returns the answer; `region` is where it is signed for.
    pub(crate) fn s3(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        (region, body): (&str, &[u8]),
    ) -> WireResponse {
        let scope = format!("tester/20260101/{region}/s3/aws4_request");
        let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let headers = headers.iter().copied().chain([("authorization", authorization.as_str())]);
        let request = WireRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.to_vec(),
        };
        let answer = self.unseen(|world, now| world.handle(now, &request));
        let text = String::from_utf8_lossy(&answer.body);
        assert!(answer.status < 300, "{method} {path}: {} {text}", answer.status);
        answer
    }

    /// Works in the world without the program: in the past until the program came, then at this
    /// moment, because time does not go back.
    fn unseen<T>(&self, work: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let mut world = self.world();
        let mut by_hand = self.by_hand.lock().expect("no scene failed");
        let begin = world.call_log().len();
        let is_past = by_hand.iter().map(Range::len).sum::<usize>() == begin;
        // A step of a scene takes a second at most.
        let steps = i64::try_from(begin).expect("a scene is short");
        let past: Timestamp = PAST.parse().expect("it is an instant");
        let now = if is_past { past + jiff::SignedDuration::from_secs(steps) } else { ambient::now() };
        let done = work(&mut world, now);
        by_hand.push(begin..world.call_log().len());
        done
    }

    /// Returns the calls of the program that could change something, refused ones included.
    pub(crate) fn writes(&self) -> Vec<String> {
        let world = self.world();
        let by_hand = self.by_hand.lock().expect("no scene failed");
        let is_by_hand = |index: usize| by_hand.iter().any(|calls| calls.contains(&index));
        let calls = world.call_log().iter().enumerate().filter(|(index, _)| !is_by_hand(*index));
        let calls = calls.map(|(_, call)| call).filter(|call| is_write(&call.operation));
        calls.map(|call| format!("{} {} {}", call.status, call.operation, call.resource)).collect()
    }

    /// Asserts that the program sent nothing at all.
    pub(crate) fn assert_silent(&self) {
        let world = self.world();
        let by_hand: usize = self.by_hand.lock().expect("no scene failed").iter().map(Range::len).sum();
        assert_eq!(world.call_log().len(), by_hand, "no request may be sent: {:#?}", world.call_log());
    }

    /// Asserts that the program sent nothing that could change the account.
    pub(crate) fn assert_untouched(&self) {
        assert_eq!(self.writes(), [""; 0], "nothing may be sent");
    }
}

fn is_write(operation: &str) -> bool {
    let reads = ["Get", "Head", "List", "Describe", "Assume"];
    !reads.iter().any(|read| operation.starts_with(read))
}

fn create(scene: &mut Scene<'_>, name: &str, versions: usize) {
    let function = SceneFunction { name, zip: &past_code(0), handler: "app.handler" };
    scene.create_function(function).expect("the function is new");
    for version in 1..=versions {
        scene.update_code(name, &past_code(version)).expect("the code is readable");
        scene.publish(name, &format!("deployed by hand, {version}")).expect("the code is new");
    }
}

/// Returns a package that differs from that of every other number.
pub(crate) fn past_code(number: usize) -> Vec<u8> {
    let bytes = format!("def handler(event, context):\n    return {number}\n").into_bytes();
    let entry = Entry { name: "app.py".to_owned(), bytes, is_executable: false };
    pack(vec![entry]).expect("one small file can be packed").bytes
}

fn definition(desired: &Desired, machine: &DesiredMachine) -> String {
    let known = [("env", desired.environment.as_str()), ("account", ACCOUNT), ("region", REGION)];
    let known = known.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let declared = machine.substitutions.iter().map(|(name, value)| (name.clone(), value.clone()));
    let values = known.chain(declared).collect();
    asl::substitute(&machine.definition, &values).expect("every placeholder is known").text
}

/// The functions that a definition calls and the project does not name; they exist too.
fn unmanaged(desired: &Desired, definition: &str) -> BTreeSet<String> {
    let managed: BTreeSet<&str> = desired.functions.values().map(|function| function.name.as_str()).collect();
    let name = |reference: asl::Reference| match reference.function {
        FunctionPart::Static { name, .. } => Some(name),
        FunctionPart::Dynamic { .. } => None,
    };
    let called = asl::references(definition).unwrap_or_default().into_iter().filter_map(name);
    called.filter(|name| !managed.contains(name.as_str())).collect()
}
