//! Writes into the recorded state what was done and what was seen.
//!
//! After every action the state gets what that action changed, so that a crash loses nothing; when
//! an apply has looked at an object as a whole, [`adopt`] records all of it, moves by others
//! included (design §5).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    diff::{Line, known_versions, machine_fingerprint, pinned_versions},
    model::{
        Address, AliasName, Digest, FunctionId, Hold, HoldEnd, Holds, KeptDefinition, Live, LiveFunction,
        LiveMachine, MachineLogging, Object, Part, PlannedRouting, Presence, Recorded, RecordedAlias,
        RecordedFunction, RecordedLatest, RecordedMachine, RecordedMachineLine, RecordedMachineVersion,
        RecordedVersion, Routing, VersionNumber,
    },
    plan::{
        Action, FunctionCreation, KEPT_DEFINITIONS, MachineAction, MachineCreation, Operation, Precondition,
    },
};

/// Records everything that was observed, at the given instant. What is absent keeps its record.
pub fn adopt(recorded: &mut Recorded, live: &Live, at: Timestamp) {
    for (id, presence) in &live.functions {
        if let Presence::Present(live) = presence {
            let known = recorded.functions.remove(id).filter(|known| known.name == live.name);
            recorded.functions.insert(id.clone(), adopted_function(known, live, at));
        }
    }
    for (id, presence) in &live.machines {
        if let Presence::Present(live) = presence {
            let known = recorded.machines.remove(id).filter(|known| known.name == live.name);
            recorded.machines.insert(id.clone(), adopted_machine(known, live, at));
        }
    }
}

/// Returns the texts that the state refers to after [`adopt`], for the folder of definitions.
pub fn observed_definitions(live: &Live) -> impl Iterator<Item = &str> {
    live.machines.values().filter_map(Presence::present).map(|machine| machine.definition.as_str())
}

fn adopted_function(known: Option<RecordedFunction>, live: &LiveFunction, at: Timestamp) -> RecordedFunction {
    // Its numbers begin again and mean other versions, so its history is no history of this one.
    let known = known.filter(|known| !is_created_anew(known, live));
    let latest = &live.latest.configuration;
    let equals =
        live.versions.iter().rev().find(|(_, version)| version.configuration.is_same_version(latest));
    let versions = live.versions.iter().map(|(number, version)| {
        let fingerprint = version.configuration.fingerprint();
        let record = known.as_ref().and_then(|known| known.versions.get(number));
        let published =
            record.filter(|record| record.fingerprint == fingerprint).and_then(|record| record.published);
        (*number, RecordedVersion { fingerprint, published })
    });
    let own_line = Line::of_function(live, None);
    RecordedFunction {
        name: live.name.clone(),
        first_recorded: known.as_ref().map_or(at, |known| known.first_recorded),
        latest: RecordedLatest {
            code: latest.code.clone(),
            settings: latest.settings.clone(),
            environment: latest.environment.names(),
            equals: equals.map(|(version, _)| *version),
        },
        versions: versions.collect(),
        bad: known.as_ref().map(|known| known.bad.clone()).unwrap_or_default(),
        holds: known.as_ref().map(|known| still_held(&known.holds, &own_line)).unwrap_or_default(),
        aliases: adopted_aliases(known.map(|known| known.aliases).unwrap_or_default(), &own_line, at),
    }
}

/// Tells whether the function was deleted and created anew since: a published version never changes.
fn is_created_anew(known: &RecordedFunction, live: &LiveFunction) -> bool {
    known.versions.iter().any(|(number, record)| {
        let found = live.versions.get(number);
        found.is_some_and(|found| found.configuration.fingerprint() != record.fingerprint)
    })
}

/// Returns the holds without those of aliases that are where they were sent.
fn still_held(holds: &Holds, line: &Line<'_>) -> Holds {
    let has_arrived = |alias: &AliasName, hold: &Hold| {
        let there = line.aliases.get(alias);
        hold.until == HoldEnd::Arrives && there.is_some_and(|there| there.settled_routing() == hold.routing)
    };
    holds
        .iter()
        .filter(|(alias, hold)| !has_arrived(alias, hold))
        .map(|(a, h)| (a.clone(), h.clone()))
        .collect()
}

