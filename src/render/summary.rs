//! The last lines of a plan: what it comes to in numbers, and whether it can be applied.

use std::collections::BTreeSet;

use crate::{
    model::Object,
    plan::{Action, Finding, Operation, Plan, Severity, Summary},
};

use super::words::{bytes, count, listed};

/// Returns the last line of a plan: what would be done, in numbers, or that nothing is to be done. What
/// is blocked is not done, and does not read so.
pub(super) fn summary_line(plan: &Plan) -> String {
    let Summary { creations, updates, publishes, aliases, holds, machines, deletions, unchanged: _ } =
        plan.summary();
    let is_function = |action: &&Action| matches!(action.operation, Operation::CreateFunction(_));
    let functions = plan.actions.iter().filter(is_function).count();
    let is_creation = |action: &&Action| matches!(action.operation, Operation::CreateAlias { .. });
    let created = plan.actions.iter().filter(is_creation).count();
    let parts = [
        (functions, "function", " created"),
        (creations - functions, "state machine", " created"),
        (updates, "update", ""),
        (publishes, "version", " published"),
        (created, "alias", " created"),
        (aliases - created, "alias", " moved"),
        (holds, "hold", " changed"),
        (machines, "state machine", " changed"),
        (deletions, "version", " deleted"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, noun, verb)| format!("{}{verb}", count(number, noun)))
        .collect();
    let unchanged = unchanged(plan);
    let nothing = if plan.is_blocked() { "Blocked, without any changes planned." } else { "No changes." };
    match (parts.is_empty(), unchanged.len()) {
        (true, 0) => nothing.to_owned(),
        (true, one) => {
            format!("{nothing} {} as declared.", objects(&unchanged) + if one == 1 { " is" } else { " are" })
        }
        (false, 0) => format!("Plan: {}.{}", parts.join(", "), freed(plan)),
        (false, rest) => format!("Plan: {}; {rest} unchanged.{}", parts.join(", "), freed(plan)),
    }
}

/// Returns what deletions free, where there is nothing else to be told of. AWS does not say how large the
/// versions of state machines are.
fn freed(plan: &Plan) -> String {
    let size = |action: &Action| match action.operation {
        Operation::DeleteVersion { size, .. } => Some(Some(size)),
        Operation::DeleteMachineVersion { .. } => Some(None),
        _ => None,
    };
    let sizes: Option<Vec<Option<u64>>> = plan.actions.iter().map(size).collect();
    let known: u64 = sizes.iter().flatten().flatten().sum();
    match sizes {
        Some(sizes) if sizes.iter().any(Option::is_some) => format!(" That frees {}.", bytes(known)),
        Some(_) | None => String::new(),
    }
}

/// Returns that a plan cannot be applied, and nothing of one that can.
pub(super) fn blocked_line(plan: &Plan) -> Option<String> {
    let findings = plan.findings.iter().filter(|finding| finding.severity == Severity::Blocking).count();
    (findings > 0)
        .then(|| format!("This plan cannot be applied because of {}.", count(findings, "blocking finding")))
}

/// The objects without an action that nothing is wrong with.
fn unchanged(plan: &Plan) -> Vec<Object> {
    let functions = plan.functions.keys().cloned().map(Object::Function);
    let machines = plan.machines.keys().cloned().map(Object::Machine);
    let blocking = |finding: &&Finding| finding.severity == Severity::Blocking;
    let stopped = plan.findings.iter().filter(blocking).map(|finding| &finding.address.object);
    let touched: BTreeSet<&Object> =
        plan.actions.iter().map(|action| &action.address.object).chain(stopped).collect();
    let is_unchanged = |object: &Object| !touched.contains(object) && !plan.is_part_of(object);
    functions.chain(machines).filter(is_unchanged).collect()
}

fn objects(objects: &[Object]) -> String {
    let functions = objects.iter().filter(|object| matches!(object, Object::Function(_))).count();
    let machines = objects.len() - functions;
    let parts = [(functions, "function"), (machines, "state machine")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect();
    listed(&parts)
}
