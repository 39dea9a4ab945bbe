//! The managed functions of one environment.

use std::{collections::BTreeMap, ops::Range};

use super::{
    aliases, code,
    duration::parse_duration,
    merge::overlaid,
    problem::Problem,
    resolve::Scope,
    schema::{FUNCTION, Shape},
    settings,
    tree::{Node, Table},
    variables,
};
use crate::model::{DesiredFunction, FunctionId, FunctionName, GroupName, Retention};

/// The version description that a function has when it says none (design §2).
const VERSION_DESCRIPTION: &str = "${git.short} ${deploy.id}";

/// Where each function is declared: the bytes of its key.
pub(crate) type Sites = BTreeMap<FunctionId, Range<usize>>;

/// A function of the merged document with what it inherits.
struct Declared {
    id: FunctionId,
    key_span: Range<usize>,
    table: Table,
}

/// Resolves all functions; one with a mistake is left out and its problems are added.
pub(crate) fn resolved(
    scope: &Scope<'_>,
    merged: &Table,
    problems: &mut Vec<Problem>,
) -> (BTreeMap<FunctionId, DesiredFunction>, Sites) {
    let declared = declared(merged);
    let mut functions = BTreeMap::new();
    let mut names: BTreeMap<FunctionName, &Declared> = BTreeMap::new();
    for one in &declared {
        let name = name(scope, one).map_err(|problem| problems.push(problem)).ok();
        if let Some(name) = &name {
            match names.get(name) {
                Some(other) => problems.push(duplicate(scope, other, one, name)),
                None => {
                    names.insert(name.clone(), one);
                }
            }
        }
        if let Some(function) = function(scope, one, name, problems) {
            functions.insert(one.id.clone(), function);
        }
    }
    let sites = declared.into_iter().map(|one| (one.id, one.key_span)).collect();
    (functions, sites)
}

/// Returns the names that can be made in an environment.
pub(crate) fn names(scope: &Scope<'_>, merged: &Table) -> Vec<FunctionName> {
    declared(merged).iter().filter_map(|one| name(scope, one).ok()).collect()
}

/// Returns a function of the merged document with what it inherits.
pub(crate) fn table(merged: &Table, id: &FunctionId) -> Option<Table> {
    declared(merged).into_iter().find(|one| one.id == *id).map(|one| one.table)
}

fn declared(merged: &Table) -> Vec<Declared> {
    let nothing = Table::default();
    let defaults = merged.table("defaults").unwrap_or(&nothing);
    merged
        .children("functions")
        .iter()
        .filter_map(|entry| {
            let own = entry.node.as_table()?;
            Some(Declared {
                id: FunctionId::new(entry.key.as_str()).ok()?,
                key_span: entry.key_span.clone(),
                table: overlaid(Shape::Table(FUNCTION), defaults, own),
            })
        })
        .collect()
}

fn name(scope: &Scope<'_>, one: &Declared) -> Result<FunctionName, Problem> {
    let Declared { id, key_span, table } = one;
    let Some((node, template)) = table.node("name").and_then(|node| Some((node, node.as_text()?))) else {
        return Err(scope
            .source
            .problem(key_span, format!("`functions.{id}` has no name"))
            .labelled("neither here nor in `[defaults]`")
            .helped("defaults.name = \"${id}-${env}\""));
    };
    FunctionName::new(scope.filled(template, id.as_str())).map_err(|invalid| {
        scope
            .source
            .problem(&node.span, format!("`functions.{id}`: {invalid}"))
            .labelled(format!("{} characters when filled in", invalid.value.chars().count()))
            .helped(format!("functions.{id}.name = \"{id}-${{env}}\""))
    })
}

fn duplicate(scope: &Scope<'_>, first: &Declared, second: &Declared, name: &FunctionName) -> Problem {
    let message = format!("`functions.{}` and `functions.{}` are both named `{name}`", first.id, second.id);
    let span = |one: &Declared| one.table.node("name").map(|node| node.span.clone());
    match (span(first), span(second)) {
        (Some(shared), Some(own)) if shared == own => scope
            .source
            .problem(&shared, message)
            .labelled("does not tell the functions apart")
            .helped("name = \"${id}-${env}\""),
        (_, own) => scope
            .source
            .problem(&own.unwrap_or_else(|| second.key_span.clone()), message)
            .labelled(format!("already the name of `functions.{}`", first.id))
            .helped(format!("functions.{}.name = \"{}-${{env}}\"", second.id, second.id)),
    }
}

fn function(
    scope: &Scope<'_>,
    one: &Declared,
    name: Option<FunctionName>,
    problems: &mut Vec<Problem>,
) -> Option<DesiredFunction> {
    let Declared { id, table, .. } = one;
    let before = problems.len();
    let retention = table.table("retention").map(retention);
    let aliases = aliases::resolved(scope.source, &format!("functions.{id}"), table, retention, problems);
    let code = code::resolved(scope, id, table, problems);
    let variables = variables::declared(scope, id, table, problems);
    let description = table.text("version_description").unwrap_or(VERSION_DESCRIPTION);
    let function = DesiredFunction {
        name: name?,
        version_description: scope.filled(description, id.as_str()),
        code,
        settings: settings::declared(table),
        variables,
        aliases,
        retention,
        group: table.text("group").and_then(|name| GroupName::new(name).ok()),
    };
    (problems.len() == before).then_some(function)
}

/// Reads a retention; what it does not say has its default.
pub(crate) fn retention(table: &Table) -> Retention {
    let default = Retention::default();
    let keep = table.node("keep").and_then(Node::as_integer);
    let min_age = table.text("min_age").and_then(|text| parse_duration(text).ok());
    Retention {
        keep: keep.and_then(|keep| u32::try_from(keep).ok()).unwrap_or(default.keep),
        min_age: min_age.unwrap_or(default.min_age),
    }
}