/// Returns the histories with what the aliases of a line serve now.
fn adopted_aliases(
    mut aliases: BTreeMap<AliasName, RecordedAlias>,
    line: &Line<'_>,
    at: Timestamp,
) -> BTreeMap<AliasName, RecordedAlias> {
    for (name, alias) in &mut aliases {
        alias.left.retain(|version, _| line.versions.contains_key(version));
        if !line.aliases.contains_key(name) {
            alias.gone.get_or_insert(at);
        }
    }
    for (name, alias) in &line.aliases {
        // Weights that AWS adds by itself for a while never enter the state (T11).
        see_alias(&mut aliases, name, alias.settled_routing(), at);
    }
    aliases
}

fn adopted_machine(known: Option<RecordedMachine>, live: &LiveMachine, at: Timestamp) -> RecordedMachine {
    let definition = Digest::of(live.definition.as_bytes());
    RecordedMachine {
        name: live.name.clone(),
        line: adopted_line(known.as_ref().and_then(|known| known.line.clone()), live, at),
        kept: known.map(|known| kept_definitions(known, &definition)).unwrap_or_default(),
        definition,
        pins: pinned_versions(&live.definition),
        role: live.role.clone(),
        logging: Some(live.logging.clone().unwrap_or_else(MachineLogging::off)),
    }
}

/// Returns the versions and aliases as they are. Where nobody asked, the record stays; a version of
/// which nobody knows what it runs is not recorded, so that the next one asks.
fn adopted_line(
    known: Option<RecordedMachineLine>,
    live: &LiveMachine,
    at: Timestamp,
) -> Option<RecordedMachineLine> {
    let Some(listed) = &live.line else { return known };
    // Its numbers begin again and mean other versions, so its history is no history of this one.
    let is_other = |(number, record): (&VersionNumber, &RecordedMachineVersion)| {
        listed.versions.get(number).is_some_and(|created| *created != record.created)
    };
    let known = known.filter(|known| !known.versions.iter().any(is_other));
    let versions = known_versions(listed, known.as_ref());
    let fingerprint = machine_fingerprint(&live.definition, &live.role, live.logging.as_ref());
    let equal = versions.iter().rev().find(|(_, version)| version.fingerprint == fingerprint);
    let bad = known.as_ref().map(|known| known.bad.clone()).unwrap_or_default();
    let own_line = Line::of_machine(listed, None);
    let holds = known.as_ref().map(|known| still_held(&known.holds, &own_line)).unwrap_or_default();
    Some(RecordedMachineLine {
        first_recorded: known.as_ref().map_or(at, |known| known.first_recorded),
        equals: equal.map(|(version, _)| *version),
        aliases: adopted_aliases(known.map(|known| known.aliases).unwrap_or_default(), &own_line, at),
        bad,
        holds,
        versions,
    })
}

/// Returns the past definitions once another one is in place.
fn kept_definitions(known: RecordedMachine, coming: &Digest) -> Vec<KeptDefinition> {
    let RecordedMachine { mut kept, definition, pins, .. } = known;
    if definition != *coming {
        kept.insert(0, KeptDefinition { definition, pins });
    }
    kept.retain(|past| past.definition != *coming);
    kept.truncate(KEPT_DEFINITIONS);
    kept
}

/// Records what one action did. `published` has the numbers of the versions made so far.
pub(super) fn record(
    recorded: &mut Recorded,
    action: &Action,
    published: &BTreeMap<Address, VersionNumber>,
    at: Timestamp,
) {
    match &action.address.object {
        Object::Function(id) => record_function(recorded, id, action, published, at),
        Object::Machine(id) => {
            if let Operation::CreateMachine(creation) = &action.operation {
                recorded.machines.insert(id.clone(), created_machine(creation));
            } else if let Some(known) = recorded.machines.remove(id) {
                recorded.machines.insert(id.clone(), after_action(known, action, published, at));
            }
        }
    }
}

