//! Values to text: plans, drift, events, deployments and differences, for people and for programs.
//!
//! Everything here is a pure function from a value to a `String` or a JSON value: no clock, no
//! disk, no environment, no printing (`console` prints). A [`Style`] says how wide the text may be
//! and whether it may have colour; without colour it says the same. Markdown and JSON are for pull
//! requests and programs and have no style, so the same plan gives the same bytes everywhere.
//!
//! The one decision that is not obvious: text and Markdown of a plan are two prints of one
//! `outline`, so a reviewer in a terminal and one in a browser cannot be told different things.

mod comparison;
mod definition;
mod deployment;
mod drift;
mod event;
mod graph;
mod header;
mod history;
mod json;
mod markup;
mod order;
mod outline;
mod page;
mod plan_markdown;
mod plan_text;
mod references;
mod rehearsal;
mod report;
mod states;
mod status;
mod status_rows;
mod style;
mod summary;
mod table;
mod text_diff;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use comparison::{ComparisonReport, FilesByName, PackageFiles, comparison_json, comparison_text};
pub use deployment::apply_text;
pub use drift::drift_text;
pub use event::event_line;
pub use graph::{graph_dot, graph_json, graph_mermaid};
pub use header::{Context, Detail, ObservedIn, Subject};
pub use history::{HistoryRow, difference_json, difference_text, history_json, history_text};
pub use json::{apply_json, drift_json, event_json, plan_json};
pub use plan_markdown::{is_plan_page, plan_markdown};
pub use plan_text::plan_text;
pub use references::{references_json, references_text, rewrite_json};
pub use rehearsal::{Rehearsal, Step, Trouble, rehearsal_json, rehearsal_text};
pub use report::{Changes, Report, is_report, report_html, report_json, report_markdown, report_text};
pub use status::{StatusReport, status_text};
pub use status_rows::{status_json, status_tsv};
pub use style::{Style, visible};
pub use text_diff::unified_diff;
pub use words::{bytes, count};
