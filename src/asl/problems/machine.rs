//! One machine, the root's or one inside a state: where it starts, where its transitions lead, what
//! nothing leads to, and whether it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::report::{Findings, Words, has_placeholder, literal};
use super::state;
use crate::asl::reference::QueryLanguage;
use crate::asl::states::{Inner, inner_machines};
use crate::asl::value::{Member, Value};

/// Step Functions counts characters.
const NAME_LIMIT: usize = 80;

/// A place that names the state that comes next.
struct Transition<'d> {
    from: &'d str,
    field: &'static str,
    target: &'d Value<'d>,
}

/// Checks the whole definition.
pub(super) fn check_root(root: &Value<'_>, findings: &mut Findings<'_>) {
    let default = language(root).unwrap_or(QueryLanguage::JsonPath);
    check_language(root, findings);
    let mut whole = Whole { default, names: BTreeSet::new(), has_end: false };
    check(root, &root.span, &mut whole, findings);
    if !whole.has_end {
        let place = root.entry("States").map_or(root.span.clone(), |states| states.key_span.clone());
        findings.error(
            &place,
            Words::new(
                "the definition has no state that ends it",
                "none of them ends",
                "give the last state `\"End\": true`, or add one of type `Succeed`",
            ),
        );
    }
}

/// What is known of the whole definition while its machines are checked.
struct Whole {
    default: QueryLanguage,
    /// The names of the states so far; they are unique in the whole definition.
    names: BTreeSet<String>,
    has_end: bool,
}

/// Reads a `QueryLanguage`; a state without one uses the root's (A9).
fn language(value: &Value<'_>) -> Option<QueryLanguage> {
    match value.member("QueryLanguage")?.text()? {
        "JSONata" => Some(QueryLanguage::Jsonata),
        "JSONPath" => Some(QueryLanguage::JsonPath),
        _ => None,
    }
}

fn check_language(value: &Value<'_>, findings: &mut Findings<'_>) {
    let Some(said) = value.member("QueryLanguage") else { return };
    if language(value).is_none() && said.text().is_none_or(|text| !has_placeholder(text)) {
        let message = format!("{} has an unknown query language", findings.subject());
        findings
            .error(&said.span, Words::new(message, "not a query language", "write `JSONata` or `JSONPath`"));
    }
}

/// Checks a machine; the place is that of the key that holds it.
fn check(machine: &Value<'_>, place: &Range<usize>, whole: &mut Whole, findings: &mut Findings<'_>) {
    let Some(states) = machine.entry("States").filter(|states| states.value.is_object()) else {
        // The root's are checked before; a tag or a placeholder may hold those of another.
        if machine.is_object() && machine.member("States").is_none() {
            missing(place, "States", "`\"States\": {…}`", findings);
        }
        return;
    };
    let members = states.value.members();
    for member in members {
        check_name(member, whole, findings);
    }
    let transitions = transitions(machine, members);
    check_targets(members, &transitions, findings);
    check_reached(members, &transitions, findings);
    if machine.member("StartAt").is_none() {
        missing(place, "StartAt", "`\"StartAt\": \"…\"`, the name of the first state", findings);
    }
    for member in members {
        findings.enter(&member.key);
        check_state(member, whole, findings);
        findings.leave();
    }
}

fn missing(place: &Range<usize>, key: &str, example: &str, findings: &mut Findings<'_>) {
    let message = format!("a machine inside {} has no `{key}`", findings.subject());
    findings.error(place, Words::new(message, format!("no `{key}`"), format!("add {example}")));
}

fn check_name(member: &Member<'_>, whole: &mut Whole, findings: &mut Findings<'_>) {
    let name = &*member.key;
    let length = name.chars().count();
    if length > NAME_LIMIT && !has_placeholder(name) {
        let message = format!("a state's name has {length} characters");
        let help = format!("Step Functions takes at most {NAME_LIMIT}");
        findings.error(&member.key_span, Words::new(message, "too long", help));
    }
    if !whole.names.insert(name.to_owned()) {
        let message = format!("two states of the definition are named `{name}`");
        let help = "give each state another name, also where they are inside different states";
        findings.error(&member.key_span, Words::new(message, "the name is taken", help));
    }
}

