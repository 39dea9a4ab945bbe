//! The request and the response as they travel, before any protocol is understood.
//!
//! Percent-decoding and form-decoding live here because three protocols share them.
//! Nothing in this file can fail: garbage decodes to something that a later rule refuses by name.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

/// One HTTP request, as received.
#[derive(Debug, Clone, Default)]
pub struct WireRequest {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The raw path, still percent-encoded.
    pub path: String,
    /// The raw query without its question mark; empty when absent.
    pub query: String,
    /// The headers, with lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl WireRequest {
    /// Returns the value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// One HTTP response, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers, in the order they are sent.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// How it travels.
    pub delivery: Delivery,
}

/// How a response travels; the world decides, a server carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivery {
    /// How long it is on its way.
    pub latency: Duration,
    /// In which state it arrives.
    pub manner: Manner,
}

/// In which state a response arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// As it is.
    #[default]
    Whole,
    /// As it is, in small pieces.
    Slow,
    /// Not at all: the connection ends before its first byte.
    Dropped,
}

impl WireResponse {
    /// Returns a response without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delivery: Delivery::default() }
    }

    /// Returns a response whose body is a JSON document of the given media type.
    pub(crate) fn json(status: u16, media_type: &str, body: &Value) -> Self {
        Self::empty(status).with_header("content-type", media_type).with_body(body.to_string())
    }

    /// Returns a response whose body is an XML document.
    pub(crate) fn xml(status: u16, body: String) -> Self {
        Self::empty(status).with_header("content-type", "text/xml").with_body(body)
    }

    /// Returns the response with one more header.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the response with these bytes as its body.
    pub(crate) fn with_bytes(mut self, bytes: &[u8]) -> Self {
        self.body = bytes.to_vec();
        self
    }

    fn with_body(mut self, body: String) -> Self {
        self.body = body.into_bytes();
        self
    }
}

/// The decoded pairs of a query string or a form body, in the order given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Decodes a URL query, where `+` is a plus sign.
    pub(crate) fn of_query(text: &str) -> Self {
        Self::split(text, decode)
    }

    /// Decodes a form body, where `+` is a space.
    pub(crate) fn of_form(text: &str) -> Self {
        Self::split(text, |part| decode(&part.replace('+', " ")))
    }

    /// Returns the first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the names, in the order given.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    fn split(text: &str, decoded: fn(&str) -> String) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decoded(name), decoded(value))
                })
                .collect(),
        )
    }
}

/// Returns the text with everything escaped but letters, digits, `-._~` and the characters of `also`.
pub(crate) fn encode(text: &str, also: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-._~".contains(character) || also.contains(character) {
            encoded.push(character);
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    encoded
}

/// Returns the text with its percent escapes resolved; a broken escape stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let escaped = (byte == b'%').then(|| escaped_byte(bytes, index)).flatten();
        decoded.push(escaped.unwrap_or(byte));
        index += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn escaped_byte(bytes: &[u8], index: usize) -> Option<u8> {
    let digits = std::str::from_utf8(bytes.get(index + 1..index + 3)?).ok()?;
    u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_escapes_and_keeps_broken_ones() {
        assert_eq!(decode("arn%3Aaws%3alambda"), "arn:aws:lambda");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%+1"), "%zz%+1");
    }

    #[test]
    fn a_plus_is_a_space_only_in_forms() {
        assert_eq!(Pairs::of_form("A=x+y").get("A"), Some("x y"));
        assert_eq!(Pairs::of_query("A=x+y").get("A"), Some("x+y"));
    }
}
