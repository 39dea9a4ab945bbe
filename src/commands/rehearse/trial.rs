//! One trial: the plan is carried out on a fresh copy, and every write is looked at.
//!
//! A crash is one of the engine's process: whatever it was doing is dropped, what is on disk stays, and
//! the plan is applied again, as somebody would.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::{
    ambient,
    apply::{Applied, ApplyError, Cancel, Deployment, ValuesFrom, apply},
    error::Failure,
    event::{Event, Listener},
    model::{Address, Place},
    provider::aws::{
        AwsProvider, ConnectionSettings, CredentialSource, Delivery, StandIn, WireAnswer, WireCall, answering,
    },
    render::{Step, Trouble},
    simulator::{Definitions, WireRequest, World},
    store::{DeploymentOutcome, LockedStore, Manifest, Outcome, Store},
};

use super::{halves::Halves, stage::Stage};

/// What an account has come to, in words.
pub(super) type Standing = BTreeMap<String, String>;

/// After so many applies a deployment must have come to its end.
const MOST_APPLIES: usize = 4;

/// What goes wrong in a trial, and at which write; they are counted from 1.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    CrashBefore(usize),
    CrashAfter(usize),
    LostAnswer(usize),
    Refused(usize),
}

impl Fault {
    /// How many kinds there are; the last one is tried where a plan has groups, which go back for it.
    pub(super) const KINDS: usize = 4;

    /// Returns one of the kinds.
    pub(super) fn drawn(kind: usize, write: usize) -> Self {
        match kind {
            0 => Self::CrashBefore(write),
            1 => Self::CrashAfter(write),
            2 => Self::LostAnswer(write),
            _ => Self::Refused(write),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CrashBefore(write) => write!(f, "a crash before write {write}"),
            Self::CrashAfter(write) => write!(f, "a crash after write {write}"),
            Self::LostAnswer(write) => write!(f, "the answer to write {write} is lost"),
            Self::Refused(write) => write!(f, "write {write} is refused"),
        }
    }
}

/// How a trial ended.
pub(super) struct Trial {
    pub(super) writes: usize,
    pub(super) standing: Standing,
    pub(super) trouble: Option<Trouble>,
}

/// An order with the place of each action.
pub(super) struct Orderly<'a> {
    order: &'a [Address],
    places: BTreeMap<Address, usize>,
}

impl Orderly<'_> {
    fn step(&self, address: &Address) -> Option<Step> {
        self.places.get(address).map(|at| Step { number: at + 1, address: address.clone() })
    }
}

/// Numbers the actions of an order.
pub(super) fn orderly(order: &[Address]) -> Orderly<'_> {
    let places = order.iter().enumerate().map(|(at, address)| (address.clone(), at)).collect();
    Orderly { order, places }
}

/// Carries the plan out once. The runtime is its own, because its time stands still while it works.
pub(super) fn trial(stage: &Stage, order: &Orderly<'_>, fault: Option<Fault>) -> Result<Trial, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let cannot =
        |error: std::io::Error| Failure::because("the rehearsal cannot start", vec![error.to_string()], None);
    let runtime = runtime.map_err(cannot)?;
    let folder = tempfile::tempdir().map_err(cannot)?;
    runtime.block_on(Attempt { stage, order, fault, root: folder.path() }.run())
}

struct Attempt<'a> {
    stage: &'a Stage,
    order: &'a Orderly<'a>,
    fault: Option<Fault>,
    root: &'a Path,
}

