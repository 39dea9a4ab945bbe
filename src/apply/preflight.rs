//! Preflight: where each action of a plan stands in the world as it is now.
//!
//! An action is satisfied (the world is as it wants), ready (the world is as the plan saw it) or
//! moved (neither). The actions on one `$LATEST` form a chain, so the plan's own steps, done by an
//! interrupted apply, are recognised and never mistaken for somebody else's change.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    asl,
    diff::pinning_states,
    model::{
        Address, AliasName, Configuration, Desired, Digest, FunctionId, FunctionName, Health, Leaving, Live,
        LiveAlias, LiveFunction, LiveMachine, LiveVersion, MachineId, MachineLogging, Object, Part,
        PlannedRouting, Presence, Recorded, RecordedAlias, RecordedFunction, Retention, RevisionId, Routing,
        SettingChange, Values, VersionNumber, VersionRef,
    },
    plan::{Action, FunctionCreation, MachineAction, MachineCreation, Operation, Plan, Precondition, Reason},
};

use super::{latest::nothing_new, numbers::Numbers, past::Left};

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The world is as the action wants it; a publish names the version.
    Satisfied(Option<VersionNumber>),
    /// The world is as the plan saw it, or as the plan's earlier actions will make it.
    Ready,
    /// The world is neither; in words what moved.
    Moved(String),
}

/// What we know that we did ourselves, where the world alone cannot tell.
#[derive(Debug, Clone, Copy)]
pub struct Memory<'a> {
    /// The addresses that interrupted runs announced, where this plan took part in them.
    pub ours: &'a BTreeSet<Address>,
    /// Where they left `$LATEST` of the functions that they changed.
    pub left: &'a BTreeMap<Object, Left>,
    /// The recorded state; it knows which versions we published.
    pub recorded: &'a Recorded,
}

/// What preflight looks from: the plan, the TOML, the instant, and what we know of our own doing.
pub(super) struct Look<'a> {
    pub(super) desired: &'a Desired,
    now: Timestamp,
    pub(super) actions: BTreeMap<&'a Address, &'a Action>,
    pub(super) memory: Memory<'a>,
    pins: Pins,
    pub(super) published: BTreeMap<Address, VersionNumber>,
    functions: &'a BTreeMap<FunctionId, FunctionName>,
    /// A machine whose running executions may follow definitions that nobody saw.
    unknown_executions: Option<&'a MachineId>,
    /// What the machines do now.
    pub(super) definitions: Vec<&'a str>,
    /// What the sources of the plan's environment variables say now.
    values: &'a Values,
}

/// What decides whether the reasons to delete a version still hold.
pub(super) struct Deletion<'a> {
    pub(super) action: &'a Action,
    pub(super) version: VersionNumber,
    /// Its youngest sign.
    pub(super) published: Timestamp,
    pub(super) min_age: Option<SignedDuration>,
    /// What the aliases served.
    pub(super) history: Option<&'a BTreeMap<AliasName, RecordedAlias>>,
    /// How many versions are newer.
    pub(super) newer: usize,
}

/// Returns the standing of every action at this instant. `live` must hold every object that the
/// plan changes, every machine if it deletes versions, and the values of all variables that it sets.
pub fn preflight(
    plan: &Plan,
    live: &Live,
    memory: Memory<'_>,
    (desired, now): (&Desired, Timestamp),
) -> BTreeMap<Address, Standing> {
    let mut look = Look {
        desired,
        now,
        actions: plan.by_address(),
        memory,
        pins: Pins::new(),
        published: BTreeMap::new(),
        functions: &plan.functions,
        unknown_executions: unknown_executions(live),
        definitions: live
            .machines
            .values()
            .filter_map(Presence::present)
            .map(|machine| machine.definition.as_str())
            .collect(),
        values: &live.values,
    };
    look.pins = look.pins(live);
    let mut standings: BTreeMap<Address, Standing> = BTreeMap::new();
    for action in &plan.actions {
        let action = &*look.numbered(action);
        let standing = match &action.address.object {
            Object::Function(id) => match live.functions.get(id) {
                Some(Presence::Present(function)) => look.function(action, id, function),
                Some(Presence::Absent) | None => look.absent(action),
            },
            Object::Machine(id) => match live.machines.get(id) {
                Some(Presence::Present(machine)) => look.machine(action, id, machine),
                Some(Presence::Absent) | None => look.absent(action),
            },
        };
        if let Standing::Satisfied(Some(version)) = &standing {
            look.published.insert(action.address.clone(), *version);
        }
        standings.insert(action.address.clone(), standing);
    }
    standings
}

