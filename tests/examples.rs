//! The example plan under `plans/` and the example state under `state/example/` are what the program
//! makes of `config/`, byte for byte.
//!
//! After a change of `config/` or of a format: `REPOINT_REGENERATE=1 cargo test --test examples`.
//!
//! All happens in this process, with a clock, ids and a user that are made up, so the same bytes come
//! out everywhere. The account is as scripts left it: a few versions, no aliases, bare names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

#[path = "support/in_process.rs"]
mod in_process;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use repoint::{
    apply::{Cancel, Deployment, ValuesFrom, apply},
    artifact::{self, Entry},
    asl,
    config::{self, FileKind, ProjectFiles, SourceFile},
    diff,
    event::Event,
    model::{Desired, EnvironmentName, FunctionId, Live, Place, Recorded, Region},
    plan::{Base, Plan, PlanFile, PlanInputs, lint, plan, questions},
    provider::{
        Code, Reader, assess,
        aws::{AwsProvider, ConnectionSettings, CredentialSource},
        observe,
    },
    render::plan_markdown,
    simulator::{Knobs, Scene, SceneFunction, World},
    store::{DeploymentId, GitInfo, Lineage, LockInfo, LockedStore, StateFile, Store, atomic},
};

use in_process::{in_process, virtual_clock};

const REGION: &str = "us-west-1";
/// When the scripts of the past ran: long enough ago that no version is young.
const PAST: &str = "2026-10-22T10:00:00Z";
/// How many versions they left, by the order of the functions.
const PAST_VERSIONS: [usize; 4] = [1, 1, 1, 4];

type Files = BTreeMap<String, String>;

#[tokio::test(start_paused = true)]
async fn the_examples_are_what_the_program_makes_of_config() {
    let made = Box::pin(examples()).await;
    if env::var_os("REPOINT_REGENERATE").is_some() {
        regenerate(&made);
    }
    let committed = committed();
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    let help = "run: REPOINT_REGENERATE=1 cargo test --test examples";
    assert_eq!(names(&committed), names(&made), "{help}");
    for (path, text) in &made {
        assert_eq!(committed[path], *text, "`{path}` is not what the program writes; {help}");
    }
}

/// Plans and applies `config/` on a simulated account, and returns what is written.
async fn examples() -> Files {
    let (desired, packages) = (desired(), packages());
    let clock = virtual_clock();
    let mut world = World::new(Knobs::default());
    fill(&mut world, &desired);
    let provider = connect(world, clock.clone()).await;
    let identity = provider.identity().await.unwrap();
    let place =
        Place { account: identity.account, partition: identity.partition, region: provider.region().clone() };
    let folder = tempfile::tempdir().unwrap();
    let mut store = locked(folder.path(), &desired);
    let work = Work { desired: &desired, packages: &packages, provider: &provider, place, clock: &clock };

    let (plan, live) = work.plan(None).await;
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    let file = PlanFile::new(plan);
    assert_eq!(PlanFile::parse(&file.to_text()), Ok(file.clone()));
    let marked = format!("\u{feff}{}", file.to_text());
    assert_eq!(PlanFile::parse(&marked), Ok(file.clone()), "saved again by an editor that marks its texts");
    assert_eq!(lint(&file.plan, &desired), [], "the TOML stands behind the plan");
    work.apply(&file, live, &mut store).await;
    let state = store.state().unwrap().unwrap();
    let (again, _) = work.plan(Some(&state)).await;
    assert!(again.is_empty(), "the example is applied whole: {:?}", again.actions);
    drop(store);

    let plan_name = format!("plans/{}", file.file_name());
    let page_name = plan_name.replace(".json", ".md");
    let mut files = Files::from([(plan_name, file.to_text()), (page_name, plan_markdown(&file, None))]);
    let written = texts_below(&folder.path().join("state/dev"), "state/example/");
    // The lock and the journal of a finished apply are empty.
    files.extend(written.into_iter().filter(|(_, text)| !text.is_empty()));
    files
}

struct Work<'a, C> {
    desired: &'a Desired,
    packages: &'a BTreeMap<FunctionId, Code>,
    provider: &'a AwsProvider,
    place: Place,
    clock: &'a C,
}

impl<C: Fn() -> jiff::Timestamp> Work<'_, C> {
    async fn plan(&self, state: Option<&StateFile>) -> (Plan, Live) {
        let base = state.map(|state| Base { lineage: state.lineage.to_string(), serial: state.serial });
        let mut observed = observe(self.provider, self.desired, None, &self.place, &|_| {}).await.unwrap();
        let facts = |package: &Code| diff::Package { sha256: package.sha256(), size: package.size() };
        let mut asked = BTreeSet::new();
        loop {
            let plan = plan(&PlanInputs {
                desired: self.desired,
                live: &observed.live,
                recorded: base.as_ref().zip(state.map(|state| &state.recorded)),
                packages: &self.packages.iter().map(|(id, package)| (id.clone(), facts(package))).collect(),
                place: &self.place,
                now: (self.clock)(),
                max_deletes: self.desired.limits.max_deletes,
            });
            let open: BTreeSet<_> =
                questions(&plan, self.desired, &observed.live, state.map(|state| &state.recorded))
                    .difference(&asked)
                    .cloned()
                    .collect();
            if open.is_empty() {
                return (plan, observed.live);
            }
            assess(self.provider, &mut observed.live, &open, 1).await.unwrap();
            asked.extend(open);
        }
    }

    async fn apply(&self, file: &PlanFile, live: Live, store: &mut LockedStore) {
        let deployment = Deployment {
            provider: self.provider,
            plan: &file.plan,
            plan_digest: &file.digest,
            desired: self.desired,
            packages: self.packages,
            values: ValuesFrom::Sources(&|_| None),
            known: Some(live),
            new_id: DeploymentId::new((self.clock)(), 0x1a2b),
            new_state: self.new_state(),
            git: Some(GitInfo {
                commit: "5d1f8c9e0b7a46f3a2c1d0e9f8b7a6c5d4e3f201".to_owned(),
                short: "5d1f8c9".to_owned(),
                is_dirty: false,
            }),
            who: "ana@laptop".to_owned(),
            clock: self.clock,
            cancel: &Cancel::default(),
            listener: &|_: &Event| {},
            order: None,
        };
        let applied = apply(deployment, store).await.unwrap();
        assert!(applied.is_anything_done);
    }

    fn new_state(&self) -> StateFile {
        StateFile {
            lineage: Lineage::new("6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10").unwrap(),
            serial: 0,
            environment: self.desired.environment.clone(),
            account: self.place.account.clone(),
            region: self.place.region.clone(),
            recorded: Recorded::default(),
        }
    }
}

