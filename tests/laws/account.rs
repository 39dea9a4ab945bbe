//! One simulated account with the engine in front of it, and the folder that holds its state.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::FutureExt as _;
use jiff::Timestamp;
use proptest::prelude::*;
use repoint::{
    apply::{Applied, ApplyError, Cancel, Deployment, ValuesFrom, apply},
    diff,
    event::Listener,
    model::{AccountId, EnvironmentName, FunctionId, Live, Partition, Place, Recorded, Region, sources},
    plan::{Base, Plan, PlanFile, PlanInputs, Purpose, Selection, plan_for, questions},
    provider::{
        assess,
        aws::{AwsProvider, ConnectionSettings, CredentialSource, HttpClient},
        faulty::Faulty,
        observe, resolve, settle,
    },
    simulator::{Knobs, World},
    store::{DeploymentId, Lineage, LockInfo, StateFile, Store},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    Verdict,
    account_view::{AccountView, FunctionView},
    case::Case,
    desire::{Wish, ambient},
    in_process::virtual_clock,
    scene,
    watch::{Crash, Watch},
    wire::{self, ACCOUNT, REGION},
};

/// Requests per second that no case comes near, so that virtual time is not spent on waiting.
const UNBOUNDED: u32 = 10_000;

/// An account, and everything that an apply needs beside a plan.
pub(crate) struct Account {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) watch: Arc<Watch>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    folder: TempDir,
}

/// A plan with what it was made from.
pub(crate) struct Planned {
    pub(crate) file: PlanFile,
    pub(crate) live: Live,
}

/// What disturbs an apply.
pub(crate) struct Run<'a> {
    pub(crate) id: u16,
    pub(crate) cancel: Cancel,
    pub(crate) listener: &'a dyn Listener,
    pub(crate) clock: &'a dyn Fn() -> Timestamp,
}

impl Account {
    /// Builds the account of a case, its past included.
    pub(crate) async fn of(case: &Case) -> Self {
        let knobs = Knobs { page_size: case.page_size, ..Knobs::default() };
        let account = Self {
            world: Arc::new(Mutex::new(World::new(knobs))),
            watch: Arc::default(),
            clock: Arc::new(virtual_clock()),
            // In memory where the system has such a folder: a sync to disk costs more than the engine.
            folder: tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap(),
        };
        scene::build(&account, case).await;
        if let Some(past) = &case.past {
            hours(past.hours).await;
            account.apply_earlier(&Wish::before(case, past.code)).await;
            hours(past.hours).await;
            for step in &past.moves {
                scene::by_hand(&account, case, *step).await;
            }
            hours(past.hours_since).await;
        }
        account
    }

    /// Plans and applies, if nothing blocks it.
    async fn apply_earlier(&self, wish: &Wish) {
        let provider = self.provider().await;
        let planned = self.plan(&provider, wish).await;
        if !planned.file.plan.is_blocked() {
            self.apply(&provider, wish, &planned, 0).await.unwrap();
        }
    }

    /// Connects anew, as a new process does.
    pub(crate) async fn provider(&self) -> Faulty<AwsProvider> {
        let clock = Arc::clone(&self.clock);
        connected(self.watch.client(&self.world, move || clock())).await
    }

    /// Observes and plans as the command does: again with every answer, until no question is open, and
    /// once more if something was under way.
    pub(crate) async fn plan(&self, provider: &Faulty<AwsProvider>, wish: &Wish) -> Planned {
        self.plan_for(provider, wish, &Purpose::Converge).await
    }

    /// Does the same for a purpose.
    pub(crate) async fn plan_for(
        &self,
        provider: &Faulty<AwsProvider>,
        wish: &Wish,
        purpose: &Purpose,
    ) -> Planned {
        let parallelism = wish.desired.limits.parallelism;
        let mut live = observe(provider, &wish.desired, None, &place(), &|_| {}).await.unwrap().live;
        let sources = sources(wish.desired.functions.values().map(|function| &function.variables));
        live.values = resolve(provider, &sources, &ambient).await.unwrap();
        let now = self.now();
        let mut plan = self.answered(provider, wish, (&mut live, purpose), now).await;
        if settle(provider, &mut live, parallelism, &|_| {}).await.unwrap() {
            plan = self.answered(provider, wish, (&mut live, purpose), now).await;
        }
        Planned { file: PlanFile::new(plan), live }
    }

    /// Returns the versions of a machine, oldest first.
    pub(crate) fn machine_versions(&self, name: &str) -> Vec<u64> {
        let view = self.view();
        let versions = view.machines[name]["versions"].as_object().unwrap().keys();
        let mut versions: Vec<u64> = versions.map(|version| version.parse().unwrap()).collect();
        versions.sort_unstable();
        versions
    }

    async fn answered(
        &self,
        provider: &Faulty<AwsProvider>,
        wish: &Wish,
        (live, purpose): (&mut Live, &Purpose),
        now: Timestamp,
    ) -> Plan {
        let recorded = self.store().state().unwrap().map(|state| state.recorded);
        let mut asked = BTreeSet::new();
        loop {
            let plan = self.made_of(wish, live, now, (&purpose.selection(&wish.desired), purpose));
            let open: BTreeSet<_> = questions(&plan, &wish.desired, live, recorded.as_ref())
                .difference(&asked)
                .cloned()
                .collect();
            if open.is_empty() {
                return plan;
            }
            assess(provider, live, &open, wish.desired.limits.parallelism).await.unwrap();
            asked.extend(open);
        }
    }

    /// Plans from what was observed.
    pub(crate) fn plan_of(&self, wish: &Wish, live: &Live, now: Timestamp) -> Plan {
        self.part_of(wish, live, now, &Selection::default())
    }

