//! Colours, from one table, and the guard against text that is not what it looks like.
//!
//! This file is the only door to `anstyle`. A colour never says anything that a word or a symbol
//! does not say too (style §6).

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Paint};

/// How text may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether it may have colours, as ANSI escapes.
    pub color: bool,
    /// The width, in characters, at which sentences are broken. Differences and commands are not.
    pub width: usize,
}

impl Style {
    /// Returns a style without colour.
    pub fn plain(width: usize) -> Self {
        Self { color: false, width }
    }
}

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Ordinary text.
    Plain,
    /// A heading, or a name that starts a group.
    Strong,
    /// What helps to read and can be skipped.
    Faint,
    /// What comes into being.
    Create,
    /// What changes.
    Change,
    /// What goes.
    Delete,
    /// What stops a plan, or failed.
    Alarm,
    /// What somebody should look at.
    Warning,
    /// A command or line to paste, or a place in a file.
    Paste,
}

impl Ink {
    fn paint(self) -> Paint {
        let color = |color: AnsiColor| Paint::new().fg_color(Some(color.into()));
        match self {
            Self::Plain => Paint::new(),
            Self::Strong => Paint::new().bold(),
            Self::Faint => Paint::new().dimmed(),
            Self::Create => color(AnsiColor::Green),
            Self::Change | Self::Warning => color(AnsiColor::Yellow),
            Self::Delete => color(AnsiColor::Red),
            Self::Alarm => color(AnsiColor::Red).bold(),
            Self::Paste => color(AnsiColor::Cyan),
        }
    }
}

impl Style {
    /// Returns the text in the colour of what it is; control characters are made visible.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        self.painted(ink.paint(), text)
    }

    /// Returns the text like [`Self::paint`], and underlined: the part of a line that differs.
    pub(super) fn paint_difference(self, ink: Ink, text: &str) -> String {
        self.painted(ink.paint().underline(), text)
    }

    fn painted(self, paint: Paint, text: &str) -> String {
        let text = visible(text);
        if !self.color || text.is_empty() || paint == Paint::new() {
            return text;
        }
        format!("{paint}{text}{paint:#}")
    }
}

/// Makes control characters and the ones that turn the direction of text visible.
///
/// Names of states and messages come from elsewhere; what a reviewer reads must be what is there.
pub fn visible(text: &str) -> String {
    let is_hidden = |character: char| {
        let is_direction =
            matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        (character.is_control() && character != '\n' && character != '\t') || is_direction
    };
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            write!(shown, "\\u{{{:x}}}", u32::from(character)).expect("writing to a string cannot fail");
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\td\n"), "a\\u{1b}[31mb\\u{202e}c\td\n");
    }

    #[test]
    fn without_colour_nothing_is_added() {
        assert_eq!(Style::plain(80).paint(Ink::Alarm, "stop"), "stop");
        let painted = Style { color: true, width: 80 }.paint(Ink::Alarm, "stop");
        assert!(painted.starts_with('\u{1b}') && painted.contains("stop"));
    }
}
