//! A text that shall be a definition: JSON or YAML by its content, with `StartAt` and `States`.
//!
//! A text that begins with `{` or `[` is JSON and must be strict JSON: YAML would also take it with
//! trailing commas, and then somebody else refuses it. Every other text is YAML.

use super::error::DefinitionError;
use super::value::Value;
use super::{json, states, yaml};

/// The largest definition that Step Functions takes, in bytes.
pub const SERVICE_LIMIT: usize = 1024 * 1024;

/// The largest text we read. Placeholders and unfinished work may exceed what the service takes,
/// but a text of this size is some other file.
pub const READING_LIMIT: usize = 16 * SERVICE_LIMIT;

/// One level less than where `serde_json` gives up, so that a definition accepted here can be read
/// by everything else that reads it.
pub(crate) const DEPTH_LIMIT: usize = 127;

/// Step Functions allows 80 characters. Names are longer while they hold placeholders, but every
/// pointer repeats the names above it, so their length must have a bound.
const NAME_LIMIT: usize = 512;

pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text format of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, which is what Step Functions takes.
    Json,
    /// YAML.
    Yaml,
}

/// Returns the format that a text is in, or shall be in.
pub fn format(text: &str) -> Format {
    let content = text.trim_start_matches(BYTE_ORDER_MARK).trim_start();
    // A comment that JSON does not have; YAML would say something about a `/` that nobody meant.
    if content.starts_with(['{', '[']) || content.starts_with("//") || content.starts_with("/*") {
        Format::Json
    } else {
        Format::Yaml
    }
}

/// Says whether a definition is larger than Step Functions takes.
pub fn is_over_service_limit(text: &str) -> bool {
    text.len() > SERVICE_LIMIT
}

/// Reads a definition in either format (A14).
pub(crate) fn definition(text: &str) -> Result<Value<'_>, DefinitionError> {
    check_size(text)?;
    let root = match format(text) {
        Format::Json => json::value(text)?,
        Format::Yaml => yaml::value(text)?,
    };
    check_root(&root)?;
    check_names(&root)?;
    Ok(root)
}

/// Reads a definition that must be JSON, as what is sent to AWS.
pub(crate) fn json_definition(text: &str) -> Result<Value<'_>, DefinitionError> {
    let root = json::value(text)?;
    check_root(&root)?;
    check_names(&root)?;
    Ok(root)
}

/// Refuses a text that is too long to be read, or has nothing in it.
pub(crate) fn check_size(text: &str) -> Result<(), DefinitionError> {
    if text.len() > READING_LIMIT {
        return Err(DefinitionError::too_large());
    }
    if text.trim_start_matches(BYTE_ORDER_MARK).trim().is_empty() {
        return Err(DefinitionError::empty());
    }
    Ok(())
}

fn check_root(root: &Value<'_>) -> Result<(), DefinitionError> {
    let help = "a definition is an object with `StartAt` and `States` at its root; \
                if it sits inside a template, give it its own file";
    if !root.is_object() {
        let message = "the root of the definition is not an object";
        return Err(DefinitionError::new(message, root.span.clone(), help));
    }
    for key in ["StartAt", "States"] {
        if root.member(key).is_none() {
            let first = root.members().first().filter(|first| first.key_span.start == root.span.start);
            let brace = root.span.start..root.span.start + 1;
            let place = first.map_or(brace, |first| first.key_span.clone());
            let message = format!("the root of the definition has no `{key}`");
            return Err(DefinitionError::new(message, place, help));
        }
    }
    match root.member("States") {
        Some(states) if !states.is_object() => {
            let message = "`States` is not an object";
            Err(DefinitionError::new(message, states.span.clone(), help))
        }
        Some(_) | None => Ok(()),
    }
}

fn check_names(root: &Value<'_>) -> Result<(), DefinitionError> {
    let mut too_long = None;
    states::visit(root, &mut |_, member| {
        if member.key.len() > NAME_LIMIT && too_long.is_none() {
            too_long = Some(member.key_span.clone());
        }
    });
    match too_long {
        None => Ok(()),
        Some(span) => Err(DefinitionError::new(
            format!("a state's name is longer than {NAME_LIMIT} bytes"),
            span,
            "Step Functions allows 80 characters; give the state a shorter name",
        )),
    }
}
