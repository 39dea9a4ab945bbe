//! How a string is written in its text: where a part of it stands, and how a part is replaced.
//!
//! JSON strings are decoded character by character, so each character's bytes are known. A YAML
//! scalar is decoded by the parser; here its characters are matched against its bytes again, all
//! but the white space, which folding moves about. Only a complete match may be edited: what we
//! do not understand stays as it is, with a reason.

use std::ops::Range;

use super::reference::FixedReason;
use super::string_token::{encoded, raw_offsets};
use super::yaml_scalar::{self, PlainMeaning};

/// How a string token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Between quotes, with the escapes of JSON.
    Json,
    /// Between double quotes, with the escapes of YAML.
    DoubleQuoted,
    /// Between single quotes.
    SingleQuoted,
    /// Without quotes; only context tells that it is a string.
    Bare,
    /// Without quotes, and not a string to every reader of YAML.
    Ambiguous,
    /// In the lines after `|` or `>`; the token is these lines.
    Block,
    /// In a way that no single edit can change.
    Fixed(FixedReason),
}

/// A string token of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StringToken<'a> {
    /// The whole text.
    pub(crate) text: &'a str,
    /// The first of the token's bytes, its quote if it has one.
    pub(crate) start: usize,
    /// The end of its bytes.
    pub(crate) end: usize,
    /// What it says.
    pub(crate) decoded: &'a str,
    pub(crate) spelling: Spelling,
}

impl StringToken<'_> {
    /// Returns the bytes that spell a part of the decoded string.
    ///
    /// For an empty part they are empty: the place behind the character before it.
    pub(crate) fn place_of(&self, part: &Range<usize>) -> Result<Range<usize>, FixedReason> {
        let inner = match self.spelling {
            Spelling::Json | Spelling::DoubleQuoted | Spelling::SingleQuoted => self.start + 1..self.end - 1,
            Spelling::Bare | Spelling::Ambiguous | Spelling::Block => self.start..self.end,
            Spelling::Fixed(why) => return Err(why),
        };
        let content = &self.text[inner.clone()];
        let found = match self.spelling {
            Spelling::Json => Some(json_place(content, part)),
            spelling => yaml_scalar::place_of(content, spelling, self.decoded, part),
        };
        let found = found.ok_or(FixedReason::Spelling)?;
        Ok(inner.start + found.start..inner.start + found.end)
    }

    /// Returns the bytes to replace, and by what, so that a part of the string becomes another.
    ///
    /// A plain scalar that would turn into a number or a word gets quotes.
    pub(crate) fn replacement(
        &self,
        part: &Range<usize>,
        by: &str,
    ) -> Result<(Range<usize>, String), FixedReason> {
        let place = self.place_of(part)?;
        match self.spelling {
            Spelling::Json | Spelling::DoubleQuoted => Ok((place, encoded(by))),
            Spelling::SingleQuoted => Ok((place, by.replace('\'', "''"))),
            Spelling::Bare | Spelling::Ambiguous => {
                let whole = format!("{}{by}{}", &self.decoded[..part.start], &self.decoded[part.end..]);
                if yaml_scalar::plain_meaning(&whole) == PlainMeaning::Text {
                    Ok((place, by.to_owned()))
                } else {
                    Ok((self.start..self.end, format!("\"{}\"", encoded(&whole))))
                }
            }
            Spelling::Block => Ok((place, by.to_owned())),
            Spelling::Fixed(why) => Err(why),
        }
    }
}

fn json_place(content: &str, part: &Range<usize>) -> Range<usize> {
    match raw_offsets(content) {
        None => part.clone(),
        Some(offsets) => offsets[part.start]..offsets[part.end],
    }
}
