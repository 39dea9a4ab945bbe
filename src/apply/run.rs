//! The loop: starts what is ready, writes down intent and outcome, and saves the state after each.
//!
//! One task drives all actions; a running action is a future in a set, so nothing is shared
//! between threads and only this loop writes to disk.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};

use crate::{
    event::Event,
    model::{Address, Live, Object, Part, VersionNumber},
    plan::{Action, Graph, MachineAction, Operation},
    provider::Provider,
    store::{
        DeploymentId, Interrupted, JournalEntry, JournalHeader, LockedStore, Manifest, ManifestAction,
        Outcome, StateFile,
    },
};

use super::{
    ApplyError,
    closing::{deployment_outcome, functions, machines, with_unbegun},
    executor::{Applied, Deployment, read},
    past::{joined, past_outcomes, worked_on},
    perform::{Context, perform},
    preflight::{Standing, is_of_latest},
    record::{adopt, claim, observed_definitions, record},
};

/// A state above this size, in bytes, is saved at most once in [`SAVING`], because every save
/// writes all of it. What a crash leaves out is in the journal, and the next apply looks at it.
const LARGE_STATE: usize = 1 << 20;
const SAVING: SignedDuration = SignedDuration::from_secs(1);

/// When the state was saved last, and how many bytes that took.
#[derive(Clone, Copy)]
struct Save {
    at: Timestamp,
    bytes: usize,
}

type Running<'r> = Pin<Box<dyn Future<Output = (Address, Outcome)> + 'r>>;

/// One run over the actions of a plan.
pub(super) struct Run<'a, P> {
    deployment: &'a Deployment<'a, P>,
    store: &'a mut LockedStore,
    state: StateFile,
    last_save: Option<Save>,
    is_unsaved: bool,
    id: DeploymentId,
    started: Timestamp,
    standings: BTreeMap<Address, Standing>,
    graph: Graph,
    actions: BTreeMap<&'a Address, &'a Action>,
    published: BTreeMap<Address, VersionNumber>,
    /// How the actions of this run ended.
    outcomes: BTreeMap<Address, ManifestAction>,
    /// What earlier runs of the same deployment did.
    past: Vec<ManifestAction>,
    /// The actions that dependants need not wait for any more.
    finished: BTreeSet<Address>,
    ready: BTreeSet<Address>,
    touched: BTreeSet<Object>,
    /// The functions whose `$LATEST` this deployment changed, so that its revision is another one.
    latest_touched: BTreeSet<Object>,
}

impl<'a, P: Provider> Run<'a, P> {
    pub(super) fn new(
        deployment: &'a Deployment<'a, P>,
        store: &'a mut LockedStore,
        state: StateFile,
        standings: BTreeMap<Address, Standing>,
        interrupted: Option<&Interrupted>,
    ) -> Self {
        let ours = interrupted.map(worked_on).unwrap_or_default();
        let graph = Graph::new(&deployment.plan.actions)
            .expect("the planner and the linter refuse plans without an order");
        Self {
            id: interrupted
                .map_or_else(|| deployment.new_id.clone(), |interrupted| interrupted.deployment.clone()),
            started: interrupted.map_or_else(|| (deployment.clock)(), |interrupted| interrupted.started),
            ready: graph.roots().into_iter().collect(),
            graph,
            actions: deployment.plan.by_address(),
            deployment,
            store,
            state,
            last_save: None,
            is_unsaved: false,
            standings,
            published: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            past: interrupted.map(past_outcomes).unwrap_or_default(),
            latest_touched: ours
                .iter()
                .filter(|ours| is_of_latest(&ours.part))
                .map(|ours| ours.object.clone())
                .collect(),
            finished: BTreeSet::new(),
            touched: BTreeSet::new(),
        }
    }

    fn now(&self) -> Timestamp {
        (self.deployment.clock)()
    }

    /// Records what was seen, before and after the actions. Nothing is written where nothing is new.
    pub(super) fn adopt(&mut self, live: &Live) -> Result<(), ApplyError> {
        for text in observed_definitions(live) {
            self.store.keep_definition(text)?;
        }
        let before = self.state.recorded.clone();
        let is_first = self.store.state()?.is_none();
        adopt(&mut self.state.recorded, live, (self.deployment.clock)());
        if is_first || self.state.recorded != before { self.save() } else { Ok(()) }
    }

    /// A publish that an interrupted run announced and that has its version by now was ours, although
    /// its answer was lost.
    pub(super) fn claim(&mut self, ours: &BTreeSet<Address>) -> Result<(), ApplyError> {
        let at = self.now();
        let before = self.state.recorded.clone();
        for address in ours.iter().filter(|address| address.part == Part::NewVersion) {
            let Object::Function(id) = &address.object else { continue };
            let equals = self.state.recorded.functions.get(id).and_then(|function| function.latest.equals);
            if let Some(version) = equals {
                claim(&mut self.state.recorded, address, version, at);
            }
        }
        if self.state.recorded == before { Ok(()) } else { self.save() }
    }

