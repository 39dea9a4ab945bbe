//! Fills in the `${name}` placeholders of a definition.
//!
//! Only inside string tokens, keys included, and once: what a value brings in is not looked at
//! again. The values are escaped, so that no value can change the structure of the definition.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::definition::json_definition;
use super::error::DefinitionError;
use super::placeholder;
use super::states::push_key;
use super::string_token::{encoded, raw_offsets};
use super::value::{Kind, Value};

/// A definition with its placeholders filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substituted {
    /// The definition; outside the known placeholders the same bytes as before.
    pub text: String,
    /// The placeholders without a value, in the order of the text.
    pub unresolved: Vec<Unresolved>,
    /// The names that were used.
    pub used: BTreeSet<String>,
}

/// A placeholder that has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The name between `${` and `}`.
    pub name: String,
    /// The JSON pointer of the value; for a placeholder in a key, that of the key's value.
    pub pointer: String,
    /// The placeholder's bytes in the text before the substitution.
    pub span: Range<usize>,
}

/// Replaces `${name}` by its value wherever it stands inside a string of the definition.
///
/// The definition must be JSON: one in YAML is filled in after [`super::sent_text`] made it JSON,
/// where no value can be taken for anything but a string. Names without a value stay and are reported. The result is a definition again: a key that
/// becomes equal to its neighbour is an error.
pub fn substitute(text: &str, values: &BTreeMap<String, String>) -> Result<Substituted, DefinitionError> {
    let root = json_definition(text)?;
    let mut filler = Filler {
        text,
        values,
        path: Vec::new(),
        result: String::with_capacity(text.len()),
        copied: 0,
        unresolved: Vec::new(),
        used: BTreeSet::new(),
    };
    filler.fill(&root);
    filler.result.push_str(&text[filler.copied..]);
    json_definition(&filler.result)?;
    Ok(Substituted { text: filler.result, unresolved: filler.unresolved, used: filler.used })
}

struct Filler<'a> {
    text: &'a str,
    values: &'a BTreeMap<String, String>,
    path: Vec<PathStep<'a>>,
    result: String,
    /// Up to here the text is in the result.
    copied: usize,
    unresolved: Vec<Unresolved>,
    used: BTreeSet<String>,
}

enum PathStep<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Filler<'a> {
    fn fill(&mut self, value: &'a Value<'a>) {
        match &value.kind {
            Kind::Text(decoded, _) => self.fill_token(decoded, &value.span),
            Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) => {}
            Kind::Items(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.path.push(PathStep::Index(index));
                    self.fill(item);
                    self.path.pop();
                }
            }
            Kind::Members(members) => {
                for member in members {
                    self.path.push(PathStep::Key(&member.key));
                    self.fill_token(&member.key, &member.key_span);
                    self.fill(&member.value);
                    self.path.pop();
                }
            }
        }
    }

    fn fill_token(&mut self, decoded: &str, token: &Range<usize>) {
        let found = placeholder::named(decoded);
        if found.is_empty() {
            return;
        }
        let start = token.start + 1;
        let offsets = raw_offsets(&self.text[start..token.end - 1]);
        let raw = |at: usize| start + offsets.as_ref().map_or(at, |offsets| offsets[at]);
        for range in found {
            let span = raw(range.start)..raw(range.end);
            self.fill_one(&decoded[range.start + 2..range.end - 1], span);
        }
    }

    fn fill_one(&mut self, name: &str, span: Range<usize>) {
        let Some(value) = self.values.get(name) else {
            let pointer = self.pointer();
            let name = name.to_owned();
            self.unresolved.push(Unresolved { name, pointer, span });
            return;
        };
        self.used.insert(name.to_owned());
        self.result.push_str(&self.text[self.copied..span.start]);
        self.result.push_str(&encoded(value));
        self.copied = span.end;
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                PathStep::Key(key) => push_key(&mut pointer, key),
                PathStep::Index(index) => push_key(&mut pointer, &index.to_string()),
            }
        }
        pointer
    }
}
