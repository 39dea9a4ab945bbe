//! JSON text to a value tree with byte spans.
//!
//! `serde_json` decides what is JSON; the small parser after it trusts that verdict and only finds
//! where each token lies. It refuses what the grammar allows but nobody can mean: duplicate keys,
//! halves of surrogate pairs, nesting that other readers of the same text give up on.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::error::DefinitionError;
use super::states;
use super::string_token;
use super::value::{Kind, Member, Value};

/// The largest definition that Step Functions takes, in bytes.
pub const SERVICE_LIMIT: usize = 1024 * 1024;

/// The largest text we read. Placeholders and unfinished work may exceed what the service takes,
/// but a text of this size is some other file.
const READING_LIMIT: usize = 16 * SERVICE_LIMIT;

/// One level less than where `serde_json` gives up, so that a definition accepted here can be read
/// by everything else that reads it.
const DEPTH_LIMIT: usize = 127;

/// Step Functions allows 80 characters. Names are longer while they hold placeholders, but every
/// pointer repeats the names above it, so their length must have a bound.
const NAME_LIMIT: usize = 512;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Says whether a definition is larger than Step Functions takes.
pub fn is_over_service_limit(text: &str) -> bool {
    text.len() > SERVICE_LIMIT
}

/// Reads a definition: a JSON object with `StartAt` and `States` (A14).
pub(crate) fn definition(text: &str) -> Result<Value<'_>, DefinitionError> {
    let root = value(text)?;
    check_root(&root)?;
    check_names(&root)?;
    Ok(root)
}

/// Reads any JSON text.
pub(crate) fn value(text: &str) -> Result<Value<'_>, DefinitionError> {
    check_size(text)?;
    let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    if let Err(error) = serde_json::from_str::<IgnoredAny>(&text[start..]) {
        return Err(syntax_error(text, start, &error));
    }
    let mut parser = Parser { text, at: start, depth: 0 };
    parser.skip_space();
    parser.value()
}

fn check_size(text: &str) -> Result<(), DefinitionError> {
    if text.len() > READING_LIMIT {
        return Err(DefinitionError::new(
            format!("the definition is larger than 16 MiB ({} bytes)", text.len()),
            0..0,
            "Step Functions takes at most 1 MiB; check that `definition` names the right file",
        ));
    }
    if text.trim_start_matches(BYTE_ORDER_MARK).trim().is_empty() {
        return Err(DefinitionError::new(
            "the definition is empty",
            0..0,
            "write at least `{\"StartAt\": \"Done\", \"States\": {\"Done\": {\"Type\": \"Succeed\"}}}`",
        ));
    }
    Ok(())
}

