//! What should be: the desired-state file, from text to [`Desired`](crate::model::Desired).
//!
//! The module answers one question: what does `config/repoint.toml` say about one environment, or
//! where exactly does it say something that cannot be. It knows no disk, no clock, no variables of
//! the process and no terminal: text and [`ProjectFiles`] go in, a value or [`Problem`]s come out.
//!
//! ```text
//! text ─ parse ─▶ tree with byte spans ─ check against the schema ─▶ Document
//! Document ─ merge: environment over document, function over defaults ─ resolve ─▶ Desired
//! ```
//!
//! The decision that is not obvious: the schema is data, not derived types. One walk
//! reports every mistake of the file with its place, the merge reads from it what is replaced
//! whole, and a key whose engine is not built yet is known, explained and refused.

mod aliases;
mod check;
mod chosen;
mod code;
mod declared;
mod definitions;
mod document;
mod duration;
mod environment;
mod files;
mod functions;
mod limits;
mod machines;
mod merge;
mod nearest;
mod parse;
mod problem;
mod references;
mod refusal;
mod resolve;
mod rules;
mod schema;
mod secrets;
mod settings;
mod site;
mod target;
mod template;
#[cfg(test)]
mod tests;
mod tree;
mod variables;

pub use chosen::{NothingChosen, chosen_objects, is_match, is_pattern, nearest_name};
pub use declared::{Undeclared, parse_declared};
pub use definitions::definition_warnings;
pub use document::{Document, parse};
pub use duration::parse_duration;
pub use environment::{ChosenEnvironment, EnvironmentChoice, choose_environment};
pub use files::{FileKind, MemoryFiles, ProjectFiles};
pub use problem::{Problem, SourceFile};
pub use rules::parse_drift_ignore;
