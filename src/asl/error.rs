//! Why a text is not a definition that can be read, and where.

use std::ops::Range;

use super::definition::DEPTH_LIMIT;
use super::rewrite::NEW_VERSION;

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

    /// Refuses a text of more bytes than any definition has.
    pub fn too_large() -> Self {
        Self::new(
            "the definition is larger than 16 MiB",
            0..0,
            "Step Functions takes at most 1 MiB; check that the path names the right file",
        )
    }

    pub(crate) fn empty() -> Self {
        Self::new(
            "the definition is empty",
            0..0,
            "write at least `{\"StartAt\": \"Done\", \"States\": {\"Done\": {\"Type\": \"Succeed\"}}}`",
        )
    }

    pub(crate) fn too_deep(span: Range<usize>) -> Self {
        Self::new(
            format!("the definition is nested deeper than {DEPTH_LIMIT} levels"),
            span,
            "start a nested state machine with `arn:aws:states:::states:startExecution`",
        )
    }

    /// Refuses the word that stands for a version to come where a file has it.
    pub fn reserved_qualifier(span: Range<usize>) -> Self {
        Self::new(
            format!("the qualifier `{NEW_VERSION}` is reserved; Lambda accepts no such one"),
            span,
            "call the function without a qualifier, and say `references = \"version\"` in the TOML",
        )
    }

    pub(crate) fn duplicate_key(key: &str, span: Range<usize>) -> Self {
        let shortened = &key[..key.floor_char_boundary(80)];
        Self::new(
            format!("the key `{shortened}` appears twice in one object"),
            span,
            "remove one of them; readers disagree about which one counts",
        )
    }
}

/// Returns the span of the character that holds a byte, or the end of the text.
pub(crate) fn character_at(text: &str, offset: usize) -> Range<usize> {
    let start = text.floor_char_boundary(offset.min(text.len()));
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + length
}
