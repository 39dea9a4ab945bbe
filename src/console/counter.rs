//! A counter for long reading: how many of how many are done.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows a count on a terminal, and nothing elsewhere.
#[derive(Debug)]
pub struct Counter(ProgressBar);

impl Counter {
    /// Starts a counter; `is_drawn` tells that a person watches.
    pub(super) fn new(words: &str, total: usize, is_drawn: bool) -> Self {
        let target = if is_drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        let style =
            ProgressStyle::with_template("{spinner} {msg} {pos}/{len}").expect("the template is valid");
        bar.set_style(style);
        bar.set_message(words.to_owned());
        Self(bar)
    }

    /// Shows how many are done.
    pub fn set(&self, done: usize) {
        self.0.set_position(done as u64);
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
