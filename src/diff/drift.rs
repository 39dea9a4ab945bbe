//! Drift: what moved since we last applied or looked, recorded against live.
//!
//! Drift never becomes an action. It has four verdicts (design §3.10): drifted, pending (only the
//! TOML is ahead), in progress (AWS or an interrupted apply is still moving it) and not compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Serialize;

use crate::{
    asl,
    model::{
        Address, AliasName, Desired, Digest, DriftIgnore, FunctionId, Health, Live, LiveFunction,
        LiveMachine, MachineId, MachineLogging, Object, Part, Presence, Recorded, RecordedAlias,
        RecordedFunction, RecordedMachine, Routing, SettingChange, Weight,
    },
};

use super::{Line, LineAlias};

/// What drift is found from.
#[derive(Debug, Clone, Copy)]
pub struct DriftInputs<'a> {
    /// What the TOML says: which objects to compare, and what to ignore.
    pub desired: &'a Desired,
    /// What AWS says.
    pub live: &'a Live,
    /// What we remember; nothing before the first apply.
    pub recorded: Option<&'a Recorded>,
    /// The recorded definitions by digest, as far as they are still there.
    pub definitions: &'a BTreeMap<Digest, String>,
    /// The objects that an interrupted apply was working on.
    pub in_progress: &'a BTreeSet<Object>,
    /// The addresses that a plan made now would change.
    pub pending: &'a BTreeSet<Address>,
    /// What could not be read, and why.
    pub unreadable: &'a BTreeMap<Object, String>,
    /// What was asked about single functions and not answered.
    pub unanswered: &'a Unanswered,
}

/// What AWS did not say of single functions, with its words. Without it nobody can tell whether a
/// difference is drift or still moving.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unanswered {
    /// Whether an update of `$LATEST` is under way.
    pub updates: BTreeMap<FunctionId, String>,
    /// Whether the weights of the aliases are AWS's own (T11).
    pub weights: BTreeMap<FunctionId, String>,
}

/// Everything that moved, and everything that could not be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// The items by address.
    pub items: Vec<DriftItem>,
    /// How many drifted items `[drift] ignore` left out.
    pub ignored: usize,
    /// How many functions and machines were compared.
    pub compared: usize,
}

impl Drift {
    /// Counts the items with a verdict.
    pub fn count(&self, verdict: DriftVerdict) -> usize {
        self.items.iter().filter(|item| item.verdict == verdict).count()
    }
}

/// One thing that is not as recorded, or could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DriftItem {
    /// What it is about.
    pub address: Address,
    /// What we make of it.
    pub verdict: DriftVerdict,
    /// What moved.
    pub moved: Moved,
}

/// What a difference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftVerdict {
    /// Recorded and live differ.
    Drifted,
    /// Only the TOML is ahead.
    Pending,
    /// It is still moving.
    InProgress,
    /// It could not be compared.
    NotCompared,
}

/// What moved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the line of a variant names its fields")]
pub enum Moved {
    /// The function or machine does not exist any more.
    Missing,
    /// The package of `$LATEST` is another one.
    Code { recorded: String, live: String },
    /// A setting of `$LATEST` has another value; the values are JSON or nothing for the default.
    Setting { setting: String, recorded: Option<String>, live: Option<String> },
    /// Variables of `$LATEST` were added, removed or changed; their values are never shown.
    Variables(BTreeSet<String>),
    /// A published version is gone.
    VersionGone,
    /// An alias points to another version.
    AliasTarget { recorded: String, live: String },
    /// An alias splits its traffic otherwise.
    AliasWeights { recorded: String, live: String },
    /// An alias is gone.
    AliasGone { recorded: String },
    /// An alias that we did not record.
    AliasAppeared { live: String },
    /// The definition means something else.
    Definition { states: Vec<String> },
    /// The execution role is another one.
    Role { recorded: String, live: String },
    /// The logging of a state machine is another one.
    Logging { recorded: String, live: String },
    /// A plan would change it.
    Planned,
    /// It was never recorded.
    NotRecorded,
    /// It does not exist, and was never recorded.
    NotCreated,
    /// It could not be read.
    Unreadable(String),
    /// Values of variables cannot be compared: no published version has the recorded ones.
    NoWitness,
}

