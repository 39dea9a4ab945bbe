//! The managed state machines of one environment.

use std::{collections::BTreeMap, ops::Range};

use super::{
    aliases,
    definitions::{self, Definition, Text},
    functions::{Sites, retention},
    problem::{Problem, Source},
    references::{self, Callees},
    resolve::Scope,
    tree::{Table, Value},
};
use crate::model::{
    AliasName, DesiredFunction, DesiredMachine, ExistingQualifiers, FunctionId, MachineId, MachineKind,
    MachineLogging, MachineName, References, RoleArn,
};

type Functions = BTreeMap<FunctionId, DesiredFunction>;

/// A machine of the merged document.
struct Declared<'a> {
    id: MachineId,
    key_span: &'a Range<usize>,
    table: &'a Table,
}

/// Resolves all machines; one with a mistake is left out and its problems are added.
///
/// The functions are those without a mistake; the sites tell all that are declared.
pub(crate) fn resolved(
    scope: &Scope<'_>,
    merged: &Table,
    (functions, sites): (&Functions, &Sites),
    problems: &mut Vec<Problem>,
) -> BTreeMap<MachineId, DesiredMachine> {
    let mut machines = BTreeMap::new();
    let mut names: BTreeMap<MachineName, MachineId> = BTreeMap::new();
    let callees = references::callees(functions);
    for one in declared(merged) {
        let name = noted(name(scope, &one), problems);
        if let Some(name) = &name {
            if let Some(first) = names.get(name) {
                problems.push(duplicate(scope, first, &one, name));
            }
            names.entry(name.clone()).or_insert_with(|| one.id.clone());
        }
        // What is not known of one function is not a mistake of the machine.
        let are_complete = functions.len() == sites.len();
        let references = match said_references(one.table) {
            None if are_complete => noted(default_references(scope, &one, functions), problems),
            said => said,
        };
        if let Some(machine) = machine(scope, &one, (name, references), &callees, problems) {
            machines.insert(one.id, machine);
        }
    }
    machines
}

fn declared(merged: &Table) -> impl Iterator<Item = Declared<'_>> {
    let entries = merged.children("state_machines").iter();
    entries.filter_map(|entry| {
        Some(Declared {
            id: MachineId::new(entry.key.as_str()).ok()?,
            key_span: &entry.key_span,
            table: entry.node.as_table()?,
        })
    })
}

fn noted<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn name(scope: &Scope<'_>, one: &Declared<'_>) -> Result<MachineName, Problem> {
    let Declared { id, table, .. } = one;
    let node = table.node("name");
    let Some((node, template)) = node.and_then(|node| Some((node, node.as_text()?))) else {
        return Err(missing(scope, one, "name", "\"${id}-${env}\""));
    };
    MachineName::new(scope.filled(template, id.as_str())).map_err(|invalid| {
        let length = invalid.value.chars().count();
        scope
            .source
            .problem(&node.span, format!("`state_machines.{id}`: {invalid}"))
            .labelled(format!("{length} characters when filled in"))
            .helped(format!("state_machines.{id}.name = \"{id}-${{env}}\""))
    })
}

fn missing(scope: &Scope<'_>, one: &Declared<'_>, key: &str, example: &str) -> Problem {
    let id = &one.id;
    scope
        .source
        .problem(one.key_span, format!("`state_machines.{id}` has no `{key}`"))
        .labelled("machines inherit nothing from `[defaults]`")
        .helped(format!("state_machines.{id}.{key} = {example}"))
}

fn duplicate(scope: &Scope<'_>, first: &MachineId, one: &Declared<'_>, name: &MachineName) -> Problem {
    let Declared { id, key_span, table } = one;
    let span = table.node("name").map_or(*key_span, |node| &node.span);
    let message = format!("`state_machines.{first}` and `state_machines.{id}` are both named `{name}`");
    scope
        .source
        .problem(span, message)
        .labelled(format!("already the name of `state_machines.{first}`"))
        .helped(format!("state_machines.{id}.name = \"{id}-${{env}}\""))
}

