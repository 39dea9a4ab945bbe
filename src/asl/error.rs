//! Why a text is not a definition that can be read, and where.

use std::ops::Range;

/// Says why a text is refused as a definition, at which bytes, and what to do about it (A14).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DefinitionError {
    /// What is wrong, as a fragment.
    pub message: String,
    /// The bytes of the text that show it; on character boundaries, empty at the end of the text.
    pub span: Range<usize>,
    /// What to do next.
    pub help: String,
}

impl DefinitionError {
    pub(crate) fn new(message: impl Into<String>, span: Range<usize>, help: impl Into<String>) -> Self {
        Self { message: message.into(), span, help: help.into() }
    }
}
