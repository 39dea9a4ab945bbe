//! Which versions of functions are pinned by definitions, and by which.
//!
//! A pinned version is never deleted. Definitions pin from several places: the live one, the one that
//! the plan sends, the recorded and the kept ones of the past, and those of the published versions of a
//! machine that stay.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::pinning_states,
    model::{Address, Digest, FunctionName, MachineId, Part, RecordedMachine, StatePins, VersionNumber},
};

use super::{Action, MachineAction, Operation, PlanInputs};

/// How many past definitions of a machine are kept: enough to go back, few enough to protect only
/// versions that somebody could still want.
pub const KEPT_DEFINITIONS: usize = 10;

/// The versions that definitions pin, with the words for who does.
#[derive(Debug, Clone, Default)]
pub(super) struct Pins(BTreeMap<FunctionName, BTreeMap<VersionNumber, BTreeSet<String>>>);

/// Returns the definition that an action sends.
fn coming_definition(operation: &Operation) -> Option<&str> {
    match operation {
        Operation::CreateMachine(creation) => Some(&creation.definition),
        Operation::UpdateMachine(MachineAction { definition: Some(change), .. }) => Some(&change.to),
        _ => None,
    }
}

impl Pins {
    /// Returns what the definitions of the machines pin: the live ones, the coming ones, the recorded
    /// and the kept ones.
    pub(super) fn of_definitions(inputs: &PlanInputs<'_>, actions: &[Action]) -> Self {
        let mut pins = Self::default();
        let by_address: BTreeMap<&Address, &Action> =
            actions.iter().map(|action| (&action.address, action)).collect();
        for id in inputs.desired.machines.keys() {
            let live = inputs.live.machine(id);
            if let Some(live) = live {
                pins.add_states(&pinning_states(&live.definition), &format!("`{id}`"));
                let followed = live.executions.iter().flat_map(|executions| &executions.definitions);
                for definition in followed.filter(|followed| **followed != live.definition) {
                    let whose = format!("a running execution of `{id}`");
                    pins.add_states(&pinning_states(definition), &whose);
                }
            }
            let parts = [Part::Whole, Part::Definition].into_iter();
            let coming = parts.filter_map(|part| by_address.get(&Address::machine(id, part)));
            let coming: Vec<&str> =
                coming.filter_map(|action| coming_definition(&action.operation)).collect();
            let recorded = inputs.recorded.and_then(|(_, recorded)| recorded.machines.get(id));
            if let Some(recorded) = recorded {
                let live = live.map(|live| Digest::of(live.definition.as_bytes()));
                pins.add_past(id, recorded, live.as_ref(), !coming.is_empty());
            }
            for definition in coming {
                pins.add_states(&pinning_states(definition), &format!("`{id}`"));
            }
        }
        pins.add_undeclared(inputs);
        pins
    }

    /// Adds what is remembered of machines that the TOML does not name any more, or by another name. They
    /// may still be there, and nobody looks at them.
    fn add_undeclared(&mut self, inputs: &PlanInputs<'_>) {
        let remembered = inputs.recorded.into_iter().flat_map(|(_, recorded)| &recorded.machines);
        let is_lost = |id: &MachineId, recorded: &RecordedMachine| {
            inputs.desired.machines.get(id).is_none_or(|machine| machine.name != recorded.name)
        };
        for (_, recorded) in remembered.filter(|(id, recorded)| is_lost(id, recorded)) {
            let whose = format!("`{}`, which the TOML does not name any more", recorded.name);
            let kept = recorded.kept.iter().map(|kept| &kept.pins);
            for (function, versions) in std::iter::once(&recorded.pins).chain(kept).flatten() {
                for version in versions {
                    self.add(function, *version, whose.clone());
                }
            }
            let published = recorded.line.iter().flat_map(|line| line.versions.values());
            published.for_each(|version| self.add_states(&version.pins, &whose));
        }
    }

    /// Adds what a published version of a machine pins.
    pub(super) fn add_version(&mut self, id: &MachineId, version: VersionNumber, pins: &StatePins) {
        self.add_states(pins, &format!("version {version} of `{id}`"));
    }

    /// Returns who pins the versions of a function.
    pub(super) fn of(&self, function: &FunctionName) -> BTreeMap<VersionNumber, BTreeSet<String>> {
        self.0.get(function).cloned().unwrap_or_default()
    }

    /// What somebody replaced by hand is kept from the next record on, so it counts already.
    ///
    /// What the plan itself replaces pushes the oldest one out of the kept ones.
    fn add_past(
        &mut self,
        id: &MachineId,
        recorded: &RecordedMachine,
        live: Option<&Digest>,
        is_replacing: bool,
    ) {
        let is_replaced = live != Some(&recorded.definition);
        let replaced = (is_replaced || is_replacing).then_some(&recorded.pins);
        let kept = replaced.into_iter().chain(recorded.kept.iter().map(|kept| &kept.pins));
        for pins in kept.take(KEPT_DEFINITIONS) {
            for (function, versions) in pins {
                for version in versions {
                    self.add(function, *version, format!("a kept definition of `{id}`"));
                }
            }
        }
    }

    fn add_states(&mut self, pins: &StatePins, of: &str) {
        for (function, versions) in pins {
            for (version, states) in versions {
                let names: Vec<String> = states.iter().map(|state| format!("`{state}`")).collect();
                let noun = if names.len() == 1 { "state" } else { "states" };
                self.add(function, *version, format!("{noun} {} of {of}", names.join(", ")));
            }
        }
    }

    fn add(&mut self, function: &FunctionName, version: VersionNumber, by: String) {
        self.0.entry(function.clone()).or_default().entry(version).or_default().insert(by);
    }
}
