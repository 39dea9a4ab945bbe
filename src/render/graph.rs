//! The graph of a plan or a deployment for drawing programs: every action and every edge.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde_json::{Value, json};

use crate::{
    model::{Address, Object},
    plan::{Action, Plan},
    store::ManifestAction,
};

use super::{order::group_lines, style::visible};

/// One action of a graph.
struct Node<'a> {
    address: &'a Address,
    summary: String,
    after: &'a BTreeSet<Address>,
}

impl<'a> Node<'a> {
    fn planned(Action { address, after, .. }: &'a Action, summary: String) -> Self {
        Self { address, summary, after }
    }

    fn done(ManifestAction { address, summary, after, .. }: &'a ManifestAction) -> Self {
        Self { address, summary: summary.clone(), after }
    }
}

fn of_plan(plan: &Plan) -> Vec<Node<'_>> {
    plan.actions.iter().map(|action| Node::planned(action, action.summary())).collect()
}

/// Returns the graph for Mermaid, as GitHub draws it.
pub fn graph_mermaid(plan: &Plan) -> String {
    let mut text = mermaid(&of_plan(plan));
    for (at, line) in group_lines(plan).iter().enumerate() {
        push(&mut text, format_args!("  n{at}>\"{line}\"]\n"));
    }
    text
}

/// Returns the graph of what a deployment did, for Mermaid.
pub(super) fn deployment_mermaid(actions: &[ManifestAction]) -> String {
    mermaid(&actions.iter().map(Node::done).collect::<Vec<_>>())
}

fn mermaid(nodes: &[Node<'_>]) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let numbers = numbers(nodes);
    for (at, (object, nodes)) in by_object(nodes).into_iter().enumerate() {
        push(&mut text, format_args!("  subgraph g{at}[\"{object}\"]\n"));
        for node in nodes {
            let label = visible(&node.summary).replace('"', "#quot;");
            push(&mut text, format_args!("    a{}[\"{label}\"]\n", numbers[node.address]));
        }
        text.push_str("  end\n");
    }
    for (from, to) in edges(nodes, &numbers) {
        push(&mut text, format_args!("  a{from} --> a{to}\n"));
    }
    text
}

/// Returns the graph for programs: each action with what it waits for.
pub fn graph_json(plan: &Plan) -> Value {
    let nodes: Vec<Value> = of_plan(plan)
        .iter()
        .map(|Node { address, summary, after }| json!({ "address": address, "summary": summary, "after": after }))
        .collect();
    json!({ "schema": "repoint.graph/1", "actions": nodes })
}

/// Returns the graph for Graphviz.
pub fn graph_dot(plan: &Plan) -> String {
    let nodes = of_plan(plan);
    let mut text = "digraph plan {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (at, line) in group_lines(plan).iter().enumerate() {
        push(&mut text, format_args!("  n{at} [label=\"{line}\", shape=note];\n"));
    }
    let numbers = numbers(&nodes);
    for (at, (object, nodes)) in by_object(&nodes).into_iter().enumerate() {
        push(&mut text, format_args!("  subgraph cluster_{at} {{\n    label=\"{object}\";\n"));
        for node in nodes {
            let label = visible(&node.summary).replace('\\', "\\\\").replace('"', "\\\"");
            push(&mut text, format_args!("    a{} [label=\"{label}\"];\n", numbers[node.address]));
        }
        text.push_str("  }\n");
    }
    for (from, to) in edges(&nodes, &numbers) {
        push(&mut text, format_args!("  a{from} -> a{to};\n"));
    }
    text.push_str("}\n");
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string cannot fail");
}

fn numbers<'a>(nodes: &[Node<'a>]) -> BTreeMap<&'a Address, usize> {
    nodes.iter().enumerate().map(|(at, node)| (node.address, at + 1)).collect()
}

fn by_object<'n, 'a>(nodes: &'n [Node<'a>]) -> BTreeMap<&'a Object, Vec<&'n Node<'a>>> {
    let mut objects: BTreeMap<&Object, Vec<&Node<'_>>> = BTreeMap::new();
    for node in nodes {
        objects.entry(&node.address.object).or_default().push(node);
    }
    objects
}

/// Returns what must be done before what, by number.
fn edges(nodes: &[Node<'_>], numbers: &BTreeMap<&Address, usize>) -> Vec<(usize, usize)> {
    let edges = nodes.iter().flat_map(|node| {
        let to = numbers[node.address];
        node.after.iter().filter_map(move |before| Some((*numbers.get(before)?, to)))
    });
    edges.collect()
}