fn check_state(member: &Member<'_>, whole: &mut Whole, findings: &mut Findings<'_>) {
    let value = &member.value;
    check_language(value, findings);
    let used = language(value).unwrap_or(whole.default);
    state::check(member, used, findings);
    whole.has_end |= state::is_end(value);
    for inner in value.members() {
        match inner_machines(inner) {
            Some(Inner::One(machine)) => check(machine, &inner.key_span, whole, findings),
            Some(Inner::Branches(machines)) => {
                for machine in machines {
                    let first = machine.span.start..machine.span.end.min(machine.span.start + 1);
                    check(machine, &first, whole, findings);
                }
            }
            None => {}
        }
    }
}

/// Returns every place of a machine that names a state: `StartAt` has no state before it.
fn transitions<'d>(machine: &'d Value<'d>, members: &'d [Member<'d>]) -> Vec<Transition<'d>> {
    let mut found = Vec::new();
    let mut add = |from: &'d str, field: &'static str, holder: &'d Value<'d>| {
        if let Some(target) = holder.member(field) {
            found.push(Transition { from, field, target });
        }
    };
    add("", "StartAt", machine);
    for Member { key, value, .. } in members {
        add(key, "Next", value);
        add(key, "Default", value);
        for list in ["Choices", "Catch"] {
            for item in value.member(list).map(Value::items).unwrap_or_default() {
                add(key, "Next", item);
            }
        }
    }
    found
}

fn check_targets(members: &[Member<'_>], transitions: &[Transition<'_>], findings: &mut Findings<'_>) {
    if members.iter().any(|member| has_placeholder(&member.key)) {
        return;
    }
    let names: BTreeSet<&str> = members.iter().map(|member| &*member.key).collect();
    for Transition { from, field, target } in transitions {
        let Some(name) = literal(target).filter(|name| !names.contains(name)) else { continue };
        if !from.is_empty() {
            findings.enter(from);
        }
        let message = format!("`{field}` of {} names `{name}`, which is no state here", findings.subject());
        let near = nearest(name, &names);
        let (label, help) = match near {
            Some(near) => (format!("did you mean `{near}`?"), format!("\"{field}\": \"{near}\"")),
            None => ("no such state".to_owned(), format!("add the state `{name}`, or name another one")),
        };
        findings.error(&target.span, Words::new(message, label, help));
        if !from.is_empty() {
            findings.leave();
        }
    }
}

/// Returns the name that differs in case, spaces or underscores alone.
fn nearest<'n>(name: &str, names: &BTreeSet<&'n str>) -> Option<&'n str> {
    let plain = |name: &str| name.replace([' ', '-', '_'], "").to_lowercase();
    let wanted = plain(name);
    names.iter().copied().find(|known| plain(known) == wanted)
}

fn check_reached(members: &[Member<'_>], transitions: &[Transition<'_>], findings: &mut Findings<'_>) {
    if members.iter().any(|member| !member.value.is_object()) {
        // Where it leads is known to the tool that fills it in.
        return;
    }
    let mut targets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Transition { from, target, .. } in transitions {
        match literal(target) {
            Some(name) => targets.entry(*from).or_default().push(name),
            // It may lead to any state.
            None => return,
        }
    }
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&str> = targets.get("").cloned().unwrap_or_default();
    let has_start = !waiting.is_empty();
    while let Some(name) = waiting.pop() {
        if reached.insert(name) {
            waiting.extend(targets.get(name).into_iter().flatten());
        }
    }
    for member in members.iter().filter(|member| has_start && !reached.contains(&*member.key)) {
        if has_placeholder(&member.key) {
            continue;
        }
        findings.enter(&member.key);
        let message = format!("nothing leads to {}", findings.subject());
        let help = format!("name it in a `Next`, or remove `{}`", member.key);
        findings.error(&member.key_span, Words::new(message, "not reachable", help));
        findings.leave();
    }
}
