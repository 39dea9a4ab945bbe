//! What differs between two definitions, state by state and field by field.

use std::collections::BTreeMap;
use std::ops::Range;

use super::definition::json_definition;
use super::meaning::{StateChange, changed_states, is_same_state, is_same_value};
use super::states::{self, Inner, inner_machines};
use super::value::{Kind, Member, Value};

/// A state that differs, or what is outside of the states, with the fields that do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDifference {
    /// The state and what became of it.
    pub change: StateChange,
    /// The fields of a changed state, in the order of the new text, then the removed ones; of an added
    /// or removed one its `Type`.
    pub fields: Vec<FieldDifference>,
}

/// A field with another value, as the texts spell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// The way to the field inside the state, as `Parameters.FunctionName`.
    pub path: String,
    /// The old value; nothing if there was none.
    pub from: Option<String>,
    /// The new value; nothing if there is none any more.
    pub to: Option<String>,
}

/// Returns what differs between two definitions, in the order of [`changed_states`]; of texts that
/// cannot be read, only that they do.
pub fn state_differences(old: &str, new: &str) -> Vec<StateDifference> {
    let changes = changed_states(old, new);
    let (Ok(before), Ok(after)) = (json_definition(old), json_definition(new)) else {
        return changes.into_iter().map(|change| StateDifference { change, fields: Vec::new() }).collect();
    };
    let (states_before, states_after) = (by_name(&before), by_name(&after));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let difference = |change: StateChange| {
        let mut found = Comparison { old, new, fields: Vec::new() };
        match &change {
            StateChange::TopLevel => found.members(&before, &after, ""),
            StateChange::Added(state) => {
                found.kind(None, states_after.get(state).and_then(|all| all.first()));
            }
            StateChange::Removed(state) => {
                found.kind(states_before.get(state).and_then(|all| all.first()), None);
            }
            StateChange::Changed(state) => {
                let nth = seen.entry(state.clone()).or_default();
                let pairs = pairs(&states_before, &states_after, state);
                if let Some((before, after)) = pairs.get(*nth) {
                    found.values(Some(before), Some(after), "");
                }
                *nth += 1;
            }
        }
        StateDifference { change, fields: found.fields }
    };
    changes.into_iter().map(difference).collect()
}

type Named<'d> = BTreeMap<String, Vec<&'d Value<'d>>>;

fn by_name<'d>(root: &'d Value<'d>) -> Named<'d> {
    let mut named = Named::new();
    states::visit(root, &mut |place, member| named.entry(place.state()).or_default().push(&member.value));
    named
}

/// Returns both sides of the states of one name that differ; a name should be unique.
fn pairs<'d>(before: &Named<'d>, after: &Named<'d>, state: &str) -> Vec<(&'d Value<'d>, &'d Value<'d>)> {
    let (Some(before), Some(after)) = (before.get(state), after.get(state)) else { return Vec::new() };
    let pairs = before.iter().copied().zip(after.iter().copied());
    pairs.filter(|(before, after)| !is_same_state(before, after)).collect()
}

struct Comparison<'t> {
    old: &'t str,
    new: &'t str,
    fields: Vec<FieldDifference>,
}

impl Comparison<'_> {
    fn kind(&mut self, before: Option<&&Value<'_>>, after: Option<&&Value<'_>>) {
        let kind = |state: Option<&&Value<'_>>, text: &str| {
            state.and_then(|state| state.member("Type")).and_then(|kind| spelled(text, &kind.span))
        };
        let (from, to) = (kind(before, self.old), kind(after, self.new));
        self.fields.push(FieldDifference { path: "Type".to_owned(), from, to });
    }

    fn values(&mut self, before: Option<&Value<'_>>, after: Option<&Value<'_>>, path: &str) {
        match (before, after) {
            (Some(before), Some(after)) if is_same_value(before, after) => {}
            (Some(before), Some(after)) if before.is_object() && after.is_object() => {
                self.members(before, after, path);
            }
            (Some(before), Some(after)) if are_lists_of_one_length(before, after) => {
                for (index, (before, after)) in before.items().iter().zip(after.items()).enumerate() {
                    self.values(Some(before), Some(after), &joined(path, &index.to_string()));
                }
            }
            _ => self.fields.push(FieldDifference {
                path: path.to_owned(),
                from: before.and_then(|value| spelled(self.old, &value.span)),
                to: after.and_then(|value| spelled(self.new, &value.span)),
            }),
        }
    }

    /// Compares the members of two objects; the states inside are compared on their own.
    fn members(&mut self, before: &Value<'_>, after: &Value<'_>, path: &str) {
        let is_machine = |value: &Value<'_>| value.member("States").is_some();
        let are_machines = is_machine(before) && is_machine(after);
        let is_compared = |member: &&Member<'_>| !(are_machines && member.key == "States");
        for member in after.members().iter().filter(is_compared) {
            let path = joined(path, &member.key);
            match (before.entry(&member.key), inner_machines(member)) {
                (Some(old), Some(Inner::Branches(_))) => {
                    self.branches(&old.value, &member.value, &path);
                }
                (old, _) => self.values(old.map(|old| &old.value), Some(&member.value), &path),
            }
        }
        let is_gone = |member: &&Member<'_>| after.entry(&member.key).is_none();
        for member in before.members().iter().filter(is_compared).filter(is_gone) {
            self.values(Some(&member.value), None, &joined(path, &member.key));
        }
    }

    fn branches(&mut self, before: &Value<'_>, after: &Value<'_>, path: &str) {
        let length = before.items().len().max(after.items().len());
        for index in 0..length {
            let (before, after) = (before.items().get(index), after.items().get(index));
            self.values(before, after, &joined(path, &index.to_string()));
        }
    }
}