impl Attempt<'_> {
    async fn run(self) -> Result<Trial, Failure> {
        let Self { stage, order, fault, root: _ } = &self;
        let watch = Arc::new(Watch::new(stage, *fault));
        let origin = tokio::time::Instant::now();
        let start = stage.now;
        let clock = move || start + origin.elapsed();
        let halves = Halves::new(&stage.file.plan, &stage.world.standing(&stage.place));
        let (mut ended, mut torn) = (None, None);
        for _ in 0..MOST_APPLIES {
            let mut store = self.locked()?;
            let provider = connect(stage, Arc::clone(&watch), clock).await?;
            let deployment = self.deployment(&provider, &clock, &watch);
            let applied = tokio::select! {
                biased;
                () = watch.crashed.notified() => None,
                applied = apply(deployment, &mut store) => Some(applied),
            };
            drop(store);
            watch.revive();
            if let (Some(Ok(Applied { manifest: Some(manifest), .. })), None) = (&applied, &torn) {
                torn = halves.torn(&watch.lock().world.standing(&stage.place), manifest);
            }
            match applied {
                Some(Ok(Applied { manifest: Some(manifest), .. })) if !is_over(&manifest) => {
                    ended = Some(words_of(&manifest));
                }
                Some(Ok(_)) => {
                    ended = None;
                    break;
                }
                Some(Err(error)) => {
                    ended = Some(chain(&error));
                    break;
                }
                None => ended = Some("it crashed again and again".to_owned()),
            }
        }
        let seen = watch.lock();
        let trouble = match (&seen.lost, torn, ended) {
            (Some((address, words)), _, _) => {
                Some((address.as_ref().and_then(|address| order.step(address)), words.clone()))
            }
            (None, Some(words), _) => Some((None, words)),
            (None, None, Some(words)) => Some((None, format!("it does not come to its end: {words}"))),
            (None, None, None) => None,
        };
        Ok(Trial {
            writes: seen.writes,
            standing: seen.world.standing(&stage.place),
            trouble: trouble.map(|(step, words)| Trouble {
                order: order.order.to_vec(),
                fault: fault.map(|fault| fault.to_string()),
                step,
                words,
            }),
        })
    }

    /// Opens the state of the trial; the first time with what is recorded of the account.
    fn locked(&self) -> Result<LockedStore, Failure> {
        let environment = &self.stage.desired.environment;
        let store = Store::open(self.root, environment).passing();
        let is_first = !self.root.join("state").exists();
        let mut locked = store.lock(ambient::lock_info("rehearse"), Duration::ZERO)?;
        if let (Some(state), true) = (&self.stage.state, is_first) {
            locked.save_state(state)?;
        }
        Ok(locked)
    }

    fn deployment<'d, P>(
        &'d self,
        provider: &'d P,
        clock: &'d dyn Fn() -> Timestamp,
        watch: &'d Watch,
    ) -> Deployment<'d, P> {
        let Self { stage, order, .. } = self;
        Deployment {
            provider,
            plan: &stage.file.plan,
            plan_digest: &stage.file.digest,
            desired: &stage.desired,
            packages: &stage.packages,
            values: ValuesFrom::Known(&stage.values),
            known: None,
            new_id: ambient::deployment_id(),
            new_state: stage.new_state.clone(),
            git: None,
            who: "rehearsal".to_owned(),
            clock,
            cancel: &watch.cancel,
            listener: watch,
            order: Some(&order.places),
        }
    }
}

/// Everything was done, or what is left is protected for good.
fn is_over(manifest: &Manifest) -> bool {
    manifest.outcome == DeploymentOutcome::Completed
}

fn words_of(manifest: &Manifest) -> String {
    let is_open = |outcome: &Outcome| {
        !matches!(outcome, Outcome::Done { .. } | Outcome::AlreadyDone | Outcome::Protected { .. })
    };
    let open = manifest.actions.iter().find(|action| is_open(&action.outcome));
    open.map_or_else(String::new, |action| match &action.outcome {
        Outcome::Failed { message } => format!("`{}` failed: {message}", action.address),
        Outcome::Moved { what } => format!("`{}` {what}", action.address),
        Outcome::Unknown { why } => format!("`{}` is in doubt: {why}", action.address),
        _ => format!("`{}` was not done", action.address),
    })
}

fn chain(error: &ApplyError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        words = format!("{words}: {next}");
        cause = next.source();
    }
    words
}