    /// Plans a part from what was observed.
    pub(crate) fn part_of(&self, wish: &Wish, live: &Live, now: Timestamp, part: &Selection) -> Plan {
        self.made_of(wish, live, now, (part, &Purpose::Converge))
    }

    fn made_of(
        &self,
        wish: &Wish,
        live: &Live,
        now: Timestamp,
        (part, purpose): (&Selection, &Purpose),
    ) -> Plan {
        let state = self.store().state().unwrap();
        let base =
            state.as_ref().map(|state| Base { lineage: state.lineage.to_string(), serial: state.serial });
        let facts = wish.packages.iter().map(|(id, package)| {
            (id.clone(), diff::Package { sha256: package.sha256(), size: package.size() })
        });
        let packages: BTreeMap<FunctionId, diff::Package> = facts.collect();
        let inputs = PlanInputs {
            desired: &wish.desired,
            live,
            recorded: base.as_ref().zip(state.as_ref().map(|state| &state.recorded)),
            packages: &packages,
            place: &place(),
            now,
            max_deletes: wish.desired.limits.max_deletes,
        };
        plan_for(&inputs, part, purpose)
    }

    /// Applies a plan that was made a moment ago, undisturbed.
    pub(crate) async fn apply(
        &self,
        provider: &Faulty<AwsProvider>,
        wish: &Wish,
        planned: &Planned,
        id: u16,
    ) -> Result<Applied, ApplyError> {
        let clock = || self.now();
        let run = Run { id, cancel: Cancel::default(), listener: &|_: &_| {}, clock: &clock };
        let applied = self.run(provider, wish, &planned.file, Some(planned.live.clone()), run).await;
        applied.expect("nothing ends this process")
    }

    /// Applies a plan; nothing if the process ends in the middle.
    pub(crate) async fn run(
        &self,
        provider: &Faulty<AwsProvider>,
        wish: &Wish,
        file: &PlanFile,
        known: Option<Live>,
        run: Run<'_>,
    ) -> Option<Result<Applied, ApplyError>> {
        let info = LockInfo {
            id: "lock".to_owned(),
            who: "ana".to_owned(),
            host: "laptop".to_owned(),
            process: 1,
            since: self.now(),
            what: "apply".to_owned(),
        };
        let mut store = self.store().lock(info, Duration::ZERO).unwrap();
        let deployment = Deployment {
            provider,
            plan: &file.plan,
            plan_digest: &file.digest,
            desired: &wish.desired,
            packages: &wish.packages,
            values: ValuesFrom::Sources(&ambient),
            known,
            new_id: deployment_id(run.id),
            new_state: new_state(),
            git: None,
            who: "ana".to_owned(),
            clock: run.clock,
            cancel: &run.cancel,
            listener: run.listener,
            order: None,
        };
        let applied = AssertUnwindSafe(apply(deployment, &mut store)).catch_unwind().await;
        match applied {
            Ok(applied) => Some(applied),
            Err(cause) if cause.is::<Crash>() => None,
            Err(cause) => std::panic::resume_unwind(cause),
        }
    }

    /// Holds the account against the laws of every prefix.
    pub(crate) fn check(&self) -> Verdict {
        let violations = self.watch.violations();
        prop_assert!(violations.is_empty(), "a write broke a law: {violations:#?}");
        Ok(())
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(self.folder.path(), &environment())
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Returns how often each operation was called.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        self.world.lock().unwrap().calls().clone()
    }

    pub(crate) fn view(&self) -> AccountView {
        AccountView::of(&mut self.world.lock().unwrap(), self.now())
    }

    pub(crate) fn function(&self, name: &str) -> FunctionView {
        FunctionView::of(&mut self.world.lock().unwrap(), self.now(), name)
    }

    /// Sends a request to Lambda by hand.
    pub(crate) fn lambda(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        wire::lambda(&mut self.world.lock().unwrap(), self.now(), method, path, body)
    }

    /// Sends a request to Step Functions by hand.
    pub(crate) fn states(&self, operation: &str, body: &Value) -> Result<Value, String> {
        wire::states(&mut self.world.lock().unwrap(), self.now(), operation, body)
    }
}

/// Connects to the account behind a client.
pub(crate) async fn connected(client: HttpClient) -> Faulty<AwsProvider> {
    let settings = ConnectionSettings {
        region: Some(Region::new(REGION).unwrap()),
        profile: None,
        credentials: CredentialSource::Chain,
        role_arn: None,
        session_name: "laws".to_owned(),
        lambda_rps: UNBOUNDED,
        notices: Arc::new(|_| {}),
        stand_in: Some(client.into()),
    };
    Faulty::new(AwsProvider::connect(settings).await.unwrap())
}

async fn hours(hours: u64) {
    tokio::time::advance(Duration::from_hours(hours)).await;
}

pub(crate) fn deployment_id(number: u16) -> DeploymentId {
    DeploymentId::new("2026-11-22T10:15:00Z".parse().unwrap(), number)
}

pub(crate) fn place() -> Place {
    Place {
        account: AccountId::new(ACCOUNT).unwrap(),
        partition: Partition::new("aws").unwrap(),
        region: Region::new(REGION).unwrap(),
    }
}

fn environment() -> EnvironmentName {
    EnvironmentName::new("dev").unwrap()
}

fn new_state() -> StateFile {
    StateFile {
        lineage: Lineage::new("6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10").unwrap(),
        serial: 0,
        environment: environment(),
        account: AccountId::new(ACCOUNT).unwrap(),
        region: Region::new(REGION).unwrap(),
        recorded: Recorded::default(),
    }
}
