//! Why a text is refused, before it is known where the text stands.

use std::ops::Range;

use super::problem::{Problem, Source};
use crate::model::InvalidName;

/// A rule's answer to a text that it does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The bytes of the text that are to blame; nothing means all of them.
    pub(crate) range: Option<Range<usize>>,
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: Help,
}

/// What to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Help {
    /// The same line with the blamed bytes replaced by this.
    Replace(String),
    /// This sentence or line.
    Say(String),
    /// The example that the schema has for the key.
    Example,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>, label: impl Into<String>, help: Help) -> Self {
        Self { range: None, message: message.into(), label: label.into(), help }
    }

    pub(crate) fn at(mut self, range: Range<usize>) -> Self {
        self.range = Some(range);
        self
    }

    /// Places the refusal at a token of the source whose decoded text was refused.
    pub(crate) fn placed(
        self,
        source: &Source,
        token: &Range<usize>,
        decoded: &str,
        example: &str,
    ) -> Problem {
        let range = self.range.unwrap_or(0..decoded.len());
        let exact = source.inside(token, decoded, &range);
        let span = exact.as_ref().unwrap_or(token);
        let help = match (self.help, &exact) {
            (Help::Replace(text), Some(exact)) => source.corrected_line(exact, &text),
            (Help::Replace(text), None) | (Help::Say(text), _) => text,
            (Help::Example, _) => example.to_owned(),
        };
        let whole = range == (0..decoded.len());
        let problem = source.problem(if whole { token } else { span }, self.message).labelled(self.label);
        if help.is_empty() { problem } else { problem.helped(help) }
    }
}

impl From<InvalidName> for Refusal {
    fn from(invalid: InvalidName) -> Self {
        let label = format!("not a valid {}", invalid.kind);
        Self::new(invalid.to_string(), label, Help::Example)
    }
}
