//! The plan as a file: the format, and the digest that a review stands behind.
//!
//! ```text
//! { "format": 1, "digest": "<sha256 of the plan below, compact>", "plan": { … } }
//! ```
//!
//! The digest is of the plan's own bytes, so an edit by hand is seen, and the same plan has the
//! same digest on every machine.

use serde::{Deserialize, Serialize};

use crate::model::Digest;

use super::Plan;

/// The version of the file format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// A plan with its digest.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFile {
    /// The digest of the plan.
    pub digest: Digest,
    /// The plan.
    pub plan: Plan,
}

/// Why a file is not a plan that can be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// It is not JSON, or not of a plan's shape.
    #[error("it is not a plan: {0}")]
    NotAPlan(String),
    /// A newer program wrote it.
    #[error("it has format {found}, and this program reads formats up to {FORMAT}")]
    Newer {
        /// The format that it has.
        found: u64,
    },
    /// It was changed after it was written.
    #[error("it was changed after it was made: its digest says {written} and its content is {actual}")]
    Edited {
        /// The digest in the file.
        written: Digest,
        /// The digest of what the file holds.
        actual: Digest,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    format: u32,
    digest: Digest,
    plan: Plan,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u64,
}

impl PlanFile {
    /// Computes the digest of a plan.
    pub fn new(plan: Plan) -> Self {
        let bytes = serde_json::to_vec(&plan).expect("a plan has string keys and no failing serializer");
        Self { digest: Digest::of(&bytes), plan }
    }

    /// Writes the file's text: indented, with a final line end.
    pub fn to_text(&self) -> String {
        let envelope = Envelope { format: FORMAT, digest: self.digest.clone(), plan: self.plan.clone() };
        let mut text = serde_json::to_string_pretty(&envelope)
            .expect("a plan has string keys and no failing serializer");
        text.push('\n');
        text
    }

    /// Reads a file's text and checks format and digest. A byte order mark, which some editors and
    /// shells put in front, is no part of what was saved.
    pub fn parse(text: &str) -> Result<Self, PlanFileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let not_a_plan = |error: serde_json::Error| PlanFileError::NotAPlan(error.to_string());
        let FormatOnly { format } = serde_json::from_str(text).map_err(not_a_plan)?;
        if format > u64::from(FORMAT) {
            return Err(PlanFileError::Newer { found: format });
        }
        let envelope: Envelope = serde_json::from_str(text).map_err(not_a_plan)?;
        let file = Self::new(envelope.plan);
        if file.digest == envelope.digest {
            Ok(file)
        } else {
            Err(PlanFileError::Edited { written: envelope.digest, actual: file.digest })
        }
    }

    /// Returns the file's usual name, `<env>-<digest8>.json`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.json", self.plan.environment, self.digest.short())
    }
}
