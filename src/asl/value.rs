//! A definition as a tree of values that remember their bytes, whatever the text format was.

use std::borrow::Cow;
use std::ops::Range;

use super::spelling::Spelling;

/// One value and the bytes it was read from; a string's bytes include its quotes.
#[derive(Debug, Clone)]
pub(crate) struct Value<'t> {
    pub(crate) span: Range<usize>,
    pub(crate) kind: Kind<'t>,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Kind<'t> {
    /// A string, decoded, and how it is spelled.
    Text(Cow<'t, str>, Spelling),
    /// A number, as it was spelled; always as JSON spells numbers.
    Number(&'t str),
    /// `true`, `false` or `null`.
    Word(&'static str),
    /// Something that a YAML tag of another tool makes of the value; the tag.
    Tagged(String),
    /// An array.
    Items(Vec<Value<'t>>),
    /// An object, in the order of the text, without duplicate keys.
    Members(Vec<Member<'t>>),
}

/// One key of an object with its value.
#[derive(Debug, Clone)]
pub(crate) struct Member<'t> {
    pub(crate) key: Cow<'t, str>,
    pub(crate) key_span: Range<usize>,
    pub(crate) key_spelling: Spelling,
    pub(crate) value: Value<'t>,
}

impl<'t> Value<'t> {
    /// Returns the decoded string, if the value is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text, _) => Some(text),
            Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) | Kind::Items(_) | Kind::Members(_) => None,
        }
    }

    /// Returns how the string is spelled; what is no string cannot be changed.
    pub(crate) fn spelling(&self) -> Spelling {
        match &self.kind {
            Kind::Text(_, spelling) => *spelling,
            Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) | Kind::Items(_) | Kind::Members(_) => {
                Spelling::Bare
            }
        }
    }

    /// Returns the members of an object, and none for any other value.
    pub(crate) fn members(&self) -> &[Member<'t>] {
        match &self.kind {
            Kind::Members(members) => members,
            Kind::Text(..) | Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) | Kind::Items(_) => &[],
        }
    }

    /// Returns the items of an array, and none for any other value.
    pub(crate) fn items(&self) -> &[Value<'t>] {
        match &self.kind {
            Kind::Items(items) => items,
            Kind::Text(..) | Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) | Kind::Members(_) => &[],
        }
    }

    /// Returns the member under a key of an object, with its key.
    pub(crate) fn entry(&self, key: &str) -> Option<&Member<'t>> {
        self.members().iter().find(|member| member.key == key)
    }

    /// Returns the value under a key of an object.
    pub(crate) fn member(&self, key: &str) -> Option<&Value<'t>> {
        self.entry(key).map(|member| &member.value)
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self.kind, Kind::Members(_))
    }
}
