//! How a function shows itself: the configuration, with or without its state.
//!
//! Lists never carry `State*`, `LastUpdateStatus*` or `RuntimeVersionConfig` (R15), so they are a different view.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::function::{Function, Phase, Snapshot, Target, Version};
use super::reference::LATEST;
use crate::model::digest::Digest;
use crate::simulator::clock::lambda_text;
use crate::simulator::constraints::is_number;

const BEING_CREATED: &str = "The function is being created.";

impl Function {
    /// Returns `$LATEST` under the given ARN, with its state.
    pub(crate) fn latest_configuration(&self, arn: &str) -> Value {
        let mut members = self.members(&self.latest, arn, LATEST);
        self.add_runtime_version(&mut members, &self.latest);
        add(&mut members, self.latest_state());
        Value::Object(members)
    }

    /// Returns a version under the given ARN, with its state.
    pub(crate) fn version_configuration(&self, version: &Version, arn: &str, now: Timestamp) -> Value {
        let shown = version.shown(now);
        let mut members = self.members(&shown, arn, &version.number.to_string());
        self.add_runtime_version(&mut members, &shown);
        add(&mut members, version.state(now));
        Value::Object(members)
    }

    /// Returns what a qualifier leads to; an alias shows its version under its own ARN (R20).
    pub(crate) fn target_configuration(
        &self,
        target: &Target,
        qualifier: Option<&str>,
        now: Timestamp,
    ) -> Value {
        let arn = qualifier.map_or_else(|| self.arn.clone(), |qualifier| self.qualified(qualifier));
        let number = match target {
            Target::Latest => None,
            Target::Version(number) => Some(*number),
            Target::Alias(name) => self.aliases.get(name).and_then(|alias| alias.version.parse().ok()),
        };
        // No rule lets an alias outlive its version, so an alias without a number points to `$LATEST`.
        match number.and_then(|number| self.versions.get(&number)) {
            Some(version) => self.version_configuration(version, &arn, now),
            None => self.latest_configuration(&arn),
        }
    }

    /// Returns `$LATEST` as a list shows it.
    pub(crate) fn latest_item(&self, arn: &str) -> Value {
        Value::Object(self.members(&self.latest, arn, LATEST))
    }

    /// Returns a version as a list shows it.
    pub(crate) fn version_item(&self, version: &Version, now: Timestamp) -> Value {
        let arn = self.qualified(version.number);
        Value::Object(self.members(&version.shown(now), &arn, &version.number.to_string()))
    }

    fn members(&self, snapshot: &Snapshot, arn: &str, version: &str) -> Map<String, Value> {
        let mut members = snapshot.configuration.members();
        add(
            &mut members,
            json!({
                "FunctionName": self.name,
                "FunctionArn": arn,
                "Version": version,
                "CodeSha256": snapshot.package.sha256,
                "CodeSize": snapshot.package.size,
                "LastModified": lambda_text(snapshot.modified),
                "RevisionId": snapshot.revision,
            }),
        );
        members
    }

    fn add_runtime_version(&self, members: &mut Map<String, Value>, snapshot: &Snapshot) {
        let Some(runtime) = snapshot.configuration.member("Runtime").and_then(Value::as_str) else { return };
        let mut parts = self.arn.split(':').skip(1);
        let (partition, region) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
        let digest = Digest::of(runtime.as_bytes());
        let arn = format!("arn:{partition}:lambda:{region}::runtime:{digest}");
        add(members, json!({"RuntimeVersionConfig": {"RuntimeVersionArn": arn}}));
    }

    fn latest_state(&self) -> Value {
        match &self.phase {
            Phase::Pending { .. } => pending(),
            Phase::Updating { .. } => json!({
                "State": "Active",
                "LastUpdateStatus": "InProgress",
                "LastUpdateStatusReason": BEING_CREATED,
                "LastUpdateStatusReasonCode": "Creating",
            }),
            Phase::Settled => active(),
            Phase::CreateFailed { reason } => failed(reason),
            Phase::UpdateFailed { reason } => json!({
                "State": "Active",
                "LastUpdateStatus": "Failed",
                "LastUpdateStatusReason": reason,
                "LastUpdateStatusReasonCode": "InternalError",
            }),
        }
    }
}

impl Version {
    fn state(&self, now: Timestamp) -> Value {
        if now < self.active_from {
            pending()
        } else if let Some(reason) = &self.failure {
            failed(reason)
        } else {
            active()
        }
    }

    /// Returns the snapshot as it looks now: the optimization is on once the version is active.
    fn shown(&self, now: Timestamp) -> Snapshot {
        let mut snapshot = self.snapshot.clone();
        if now >= self.active_from && self.failure.is_none() {
            snapshot.configuration.mark_snapshot_taken();
        }
        snapshot
    }
}

/// Returns the number in a version text; `$LATEST` has none.
pub(crate) fn number_in(version: &str) -> Option<u64> {
    Some(version).filter(|text| is_number(text)).and_then(|text| text.parse().ok())
}

fn pending() -> Value {
    json!({"State": "Pending", "StateReason": BEING_CREATED, "StateReasonCode": "Creating"})
}

fn failed(reason: &str) -> Value {
    json!({
        "State": "Failed",
        "StateReason": reason,
        "StateReasonCode": "InternalError",
    })
}

fn active() -> Value {
    json!({"State": "Active", "LastUpdateStatus": "Successful"})
}

fn add(members: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        members.extend(more);
    }
}
