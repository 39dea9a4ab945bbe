//! How things stand as text: one block per function and per machine, and last what it comes to.

use crate::{
    model::{FunctionId, FunctionName, Hold, MachineId, MachineName, Presence, Retention, Target},
    plan::{
        CallStatus, CallTarget, FunctionStatus, MachineStatus, MachineVersionStatus, Remembered, Share,
        Status, VersionStatus,
    },
};

use super::{
    header::{Context, Detail, Subject, head},
    page::Page,
    style::{Ink, Style},
    table::Table,
    words::{count, listed, short_bytes},
};

/// A status with what a report says around it.
#[derive(Debug, Clone, Copy)]
pub struct StatusReport<'a> {
    /// How things stand.
    pub status: &'a Status,
    /// What it is about.
    pub subject: Subject<'a>,
    /// Where the facts came from, and how much to tell.
    pub context: &'a Context<'a>,
}

/// Returns the status as text.
pub fn status_text(report: &StatusReport<'_>, style: Style) -> String {
    let StatusReport { status, subject, context } = report;
    let mut page = Page::new(style);
    head(&mut page, &format!("Status of {}", subject.project), subject, context);
    for (id, (name, function)) in &status.functions {
        page.gap();
        write_function(&mut page, (id, name), function, context.detail);
    }
    for (id, (name, machine)) in &status.machines {
        page.gap();
        write_machine(&mut page, (id, name), machine);
    }
    page.gap();
    write_end(&mut page, status);
    page.into_text()
}

/// The columns of a function's versions; the first row is `$LATEST`.
const VERSIONS: [&str; 7] = ["VERSION", "ALIASES", "MACHINES", "SIZE", "PUBLISHED", "CODE", "KEPT BECAUSE"];

fn write_function(
    page: &mut Page,
    (id, name): (&FunctionId, &FunctionName),
    function: &Presence<FunctionStatus>,
    detail: Detail,
) {
    let title = format!("functions.{id}");
    let Presence::Present(function) = function else {
        return write_missing(page, &title, name.as_str());
    };
    page.line(&[
        (Ink::Strong, &title),
        (Ink::Plain, &format!("  {name}")),
        (Ink::Faint, &format!("  {}", retention_words(function.retention))),
    ]);
    let mut table = Table::new(&VERSIONS);
    table.row(latest_ink(function), latest_cells(function));
    for version in &function.versions {
        let ink = if version.kept.is_empty() { Ink::Delete } else { Ink::Plain };
        table.row(ink, version_cells(version));
        if detail == Detail::Full && !version.description.is_empty() {
            table.remark(&version.description);
        }
    }
    table.write(page, 2);
    write_remembered(page, id.as_str(), &function.remembered);
    write_note(page, "not declared, so left alone:", &function.undeclared);
    write_note(page, "declared and not there yet:", &function.missing);
}

fn write_missing(page: &mut Page, title: &str, name: &str) {
    page.line(&[(Ink::Strong, title), (Ink::Plain, &format!("  {name}"))]);
    page.line(&[(Ink::Alarm, "  is not in AWS"), (Ink::Plain, "; `repoint plan` says how to have it")]);
}