    fn save(&mut self) -> Result<(), ApplyError> {
        self.state.serial += 1;
        let bytes = self.store.save_state(&self.state)?;
        self.last_save = Some(Save { at: self.now(), bytes });
        self.is_unsaved = false;
        Ok(())
    }

    /// Saves after an action: at once, unless the state is large and was saved a moment ago.
    fn save_action(&mut self) -> Result<(), ApplyError> {
        let is_too_soon =
            |save: Save| save.bytes > LARGE_STATE && self.now().duration_since(save.at) < SAVING;
        if self.last_save.is_some_and(is_too_soon) {
            self.is_unsaved = true;
            return Ok(());
        }
        self.save()
    }

    /// Saves what the last actions left unsaved.
    pub(super) fn save_rest(&mut self) -> Result<(), ApplyError> {
        if self.is_unsaved { self.save() } else { Ok(()) }
    }

    /// Opens the journal, or goes on with the one that an interrupted apply left.
    pub(super) fn begin(&mut self, interrupted: Option<&Interrupted>) -> Result<(), ApplyError> {
        let (plan_digest, who, at) =
            (self.deployment.plan_digest.clone(), self.deployment.who.clone(), self.now());
        match interrupted {
            Some(_) => self.store.append(&JournalEntry::Resumed { plan_digest, who, at })?,
            None => self.store.begin(JournalHeader { deployment: self.id.clone(), plan_digest, who, at })?,
        }
        self.deployment.listener.hear(&Event::Started {
            deployment: self.id.clone(),
            actions: self.deployment.plan.actions.len(),
            is_resumed: interrupted.is_some(),
        });
        Ok(())
    }

    /// Runs the actions until none is left, or until somebody asks to stop.
    pub(super) async fn drive(&mut self) -> Result<(), ApplyError> {
        let deployment = self.deployment;
        let context = Context {
            provider: deployment.provider,
            desired: deployment.desired,
            place: &deployment.plan.place,
            packages: deployment.packages,
            deployment: self.id.clone(),
            git: deployment.git.as_ref(),
            listener: deployment.listener,
            published: RefCell::new(BTreeMap::new()),
            revisions: RefCell::new(BTreeMap::new()),
        };
        let mut running: FuturesUnordered<Running<'_>> = FuturesUnordered::new();
        let mut in_flight: BTreeSet<Address> = BTreeSet::new();
        let mut is_stopping = false;
        loop {
            while let Some(address) = self.next(in_flight.len()) {
                if let Some(action) = self.actions.get(&address).copied()
                    && let Some(future) = self.start(&context, action)?
                {
                    in_flight.insert(address);
                    running.push(future);
                }
            }
            if in_flight.is_empty() {
                if deployment.cancel.is_requested() && !is_stopping {
                    deployment.listener.hear(&Event::Stopping);
                }
                return Ok(());
            }
            tokio::select! {
                biased;
                () = deployment.cancel.requested(), if !is_stopping => {
                    is_stopping = true;
                    let why = "somebody asked to stop".to_owned();
                    self.store.append(&JournalEntry::Interrupted { at: self.now(), why })?;
                    deployment.listener.hear(&Event::Stopping);
                }
                () = deployment.cancel.given_up() => {
                    drop(running);
                    return self.give_up(in_flight);
                }
                Some((address, outcome)) = running.next() => {
                    in_flight.remove(&address);
                    self.end_action(&context, &address, outcome)?;
                }
            }
        }
    }

    /// Takes the next action that may start now.
    fn next(&mut self, in_flight: usize) -> Option<Address> {
        let parallelism = usize::try_from(self.deployment.desired.limits.parallelism).unwrap_or(1).max(1);
        let may_start = in_flight < parallelism && !self.deployment.cancel.is_requested();
        may_start.then(|| self.ready.pop_first()).flatten()
    }

