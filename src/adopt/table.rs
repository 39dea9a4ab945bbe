//! The text of one table, a line for each key.

use serde_json::Value;

use crate::model::{AliasTarget, SplitKey};

/// A table under way.
pub(super) struct Table(String);

impl Table {
    /// Begins a table.
    pub(super) fn new(path: &str) -> Self {
        Self(format!("[{path}]\n"))
    }

    /// Adds a key with its value as TOML, and a comment behind it.
    pub(super) fn line(&mut self, key: &str, value: &str, comment: Option<&str>) {
        self.0.extend([key, " = ", value]);
        if let Some(comment) = comment {
            self.0.push_str("  # ");
            self.0.push_str(&one_line(comment));
        }
        self.0.push('\n');
    }

    /// Adds a line that is only a comment.
    pub(super) fn comment(&mut self, text: &str) {
        self.0.push_str(&comment(text));
    }

    /// Returns the text.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Returns a comment on a line of its own.
pub(super) fn comment(text: &str) -> String {
    format!("# {}\n", one_line(text))
}

/// A comment ends with its line, and TOML allows no other control character in it.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Returns a text as a basic string of TOML.
pub(super) fn text(text: &str) -> String {
    // JSON escapes what TOML escapes, except the one control character behind the printable ones.
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Returns a value as TOML, tables in one line. TOML has no null, and no setting is one.
pub(super) fn value(of: &Value) -> String {
    match of {
        Value::String(words) => text(words),
        Value::Array(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(key, member)| format!("{key} = {}", value(member))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => of.to_string(),
    }
}

/// Returns an alias target as TOML.
pub(super) fn target(of: &AliasTarget) -> String {
    match of {
        AliasTarget::Latest => text("latest"),
        AliasTarget::Manual => text("manual"),
        AliasTarget::Pinned(version) => text(&version.to_string()),
        AliasTarget::Previous(alias) => text(&format!("previous({alias})")),
        AliasTarget::SameAs(alias) => text(&format!("same-as({alias})")),
        AliasTarget::Split(sides) => {
            let sides: Vec<String> =
                sides.iter().map(|(side, share)| format!("{} = {share}", text(&side_key(side)))).collect();
            format!("{{ split = {{ {} }} }}", sides.join(", "))
        }
    }
}

fn side_key(side: &SplitKey) -> String {
    match side {
        SplitKey::Latest => "latest".to_owned(),
        SplitKey::Version(version) => version.to_string(),
        SplitKey::Previous(alias) => format!("previous({alias})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_toml() {
        let cases = [
            (json!("a \"b\"\n\u{7f}"), r#""a \"b\"\n\u007f""#),
            (json!(512), "512"),
            (json!(["arm64"]), r#"["arm64"]"#),
            (json!({ "format": "JSON" }), r#"{ format = "JSON" }"#),
        ];
        for (of, expected) in cases {
            assert_eq!(value(&of), expected);
        }
    }

    #[test]
    fn a_comment_cannot_end_before_its_line() {
        assert_eq!(comment("one\ntwo = 1"), "# one two = 1\n");
    }
}