fn write_note<T: std::fmt::Display>(page: &mut Page, words: &str, names: &std::collections::BTreeSet<T>) {
    if names.is_empty() {
        return;
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    page.flow(&[(Ink::Warning, &format!("  {words} "))], &[(Ink::Plain, &listed(&names))]);
}

/// What runs unpublished code is worth a look.
fn latest_ink(function: &FunctionStatus) -> Ink {
    let latest = &function.latest;
    let is_called = !latest.machines.is_empty() || !latest.aliases.is_empty();
    if is_called { Ink::Warning } else { Ink::Faint }
}

fn latest_cells(function: &FunctionStatus) -> [String; 7] {
    let latest = &function.latest;
    let equals = match latest.equals {
        Some(version) => format!("equals version {version}"),
        None if function.versions.is_empty() => "nothing was published yet".to_owned(),
        None => "equals no version".to_owned(),
    };
    [
        "$LATEST".to_owned(),
        joined(&latest.aliases),
        joined(&latest.machines),
        String::new(),
        String::new(),
        latest.code.short().to_owned(),
        equals,
    ]
}

fn version_cells(version: &VersionStatus) -> [String; 7] {
    let VersionStatus { version, aliases, machines, size, published, code, description: _, kept } = version;
    [
        version.to_string(),
        joined(aliases),
        joined(machines),
        short_bytes(*size),
        second(*published),
        code.short().to_owned(),
        reasons(kept),
    ]
}

/// Returns an instant to the second; AWS's milliseconds say nothing of a version.
pub(super) fn second(instant: jiff::Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns why a version stays, or that nothing keeps it.
pub(super) fn reasons(kept: &[crate::diff::KeepReason]) -> String {
    if kept.is_empty() {
        return "nothing keeps it; an apply may delete it".to_owned();
    }
    kept.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn joined<'a, T: ToString + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    items.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn retention_words(retention: Option<Retention>) -> String {
    match retention {
        None => "no retention".to_owned(),
        Some(Retention { keep, min_age }) => format!("keeps the newest {keep}, min_age {min_age:#}"),
    }
}

fn write_machine(page: &mut Page, (id, name): (&MachineId, &MachineName), machine: &Presence<MachineStatus>) {
    let title = format!("state_machines.{id}");
    let Presence::Present(machine) = machine else {
        return write_missing(page, &title, name.as_str());
    };
    let MachineStatus { kind, definition, calls, versions, retention, remembered } = machine;
    let rule = versions.as_ref().map(|_| format!(", {}", retention_words(*retention))).unwrap_or_default();
    let about = format!("  {}, definition {}{rule}", kind.as_str(), definition.short());
    page.line(&[(Ink::Strong, &title), (Ink::Plain, &format!("  {name}")), (Ink::Faint, &about)]);
    if !calls.is_empty() {
        let mut table = Table::new(&["STATE", "CALLS", "RUNS"]);
        for call in calls {
            let (ink, runs) = runs_words(&call.runs);
            table.row(ink, [call.call.state.clone(), callee(call), runs]);
        }
        table.write(page, 2);
    }
    if let Some(versions) = versions {
        write_machine_versions(page, versions);
    }
    write_remembered(page, id.as_str(), remembered);
}

/// Says who holds what, and which versions nothing goes back to.
fn write_remembered(page: &mut Page, id: &str, remembered: &Remembered) {
    let Remembered { holds, bad } = remembered;
    for (alias, hold) in holds {
        let Hold { routing, until: _, bad: _, reason, who, at } = hold;
        let words = format!(
            "`{alias}` stays at {routing} since {}, by {who}: {reason}; `repoint unhold {id} {alias}` ends it",
            second(*at)
        );
        page.flow(&[(Ink::Warning, "  held: ")], &[(Ink::Plain, &words)]);
    }
    if !bad.is_empty() {
        let words = format!("{}; `previous(X)` and `rollback` do not go back there", joined(bad));
        page.flow(&[(Ink::Warning, "  bad: ")], &[(Ink::Plain, &words)]);
    }
}

fn callee(call: &CallStatus) -> String {
    let name = call.function.as_ref().map_or_else(|| call.call.function.to_string(), ToString::to_string);
    format!("{name}:{}", call.call.through)
}

/// Returns which versions a call runs, in words.
pub(super) fn runs_words(runs: &CallTarget) -> (Ink, String) {
    let words = match runs {
        CallTarget::Runs(targets) => {
            let is_latest = targets.iter().any(|(target, _)| *target == Target::Latest);
            let shares = targets.iter().map(|(target, share)| Share {
                alias: target.to_string(),
                share: *share,
                is_held: false,
            });
            let ink = if is_latest { Ink::Warning } else { Ink::Plain };
            return (ink, joined(&shares.collect::<Vec<_>>()));
        }
        CallTarget::Nothing => {
            return (Ink::Alarm, "nothing: it does not exist, so the state fails".to_owned());
        }
        CallTarget::Undecided => "decided when the state runs",
        CallTarget::Undeclared => "not declared here",
        CallTarget::NotSeen => "not known: the function could not be read",
    };
    (Ink::Faint, words.to_owned())
}

fn write_machine_versions(page: &mut Page, versions: &[MachineVersionStatus]) {
    if versions.is_empty() {
        return page.line(&[(Ink::Faint, "  nothing was published yet")]);
    }
    let mut table = Table::new(&["VERSION", "ALIASES", "PUBLISHED", "RUNS", "KEPT BECAUSE"]);
    for MachineVersionStatus { version, aliases, published, equals_machine, kept } in versions {
        let runs = match equals_machine {
            Some(true) => "what the machine does",
            Some(false) => "something else",
            None => "not known",
        };
        let ink = if kept.is_empty() { Ink::Delete } else { Ink::Plain };
        table.row(
            ink,
            [version.to_string(), joined(aliases), second(*published), runs.to_owned(), reasons(kept)],
        );
    }
    table.write(page, 2);
}

fn write_end(page: &mut Page, status: &Status) {
    let functions: Vec<&FunctionStatus> =
        status.functions.values().filter_map(|(_, function)| function.present()).collect();
    let machines: Vec<&MachineStatus> =
        status.machines.values().filter_map(|(_, machine)| machine.present()).collect();
    let versions: Vec<&VersionStatus> = functions.iter().flat_map(|function| &function.versions).collect();
    let of_machines: Vec<&MachineVersionStatus> =
        machines.iter().flat_map(|machine| machine.versions.iter().flatten()).collect();
    let mut parts = Vec::new();
    if !functions.is_empty() {
        let aliases: usize = functions.iter().map(|function| function.aliases.len()).sum();
        parts.push(format!(
            "{} with {} ({}) and {}",
            count(functions.len(), "function"),
            count(versions.len(), "version"),
            short_bytes(versions.iter().map(|version| version.size).sum()),
            count(aliases, "alias"),
        ));
    }
    if !machines.is_empty() {
        let versions = count(of_machines.len(), "version");
        parts.push(format!("{} with {versions}", count(machines.len(), "state machine")));
    }
    if !parts.is_empty() {
        page.line(&[(Ink::Strong, &format!("{}.", parts.join("; ")))]);
    }
    let missing = status.functions.len() - functions.len() + status.machines.len() - machines.len();
    if missing > 0 {
        let are = if missing == 1 { "is" } else { "are" };
        page.line(&[(Ink::Alarm, &format!("{missing} of what is declared {are} not in AWS."))]);
    }
    write_free(page, &versions, &of_machines);
}

fn write_free(page: &mut Page, versions: &[&VersionStatus], of_machines: &[&MachineVersionStatus]) {
    let free: Vec<_> = versions.iter().filter(|version| version.kept.is_empty()).collect();
    let number = free.len() + of_machines.iter().filter(|version| version.kept.is_empty()).count();
    if number > 0 {
        let line = format!(
            "Nothing keeps {} ({}); `repoint plan` shows what an apply deletes.",
            count(number, "version"),
            short_bytes(free.iter().map(|version| version.size).sum())
        );
        page.line(&[(Ink::Delete, &line)]);
    }
}