fn unknown_executions(live: &Live) -> Option<&MachineId> {
    let executions = |id| live.machine(id).and_then(|machine| machine.executions.as_ref());
    live.machines.keys().find(|id| executions(*id).is_some_and(|executions| !executions.is_complete))
}

type Pins = BTreeMap<FunctionName, BTreeSet<VersionNumber>>;

/// The parts whose change gives `$LATEST` another revision.
pub(super) fn is_of_latest(part: &Part) -> bool {
    matches!(part, Part::Settings | Part::Code | Part::NewVersion)
}

impl<'a> Look<'a> {
    /// Returns the action with the numbers of the versions that were published by an earlier run.
    pub(super) fn numbered(&self, action: &'a Action) -> Cow<'a, Action> {
        Numbers { functions: self.functions, published: &self.published }.of(action, &self.actions)
    }

    /// Returns the versions that live definitions pin, and those of the published versions of machines
    /// that the plan leaves.
    fn pins(&self, live: &Live) -> Pins {
        let mut pins = Pins::new();
        let machines = live.machines.iter().filter_map(|(id, presence)| Some((id, presence.present()?)));
        for (id, machine) in machines {
            let goes = |version: VersionNumber| {
                self.actions.contains_key(&Address::machine(id, Part::Version(version)))
            };
            let known = self.known(id, machine);
            let staying = known.into_iter().filter(|(version, _)| !goes(*version));
            let staying = staying.map(|(_, known)| known.pins);
            let followed = machine.executions.iter().flat_map(|executions| &executions.definitions);
            let texts = followed.chain([&machine.definition]).map(|text| pinning_states(text));
            for (function, versions) in staying.chain(texts).flatten() {
                pins.entry(function).or_default().extend(versions.into_keys());
            }
        }
        pins
    }

    /// What does not exist yet has nothing that could have moved, if the plan creates it.
    fn absent(&self, action: &Action) -> Standing {
        self.creation(&action.address.object).map_or_else(|| absent_standing(action), absent_standing)
    }

    /// Returns the action that creates an object.
    pub(super) fn creation(&self, object: &Object) -> Option<&'a Action> {
        self.actions.get(&Address { object: object.clone(), part: Part::Whole }).copied()
    }

