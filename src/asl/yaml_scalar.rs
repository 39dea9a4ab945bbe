//! YAML scalars: what a plain one means, and which bytes of one spell which characters.

use std::ops::Range;

use super::spelling::Spelling;

/// What a plain scalar is to the readers of YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainMeaning {
    /// A string, to all of them.
    Text,
    /// A number that JSON spells alike.
    Number,
    /// `true`, `false` or `null`.
    Word(&'static str),
    /// A string to some and a number or a truth value to others, as `010`, `1_000` or `yes`.
    Ambiguous,
}

/// Says what a plain scalar means.
///
/// The words and numbers are those of YAML 1.2's core schema. What YAML 1.1 reads in another way,
/// and numbers that JSON cannot spell, are ambiguous: this program does not guess for the reader
/// that comes after it. Dates are strings, because a definition has nothing else for them.
pub(crate) fn plain_meaning(text: &str) -> PlainMeaning {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return PlainMeaning::Word("null"),
        "true" | "True" | "TRUE" => return PlainMeaning::Word("true"),
        "false" | "False" | "FALSE" => return PlainMeaning::Word("false"),
        _ => {}
    }
    let is_old_word = ["yes", "no", "on", "off"].iter().any(|word| is_cased(text, word));
    // A lone `-`, `=` or `<<` has a meaning of its own where it stands plain.
    if is_old_word || matches!(text, "-" | "=" | "<<") {
        return PlainMeaning::Ambiguous;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return PlainMeaning::Text;
    }
    if is_json_number(text) {
        PlainMeaning::Number
    } else if is_odd_number(unsigned) {
        PlainMeaning::Ambiguous
    } else {
        PlainMeaning::Text
    }
}

/// Says whether the text is the word in lower, upper or title case.
fn is_cased(text: &str, word: &str) -> bool {
    let rest_is = |check: fn(&u8) -> bool| text.bytes().skip(1).all(|byte| check(&byte));
    text.eq_ignore_ascii_case(word)
        && (rest_is(u8::is_ascii_lowercase) || text.bytes().all(|byte| byte.is_ascii_uppercase()))
}

fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let has_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    has_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(has_digits)
        && exponent.is_none_or(|text| has_digits(text.strip_prefix(['-', '+']).unwrap_or(text)))
}

/// Says whether some reader takes the text, which has no sign, for a number: octal, hexadecimal,
/// binary, base 60, with `_`, without digits before or after the point, infinity.
fn is_odd_number(unsigned: &str) -> bool {
    let digits_of = |prefix: &str, is_digit: fn(&char) -> bool| {
        let rest = unsigned.strip_prefix(prefix);
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c == '_' || is_digit(&c)))
    };
    let lower = unsigned.to_ascii_lowercase();
    let is_decimal = || {
        let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
        let is_part = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '_');
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        mantissa.contains(|c: char| c.is_ascii_digit())
            && !exponent.is_empty()
            && [whole, fraction, exponent].into_iter().all(is_part)
    };
    let is_base_sixty = || {
        let (whole, _) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '_');
        let short = |part: &str| part.len() <= 2;
        whole.contains(':') && whole.split(':').all(is_part) && whole.split(':').skip(1).all(short)
    };
    digits_of("0x", char::is_ascii_hexdigit)
        || digits_of("0o", char::is_ascii_digit)
        || digits_of("0b", char::is_ascii_digit)
        || matches!(&*lower, ".inf" | ".nan")
        || is_decimal()
        || is_base_sixty()
}

/// One character of a scalar and the bytes that spell it.
struct Unit {
    start: usize,
    end: usize,
    character: char,
}

/// Returns the bytes of the content that spell a part of the decoded scalar.
///
/// Nothing, unless every character that is not white space is found, in order, and no more. A part
/// with white space at its edges is not asked for: no name and no qualifier has any.
pub(crate) fn place_of(
    content: &str,
    spelling: Spelling,
    decoded: &str,
    part: &Range<usize>,
) -> Option<Range<usize>> {
    let mut units = Units { content, spelling, at: 0 };
    let (mut start, mut end) = (None, 0);
    for (at, character) in decoded.char_indices().filter(|(_, character)| !is_space(*character)) {
        let unit = units.next_visible()?;
        if unit.character != character {
            return None;
        }
        if at >= part.start && at < part.end {
            start.get_or_insert(unit.start);
        }
        if at < part.end {
            end = unit.end;
        }
    }
    if units.next_visible().is_some() || units.at < content.len() {
        return None;
    }
    let start = start.unwrap_or(end);
    Some(start..end)
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

struct Units<'a> {
    content: &'a str,
    spelling: Spelling,
    at: usize,
}