impl Moved {
    /// Returns the field that `[drift] ignore` names for it.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Setting { setting, .. } => Some(setting),
            Self::Variables(_) | Self::NoWitness => Some("environment"),
            Self::AliasTarget { .. } => Some("target"),
            Self::AliasWeights { .. } => Some("weights"),
            Self::Role { .. } => Some("role"),
            Self::Logging { .. } => Some("logging"),
            Self::Missing
            | Self::Code { .. }
            | Self::VersionGone
            | Self::AliasGone { .. }
            | Self::AliasAppeared { .. }
            | Self::Definition { .. }
            | Self::Planned
            | Self::NotRecorded
            | Self::NotCreated
            | Self::Unreadable(_) => None,
        }
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "(default)".to_owned());
        match self {
            Self::Missing => f.write_str("does not exist any more"),
            Self::Code { recorded, live } => write!(f, "code of `$LATEST`: {recorded} → {live}"),
            Self::Setting { setting, recorded, live } => {
                write!(f, "{setting}: {} → {}", shown(recorded), shown(live))
            }
            Self::Variables(names) => {
                write!(
                    f,
                    "environment variables changed: {}",
                    names.iter().cloned().collect::<Vec<_>>().join(", ")
                )
            }
            Self::VersionGone => f.write_str("the version is gone"),
            Self::AliasTarget { recorded, live } => write!(f, "target: {recorded} → {live}"),
            Self::AliasWeights { recorded, live } => write!(f, "weights: {recorded} → {live}"),
            Self::AliasGone { recorded } => write!(f, "the alias is gone; it pointed to {recorded}"),
            Self::AliasAppeared { live } => write!(f, "the alias appeared; it points to {live}"),
            Self::Definition { states } => write!(f, "definition edited: {}", states.join(", ")),
            Self::Role { recorded, live } => write!(f, "role: {recorded} → {live}"),
            Self::Logging { recorded, live } => write!(f, "logging: {recorded} → {live}"),
            Self::Planned => f.write_str("the TOML is ahead; `repoint plan` shows how"),
            Self::NotRecorded => f.write_str("never recorded; the next apply does"),
            Self::NotCreated => f.write_str(
                "does not exist and was never recorded; `repoint plan` says whether an apply creates it",
            ),
            Self::Unreadable(why) => f.write_str(why),
            Self::NoWitness => {
                f.write_str("values of environment variables: no published version has the recorded ones")
            }
        }
    }
}

/// Compares everything that the TOML names with what we remember of it.
pub fn drift(inputs: &DriftInputs<'_>) -> Drift {
    let functions = inputs.desired.functions.keys().flat_map(|id| function_items(inputs, id));
    let machines = inputs.desired.machines.keys().flat_map(|id| machine_items(inputs, id));
    let found: Vec<DriftItem> = functions.chain(machines).map(|item| in_progress(inputs, item)).collect();
    let is_unseen =
        |item: &&DriftItem| item.verdict == DriftVerdict::NotCompared && item.address.part == Part::Whole;
    let unseen = found.iter().filter(is_unseen).count();
    let compared = inputs.desired.functions.len() + inputs.desired.machines.len() - unseen;
    let drifted: BTreeSet<&Address> = found.iter().map(|item| &item.address).collect();
    let pending = inputs
        .pending
        .iter()
        .filter(|address| !drifted.contains(address) && !matches!(address.part, Part::Version(_)));
    let pending = pending.map(|address| item(address.clone(), DriftVerdict::Pending, Moved::Planned));
    let pending: Vec<DriftItem> = pending.map(|item| in_progress(inputs, item)).collect();
    let (ignored, mut items): (Vec<DriftItem>, Vec<DriftItem>) =
        found.into_iter().chain(pending).partition(|item| is_ignored(&inputs.desired.drift_ignore, item));
    items.sort();
    // Several differences of one thing that nobody can judge are one word of AWS.
    items.dedup();
    Drift {
        items,
        ignored: ignored.iter().filter(|item| item.verdict == DriftVerdict::Drifted).count(),
        compared,
    }
}

