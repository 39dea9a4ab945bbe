//! What a text might call that cannot be read as a definition.
//!
//! Somebody else may have sent AWS a text that we refuse, with a key that stands twice for example. What
//! it calls nobody knows, and what it might call must not be deleted. So every name and every number in
//! its strings counts, in every combination.

use std::collections::BTreeSet;

/// Returns every function with every number of a version that stands in the strings of a text; names and
/// numbers need not belong together.
pub fn mentions(text: &str) -> BTreeSet<(String, String)> {
    let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for string in strings(text) {
        let last = string.rsplit_once(":function:").map_or(string.as_str(), |(_, rest)| rest);
        let (name, number) = last.split_once(':').unwrap_or((last, ""));
        if is_number(&string) {
            numbers.insert(string);
        } else if is_name(name) {
            names.insert(name.to_owned());
            numbers.extend(is_number(number).then(|| number.to_owned()));
        }
    }
    names.iter().flat_map(|name| numbers.iter().map(|number| (name.clone(), number.clone()))).collect()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(is_part)
}

/// Returns what stands between quotes, with its escapes read where they can be.
fn strings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut start = None;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (start, byte) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), b'\\') => is_escaped = true,
            (Some(from), b'"') => {
                let token = text.get(from..=at).unwrap_or_default();
                let raw = || token.trim_matches('"').to_owned();
                found.push(serde_json::from_str(token).unwrap_or_else(|_| raw()));
                start = None;
            }
            (None, b'"') => start = Some(at),
            (Some(_) | None, _) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_counts_with_every_number() {
        let text = r#"{"Comment":"x","Comment":"y","A":"arn:aws:lambda:us-west-1:1:function:or\u0064ers:3","B":"mailer","Qualifier":"12", "lone": "\ud800"}"#;
        let found = mentions(text);
        for (name, number) in [("orders", "3"), ("orders", "12"), ("mailer", "12")] {
            assert!(found.contains(&(name.to_owned(), number.to_owned())), "{name}:{number} in {found:?}");
        }
        assert!(mentions("{ \"a\": \"b").is_empty());
        assert!(mentions("").is_empty());
    }
}
