//! A page of text: lines with a fixed lead and a sentence that is broken at the width.

use super::style::{Ink, Style};

/// A piece of text and what it is.
pub(super) type Piece<'a> = (Ink, &'a str);

/// The narrowest column that a sentence is broken into; below it, the lead has taken the width.
const NARROWEST: usize = 30;

/// Text under construction.
#[derive(Debug)]
pub(super) struct Page {
    style: Style,
    text: String,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        Self { style, text: String::new() }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// Adds an empty line, unless the page is empty or ends with one.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds one line that is never broken.
    pub(super) fn line(&mut self, pieces: &[Piece<'_>]) {
        for (ink, piece) in pieces {
            self.text.push_str(&self.style.paint(*ink, piece));
        }
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }

    /// Adds text that is painted already, each line after an indent.
    pub(super) fn block(&mut self, indent: usize, painted: &str) {
        for line in painted.lines() {
            if !line.is_empty() {
                self.text.extend(std::iter::repeat_n(' ', indent));
            }
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Adds a lead that stays whole and a sentence that is broken at the width; its further lines
    /// begin under its first one.
    pub(super) fn flow(&mut self, lead: &[Piece<'_>], sentence: &[Piece<'_>]) {
        let indent: usize = lead.iter().map(|(_, piece)| piece.chars().count()).sum();
        let room = self.style.width.saturating_sub(indent).max(NARROWEST);
        let mut lines = broken(sentence, room).into_iter();
        let first = lines.next().unwrap_or_default();
        let lead: Vec<(Ink, String)> = lead.iter().map(|(ink, piece)| (*ink, (*piece).to_owned())).collect();
        self.runs(lead.into_iter().chain(first));
        let spaces = " ".repeat(indent);
        for line in lines {
            self.runs(std::iter::once((Ink::Plain, spaces.clone())).chain(line));
        }
    }

    fn runs(&mut self, runs: impl Iterator<Item = (Ink, String)>) {
        let runs: Vec<(Ink, String)> = runs.collect();
        let pieces: Vec<Piece<'_>> = runs.iter().map(|(ink, run)| (*ink, run.as_str())).collect();
        self.line(&pieces);
    }
}

/// Breaks a sentence into lines of words; neighbours of one ink stay one run.
fn broken(sentence: &[Piece<'_>], room: usize) -> Vec<Vec<(Ink, String)>> {
    let mut lines: Vec<Vec<(Ink, String)>> = vec![Vec::new()];
    let mut used = 0;
    for (ink, piece) in sentence {
        for word in piece.split_inclusive(' ') {
            let length = word.trim_end().chars().count();
            if used > 0 && used + length > room {
                trim_end(lines.last_mut());
                lines.push(Vec::new());
                used = 0;
            }
            used += word.chars().count();
            let line = lines.last_mut().expect("there is always a last line");
            match line.last_mut() {
                Some((last, run)) if last == ink => run.push_str(word),
                Some(_) | None => line.push((*ink, word.to_owned())),
            }
        }
    }
    lines
}

/// A space at the end of a line would stay inside its colour.
fn trim_end(line: Option<&mut Vec<(Ink, String)>>) {
    if let Some((_, run)) = line.and_then(|line| line.last_mut()) {
        run.truncate(run.trim_end().len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_broken_under_its_beginning_and_its_lead_is_not() {
        let mut page = Page::new(Style::plain(40));
        let sentence = "one two three four five six seven eight nine ten";
        page.flow(&[(Ink::Plain, "  lead  ")], &[(Ink::Plain, sentence)]);
        assert_eq!(page.into_text(), "  lead  one two three four five six\n        seven eight nine ten\n");
    }
}
