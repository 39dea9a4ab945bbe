//! A plan that finds nothing to do: 20 functions and a state machine on a served simulated account,
//! read through the real provider with a budget that never waits.
//!
//! `REPOINT_BENCH_ONCE=10000 cargo bench --bench no_change` makes one plan of so many functions and
//! prints what it took, memory included.
//!
//! The SDK takes the account's address from the environment of its process. So this process serves
//! the account, and runs itself once more as the client: first to make one plan, whose calls it
//! prints, then for the measurement.

use std::{
    collections::BTreeMap,
    env, fs,
    hint::black_box,
    process::Command,
    sync::{Arc, Mutex},
    time::Instant,
};

use criterion::Criterion;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use repoint::{
    ambient,
    artifact::{self, Entry},
    config::{self, MemoryFiles, SourceFile},
    diff::Package,
    model::{
        AliasName, CodeSha256, Desired, EnvironmentName, FunctionId, Place, Region, Routing, VersionNumber,
    },
    plan::{Plan, PlanInputs, plan},
    provider::{
        Provider, Reader,
        aws::{AwsProvider, ConnectionSettings, CredentialSource},
        observe,
    },
    render::{Context, Detail, Style, plan_text},
    simulator::{Knobs, Scene, SceneFunction, World, serve},
};
use tokio::runtime::Runtime;

/// How many functions a plan has that is measured many times.
const FUNCTIONS: usize = 20;
/// How many it has that is made once.
const COUNT: &str = "REPOINT_BENCH_ONCE";
const VERSIONS: u64 = 6;
const REGION: &str = "us-west-1";
/// Which part the process plays: absent for the server.
const PART: &str = "REPOINT_BENCH_PART";
/// AWS's 15 a second would be all that is measured.
const UNLIMITED: u32 = 1_000_000;
const DEFINITION: &str = r#"{ "StartAt": "Call", "States": { "Call": {
  "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
  "Parameters": { "FunctionName": "function-00-dev:LIVE", "Payload.$": "$" }, "End": true } } }"#;

fn main() {
    let runtime = Runtime::new().expect("the runtime starts");
    match env::var(PART).as_deref() {
        Ok("once") => {
            runtime.block_on(create_aliases());
            let (desired, packages) = (desired(), packages());
            let begun = Instant::now();
            assert!(runtime.block_on(plan_once(&desired, &packages)).is_empty());
            println!("one plan of {} functions: {} ms", functions(), begun.elapsed().as_millis());
            println!("memory of the planning process at the peak: {} kB", peak());
        }
        Ok(_) => measure(&runtime),
        Err(_) => serve_and_run(&runtime),
    }
}

fn serve_and_run(runtime: &Runtime) {
    let mut world = World::new(Knobs::default());
    fill(&mut world);
    let world = Arc::new(Mutex::new(world));
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    runtime.spawn(serve(listener, Arc::clone(&world), ambient::now, std::future::pending()));
    let before = calls(&world);
    run("once", &format!("http://{address}"));
    println!("calls of one plan of {} functions and 1 state machine:", functions());
    for (operation, count) in calls(&world) {
        let count = count - before.get(&operation).copied().unwrap_or_default();
        if count > 0 && operation != "CreateAlias" {
            println!("  {operation} {count}");
        }
    }
    if env::var_os(COUNT).is_none() {
        run("measure", &format!("http://{address}"));
    }
}

fn functions() -> usize {
    env::var(COUNT).ok().and_then(|text| text.parse().ok()).unwrap_or(FUNCTIONS)
}

/// The largest resident memory of this process so far, in kB; zero where the system does not tell.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn calls(world: &Mutex<World>) -> BTreeMap<String, u64> {
    world.lock().expect("no request panicked").calls().clone()
}

/// Runs this program as a client of the account, with the arguments that criterion understands.
fn run(part: &str, endpoint: &str) {
    let program = env::current_exe().expect("the program has a path");
    let status = Command::new(program)
        .args(env::args_os().skip(1))
        .env(PART, part)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .status();
    assert!(status.expect("the program starts").success());
}

fn measure(runtime: &Runtime) {
    let (desired, packages) = (desired(), packages());
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("no_change/20", |bencher| {
        bencher.iter(|| black_box(runtime.block_on(plan_once(&desired, &packages))));
    });
    criterion.final_summary();
}

