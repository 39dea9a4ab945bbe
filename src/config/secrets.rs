//! What is never shown of the file: a value that somebody wrote where only its source belongs.
//!
//! Messages quote the file, and they end in logs. So the quotes are made of a text in which the values are
//! masked: those of the known keys by their place, and those under a misspelt key, or in a line that is no
//! TOML, wherever the name looks as if it were about variables.

use std::ops::Range;

use super::{
    nearest::nearest,
    schema::{DOCUMENT, Field, Shape, field},
    tree::{Node, Table, Value},
};
use crate::model::InvalidName;

/// The words that people try for the variables of a function.
const WORDS: [&str; 9] = [
    "environment",
    "environment_variables",
    "env",
    "env_vars",
    "environ",
    "variables",
    "vars",
    "secrets",
    "secret",
];

/// Returns the places of the values in what was read.
pub(crate) fn in_tree(root: &Table) -> Vec<Range<usize>> {
    of_fields(root, DOCUMENT)
}

fn of_fields(table: &Table, fields: &'static [Field]) -> Vec<Range<usize>> {
    let places = table.entries.iter().map(|entry| match field(fields, &entry.key) {
        Some(known) => of_shape(known.shape, &entry.node),
        None if is_about_variables(&entry.key) => texts(&entry.node),
        None => below_unknown(&entry.node),
    });
    places.flatten().collect()
}

fn of_shape(shape: Shape, node: &Node) -> Vec<Range<usize>> {
    match (shape, &node.value) {
        (Shape::VariableSource(fields), Value::Table(table)) => {
            let is_source = |key: &str, node: &Node| {
                field(fields, key).is_some() && node.as_text().is_some_and(is_name_like)
            };
            let values = table.entries.iter().filter(|entry| !is_source(&entry.key, &entry.node));
            values.map(|entry| entry.node.span.clone()).collect()
        }
        (Shape::Table(fields), Value::Table(table)) => of_fields(table, fields),
        (Shape::Map { value, .. }, Value::Table(table)) => {
            table.entries.iter().flat_map(|entry| of_shape(*value, &entry.node)).collect()
        }
        (Shape::VariableSource(_) | Shape::Map { value: Shape::VariableSource(_), .. }, _) => {
            vec![node.span.clone()]
        }
        _ => Vec::new(),
    }
}

/// A misspelt table may have the variables further down.
fn below_unknown(node: &Node) -> Vec<Range<usize>> {
    let Some(table) = node.as_table() else { return Vec::new() };
    let places = table.entries.iter().map(|entry| {
        if is_about_variables(&entry.key) { texts(&entry.node) } else { below_unknown(&entry.node) }
    });
    places.flatten().collect()
}

/// Returns the places of everything that is no table.
fn texts(node: &Node) -> Vec<Range<usize>> {
    match node.as_table() {
        Some(table) => table.entries.iter().flat_map(|entry| texts(&entry.node)).collect(),
        None => vec![node.span.clone()],
    }
}

/// Returns the places of the values in the lines of a file that is no TOML.
pub(crate) fn in_lines(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let (mut begin, mut is_inside) = (0, false);
    for line in text.split_inclusive('\n') {
        let end = begin + line.trim_end().len();
        if line.trim_start().starts_with('[') {
            is_inside = has_word(line);
        } else {
            let sign = line.find(['=', ':']);
            let key = &line[..sign.unwrap_or(line.len())];
            if is_inside || has_word(key) {
                places.push(begin + sign.map_or(0, |sign| sign + 1)..end);
            }
        }
        begin += line.len();
    }
    places
}

fn has_word(text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.into_iter().any(|word| !word.is_empty() && is_about_variables(word))
}

fn is_about_variables(key: &str) -> bool {
    key != "environments" && nearest(key, WORDS).is_some()
}

/// Tells whether a text can be a name that is only misspelt. Anything else may be the value itself.
fn is_name_like(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_./:-${}+=@".contains(letter))
}

/// Takes the text out of a refusal, unless it looks like a name.
pub(crate) fn hidden(mut invalid: InvalidName) -> InvalidName {
    if !is_name_like(&invalid.value) {
        "…".clone_into(&mut invalid.value);
    }
    invalid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_a_broken_file_is_found_by_the_words_before_it() {
        let cases = [
            ("[functions.a.environment]\nTOKEN: \"zebra\"\n", true),
            ("[functions.a]\nenvironment.TOKEN = \"zebra\n", true),
            ("[functions.a]\nenv = { TOKEN = \"zebra\" }}\n", true),
            ("[functions.a]\nhandler = \"zebra\n", false),
            ("[environments.dev]\nprofile = \"zebra\n", false),
        ];
        for (text, expected) in cases {
            let places = in_lines(text);
            let at = text.find("zebra").expect("it is there");
            assert_eq!(places.iter().any(|place| place.contains(&at)), expected, "{text}");
        }
    }
}
