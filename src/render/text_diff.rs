//! Unified differences of two texts. This file is the only door to `similar`.

use std::borrow::Cow;

use similar::{ChangeTag, DiffOp, InlineChangeMode, InlineChangeOptions, TextDiff};

use super::style::{Ink, Style};

/// How many unchanged lines stand around a change, as in `diff -u`.
const CONTEXT: usize = 3;

/// Changed lines with more bytes than this are not compared letter by letter: nobody reads the
/// underlines of a page, and the time grows with the square.
const LONGEST_REFINED: usize = 8192;

/// Returns a unified difference with three lines of context, and nothing where the texts are equal.
///
/// With colour, the part of a line that differs is underlined.
pub fn unified_diff(from: &str, to: &str, name: &str, style: Style) -> String {
    let diff = TextDiff::from_lines(from, to);
    let mut text = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        if text.is_empty() {
            text.push_str(&heading(style, &format!("--- {name} (before)")));
            text.push_str(&heading(style, &format!("+++ {name} (after)")));
        }
        let header = similar::udiff::UnifiedHunkHeader::new(&group);
        text.push_str(&style.paint(Ink::Paste, &header.to_string()));
        text.push('\n');
        for operation in &group {
            write_operation(&mut text, &diff, operation, style);
        }
    }
    text
}

fn write_operation(text: &mut String, diff: &TextDiff<'_, '_, str>, operation: &DiffOp, style: Style) {
    if !style.color || is_long(diff, operation) {
        for change in diff.iter_changes(operation) {
            write_line(text, style, change.tag(), std::iter::once((false, change.value().into())));
        }
        return;
    }
    let mut options = InlineChangeOptions::new();
    options.mode(InlineChangeMode::Chars).semantic_cleanup(true);
    // Without a deadline: what is shown may not depend on how busy the machine is.
    for change in diff.iter_inline_changes_with_options_deadline(operation, options, None) {
        write_line(text, style, change.tag(), change.iter_strings_lossy());
    }
}

fn is_long(diff: &TextDiff<'_, '_, str>, operation: &DiffOp) -> bool {
    diff.iter_changes(operation).map(|change| change.value().len()).sum::<usize>() > LONGEST_REFINED
}

fn write_line<'a>(
    text: &mut String,
    style: Style,
    tag: ChangeTag,
    pieces: impl Iterator<Item = (bool, Cow<'a, str>)>,
) {
    let (sign, ink) = match tag {
        ChangeTag::Equal => (" ", Ink::Plain),
        ChangeTag::Delete => ("-", Ink::Delete),
        ChangeTag::Insert => ("+", Ink::Create),
    };
    text.push_str(&style.paint(ink, sign));
    for (is_different, piece) in pieces {
        text.push_str(&piece_of_line(style, ink, is_different, piece.trim_end_matches(['\n', '\r'])));
    }
    text.push('\n');
}

fn heading(style: Style, line: &str) -> String {
    style.paint(Ink::Strong, line) + "\n"
}

fn piece_of_line(style: Style, ink: Ink, is_different: bool, piece: &str) -> String {
    if is_different { style.paint_difference(ink, piece) } else { style.paint(ink, piece) }
}

/// Counts the bytes of the lines that differ, as a measure of how much a reader has to read.
pub(super) fn changed_bytes(from: &str, to: &str) -> usize {
    let diff = TextDiff::from_lines(from, to);
    let changed = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    changed.map(|change| change.value().len()).sum()
}
