//! The only writer to the terminal.
//!
//! Standard output is data; notes, warnings, errors, questions and progress go to standard error
//! (style §6). What a terminal is and may show comes in as values ([`Surroundings`]), so every
//! choice can be tested. A reader that closes standard output early, as `head` does, is no error.

#[expect(clippy::module_inception, reason = "the folder and its main type are one noun")]
mod console;
mod counter;
mod kept;
mod progress;
mod report;
mod surroundings;

pub use console::{Console, Options, Output, Verbosity};
pub use counter::Counter;
pub use kept::Kept;
pub use progress::Progress;
pub use report::{Label, Report, report_text, warning_text};
pub use surroundings::{ColorChoice, Stream, Surroundings};
