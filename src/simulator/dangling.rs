//! What in an account points to something that is not there.
//!
//! Nothing of ours may ever make an alias, a reference from a definition or a running execution point to
//! nothing (design §3.9). A rehearsal looks here after every write.

use std::collections::{BTreeMap, BTreeSet};

use super::lambda::Function;
use super::place::Place;
use super::states::{Execution, Machine};
use super::world::{Region, World};
use crate::asl::{self, FunctionPart, Reference};

/// A call that a definition makes: the state, the function, and what stands behind its name.
type Calls = Vec<(String, String, Option<String>)>;

/// The calls of the definitions that were read already.
#[derive(Debug, Default)]
pub struct Definitions(BTreeMap<String, Calls>);

impl Definitions {
    fn calls(&mut self, definition: &str, place: &Place) -> &Calls {
        self.0.entry(definition.to_owned()).or_insert_with(|| calls(definition, place))
    }
}

impl World {
    /// Returns in words what points to nothing in one account and region. Calls count of the functions that are in
    /// `managed`: of another function nobody knows here whether it exists.
    pub fn dangling(
        &self,
        place: &crate::model::Place,
        managed: &BTreeSet<String>,
        definitions: &mut Definitions,
    ) -> BTreeSet<String> {
        let place = Place { account: place.account.to_string(), region: place.region.to_string() };
        let Some(region) = self.region(&place) else { return BTreeSet::new() };
        let mut found: BTreeSet<String> = region.functions.values().flat_map(of_function).collect();
        for machine in region.machines.values() {
            found.extend(of_machine(machine));
            let texts = [(format!("`{}`", machine.name), &machine.content.definition)];
            let versions = machine.versions.iter().map(|(number, version)| {
                (format!("version {number} of `{}`", machine.name), &version.content.definition)
            });
            let running = region.executions.of(&machine.name).filter(|execution| execution.stop.is_none());
            let running = running.map(|execution: &Execution| {
                let whose = format!("a running execution of `{}`", machine.name);
                (whose, &execution.origin.content.definition)
            });
            for (whose, definition) in texts.into_iter().chain(versions).chain(running) {
                let calls = definitions.calls(definition, &place).iter();
                let calls = calls.filter(|(_, function, _)| managed.contains(function));
                let lost =
                    calls.filter(|(_, function, qualifier)| !has(region, function, qualifier.as_deref()));
                found.extend(lost.map(|(state, function, qualifier)| {
                    let qualifier = qualifier.as_ref().map(|qualifier| format!(":{qualifier}"));
                    let called = format!("{function}{}", qualifier.unwrap_or_default());
                    format!("state `{state}` of {whose} calls `{called}`, which does not exist")
                }));
            }
        }
        found
    }

    /// Returns what an account has come to: which versions there are, where aliases point, what machines run. Two accounts
    /// that say the same here differ in times and revisions at most.
    pub fn standing(&self, place: &crate::model::Place) -> BTreeMap<String, String> {
        let place = Place { account: place.account.to_string(), region: place.region.to_string() };
        let mut standing = BTreeMap::new();
        let Some(region) = self.region(&place) else { return standing };
        for function in region.functions.values() {
            let versions: Vec<String> = function.versions.keys().map(u64::to_string).collect();
            standing.insert(format!("versions of `{}`", function.name), versions.join(", "));
            for (name, alias) in &function.aliases {
                let to = format!("{} {:?}", alias.version, alias.weights);
                standing.insert(format!("alias `{name}` of `{}`", function.name), to);
            }
        }
        for machine in region.machines.values() {
            standing.insert(format!("`{}`", machine.name), machine.content.definition.clone());
            let versions: Vec<String> = machine.versions.keys().map(u64::to_string).collect();
            standing.insert(format!("versions of `{}`", machine.name), versions.join(", "));
            for (name, alias) in &machine.aliases {
                standing
                    .insert(format!("alias `{name}` of `{}`", machine.name), format!("{:?}", alias.routes));
            }
        }
        standing
    }
}

fn of_function(function: &Function) -> Vec<String> {
    let mut lost = Vec::new();
    for (name, alias) in &function.aliases {
        let targets = std::iter::once(&alias.version).chain(alias.weights.keys());
        let missing = targets.filter(|version| !has_version(function, version));
        lost.extend(missing.map(|version| points_nowhere(name, &function.name, version)));
    }
    lost
}

fn of_machine(machine: &Machine) -> Vec<String> {
    let mut lost = Vec::new();
    for (name, alias) in &machine.aliases {
        let missing = alias.routes.keys().filter(|version| !machine.versions.contains_key(version));
        lost.extend(missing.map(|version| points_nowhere(name, &machine.name, &version.to_string())));
    }
    lost
}

fn points_nowhere(alias: &str, of: &str, version: &str) -> String {
    format!("alias `{alias}` of `{of}` points to version {version}, which does not exist")
}

fn has_version(function: &Function, version: &str) -> bool {
    version == "$LATEST" || version.parse().is_ok_and(|number: u64| function.versions.contains_key(&number))
}

fn has(region: &Region, function: &str, qualifier: Option<&str>) -> bool {
    region.functions.get(function).is_some_and(|function| {
        qualifier.is_none_or(|qualifier| {
            has_version(function, qualifier) || function.aliases.contains_key(qualifier)
        })
    })
}

/// Returns the calls of a definition that name a function of this account and region; of a text that cannot be read, all
/// that it might call.
fn calls(definition: &str, place: &Place) -> Calls {
    let Ok(references) = asl::references(definition) else {
        let mentions = asl::mentions(definition).into_iter();
        let unknown = "(a text that cannot be read)";
        return mentions.map(|(function, number)| (unknown.to_owned(), function, Some(number))).collect();
    };
    references.iter().filter_map(|reference| call(reference, place)).collect()
}

fn call(reference: &Reference, place: &Place) -> Option<(String, String, Option<String>)> {
    let FunctionPart::Static { name, account, region, .. } = &reference.function else { return None };
    let is_here = |said: &Option<String>, here: &str| said.as_ref().is_none_or(|said| said == here);
    let is_ours = is_here(account, &place.account) && is_here(region, &place.region);
    let qualifier = reference.qualifier.as_ref().map(|qualifier| qualifier.text.clone());
    is_ours.then(|| (reference.state.clone(), name.clone(), qualifier))
}
