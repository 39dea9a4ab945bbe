//! What differs between two layouts: before and after a deployment, or after two of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{AliasName, FunctionId, MachineId, Object, Routing, VersionNumber};

use super::{
    Layout, Manifest,
    manifest::{ManifestFunction, ManifestMachine},
};

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The function or machine.
    pub object: Object,
    /// What of it.
    pub what: Compared,
    /// How it was, in words; nothing where it was not there.
    pub from: Option<String>,
    /// How it is, in words; nothing where it is not there.
    pub to: Option<String>,
}

/// What is compared of a function or machine. The order is the order of reading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compared {
    /// The physical name: a difference is another function or machine.
    Name,
    /// The digest of a machine's definition.
    Definition,
    /// The version that equals `$LATEST`, or that runs what the machine does.
    Version,
    /// Where an alias points.
    Alias(AliasName),
}

impl std::fmt::Display for Compared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name => f.write_str("name"),
            Self::Definition => f.write_str("definition"),
            Self::Version => f.write_str("version"),
            Self::Alias(alias) => alias.fmt(f),
        }
    }
}

impl Manifest {
    /// Returns where everything stood after the deployment.
    pub fn layout(&self) -> Layout {
        Layout { functions: self.functions.clone(), machines: self.machines.clone() }
    }

    /// Returns what the deployment changed; nothing where that is not known.
    pub fn changes(&self) -> Option<Vec<Difference>> {
        let changed = self.before.as_ref()?;
        let before = self.layout().overlaid(changed.clone());
        Some(differences(&before, &self.layout()))
    }
}

/// Returns what differs, functions first.
pub fn differences(from: &Layout, to: &Layout) -> Vec<Difference> {
    let mut all = Vec::new();
    for id in keys(&from.functions, &to.functions) {
        let [one, other] = [from, to].map(|layout| function_facts(layout.functions.get(id)));
        all.extend(of_object(&Object::Function(FunctionId::clone(id)), &one, &other));
    }
    for id in keys(&from.machines, &to.machines) {
        let [one, other] = [from, to].map(|layout| machine_facts(layout.machines.get(id)));
        all.extend(of_object(&Object::Machine(MachineId::clone(id)), &one, &other));
    }
    all
}

type Facts = BTreeMap<Compared, String>;

fn keys<'a, K: Ord, V>(one: &'a BTreeMap<K, V>, other: &'a BTreeMap<K, V>) -> BTreeSet<&'a K> {
    one.keys().chain(other.keys()).collect()
}

fn of_object(object: &Object, from: &Facts, to: &Facts) -> Vec<Difference> {
    let whats = keys(from, to).into_iter().filter(|what| from.get(what) != to.get(what));
    let difference = |what: &Compared| Difference {
        object: object.clone(),
        what: what.clone(),
        from: from.get(what).cloned(),
        to: to.get(what).cloned(),
    };
    whats.map(difference).collect()
}

fn function_facts(function: Option<&ManifestFunction>) -> Facts {
    let Some(ManifestFunction { name, version, aliases }) = function else { return Facts::new() };
    let mut facts = line_facts(*version, aliases);
    facts.insert(Compared::Name, name.to_string());
    facts
}

fn machine_facts(machine: Option<&ManifestMachine>) -> Facts {
    let Some(ManifestMachine { name, definition, version, aliases }) = machine else { return Facts::new() };
    let mut facts = line_facts(*version, aliases);
    facts.insert(Compared::Name, name.to_string());
    facts.insert(Compared::Definition, definition.to_string());
    facts
}

fn line_facts(version: Option<VersionNumber>, aliases: &BTreeMap<AliasName, Routing>) -> Facts {
    let version = version.map(|version| (Compared::Version, version.to_string()));
    let aliases =
        aliases.iter().map(|(alias, routing)| (Compared::Alias(alias.clone()), routing.to_string()));
    version.into_iter().chain(aliases).collect()
}