async fn connect(world: World, clock: impl Fn() -> jiff::Timestamp + Send + Sync + 'static) -> AwsProvider {
    let settings = ConnectionSettings {
        region: Some(Region::new(REGION).unwrap()),
        profile: None,
        credentials: CredentialSource::Chain,
        role_arn: None,
        session_name: "examples".to_owned(),
        lambda_rps: 12,
        notices: Arc::new(|_| {}),
        stand_in: Some(in_process(Arc::new(Mutex::new(world)), clock).into()),
    };
    AwsProvider::connect(settings).await.unwrap()
}

fn locked(root: &Path, desired: &Desired) -> LockedStore {
    let info = LockInfo {
        id: "the-example".to_owned(),
        who: "ana@laptop".to_owned(),
        host: "laptop".to_owned(),
        process: 1,
        since: PAST.parse().unwrap(),
        what: "apply -e dev".to_owned(),
    };
    Store::open(root, &desired.environment).lock(info, Duration::ZERO).unwrap()
}

/// Fills the account as the tour does.
fn fill(world: &mut World, desired: &Desired) {
    let mut scene = Scene::new(world, REGION, PAST.parse().unwrap());
    for (function, count) in desired.functions.values().zip(PAST_VERSIONS) {
        create(&mut scene, function.name.as_str(), count);
    }
    create(&mut scene, "ocr-engine-dev", 0);
    let known = [("env", "dev"), ("account", "000000000000"), ("region", REGION)];
    for machine in desired.machines.values() {
        let known = known.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let values = known.into_iter().chain(machine.substitutions.clone()).collect();
        let definition = asl::substitute(&machine.definition, &values).unwrap().text;
        scene.create_machine(machine.name.as_str(), &definition).unwrap();
    }
}

fn create(scene: &mut Scene<'_>, name: &str, versions: usize) {
    scene.create_function(SceneFunction { name, zip: &past_code(0), handler: "app.handler" }).unwrap();
    for version in 1..=versions {
        scene.update_code(name, &past_code(version)).unwrap();
        scene.publish(name, &format!("deployed by hand, {version}")).unwrap();
    }
}

fn past_code(version: usize) -> Vec<u8> {
    let bytes = format!("def handler(event, context):\n    return {version}\n").into_bytes();
    artifact::pack(vec![Entry { name: "app.py".to_owned(), bytes, is_executable: false }]).unwrap().bytes
}

fn desired() -> Desired {
    let path = "config/repoint.toml".to_owned();
    let text = fs::read_to_string(root().join(&path)).unwrap();
    let document = config::parse(SourceFile { path, text }).unwrap();
    document.resolve(&EnvironmentName::new("dev").unwrap(), &Disk).unwrap()
}

fn packages() -> BTreeMap<FunctionId, Code> {
    let functions = desired().functions;
    let pack = |path: &str| artifact::pack(artifact::entries_of(&root().join(path)).unwrap()).unwrap();
    functions
        .into_iter()
        .map(|(id, function)| (id, pack(function.code.unwrap().path().unwrap()).into()))
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

struct Disk;

impl ProjectFiles for Disk {
    fn kind(&self, path: &str) -> FileKind {
        let path = root().join(path);
        match (path.is_dir(), path.is_file()) {
            (true, _) => FileKind::Folder,
            (_, true) => FileKind::File,
            _ => FileKind::Missing,
        }
    }

    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(root().join(path)).map_err(|error| error.to_string())
    }
}

/// The examples as they are on disk.
fn committed() -> Files {
    let mut files = texts_below(&root().join("plans"), "plans/");
    files.extend(texts_below(&root().join("state/example"), "state/example/"));
    files
}

fn texts_below(folder: &Path, prefix: &str) -> Files {
    let paths = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let files = paths.filter(|entry| entry.file_type().is_file()).map(|entry| {
        let name = entry.path().strip_prefix(folder).unwrap().display().to_string();
        (format!("{prefix}{name}"), fs::read_to_string(entry.path()).unwrap())
    });
    files.collect()
}

/// Replaces the examples on disk and removes those of the past.
fn regenerate(made: &Files) {
    for path in committed().into_keys().filter(|path| !made.contains_key(path)) {
        fs::remove_file(root().join(path)).unwrap();
    }
    for (path, text) in made {
        atomic::replace(&root().join(path), text.as_bytes()).unwrap();
    }
}
