//! An error as a person reads it. This file is the only door to `miette`.

use std::{fmt, ops::Range};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode,
    ThemeCharacters, ThemeStyles,
};

use crate::render::{Style, visible};

/// An error: what was being done, why it failed, where in which file, and what to do next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What cannot be done, as a fragment.
    pub message: String,
    /// The causes, the nearest first; none repeats another.
    pub causes: Vec<String>,
    /// What to do: a command or a line to paste.
    pub help: Option<String>,
    /// The characters of a file that show it.
    pub label: Option<Label>,
}

/// The characters of a file that show an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file as people know it.
    pub file: String,
    /// Its whole text.
    pub text: String,
    /// The bytes to point at, on character boundaries.
    pub span: Range<usize>,
    /// A few words under them.
    pub words: String,
}

/// The longest line of a file, in bytes, that is shown as it is. A file without line ends has all of
/// its text in one, and nobody finds a mark in it.
const LINE_LIMIT: usize = 400;

/// How many characters of a longer line are shown on each side of the mark.
const EXCERPT: usize = 30;

/// Returns the report of an error as text: the message, its causes, the lines of the file, the help.
///
/// Lines are not broken, because a help that was broken cannot be pasted.
pub fn report_text(report: &Report, style: Style) -> String {
    text_of(report, Severity::Error, style)
}

/// Returns the same for something that is no reason to stop.
pub fn warning_text(report: &Report, style: Style) -> String {
    text_of(report, Severity::Warning, style)
}

fn text_of(report: &Report, severity: Severity, style: Style) -> String {
    let styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(style.width)
        .with_wrap_lines(false)
        .with_context_lines(1)
        .without_syntax_highlighting();
    let mut text = String::new();
    handler.render_report(&mut text, &Shown::new(report, severity)).expect("writing to a string cannot fail");
    text.lines().map(str::trim_end).fold(String::new(), |text, line| text + line + "\n")
}

/// A report in the shape that the printer takes.
#[derive(Debug)]
struct Shown<'a> {
    message: String,
    cause: Option<Box<Cause>>,
    help: Option<String>,
    severity: Severity,
    label: Option<&'a Label>,
    source: Option<NamedSource<String>>,
}

impl<'a> Shown<'a> {
    fn new(report: &'a Report, severity: Severity) -> Self {
        let Report { message, causes, help, label } = report;
        let (label, place) = match label {
            Some(label) if label.is_wide() => (None, Some(label.excerpt())),
            label => (label.as_ref(), None),
        };
        let causes: Vec<String> = causes.iter().cloned().chain(place).collect();
        let chain =
            |next: Option<Box<Cause>>, text: &String| Some(Box::new(Cause { text: visible(text), next }));
        Self {
            message: visible(message),
            cause: causes.iter().rev().fold(None, chain),
            help: help.as_deref().map(visible),
            severity,
            label,
            source: label.map(|label| NamedSource::new(visible(&label.file), without_controls(&label.text))),
        }
    }
}

impl Label {
    /// Says whether a marked line, or one of those around them, is too long to be shown.
    fn is_wide(&self) -> bool {
        let before = self.text[..self.span.start].rsplit('\n').take(2);
        let marked = self.text[self.span.clone()].split('\n');
        let after = self.text[self.span.end..].split('\n').take(2);
        before.chain(marked).chain(after).any(|line| line.len() > LINE_LIMIT)
    }

    /// Returns the place in words: file, line, column, and the marked characters with some around.
    fn excerpt(&self) -> String {
        let (before, after) = self.text.split_at(self.span.start);
        let line = before.matches('\n').count() + 1;
        let own = before.rsplit('\n').next().unwrap_or_default();
        let column = own.chars().count() + 1;
        let head: String = {
            let last: Vec<char> = own.chars().rev().take(EXCERPT).collect();
            last.into_iter().rev().collect()
        };
        let tail: String = after.split('\n').next().unwrap_or_default().chars().take(EXCERPT).collect();
        format!("{}:{line}:{column}, between `{}` and `{}`: {}", self.file, head, tail, self.words)
    }
}

