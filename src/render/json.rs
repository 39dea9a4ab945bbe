//! The same values for programs. Each has a `schema` with a version, so that a reader can refuse
//! what it does not know.

use serde_json::{Value, json};

use crate::{
    diff::{Drift, DriftItem, DriftVerdict, Moved},
    event::Event,
    plan::PlanFile,
    store::Manifest,
};

use super::{
    event::deployment_word,
    header::{ObservedIn, Subject},
};

/// Returns a plan with its digest, its numbers, and the file that it was made from in place of AWS.
pub fn plan_json(file: &PlanFile, observed: Option<ObservedIn<'_>>) -> Value {
    let mut value = json!({
        "schema": "repoint.plan/1",
        "digest": file.digest,
        "summary": file.plan.summary(),
        "is_blocked": file.plan.is_blocked(),
        "plan": file.plan,
    });
    if let Some(ObservedIn { file, taken }) = observed {
        value["observed_in"] = json!({ "file": file, "taken": taken });
    }
    value
}

/// Returns drift with its verdict: `drifted`, else `not_compared` if something could not be
/// compared, else `in_sync`.
pub fn drift_json(drift: &Drift, subject: &Subject<'_>) -> Value {
    let verdict = if drift.count(DriftVerdict::Drifted) > 0 {
        "drifted"
    } else if drift.count(DriftVerdict::NotCompared) > 0 {
        "not_compared"
    } else {
        "in_sync"
    };
    json!({
        "schema": "repoint.drift/1",
        "project": subject.project,
        "environment": subject.environment,
        "place": subject.place,
        "verdict": verdict,
        "compared": drift.compared,
        "ignored": drift.ignored,
        "items": drift.items.iter().map(item_json).collect::<Vec<_>>(),
    })
}

fn item_json(item: &DriftItem) -> Value {
    let DriftItem { address, verdict, moved } = item;
    let mut value = json!({
        "address": address,
        "verdict": verdict,
        "field": moved.field(),
        "message": moved.to_string(),
    });
    let (kind, facts) = moved_json(moved);
    value["kind"] = json!(kind);
    if let (Some(value), Value::Object(facts)) = (value.as_object_mut(), facts) {
        value.extend(facts);
    }
    value
}

fn moved_json(moved: &Moved) -> (&'static str, Value) {
    match moved {
        Moved::Missing => ("missing", json!({})),
        Moved::Code { recorded, live } => ("code", json!({ "recorded": recorded, "live": live })),
        Moved::Setting { setting, recorded, live } => {
            let value = |text: &Option<String>| -> Value {
                text.as_deref().map_or(Value::Null, |text| {
                    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
                })
            };
            ("setting", json!({ "setting": setting, "recorded": value(recorded), "live": value(live) }))
        }
        Moved::Variables(names) => ("variables", json!({ "variables": names })),
        Moved::VersionGone => ("version_gone", json!({})),
        Moved::AliasTarget { recorded, live } => {
            ("alias_target", json!({ "recorded": recorded, "live": live }))
        }
        Moved::AliasWeights { recorded, live } => {
            ("alias_weights", json!({ "recorded": recorded, "live": live }))
        }
        Moved::AliasGone { recorded } => ("alias_gone", json!({ "recorded": recorded })),
        Moved::AliasAppeared { live } => ("alias_appeared", json!({ "live": live })),
        Moved::Definition { states } => ("definition", json!({ "states": states })),
        Moved::Role { recorded, live } => ("role", json!({ "recorded": recorded, "live": live })),
        Moved::Logging { recorded, live } => ("logging", json!({ "recorded": recorded, "live": live })),
        Moved::Planned => ("planned", json!({})),
        Moved::NotRecorded => ("not_recorded", json!({})),
        Moved::NotCreated => ("not_created", json!({})),
        Moved::Unreadable(why) => ("unreadable", json!({ "why": why })),
        Moved::NoWitness => ("no_witness", json!({})),
    }
}

/// Returns an event of an apply.
pub fn event_json(event: &Event) -> Value {
    let (name, mut facts) = match event {
        Event::Started { deployment, actions, is_resumed } => {
            ("started", json!({ "deployment": deployment, "actions": actions, "is_resumed": is_resumed }))
        }
        Event::ActionStarted { address, summary } => {
            ("action_started", json!({ "address": address, "summary": summary }))
        }
        Event::ActionWaiting { address, what } => {
            ("action_waiting", json!({ "address": address, "what": what }))
        }
        Event::ActionFinished { address, outcome } => {
            ("action_finished", json!({ "address": address, "outcome": outcome }))
        }
        Event::GroupGoesBack { group, because } => {
            ("group_goes_back", json!({ "group": group, "because": because }))
        }
        Event::Stopping => ("stopping", json!({})),
        Event::Throttled { operation } => ("throttled", json!({ "operation": operation })),
        Event::Finished { deployment, outcome } => {
            ("finished", json!({ "deployment": deployment, "outcome": deployment_word(*outcome) }))
        }
    };
    facts["schema"] = json!("repoint.event/1");
    facts["event"] = json!(name);
    facts
}

/// Returns the manifest of a deployment.
pub fn apply_json(manifest: &Manifest) -> Value {
    json!({ "schema": "repoint.apply/1", "outcome": deployment_word(manifest.outcome), "deployment": manifest })
}
