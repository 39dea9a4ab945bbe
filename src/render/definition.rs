//! A definition before and after, laid out so that only what differs is read.
//!
//! AWS may hold a definition with another layout than the file has: on one line, or with its keys
//! in another order. Then a difference by lines would show everything, so both sides are laid out
//! alike first. Numbers, strings and escapes stay as they are written.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::plan::DefinitionChange;

use super::{
    style::Style,
    text_diff::{changed_bytes, unified_diff},
};

/// How much less there must be to read before the same layout is worth its loss: lines that are
/// not those of the file.
const WORTH: usize = 2;

/// A definition with a longer line is not laid out for people.
const LONGEST_LINE: usize = 1000;

/// The two sides of a definition as they are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) from: String,
    pub(super) to: String,
    /// Whether the layout is ours and not that of the texts.
    pub(super) is_laid_out: bool,
}

impl Sides {
    /// Chooses the layout in which there is less to read.
    pub(super) fn new(change: &DefinitionChange) -> Self {
        let DefinitionChange { from, to, edits: _ } = change;
        let written = Self { from: ended(from), to: ended(to), is_laid_out: false };
        let (Some(from), Some(to)) = (laid_out(from), laid_out(to)) else { return written };
        let ours = Self { from, to, is_laid_out: true };
        let is_worth = ours.from != ours.to && (written.is_endless() || ours.cost() * WORTH < written.cost());
        if is_worth { ours } else { written }
    }

    fn is_endless(&self) -> bool {
        self.from.lines().chain(self.to.lines()).any(|line| line.len() > LONGEST_LINE)
    }

    fn cost(&self) -> usize {
        changed_bytes(&self.from, &self.to)
    }

    /// Returns the difference.
    pub(super) fn diff(&self, name: &str, style: Style) -> String {
        unified_diff(&self.from, &self.to, name, style)
    }
}

/// A missing last line end is nothing to review.
fn ended(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// Returns a JSON text with two spaces of indent and sorted keys, or nothing if it is no JSON. What is to
/// be created has no text before.
fn laid_out(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let mut out = String::new();
    write(serde_json::from_str(text).ok()?, 0, &mut out);
    out.push('\n');
    Some(out)
}

fn write(value: &RawValue, depth: usize, out: &mut String) {
    let text = value.get();
    if let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) {
        let members: Vec<(String, &RawValue)> = members
            .into_iter()
            .map(|(key, member)| (format!("{}: ", serde_json::Value::from(key)), member))
            .collect();
        return write_all(&members, ('{', '}'), depth, out);
    }
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) {
        let items: Vec<(String, &RawValue)> = items.into_iter().map(|item| (String::new(), item)).collect();
        return write_all(&items, ('[', ']'), depth, out);
    }
    out.push_str(text);
}

fn write_all(parts: &[(String, &RawValue)], (open, close): (char, char), depth: usize, out: &mut String) {
    out.push(open);
    for (at, (lead, part)) in parts.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.extend(std::iter::repeat_n("  ", depth + 1));
        out.push_str(lead);
        write(part, depth + 1, out);
    }
    if !parts.is_empty() {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(from: &str, to: &str) -> Sides {
        Sides::new(&DefinitionChange { from: from.to_owned(), to: to.to_owned(), edits: Vec::new() })
    }

    #[test]
    fn another_layout_is_not_shown_as_a_change() {
        let compact = r#"{"States":{"A":{"Type":"Task","Seconds":1.0e1,"Next":"B"}},"StartAt":"A"}"#;
        let pretty = "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\n      \"Type\": \"Task\",\n      \"Seconds\": 1.0e1,\n      \"Next\": \"C\"\n    }\n  }\n}";
        let sides = sides(compact, pretty);
        assert!(sides.is_laid_out);
        let diff = sides.diff("m.json", Style::plain(80));
        assert!(diff.contains("-      \"Next\": \"B\",\n+      \"Next\": \"C\",\n"), "{diff}");
        assert!(diff.contains("\"Seconds\": 1.0e1"), "numbers stay as they are written: {diff}");
    }

    #[test]
    fn texts_of_one_layout_and_texts_that_are_no_json_stay_as_they_are() {
        assert!(!sides("{\n  \"a\": 1\n}", "{\n  \"a\": 2\n}\n").is_laid_out);
        assert!(!sides("not json", "{}").is_laid_out);
    }
}
