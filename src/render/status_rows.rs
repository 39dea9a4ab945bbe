//! How things stand for programs: one JSON object, or one line per version with tabs between the
//! fields.

use serde_json::{Value, json};

use crate::{
    diff::KeepReason,
    model::{Presence, Target, Weight},
    plan::{
        CallStatus, CallTarget, FunctionStatus, LatestStatus, MachineStatus, MachineVersionStatus, Share,
        Status, VersionStatus,
    },
};

use super::{
    status::{StatusReport, reasons, second},
    style::visible,
};

/// Returns the status with its place.
pub fn status_json(report: &StatusReport<'_>) -> Value {
    let StatusReport { status, subject, context: _ } = report;
    let functions = status.functions.iter().map(|(id, (name, function))| {
        let mut value = match function {
            Presence::Absent => json!({ "is_missing": true }),
            Presence::Present(function) => function_json(function),
        };
        value["name"] = json!(name);
        (id.to_string(), value)
    });
    let machines = status.machines.iter().map(|(id, (name, machine))| {
        let mut value = match machine {
            Presence::Absent => json!({ "is_missing": true }),
            Presence::Present(machine) => machine_json(machine),
        };
        value["name"] = json!(name);
        (id.to_string(), value)
    });
    json!({
        "schema": "repoint.status/1",
        "project": subject.project,
        "environment": subject.environment,
        "place": subject.place,
        "functions": functions.collect::<serde_json::Map<_, _>>(),
        "state_machines": machines.collect::<serde_json::Map<_, _>>(),
    })
}

fn function_json(function: &FunctionStatus) -> Value {
    let FunctionStatus { latest, versions, aliases, undeclared, missing, retention, remembered } = function;
    let LatestStatus { code, equals, aliases: at_latest, machines } = latest;
    let aliases = aliases.iter().map(|(name, routing)| {
        let is_declared = !undeclared.contains(name);
        let targets: Vec<Value> = routing.shares().iter().map(target_json).collect();
        (name.to_string(), json!({ "targets": targets, "is_declared": is_declared }))
    });
    json!({
        "is_missing": false,
        "latest": { "code": code, "equals": equals, "aliases": at_latest, "machines": machines },
        "versions": versions.iter().map(version_json).collect::<Vec<_>>(),
        "aliases": aliases.collect::<serde_json::Map<_, _>>(),
        "missing_aliases": missing,
        "retention": retention.map(|rule| json!({ "keep": rule.keep, "min_age": format!("{:#}", rule.min_age) })),
        "holds": remembered.holds,
        "bad": remembered.bad,
    })
}

fn version_json(version: &VersionStatus) -> Value {
    let VersionStatus { version, aliases, machines, size, published, code, description, kept } = version;
    json!({
        "version": version,
        "aliases": aliases.iter().map(share_json).collect::<Vec<_>>(),
        "machines": machines,
        "size": size,
        "published": published,
        "code": code,
        "description": description,
        "kept": kept.iter().map(reason_json).collect::<Vec<_>>(),
    })
}

fn share_json(Share { alias, share, is_held }: &Share) -> Value {
    json!({ "alias": alias, "weight": share.as_fraction(), "is_held": is_held })
}

fn reason_json(reason: &KeepReason) -> Value {
    json!({ "reason": reason, "words": reason.to_string() })
}

fn machine_json(machine: &MachineStatus) -> Value {
    let MachineStatus { kind, definition, calls, versions, retention, remembered } = machine;
    json!({
        "is_missing": false,
        "type": kind.as_str(),
        "definition": definition,
        "calls": calls.iter().map(call_json).collect::<Vec<_>>(),
        "versions": versions.as_ref().map(|versions| {
            versions.iter().map(machine_version_json).collect::<Vec<_>>()
        }),
        "retention": retention.map(|rule| json!({ "keep": rule.keep, "min_age": format!("{:#}", rule.min_age) })),
        "holds": remembered.holds,
        "bad": remembered.bad,
    })
}

fn machine_version_json(version: &MachineVersionStatus) -> Value {
    let MachineVersionStatus { version, aliases, published, equals_machine, kept } = version;
    json!({
        "version": version,
        "aliases": aliases.iter().map(share_json).collect::<Vec<_>>(),
        "published": published,
        "equals_machine": equals_machine,
        "kept": kept.iter().map(reason_json).collect::<Vec<_>>(),
    })
}

