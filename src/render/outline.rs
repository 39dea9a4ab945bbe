//! What a plan has to say, before it becomes text or Markdown: groups of items in address order,
//! each with what changes and why, then the versions that stay.

use std::{collections::BTreeMap, fmt};

use crate::{
    diff::KeptVersion,
    model::{
        CodeSha256, HoldChange, HoldEnd, LatestMark, MachineLogging, Object, SettingChange, VariableChange,
        VariableChangeKind, VariableName, VariableSource, VersionNumber,
    },
    plan::{
        Action, DefinitionChange, FunctionCreation, MachineAction, MachineCreation, Operation, Plan,
        Precondition,
    },
};

use super::{
    definition::Sides,
    header::Detail,
    states::state_rows,
    style::Ink,
    words::{before_and_after, bytes, listed, plain_value, short_bytes},
};

/// What happens to a thing. There are no other symbols (style §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbol {
    Create,
    Change,
    Delete,
    Keep,
}

impl Symbol {
    pub(super) fn ink(self) -> Ink {
        match self {
            Self::Create => Ink::Create,
            Self::Change => Ink::Change,
            Self::Delete => Ink::Delete,
            Self::Keep => Ink::Faint,
        }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "+",
            Self::Change => "~",
            Self::Delete => "-",
            Self::Keep => "=",
        })
    }
}

/// Everything about one function or machine.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) object: Object,
    /// The physical name.
    pub(super) name: String,
    pub(super) items: Vec<Item>,
    /// The versions that stay, newest first, with their reasons; neighbours with the same ones are
    /// together.
    pub(super) kept: Vec<Kept>,
}

/// One action, or several deletions for one reason.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) symbol: Symbol,
    pub(super) title: String,
    /// From where to where; empty where the rows say it.
    pub(super) change: String,
    pub(super) reason: String,
    pub(super) rows: Vec<Row>,
    /// What differs in a definition, by state.
    pub(super) states: Vec<Row>,
    /// References in a definition that are sent otherwise than the file has them.
    pub(super) references: Vec<Row>,
    pub(super) sides: Option<Sides>,
}

/// A name and a value.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: String,
}

/// Versions that stay for the same reasons.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) versions: String,
    pub(super) number: usize,
    pub(super) reasons: String,
}

/// Returns the groups of a plan in address order.
pub(super) fn outline(plan: &Plan, detail: Detail) -> Vec<Group> {
    let mut actions: BTreeMap<&Object, Vec<&Action>> = BTreeMap::new();
    for action in &plan.actions {
        actions.entry(&action.address.object).or_default().push(action);
    }
    let functions = plan.functions.iter().map(|(id, name)| (Object::Function(id.clone()), name.to_string()));
    let machines = plan.machines.iter().map(|(id, name)| (Object::Machine(id.clone()), name.to_string()));
    let group = |(object, name): (Object, String)| {
        let mut own = actions.remove(&object).unwrap_or_default();
        own.sort_by(|one, two| one.address.cmp(&two.address));
        let is_shown = !own.is_empty() || detail != Detail::Normal;
        let kept =
            kept_of(plan, &object).filter(|_| is_shown).map(|versions| kept(versions)).unwrap_or_default();
        let group = Group { object, name, items: items(&own, detail), kept };
        (!group.items.is_empty() || !group.kept.is_empty()).then_some(group)
    };
    functions.chain(machines).filter_map(group).collect()
}

fn kept_of<'a>(plan: &'a Plan, object: &Object) -> Option<&'a Vec<KeptVersion>> {
    match object {
        Object::Function(id) => plan.kept.get(id),
        Object::Machine(id) => plan.kept_machines.get(id),
    }
}

/// Where everything is told, each action has an item of its own, with its precondition.
fn items(actions: &[&Action], detail: Detail) -> Vec<Item> {
    let is_told = detail == Detail::Full;
    let is_deletion = |action: &Action| {
        matches!(action.operation, Operation::DeleteVersion { .. } | Operation::DeleteMachineVersion { .. })
    };
    let is_together = |one: &&Action, two: &&Action| {
        !is_told && is_deletion(one) && is_deletion(two) && one.reason == two.reason
    };
    let item = |run: &[&Action]| match run {
        [action] => {
            let mut item = item(action);
            item.rows.extend(is_told.then(|| row("requires", required(&action.precondition))));
            Some(item)
        }
        _ => deletion(run),
    };
    actions.chunk_by(is_together).filter_map(item).collect()
}