fn item(address: Address, verdict: DriftVerdict, moved: Moved) -> DriftItem {
    DriftItem { address, verdict, moved }
}

fn is_ignored(rules: &[DriftIgnore], item: &DriftItem) -> bool {
    let is_covered = |rule: &DriftIgnore| {
        rule.address.is_over(&item.address)
            && rule.field.as_deref().is_none_or(|field| item.moved.field() == Some(field))
    };
    rules.iter().any(is_covered)
}

/// What an interrupted apply was working on is still moving, with all its parts: the plan may have had
/// more to do there.
fn in_progress(inputs: &DriftInputs<'_>, mut item: DriftItem) -> DriftItem {
    if inputs.in_progress.contains(&item.address.object) && item.verdict != DriftVerdict::NotCompared {
        item.verdict = DriftVerdict::InProgress;
    }
    item
}

/// What nobody has recorded did not go away. An apply that is still to come creates it, or nobody can tell.
fn not_created(inputs: &DriftInputs<'_>, whole: Address) -> Vec<DriftItem> {
    let is_coming = inputs.recorded.is_some() && inputs.pending.contains(&whole);
    if is_coming { Vec::new() } else { vec![item(whole, DriftVerdict::NotCompared, Moved::NotCreated)] }
}

fn function_items(inputs: &DriftInputs<'_>, id: &FunctionId) -> Vec<DriftItem> {
    let whole = Address::function(id, Part::Whole);
    if let Some(why) = inputs.unreadable.get(&whole.object) {
        return vec![item(whole, DriftVerdict::NotCompared, Moved::Unreadable(why.clone()))];
    }
    let recorded = recorded_function(inputs, id);
    match (inputs.live.functions.get(id), recorded) {
        (Some(Presence::Absent) | None, Some(_)) => {
            vec![item(whole, DriftVerdict::Drifted, Moved::Missing)]
        }
        (Some(Presence::Absent) | None, None) => not_created(inputs, whole),
        (Some(Presence::Present(_)), None) => {
            vec![item(whole, DriftVerdict::NotCompared, Moved::NotRecorded)]
        }
        (Some(Presence::Present(live)), Some(recorded)) => {
            let latest = judged_latest_items(inputs.unanswered, id, recorded, live);
            let versions = recorded.versions.keys().filter(|version| !live.versions.contains_key(*version));
            let versions = versions.map(|version| {
                item(
                    Address::function(id, Part::Version(*version)),
                    DriftVerdict::Drifted,
                    Moved::VersionGone,
                )
            });
            let own_line = Line::of_function(live, None);
            let aliases = alias_items(&whole.object, &recorded.aliases, &own_line);
            let aliases = judged_weights(inputs.unanswered.weights.get(id), aliases);
            latest.into_iter().chain(versions).chain(aliases).collect()
        }
    }
}

/// Returns what we remember of the function; a record under another physical name is of another one.
fn recorded_function<'a>(inputs: &DriftInputs<'a>, id: &FunctionId) -> Option<&'a RecordedFunction> {
    let name = &inputs.desired.functions.get(id)?.name;
    inputs.recorded?.functions.get(id).filter(|recorded| recorded.name == *name)
}

/// Differences of `$LATEST` are drift only if no update is under way.
fn judged_latest_items(
    unanswered: &Unanswered,
    id: &FunctionId,
    recorded: &RecordedFunction,
    live: &LiveFunction,
) -> Vec<DriftItem> {
    let items = latest_items(id, recorded, live);
    match (unanswered.updates.get(id), &live.latest.health) {
        (Some(why), Health::Unknown) => {
            let blind = |found: DriftItem| {
                item(found.address, DriftVerdict::NotCompared, Moved::Unreadable(why.clone()))
            };
            items.into_iter().map(blind).collect()
        }
        _ => items,
    }
}

