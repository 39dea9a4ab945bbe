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
    asl::{self, DefinitionError, Severity},
    model::MachineId,
};

/// A definition that was read.
pub(crate) struct Definition<'a> {
    pub(crate) id: &'a MachineId,
    pub(crate) path: &'a str,
    /// What its authors wrote, JSON or YAML.
    pub(crate) written: &'a str,
    /// The same as JSON.
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

/// The text of a definition that Step Functions may take.
pub(crate) struct Text {
    /// What its authors wrote, JSON or YAML.
    pub(crate) written: String,
    /// The same as JSON, which is what is sent.
    pub(crate) json: String,
}

/// Returns the text of the definition, which is known to be one, or all that is wrong with it.
pub(crate) fn read(scope: &Scope<'_>, id: &MachineId, node: &Node, path: &str) -> Result<Text, Vec<Problem>> {
    let written = read_file(scope, id, node, path).map_err(|problem| vec![problem])?;
    let source = Source::new(path, &written);
    let found = asl::problems(&written).map_err(|error| vec![unreadable(&source, error)])?;
    let wrong: Vec<Problem> = found
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| structural(&source, problem))
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let unsendable = |error| vec![unreadable(&source, error).labelled("not certain enough to be sent")];
    let json = asl::sent_text(&written).map_err(unsendable)?.into_owned();
    Ok(Text { written, json })
}

/// Returns what may be wrong with the definition of a machine, but is no reason to refuse it.
///
/// A definition that is refused has none.
pub fn definition_warnings(path: &str, text: &str) -> Vec<Problem> {
    let source = Source::new(path, text);
    let found = asl::problems(text).unwrap_or_default().into_iter();
    found
        .filter(|problem| problem.severity == Severity::Warning)
        .map(|problem| structural(&source, problem))
        .collect()
}

fn structural(source: &Source, problem: asl::Problem) -> Problem {
    let asl::Problem { severity: _, state: _, message, label, help, span } = problem;
    source.problem(&span, message).labelled(label).helped(help)
}

fn read_file(scope: &Scope<'_>, id: &MachineId, node: &Node, path: &str) -> Result<String, Problem> {
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
    scope.files.read(path).map_err(|why| refused(&format!("cannot be read: {why}"), "not readable"))
}

fn unreadable(definition: &Source, error: DefinitionError) -> Problem {
    let DefinitionError { message, span, help } = error;
    definition.problem(&span, message).labelled("the definition cannot be read").helped(help)
}