fn check_root(root: &Value<'_>) -> Result<(), DefinitionError> {
    let help = "a definition is a JSON object with `StartAt` and `States` at its root; \
                if it sits inside a template, give it its own file";
    if !root.is_object() {
        let message = "the root of the definition is not an object";
        return Err(DefinitionError::new(message, root.span.clone(), help));
    }
    for key in ["StartAt", "States"] {
        if root.member(key).is_none() {
            let brace = root.span.start..root.span.start + 1;
            let message = format!("the root of the definition has no `{key}`");
            return Err(DefinitionError::new(message, brace, help));
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

fn syntax_error(text: &str, start: usize, error: &serde_json::Error) -> DefinitionError {
    let span = character_at(text, offset_of(text, start, error));
    if is_like_yaml(&text[start..]) {
        return DefinitionError::new(
            "the definition looks like YAML, and only JSON is read",
            span,
            "convert it: `yq -o=json . FILE > FILE.json`",
        );
    }
    let full = error.to_string();
    let what = full.rsplit_once(" at line ").map_or(&*full, |(what, _)| what);
    let help = if text[span.clone()].starts_with('/') {
        "JSON has no comments; a state's `Comment` field holds them"
    } else if text[span.clone()].starts_with('$') {
        "a placeholder must stand inside quotes, as in `\"${name}\"`"
    } else {
        "`python3 -m json.tool < FILE` names the same place"
    };
    DefinitionError::new(format!("the definition is not JSON: {what}"), span, help)
}

/// Turns the line and column of a syntax error into a byte offset.
fn offset_of(text: &str, start: usize, error: &serde_json::Error) -> usize {
    let lines = text[start..].split_inclusive('\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(str::len).sum();
    start + before + error.column().saturating_sub(1)
}

/// Returns the span of the character that holds a byte, or the end of the text.
fn character_at(text: &str, offset: usize) -> Range<usize> {
    let start = text.floor_char_boundary(offset.min(text.len()));
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + length
}

/// Says whether the first line with content can only be YAML: a marker, a comment or a bare key.
fn is_like_yaml(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    let Some(line) = first else { return false };
    if line.starts_with("---") || line.starts_with("%YAML") || line.starts_with('#') {
        return true;
    }
    let Some((key, after)) = line.split_once(':') else {
        return false;
    };
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_word(key.trim_matches(['"', '\''])) && (after.is_empty() || after.starts_with(' '))
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn value(&mut self) -> Result<Value<'t>, DefinitionError> {
        let start = self.at;
        let kind = match self.byte() {
            b'{' => self.nested(Self::members)?,
            b'[' => self.nested(Self::items)?,
            b'"' => Kind::Text(self.string()?),
            b't' | b'f' | b'n' => Kind::Word(self.bare_token()),
            _ => Kind::Number(self.bare_token()),
        };
        let span = start..self.at;
        Ok(Value { span, kind })
    }

    fn nested(
        &mut self,
        inner: fn(&mut Self) -> Result<Kind<'t>, DefinitionError>,
    ) -> Result<Kind<'t>, DefinitionError> {
        if self.depth == DEPTH_LIMIT {
            return Err(DefinitionError::new(
                format!("the definition is nested deeper than {DEPTH_LIMIT} levels"),
                self.at..self.at + 1,
                "start a nested state machine with `arn:aws:states:::states:startExecution`",
            ));
        }
        self.depth += 1;
        self.at += 1;
        let kind = inner(self)?;
        self.at += 1;
        self.depth -= 1;
        Ok(kind)
    }

    fn members(&mut self) -> Result<Kind<'t>, DefinitionError> {
        let mut members: Vec<Member<'t>> = Vec::new();
        while self.has_more(b'}') {
            let start = self.at;
            let key = self.string()?;
            let key_span = start..self.at;
            self.skip_space();
            self.at += 1;
            self.skip_space();
            let value = self.value()?;
            members.push(Member { key, key_span, value });
        }
        check_duplicates(&members)?;
        Ok(Kind::Members(members))
    }

    fn items(&mut self) -> Result<Kind<'t>, DefinitionError> {
        let mut items = Vec::new();
        while self.has_more(b']') {
            items.push(self.value()?);
        }
        Ok(Kind::Items(items))
    }

    /// Steps over space and a comma to the next element, or to the closing bracket.
    fn has_more(&mut self, close: u8) -> bool {
        self.skip_space();
        if self.byte() == b',' {
            self.at += 1;
            self.skip_space();
        }
        // The second half keeps the parser from turning in place if the verdict were wrong.
        self.byte() != close && self.at < self.text.len()
    }

    fn string(&mut self) -> Result<Cow<'t, str>, DefinitionError> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.at = end + 1;
        string_token::decoded(&self.text[start..end]).map_err(|at| {
            DefinitionError::new(
                "half of a surrogate pair stands alone in a string",
                start + at..start + at + 6,
                "write both halves, or the character itself",
            )
        })
    }

    fn bare_token(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let is_end = |c: char| matches!(c, ',' | ']' | '}' | ' ' | '\t' | '\r' | '\n');
        let token = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        self.at += token.len();
        token
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}

fn check_duplicates(members: &[Member<'_>]) -> Result<(), DefinitionError> {
    let mut seen = HashSet::with_capacity(members.len());
    match members.iter().find(|member| !seen.insert(&*member.key)) {
        None => Ok(()),
        Some(member) => Err(DefinitionError::new(
            format!("the key `{}` appears twice in one object", shortened(&member.key)),
            member.key_span.clone(),
            "remove one of them; readers disagree about which one counts",
        )),
    }
}

fn shortened(key: &str) -> &str {
    &key[..key.floor_char_boundary(80)]
}
