//! `sandbox`: a simulated AWS account on this machine, empty or filled with the desired state's
//! functions and machines.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::SignedDuration;
use tokio::net::TcpListener;

use crate::{
    ambient,
    artifact::{self, Entry},
    asl::{self, FunctionPart},
    cli::SandboxArguments,
    config::parse_duration,
    error::Failure,
    exit::Exit,
    model::{Desired, DesiredMachine, FunctionName},
    simulator::{FaultRule, Knobs, RoleCheck, Scene, SceneError, SceneFunction, Throttling, World, serve},
};

use super::{
    Invocation,
    project::{DiskFiles, Found},
    signals::Signals,
};

/// The region of a filled account whose environment declares none.
pub(super) const REGION: &str = "us-west-1";
/// How many versions the scripts of the past left behind, one function more than the others, so
/// that a first plan has something to keep and a later one something to delete.
const PAST_VERSIONS: [usize; 4] = [1, 1, 1, 4];

/// How many calls the account remembers: enough to look at, and few enough to be served for weeks.
const LOGGED_CALLS: usize = 10_000;

/// Serves until somebody stops it.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &SandboxArguments) -> Result<Exit, Failure> {
    let seed = arguments.seed.unwrap_or_else(ambient::seed);
    let (knobs, rules) = (knobs(arguments, seed)?, rules(&arguments.faults)?);
    let mut world = World::new(Knobs { seed, ..Knobs::default() });
    if arguments.example {
        let desired = example(invocation)?;
        fill(&mut world, &desired).map_err(|error| {
            Failure::because("the example does not fit the simulated account", vec![error.to_string()], None)
        })?;
    }
    // What is there was there before the account became difficult.
    world.behave(knobs);
    for rule in rules {
        world.faults().add(rule);
    }
    let (listener, address) = listen(arguments.port).await?;
    let mut signals = Signals::new();
    let content = if arguments.example { "filled with the example" } else { "empty" };
    invocation.console.data(&format!(
        "Simulated AWS account 000000000000 ({content}), all regions, on http://{address}; loopback only.\n\
         Seed {seed}: `--seed {seed}` repeats its identifiers and its luck.\n\
         Use it from another shell:\n\
         \n  export AWS_ENDPOINT_URL=http://{address} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\n\
         \nStop it with Ctrl-C.\n"
    ));
    let stop = async move {
        signals.next().await;
    };
    serve(listener, Arc::new(Mutex::new(world)), ambient::now, stop)
        .await
        .map_err(|error| Failure::because("the simulated account stopped", vec![error.to_string()], None))?;
    Ok(Exit::Success)
}

/// Reads how the account shall behave.
fn knobs(arguments: &SandboxArguments, seed: u64) -> Result<Knobs, Failure> {
    let roles = match &arguments.strict_roles {
        Some(text) => RoleCheck::Existence { propagation: duration("--strict-roles=10s", text)? },
        None => RoleCheck::Form,
    };
    Ok(Knobs {
        pending: duration("--pending 5s", &arguments.pending)?,
        in_progress: duration("--in-progress 5s", &arguments.in_progress)?,
        read_lag: duration("--read-lag 5s", &arguments.read_lag)?,
        latency: duration("--latency 50ms", &arguments.latency)?,
        roles,
        throttling: if arguments.throttle { Throttling::AsAws } else { Throttling::Off },
        logged_calls: Some(LOGGED_CALLS),
        seed,
        ..Knobs::default()
    })
}

fn duration(example: &str, text: &str) -> Result<Duration, Failure> {
    parse_duration(text).map(SignedDuration::unsigned_abs).map_err(|error| Failure::new(error, example))
}

fn rules(texts: &[String]) -> Result<Vec<FaultRule>, Failure> {
    let read = |text: &String| {
        let help = "--fault UpdateAlias:drop --fault '*:throttle:5%'; docs/sandbox.md has every kind";
        text.parse::<FaultRule>().map_err(|error| Failure::new(error.to_string(), help))
    };
    texts.iter().map(read).collect()
}

