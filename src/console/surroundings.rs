//! What the process writes to, and what that may show.

use std::io::IsTerminal as _;

use crate::render::Style;

/// The width of text that goes to no terminal: fixed, so that logs do not differ by machine.
const WIDTH_ELSEWHERE: usize = 100;

/// The width of a terminal that does not say its own.
const WIDTH_OF_TERMINAL: usize = 80;

/// What `--color` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Where a terminal shows it and nobody asked not to.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What stands behind a standard stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// A person at a terminal.
    Terminal,
    /// A file, a pipe, a log.
    Other,
}

impl Stream {
    fn of(is_terminal: bool) -> Self {
        if is_terminal { Self::Terminal } else { Self::Other }
    }
}

/// The streams, and the variables that people use to say what they want to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// Where answers come from.
    pub stdin: Stream,
    /// Where data goes.
    pub stdout: Stream,
    /// Where everything else goes.
    pub stderr: Stream,
    /// The value of `COLUMNS`.
    pub columns: Option<String>,
    /// The width that the terminal itself tells.
    pub terminal_width: Option<usize>,
    /// The value of `NO_COLOR`.
    pub no_color: Option<String>,
    /// The value of `CLICOLOR_FORCE`.
    pub clicolor_force: Option<String>,
    /// The value of `TERM`.
    pub term: Option<String>,
}

impl Surroundings {
    /// Looks at the standard streams; the variables are asked of the caller, who alone reads the
    /// environment.
    pub fn look(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            stdin: Stream::of(std::io::stdin().is_terminal()),
            stdout: Stream::of(std::io::stdout().is_terminal()),
            stderr: Stream::of(std::io::stderr().is_terminal()),
            columns: variable("COLUMNS"),
            terminal_width: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
            no_color: variable("NO_COLOR"),
            clicolor_force: variable("CLICOLOR_FORCE"),
            term: variable("TERM"),
        }
    }

    /// Returns the style of text for a stream. What `--color` says counts more than `NO_COLOR`
    /// (set and not empty), that more than `CLICOLOR_FORCE` (set, not empty and not `0`).
    pub fn style(&self, choice: ColorChoice, stream: Stream) -> Style {
        let is_set = |value: &Option<String>| value.as_deref().is_some_and(|text| !text.is_empty());
        let is_forced = is_set(&self.clicolor_force) && self.clicolor_force.as_deref() != Some("0");
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set(&self.no_color) => false,
            ColorChoice::Auto => is_forced || (stream == Stream::Terminal && !self.is_dumb()),
        };
        Style { color, width: self.width(stream) }
    }

    /// Tells whether bars can be drawn over each other on standard error.
    pub fn can_draw(&self) -> bool {
        self.stderr == Stream::Terminal && !self.is_dumb()
    }

    /// Tells whether somebody is there to answer a question.
    pub fn can_ask(&self) -> bool {
        self.stdin == Stream::Terminal && self.stderr == Stream::Terminal
    }

    fn is_dumb(&self) -> bool {
        self.term.as_deref() == Some("dumb")
    }

    fn width(&self, stream: Stream) -> usize {
        let said = self.columns.as_deref().and_then(|text| text.parse().ok()).filter(|width| *width > 0);
        match stream {
            Stream::Terminal => said.or(self.terminal_width).unwrap_or(WIDTH_OF_TERMINAL),
            Stream::Other => WIDTH_ELSEWHERE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(no_color: &str, force: &str, term: &str) -> Surroundings {
        let value = |text: &str| (text != "unset").then(|| text.to_owned());
        Surroundings {
            stdin: Stream::Other,
            stdout: Stream::Terminal,
            stderr: Stream::Terminal,
            columns: Some("132".to_owned()),
            terminal_width: None,
            no_color: value(no_color),
            clicolor_force: value(force),
            term: value(term),
        }
    }

    #[test]
    fn colour_follows_the_option_then_the_variables_then_the_terminal() {
        use ColorChoice::{Always, Auto, Never};
        let cases = [
            (Auto, "unset", "unset", "xterm", Stream::Terminal, true),
            (Auto, "unset", "unset", "xterm", Stream::Other, false),
            (Auto, "1", "1", "xterm", Stream::Terminal, false),
            (Auto, "", "unset", "xterm", Stream::Terminal, true),
            (Auto, "unset", "1", "xterm", Stream::Other, true),
            (Auto, "unset", "0", "xterm", Stream::Other, false),
            (Auto, "unset", "unset", "dumb", Stream::Terminal, false),
            (Always, "1", "unset", "dumb", Stream::Other, true),
            (Never, "unset", "1", "xterm", Stream::Terminal, false),
        ];
        for (choice, no_color, force, term, stream, is_colored) in cases {
            let style = surroundings(no_color, force, term).style(choice, stream);
            assert_eq!(style.color, is_colored, "{choice:?} {no_color} {force} {term} {stream:?}");
        }
    }

    #[test]
    fn only_a_terminal_has_the_width_that_columns_says() {
        let surroundings = surroundings("unset", "unset", "xterm");
        assert_eq!(surroundings.style(ColorChoice::Auto, Stream::Terminal).width, 132);
        assert_eq!(surroundings.style(ColorChoice::Auto, Stream::Other).width, 100);
    }
}
