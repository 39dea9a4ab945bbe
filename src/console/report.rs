//! An error as a person reads it. This file is the only door to `miette`.

use std::{fmt, ops::Range};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
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

/// Returns the report as text: the message, its causes, the lines of the file, the help.
///
/// Lines are not broken, because a help that was broken cannot be pasted.
pub fn report_text(report: &Report, style: Style) -> String {
    let styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(style.width)
        .with_wrap_lines(false)
        .with_context_lines(1)
        .without_syntax_highlighting();
    let mut text = String::new();
    handler.render_report(&mut text, &Shown::new(report)).expect("writing to a string cannot fail");
    text.lines().map(str::trim_end).fold(String::new(), |text, line| text + line + "\n")
}

/// A report in the shape that the printer takes.
#[derive(Debug)]
struct Shown<'a> {
    message: String,
    cause: Option<Box<Cause>>,
    help: Option<String>,
    label: Option<&'a Label>,
    source: Option<NamedSource<String>>,
}

impl<'a> Shown<'a> {
    fn new(report: &'a Report) -> Self {
        let Report { message, causes, help, label } = report;
        let chain =
            |next: Option<Box<Cause>>, text: &String| Some(Box::new(Cause { text: visible(text), next }));
        Self {
            message: visible(message),
            cause: causes.iter().rev().fold(None, chain),
            help: help.as_deref().map(visible),
            label: label.as_ref(),
            source: label.as_ref().map(|label| NamedSource::new(visible(&label.file), label.text.clone())),
        }
    }
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
