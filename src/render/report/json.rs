//! The report for programs: the manifest, and beside it what is computed from it.

use serde_json::{Value, json};

use crate::store::Difference;

use super::{super::json::apply_json, Changes, Report};

/// The schema of an apply, which a report adds to.
pub(super) const SCHEMA: &str = "repoint.apply/1";

/// Returns the manifest with what the deployment changed and how long it took.
pub fn report_json(report: &Report<'_>) -> Value {
    let mut value = apply_json(report.manifest);
    let changes = report.changes();
    let known_from = match &changes {
        Changes::Recorded(_) => json!("manifest"),
        Changes::Since(id, _) => json!(id),
        Changes::Unknown => Value::Null,
    };
    value["seconds"] = json!(report.took().as_millis_f64() / 1000.0);
    value["changes_known_from"] = known_from;
    value["changes"] = changes.differences().iter().map(change_json).collect();
    value
}

/// Returns one thing that differs.
pub(in crate::render) fn change_json(difference: &Difference) -> Value {
    let Difference { object, what, from, to } = difference;
    json!({ "object": object.to_string(), "what": what.to_string(), "from": from, "to": to })
}
