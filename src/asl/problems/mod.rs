//! Is a definition one that Step Functions takes, as far as its text tells?
//!
//! What the service refuses for sure is an error: a transition to nowhere, a state that nothing
//! leads to, a state without the fields that its type needs. What it may take, and hardly anybody
//! means, is a warning. The schema of each task's service is not known here, and neither is what a
//! placeholder will say: a name that holds one is not judged.
//!
//! ```text
//! machine: StartAt, targets, what is reached, an end ─▶ state: its type's fields ─▶ its paths
//! ```

mod machine;
mod path;
mod report;
mod rules;
mod state;

use super::definition::definition;
use super::error::DefinitionError;
use report::Findings;

pub use report::{Problem, Severity};

/// Returns what is wrong with a definition, in the order of its text.
pub fn problems(text: &str) -> Result<Vec<Problem>, DefinitionError> {
    let root = definition(text)?;
    let mut findings = Findings::new(text);
    machine::check_root(&root, &mut findings);
    Ok(findings.into_problems())
}