/// Returns the text with a `?` for each byte of a character that would steer the terminal, or turn the
/// direction of what follows; spans stay what they are.
fn without_controls(text: &str) -> String {
    let is_control = |character: char| {
        let is_turn =
            matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        is_turn || (character.is_control() && !matches!(character, '\n' | '\t' | '\r'))
    };
    if !text.contains(is_control) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_control(character) {
            shown.extend(std::iter::repeat_n('?', character.len_utf8()));
        } else {
            shown.push(character);
        }
    }
    shown
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = self.label?;
        let span = LabeledSpan::new_primary_with_span(Some(visible(&label.words)), label.span.clone());
        Some(Box::new(std::iter::once(span)))
    }
}

/// One cause and its own.
#[derive(Debug)]
struct Cause {
    text: String,
    next: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_points_at_the_character_and_says_what_to_write() {
        let text = "schema = 1\n\n[functions.router]\naliases.ROLLBACK = \"previous(LIV)\"\ntimeout = 30\n";
        let start = text.find("LIV").unwrap();
        let report = Report {
            message: "`previous(LIV)` names an alias that nobody declares".to_owned(),
            help: Some("aliases.ROLLBACK = \"previous(LIVE)\"".to_owned()),
            label: Some(Label {
                file: "config/repoint.toml".to_owned(),
                text: text.to_owned(),
                span: start..start + 3,
                words: "did you mean `LIVE`?".to_owned(),
            }),
            ..Report::default()
        };
        insta::assert_snapshot!("report_with_a_label", report_text(&report, Style::plain(80)));
        let colored = report_text(&report, Style { color: true, width: 80 });
        assert!(colored.contains("\u{1b}["));
    }

    #[test]
    fn a_mark_in_a_line_without_end_is_told_in_words() {
        let text = format!("{}!{}\n", "a".repeat(1000), "b".repeat(1000));
        let label = Label { file: "a.json".to_owned(), text, span: 1000..1001, words: "here".to_owned() };
        let report = Report { message: "no".to_owned(), label: Some(label), ..Report::default() };
        let shown = report_text(&report, Style::plain(80));
        let place = format!("a.json:1:1001, between `{}` and `!{}`: here", "a".repeat(30), "b".repeat(29));
        assert_eq!(shown, format!("  × no\n  ╰─▶ {place}\n"));
    }

    /// Returns the longest line of a report about one mark in a text.
    fn longest_line(text: &str, span: Range<usize>) -> usize {
        let label =
            Label { file: "a.json".to_owned(), text: text.to_owned(), span, words: "here".to_owned() };
        let report = Report { message: "no".to_owned(), label: Some(label), ..Report::default() };
        report_text(&report, Style::plain(80)).lines().map(|line| line.chars().count()).max().unwrap_or(0)
    }

    #[test]
    fn no_long_line_is_shown_whole_wherever_it_stands_beside_the_mark() {
        let long = "x".repeat(70_000);
        let text = format!("{long}\nmark\n{long}\n");
        for (text, start) in [
            (format!("mark {long}"), 0),
            (format!("{long} mark"), long.len() + 1),
            (format!("{long}\nmark\n"), long.len() + 1),
            (format!("mark\n{long}\n"), 0),
            (text, long.len() + 1),
        ] {
            assert!(longest_line(&text, start..start + 4) < 200);
        }
        let lines = format!("one\n{long}\nthree\n");
        assert!(longest_line(&lines, 0..lines.len() - 1) < 200, "the mark may be over several lines");
    }

    #[test]
    fn what_would_steer_the_terminal_is_not_shown() {
        let text = "a: \u{1b}[2J\u{9b}\r\n";
        assert_eq!(without_controls(text), "a: ?[2J??\r\n");
    }

    #[test]
    fn an_error_tells_its_causes_once_each_and_the_help_in_one_line() {
        let report = Report {
            message: "cannot publish a version of `functions.router`".to_owned(),
            causes: vec![
                "AWS refused PublishVersion: AccessDeniedException".to_owned(),
                "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: lambda:PublishVersion\u{1b}[2J"
                    .to_owned(),
            ],
            help: Some("repoint policy --environment prod > policy.json && aws iam put-user-policy --user-name ana --policy-name repoint --policy-document file://policy.json".to_owned()),
            label: None,
        };
        insta::assert_snapshot!("report_with_causes", report_text(&report, Style::plain(80)));
    }
}