/// Does all that the verb `plan` does after reading its files: connects, asks who it is, reads, plans
/// and words the result.
async fn plan_once(desired: &Desired, packages: &BTreeMap<FunctionId, Package>) -> Plan {
    let provider = connect().await;
    let identity = provider.identity().await.expect("the account answers");
    let place =
        Place { account: identity.account, partition: identity.partition, region: provider.region().clone() };
    let observed = observe(&provider, desired, None, &place, &|_| {}).await.expect("the account answers");
    let plan = plan(&PlanInputs {
        desired,
        live: &observed.live,
        recorded: None,
        packages,
        place: &place,
        now: ambient::now(),
        max_deletes: desired.limits.max_deletes,
    });
    let source = "the bench";
    let context = Context {
        environment_source: source,
        region_source: source,
        account_source: source,
        observed: None,
        digest: None,
        detail: Detail::Normal,
    };
    black_box(plan_text(&plan, &context, Style::plain(100)));
    plan
}

async fn connect() -> AwsProvider {
    let settings = ConnectionSettings {
        region: Some(Region::new(REGION).expect("it is one")),
        profile: None,
        credentials: CredentialSource::Chain,
        role_arn: None,
        session_name: "bench".to_owned(),
        lambda_rps: UNLIMITED,
        notices: Arc::new(|_| {}),
        stand_in: None,
    };
    AwsProvider::connect(settings).await.expect("the settings are whole")
}

async fn create_aliases() {
    let provider = connect().await;
    let live = AliasName::new("LIVE").expect("it is a name");
    let newest = Routing::to(VersionNumber::new(VERSIONS).expect("it is not zero"));
    let desired = desired();
    let names = desired.functions.values().map(|function| &function.name);
    let created = stream::iter(names).map(|name| provider.create_alias(name, &live, &newest));
    created.buffer_unordered(10).for_each(async |created| created.expect("the alias is new")).await;
}

fn desired() -> Desired {
    let function = |index| format!("[functions.function-{index:02}]\ncode.path = \"config/app.py\"\n");
    let functions = (0..functions()).map(function).collect::<Vec<_>>().concat();
    let text = format!(
        "schema = 1\nproject = \"bench\"\n[defaults]\nname = \"${{id}}-${{env}}\"\naliases.LIVE = \"latest\"\n\
         retention.keep = 10\n[limits]\nparallelism = 10\n[environments.dev]\nregion = \"{REGION}\"\n\
         [state_machines.all]\nname = \"all-${{env}}\"\ndefinition = \"config/all.json\"\n{functions}"
    );
    let document = config::parse(SourceFile { path: "config/repoint.toml".to_owned(), text });
    let files = MemoryFiles::new([("config/all.json", DEFINITION), ("config/app.py", "")]);
    let dev = EnvironmentName::new("dev").expect("it is a name");
    document.expect("the TOML is valid").resolve(&dev, &files).expect("the environment is valid")
}

/// The package that every function has.
fn packages() -> BTreeMap<FunctionId, Package> {
    let zip = code(VERSIONS);
    let size = u64::try_from(zip.len()).expect("it is small");
    let package = Package { sha256: CodeSha256::of(&zip), size };
    desired().functions.into_keys().map(|id| (id, package.clone())).collect()
}

fn fill(world: &mut World) {
    let past: Timestamp = "2026-01-01T00:00:00Z".parse().expect("it is an instant");
    let mut scene = Scene::new(world, REGION, past);
    let releases: Vec<Vec<u8>> = (1..=VERSIONS).map(code).collect();
    for function in desired().functions.values() {
        let name = function.name.as_str();
        let new = SceneFunction { name, zip: &code(0), handler: "app.handler" };
        scene.create_function(new).expect("the function is new");
        for zip in &releases {
            scene.update_code(name, zip).expect("the code is readable");
            scene.publish(name, "").expect("the code is new");
        }
    }
    scene.create_machine("all-dev", DEFINITION).expect("the machine is new");
}

fn code(version: u64) -> Vec<u8> {
    let bytes = format!("def handler(event, context):\n    return {version}\n").into_bytes();
    let entry = Entry { name: "app.py".to_owned(), bytes, is_executable: false };
    artifact::pack(vec![entry]).expect("one small file can be packed").bytes
}