fn call_json(status: &CallStatus) -> Value {
    let CallStatus { call, function, runs } = status;
    let (kind, targets) = match runs {
        CallTarget::Runs(targets) => ("runs", targets.as_slice()),
        CallTarget::Nothing => ("nothing", &[][..]),
        CallTarget::Undecided => ("undecided", &[][..]),
        CallTarget::Undeclared => ("undeclared", &[][..]),
        CallTarget::NotSeen => ("not_seen", &[][..]),
    };
    json!({
        "state": call.state,
        "function": function,
        "name": call.function,
        "through": call.through.to_string(),
        "is": kind,
        "runs": targets.iter().map(target_json).collect::<Vec<_>>(),
    })
}

/// `$LATEST` is no number.
fn target_json((target, weight): &(Target, Weight)) -> Value {
    let version = target.version().map_or_else(|| json!(target.to_string()), |version| json!(version));
    json!({ "version": version, "weight": weight.as_fraction() })
}

/// The fields of a line, in order; the first line names them.
const FIELDS: [&str; 10] =
    ["kind", "key", "name", "version", "aliases", "machines", "size", "published", "code", "kept"];

/// Returns one line per version, one for each `$LATEST` and one without a version for each machine; what
/// is missing has only such a line.
pub fn status_tsv(status: &Status) -> String {
    let mut lines = vec![FIELDS.map(str::to_owned)];
    for (id, (name, function)) in &status.functions {
        let lead = ["function", id.as_str(), name.as_str()];
        match function {
            Presence::Absent => lines.push(missing_line(lead)),
            Presence::Present(function) => lines.extend(function_lines(lead, function)),
        }
    }
    for (id, (name, machine)) in &status.machines {
        let lead = ["state_machine", id.as_str(), name.as_str()];
        match machine {
            Presence::Absent => lines.push(missing_line(lead)),
            Presence::Present(machine) => lines.extend(machine_lines(lead, machine)),
        }
    }
    // A tab or a line break in a description would be another field or line.
    let field = |field: &String| visible(field).replace(['\t', '\n'], " ");
    let line = |fields: &Line| fields.iter().map(field).collect::<Vec<_>>().join("\t") + "\n";
    lines.iter().map(line).collect()
}

/// The fields of one line.
type Line = [String; 10];

fn missing_line(lead: [&str; 3]) -> Line {
    line(lead, ["", "", "", "", "", "", "missing"])
}

fn function_lines(lead: [&str; 3], function: &FunctionStatus) -> Vec<Line> {
    let LatestStatus { code, equals, aliases, machines } = &function.latest;
    let equals = equals.map_or("equals no version".to_owned(), |version| format!("equals {version}"));
    let latest = line(lead, ["$LATEST", &listed(aliases), &listed(machines), "", "", code.as_str(), &equals]);
    let version = |version: &VersionStatus| {
        let VersionStatus { version, aliases, machines, size, published, code, description: _, kept } =
            version;
        let rest = [
            &version.to_string(),
            &listed(aliases),
            &listed(machines),
            &size.to_string(),
            &second(*published),
            code.as_str(),
            &reasons(kept),
        ];
        line(lead, rest)
    };
    std::iter::once(latest).chain(function.versions.iter().map(version)).collect()
}

fn machine_lines(lead: [&str; 3], machine: &MachineStatus) -> Vec<Line> {
    let itself = line(lead, ["", "", "", "", "", machine.definition.as_str(), ""]);
    let version = |version: &MachineVersionStatus| {
        let MachineVersionStatus { version, aliases, published, equals_machine: _, kept } = version;
        let (number, published) = (version.to_string(), second(*published));
        line(lead, [&number, &listed(aliases), "", "", &published, "", &reasons(kept)])
    };
    std::iter::once(itself).chain(machine.versions.iter().flatten().map(version)).collect()
}

fn line(lead: [&str; 3], rest: [&str; 7]) -> Line {
    let [kind, key, name] = lead.map(str::to_owned);
    let [version, aliases, machines, size, published, code, kept] = rest.map(str::to_owned);
    [kind, key, name, version, aliases, machines, size, published, code, kept]
}

fn listed<'a, T: ToString + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    items.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