/// Records that a version is ours: a run whose answer was lost published it.
pub(super) fn claim(recorded: &mut Recorded, address: &Address, version: VersionNumber, at: Timestamp) {
    let Object::Function(id) = &address.object else { return };
    let function = recorded.functions.get_mut(id);
    if let Some(record) = function.and_then(|function| function.versions.get_mut(&version)) {
        record.published.get_or_insert(at);
    }
}

/// Records that an alias is again where it was before our moves.
pub(super) fn take_back(recorded: &mut Recorded, address: &Address, to: &Routing, at: Timestamp) {
    if let Some(alias) = recorded_alias(recorded, address) {
        alias.take_back(to, at);
    }
}

/// Tells whether an alias was seen last where we sent it.
pub(super) fn stands_at(recorded: &Recorded, address: &Address, to: &Routing) -> bool {
    let (Object::Function(id), Part::Alias(alias)) = (&address.object, &address.part) else { return false };
    let seen = recorded.functions.get(id).and_then(|function| function.aliases.get(alias));
    seen.is_some_and(|seen| seen.gone.is_none() && seen.routing() == to)
}

/// Records that an alias is where we sent it after all.
pub(super) fn stand_by(recorded: &mut Recorded, address: &Address, to: &Routing, at: Timestamp) {
    if let Some(alias) = recorded_alias(recorded, address) {
        alias.see(to.clone(), at);
    }
}

fn recorded_alias<'a>(recorded: &'a mut Recorded, address: &Address) -> Option<&'a mut RecordedAlias> {
    let (Object::Function(id), Part::Alias(alias)) = (&address.object, &address.part) else { return None };
    recorded.functions.get_mut(id)?.aliases.get_mut(alias)
}

fn record_function(
    recorded: &mut Recorded,
    id: &FunctionId,
    action: &Action,
    published: &BTreeMap<Address, VersionNumber>,
    at: Timestamp,
) {
    if let Operation::CreateFunction(creation) = &action.operation {
        recorded.functions.insert(id.clone(), created_function(creation, at));
    }
    let Some(function) = recorded.functions.get_mut(id) else { return };
    match &action.operation {
        Operation::UpdateSettings { changes, variables } => {
            function.latest.equals = None;
            let names = variables.iter().map(|change| change.name.to_string());
            function.latest.environment.extend(names);
            for change in changes {
                let value = change.to.clone().unwrap_or(Value::Null);
                function.latest.settings.insert(change.setting, &value, &function.name);
            }
        }
        Operation::UpdateCode { to, architectures, .. } => {
            function.latest.equals = None;
            function.latest.code = to.clone();
            if let Some(change) = architectures {
                let value = change.to.clone().unwrap_or(Value::Null);
                function.latest.settings.insert(change.setting, &value, &function.name);
            }
        }
        Operation::PublishVersion { .. } => record_publish(function, action, published, at),
        Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. } => {
            record_alias(function, action, to, published, at);
        }
        Operation::DeleteVersion { version, .. } => {
            function.versions.remove(version);
        }
        // What is remembered of it is written down with the hold.
        Operation::KeepAlias { .. }
        | Operation::CreateFunction(_)
        | Operation::CreateMachine(_)
        | Operation::UpdateMachine(_)
        | Operation::PublishMachineVersion { .. }
        | Operation::DeleteMachineVersion { .. } => {}
    }
}

/// What was recorded under the name before was another function: its numbers begin again.
fn created_function(creation: &FunctionCreation, at: Timestamp) -> RecordedFunction {
    let FunctionCreation { name, settings, variables, code, size: _, source: _ } = creation;
    RecordedFunction {
        name: name.clone(),
        first_recorded: at,
        latest: RecordedLatest {
            code: code.clone(),
            settings: settings.clone(),
            environment: variables.keys().map(ToString::to_string).collect(),
            equals: None,
        },
        versions: BTreeMap::new(),
        aliases: BTreeMap::new(),
        bad: BTreeSet::new(),
        holds: BTreeMap::new(),
    }
}

