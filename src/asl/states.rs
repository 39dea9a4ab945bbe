//! The states of a definition, at every depth, with the way that leads to each (A1).

use super::value::{Member, Value};

/// The way from the root to a state.
pub(crate) struct Place<'d> {
    steps: Vec<Step<'d>>,
    names: Vec<&'d str>,
}

enum Step<'d> {
    Key(&'d str),
    Index(usize),
}

impl Place<'_> {
    /// Returns the state's name after the names around it, as `Outer/Inner`.
    pub(crate) fn state(&self) -> String {
        self.names.join("/")
    }

    /// Returns the JSON pointer of a value inside the state.
    pub(crate) fn pointer(&self, inside: &[&str]) -> String {
        let mut pointer = String::new();
        for step in &self.steps {
            match step {
                Step::Key(key) => push_key(&mut pointer, key),
                Step::Index(index) => push_key(&mut pointer, &index.to_string()),
            }
        }
        for key in inside {
            push_key(&mut pointer, key);
        }
        pointer
    }
}

/// Adds a key to a JSON pointer.
pub(crate) fn push_key(pointer: &mut String, key: &str) {
    pointer.push('/');
    if key.contains(['~', '/']) {
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
    } else {
        pointer.push_str(key);
    }
}

/// Calls `visit` with every state, outer ones first, in the order of the text.
pub(crate) fn visit<'d>(root: &'d Value<'d>, visit: &mut dyn FnMut(&Place<'d>, &'d Member<'d>)) {
    let mut place = Place { steps: Vec::new(), names: Vec::new() };
    visit_machine(root, &mut place, visit);
}

fn visit_machine<'d>(
    machine: &'d Value<'d>,
    place: &mut Place<'d>,
    visit: &mut dyn FnMut(&Place<'d>, &'d Member<'d>),
) {
    let Some(states) = machine.member("States") else {
        return;
    };
    place.steps.push(Step::Key("States"));
    for member in states.members() {
        place.steps.push(Step::Key(&member.key));
        place.names.push(&member.key);
        visit(place, member);
        visit_inner(&member.value, place, visit);
        place.names.pop();
        place.steps.pop();
    }
    place.steps.pop();
}

fn visit_inner<'d>(
    state: &'d Value<'d>,
    place: &mut Place<'d>,
    visit: &mut dyn FnMut(&Place<'d>, &'d Member<'d>),
) {
    for member in state.members() {
        let Some(inner) = inner_machines(member) else {
            continue;
        };
        place.steps.push(Step::Key(&member.key));
        match inner {
            Inner::One(machine) => visit_machine(machine, place, visit),
            Inner::Branches(machines) => {
                for (index, machine) in machines.iter().enumerate() {
                    place.steps.push(Step::Index(index));
                    visit_machine(machine, place, visit);
                    place.steps.pop();
                }
            }
        }
        place.steps.pop();
    }
}

/// The state machines inside a state.
pub(crate) enum Inner<'d> {
    /// A map's.
    One(&'d Value<'d>),
    /// A parallel state's.
    Branches(&'d [Value<'d>]),
}

/// Returns the state machines under a member of a state, if the member is one that holds them.
pub(crate) fn inner_machines<'d>(member: &'d Member<'d>) -> Option<Inner<'d>> {
    match &*member.key {
        "Iterator" | "ItemProcessor" => Some(Inner::One(&member.value)),
        "Branches" => Some(Inner::Branches(member.value.items())),
        _ => None,
    }
}