    fn function(&self, action: &Action, id: &FunctionId, live: &LiveFunction) -> Standing {
        match &action.operation {
            Operation::CreateFunction(wanted)
                if is_begun(wanted, &live.latest.configuration, self.values) =>
            {
                Standing::Satisfied(None)
            }
            Operation::CreateFunction(_) => Standing::Moved(created_otherwise()),
            Operation::UpdateSettings { .. } | Operation::UpdateCode { .. } => self.latest(action, id, live),
            Operation::PublishVersion { newest, .. } => match self.published(action, id, live, *newest) {
                Some(version) => Standing::Satisfied(Some(version)),
                None => match self.equal_before(id, live, *newest) {
                    Some(version) => Standing::Moved(nothing_new(version)),
                    None => self.latest(action, id, live),
                },
            },
            Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. } => self.alias(action, to, live),
            Operation::KeepAlias { .. } => {
                let Part::Alias(name) = &action.address.part else { return not_an_alias() };
                let now = live.aliases.get(name).map(LiveAlias::settled_routing);
                alias_precondition(&action.precondition, now.as_ref())
            }
            Operation::DeleteVersion { version, .. } => self.deletion(action, id, live, *version),
            Operation::CreateMachine(_)
            | Operation::UpdateMachine(_)
            | Operation::PublishMachineVersion { .. }
            | Operation::DeleteMachineVersion { .. } => Standing::Moved("is no state machine".to_owned()),
        }
    }

    /// Returns the version that the publish made, if it was made: newer than all that the plan saw,
    /// equal to `$LATEST`, and with the fingerprint that was planned. Where environment values could
    /// differ unseen, it must be ours by the journal or by the record.
    fn published(
        &self,
        action: &Action,
        id: &FunctionId,
        live: &LiveFunction,
        newest: Option<VersionNumber>,
    ) -> Option<VersionNumber> {
        let Precondition::Latest { fingerprint, revision } = &action.precondition else { return None };
        let latest = &live.latest.configuration;
        let is_as_planned = self.chain(id).iter().all(|step| is_latest_satisfied(step, latest, self.values));
        if !is_as_planned || latest.fingerprint() != *fingerprint {
            return None;
        }
        let is_newer = |version: &VersionNumber| newest.is_none_or(|newest| *version > newest);
        let newer = live.versions.iter().rev().take_while(|(version, _)| is_newer(version));
        let equal = newer.into_iter().find(|(_, version)| version.configuration.is_same_version(latest));
        // A function that was created anew has younger versions under the numbers that we recorded.
        let is_published_by_us = |version: &VersionNumber| {
            let published =
                self.record(id, live).and_then(|function| function.versions.get(version)?.published);
            let found = live.versions.get(version);
            published.zip(found).is_some_and(|(published, found)| found.last_modified <= published)
        };
        let is_ours = |version: &VersionNumber| {
            revision.is_none() || self.memory.ours.contains(&action.address) || is_published_by_us(version)
        };
        equal.map(|(version, _)| *version).filter(is_ours)
    }

    /// Returns the version that the plan saw and that `$LATEST` equals by now, with all that the plan
    /// changes in place: the sources of variables may say again what they said before.
    fn equal_before(
        &self,
        id: &FunctionId,
        live: &LiveFunction,
        newest: Option<VersionNumber>,
    ) -> Option<VersionNumber> {
        let latest = &live.latest.configuration;
        if !self.chain(id).iter().all(|step| is_latest_satisfied(step, latest, self.values)) {
            return None;
        }
        let known = live.versions.iter().rev().filter(|(version, _)| Some(**version) <= newest);
        let is_equal = |(_, version): &(&VersionNumber, &LiveVersion)| {
            version.configuration.is_same_version(latest) && !matches!(version.health, Health::Failed(_))
        };
        known.into_iter().find(is_equal).map(|(version, _)| *version)
    }

    /// `$LATEST` must be where the first unsatisfied action of the chain expects it.
    fn latest(&self, action: &Action, id: &FunctionId, live: &LiveFunction) -> Standing {
        let latest = &live.latest.configuration;
        if is_latest_satisfied(action, latest, self.values) {
            return Standing::Satisfied(None);
        }
        let next = self
            .chain(id)
            .into_iter()
            .find(|step| !is_latest_satisfied(step, latest, self.values))
            .unwrap_or(action);
        if next.precondition == Precondition::Absent {
            return Standing::Moved(created_otherwise());
        }
        let Precondition::Latest { fingerprint, revision } = &next.precondition else {
            return Standing::Moved("has a precondition of another kind".to_owned());
        };
        let actual = latest.fingerprint();
        if actual != *fingerprint {
            return Standing::Moved(latest_moved(fingerprint, &actual));
        }
        // What nobody saw the end of cannot be told from another's change; the fingerprint is as planned.
        let expected = match self.memory.left.get(&action.address.object) {
            None => revision.as_ref(),
            Some(Left::Revision(left)) => Some(left),
            Some(Left::Doubt) => None,
        };
        let is_other = |expected: &RevisionId| *expected != live.latest.revision_id;
        match revision {
            Some(_) if expected.is_some_and(is_other) => Standing::Moved(
                "was changed since the plan was made; it has environment variables, whose values a plan does not hold".to_owned(),
            ),
            Some(_) | None => Standing::Ready,
        }
    }

    /// The actions on one `$LATEST`, in order.
    fn chain(&self, id: &FunctionId) -> Vec<&Action> {
        let parts = [Part::Whole, Part::Settings, Part::Code];
        parts.into_iter().filter_map(|part| self.actions.get(&Address::function(id, part)).copied()).collect()
    }

    /// Returns the record of this very function; one under another name is of another function.
    fn record(&self, id: &FunctionId, live: &LiveFunction) -> Option<&RecordedFunction> {
        self.memory.recorded.functions.get(id).filter(|function| function.name == live.name)
    }

    fn alias(&self, action: &Action, to: &PlannedRouting, live: &LiveFunction) -> Standing {
        let Part::Alias(name) = &action.address.part else { return not_an_alias() };
        let now = live.aliases.get(name).map(LiveAlias::settled_routing);
        let is_another = |(version, planned): &(&VersionNumber, &Digest)| {
            let found = live.versions.get(version);
            found.is_some_and(|found| found.configuration.fingerprint() != **planned)
        };
        if let Some((version, _)) = action.targets.iter().find(is_another) {
            return Standing::Moved(format!(
                "was to point to version {version}, which is another one by now"
            ));
        }
        if now.is_some() && now == to.resolve(&self.published) {
            return Standing::Satisfied(None);
        }
        if let Some(moved) = resolved_away(to, |version| live.versions.contains_key(&version)) {
            return moved;
        }
        alias_precondition(&action.precondition, now.as_ref())
    }

    /// The version must be the one that was planned, and the reasons that let it go must hold.
    fn deletion(
        &self,
        action: &Action,
        id: &FunctionId,
        live: &LiveFunction,
        version: VersionNumber,
    ) -> Standing {
        let Some(found) = live.versions.get(&version) else { return Standing::Satisfied(None) };
        let Precondition::Unreferenced { fingerprint } = &action.precondition else {
            return Standing::Moved("has a precondition of another kind".to_owned());
        };
        if found.configuration.fingerprint() != *fingerprint {
            return Standing::Moved(
                "is another version than the plan saw; was the function created anew?".to_owned(),
            );
        }
        if let Some(machine) = &self.unknown_executions {
            return Standing::Moved(format!(
                "may be pinned by a running execution of `{machine}`; not all of them could be looked at"
            ));
        }
        if self.pins.get(&live.name).is_some_and(|versions| versions.contains(&version)) {
            return Standing::Moved("is pinned by a state machine by now".to_owned());
        }
        let retention = self.desired.functions.get(id).and_then(|function| function.retention);
        self.deletion_holds(&Deletion {
            action,
            version,
            published: found.last_modified,
            min_age: min_age(action, retention),
            history: self.record(id, live).map(|function| &function.aliases),
            newer: live.versions.keys().filter(|other| **other > version).count(),
        })
    }

    /// Tells whether a version that nothing refers to is still old enough and not among the newest.
    pub(super) fn deletion_holds(&self, deletion: &Deletion<'_>) -> Standing {
        let age = self.now.duration_since(deletion.published);
        if deletion.min_age.is_some_and(|min_age| min_age.is_positive() && age < min_age) {
            return Standing::Moved("is younger than min_age; was it published anew?".to_owned());
        }
        if let Some(alias) = self.left_lately(deletion) {
            return Standing::Moved(format!("left `{alias}` by now, and min_age begins then"));
        }
        let Address { object, .. } = &deletion.action.address;
        let publish = Address { object: object.clone(), part: Part::NewVersion };
        let is_publish_open = self.actions.contains_key(&publish) && !self.published.contains_key(&publish);
        let newer = deletion.newer + usize::from(is_publish_open);
        match &deletion.action.reason {
            Reason::Unprotected { keep } | Reason::CleanedUp { keep, .. }
                if newer < usize::try_from(*keep).unwrap_or(usize::MAX) =>
            {
                Standing::Moved(format!("is among the newest {keep} by now"))
            }
            _ => Standing::Ready,
        }
    }

    /// Returns an alias that left the version after the plan was made, or too lately for `min_age`.
    fn left_lately<'d>(&self, deletion: &Deletion<'d>) -> Option<&'d AliasName> {
        let min_age = deletion.min_age?;
        let is_late = |alias: &RecordedAlias| match alias.leaving(deletion.version) {
            Leaving::Never => false,
            Leaving::At(instant) => self.now.duration_since(instant) < min_age,
            Leaving::Unseen => min_age.is_positive(),
        };
        deletion.history?.iter().find(|(_, alias)| is_late(alias)).map(|(name, _)| name)
    }
}