/// Binds a port on the loopback address, and on no other.
pub(super) async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), Failure> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let in_use = |error: std::io::Error| {
        Failure::because(
            format!("the simulated account cannot listen on {wanted}"),
            vec![error.to_string()],
            Some("take another port: `repoint sandbox --port 0` finds a free one".to_owned()),
        )
    };
    let listener = TcpListener::bind(wanted).await.map_err(in_use)?;
    let address = listener.local_addr().map_err(in_use)?;
    Ok((listener, address))
}

/// The example is the desired state of the chosen environment, or of the first one declared.
fn example(invocation: &Invocation<'_>) -> Result<Desired, Failure> {
    let found = Found::new(invocation)?;
    let name = match found.choose(invocation, None) {
        Ok(chosen) => chosen.name,
        Err(failure) => found.document.environments().into_iter().next().ok_or(failure)?,
    };
    Ok(found.document.resolve(&name, &DiskFiles { root: found.root.clone() })?)
}

/// Fills a world with the desired state's functions and machines as scripts of the past left them:
/// other code, a few published versions, no aliases, and definitions that call bare names.
pub(super) fn fill(world: &mut World, desired: &Desired) -> Result<(), SceneError> {
    let region = desired.region.as_ref().map_or(REGION, |region| region.as_str());
    // The past is long enough ago that no version is young.
    let mut scene = Scene::new(world, region, ambient::now() - SignedDuration::from_hours(30 * 24));
    scene.create_role()?;
    for (index, function) in desired.functions.values().enumerate() {
        let count = PAST_VERSIONS[index % PAST_VERSIONS.len()];
        create(&mut scene, &function.name, count)?;
    }
    for machine in desired.machines.values() {
        let definition = filled(desired, machine, region);
        for name in unmanaged(desired, &definition) {
            create(&mut scene, &name, 0)?;
        }
        scene.create_machine(machine.name.as_str(), &definition)?;
    }
    Ok(())
}

fn create(scene: &mut Scene<'_>, name: &FunctionName, versions: usize) -> Result<(), SceneError> {
    scene.create_function(SceneFunction {
        name: name.as_str(),
        zip: &past_code(0),
        handler: "app.handler",
    })?;
    for version in 1..=versions {
        scene.update_code(name.as_str(), &past_code(version))?;
        scene.publish(name.as_str(), &format!("deployed by hand, {version}"))?;
    }
    Ok(())
}

fn past_code(version: usize) -> Vec<u8> {
    let bytes = format!("def handler(event, context):\n    return {version}\n").into_bytes();
    let entry = Entry { name: "app.py".to_owned(), bytes, is_executable: false };
    artifact::pack(vec![entry]).expect("one small file can be packed").bytes
}

/// The definition as the authors keep it, with its placeholders filled in.
fn filled(desired: &Desired, machine: &DesiredMachine, region: &str) -> String {
    let known = [("env", desired.environment.as_str()), ("account", "000000000000"), ("region", region)];
    let known = known.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let declared = machine.substitutions.iter().map(|(name, value)| (name.clone(), value.clone()));
    let values = known.chain(declared).collect();
    asl::substitute(&machine.definition, &values)
        .map_or_else(|_| machine.definition.clone(), |filled| filled.text)
}

/// The functions that the definition calls and the TOML does not name; they exist too.
fn unmanaged(desired: &Desired, definition: &str) -> BTreeSet<FunctionName> {
    let managed: BTreeSet<&FunctionName> =
        desired.functions.values().map(|function| &function.name).collect();
    let name = |reference: asl::Reference| match reference.function {
        FunctionPart::Static { name, .. } => FunctionName::new(name).ok(),
        FunctionPart::Dynamic { .. } => None,
    };
    let called = asl::references(definition).unwrap_or_default().into_iter().filter_map(name);
    called.filter(|name| !managed.contains(name)).collect()
}
