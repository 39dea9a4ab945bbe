//! Structural checks of a definition: a JSON object with `StartAt` and `States`, states of known types, targets that exist.
//!
//! Real validation knows much more. What is refused here is refused there; the reverse does not hold, so a definition
//! that passes here may still fail on AWS. The check is independent of the engine's own reading of definitions.

use serde_json::{Map, Value, json};

use super::errors::refusal;
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;

const TYPES: [&str; 8] = ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];
const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";

/// One thing that is wrong with a definition.
#[derive(Debug, PartialEq, Eq)]
struct Diagnostic {
    code: &'static str,
    message: String,
    location: String,
}

/// Refuses a definition that a create or an update cannot take.
pub(crate) fn check(definition: &str) -> Result<(), Refusal> {
    let found = diagnostics(definition);
    if found.is_empty() {
        return Ok(());
    }
    let texts = found.iter().map(|found| match found.location.as_str() {
        "" => format!("{}: {}", found.code, found.message),
        location => format!("{}: {} at {location}", found.code, found.message),
    });
    let texts: Vec<String> = texts.collect();
    Err(refusal("InvalidDefinition", format!("Invalid State Machine Definition: '{}'", texts.join(", "))))
}

/// Answers `ValidateStateMachineDefinition`: always 200, the verdict is in `result` (R32).
pub(crate) fn validate(members: Members<'_>) -> Result<Value, Refusal> {
    let definition = members.string("definition")?;
    let most = members.integer("maxResults")?;
    let mut constraints = Constraints::default();
    constraints.required("definition", definition.is_some());
    constraints.one_of("type", members.string("type")?, &["STANDARD", "EXPRESS"]);
    constraints.one_of("severity", members.string("severity")?, &["ERROR", "WARNING"]);
    constraints.range("maxResults", most, 0..=100);
    constraints.finish()?;
    let found = diagnostics(definition.unwrap_or_default());
    let most = most.filter(|most| *most > 0).and_then(|most| usize::try_from(most).ok()).unwrap_or(100);
    let shown: Vec<Value> = found.iter().take(most).map(Diagnostic::shown).collect();
    Ok(json!({
        "result": if found.is_empty() { "OK" } else { "FAIL" },
        "diagnostics": shown,
        "truncated": found.len() > most,
    }))
}

impl Diagnostic {
    fn shown(&self) -> Value {
        let mut shown = json!({"severity": "ERROR", "code": self.code, "message": self.message});
        if !self.location.is_empty() {
            shown["location"] = Value::from(self.location.as_str());
        }
        shown
    }
}

fn diagnostics(definition: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    match serde_json::from_str(definition) {
        Ok(Value::Object(machine)) => look_at_machine(&machine, "", &mut found),
        Ok(_) => found.push(Diagnostic {
            code: "INVALID_JSON_DESCRIPTION",
            message: "The definition must be a JSON object".to_owned(),
            location: String::new(),
        }),
        Err(error) => found.push(Diagnostic {
            code: "INVALID_JSON_DESCRIPTION",
            message: error.to_string(),
            location: String::new(),
        }),
    }
    found
}

fn look_at_machine(machine: &Map<String, Value>, path: &str, found: &mut Vec<Diagnostic>) {
    let here = if path.is_empty() { "/" } else { path };
    let missing: Vec<&str> =
        ["StartAt", "States"].into_iter().filter(|name| !machine.contains_key(*name)).collect();
    if !missing.is_empty() {
        let message = format!("These fields are required: [{}]", missing.join(", "));
        found.push(Diagnostic { code: SCHEMA, message, location: here.to_owned() });
        return;
    }
    let Some(states) = machine.get("States").and_then(Value::as_object).filter(|states| !states.is_empty())
    else {
        let message = "The field 'States' must be a non-empty object".to_owned();
        found.push(Diagnostic { code: SCHEMA, message, location: format!("{path}/States") });
        return;
    };
    look_at_target(machine.get("StartAt"), states, &format!("{path}/StartAt"), found);
    for (name, state) in states {
        look_at_state(state, states, &format!("{path}/States/{name}"), found);
    }
}

fn look_at_state(state: &Value, states: &Map<String, Value>, path: &str, found: &mut Vec<Diagnostic>) {
    let kind = state.get("Type").and_then(Value::as_str);
    if !kind.is_some_and(|kind| TYPES.contains(&kind)) {
        let message = format!("The field 'Type' should have one of these values: [{}]", TYPES.join(", "));
        found.push(Diagnostic { code: SCHEMA, message, location: format!("{path}/Type") });
        return;
    }
    if kind == Some("Task") && !state.get("Resource").and_then(Value::as_str).is_some_and(is_arn) {
        let message = "Value is not a valid resource ARN".to_owned();
        found.push(Diagnostic { code: SCHEMA, message, location: format!("{path}/Resource") });
    }
    for name in ["Next", "Default"].into_iter().filter(|name| state.get(name).is_some()) {
        look_at_target(state.get(name), states, &format!("{path}/{name}"), found);
    }
    for list in ["Choices", "Catch"] {
        for (index, rule) in items(state, list).iter().enumerate() {
            look_at_target(rule.get("Next"), states, &format!("{path}/{list}[{index}]/Next"), found);
        }
    }
    for (index, branch) in items(state, "Branches").iter().enumerate() {
        look_at_nested(branch, &format!("{path}/Branches[{index}]"), found);
    }
    for name in ["ItemProcessor", "Iterator"] {
        if let Some(nested) = state.get(name) {
            look_at_nested(nested, &format!("{path}/{name}"), found);
        }
    }
}

/// Whether the ARN names something real is looked at when the state runs.
fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.split(':').count() >= 6
}

fn look_at_nested(nested: &Value, path: &str, found: &mut Vec<Diagnostic>) {
    match nested.as_object() {
        Some(machine) => look_at_machine(machine, path, found),
        None => found.push(Diagnostic {
            code: SCHEMA,
            message: "The value must be an object".to_owned(),
            location: path.to_owned(),
        }),
    }
}

fn look_at_target(
    target: Option<&Value>,
    states: &Map<String, Value>,
    path: &str,
    found: &mut Vec<Diagnostic>,
) {
    let name = target.and_then(Value::as_str);
    if !name.is_some_and(|name| states.contains_key(name)) {
        let message = format!("Missing 'Next' target: {}", name.unwrap_or_default());
        found.push(Diagnostic { code: "MISSING_TRANSITION_TARGET", message, location: path.to_owned() });
    }
}

fn items<'a>(state: &'a Value, name: &str) -> &'a [Value] {
    state.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
