//! A changed definition by state: which fields of which states get another value.

use crate::{
    asl::{FieldDifference, StateChange, StateDifference, state_differences},
    plan::DefinitionChange,
};

use super::outline::{Row, Symbol, row, short_arn};

/// More fields of one state than this are counted; the whole difference stands below.
const MOST_FIELDS: usize = 6;

/// A value is cut to this many characters.
const LONGEST_VALUE: usize = 60;

/// Returns a row for each field that differs; the name of the state stands at its first one.
pub(super) fn state_rows(change: &DefinitionChange) -> Vec<Row> {
    state_differences(&change.from, &change.to).iter().flat_map(state).collect()
}

fn state(difference: &StateDifference) -> Vec<Row> {
    let StateDifference { change, fields } = difference;
    let (symbol, name) = match change {
        StateChange::TopLevel => (Symbol::Change, "(outside)"),
        StateChange::Added(name) => (Symbol::Create, name.as_str()),
        StateChange::Changed(name) => (Symbol::Change, name.as_str()),
        StateChange::Removed(name) => (Symbol::Delete, name.as_str()),
    };
    let more = fields.len().saturating_sub(MOST_FIELDS);
    let shown = fields.iter().take(MOST_FIELDS).map(field);
    let more = (more > 0).then(|| format!("and {more} more"));
    let values: Vec<String> = shown.chain(more).collect();
    let values = if values.is_empty() { vec![String::new()] } else { values };
    let lead = |at: usize| if at == 0 { format!("{symbol} {name}") } else { String::new() };
    values.into_iter().enumerate().map(|(at, value)| row(lead(at), value)).collect()
}

fn field(field: &FieldDifference) -> String {
    let FieldDifference { path, from, to } = field;
    let (from, to) = (from.as_deref().map(one_line), to.as_deref().map(one_line));
    match (from, to) {
        (Some(from), Some(to)) => {
            let start = unshared(&from, &to);
            format!("{path}: {} → {}", cut(&from, start), cut(&to, start))
        }
        (None, Some(to)) => format!("{path}: {}", cut(&to, 0)),
        (Some(from), None) => format!("{path}: {} → nothing", cut(&from, 0)),
        (None, None) => path.clone(),
    }
}

/// Returns a JSON value on one line; of a function's ARN only the name.
fn one_line(json: &str) -> String {
    let line = json.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.strip_prefix('"').map(|text| (text, short_arn(text))) {
        Some((text, short)) if short != text => format!("\"{short}"),
        _ => line,
    }
}

/// Returns the character from which on two long values are shown: a little before they part.
fn unshared(from: &str, to: &str) -> usize {
    let shared = from.chars().zip(to.chars()).take_while(|(a, b)| a == b).count();
    let is_long = from.chars().count().max(to.chars().count()) > LONGEST_VALUE;
    if is_long { shared.saturating_sub(LONGEST_VALUE / 3) } else { 0 }
}

fn cut(value: &str, start: usize) -> String {
    let rest = value.chars().skip(start);
    let lead = if start > 0 { "…" } else { "" };
    let shown: String = rest.clone().take(LONGEST_VALUE).collect();
    let end = if rest.count() > LONGEST_VALUE { "…" } else { "" };
    format!("{lead}{shown}{end}")
}