pub(super) fn row(name: impl Into<String>, value: impl Into<String>) -> Row {
    Row { name: name.into(), value: value.into() }
}

fn item(action: &Action) -> Item {
    let mut item = Item {
        symbol: Symbol::Change,
        title: String::new(),
        change: String::new(),
        reason: action.reason.to_string(),
        rows: Vec::new(),
        states: Vec::new(),
        references: Vec::new(),
        sides: None,
    };
    match &action.operation {
        Operation::CreateFunction(creation) => function_creation(&mut item, creation),
        Operation::CreateMachine(creation) => machine_creation(&mut item, creation),
        Operation::UpdateSettings { changes, variables } => {
            "settings".clone_into(&mut item.title);
            item.rows = changes.iter().map(setting).chain(variables.iter().map(variable)).collect();
        }
        Operation::UpdateCode { from, to, size, source, architectures } => {
            "code".clone_into(&mut item.title);
            item.change = code(from, to);
            item.rows = vec![sent(source, *size)];
            item.rows.extend(architectures.as_ref().map(setting));
        }
        Operation::PublishVersion { description, code: _, newest }
        | Operation::PublishMachineVersion { description, newest } => {
            item.symbol = Symbol::Create;
            "version".clone_into(&mut item.title);
            item.change = newest.map_or("new".to_owned(), |newest| format!("new, after {newest}"));
            item.rows = vec![row("description", template(description))];
        }
        Operation::CreateAlias { to } => {
            item.symbol = Symbol::Create;
            item.title = format!("alias {}", action.alias_name());
            item.change = format!("at {to}");
        }
        Operation::UpdateAlias { from, to } => {
            item.title = format!("alias {}", action.alias_name());
            item.change = format!("{from} → {to}");
        }
        Operation::KeepAlias { at } => {
            item.title = format!("alias {}", action.alias_name());
            item.change = at.as_ref().map_or("stays absent".to_owned(), |at| format!("stays at {at}"));
        }
        Operation::UpdateMachine(change) => machine(&mut item, change),
        Operation::DeleteVersion { version, size } => {
            item.symbol = Symbol::Delete;
            item.title = format!("version {version}");
            item.change = short_bytes(*size);
        }
        Operation::DeleteMachineVersion { version } => {
            item.symbol = Symbol::Delete;
            item.title = format!("version {version}");
        }
    }
    item.rows.extend(action.hold.as_ref().map(hold_rows).unwrap_or_default());
    item
}

/// Returns what is remembered of an alias from then on.
fn hold_rows(change: &HoldChange) -> Vec<Row> {
    let bad = |bad: &VersionNumber| row("bad", format!("version {bad}; `previous` does not go back to it"));
    match change {
        HoldChange::Hold { until, bad: marked, reason: _ } => {
            let until = match until {
                HoldEnd::Latest(LatestMark { version: Some(version), .. }) => {
                    format!("until something else than version {version} would be published")
                }
                HoldEnd::Latest(LatestMark { version: None, .. }) => {
                    "until the code or the settings change".to_owned()
                }
                HoldEnd::Moves { of, .. } => format!("until `{of}` moves"),
                // What is on its way needs no word; it is what the plan does.
                HoldEnd::Arrives => return marked.as_ref().map(bad).into_iter().collect(),
            };
            let held = row("held", format!("{until}, or `repoint unhold`"));
            std::iter::once(held).chain(marked.as_ref().map(bad)).collect()
        }
        HoldChange::Mark { bad: marked } => vec![bad(marked)],
        HoldChange::Release { forgiven, bad: marked } => {
            let forgiven = forgiven.iter().map(|version| row("not bad", format!("version {version}")));
            let marked = marked.as_ref().map(bad);
            std::iter::once(row("hold", "none any more")).chain(forgiven).chain(marked).collect()
        }
    }
}