fn machine(
    scope: &Scope<'_>,
    one: &Declared<'_>,
    (name, references): (Option<MachineName>, Option<References>),
    callees: &Callees<'_>,
    problems: &mut Vec<Problem>,
) -> Option<DesiredMachine> {
    let Declared { id, table, .. } = one;
    let before = problems.len();
    problems.extend(logging_problem(scope.source, id, table));
    let substitutions = definitions::substitutions(scope, id, table);
    let node = table.node("definition");
    let Some((node, path)) = node.and_then(|node| Some((node, node.as_text()?))) else {
        problems.push(missing(scope, one, "definition", "\"config/processing.json\""));
        return None;
    };
    let text = definitions::read(scope, id, node, path).map_err(|wrong| problems.extend(wrong)).ok()?;
    let (references_in, existing) = (references_in(table), existing(table));
    if let Some(references) = &references {
        let Text { written, json } = &text;
        let definition = Definition { id, path, written, text: json, substitutions: &substitutions };
        let sent = references::Sent { table, references, references_in: &references_in, existing };
        problems.extend(references::problems(scope, &definition, &sent, callees));
    }
    let retention = table.table("retention").map(retention);
    let owner = format!("state_machines.{id}");
    let aliases = aliases::resolved(scope.source, &owner, table, retention, problems);
    let machine = DesiredMachine {
        name: name?,
        definition_path: path.to_owned(),
        definition: text.json,
        references: references?,
        references_in,
        existing,
        substitutions,
        role: table.text("role").and_then(|role| RoleArn::new(role).ok()),
        kind: table.text("type").map(kind),
        logging: table.table("logging").map(logging),
        verify: table.node("verify").is_some_and(|node| matches!(node.value, Value::Boolean(true))),
        aliases,
        retention,
    };
    (problems.len() == before).then_some(machine)
}

fn said_references(table: &Table) -> Option<References> {
    policy(table.text("references")?)
}

fn policy(word: &str) -> Option<References> {
    match word {
        "off" => Some(References::Off),
        "version" => Some(References::Version),
        alias => AliasName::new(alias).ok().map(References::Alias),
    }
}

fn references_in(table: &Table) -> BTreeMap<String, References> {
    let entries = table.children("references_in").iter();
    entries.filter_map(|entry| Some((entry.key.clone(), policy(entry.node.as_text()?)?))).collect()
}

fn existing(table: &Table) -> ExistingQualifiers {
    match table.text("existing") {
        Some("latest") => ExistingQualifiers::Latest,
        Some("all") => ExistingQualifiers::All,
        // The schema allows no other word than `versions`.
        Some(_) | None => ExistingQualifiers::Versions,
    }
}

/// `LIVE`, if every managed function declares it; else a guess could send calls into nothing.
fn default_references(
    scope: &Scope<'_>,
    one: &Declared<'_>,
    functions: &Functions,
) -> Result<References, Problem> {
    let id = &one.id;
    let live = AliasName::new("LIVE").expect("`LIVE` is an alias name");
    let mut without = functions.iter().filter(|(_, function)| !function.aliases.contains_key(&live));
    let Some((function, _)) = without.next() else {
        return Ok(References::Alias(live));
    };
    let message = format!("`state_machines.{id}` does not say which alias its references go through");
    Err(scope
        .source
        .problem(one.key_span, message)
        .labelled(format!("`LIVE` is not assumed: `functions.{function}` does not declare it"))
        .helped(format!("state_machines.{id}.references = \"LIVE\" # or another alias, or \"off\"")))
}

fn kind(word: &str) -> MachineKind {
    match word {
        "EXPRESS" => MachineKind::Express,
        // The schema allows these two words only.
        _ => MachineKind::Standard,
    }
}

fn logging(table: &Table) -> MachineLogging {
    let flag = table.node("include_execution_data").map(|node| &node.value);
    MachineLogging {
        level: table.text("level").unwrap_or_default().to_owned(),
        include_execution_data: matches!(flag, Some(Value::Boolean(true))),
        group: table.text("group").map(str::to_owned),
    }
}

/// Step Functions takes exactly one log group, and none for `OFF`.
fn logging_problem(source: &Source, id: &MachineId, table: &Table) -> Option<Problem> {
    let entry = table.get("logging")?;
    let logging = entry.node.as_table()?;
    let problem = |span: &Range<usize>, what: &str, label: &str, help: &str| {
        let message = format!("`state_machines.{id}.logging` {what}");
        source.problem(span, message).labelled(label.to_owned()).helped(help.to_owned())
    };
    match (logging.get("level"), logging.get("group")) {
        (None, _) => {
            Some(problem(&entry.key_span, "has no `level`", "`level` is missing", "level = \"ERROR\""))
        }
        (Some(level), None) if level.node.as_text() != Some("OFF") => Some(problem(
            &level.node.span,
            "has no `group`",
            "needs a log group",
            "group = \"arn:aws:logs:us-west-1:123456789012:log-group:processing:*\"",
        )),
        (Some(level), Some(group)) if level.node.as_text() == Some("OFF") => Some(problem(
            &group.key_span,
            "is `OFF` and names a log group",
            "nothing would be written to it",
            "leave `group` out, or set another `level`",
        )),
        (Some(_), _) => None,
    }
}
