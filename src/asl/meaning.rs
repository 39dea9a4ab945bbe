//! What two definitions have in common beyond their spelling.
//!
//! Step Functions hands a definition back with other white space and key order than it was given.
//! Comparing meanings keeps that from being drift. Numbers are compared as exact decimals: as `f64`,
//! two long order numbers would be equal that are not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::definition::json_definition;
use super::json;
use super::states::{self, Inner, inner_machines};
use super::value::{Kind, Member, Value};

/// Says whether two texts mean the same JSON.
///
/// White space, the order of keys, escapes and the spelling of numbers do not matter. If one of the
/// texts cannot be read, they must be the same bytes.
pub fn is_same_meaning(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (json::value(a), json::value(b)) {
        (Ok(a), Ok(b)) => canonical(&a) == canonical(&b),
        (Ok(_) | Err(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

/// Says whether two values mean the same.
pub(super) fn is_same_value(a: &Value<'_>, b: &Value<'_>) -> bool {
    canonical(a) == canonical(b)
}

/// Says whether two states are the same, leaving aside the states inside them.
pub(super) fn is_same_state(a: &Value<'_>, b: &Value<'_>) -> bool {
    own_content(a, |_| false) == own_content(b, |_| false)
}

/// Returns the same text for every text with the same meaning; one that cannot be read is its own.
///
/// Digests of it are remembered: in another form, every published version would look like a new one.
pub fn canonical_text(text: &str) -> String {
    json::value(text).map_or_else(|_| text.to_owned(), |value| canonical(&value))
}

/// One difference between two definitions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateChange {
    /// Something outside the states, or all of a text that cannot be read.
    TopLevel,
    /// A state that only the new definition has.
    Added(String),
    /// A state that both have, with another content; states inside it count for themselves.
    Changed(String),
    /// A state that only the old definition has.
    Removed(String),
}

impl fmt::Display for StateChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TopLevel => f.write_str("top level"),
            Self::Added(state) => write!(f, "`{state}` added"),
            Self::Changed(state) => write!(f, "`{state}` changed"),
            Self::Removed(state) => write!(f, "`{state}` removed"),
        }
    }
}

/// Returns what differs between two definitions, by state: the top level, then the states of the
/// new definition in its order, then the removed ones.
pub fn changed_states(old: &str, new: &str) -> Vec<StateChange> {
    if is_same_meaning(old, new) {
        return Vec::new();
    }
    let (Ok(old), Ok(new)) = (json_definition(old), json_definition(new)) else {
        return vec![StateChange::TopLevel];
    };
    let (before, after) = (own_contents(&old), own_contents(&new));
    let mut changes: Vec<StateChange> = Vec::new();
    if own_content(&old, is_root_states) != own_content(&new, is_root_states) {
        changes.push(StateChange::TopLevel);
    }
    let known: BTreeMap<_, _> = before.iter().map(|(id, own)| (id, own)).collect();
    for (id, own) in &after {
        match known.get(id) {
            None => changes.push(StateChange::Added(id.0.clone())),
            Some(before) if *before != own => changes.push(StateChange::Changed(id.0.clone())),
            Some(_) => {}
        }
    }
    let still: BTreeSet<_> = after.iter().map(|(id, _)| id).collect();
    let gone = before.iter().filter(|(id, _)| !still.contains(id));
    changes.extend(gone.map(|(id, _)| StateChange::Removed(id.0.clone())));
    if changes.is_empty() {
        // Branches that changed places, with states of the same names in each.
        changes.push(StateChange::TopLevel);
    }
    changes
}

/// A state's name and how many states of that name came before it; names should be unique, but
/// nothing stops two branches from using the same one.
type StateId = (String, usize);

fn own_contents(root: &Value<'_>) -> Vec<(StateId, String)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    states::visit(root, &mut |place, member| {
        let name = place.state();
        let count = counts.entry(name.clone()).or_default();
        found.push(((name, *count), own_content(&member.value, |_| false)));
        *count += 1;
    });
    found
}

fn is_root_states(member: &Member<'_>) -> bool {
    member.key == "States"
}

/// Writes a state, or the root, without the states inside it.
fn own_content(value: &Value<'_>, is_omitted: fn(&Member<'_>) -> bool) -> String {
    if !value.is_object() {
        return canonical(value);
    }
    let mut out = String::new();
    write_members(value.members(), &mut out, &|member, out| {
        if is_omitted(member) {
            return;
        }
        match inner_machines(member) {
            Some(Inner::One(machine)) => write_machine(machine, out),
            Some(Inner::Branches(machines)) if !machines.is_empty() => {
                for machine in machines {
                    write_machine(machine, out);
                }
            }
            Some(Inner::Branches(_)) | None => write(&member.value, out),
        }
    });
    out
}

fn write_machine(machine: &Value<'_>, out: &mut String) {
    if !machine.is_object() {
        return write(machine, out);
    }
    write_members(machine.members(), out, &|member, out| {
        if member.key != "States" || member.value.members().is_empty() {
            write(&member.value, out);
        }
    });
}

/// Writes a value so that equal meanings have equal texts.
fn canonical(value: &Value<'_>) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value<'_>, out: &mut String) {
    match &value.kind {
        Kind::Text(text, _) => write_text(text, out),
        Kind::Number(number) => out.push_str(&decimal(number)),
        Kind::Word(word) => out.push_str(word),
        Kind::Tagged(tag) => write_text(tag, out),
        Kind::Items(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Kind::Members(members) => {
            write_members(members, out, &|member, out| write(&member.value, out));
        }
    }
}

fn write_members(members: &[Member<'_>], out: &mut String, write_value: &dyn Fn(&Member<'_>, &mut String)) {
    let mut sorted: Vec<&Member<'_>> = members.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    out.push('{');
    for member in sorted {
        write_text(&member.key, out);
        write_value(member, out);
        out.push(',');
    }
    out.push('}');
}

/// Writes a text after its length, so that no content can look like structure.
fn write_text(text: &str, out: &mut String) {
    out.push_str(&text.len().to_string());
    out.push(':');
    out.push_str(text);
}

/// Writes a JSON number as its digits without outer zeros and a power of ten.
fn decimal(number: &str) -> String {
    let (sign, unsigned) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return "0".to_owned();
    }
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let shift = zeros.cast_signed() - fraction.len().cast_signed();
    match exponent.parse::<i64>() {
        Ok(exponent) => {
            let power = i128::from(exponent) + shift as i128;
            format!("{sign}{significant}e{power}")
        }
        // No exponent of twenty digits has a use; such numbers are equal if spelled alike.
        Err(_) => number.to_ascii_lowercase(),
    }
}