fn setting(change: &SettingChange) -> Row {
    let (before, after) = before_and_after(change);
    row(change.setting.key(), format!("{before} → {after}"))
}

/// A variable is named, and so is what its value comes from; neither value is ever shown (design §3.8).
fn variable(change: &VariableChange) -> Row {
    let VariableChange { name, source, change } = change;
    let words = match change {
        VariableChangeKind::Added => "is added",
        VariableChangeKind::Changed => "changes",
    };
    row(variable_key(name), format!("{words}, {source}"))
}

fn variable_key(name: &VariableName) -> String {
    format!("environment.{name}")
}

fn code(from: &CodeSha256, to: &CodeSha256) -> String {
    if from == to { "sent again".to_owned() } else { format!("{} → {}", from.short(), to.short()) }
}

fn template(description: &str) -> String {
    if description.contains("${") {
        format!("{description} (filled in at apply)")
    } else {
        description.to_owned()
    }
}

fn function_creation(item: &mut Item, creation: &FunctionCreation) {
    let FunctionCreation { name: _, settings, variables, code, size, source } = creation;
    item.symbol = Symbol::Create;
    "function".clone_into(&mut item.title);
    "new".clone_into(&mut item.change);
    item.rows = settings.iter().map(|(setting, value)| row(setting.key(), plain_value(value))).collect();
    let variable =
        |(name, source): (&VariableName, &VariableSource)| row(variable_key(name), source.to_string());
    item.rows.extend(variables.iter().map(variable));
    item.rows.push(row("code", code.short()));
    item.rows.push(sent(source, *size));
}

/// What is sent and where it comes from; only an image has no size.
fn sent(source: &str, size: u64) -> Row {
    if size == 0 { row("image", source) } else { row("package", format!("{source}, {}", bytes(size))) }
}

fn machine_creation(item: &mut Item, creation: &MachineCreation) {
    let MachineCreation { name: _, definition: _, edits: _, role, kind, logging, calls: _ } = creation;
    item.symbol = Symbol::Create;
    "state machine".clone_into(&mut item.title);
    "new".clone_into(&mut item.change);
    item.rows = vec![row("role", role.to_string()), row("type", kind.as_str())];
    item.rows.extend(logging.as_ref().map(|logging| row("logging", logging_words(Some(logging)))));
    definition(item, &creation.change());
    // Every state is new, and the text below shows them all.
    item.states.clear();
}

fn machine(item: &mut Item, change: &MachineAction) {
    let MachineAction { definition: changed, role, logging, calls: _ } = change;
    item.title = listed(&change.parts().into_iter().map(str::to_owned).collect::<Vec<_>>());
    item.rows.extend(role.as_ref().map(|(from, to)| row("role", format!("{from} → {to}"))));
    let logging = logging.as_ref();
    item.rows.extend(logging.map(|(from, to)| {
        row("logging", format!("{} → {}", logging_words(from.as_ref()), logging_words(Some(to))))
    }));
    if let Some(change) = changed {
        definition(item, change);
    }
}

fn definition(item: &mut Item, change: &DefinitionChange) {
    let DefinitionChange { from: _, to: _, edits } = change;
    item.states = state_rows(change);
    item.references = edits
        .iter()
        .map(|edit| row(&edit.state, format!("{} → {}", short_arn(&edit.from), short_arn(&edit.to))))
        .collect();
    item.sides = Some(Sides::new(change));
}

/// What stands before the name in a function's ARN is the same on both sides.
pub(super) fn short_arn(text: &str) -> &str {
    match text.split_once(":function:") {
        Some((lead, name)) if lead.starts_with("arn:") => name,
        Some(_) | None => text,
    }
}

fn logging_words(logging: Option<&MachineLogging>) -> String {
    let Some(MachineLogging { level, include_execution_data, group }) = logging else {
        return "off".to_owned();
    };
    let data = if *include_execution_data { "with execution data" } else { "without execution data" };
    let group = group.as_ref().map(|group| format!(", to {group}")).unwrap_or_default();
    format!("{level}, {data}{group}")
}