    /// Starts an action, unless preflight found it done: the intent is on disk before it is sent.
    fn start<'r>(
        &mut self,
        context: &'r Context<'r, P>,
        action: &'r Action,
    ) -> Result<Option<Running<'r>>, ApplyError> {
        let address = action.address.clone();
        if let Some(Standing::Satisfied(version)) = self.standings.get(&address) {
            let version = *version;
            self.note_version(context, &address, version);
            self.end_action(context, &address, Outcome::AlreadyDone)?;
            return Ok(None);
        }
        let summary = action.summary();
        self.keep_definitions(action)?;
        self.store.append(&JournalEntry::Intent {
            address: address.clone(),
            at: self.now(),
            summary: summary.clone(),
        })?;
        self.deployment.listener.hear(&Event::ActionStarted { address: address.clone(), summary });
        self.touched.insert(address.object.clone());
        let is_first_touch =
            !is_of_latest(&address.part) || self.latest_touched.insert(address.object.clone());
        Ok(Some(Box::pin(
            async move { (action.address.clone(), perform(context, action, is_first_touch).await) },
        )))
    }

    /// Both texts are on disk before the machine changes, so that it can be rolled back (design §5).
    fn keep_definitions(&mut self, action: &Action) -> Result<(), ApplyError> {
        if let Operation::UpdateMachine(MachineAction { definition: Some(change), .. }) = &action.operation {
            self.store.keep_definition(&change.from)?;
            self.store.keep_definition(&change.to)?;
        }
        Ok(())
    }

    fn note_version(&mut self, context: &Context<'_, P>, address: &Address, version: Option<VersionNumber>) {
        if let Some(version) = version {
            self.published.insert(address.clone(), version);
            context.published.borrow_mut().insert(address.clone(), version);
        }
    }

    /// Writes down how an action ended, and releases or skips what waited for it.
    fn end_action(
        &mut self,
        context: &Context<'_, P>,
        address: &Address,
        outcome: Outcome,
    ) -> Result<(), ApplyError> {
        if let (Outcome::Done { version, .. }, Part::NewVersion) = (&outcome, &address.part) {
            self.note_version(context, address, *version);
        }
        let is_success = self.write_down(address, outcome)?;
        if is_success {
            self.finished.insert(address.clone());
            self.ready.extend(self.graph.released_by(address, &self.finished));
            return Ok(());
        }
        for dependant in self.graph.dependants(address) {
            if !self.is_settled(&dependant) {
                self.write_down(&dependant, Outcome::Skipped { because: address.clone() })?;
            }
        }
        Ok(())
    }

    /// Tells whether this run has an outcome for the action.
    fn is_settled(&self, address: &Address) -> bool {
        self.finished.contains(address)
            || matches!(
                self.outcomes.get(address),
                Some(ManifestAction { outcome: Outcome::Skipped { .. }, .. })
            )
    }

    /// Returns whether what waits for the action may go on.
    fn write_down(&mut self, address: &Address, outcome: Outcome) -> Result<bool, ApplyError> {
        let at = self.now();
        let action = self.actions.get(address).copied();
        self.store.append(&JournalEntry::Outcome {
            address: address.clone(),
            at,
            outcome: outcome.clone(),
        })?;
        // What was done already was recorded as a whole, when it was looked at.
        if let (Outcome::Done { .. }, Some(action)) = (&outcome, action) {
            record(&mut self.state.recorded, action, &self.published, at);
            self.save_action()?;
        }
        let is_success =
            matches!(outcome, Outcome::Done { .. } | Outcome::AlreadyDone | Outcome::Protected { .. });
        self.deployment
            .listener
            .hear(&Event::ActionFinished { address: address.clone(), outcome: outcome.clone() });
        let summary = action.map(Action::summary).unwrap_or_default();
        self.outcomes.insert(address.clone(), ManifestAction { address: address.clone(), summary, outcome });
        Ok(is_success)
    }

    /// Leaves running actions to the next apply, which will look what became of them.
    fn give_up(&mut self, in_flight: BTreeSet<Address>) -> Result<(), ApplyError> {
        for address in in_flight {
            self.write_down(
                &address,
                Outcome::Unknown { why: "we stopped waiting while AWS was working on it".to_owned() },
            )?;
        }
        Ok(())
    }

    /// Looks at everything that was touched and records it whole. A failure here loses nothing:
    /// every action is recorded already.
    pub(super) async fn look_back(&mut self) -> Result<(), ApplyError> {
        let is_given_up =
            self.outcomes.values().any(|action| matches!(action.outcome, Outcome::Unknown { .. }));
        if is_given_up || self.touched.is_empty() {
            return Ok(());
        }
        match read(self.deployment, Some(&self.touched), &self.state.recorded).await {
            Ok(live) => self.adopt(&live),
            Err(ApplyError::Provider(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Closes the journal if the deployment is complete, and leaves it open for the next apply
    /// otherwise.
    pub(super) fn end(self) -> Result<Applied, ApplyError> {
        let manifest = self.manifest();
        if manifest.is_resumable() {
            self.store.pause(&manifest)?;
        } else {
            self.store.finish(&manifest)?;
        }
        let (deployment, outcome) = (self.id, manifest.outcome);
        self.deployment.listener.hear(&Event::Finished { deployment, outcome });
        Ok(Applied { is_anything_done: manifest.is_anything_done(), manifest: Some(manifest) })
    }

    fn manifest(&self) -> Manifest {
        let Deployment { plan, plan_digest, git, who, cancel, .. } = self.deployment;
        let now = with_unbegun(plan, &self.outcomes);
        Manifest {
            deployment: self.id.clone(),
            project: Some(plan.project.clone()),
            environment: plan.environment.clone(),
            account: plan.place.account.clone(),
            region: plan.place.region.clone(),
            git: git.clone(),
            who: who.clone(),
            started: self.started,
            finished: self.now(),
            outcome: deployment_outcome(plan, &self.outcomes, cancel.is_requested()),
            plan_digest: Some((*plan_digest).clone()),
            functions: functions(&self.state.recorded),
            machines: machines(&self.state.recorded),
            actions: joined(&self.past, &now, plan, &self.published),
        }
    }
}
