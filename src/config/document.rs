//! The checked file, all environments together.

use super::{
    check,
    merge::overlaid,
    parse::{SyntaxError, read_tree},
    problem::{Problem, Source, SourceFile},
    schema::{DOCUMENT, ENVIRONMENT, Shape},
    secrets,
    tree::{Entry, Table},
};
use crate::model::EnvironmentName;

/// A file that holds against the schema; every key and value knows its bytes.
#[derive(Debug, Clone)]
pub struct Document {
    pub(crate) source: Source,
    /// The keys above the environments.
    pub(crate) base: Table,
    /// One entry per environment, in the order of the file.
    pub(crate) environments: Vec<Entry>,
}

/// Reads the file; the first syntax error, or every mistake that one table alone shows.
pub fn parse(file: SourceFile) -> Result<Document, Vec<Problem>> {
    let read = Source::from(file);
    let (root, error) = read_tree(&read.text);
    let mut hidden = secrets::in_tree(&root);
    if error.is_some() {
        hidden.extend(secrets::in_lines(&read.text));
    }
    let source = read.masked(&hidden);
    if let Some(SyntaxError { message, span }) = error {
        return Err(vec![source.problem(&span, message)]);
    }
    let mut problems = missing_keys(&source, &root);
    problems.extend(check::problems(&source, &root, DOCUMENT));
    if !problems.is_empty() {
        return Err(in_order(problems));
    }
    Ok(Document {
        source,
        environments: root.children("environments").to_vec(),
        base: without_keys(root, &["schema", "environments"]),
    })
}

impl Document {
    /// Returns the declared environments in the order of the file.
    pub fn environments(&self) -> Vec<EnvironmentName> {
        self.environments.iter().map(environment_name).collect()
    }

    /// Returns the document with one environment laid over it.
    pub(crate) fn merged(&self, environment: &Entry) -> Table {
        environment.node.as_table().map_or_else(
            || self.base.clone(),
            |overlay| overlaid(Shape::Table(ENVIRONMENT), &self.base, overlay),
        )
    }
}

/// Returns the name of a declared environment.
pub(crate) fn environment_name(entry: &Entry) -> EnvironmentName {
    EnvironmentName::new(entry.key.as_str()).expect("the schema checks the names of environments")
}

/// Sorts problems by place and keeps one per place: an inherited mistake is one mistake.
pub(crate) fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| (&a.file, a.span.start, a.span.end).cmp(&(&b.file, b.span.start, b.span.end)));
    problems.dedup_by(|a, b| a.file == b.file && a.span == b.span);
    problems
}

fn missing_keys(source: &Source, root: &Table) -> Vec<Problem> {
    let wanted = [
        ("schema", "schema = 1"),
        ("project", "project = \"digital-twin\""),
        ("environments", "environments.dev.region = \"us-west-1\""),
    ];
    let missing: Vec<_> = wanted
        .into_iter()
        .filter(|(key, _)| {
            root.get(key).is_none() || (*key == "environments" && root.children(key).is_empty())
        })
        .collect();
    // One problem for all, since all have the same place: the beginning of the file.
    let Some((first, _)) = missing.first() else {
        return Vec::new();
    };
    let help: Vec<&str> = missing.iter().map(|(_, line)| *line).collect();
    vec![
        source
            .problem(&(0..0), format!("the file declares no `{first}`"))
            .labelled("missing")
            .helped(help.join("\n")),
    ]
}

fn without_keys(table: Table, keys: &[&str]) -> Table {
    let mut entries = table.entries;
    entries.retain(|entry| !keys.contains(&entry.key.as_str()));
    Table { entries }
}