/// Whether it has versions and aliases is recorded when it was looked at.
fn created_machine(creation: &MachineCreation) -> RecordedMachine {
    let MachineCreation { name, definition, edits: _, role, kind: _, logging, calls: _ } = creation;
    RecordedMachine {
        name: name.clone(),
        definition: Digest::of(definition.as_bytes()),
        pins: pinned_versions(definition),
        role: role.clone(),
        logging: Some(logging.clone().unwrap_or_else(MachineLogging::off)),
        kept: Vec::new(),
        line: None,
    }
}

fn after_action(
    known: RecordedMachine,
    action: &Action,
    published: &BTreeMap<Address, VersionNumber>,
    at: Timestamp,
) -> RecordedMachine {
    let mut known = known;
    match &action.operation {
        Operation::UpdateMachine(done) => known = changed_machine(known, done),
        // What the version runs is recorded when it was looked at; its instant is AWS's.
        Operation::PublishMachineVersion { .. } => {
            if let Some(line) = &mut known.line {
                line.equals = published.get(&action.address).copied();
            }
        }
        Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. } => {
            if let (Part::Alias(alias), Some(routing), Some(line)) =
                (&action.address.part, to.resolve(published), &mut known.line)
            {
                see_alias(&mut line.aliases, alias, routing, at);
            }
        }
        Operation::DeleteMachineVersion { version } => {
            if let Some(line) = &mut known.line {
                line.versions.remove(version);
            }
        }
        Operation::CreateFunction(_)
        | Operation::CreateMachine(_)
        | Operation::UpdateSettings { .. }
        | Operation::UpdateCode { .. }
        | Operation::PublishVersion { .. }
        | Operation::KeepAlias { .. }
        | Operation::DeleteVersion { .. } => {}
    }
    known
}

fn record_publish(
    function: &mut RecordedFunction,
    action: &Action,
    published: &BTreeMap<Address, VersionNumber>,
    at: Timestamp,
) {
    let (Some(version), Precondition::Latest { fingerprint, .. }) =
        (published.get(&action.address), &action.precondition)
    else {
        return;
    };
    function.latest.equals = Some(*version);
    let record = || RecordedVersion { fingerprint: fingerprint.clone(), published: Some(at) };
    function.versions.entry(*version).or_insert_with(record);
}

fn record_alias(
    function: &mut RecordedFunction,
    action: &Action,
    to: &PlannedRouting,
    published: &BTreeMap<Address, VersionNumber>,
    at: Timestamp,
) {
    let (Part::Alias(alias), Some(routing)) = (&action.address.part, to.resolve(published)) else { return };
    see_alias(&mut function.aliases, alias, routing, at);
}

fn see_alias(
    aliases: &mut BTreeMap<AliasName, RecordedAlias>,
    alias: &AliasName,
    routing: Routing,
    at: Timestamp,
) {
    match aliases.get_mut(alias) {
        Some(known) => known.see(routing, at),
        None => {
            aliases.insert(alias.clone(), RecordedAlias::first_seen(routing, at));
        }
    }
}

fn changed_machine(known: RecordedMachine, done: &MachineAction) -> RecordedMachine {
    let MachineAction { definition, role, logging, calls: _ } = done;
    let role = role.as_ref().map_or(known.role.clone(), |(_, to)| to.clone());
    let logging = logging.as_ref().map(|(_, to)| to.clone()).or(known.logging.clone());
    let line = known.line.clone().map(|line| RecordedMachineLine { equals: None, ..line });
    let known = RecordedMachine { role, logging, line, ..known };
    let Some(change) = definition else { return known };
    let definition = Digest::of(change.to.as_bytes());
    let pins = pinned_versions(&change.to);
    RecordedMachine { kept: kept_definitions(known.clone(), &definition), definition, pins, ..known }
}