fn latest_items(id: &FunctionId, recorded: &RecordedFunction, live: &LiveFunction) -> Vec<DriftItem> {
    let verdict = match live.latest.health {
        Health::Pending | Health::InProgress => DriftVerdict::InProgress,
        Health::Unknown | Health::Ready | Health::Failed(_) => DriftVerdict::Drifted,
    };
    let now = &live.latest.configuration;
    let before = &recorded.latest;
    let mut items = Vec::new();
    if before.code != now.code {
        let moved =
            Moved::Code { recorded: before.code.short().to_owned(), live: now.code.short().to_owned() };
        items.push(item(Address::function(id, Part::Code), verdict, moved));
    }
    let settings = Address::function(id, Part::Settings);
    for SettingChange { setting, from, to } in before.settings.changes_to(&now.settings) {
        let text = |value: Option<serde_json::Value>| value.map(|value| value.to_string());
        let moved = Moved::Setting { setting: setting.to_string(), recorded: text(from), live: text(to) };
        items.push(item(settings.clone(), verdict, moved));
    }
    items.extend(variable_items(settings, verdict, recorded, live));
    items
}

/// Names are recorded; values are compared with the published version that had the same ones.
fn variable_items(
    address: Address,
    verdict: DriftVerdict,
    recorded: &RecordedFunction,
    live: &LiveFunction,
) -> Option<DriftItem> {
    let now = &live.latest.configuration.environment;
    let witness = recorded.latest.equals.and_then(|version| live.versions.get(&version));
    let names: BTreeSet<String> =
        recorded.latest.environment.symmetric_difference(&now.names()).cloned().collect();
    let values = witness.map(|version| version.configuration.environment.changed_names(now));
    let changed: BTreeSet<String> = names.into_iter().chain(values.unwrap_or_default()).collect();
    if !changed.is_empty() {
        return Some(item(address, verdict, Moved::Variables(changed)));
    }
    let is_blind = witness.is_none() && !now.is_empty();
    is_blind.then(|| item(address, DriftVerdict::NotCompared, Moved::NoWitness))
}

fn alias_items(
    object: &Object,
    recorded: &BTreeMap<AliasName, RecordedAlias>,
    line: &Line<'_>,
) -> Vec<DriftItem> {
    let names: BTreeSet<&AliasName> = recorded.keys().chain(line.aliases.keys()).collect();
    let found = |alias: &AliasName| {
        let (verdict, moved) = alias_moved(recorded.get(alias), line.aliases.get(alias))?;
        Some(item(Address { object: object.clone(), part: Part::Alias(alias.clone()) }, verdict, moved))
    };
    names.into_iter().filter_map(found).collect()
}

/// Weights are drift only if AWS said that they are not its own.
fn judged_weights(unanswered: Option<&String>, items: Vec<DriftItem>) -> Vec<DriftItem> {
    let Some(why) = unanswered else { return items };
    let judged = |found: DriftItem| match (&found.verdict, &found.moved) {
        (DriftVerdict::Drifted, Moved::AliasWeights { .. }) => {
            item(found.address, DriftVerdict::NotCompared, Moved::Unreadable(why.clone()))
        }
        _ => found,
    };
    items.into_iter().map(judged).collect()
}

fn alias_moved(before: Option<&RecordedAlias>, now: Option<&LineAlias>) -> Option<(DriftVerdict, Moved)> {
    match (before.filter(|alias| alias.gone.is_none()), now) {
        (None, None) => None,
        (None, Some(now)) => {
            Some((DriftVerdict::Drifted, Moved::AliasAppeared { live: now.routing.to_string() }))
        }
        (Some(before), None) => {
            Some((DriftVerdict::Drifted, Moved::AliasGone { recorded: before.routing().to_string() }))
        }
        (Some(before), Some(now)) => {
            let is_shifting = now.is_shifting && before.routing().primary == now.routing.primary;
            // Beside another target, weights of AWS's own are no news (T11).
            let shown = if is_shifting { now.routing.clone() } else { now.settled_routing() };
            let moved = routing_moved(before.routing(), &shown)?;
            Some((if is_shifting { DriftVerdict::InProgress } else { DriftVerdict::Drifted }, moved))
        }
    }
}