async fn connect(
    stage: &Stage,
    watch: Arc<Watch>,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> Result<AwsProvider, Failure> {
    let client = answering(move |call| watch.answer(clock(), call));
    let settings = ConnectionSettings {
        region: Some(stage.place.region.clone()),
        profile: None,
        credentials: CredentialSource::Chain,
        role_arn: None,
        session_name: "rehearsal".to_owned(),
        lambda_rps: stage.desired.limits.lambda_rps,
        notices: Arc::new(|_| {}),
        stand_in: Some(StandIn { client, access_key: stage.place.account.to_string(), is_budgeted: false }),
    };
    Ok(AwsProvider::connect(settings).await?)
}

/// Stands between the engine and the copy, and looks at the copy after every write.
struct Watch {
    seen: Mutex<Seen>,
    crashed: Notify,
    cancel: Cancel,
    place: Place,
    managed: BTreeSet<String>,
}

struct Seen {
    world: World,
    definitions: Definitions,
    /// What pointed to nothing before we began.
    before: BTreeSet<String>,
    writes: usize,
    fault: Option<Fault>,
    is_dead: bool,
    /// The action that is at work.
    current: Option<Address>,
    /// The first thing that we made point to nothing, and the action that did.
    lost: Option<(Option<Address>, String)>,
}

impl Watch {
    fn new(stage: &Stage, fault: Option<Fault>) -> Self {
        let world = stage.world.clone();
        let mut definitions = Definitions::default();
        let before = world.dangling(&stage.place, &stage.managed, &mut definitions);
        let seen =
            Seen { world, definitions, before, writes: 0, fault, is_dead: false, current: None, lost: None };
        Self {
            seen: Mutex::new(seen),
            crashed: Notify::new(),
            cancel: Cancel::default(),
            place: stage.place.clone(),
            managed: stage.managed.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew after a crash.
    fn revive(&self) {
        self.lock().is_dead = false;
    }

    fn answer(&self, now: Timestamp, call: WireCall) -> Delivery {
        let mut guard = self.lock();
        let seen = &mut *guard;
        if seen.is_dead {
            return Delivery::Silence;
        }
        let is_write = is_write(&call);
        seen.writes += usize::from(is_write);
        let fault = seen.fault.filter(|fault| is_write && fault.write() == seen.writes);
        if fault.is_some() {
            seen.fault = None;
        }
        match fault {
            Some(Fault::CrashBefore(_)) => return self.die(seen),
            Some(Fault::Refused(_)) => return Delivery::Answer(refusal()),
            Some(Fault::CrashAfter(_) | Fault::LostAnswer(_)) | None => {}
        }
        let WireCall { method, path, query, headers, body } = call;
        let answer = seen.world.handle(now, &WireRequest { method, path, query, headers, body });
        if is_write {
            self.look(seen);
        }
        match fault {
            Some(Fault::CrashAfter(_)) => self.die(seen),
            Some(Fault::LostAnswer(_)) => Delivery::Broken,
            Some(Fault::CrashBefore(_) | Fault::Refused(_)) | None => Delivery::Answer(WireAnswer {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            }),
        }
    }

    fn die(&self, seen: &mut Seen) -> Delivery {
        seen.is_dead = true;
        self.crashed.notify_one();
        Delivery::Silence
    }

    fn look(&self, seen: &mut Seen) {
        let now = seen.world.dangling(&self.place, &self.managed, &mut seen.definitions);
        if let (Some(lost), None) = (now.difference(&seen.before).next(), &seen.lost) {
            seen.lost = Some((seen.current.clone(), lost.clone()));
        }
    }
}

impl Fault {
    fn write(self) -> usize {
        match self {
            Self::CrashBefore(write)
            | Self::CrashAfter(write)
            | Self::LostAnswer(write)
            | Self::Refused(write) => write,
        }
    }
}

impl Listener for Watch {
    fn hear(&self, event: &Event) {
        if let Event::ActionStarted { address, .. } = event {
            self.lock().current = Some(address.clone());
        }
    }
}

/// What AWS says to those who may not.
fn refusal() -> WireAnswer {
    let body = br#"{"__type":"AccessDeniedException","Message":"the rehearsal refuses this write"}"#;
    let kind = ("x-amzn-errortype".to_owned(), "AccessDeniedException".to_owned());
    WireAnswer { status: 403, headers: vec![kind], body: body.to_vec() }
}

/// Lambda writes with every method but GET; Step Functions names the operation.
fn is_write(call: &WireCall) -> bool {
    match call.headers.get("x-amz-target").and_then(|target| target.rsplit('.').next()) {
        Some(operation) => {
            !["Describe", "Get", "List", "Validate"].iter().any(|verb| operation.starts_with(verb))
        }
        None => call.method != "GET" && call.path != "/",
    }
}
