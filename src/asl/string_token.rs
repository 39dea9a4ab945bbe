//! JSON string tokens: what they say, and which raw byte stands for which decoded one.
//!
//! "Content" is a token without its quotes. The functions trust that the content has been accepted
//! as JSON; they check only what JSON's grammar leaves open, the halves of surrogate pairs.

use std::borrow::Cow;

/// One character of a string and the raw bytes that spell it.
struct Unit {
    start: usize,
    character: char,
}

/// Decodes the content of a token; the error is the offset of an unpaired surrogate.
pub(crate) fn decoded(content: &str) -> Result<Cow<'_, str>, usize> {
    if !content.contains('\\') {
        return Ok(Cow::Borrowed(content));
    }
    let mut text = String::with_capacity(content.len());
    for unit in units(content) {
        text.push(unit?.character);
    }
    Ok(Cow::Owned(text))
}

/// Returns, for each byte of the decoded content and for its end, where its spelling starts.
///
/// `None` means that the content has no escapes, so that the offsets are the same.
pub(crate) fn raw_offsets(content: &str) -> Option<Vec<usize>> {
    if !content.contains('\\') {
        return None;
    }
    let mut offsets = Vec::with_capacity(content.len() + 1);
    for unit in units(content).flatten() {
        offsets.extend(std::iter::repeat_n(unit.start, unit.character.len_utf8()));
    }
    offsets.push(content.len());
    Some(offsets)
}

/// Spells a text as the content of a token.
pub(crate) fn encoded(text: &str) -> String {
    let token = serde_json::to_string(text).expect("a string always has a JSON spelling");
    token[1..token.len() - 1].to_owned()
}

fn units(content: &str) -> impl Iterator<Item = Result<Unit, usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &content[at..];
        let first = rest.chars().next()?;
        let start = at;
        let (character, length) = match first {
            '\\' => escape(rest),
            other => (Some(other), other.len_utf8()),
        };
        at += length;
        Some(character.ok_or(start).map(|character| Unit { start, character }))
    })
}

/// Reads the escape at the start of `rest`: its character, if it is one, and its length.
fn escape(rest: &str) -> (Option<char>, usize) {
    let character = match rest.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(rest),
        // `"`, `\` and `/` stand for themselves.
        Some(&byte) => char::from(byte),
        None => return (None, rest.len()),
    };
    (Some(character), 2)
}

fn unicode_escape(rest: &str) -> (Option<char>, usize) {
    let first = code_unit(rest);
    let character = first.and_then(|unit| char::from_u32(u32::from(unit)));
    if character.is_some() {
        return (character, 6);
    }
    let second = rest.get(6..).and_then(code_unit);
    let pair: Vec<u16> = first.into_iter().chain(second).collect();
    match char::decode_utf16(pair).next() {
        Some(Ok(character)) => (Some(character), 12),
        Some(Err(_)) | None => (None, 6.min(rest.len())),
    }
}

fn code_unit(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_every_escape_as_serde_json_does() {
        for content in
            [r"plain é 😀", r#"\" \\ \/ \b \f \n \r \t"#, r"\u0041\u00e9\u2028\uD83D\ude00", r"a\u003ab"]
        {
            let expected: String = serde_json::from_str(&format!("\"{content}\"")).unwrap();
            assert_eq!(decoded(content).unwrap(), expected, "{content}");
        }
    }

    #[test]
    fn finds_the_unpaired_half_of_a_surrogate_pair() {
        for (content, at) in [(r"ab\ud800", 2), (r"\ud800\u0041", 0), (r"\udc00", 0), (r"x\ud800é", 1)] {
            assert_eq!(decoded(content), Err(at), "{content}");
        }
    }

    #[test]
    fn maps_decoded_offsets_to_raw_ones() {
        assert_eq!(raw_offsets("plain"), None);
        assert_eq!(raw_offsets(r"a\u003ab"), Some(vec![0, 1, 7, 8]));
        assert_eq!(raw_offsets(r"é\n"), Some(vec![0, 0, 2, 4]));
    }
}
