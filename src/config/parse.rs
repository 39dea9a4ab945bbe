//! TOML text to tree: the only door to the `toml` crate.
//!
//! Only the first syntax error is told. The parser can recover, but three mistakes then read as
//! fifteen.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeInteger, DeTable, DeValue},
};

use super::tree::{Entry, Node, Table, Value};

/// Where a text first stops being TOML.
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
}

/// Reads the text as far as it can be read, and says where it first stops being TOML.
pub(crate) fn read_tree(text: &str) -> (Table, Option<SyntaxError>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    // The parser tells errors by phase, not by place.
    let first = errors.iter().min_by_key(|error| error.span().map(|span| span.start));
    let error = first.map(|error| SyntaxError {
        message: format!("not valid TOML: {}", error.message()),
        span: error.span().unwrap_or(0..0),
    });
    (owned_table(table.get_ref()), error)
}

fn owned_table(table: &DeTable<'_>) -> Table {
    let entries = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            node: owned(value),
        })
        .collect();
    Table { entries }
}

fn owned(value: &Spanned<DeValue<'_>>) -> Node {
    let owned_value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Integer(integer(number)),
        DeValue::Float(_) => Value::Float,
        DeValue::Boolean(flag) => Value::Boolean(*flag),
        DeValue::Datetime(_) => Value::Datetime,
        DeValue::Array(items) => Value::List(items.iter().map(owned).collect()),
        DeValue::Table(table) => Value::Table(owned_table(table)),
    };
    Node { span: value.span(), value: owned_value }
}

fn integer(number: &DeInteger<'_>) -> i64 {
    let out_of_range = if number.as_str().starts_with('-') { i64::MIN } else { i64::MAX };
    i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(out_of_range)
}
