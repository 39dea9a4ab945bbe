//! Text of others inside Markdown: nothing that a name or a message holds may become markup.

use super::style::visible;

/// A fence that the text itself cannot close.
pub(super) fn fence(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Returns a text for a cell of a table.
pub(super) fn cell(text: &str) -> String {
    inline(text).replace('|', "\\|")
}

/// Returns a text as code, whatever is in it, also inside a table.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("`{}`", visible(text).replace('`', "'").replace('\n', " ").replace('|', "\\|"))
}

/// Returns a sentence whose backticks mark code and in which nothing else is markup.
pub(super) fn inline(text: &str) -> String {
    let text = visible(text).replace('\n', " ");
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(&text.replace('`', "'"));
    }
    let part = |(at, part): (usize, &&str)| {
        if at.is_multiple_of(2) { escaped(part) } else { (*part).to_owned() }
    };
    parts.iter().enumerate().map(part).collect::<Vec<_>>().join("`")
}

/// Returns a text in which nothing is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '*' | '[' | ']' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_no_markup() {
        assert_eq!(inline("state `A<b>` calls <b> *x*"), "state `A<b>` calls &lt;b&gt; \\*x\\*");
        assert_eq!(inline("one ` alone"), "one ' alone");
        assert_eq!(cell("a | `b|c`"), "a \\| `b\\|c`");
        assert_eq!(fence("a ``` b"), "````");
    }
}
