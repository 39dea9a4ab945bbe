//! Small words: numbers with their nouns, sizes, lists, settings, and an action in one line.

use jiff::SignedDuration;
use serde_json::Value;

use crate::model::{Address, Setting, SettingChange};

/// Returns a number with its noun: "1 alias", "2 aliases".
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ if noun.ends_with('s') => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

/// Returns a size for people, and the exact number where the unit hides it.
pub fn bytes(size: u64) -> String {
    match rounded(size) {
        None => count(usize::try_from(size).unwrap_or(usize::MAX), "byte"),
        Some(rounded) => format!("{rounded} ({} bytes)", grouped(size)),
    }
}

/// Returns a size for people.
pub(super) fn short_bytes(size: u64) -> String {
    rounded(size).unwrap_or_else(|| bytes(size))
}

fn rounded(size: u64) -> Option<String> {
    let (unit, name) = match size {
        0..1024 => return None,
        1024..1_048_576 => (1024, "KiB"),
        1_048_576..1_073_741_824 => (1_048_576, "MiB"),
        _ => (1_073_741_824, "GiB"),
    };
    let tenths = (size / unit) * 10 + (size % unit) * 10 / unit;
    Some(format!("{}.{} {name}", tenths / 10, tenths % 10))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns how long something took, for people: `0.4s`, `1m 12s`, `2h 3m`.
pub(super) fn duration(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds}.{}s", span.subsec_millis().max(0) / 100),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns items as a sentence lists them: "a", "a and b", "a, b and c".
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// Returns a setting before and after: `128 (default) → 512`.
pub(super) fn before_and_after(change: &SettingChange) -> (String, String) {
    let SettingChange { setting, from, to } = change;
    (setting_value(*setting, from.as_ref()), setting_value(*setting, to.as_ref()))
}

fn setting_value(setting: Setting, value: Option<&Value>) -> String {
    match (value, setting.default_value()) {
        (Some(value), _) => plain_value(value),
        (None, Some(default)) => format!("{} (default)", plain_value(&default)),
        (None, None) => "(none)".to_owned(),
    }
}

/// Strings are shown bare where nothing could be misread.
pub(super) fn plain_value(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '(', '\\', '\n']) => {
            text.clone()
        }
        _ => value.to_string(),
    }
}

/// Returns addresses for a sentence: all of a few, and a count of many.
pub(super) fn address_list(addresses: &[&Address]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = addresses.iter().take(SHOWN).map(ToString::to_string).collect();
    match addresses.len().checked_sub(SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_their_nouns() {
        let cases = [(0, "alias", "0 aliases"), (1, "alias", "1 alias"), (2, "version", "2 versions")];
        for (number, noun, text) in cases {
            assert_eq!(count(number, noun), text);
        }
    }

    #[test]
    fn sizes_are_rounded_down_and_exact() {
        let cases = [
            (1, "1 byte"),
            (812, "812 bytes"),
            (3481, "3.3 KiB (3,481 bytes)"),
            (52_428_800, "50.0 MiB (52,428,800 bytes)"),
        ];
        for (size, text) in cases {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let cases = [
            (0, "0.0s"),
            (449, "0.4s"),
            (59_999, "59.9s"),
            (72_000, "1m 12s"),
            (7_390_000, "2h 3m"),
            (-5, "0.0s"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(duration(SignedDuration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn lists_read_as_sentences() {
        let items = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(listed(&items(&["a"])), "a");
        assert_eq!(listed(&items(&["a", "b", "c"])), "a, b and c");
    }
}
