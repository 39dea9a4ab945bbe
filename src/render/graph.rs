//! A plan's graph for drawing programs: every action and every edge.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    model::{Address, Object},
    plan::{Action, Plan},
};

use super::style::visible;

/// Returns the graph for Mermaid, as GitHub draws it.
pub fn graph_mermaid(plan: &Plan) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let numbers = numbers(plan);
    for (at, (object, actions)) in by_object(plan).into_iter().enumerate() {
        push(&mut text, format_args!("  subgraph g{at}[\"{object}\"]\n"));
        for action in actions {
            let label = visible(&action.summary()).replace('"', "#quot;");
            push(&mut text, format_args!("    a{}[\"{label}\"]\n", numbers[&action.address]));
        }
        text.push_str("  end\n");
    }
    for (from, to) in edges(plan, &numbers) {
        push(&mut text, format_args!("  a{from} --> a{to}\n"));
    }
    text
}

/// Returns the graph for Graphviz.
pub fn graph_dot(plan: &Plan) -> String {
    let mut text = "digraph plan {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    let numbers = numbers(plan);
    for (at, (object, actions)) in by_object(plan).into_iter().enumerate() {
        push(&mut text, format_args!("  subgraph cluster_{at} {{\n    label=\"{object}\";\n"));
        for action in actions {
            let label = visible(&action.summary()).replace('\\', "\\\\").replace('"', "\\\"");
            push(&mut text, format_args!("    a{} [label=\"{label}\"];\n", numbers[&action.address]));
        }
        text.push_str("  }\n");
    }
    for (from, to) in edges(plan, &numbers) {
        push(&mut text, format_args!("  a{from} -> a{to};\n"));
    }
    text.push_str("}\n");
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string cannot fail");
}

fn numbers(plan: &Plan) -> BTreeMap<&Address, usize> {
    plan.actions.iter().enumerate().map(|(at, action)| (&action.address, at + 1)).collect()
}

fn by_object(plan: &Plan) -> BTreeMap<&Object, Vec<&Action>> {
    let mut objects: BTreeMap<&Object, Vec<&Action>> = BTreeMap::new();
    for action in &plan.actions {
        objects.entry(&action.address.object).or_default().push(action);
    }
    objects
}

/// Returns what must be done before what, by number.
fn edges(plan: &Plan, numbers: &BTreeMap<&Address, usize>) -> Vec<(usize, usize)> {
    let edges = plan.actions.iter().flat_map(|action| {
        let to = numbers[&action.address];
        action.after.iter().filter_map(move |before| Some((*numbers.get(before)?, to)))
    });
    edges.collect()
}
