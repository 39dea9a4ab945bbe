//! The small tables: limits, demands on an apply, ignored drift.

use std::collections::BTreeSet;

use super::{
    nearest::nearest,
    problem::{Problem, Source},
    rules::split_ignore,
    tree::{Node, Table},
};
use crate::model::{DriftIgnore, Limits, Requirement};

pub(crate) fn limits(merged: &Table) -> Limits {
    let default = Limits::default();
    let table = merged.table("limits");
    let said = |key: &str| {
        let number = table.and_then(|table| table.node(key)).and_then(Node::as_integer)?;
        u32::try_from(number).ok()
    };
    Limits {
        parallelism: said("parallelism").unwrap_or(default.parallelism),
        lambda_rps: said("lambda_rps").unwrap_or(default.lambda_rps),
        max_deletes: said("max_deletes").unwrap_or(default.max_deletes),
    }
}

pub(crate) fn requirements(merged: &Table) -> BTreeSet<Requirement> {
    merged
        .list("require")
        .iter()
        .filter_map(Node::as_text)
        .filter_map(|word| match word {
            "saved-plan" => Some(Requirement::SavedPlan),
            "clean-git" => Some(Requirement::CleanGit),
            // The schema allows no third word.
            _ => None,
        })
        .collect()
}

/// Returns what drift ignores; an address of nothing that any environment declares is a mistake.
pub(crate) fn drift_ignore(
    source: &Source,
    merged: &Table,
    known: &[String],
    problems: &mut Vec<Problem>,
) -> Vec<DriftIgnore> {
    let items = merged.table("drift").map_or(&[][..], |drift| drift.list("ignore"));
    let mut ignored = Vec::new();
    for node in items {
        let text = node.as_text().unwrap_or_default();
        let Ok((address, field)) = split_ignore(text) else {
            continue;
        };
        let object = address.object.to_string();
        if !known.contains(&object) {
            problems.push(unknown_object(source, node, text, &object, known));
        }
        ignored.push(DriftIgnore { address, field: field.map(str::to_owned) });
    }
    ignored
}

fn unknown_object(source: &Source, node: &Node, text: &str, object: &str, known: &[String]) -> Problem {
    let exact = source.inside(&node.span, text, &(0..object.len()));
    let span = exact.as_ref().unwrap_or(&node.span);
    let problem = source.problem(span, format!("`{object}` is not declared"));
    match (nearest(object, known.iter().map(String::as_str)), &exact) {
        (Some(near), Some(exact)) => {
            problem.labelled(format!("did you mean `{near}`?")).helped(source.corrected_line(exact, near))
        }
        (Some(near), None) => problem.labelled(format!("did you mean `{near}`?")),
        (None, _) => problem
            .labelled("nothing of this name is managed")
            .helped("leave it out: drift looks only at what the file declares"),
    }
}
