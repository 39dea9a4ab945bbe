//! The loop: starts what is ready, writes down intent and outcome, and saves the state after each.
//!
//! One task drives all actions; a running action is a future in a set, so nothing is shared
//! between threads and only this loop writes to disk.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};

use crate::{
    event::Event,
    model::{Address, FunctionName, Live, Object, Part, Recorded, RevisionId, VersionNumber},
    plan::{Action, Graph, MachineAction, Operation},
    provider::Provider,
    store::{
        DeploymentId, DeploymentOutcome, Interrupted, JournalEntry, JournalHeader, Layout, LockedStore,
        Manifest, ManifestAction, Outcome, StateFile,
    },
};

use super::{
    ApplyError,
    closing::{changed, deployment_outcome, layout_of, with_unbegun},
    executor::{Applied, Deployment, read},
    holding::{self, Holder, Remembered},
    numbers::Numbers,
    past::{Left, OwnPast, joined, past_outcomes, with_edges},
    perform::{Context, perform},
    preflight::{Standing, is_of_latest},
    record::{adopt, claim, observed_definitions, record},
    turns::{Known, Turns, group_of, turn},
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
    pub(super) deployment: &'a Deployment<'a, P>,
    store: &'a mut LockedStore,
    pub(super) state: StateFile,
    last_save: Option<Save>,
    is_unsaved: bool,
    /// Whether there is no state on disk yet.
    is_first: bool,
    id: DeploymentId,
    started: Timestamp,
    standings: BTreeMap<Address, Standing>,
    graph: Graph,
    actions: BTreeMap<&'a Address, &'a Action>,
    published: BTreeMap<Address, VersionNumber>,
    /// Where everything stood when the deployment began, where that is known.
    before: Option<Layout>,
    /// When the actions of this run began.
    pub(super) began: BTreeMap<Address, Timestamp>,
    /// How the actions of this run ended.
    pub(super) outcomes: BTreeMap<Address, ManifestAction>,
    /// What the manifest of an earlier run of the same deployment tells of its actions.
    earlier: Vec<ManifestAction>,
    /// What earlier runs of the same deployment did.
    past: Vec<ManifestAction>,
    /// The actions that dependants need not wait for any more.
    pub(super) finished: BTreeSet<Address>,
    ready: BTreeSet<Address>,
    touched: BTreeSet<Object>,
    /// What was observed before the first action.
    observed: Live,
    /// The objects whose record is as observed, and what we did since.
    adopted: BTreeSet<Object>,
    /// What was recorded of them before, where there was a record.
    pub(super) unadopted: BTreeMap<Object, Recorded>,
    /// The functions whose `$LATEST` this plan changed, so that its revision is another one.
    latest_touched: BTreeSet<Object>,
    /// The revisions that our updates left, by function; for the actions that follow.
    revisions: BTreeMap<FunctionName, RevisionId>,
    /// What was remembered of aliases before this plan changed it.
    pub(super) held_before: BTreeMap<Object, Remembered>,
    /// The moves of groups, those of interrupted runs among them.
    pub(super) turns: Turns,
}