/// Returns how long a version stays that is young: as declared, or as somebody asked who cleans up.
pub(super) fn min_age(action: &Action, declared: Option<Retention>) -> Option<SignedDuration> {
    match &action.reason {
        Reason::CleanedUp { min_age_seconds, .. } => {
            i64::try_from(*min_age_seconds).ok().map(SignedDuration::from_secs)
        }
        _ => declared.map(|retention| retention.min_age),
    }
}

pub(super) fn not_an_alias() -> Standing {
    Standing::Moved("is no alias".to_owned())
}

pub(super) fn is_latest_satisfied(action: &Action, configuration: &Configuration, values: &Values) -> bool {
    let is_set = |change: &SettingChange| configuration.settings.get(change.setting) == change.to.as_ref();
    match &action.operation {
        Operation::UpdateSettings { changes, variables: _ } => {
            let declared = values.resolved(action.operation.variables());
            changes.iter().all(is_set) && configuration.environment.has_all(&declared)
        }
        Operation::UpdateCode { to, architectures, .. } => {
            configuration.code == *to && architectures.iter().all(is_set)
        }
        Operation::CreateFunction(wanted) => is_begun(wanted, configuration, values),
        Operation::CreateMachine(_)
        | Operation::PublishVersion { .. }
        | Operation::CreateAlias { .. }
        | Operation::UpdateAlias { .. }
        | Operation::KeepAlias { .. }
        | Operation::UpdateMachine(_)
        | Operation::PublishMachineVersion { .. }
        | Operation::DeleteMachineVersion { .. }
        | Operation::DeleteVersion { .. } => false,
    }
}