impl Units<'_> {
    /// Steps over white space to the next character; stops before what it cannot read.
    fn next_visible(&mut self) -> Option<Unit> {
        loop {
            let rest = &self.content[self.at..];
            let first = rest.chars().next()?;
            let (character, length) = match (self.spelling, first) {
                (Spelling::SingleQuoted, '\'') => ('\'', "''".len()),
                (Spelling::DoubleQuoted, '\\') => escape(rest)?,
                _ => (first, first.len_utf8()),
            };
            let start = self.at;
            self.at += length;
            if !is_space(character) {
                return Some(Unit { start, end: self.at, character });
            }
        }
    }
}

/// Reads the escape at the start of `rest`: its character and its length. An escaped line end is
/// white space, like the others.
fn escape(rest: &str) -> Option<(char, usize)> {
    let letter = rest[1..].chars().next()?;
    let hexadecimal = |digits: usize| {
        let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        Some((char::from_u32(code)?, 2 + digits))
    };
    let character = match letter {
        'x' => return hexadecimal(2),
        // Halves of a surrogate pair are no characters: such a scalar is left alone.
        'u' => return hexadecimal(4),
        'U' => return hexadecimal(8),
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    };
    Some((character, 1 + letter.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_every_reader_of_yaml_takes_a_plain_scalar_for() {
        let cases: [(PlainMeaning, &[&str]); 4] = [
            (
                PlainMeaning::Text,
                &[
                    "orders",
                    "$LATEST",
                    "-x",
                    "1.2.3",
                    "2016-03-14T01:59:00Z",
                    "7up",
                    "arn:aws:lambda:r:1:function:f:7",
                    "yEs",
                    "n",
                    "1:2:x",
                    "...",
                    "0x",
                    "e5",
                    "123456789012:function:f",
                ],
            ),
            (PlainMeaning::Number, &["0", "-0", "7", "1.50", "1E+2", "12345678901234567890"]),
            (PlainMeaning::Word("null"), &["", "~", "null", "NULL"]),
            (
                PlainMeaning::Ambiguous,
                &[
                    "yes",
                    "No",
                    "OFF",
                    "on",
                    "010",
                    "+7",
                    "0x1F",
                    "0o17",
                    "0b1",
                    "1_000",
                    ".5",
                    "5.",
                    "12:30",
                    "1:30:00.5",
                    ".inf",
                    "-.INF",
                    "-",
                    "<<",
                ],
            ),
        ];
        for (meaning, texts) in cases {
            for text in texts {
                assert_eq!(plain_meaning(text), meaning, "{text}");
            }
        }
    }

    #[test]
    fn finds_the_bytes_of_a_part_or_nothing() {
        let place = |content, spelling, decoded: &str, part: &str| {
            let start = decoded.find(part).unwrap();
            place_of(content, spelling, decoded, &(start..start + part.len()))
        };
        assert_eq!(place("a:b", Spelling::Bare, "a:b", "b"), Some(2..3));
        assert_eq!(place("a''s:b", Spelling::SingleQuoted, "a's:b", "b"), Some(5..6));
        assert_eq!(place("a\\u003ab", Spelling::DoubleQuoted, "a:b", ":"), Some(1..7));
        assert_eq!(place("a:\\\n   bc\\\n ", Spelling::DoubleQuoted, "a:bc", "bc"), Some(7..9));
        assert_eq!(place("  a:b\r\n", Spelling::Block, "a:b\n", "a:b"), Some(2..5));
        assert_eq!(place("  é:b\n", Spelling::Block, "é:b", ""), Some(0..0));
        assert_eq!(place("a:c", Spelling::Bare, "a:b", "b"), None);
        assert_eq!(place("a:b c", Spelling::Bare, "a:b", "b"), None);
        assert_eq!(place("\\ud83d\\ude00", Spelling::DoubleQuoted, "😀", "😀"), None);
    }
}
