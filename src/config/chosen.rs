//! Functions and state machines that people choose on the command line: by key, by physical name, by
//! address, or several at once with `*` and `?`.

use std::collections::BTreeSet;

use super::nearest::{listed, nearest};
use crate::model::{Desired, Object};

/// A word that chose nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NothingChosen {
    /// What is wrong, in words.
    pub message: String,
    /// The name that was probably meant.
    pub nearest: Option<String>,
}

/// Returns what the words name; every word must name something.
pub fn chosen_objects(words: &[String], desired: &Desired) -> Result<BTreeSet<Object>, NothingChosen> {
    let candidates = candidates(desired);
    let mut chosen = BTreeSet::new();
    for word in words {
        let is_named = |names: &[String]| names.iter().any(|name| is_match(word, name));
        let named: Vec<&Object> =
            candidates.iter().filter(|(_, names)| is_named(names)).map(|(object, _)| object).collect();
        if named.is_empty() {
            return Err(nothing(word, desired, &candidates));
        }
        chosen.extend(named.into_iter().cloned());
    }
    Ok(chosen)
}

/// Returns the name among some that a word was probably meant to be.
pub fn nearest_name<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(word, names)
}

/// Every object with the names that it answers to, the shortest first.
fn candidates(desired: &Desired) -> Vec<(Object, [String; 3])> {
    let functions = desired.functions.iter().map(|(id, function)| {
        let object = Object::Function(id.clone());
        let names = [id.to_string(), function.name.to_string(), object.to_string()];
        (object, names)
    });
    let machines = desired.machines.iter().map(|(id, machine)| {
        let object = Object::Machine(id.clone());
        let names = [id.to_string(), machine.name.to_string(), object.to_string()];
        (object, names)
    });
    functions.chain(machines).collect()
}

fn nothing(word: &str, desired: &Desired, candidates: &[(Object, [String; 3])]) -> NothingChosen {
    let environment = &desired.environment;
    if is_pattern(word) {
        let message =
            format!("`{word}` matches nothing in environment `{environment}`, {}", known(candidates));
        return NothingChosen { message, nearest: None };
    }
    let names = candidates.iter().flat_map(|(_, names)| names.iter().map(String::as_str));
    NothingChosen {
        message: format!("`{word}` is not declared in environment `{environment}`"),
        nearest: nearest(word, names).map(str::to_owned),
    }
}

/// Says what there is, all of a few and the number of many.
fn known(candidates: &[(Object, [String; 3])]) -> String {
    const SHOWN: usize = 8;
    let keys = candidates.iter().take(SHOWN).map(|(_, names)| names[0].as_str());
    match candidates.len().checked_sub(SHOWN) {
        None | Some(0) => format!("which declares {}", listed(keys, "and")),
        Some(more) => format!("which declares {}, and {more} more", listed(keys, "and")),
    }
}

/// Tells whether a word can match several names.
pub fn is_pattern(word: &str) -> bool {
    word.contains(['*', '?'])
}

/// Matches a name as a shell would: `*` is any text, `?` any one character.
pub fn is_match(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut in_name) = (0, 0);
    // Where the last star was, and the first character that it has not taken yet.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            Some(_) | None => {
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                in_name = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_as_in_a_shell() {
        let cases = [
            ("router", "router", true),
            ("router", "router2", false),
            ("router*", "router", true),
            ("*er", "router-classifier", true),
            ("r*t*r", "router", true),
            ("r?uter", "router", true),
            ("r?uter", "ruter", false),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "axbxbxc", true),
            ("a*b*c", "axbxbxd", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(is_match(pattern, name), expected, "{pattern} {name}");
        }
    }
}
