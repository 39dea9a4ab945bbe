//! The definition of a state machine: its file and the values for its placeholders.

use std::collections::BTreeMap;

use super::{
    files::FileKind,
    problem::{Problem, Source},
    resolve::Scope,
    template,
    tree::{Node, Table},
};
use crate::{
    asl::{self, DefinitionError},
    model::MachineId,
};

/// A definition that was read.
pub(crate) struct Definition<'a> {
    pub(crate) id: &'a MachineId,
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    pub(crate) substitutions: &'a BTreeMap<String, String>,
}

impl Definition<'_> {
    /// Returns the values for the placeholders as far as they are known without asking AWS.
    pub(crate) fn known_values(&self, scope: &Scope<'_>) -> BTreeMap<String, String> {
        let mut known = vec![("env", scope.environment.as_str())];
        known.extend(scope.account.map(|account| ("account", account.as_str())));
        known.extend(scope.region.map(|region| ("region", region.as_str())));
        let mut values: BTreeMap<String, String> = self
            .substitutions
            .iter()
            .map(|(key, value)| (key.clone(), template::fill(value, &known)))
            .collect();
        let always_there = known.into_iter();
        values.extend(always_there.map(|(key, value)| (key.to_owned(), value.to_owned())));
        values
    }
}

/// Returns the declared values, filled in as far as the file knows; account and region stay.
pub(crate) fn substitutions(scope: &Scope<'_>, id: &MachineId, machine: &Table) -> BTreeMap<String, String> {
    let entries = machine.children("substitutions").iter();
    entries
        .filter_map(|entry| {
            let value = scope.filled(entry.node.as_text()?, id.as_str());
            Some((entry.key.clone(), value))
        })
        .collect()
}

/// Returns the text of the definition, which is known to be one.
pub(crate) fn read(scope: &Scope<'_>, id: &MachineId, node: &Node, path: &str) -> Result<String, Problem> {
    let refused = |what: &str, label: &str| {
        let message = format!("`state_machines.{id}.definition`: `{path}` {what}");
        scope
            .source
            .problem(&node.span, message)
            .labelled(label.to_owned())
            .helped(format!("create a file at `{path}`; paths are relative to the project root"))
    };
    match scope.files.kind(path) {
        FileKind::Missing => return Err(refused("does not exist", "no such file")),
        FileKind::Folder => return Err(refused("is a folder", "not a file")),
        FileKind::File => {}
    }
    let text =
        scope.files.read(path).map_err(|why| refused(&format!("cannot be read: {why}"), "not readable"))?;
    match asl::references(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(unreadable(&Source::new(path, &text), error)),
    }
}

fn unreadable(definition: &Source, error: DefinitionError) -> Problem {
    let DefinitionError { message, span, help } = error;
    definition.problem(&span, message).labelled("the definition cannot be read").helped(help)
}