fn routing_moved(before: &Routing, now: &Routing) -> Option<Moved> {
    if before == now {
        return None;
    }
    if before.primary != now.primary {
        return Some(Moved::AliasTarget { recorded: before.to_string(), live: now.to_string() });
    }
    let weights = |routing: &Routing| match &routing.additional {
        None => "none".to_owned(),
        Some((version, weight)) => shares(*weight, &version.to_string()),
    };
    Some(Moved::AliasWeights { recorded: weights(before), live: weights(now) })
}

fn shares(weight: Weight, version: &str) -> String {
    format!("{weight} to version {version}")
}

fn machine_items(inputs: &DriftInputs<'_>, id: &MachineId) -> Vec<DriftItem> {
    let whole = Address::machine(id, Part::Whole);
    if let Some(why) = inputs.unreadable.get(&whole.object) {
        return vec![item(whole, DriftVerdict::NotCompared, Moved::Unreadable(why.clone()))];
    }
    let recorded = recorded_machine(inputs, id);
    match (inputs.live.machines.get(id), recorded) {
        (Some(Presence::Absent) | None, Some(_)) => {
            vec![item(whole, DriftVerdict::Drifted, Moved::Missing)]
        }
        (Some(Presence::Absent) | None, None) => not_created(inputs, whole),
        (Some(Presence::Present(_)), None) => {
            vec![item(whole, DriftVerdict::NotCompared, Moved::NotRecorded)]
        }
        (Some(Presence::Present(live)), Some(recorded)) => {
            let address = Address::machine(id, Part::Definition);
            let definition = definition_moved(inputs.definitions, recorded, live);
            let role = (recorded.role != live.role)
                .then(|| Moved::Role { recorded: recorded.role.to_string(), live: live.role.to_string() });
            definition
                .into_iter()
                .chain(role)
                .chain(logging_moved(recorded, live))
                .map(|moved| item(address.clone(), DriftVerdict::Drifted, moved))
                .chain(line_items(id, recorded, live))
                .collect()
        }
    }
}

/// Versions and aliases are compared where somebody asked for them, then and now. A version that was
/// published at another instant is another one, of a machine that was created anew.
fn line_items(id: &MachineId, recorded: &RecordedMachine, live: &LiveMachine) -> Vec<DriftItem> {
    let (Some(recorded), Some(listed)) = (&recorded.line, &live.line) else { return Vec::new() };
    let gone = recorded
        .versions
        .iter()
        .filter(|(version, known)| listed.versions.get(version) != Some(&known.created));
    let gone = gone.map(|(version, _)| {
        let address = Address::machine(id, Part::Version(*version));
        item(address, DriftVerdict::Drifted, Moved::VersionGone)
    });
    let aliases =
        alias_items(&Object::Machine(id.clone()), &recorded.aliases, &Line::of_machine(listed, None));
    gone.chain(aliases).collect()
}

/// Returns what we remember of the machine; a record under another physical name is of another one.
fn recorded_machine<'a>(inputs: &DriftInputs<'a>, id: &MachineId) -> Option<&'a RecordedMachine> {
    let name = &inputs.desired.machines.get(id)?.name;
    inputs.recorded?.machines.get(id).filter(|recorded| recorded.name == *name)
}

/// Another text with the same meaning is no drift, as long as we still have the recorded text.
fn definition_moved(
    definitions: &BTreeMap<Digest, String>,
    recorded: &RecordedMachine,
    live: &LiveMachine,
) -> Option<Moved> {
    if recorded.definition == Digest::of(live.definition.as_bytes()) {
        return None;
    }
    let Some(before) = definitions.get(&recorded.definition) else {
        return Some(Moved::Definition { states: vec!["the recorded text is not here any more".to_owned()] });
    };
    let states = asl::changed_states(before, &live.definition);
    (!states.is_empty())
        .then(|| Moved::Definition { states: states.iter().map(ToString::to_string).collect() })
}

/// A record of before logging was recorded has none to compare with.
fn logging_moved(recorded: &RecordedMachine, live: &LiveMachine) -> Option<Moved> {
    let before = recorded.logging.as_ref()?;
    let now = live.logging.clone().unwrap_or_else(MachineLogging::off);
    (*before != now).then(|| Moved::Logging { recorded: before.to_string(), live: now.to_string() })
}
