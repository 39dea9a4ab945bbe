//! `sandbox`: a simulated AWS account on this machine: empty, filled with the desired state's functions
//! and machines, or as a file keeps it.

use std::{
    collections::BTreeSet,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::SignedDuration;
use tokio::{net::TcpListener, sync::oneshot};

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
    account_file::Kept,
    project::{DiskFiles, Found, working_folder},
    signals::Signals,
};

/// The region of a filled account whose environment declares none.
pub(super) const REGION: &str = "us-west-1";
/// How many versions the scripts of the past left behind, one function more than the others, so
/// that a first plan has something to keep and a later one something to delete.
const PAST_VERSIONS: [usize; 4] = [1, 1, 1, 4];

/// How many calls the account remembers: enough to look at, and few enough to be served for weeks.
const LOGGED_CALLS: usize = 10_000;

/// The account that every access key means which is no account's number.
const DEFAULT_ACCOUNT: &str = "000000000000";

/// Serves until somebody stops it.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &SandboxArguments) -> Result<Exit, Failure> {
    let seed = arguments.seed.unwrap_or_else(ambient::seed);
    let (knobs, rules) = (knobs(arguments, seed)?, rules(&arguments.faults)?);
    let mut kept = kept(invocation, arguments)?;
    let (mut world, content) = world(invocation, arguments, seed, kept.as_mut())?;
    // What is there was there before the account became difficult.
    world.behave(knobs);
    for rule in rules {
        world.faults().add(rule);
    }
    let (listener, address) = listen(arguments.port).await?;
    let words = Greeting { world: &world, content, address, seed, file: arguments.world.as_deref() };
    let words = words.to_string();
    let world = Arc::new(Mutex::new(world));
    if let Some(kept) = &mut kept {
        // Whoever cannot save at the end wants to know it at the beginning.
        kept.save_last(&world)?;
    }
    let signals = Signals::new();
    invocation.console.data(&words);
    serve_until(invocation, (listener, &world), signals, kept.as_mut()).await?;
    kept.map_or(Ok(()), |mut kept| kept.save_last(&world))?;
    Ok(Exit::Success)
}

fn kept(invocation: &Invocation<'_>, arguments: &SandboxArguments) -> Result<Option<Kept>, Failure> {
    let Some(file) = &arguments.world else { return Ok(None) };
    Kept::open(working_folder(invocation)?.join(file), file.display().to_string()).map(Some)
}

/// Returns the account to serve, and in words what is in it.
fn world(
    invocation: &Invocation<'_>,
    arguments: &SandboxArguments,
    seed: u64,
    kept: Option<&mut Kept>,
) -> Result<(World, &'static str), Failure> {
    let knobs = Knobs { seed, ..Knobs::default() };
    if let Some(kept) = kept
        && let Some(world) = kept.world(knobs.clone())?
    {
        if let Some(observation) = world.observation() {
            let words = format!(
                "this is a snapshot, taken {}; the first change makes it an account of its own",
                observation.taken
            );
            invocation.console.note(&words);
        }
        return Ok((world, "as saved"));
    }
    let mut world = World::new(knobs);
    if !arguments.example {
        return Ok((world, "empty"));
    }
    fill(&mut world, &example(invocation)?).map_err(|error| {
        Failure::because("the example does not fit the simulated account", vec![error.to_string()], None)
    })?;
    Ok((world, "filled with the example"))
}

/// What is said at the start.
struct Greeting<'a> {
    world: &'a World,
    content: &'static str,
    address: SocketAddr,
    seed: u64,
    file: Option<&'a Path>,
}

impl fmt::Display for Greeting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { world, content, address, seed, file } = self;
        let mut accounts: Vec<String> = world.places().into_iter().map(|(account, _)| account).collect();
        accounts.dedup();
        if accounts.is_empty() {
            accounts.push(DEFAULT_ACCOUNT.to_owned());
        }
        // An access key of twelve digits is the account with that number, any other key is the first one.
        let is_default = accounts.iter().any(|account| account == DEFAULT_ACCOUNT);
        let key = if is_default { "any" } else { &accounts[0] };
        let noun = if accounts.len() == 1 { "account" } else { "accounts" };
        let accounts = accounts.join(", ");
        writeln!(
            f,
            "Simulated AWS {noun} {accounts} ({content}), all regions, on http://{address}; loopback only."
        )?;
        if let Some(file) = file {
            writeln!(f, "Kept in {}: saved within seconds of a change, and at the end.", file.display())?;
        }
        let repeats = if *content == "as saved" { "its luck" } else { "its identifiers and its luck" };
        write!(
            f,
            "Seed {seed}: `--seed {seed}` repeats {repeats}.\n\
             Use it from another shell:\n\
             \n  export AWS_ENDPOINT_URL=http://{address} AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY=any\n\
             \nStop it with Ctrl-C.\n"
        )
    }
}

/// Serves until a signal comes, and saves now and then. A second signal waits for no request any more.
async fn serve_until(
    invocation: &Invocation<'_>,
    (listener, world): (TcpListener, &Arc<Mutex<World>>),
    mut signals: Signals,
    mut kept: Option<&mut Kept>,
) -> Result<(), Failure> {
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        // Dropping the sender is the signal.
        let _ = stopped.await;
    };
    let mut serving = tokio::spawn(serve(listener, Arc::clone(world), ambient::now, stopped));
    let mut stop = Some(stop);
    loop {
        let pause = kept.as_ref().map(|kept| kept.pause());
        let pause = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = &mut serving => {
                let ended = ended.map_err(std::io::Error::other).flatten();
                return ended.map_err(|error| {
                    Failure::because("the simulated account stopped", vec![error.to_string()], None)
                });
            }
            _ = signals.next() => match stop.take() {
                Some(stop) => drop(stop),
                None => return Ok(()),
            },
            () = pause => {
                let trouble = kept.as_mut().and_then(|kept| kept.save_meanwhile(world));
                if let Some(trouble) = trouble {
                    invocation.console.warn(&trouble);
                }
            }
        }
    }
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
    let known = [("env", desired.environment.as_str()), ("account", DEFAULT_ACCOUNT), ("region", region)];
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