/// Tells whether `$LATEST` is what a creation made: nobody else begins a function just like that.
pub(super) fn is_begun(creation: &FunctionCreation, configuration: &Configuration, values: &Values) -> bool {
    let Configuration { code, settings, environment } = configuration;
    *code == creation.code
        && *settings == creation.settings
        && *environment == values.resolved(&creation.variables)
}

pub(super) fn created_otherwise() -> String {
    "exists by now, and not as this plan would create it".to_owned()
}

/// Returns where an action stands on what does not exist.
pub(super) fn absent_standing(action: &Action) -> Standing {
    match action.precondition {
        Precondition::Absent => Standing::Ready,
        _ => Standing::Moved("does not exist any more".to_owned()),
    }
}

pub(super) fn latest_moved(planned: &Digest, actual: &Digest) -> String {
    format!(
        "has other code or settings than the plan saw (fingerprint {} → {})",
        planned.short(),
        actual.short()
    )
}

/// Returns that an alias was to point to a version which is gone, if it was.
pub(super) fn resolved_away(to: &PlannedRouting, exists: impl Fn(VersionNumber) -> bool) -> Option<Standing> {
    let missing = to.versions().filter_map(VersionRef::existing).find(|version| !exists(*version))?;
    Some(Standing::Moved(format!("was to point to version {missing}, which does not exist any more")))
}

/// Compares an alias with what the plan saw of it.
pub(super) fn alias_precondition(precondition: &Precondition, now: Option<&Routing>) -> Standing {
    match (precondition, now) {
        (Precondition::AliasAbsent, None) => Standing::Ready,
        (Precondition::AliasAbsent, Some(now)) => {
            Standing::Moved(format!("exists by now and points to {now}"))
        }
        (Precondition::AliasAt(_), None) => Standing::Moved("does not exist any more".to_owned()),
        (Precondition::AliasAt(planned), Some(now)) if planned == now => Standing::Ready,
        (Precondition::AliasAt(planned), Some(now)) => {
            Standing::Moved(format!("pointed to {planned} and points to {now} by now"))
        }
        (
            Precondition::Absent
            | Precondition::Latest { .. }
            | Precondition::Machine { .. }
            | Precondition::MachineAt { .. }
            | Precondition::Unreferenced { .. },
            _,
        ) => Standing::Moved("has a precondition of another kind".to_owned()),
    }
}

/// Compares a machine with what the action wants and with what the plan saw.
pub(super) fn machine_standing(action: &Action, live: &LiveMachine) -> Standing {
    let wanted = match &action.operation {
        Operation::UpdateMachine(wanted) => wanted,
        Operation::CreateMachine(wanted) if is_created(wanted, live) => return Standing::Satisfied(None),
        Operation::CreateMachine(_) => return Standing::Moved(created_otherwise()),
        _ => return Standing::Moved("is a state machine".to_owned()),
    };
    if is_machine_satisfied(wanted, live) {
        return Standing::Satisfied(None);
    }
    let Precondition::Machine { definition, role, logging } = &action.precondition else {
        return Standing::Moved("has a precondition of another kind".to_owned());
    };
    if let Some(change) = &wanted.definition {
        let is_text = Digest::of(live.definition.as_bytes()) == *definition;
        if !is_text && !asl::is_same_meaning(&change.from, &live.definition) {
            return Standing::Moved("has another definition than the plan saw".to_owned());
        }
    }
    if wanted.role.is_some() && *role != live.role {
        return Standing::Moved(format!("had the role {role} and has {} by now", live.role));
    }
    if wanted.logging.is_some() && *logging != live.logging {
        return Standing::Moved("has another logging than the plan saw".to_owned());
    }
    Standing::Ready
}

fn is_created(wanted: &MachineCreation, live: &LiveMachine) -> bool {
    let MachineCreation { name: _, definition, edits: _, role, kind, logging, calls: _ } = wanted;
    asl::is_same_meaning(definition, &live.definition)
        && *role == live.role
        && *kind == live.kind
        && is_logging(logging.as_ref(), live)
}

/// Off and absent are equal.
fn is_logging(wanted: Option<&MachineLogging>, live: &LiveMachine) -> bool {
    let off = MachineLogging::off();
    wanted.unwrap_or(&off) == live.logging.as_ref().unwrap_or(&off)
}

fn is_machine_satisfied(wanted: &MachineAction, live: &LiveMachine) -> bool {
    let MachineAction { definition, role, logging, calls: _ } = wanted;
    definition.iter().all(|change| asl::is_same_meaning(&change.to, &live.definition))
        && role.iter().all(|(_, to)| *to == live.role)
        && logging.iter().all(|(_, to)| is_logging(Some(to), live))
}
