//! What is wrong, where, and what to write instead.

use std::ops::Range;

use crate::asl::value::Value;

/// How sure it is that Step Functions refuses a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It refuses it.
    Error,
    /// It may take it, but it is hardly meant.
    Warning,
}

/// Something in a definition that cannot be, or is hardly meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The state, nested ones as `Outer/Inner`; empty for the machine itself.
    pub state: String,
    /// What is wrong, as a fragment.
    pub message: String,
    /// A few words for the marked bytes.
    pub label: String,
    /// What to write instead.
    pub help: String,
    /// The bytes of the text that show it, on one line.
    pub span: Range<usize>,
}

/// The problems as they are found.
pub(super) struct Findings<'t> {
    text: &'t str,
    /// The names of the states around the one that is looked at, and its own.
    names: Vec<String>,
    problems: Vec<Problem>,
}

/// What to say of a problem, beside its place.
pub(super) struct Words {
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: String,
}

impl Words {
    pub(super) fn new(message: impl Into<String>, label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), label: label.into(), help: help.into() }
    }
}

impl<'t> Findings<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, names: Vec::new(), problems: Vec::new() }
    }

    pub(super) fn enter(&mut self, state: &str) {
        self.names.push(state.to_owned());
    }

    pub(super) fn leave(&mut self) {
        self.names.pop();
    }

    /// Returns how a message calls what is looked at.
    pub(super) fn subject(&self) -> String {
        if self.names.is_empty() {
            "the definition".to_owned()
        } else {
            format!("state `{}`", self.names.join("/"))
        }
    }

    pub(super) fn error(&mut self, span: &Range<usize>, words: Words) {
        self.push(Severity::Error, span, words);
    }

    pub(super) fn warning(&mut self, span: &Range<usize>, words: Words) {
        self.push(Severity::Warning, span, words);
    }

    fn push(&mut self, severity: Severity, span: &Range<usize>, words: Words) {
        let Words { message, label, help } = words;
        let state = self.names.join("/");
        let first_line = self.text[span.clone()].lines().next().unwrap_or_default();
        let span = span.start..span.start + first_line.len();
        self.problems.push(Problem { severity, state, message, label, help, span });
    }

    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        self.problems
    }
}

/// Says whether a value is written out here: a text without placeholders.
pub(super) fn literal<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.text().filter(|text| !has_placeholder(text))
}

/// Says whether another tool fills something in.
pub(super) fn has_placeholder(text: &str) -> bool {
    crate::asl::placeholder::has_placeholder(text)
}