fn are_lists_of_one_length(before: &Value<'_>, after: &Value<'_>) -> bool {
    let is_list = |value: &Value<'_>| matches!(value.kind, Kind::Items(_));
    is_list(before) && is_list(after) && before.items().len() == after.items().len()
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn spelled(text: &str, span: &Range<usize>) -> Option<String> {
    text.get(span.clone()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let mut lines = Vec::new();
        for StateDifference { change, fields } in state_differences(old, new) {
            lines.push(change.to_string());
            for FieldDifference { path, from, to } in fields {
                let side = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
                lines.push(format!("  {path}: {} -> {}", side(from), side(to)));
            }
        }
        lines.join("\n")
    }

    #[test]
    fn fields_are_named_by_their_way_inside_the_state() {
        let old = r#"{"StartAt":"A","States":{
            "A":{"Type":"Task","Resource":"r","Parameters":{"FunctionName":"f","Payload.$":"$"},"Next":"B"},
            "B":{"Type":"Wait","Seconds":1.0,"End":true},"C":{"Type":"Pass","End":true}}}"#;
        let new = r#"{"Comment":"x","StartAt":"A","States":{
            "A":{"Next":"D","Type":"Task","Resource":"r","Parameters":{"Payload.$":"$","FunctionName":"f:LIVE"},
                 "Retry":[{"ErrorEquals":["States.ALL"]}]},
            "B":{"Type":"Wait","Seconds":1,"End":true},"D":{"Type":"Succeed"}}}"#;
        insta::assert_snapshot!(shown(old, new), @r#"
        top level
          Comment: nothing -> "x"
        `A` changed
          Next: "B" -> "D"
          Parameters.FunctionName: "f" -> "f:LIVE"
          Retry: nothing -> [{"ErrorEquals":["States.ALL"]}]
        `D` added
          Type: nothing -> "Succeed"
        `C` removed
          Type: "Pass" -> nothing
        "#);
    }

    #[test]
    fn states_inside_maps_and_branches_count_for_themselves() {
        let with = |function: &str, start: &str, concurrency: u8| {
            format!(
                r#"{{"StartAt":"M","States":{{"M":{{"Type":"Map","MaxConcurrency":{concurrency},
                "ItemProcessor":{{"StartAt":"{start}","States":{{"In":{{"Type":"Task","Resource":"{function}","End":true}}}}}},"Next":"P"}},
                "P":{{"Type":"Parallel","Branches":[{{"StartAt":"In","States":{{"In":{{"Type":"Task","Resource":"{function}","End":true}}}}}}],"End":true}}}}}}"#
            )
        };
        insta::assert_snapshot!(shown(&with("f", "In", 1), &with("f:1", "Other", 2)), @r#"
        `M` changed
          MaxConcurrency: 1 -> 2
          ItemProcessor.StartAt: "In" -> "Other"
        `M/In` changed
          Resource: "f" -> "f:1"
        `P/In` changed
          Resource: "f" -> "f:1"
        "#);
    }

    #[test]
    fn texts_that_cannot_be_read_differ_as_a_whole() {
        assert_eq!(shown("{", "{}"), "top level");
        assert_eq!(shown("{}", "{ }"), "");
    }
}
