//! The console: what goes to which stream, and how loud.

use std::{
    io::{self, BufRead as _, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;

use crate::render::{Style, visible};

use super::{
    ColorChoice, Counter, Kept, Progress, Report, Surroundings, kept::Written, report_text, warning_text,
};

/// What the command line says about output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// `--color`
    pub color: ColorChoice,
    /// `-q` and `-v`
    pub verbosity: Verbosity,
    /// `--json`
    pub output: Output,
}

/// How loud the console is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Data, questions and errors alone.
    Quiet,
    /// Also notes, warnings and progress.
    #[default]
    Normal,
    /// Also details.
    Verbose,
}

/// What data looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Output {
    /// Text for people.
    #[default]
    Text,
    /// JSON for programs.
    Json,
}

/// The only writer to the terminal.
#[derive(Debug, Clone)]
pub struct Console {
    options: Options,
    surroundings: Surroundings,
    /// Whether data was lost; shared with the clones, which write to the same stream.
    has_lost_data: Arc<AtomicBool>,
    /// Where everything goes instead of the terminal, if it has to wait for its turn.
    kept: Option<Kept>,
}

impl Console {
    /// Makes a console of what the command line says and what there is to write to.
    pub fn new(options: Options, surroundings: Surroundings) -> Self {
        Self { options, surroundings, has_lost_data: Arc::default(), kept: None }
    }

    /// Tells whether data could not be written to standard output. A reader that closed it early wanted
    /// no more.
    pub fn has_lost_data(&self) -> bool {
        self.has_lost_data.load(Ordering::Relaxed)
    }

    /// Returns the style of data.
    pub fn style(&self) -> Style {
        self.surroundings.style(self.options.color, self.surroundings.stdout)
    }

    /// Returns the style of everything that is not data.
    pub fn note_style(&self) -> Style {
        self.surroundings.style(self.options.color, self.surroundings.stderr)
    }

    /// Returns how loud it is.
    pub fn verbosity(&self) -> Verbosity {
        self.options.verbosity
    }

    /// Returns what data looks like.
    pub fn output(&self) -> Output {
        self.options.output
    }

    /// Tells whether somebody is there to answer a question.
    pub fn can_ask(&self) -> bool {
        self.surroundings.can_ask()
    }

    /// Writes text to standard output, ending with a line end.
    pub fn data(&self, text: &str) {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        self.write_data(text, end);
    }

    /// Writes text to standard output, and not a byte more.
    pub fn exactly(&self, text: &str) {
        self.write_data(text, "");
    }

    /// Writes a JSON value to standard output: indented, as one document.
    pub fn json(&self, value: &Value) {
        self.data(&format!("{value:#}\n"));
    }

    /// Writes a JSON value to standard output as one line of a stream.
    pub fn json_line(&self, value: &Value) {
        self.data(&format!("{value}\n"));
    }

    /// Writes a line to standard error, unless it is quiet.
    pub fn note(&self, text: &str) {
        if self.options.verbosity > Verbosity::Quiet {
            self.aside(&format!("{}\n", text.trim_end()));
        }
    }

    /// Writes a line of detail to standard error, if it is verbose.
    pub fn detail(&self, text: &str) {
        if self.options.verbosity > Verbosity::Normal {
            self.aside(&format!("{}\n", text.trim_end()));
        }
    }

    /// Writes a warning to standard error, unless it is quiet.
    pub fn warn(&self, text: &str) {
        self.note(&format!("warning: {}", visible(text)));
    }

    /// Writes a warning with its place in a file to standard error, unless it is quiet.
    pub fn warning(&self, report: &Report) {
        if self.options.verbosity > Verbosity::Quiet {
            self.aside(&warning_text(report, self.note_style()));
        }
    }

    /// Writes an error to standard error, with its causes, the place in the file and the help.
    pub fn error(&self, report: &Report) {
        self.aside(&report_text(report, self.note_style()));
    }

    /// Asks a question; only `yes` is a yes. The end of the input is a no.
    pub fn ask(&self, question: &str) -> io::Result<bool> {
        to_stderr(&format!("{question}\nOnly `yes` is accepted: "));
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !answer.ends_with('\n') {
            to_stderr("\n");
        }
        Ok(is_yes(&answer))
    }

    /// Returns the listener that shows an apply: JSON lines on standard output with `--json`, bars on
    /// a terminal, plain lines elsewhere, nothing if quiet.
    pub fn progress(&self) -> Progress {
        match (self.options.output, self.options.verbosity) {
            (Output::Json, _) => Progress::json_lines(self.clone()),
            (Output::Text, Verbosity::Quiet) => Progress::silent(),
            (Output::Text, Verbosity::Normal | Verbosity::Verbose) if self.surroundings.can_draw() => {
                Progress::bars(self.note_style())
            }
            (Output::Text, Verbosity::Normal | Verbosity::Verbose) => Progress::lines(self.clone()),
        }
    }
}

impl Console {
    /// Starts a counter for long reading: a line on a terminal, nothing elsewhere.
    pub fn counter(&self, words: &str, total: usize) -> Counter {
        let is_loud = self.options.verbosity > Verbosity::Quiet && self.options.output == Output::Text;
        Counter::new(words, total, is_loud && self.kept.is_none() && self.surroundings.can_draw())
    }

    /// Returns a console of the same kind that keeps what it is given, and where it keeps it.
    pub fn apart(&self) -> (Self, Kept) {
        let kept = Kept::default();
        (Self { kept: Some(kept.clone()), ..self.clone() }, kept)
    }

    /// Writes what another console kept.
    pub fn replay(&self, kept: &Kept) {
        for piece in kept.take() {
            match piece {
                Written::Data(text) => self.exactly(&text),
                Written::Aside(text) => self.aside(&text),
            }
        }
    }

    fn aside(&self, text: &str) {
        match &self.kept {
            Some(kept) => kept.add(Written::Aside(text.to_owned())),
            None => to_stderr(text),
        }
    }

    /// Writes data, and tells once if it cannot be written. A reader that closes early, as `head` does,
    /// is no error.
    fn write_data(&self, text: &str, end: &str) {
        if let Some(kept) = &self.kept {
            kept.add(Written::Data(format!("{text}{end}")));
            return;
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(end.as_bytes()));
        match written.and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                if !self.has_lost_data.swap(true, Ordering::Relaxed) {
                    to_stderr(&format!("error: cannot write to standard output: {error}\n"));
                }
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// Waits for Enter where somebody is there to press it.
    pub fn pause(&self) {
        if self.can_ask() {
            to_stderr("(Enter)");
            let mut line = String::new();
            // The end of the input is as good as Enter.
            let _ = io::stdin().lock().read_line(&mut line);
        }
    }
}

/// Standard error is the last resort; if it fails there is nobody left to tell.
fn to_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn is_yes(answer: &str) -> bool {
    answer.trim() == "yes"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_a_yes() {
        for (answer, is_accepted) in [
            ("yes\n", true),
            (" yes \r\n", true),
            ("y\n", false),
            ("YES\n", false),
            ("", false),
            ("\n", false),
        ] {
            assert_eq!(is_yes(answer), is_accepted, "{answer:?}");
        }
    }
}
