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
use jiff::Timestamp;

use crate::{
    event::Event,
    model::{
        Address, FunctionId, Live, MachineId, Object, Part, RecordedFunction, RecordedMachine, VersionNumber,
    },
    plan::{Action, Graph, MachineAction, Operation, Plan},
    provider::Provider,
    store::{
        DeploymentId, DeploymentOutcome, Interrupted, JournalEntry, JournalHeader, LockedStore, Manifest,
        ManifestAction, ManifestFunction, ManifestMachine, Outcome, StateFile,
    },
};

use super::{
    ApplyError,
    executor::{Applied, Deployment, read},
    perform::{Context, perform},
    preflight::{Standing, is_of_latest},
    record::{adopt, claim, observed_definitions, record},
};

type Running<'r> = Pin<Box<dyn Future<Output = (Address, Outcome)> + 'r>>;

/// One run over the actions of a plan.
pub(super) struct Run<'a, P> {
    deployment: &'a Deployment<'a, P>,
    store: &'a mut LockedStore,
    state: StateFile,
    id: DeploymentId,
    started: Timestamp,
    standings: BTreeMap<Address, Standing>,
    graph: Graph,
    actions: BTreeMap<&'a Address, &'a Action>,
    published: BTreeMap<Address, VersionNumber>,
    /// How the actions of this run ended.
    outcomes: BTreeMap<Address, ManifestAction>,
    /// What earlier runs of the same deployment did.
    past: BTreeMap<Address, ManifestAction>,
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
            standings,
            published: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            past: interrupted.map(|past| past_outcomes(past, deployment.plan)).unwrap_or_default(),
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
        Ok(self.store.save_state(&self.state)?)
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
            self.save()?;
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
    pub(super) fn end(mut self) -> Result<Applied, ApplyError> {
        let outcome = self.outcome();
        let manifest = self.manifest(outcome);
        let is_anything_done = manifest.is_anything_done();
        if manifest.is_resumable() {
            self.store.pause(&manifest)?;
        } else {
            self.store.finish(&manifest)?;
        }
        self.deployment.listener.hear(&Event::Finished { deployment: self.id.clone(), outcome });
        self.touched.clear();
        Ok(Applied { manifest: Some(manifest), is_anything_done })
    }

    fn outcome(&self) -> DeploymentOutcome {
        let endings: BTreeSet<Ending> =
            self.deployment.plan.actions.iter().map(|action| self.ending(action)).collect();
        let is_stopped = endings.contains(&Ending::Open) || endings.contains(&Ending::Unknown);
        if self.deployment.cancel.is_requested() && is_stopped {
            DeploymentOutcome::Interrupted
        } else if is_stopped || endings.contains(&Ending::Bad) {
            DeploymentOutcome::Failed
        } else {
            DeploymentOutcome::Completed
        }
    }

    /// How an action of the plan ended in this run; what an earlier run did says nothing of it.
    fn ending(&self, action: &Action) -> Ending {
        match self.outcomes.get(&action.address).map(|action| &action.outcome) {
            None => Ending::Open,
            Some(Outcome::Unknown { .. }) => Ending::Unknown,
            Some(Outcome::Failed { .. } | Outcome::Moved { .. } | Outcome::Skipped { .. }) => Ending::Bad,
            Some(Outcome::Done { .. } | Outcome::AlreadyDone | Outcome::Protected { .. }) => Ending::Good,
        }
    }

    fn manifest(&self, outcome: DeploymentOutcome) -> Manifest {
        let Deployment { plan, plan_digest, git, who, .. } = self.deployment;
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
            outcome,
            plan_digest: Some((*plan_digest).clone()),
            functions: self.state.recorded.functions.iter().map(function_of_manifest).collect(),
            machines: self.state.recorded.machines.iter().map(machine_of_manifest).collect(),
            actions: self
                .past
                .clone()
                .into_iter()
                .chain(self.outcomes.clone())
                .collect::<BTreeMap<_, _>>()
                .into_values()
                .collect(),
        }
    }
}

/// How an action of the plan ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Good,
    Bad,
    Unknown,
    Open,
}

/// Returns what an interrupted run worked on: everything that it announced.
pub(super) fn worked_on(interrupted: &Interrupted) -> BTreeSet<Address> {
    let address = |entry: &JournalEntry| match entry {
        JournalEntry::Intent { address, .. } => Some(address.clone()),
        JournalEntry::Started(_)
        | JournalEntry::Outcome { .. }
        | JournalEntry::Resumed { .. }
        | JournalEntry::Interrupted { .. } => None,
    };
    interrupted.entries.iter().filter_map(address).collect()
}

/// What the interrupted run did counts for the deployment. What it had under way, and what no plan
/// asks for any more, is as wanted: it was done, and only the answer is missing.
fn past_outcomes(interrupted: &Interrupted, plan: &Plan) -> BTreeMap<Address, ManifestAction> {
    let planned = plan.by_address();
    let mut summaries: BTreeMap<&Address, &str> = BTreeMap::new();
    let mut outcomes = BTreeMap::new();
    for entry in &interrupted.entries {
        match entry {
            JournalEntry::Intent { address, summary, .. } => {
                summaries.insert(address, summary);
            }
            JournalEntry::Outcome {
                address,
                outcome: outcome @ (Outcome::Done { .. } | Outcome::Protected { .. }),
                ..
            } => {
                let summary = summaries.get(address).copied().unwrap_or_default().to_owned();
                let action = ManifestAction { address: address.clone(), summary, outcome: outcome.clone() };
                outcomes.insert(address.clone(), action);
            }
            JournalEntry::Started(_)
            | JournalEntry::Outcome { .. }
            | JournalEntry::Resumed { .. }
            | JournalEntry::Interrupted { .. } => {}
        }
    }
    for address in interrupted.open_addresses().into_iter().filter(|address| !planned.contains_key(address)) {
        let summary = summaries.get(&address).copied().unwrap_or_default().to_owned();
        let action = ManifestAction { address: address.clone(), summary, outcome: Outcome::AlreadyDone };
        outcomes.insert(address, action);
    }
    outcomes
}

fn function_of_manifest((id, function): (&FunctionId, &RecordedFunction)) -> (FunctionId, ManifestFunction) {
    let aliases = function.aliases.iter().filter(|(_, alias)| alias.gone.is_none());
    let function = ManifestFunction {
        name: function.name.clone(),
        version: function.latest.equals,
        aliases: aliases.map(|(name, alias)| (name.clone(), alias.routing().clone())).collect(),
    };
    (id.clone(), function)
}

fn machine_of_manifest((id, machine): (&MachineId, &RecordedMachine)) -> (MachineId, ManifestMachine) {
    (id.clone(), ManifestMachine { name: machine.name.clone(), definition: machine.definition.clone() })
}
