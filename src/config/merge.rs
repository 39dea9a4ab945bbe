//! One table over another: tables merge, everything else replaces.
//!
//! What is a table in this sense is the schema's answer, not TOML's: `code` and an alias target
//! are written as tables and replace whole. Spans stay with what they point to, so a mistake that
//! an environment brings in is shown in the environment.

use super::{
    schema::{Shape, field},
    tree::{Entry, Node, Table, Value},
};

/// Returns the base with the overlay's entries over it.
pub(crate) fn overlaid(shape: Shape, base: &Table, overlay: &Table) -> Table {
    let mut entries = base.entries.clone();
    for over in &overlay.entries {
        match entries.iter_mut().find(|entry| entry.key == over.key) {
            Some(under) => *under = merged(inner(shape, &over.key), under, over),
            None => entries.push(over.clone()),
        }
    }
    Table { entries }
}

fn merged(shape: Shape, under: &Entry, over: &Entry) -> Entry {
    match (shape, &under.node.value, &over.node.value) {
        (Shape::Table(_) | Shape::Map { .. }, Value::Table(base), Value::Table(overlay)) => Entry {
            key: under.key.clone(),
            key_span: under.key_span.clone(),
            node: Node { span: under.node.span.clone(), value: Value::Table(overlaid(shape, base, overlay)) },
        },
        _ => over.clone(),
    }
}

/// Returns the shape behind a key; an unknown key has been refused before anything merges.
fn inner(shape: Shape, key: &str) -> Shape {
    match shape {
        Shape::Table(fields) => field(fields, key).map_or(Shape::Anything, |field| field.shape),
        Shape::Map { value, .. } => *value,
        Shape::Text(_)
        | Shape::Integer { .. }
        | Shape::Boolean
        | Shape::Choice(_)
        | Shape::List { .. }
        | Shape::Record(_)
        | Shape::OneOf(_)
        | Shape::VariableSource(_)
        | Shape::Target
        | Shape::Anything => Shape::Anything,
    }
}
