//! `${…}` and `{{…}}` inside a string: parts that some other tool fills in (A6).

use std::ops::Range;

/// Returns the fields of a text split at `:`, where placeholders are atoms (A6).
///
/// `${AWS::Region}` holds colons that separate nothing. A placeholder that does not end takes the
/// rest of the text.
pub(crate) fn fields(text: &str) -> Vec<Range<usize>> {
    let mut fields = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some(length) = placeholder_length(rest) {
            at += length;
        } else if rest.starts_with(':') {
            fields.push(start..at);
            at += 1;
            start = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    fields.push(start..text.len());
    fields
}

/// Says whether a text holds a placeholder, finished or not.
pub(crate) fn has_placeholder(text: &str) -> bool {
    text.contains("${") || text.contains("{{")
}

fn placeholder_length(rest: &str) -> Option<usize> {
    let (open, close) = if rest.starts_with("${") {
        ("${", "}")
    } else if rest.starts_with("{{") {
        ("{{", "}}")
    } else {
        return None;
    };
    let inside = &rest[open.len()..];
    let end = inside.find(close).map(|at| open.len() + at + close.len());
    Some(end.unwrap_or(rest.len()))
}

/// Returns the `${name}` placeholders of a text; the innermost ones where they are nested.
pub(crate) fn named(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = None;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, byte)| *byte);
        match (byte, next, open) {
            (b'$', Some(b'{'), _) => open = Some(at),
            (b'}', _, Some(start)) => {
                found.push(start..at + 1);
                open = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a6_placeholders_are_atoms_when_splitting() {
        let cases: [(&str, &[&str]); 6] = [
            ("a:b", &["a", "b"]),
            ("", &[""]),
            ("arn:${AWS::Partition}:x", &["arn", "${AWS::Partition}", "x"]),
            ("{{a:b}}:c:", &["{{a:b}}", "c", ""]),
            ("x-${a:b}-y:é", &["x-${a:b}-y", "é"]),
            ("${a:b", &["${a:b"]),
        ];
        for (text, expected) in cases {
            let found: Vec<&str> = fields(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn finds_innermost_named_placeholders() {
        let text = "${a}-${b ${c}} ${d";
        let found: Vec<&str> = named(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["${a}", "${c}"]);
    }
}