impl<'a, P: Provider> Run<'a, P> {
    pub(super) fn new(
        deployment: &'a Deployment<'a, P>,
        store: &'a mut LockedStore,
        state: StateFile,
        (standings, observed): (BTreeMap<Address, Standing>, Live),
        interrupted: Option<&Interrupted>,
    ) -> Self {
        let graph = Graph::new(&deployment.plan.actions)
            .expect("the planner and the linter refuse plans without an order");
        let mut turns = Turns::default();
        for entry in interrupted.into_iter().flat_map(|past| &past.entries) {
            turns.see(entry);
        }
        turns.keep_only(&observed);
        Self {
            id: interrupted
                .map_or_else(|| deployment.new_id.clone(), |interrupted| interrupted.deployment.clone()),
            started: interrupted.map_or_else(|| (deployment.clock)(), |interrupted| interrupted.started),
            ready: graph.roots().into_iter().collect(),
            graph,
            actions: deployment.plan.by_address(),
            deployment,
            store,
            is_first: state.serial == 0,
            state,
            last_save: None,
            is_unsaved: false,
            standings,
            published: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            past: interrupted.map(past_outcomes).unwrap_or_default(),
            earlier: Vec::new(),
            before: None,
            began: BTreeMap::new(),
            observed,
            adopted: BTreeSet::new(),
            unadopted: BTreeMap::new(),
            latest_touched: BTreeSet::new(),
            revisions: BTreeMap::new(),
            held_before: BTreeMap::new(),
            turns,
            finished: BTreeSet::new(),
            touched: BTreeSet::new(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.deployment.clock)()
    }

    /// Takes over what interrupted runs left, where this plan took part in them: `$LATEST` of their functions has another
    /// revision than the planned one. An update in doubt may still be under way, and AWS changes the
    /// revision once more when it ends (R3), so there is none to hold on to.
    pub(super) fn trust(&mut self, own: &OwnPast) {
        for (object, left) in &own.left {
            self.latest_touched.insert(object.clone());
            let Object::Function(id) = object else { continue };
            if let (Left::Revision(revision), Some(live)) = (left, self.observed.function(id)) {
                self.revisions.insert(live.name.clone(), revision.clone());
            }
        }
    }

    /// Records all that was observed: nothing is to be done, or everything was.
    pub(super) fn adopt_all(&mut self) -> Result<(), ApplyError> {
        let observed = self.observed.clone();
        self.adopt(&observed)
    }

    /// Records what has no record yet, and what an interrupted run worked on. The rest waits until
    /// something was done to it or everything was done: an apply that fails hides no drift.
    pub(super) fn adopt_unknown(&mut self, ours: &BTreeSet<Address>) -> Result<(), ApplyError> {
        let ours_objects: BTreeSet<&Object> = ours.iter().map(|address| &address.object).collect();
        let recorded = self.state.recorded.clone();
        let is_known = |object: &Object, live: &Live| match object {
            Object::Function(id) => recorded
                .functions
                .get(id)
                .is_some_and(|known| live.function(id).is_none_or(|live| live.name == known.name)),
            Object::Machine(id) => recorded
                .machines
                .get(id)
                .is_some_and(|known| live.machine(id).is_none_or(|live| live.name == known.name)),
        };
        let observed =
            self.observed.part(|object| ours_objects.contains(object) || !is_known(object, &self.observed));
        self.adopted.extend(observed.objects());
        self.adopt(&observed)?;
        self.claim(ours)
    }

    /// Records an object as it is before our first action on it, so that moves by others enter the
    /// history before ours, also if we crash. [`Self::forget_unchanged`] takes it back.
    fn adopt_before(&mut self, object: &Object) -> Result<(), ApplyError> {
        if !self.adopted.insert(object.clone()) {
            return Ok(());
        }
        let before = self.state.recorded.part(object);
        let observed = self.observed.part(|other| other == object);
        self.keep_observed(&observed)?;
        let now = self.now();
        adopt(&mut self.state.recorded, &observed, now);
        let is_new = self.state.recorded.part(object) != before;
        self.unadopted.insert(object.clone(), before);
        if is_new { self.save_action() } else { Ok(()) }
    }

    /// Takes back what was recorded of objects that we did not change after all: what others did to
    /// them stays drift.
    fn forget_unchanged(&mut self) -> Result<(), ApplyError> {
        let ours = self.outcomes.values().filter(|action| action.outcome.is_ours());
        let changed: BTreeSet<&Object> = ours.map(|action| &action.address.object).collect();
        let before = self.state.recorded.clone();
        for (object, record) in &self.unadopted {
            if !changed.contains(object) {
                self.state.recorded.replace(object, record.clone());
            }
        }
        if self.state.recorded == before { Ok(()) } else { self.save() }
    }

    /// Records what was seen. Nothing is written where nothing is new.
    fn adopt(&mut self, live: &Live) -> Result<(), ApplyError> {
        self.keep_observed(live)?;
        let before = self.state.recorded.clone();
        let now = self.now();
        adopt(&mut self.state.recorded, live, now);
        if self.is_first || self.state.recorded != before { self.save() } else { Ok(()) }
    }

    fn keep_observed(&mut self, live: &Live) -> Result<(), ApplyError> {
        for text in observed_definitions(live) {
            self.store.keep_definition(text)?;
        }
        Ok(())
    }

    /// A publish that an interrupted run announced and that has its version by now was ours, although
    /// its answer was lost.
    fn claim(&mut self, ours: &BTreeSet<Address>) -> Result<(), ApplyError> {
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

    pub(super) fn save(&mut self) -> Result<(), ApplyError> {
        self.state.serial += 1;
        let bytes = self.store.save_state(&self.state)?;
        self.is_first = false;
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

    /// Writes an entry to the journal, and lets those learn from it who take moves back.
    pub(super) fn write_journal(&mut self, entry: &JournalEntry) -> Result<(), ApplyError> {
        self.store.append(entry)?;
        self.turns.see(entry);
        Ok(())
    }

    /// Opens the journal, or goes on with the one that an interrupted apply left.
    pub(super) fn begin(&mut self, interrupted: Option<&Interrupted>) -> Result<(), ApplyError> {
        self.remember_earlier(interrupted)?;
        let (plan_digest, who, at) =
            (self.deployment.plan_digest.clone(), self.deployment.who.clone(), self.now());
        match interrupted {
            Some(_) => self.write_journal(&JournalEntry::Resumed { plan_digest, who, at })?,
            None => self.store.begin(JournalHeader { deployment: self.id.clone(), plan_digest, who, at })?,
        }
        self.deployment.listener.hear(&Event::Started {
            deployment: self.id.clone(),
            actions: self.deployment.plan.actions.len(),
            is_resumed: interrupted.is_some(),
        });
        Ok(())
    }

    /// Takes over what only the manifest of an interrupted run tells: how things stood when the
    /// deployment began, and what waited for what. One that crashed has left none, and nobody knows.
    fn remember_earlier(&mut self, interrupted: Option<&Interrupted>) -> Result<(), ApplyError> {
        let mut recorded = self.state.recorded.clone();
        adopt(&mut recorded, &self.observed, self.now());
        let layout = layout_of(&recorded);
        let Some(interrupted) = interrupted else {
            self.before = Some(layout);
            return Ok(());
        };
        let id = &interrupted.deployment;
        if self.store.deployments()?.contains(id) {
            let earlier = self.store.deployment(id)?;
            self.before = earlier.before.map(|changed| layout.overlaid(changed));
            self.earlier = earlier.actions;
        }
        Ok(())
    }

    /// Writes down the holds of the plan before anything is sent, so that a crash leaves them.
    pub(super) fn hold(&mut self) -> Result<(), ApplyError> {
        let Deployment { plan, who, .. } = self.deployment;
        self.held_before = holding::before(&mut self.state.recorded, &plan.actions);
        let before = self.state.recorded.clone();
        let holder = Holder { who, at: self.now() };
        for action in &plan.actions {
            holding::hold(&mut self.state.recorded, action, &self.published, holder);
        }
        if self.state.recorded == before { Ok(()) } else { self.save() }
    }

    /// Nobody is held by an apply that did nothing and will not be resumed.
    fn let_go(&mut self) -> Result<(), ApplyError> {
        let before = self.state.recorded.clone();
        holding::take_back(&mut self.state.recorded, &self.held_before, |_| true);
        if self.state.recorded == before { Ok(()) } else { self.save() }
    }

    /// Runs the actions until none is left, or until somebody asks to stop.
    pub(super) async fn drive(&mut self) -> Result<(), ApplyError> {
        let deployment = self.deployment;
        let values = self.observed.values.clone();
        let context = Context {
            provider: deployment.provider,
            desired: deployment.desired,
            place: &deployment.plan.place,
            packages: deployment.packages,
            values: &values,
            deployment: self.id.clone(),
            git: deployment.git.as_ref(),
            listener: deployment.listener,
            published: RefCell::new(BTreeMap::new()),
            revisions: RefCell::new(self.revisions.clone()),
        };
        let mut running: FuturesUnordered<Running<'_>> = FuturesUnordered::new();
        let mut in_flight: BTreeSet<Address> = BTreeSet::new();
        let mut is_stopping = false;
        loop {
            while let Some(address) = self.next(in_flight.len()) {
                if let Some(action) = self.numbered(&address)
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
                drop(running);
                return self.take_back(&context).await;
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

    /// Returns an action with the numbers of the versions that were published so far.
    fn numbered(&self, address: &Address) -> Option<Cow<'a, Action>> {
        let numbers = Numbers { functions: &self.deployment.plan.functions, published: &self.published };
        self.actions.get(address).map(|action| numbers.of(action, &self.actions))
    }

    /// Takes the next action that may start now.
    fn next(&mut self, in_flight: usize) -> Option<Address> {
        let parallelism = usize::try_from(self.deployment.desired.limits.parallelism).unwrap_or(1).max(1);
        let may_start = in_flight < parallelism && !self.deployment.cancel.is_requested();
        if !may_start {
            return None;
        }
        let next = match self.deployment.order {
            None => self.ready.first().cloned(),
            Some(order) => self.ready.iter().min_by_key(|address| order.get(*address)).cloned(),
        }?;
        self.ready.take(&next)
    }

    /// Starts an action, unless preflight found it done: the intent is on disk before it is sent.
    fn start<'r>(
        &mut self,
        context: &'r Context<'r, P>,
        action: Cow<'r, Action>,
    ) -> Result<Option<Running<'r>>, ApplyError> {
        let address = action.address.clone();
        if let Some(Standing::Satisfied(version)) = self.standings.get(&address) {
            let version = *version;
            self.note_version(context, &address, version);
            self.end_action(context, &address, Outcome::AlreadyDone)?;
            return Ok(None);
        }
        let summary = action.summary();
        self.adopt_before(&address.object)?;
        self.keep_definitions(&action)?;
        let at = self.now();
        self.began.insert(address.clone(), at);
        let turn = turn(&self.deployment.plan.groups, &action, &self.published);
        self.write_journal(&JournalEntry::Intent {
            address: address.clone(),
            at,
            summary: summary.clone(),
            turn,
        })?;
        self.deployment.listener.hear(&Event::ActionStarted { address: address.clone(), summary });
        self.touched.insert(address.object.clone());
        let is_first_touch =
            !is_of_latest(&address.part) || self.latest_touched.insert(address.object.clone());
        Ok(Some(Box::pin(async move {
            (action.address.clone(), perform(context, &action, is_first_touch).await)
        })))
    }

    /// Both texts are on disk before the machine changes, so that it can be rolled back (design §5).
    fn keep_definitions(&mut self, action: &Action) -> Result<(), ApplyError> {
        match &action.operation {
            Operation::UpdateMachine(MachineAction { definition: Some(change), .. }) => {
                self.store.keep_definition(&change.from)?;
                self.store.keep_definition(&change.to)?;
            }
            Operation::CreateMachine(creation) => drop(self.store.keep_definition(&creation.definition)?),
            _ => {}
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
        let is_protected = matches!(outcome, Outcome::Protected { .. });
        let revision = Self::revision_left(context, address, &outcome);
        let is_success = self.write_down(address, outcome, revision)?;
        if is_success {
            self.finished.insert(address.clone());
            // What was skipped, because its group failed meanwhile, does not begin after all.
            let released = self.graph.released_by(address, &self.finished);
            let released: Vec<Address> =
                released.into_iter().filter(|address| !self.is_settled(address)).collect();
            self.ready.extend(released);
            return Ok(());
        }
        // What stays keeps what it refers to.
        let followed = if is_protected {
            Outcome::Protected { reason: format!("`{address}` stays and pins it") }
        } else {
            Outcome::Skipped { because: address.clone() }
        };
        for dependant in self.graph.dependants(address) {
            if !self.is_settled(&dependant) {
                self.write_down(&dependant, followed.clone(), None)?;
            }
        }
        self.stop_group(address)
    }

    /// What did not begin of a group does not begin once one of it failed.
    fn stop_group(&mut self, failed: &Address) -> Result<(), ApplyError> {
        let groups = &self.deployment.plan.groups;
        let Some(aliases) = group_of(groups, failed).and_then(|name| groups.get(name)) else {
            return Ok(());
        };
        for alias in aliases {
            let is_begun = self.began.contains_key(alias) || self.outcomes.contains_key(alias);
            if is_begun {
                continue;
            }
            self.ready.remove(alias);
            let waiting = self.graph.dependants(alias);
            for address in std::iter::once(alias).chain(&waiting) {
                if !self.is_settled(address) {
                    self.write_down(address, Outcome::Skipped { because: failed.clone() }, None)?;
                }
            }
        }
        Ok(())
    }

    /// Returns the revision that our own update of `$LATEST` left.
    fn revision_left(context: &Context<'_, P>, address: &Address, outcome: &Outcome) -> Option<RevisionId> {
        let is_update = matches!(address.part, Part::Settings | Part::Code);
        let Object::Function(id) = &address.object else { return None };
        let name = context.function(id).filter(|_| is_update && matches!(outcome, Outcome::Done { .. }))?;
        context.revisions.borrow().get(name).cloned()
    }

    /// Tells whether this run has an outcome for the action.
    fn is_settled(&self, address: &Address) -> bool {
        self.finished.contains(address)
            || matches!(
                self.outcomes.get(address),
                Some(ManifestAction { outcome: Outcome::Skipped { .. } | Outcome::Protected { .. }, .. })
            )
    }

    /// Returns whether what waits for the action may go on.
    fn write_down(
        &mut self,
        address: &Address,
        outcome: Outcome,
        revision: Option<RevisionId>,
    ) -> Result<bool, ApplyError> {
        let at = self.now();
        let action = self.numbered(address);
        self.write_journal(&JournalEntry::Outcome {
            address: address.clone(),
            at,
            outcome: outcome.clone(),
            revision,
        })?;
        // What was done already was recorded as a whole, when it was looked at.
        if let (Outcome::Done { .. }, Some(action)) = (&outcome, &action) {
            record(&mut self.state.recorded, action, &self.published, at);
            let holder = Holder { who: &self.deployment.who, at };
            holding::hold(&mut self.state.recorded, action, &self.published, holder);
            self.save_action()?;
        }
        let is_success = matches!(outcome, Outcome::Done { .. } | Outcome::AlreadyDone);
        self.deployment
            .listener
            .hear(&Event::ActionFinished { address: address.clone(), outcome: outcome.clone() });
        let summary = action.as_ref().map(|action| action.summary()).unwrap_or_default();
        let began = self.began.get(address).copied();
        let told = ManifestAction {
            address: address.clone(),
            summary,
            began,
            ended: began.map(|_| at),
            after: action.map(|action| action.after.clone()).unwrap_or_default(),
            outcome,
        };
        self.outcomes.insert(address.clone(), told);
        Ok(is_success)
    }

    /// Leaves running actions to the next apply, which will look what became of them.
    fn give_up(&mut self, in_flight: BTreeSet<Address>) -> Result<(), ApplyError> {
        for address in in_flight {
            self.write_down(
                &address,
                Outcome::Unknown { why: "we stopped waiting while AWS was working on it".to_owned() },
                None,
            )?;
        }
        Ok(())
    }

    /// What a group served only in part, before this deployment went elsewhere, is no way back.
    fn mark_given_up(&mut self) -> Result<(), ApplyError> {
        let before = self.state.recorded.clone();
        let known = Known { desired: self.deployment.desired, recorded: &before, began: self.started };
        for (id, version) in self.turns.given_up(known) {
            let Some(function) = self.state.recorded.functions.get_mut(&id) else { continue };
            let is_served = function.aliases.values().any(|alias| {
                alias.gone.is_none() && alias.routing().versions().any(|served| served == version)
            });
            if !is_served {
                function.bad.insert(version);
            }
        }
        if self.state.recorded == before { Ok(()) } else { self.save() }
    }

    /// Looks at everything that was touched, once all is done, and records all that was seen. After
    /// a failure only our own actions are recorded, so that what others did stays drift. A failure
    /// to look loses nothing: every action is recorded already.
    pub(super) async fn look_back(&mut self) -> Result<(), ApplyError> {
        let outcome = deployment_outcome(self.deployment.plan, &self.outcomes, false);
        if outcome != DeploymentOutcome::Completed {
            return self.forget_unchanged();
        }
        self.mark_given_up()?;
        let touched = std::mem::take(&mut self.touched);
        let untouched = self.observed.part(|object| !touched.contains(object));
        self.adopt(&untouched)?;
        match read(self.deployment, Some(&touched), &self.state.recorded, &Live::default()).await {
            Ok(live) => self.adopt(&live),
            Err(ApplyError::Provider(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Closes the journal if the deployment is complete, and leaves it open for the next apply
    /// otherwise.
    pub(super) fn end(mut self) -> Result<Applied, ApplyError> {
        let manifest = self.manifest();
        if manifest.outcome != DeploymentOutcome::Completed && !manifest.is_resumable() {
            self.let_go()?;
        }
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
        let mut actions = joined(&self.past, &now, plan, &self.published);
        with_edges(&mut actions, &self.earlier);
        let after = layout_of(&self.state.recorded);
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
            before: self.before.clone().map(|before| changed(before, &after, &actions)),
            functions: after.functions,
            machines: after.machines,
            actions,
        }
    }
}
