//! `snapshot`: writes down what is live, so that plans can be made without the account.
//!
//! It only reads, and asks all that any plan could want to know. Environment values stay in memory: the
//! file has a token for each, the same for equal values.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use jiff::Timestamp;
use serde_json::json;

use crate::{
    ambient,
    cli::SnapshotArguments,
    error::{self, Failure},
    exit::Exit,
    model::{FunctionId, Live, Place, Presence},
    plan::all_questions,
    provider::{Code, Observed, StoredObject, settle},
    render::count,
    simulator::{Knobs, Observation, World},
    store::atomic,
};

use super::{
    Invocation,
    observed::{look, waiting_words},
    packages,
    plan_target::is_input,
    project::{Project, working_folder},
    session::Session,
};

/// Looks at everything, and writes it down.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &SnapshotArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let path = working_folder(invocation)?.join(&arguments.out);
    check_target(&path, &arguments.out, &project)?;
    let session = Session::open(invocation, &project).await?;
    let live = all(invocation, &project, &session).await?;
    let packages = packages::objects(&project, &session, |_| true).await?;
    let mut world = picture(&project, &session, &live)?;
    stock(&mut world, ambient::now(), &session.place, &packages);
    atomic::replace(&path, world.save().as_bytes()).map_err(|error| error::file("write", &path, &error))?;
    tell(invocation, arguments, &world, &live);
    Ok(Exit::Success)
}

/// Nothing but an earlier snapshot is replaced: a simulated account may be all that somebody has of it.
fn check_target(path: &Path, said: &Path, project: &Project) -> Result<(), Failure> {
    let why = if is_input(path, project) {
        Some("is among what the plan is made from")
    } else {
        match fs::metadata(path) {
            // What stands in the way otherwise is told when it is written.
            Err(_) => None,
            Ok(found) if !found.is_file() => Some("is no plain file"),
            Ok(found) if found.len() == 0 => None,
            Ok(_) => {
                let text = fs::read_to_string(path);
                let world = text.ok().and_then(|text| World::load(&text, Knobs::default()).ok());
                let is_snapshot = world.is_some_and(|world| world.observation().is_some());
                (!is_snapshot).then_some("is there already and is no snapshot")
            }
        }
    };
    let Some(why) = why else { return Ok(()) };
    let environment = &project.desired.environment;
    let help = format!("repoint snapshot -e {environment} --out {environment}.snapshot.json");
    Err(Failure::new(format!("`--out {}` {why}", said.display()), help))
}

/// Reads everything that the TOML names, and asks until no question is open.
pub(super) async fn all(
    invocation: &Invocation<'_>,
    project: &Project,
    session: &Session,
) -> Result<Live, Failure> {
    let parallelism = project.desired.limits.parallelism;
    let mut observed = look(invocation, project, session, None).await?;
    let first = |observed: &Observed| {
        let failure = observed.first_failure().map(|(_, error)| error);
        failure.or(observed.first_unanswered()).cloned()
    };
    let mut asked = BTreeSet::new();
    loop {
        if let Some(error) = first(&observed) {
            return Err(error.into());
        }
        let open: BTreeSet<_> = all_questions(&observed.live).difference(&asked).cloned().collect();
        if open.is_empty() {
            break;
        }
        observed.assess(session.reader(), &open, parallelism).await?;
        asked.extend(open);
    }
    let waiting = |functions: &BTreeSet<FunctionId>| invocation.console.note(&waiting_words(functions));
    settle(session.reader(), &mut observed.live, parallelism, &waiting).await?;
    Ok(observed.live)
}

/// Puts the objects that functions are made from into a copy of the account, without their bytes: their hashes
/// are all that a plan and a rehearsal need.
pub(super) fn stock(world: &mut World, now: Timestamp, place: &Place, packages: &BTreeMap<FunctionId, Code>) {
    for code in packages.values() {
        if let Code::Object(object, StoredObject { sha256, size }) = code {
            world.stock(now, place, object, (sha256, *size));
        }
    }
}

fn picture(project: &Project, session: &Session, live: &Live) -> Result<World, Failure> {
    let taken = ambient::now();
    let mut world = World::new(Knobs { seed: 0, ..Knobs::default() });
    world.import(taken, &session.place, live).map_err(|error| {
        Failure::because(
            "what was read cannot be written down",
            vec![error.to_string()],
            Some("something changed in between; run the same command again".to_owned()),
        )
    })?;
    world.set_observation(Observation {
        project: project.desired.project.clone(),
        environment: project.desired.environment.clone(),
        place: session.place.clone(),
        taken,
        functions: project.desired.functions.values().map(|function| function.name.clone()).collect(),
        machines: project.desired.machines.values().map(|machine| machine.name.clone()).collect(),
    });
    Ok(world)
}

fn tell(invocation: &Invocation<'_>, arguments: &SnapshotArguments, world: &World, live: &Live) {
    let Some(Observation { environment, place, taken, .. }) = world.observation() else { return };
    let functions: Vec<_> = live.functions.values().filter_map(Presence::present).collect();
    let machines: Vec<_> = live.machines.values().filter_map(Presence::present).collect();
    let versions: usize = functions.iter().map(|function| function.versions.len()).sum();
    let aliases: usize = functions.iter().map(|function| function.aliases.len()).sum();
    let absent = live.functions.len() + live.machines.len() - functions.len() - machines.len();
    let (values, file) = (world.imported_values(), arguments.out.display());
    if invocation.global.json {
        let summary = json!({
            "schema": "repoint.snapshot/1",
            "file": file.to_string(),
            "environment": environment,
            "place": place,
            "taken": taken,
            "functions": functions.len(),
            "versions": versions,
            "aliases": aliases,
            "state_machines": machines.len(),
            "absent": absent,
            "environment_values": values,
        });
        invocation.console.data(&format!("{summary:#}\n"));
        return;
    }
    let words = format!(
        "{} with {} and {}, {}",
        count(functions.len(), "function"),
        count(versions, "version"),
        count(aliases, "alias"),
        count(machines.len(), "state machine"),
    );
    let absent = match absent {
        0 => String::new(),
        absent => format!("\n  not there     {absent} of what is declared, which is written down too"),
    };
    let values = match values {
        0 => "none".to_owned(),
        values => format!("{}, each written as a token", count(values, "different value")),
    };
    invocation.console.data(&format!(
        "Snapshot {file}\n  account       {}, region {}\n  taken         {taken}\n  holds         \
         {words}{absent}\n  environment   {values}\n  definitions   written as they are, with whatever \
         their authors put there",
        place.account, place.region,
    ));
    invocation.console.note(&format!("plan from it with `repoint plan -e {environment} --from {file}`"));
}