/// Makes one item of several deletions that have one reason.
fn deletion(actions: &[&Action]) -> Option<Item> {
    let sizes = actions.iter().filter_map(|action| match &action.operation {
        Operation::DeleteVersion { version, size } => Some((*version, Some(*size))),
        Operation::DeleteMachineVersion { version } => Some((*version, None)),
        Operation::CreateFunction(_)
        | Operation::CreateMachine(_)
        | Operation::UpdateSettings { .. }
        | Operation::UpdateCode { .. }
        | Operation::PublishVersion { .. }
        | Operation::CreateAlias { .. }
        | Operation::UpdateAlias { .. }
        | Operation::KeepAlias { .. }
        | Operation::PublishMachineVersion { .. }
        | Operation::UpdateMachine(_) => None,
    });
    let (versions, sizes): (Vec<VersionNumber>, Vec<Option<u64>>) = sizes.unzip();
    let mut together = item(actions.first()?);
    together.title = format!("versions {}", numbers(&versions));
    let size = sizes.into_iter().sum::<Option<u64>>();
    together.change = size.map(|size| format!("{} in all", short_bytes(size))).unwrap_or_default();
    Some(together)
}

/// Returns version numbers as a list; four or more in a row become `1–4`.
fn numbers(versions: &[VersionNumber]) -> String {
    const ROW: usize = 4;
    let is_next = |one: &VersionNumber, two: &VersionNumber| one.get().abs_diff(two.get()) == 1;
    let rows = versions.chunk_by(is_next).flat_map(|run| match run {
        [first, .., last] if run.len() >= ROW => vec![format!("{first}–{last}")],
        _ => run.iter().map(ToString::to_string).collect(),
    });
    rows.collect::<Vec<_>>().join(", ")
}

fn kept(versions: &[KeptVersion]) -> Vec<Kept> {
    versions
        .chunk_by(|one, two| one.reasons == two.reasons)
        .map(|run| {
            let new = run.iter().filter(|kept| kept.version.existing().is_none()).map(|_| "new".to_owned());
            let existing: Vec<VersionNumber> =
                run.iter().filter_map(|kept| kept.version.existing()).collect();
            let listed = (!existing.is_empty()).then(|| numbers(&existing));
            let reasons = run.first().map(|kept| kept.reasons.iter().map(ToString::to_string));
            Kept {
                versions: new.chain(listed).collect::<Vec<_>>().join(", "),
                number: run.len(),
                reasons: reasons.into_iter().flatten().collect::<Vec<_>>().join("; "),
            }
        })
        .collect()
}

/// Returns what must still be true when an action is sent, in words.
pub(super) fn required(precondition: &Precondition) -> String {
    match precondition {
        Precondition::Absent => "it does not exist".to_owned(),
        Precondition::Latest { fingerprint, revision: None } => {
            format!("`$LATEST` has the fingerprint {}", fingerprint.short())
        }
        Precondition::Latest { fingerprint, revision: Some(revision) } => {
            format!(
                "`$LATEST` has the fingerprint {} and the revision {}",
                fingerprint.short(),
                revision.as_str()
            )
        }
        Precondition::AliasAbsent => "the alias does not exist".to_owned(),
        Precondition::AliasAt(routing) => format!("the alias points to {routing}"),
        Precondition::Machine { definition, role, logging } => format!(
            "the definition is {}, the role {role}, the logging {}",
            definition.short(),
            logging_words(logging.as_ref())
        ),
        Precondition::MachineAt { fingerprint } => {
            format!("the state machine has the fingerprint {}", fingerprint.short())
        }
        Precondition::Unreferenced { fingerprint } => {
            format!("no alias refers to it, and it has the fingerprint {}", fingerprint.short())
        }
    }
}

/// Returns the key of the TOML's table.
pub(super) fn key(object: &Object) -> &str {
    match object {
        Object::Function(id) => id.as_str(),
        Object::Machine(id) => id.as_str(),
    }
}
