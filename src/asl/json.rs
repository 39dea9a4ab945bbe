//! JSON text to a value tree with byte spans.
//!
//! `serde_json` decides what is JSON; the small parser after it trusts that verdict and only finds
//! where each token lies. It refuses what the grammar allows but nobody can mean: duplicate keys,
//! halves of surrogate pairs, nesting that other readers of the same text give up on.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::de::IgnoredAny;

use super::definition::{BYTE_ORDER_MARK, DEPTH_LIMIT, check_size};
use super::error::{DefinitionError, character_at};
use super::spelling::Spelling;
use super::string_token;
use super::value::{Kind, Member, Value};

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

fn syntax_error(text: &str, start: usize, error: &serde_json::Error) -> DefinitionError {
    let span = character_at(text, offset_of(text, start, error));
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
            b'"' => Kind::Text(self.string()?, Spelling::Json),
            b't' | b'f' | b'n' => Kind::Word(self.word()),
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
            return Err(DefinitionError::too_deep(self.at..self.at + 1));
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
            start_small(&mut members);
            members.push(Member { key, key_span, key_spelling: Spelling::Json, value });
        }
        check_duplicates(&members)?;
        Ok(Kind::Members(members))
    }

    fn items(&mut self) -> Result<Kind<'t>, DefinitionError> {
        let mut items = Vec::new();
        while self.has_more(b']') {
            let value = self.value()?;
            start_small(&mut items);
            items.push(value);
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

    fn word(&mut self) -> &'static str {
        match self.bare_token() {
            "true" => "true",
            "false" => "false",
            _ => "null",
        }
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

/// Gives an empty list room for one. Most lists of a deeply nested text have one element, and room
/// for four in each of half a million lists is 100 MB.
pub(crate) fn start_small<T>(list: &mut Vec<T>) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
}

/// Most objects have a few keys, and comparing them is cheaper than hashing them.
const FEW: usize = 8;

/// Refuses an object that says something twice.
pub(crate) fn check_duplicates(members: &[Member<'_>]) -> Result<(), DefinitionError> {
    let twice = if members.len() <= FEW {
        let is_repeated = |(index, member): &(usize, &Member<'_>)| {
            members[..*index].iter().any(|other| other.key == member.key)
        };
        members.iter().enumerate().find(is_repeated).map(|(_, member)| member)
    } else {
        let mut seen = HashSet::with_capacity(members.len());
        members.iter().find(|member| !seen.insert(&*member.key))
    };
    match twice {
        None => Ok(()),
        Some(member) => Err(DefinitionError::duplicate_key(&member.key, member.key_span.clone())),
    }
}
