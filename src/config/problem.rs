//! A mistake in a file, with the bytes that show it.

use std::{fmt, ops::Range, sync::Arc};

/// A file of the project as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as people know it, relative to the project root.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A mistake: what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, as a fragment.
    pub message: String,
    /// The file that shows it, relative to the project root.
    pub file: Arc<str>,
    /// The text of that file; literal environment values in it are masked (design §3.8).
    pub text: Arc<str>,
    /// The bytes of the text that show it, on character boundaries.
    pub span: Range<usize>,
    /// A few words for the marked characters.
    pub label: String,
    /// What to write instead, as a line to paste or a sentence.
    pub help: Option<String>,
}

impl Problem {
    /// Returns line and column of the first marked character, both counted from 1.
    pub fn position(&self) -> (usize, usize) {
        let before = &self.text[..self.span.start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }

    pub(crate) fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to write instead.
    pub fn helped(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// The text that spans point into.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: Arc<str>,
    pub(crate) text: Arc<str>,
}

impl From<SourceFile> for Source {
    fn from(file: SourceFile) -> Self {
        let SourceFile { path, text } = file;
        Self { path: path.into(), text: text.into() }
    }
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: Arc::from(path), text: Arc::from(text) }
    }

    /// Starts a problem at some bytes of this text.
    pub(crate) fn problem(&self, span: &Range<usize>, message: impl Into<String>) -> Problem {
        Problem {
            message: message.into(),
            file: Arc::clone(&self.path),
            text: Arc::clone(&self.text),
            span: span.clone(),
            label: "here".to_owned(),
            help: None,
        }
    }

    /// Returns the bytes of the text.
    pub(crate) fn slice(&self, span: &Range<usize>) -> &str {
        &self.text[span.clone()]
    }

    /// Returns the line, or lines, of the span with the span's bytes replaced: a help to paste.
    pub(crate) fn corrected_line(&self, span: &Range<usize>, replacement: &str) -> String {
        let start = self.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[span.end..].find('\n').map_or(self.text.len(), |at| span.end + at);
        let line = format!("{}{replacement}{}", &self.text[start..span.start], &self.text[span.end..end]);
        line.trim().to_owned()
    }

    /// Returns where a part of a decoded string or key stands in the text.
    ///
    /// Nothing, if the string is written with escapes or over several lines, so that its characters
    /// are not those of the text.
    pub(crate) fn inside(
        &self,
        token: &Range<usize>,
        decoded: &str,
        part: &Range<usize>,
    ) -> Option<Range<usize>> {
        let written = self.slice(token);
        let indent = if written == decoded {
            0
        } else if written.len() == decoded.len() + 2 && &written[1..=decoded.len()] == decoded {
            1
        } else {
            return None;
        };
        let start = token.start + indent;
        Some(start + part.start..start + part.end)
    }

    /// Returns the same source with the spans made unreadable, byte for byte.
    pub(crate) fn masked(&self, spans: &[Range<usize>]) -> Self {
        let is_masked = |at: usize| spans.iter().any(|span| span.contains(&at));
        let mut text = String::with_capacity(self.text.len());
        for (at, character) in self.text.char_indices() {
            if is_masked(at) && character != '\n' {
                text.extend(std::iter::repeat_n('*', character.len_utf8()));
            } else {
                text.push(character);
            }
        }
        Self::new(&self.path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_string_is_found_in_the_text_unless_it_is_escaped() {
        let source = Source::new("a.toml", "a = \"previous(LIVE)\"\nb = \"\\u0041\"\n");
        assert_eq!(source.inside(&(4..20), "previous(LIVE)", &(9..13)), Some(14..18));
        assert_eq!(source.inside(&(25..33), "A", &(0..1)), None);
        assert_eq!(source.corrected_line(&(14..18), "BETA"), "a = \"previous(BETA)\"");
    }

    #[test]
    fn masking_keeps_every_byte_in_its_place() {
        let source = Source::new("a.toml", "a = \"é\nx\" # b").masked(std::slice::from_ref(&(4..10)));
        assert_eq!(&*source.text, "a = ***\n** # b");
    }
}
