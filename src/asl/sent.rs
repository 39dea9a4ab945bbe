//! The text that AWS is sent: Step Functions takes JSON, whatever the authors write.
//!
//! A JSON definition is sent as it is, without a byte order mark: Step Functions refuses one. A
//! definition in YAML is written as JSON in one fixed way: keys in the order of the text, two spaces a
//! level, numbers as they are spelled, aliases and merge keys filled in, comments gone. So the same
//! text always gives the same bytes, and a diff of two such texts shows the lines that changed.

use std::borrow::Cow;

use super::definition::{BYTE_ORDER_MARK, Format, definition, format};
use super::error::DefinitionError;
use super::spelling::Spelling;
use super::string_token::encoded;
use super::value::{Kind, Value};

/// Returns a definition as the JSON text that AWS takes.
///
/// What JSON has no word for is refused with its place: a tag of another tool, and a plain scalar
/// that is a text to some readers of YAML and a number or a truth value to others.
pub fn sent_text(text: &str) -> Result<Cow<'_, str>, DefinitionError> {
    if format(text) == Format::Json {
        return Ok(Cow::Borrowed(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)));
    }
    let root = definition(text)?;
    let mut out = String::with_capacity(text.len() * 2);
    write(text, &root, 0, &mut out)?;
    out.push('\n');
    Ok(Cow::Owned(out))
}

fn write(text: &str, value: &Value<'_>, level: usize, out: &mut String) -> Result<(), DefinitionError> {
    match &value.kind {
        Kind::Text(_, Spelling::Ambiguous) => return Err(ambiguous(text, value)),
        Kind::Text(decoded, _) => write_text(decoded, out),
        Kind::Number(number) => out.push_str(number),
        Kind::Word(word) => out.push_str(word),
        Kind::Tagged(tag) => return Err(tagged(tag, value)),
        Kind::Items(items) if items.is_empty() => out.push_str("[]"),
        Kind::Items(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "[" } else { "," });
                new_line(level + 1, out);
                write(text, item, level + 1, out)?;
            }
            new_line(level, out);
            out.push(']');
        }
        Kind::Members(members) if members.is_empty() => out.push_str("{}"),
        Kind::Members(members) => {
            for (index, member) in members.iter().enumerate() {
                out.push_str(if index == 0 { "{" } else { "," });
                new_line(level + 1, out);
                write_text(&member.key, out);
                out.push_str(": ");
                write(text, &member.value, level + 1, out)?;
            }
            new_line(level, out);
            out.push('}');
        }
    }
    Ok(())
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    out.push_str(&encoded(text));
    out.push('"');
}

fn new_line(level: usize, out: &mut String) {
    out.push('\n');
    for _ in 0..level {
        out.push_str("  ");
    }
}

fn ambiguous(text: &str, value: &Value<'_>) -> DefinitionError {
    let written = &text[value.span.clone()];
    DefinitionError::new(
        format!("`{written}` is a text to some readers of YAML and none to others"),
        value.span.clone(),
        format!(
            "write `\"{written}\"` for the text; spell numbers as JSON does, and truth as `true` or `false`"
        ),
    )
}

fn tagged(tag: &str, value: &Value<'_>) -> DefinitionError {
    DefinitionError::new(
        format!("the tag `{tag}` means nothing to Step Functions"),
        value.span.start..value.span.start + tag.len(),
        "write `${name}` and give it a value under `substitutions`",
    )
}
