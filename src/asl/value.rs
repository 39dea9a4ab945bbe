//! A definition as a tree of values that remember their bytes, whatever the text format was.

use std::borrow::Cow;
use std::ops::Range;

/// One value and the bytes it was read from; a string's bytes include its quotes.
#[derive(Debug)]
pub(crate) struct Value<'t> {
    pub(crate) span: Range<usize>,
    pub(crate) kind: Kind<'t>,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Kind<'t> {
    /// A string, decoded.
    Text(Cow<'t, str>),
    /// A number, as it was spelled.
    Number(&'t str),
    /// `true`, `false` or `null`.
    Word(&'t str),
    /// An array.
    Items(Vec<Value<'t>>),
    /// An object, in the order of the text, without duplicate keys.
    Members(Vec<Member<'t>>),
}

/// One key of an object with its value.
#[derive(Debug)]
pub(crate) struct Member<'t> {
    pub(crate) key: Cow<'t, str>,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Value<'t>,
}

impl<'t> Value<'t> {
    /// Returns the decoded string, if the value is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            Kind::Number(_) | Kind::Word(_) | Kind::Items(_) | Kind::Members(_) => None,
        }
    }

    /// Returns the members of an object, and none for any other value.
    pub(crate) fn members(&self) -> &[Member<'t>] {
        match &self.kind {
            Kind::Members(members) => members,
            Kind::Text(_) | Kind::Number(_) | Kind::Word(_) | Kind::Items(_) => &[],
        }
    }

    /// Returns the items of an array, and none for any other value.
    pub(crate) fn items(&self) -> &[Value<'t>] {
        match &self.kind {
            Kind::Items(items) => items,
            Kind::Text(_) | Kind::Number(_) | Kind::Word(_) | Kind::Members(_) => &[],
        }
    }

    /// Returns the value under a key of an object.
    pub(crate) fn member(&self, key: &str) -> Option<&Value<'t>> {
        let found = self.members().iter().find(|member| member.key == key);
        found.map(|member| &member.value)
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self.kind, Kind::Members(_))
    }
}
