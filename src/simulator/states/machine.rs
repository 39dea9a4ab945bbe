//! One state machine: what it does now, and what it did when versions were published.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::aliases::Alias;
use crate::simulator::clock::epoch_seconds;

/// What a state machine that was never updated calls its revision when one must be named.
pub(crate) const INITIAL: &str = "INITIAL";

/// A state machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Machine {
    /// The bare name.
    pub(crate) name: String,
    /// The unqualified ARN.
    pub(crate) arn: String,
    /// `STANDARD` or `EXPRESS`; it never changes.
    pub(crate) kind: String,
    /// What it does.
    pub(crate) content: Content,
    /// The revision; absent until the first update that changed something (R26).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    /// When it was created.
    pub(crate) created: Timestamp,
    /// When it last changed; at first, when it was created.
    pub(crate) updated: Timestamp,
    /// The publishing members of the create, which its idempotency compares (R25).
    pub(crate) created_with: Publishing,
    /// The versions that still exist.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) versions: BTreeMap<u64, Version>,
    /// The highest number ever given; it never goes down, so numbers are never reused (R28).
    pub(crate) last_number: u64,
    /// The aliases, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) aliases: BTreeMap<String, Alias>,
    /// The tags of the machine; versions and aliases have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
    /// When a running deletion ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deleted_from: Option<Timestamp>,
}

/// What an update can change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    /// The definition, verbatim (T17).
    pub(crate) definition: String,
    pub(crate) role: String,
    pub(crate) logging: Value,
    pub(crate) tracing: Value,
    pub(crate) encryption: Value,
}

/// Whether a call publishes, and under which description.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Publishing {
    pub(crate) is_asked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

/// A published version.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Version {
    pub(crate) content: Content,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    /// When the machine last changed before this version was published.
    pub(crate) updated: Timestamp,
}

impl Machine {
    /// Returns the name of the current revision, for texts and comparisons.
    pub(crate) fn revision_name(&self) -> &str {
        self.revision.as_deref().unwrap_or(INITIAL)
    }

    /// Returns the ARN with a qualifier.
    pub(crate) fn qualified(&self, qualifier: impl std::fmt::Display) -> String {
        format!("{}:{qualifier}", self.arn)
    }

    /// Returns which rule of this account the machine breaks, so that no file brings in what no request could.
    pub(crate) fn flaw(&self) -> Option<String> {
        if self.versions.keys().next_back().is_some_and(|highest| *highest > self.last_number) {
            return Some(format!("it has a version above {}, the last number given", self.last_number));
        }
        self.aliases.iter().find_map(|(name, alias)| {
            if let Some(missing) = alias.routes.keys().find(|number| !self.versions.contains_key(number)) {
                return Some(format!("its alias `{name}` points to version {missing}, which is not there"));
            }
            let is_whole = matches!(alias.routes.len(), 1 | 2)
                && alias.routes.values().all(|weight| (0..=100).contains(weight))
                && alias.routes.values().sum::<i64>() == 100;
            (!is_whole).then(|| format!("the weights of its alias `{name}` do not add up to 100"))
        })
    }

    /// Returns the number of the version that the current revision already has.
    pub(crate) fn published(&self) -> Option<u64> {
        let mut versions = self.versions.iter();
        versions.find(|(_, version)| version.revision == self.revision).map(|(number, _)| *number)
    }

    /// Returns the number of the version of the current revision, publishing it if none exists (R26, R27).
    ///
    /// The description of an existing version does not change.
    pub(crate) fn publish(&mut self, now: Timestamp, description: Option<String>) -> u64 {
        if let Some(number) = self.published() {
            return number;
        }
        self.last_number += 1;
        let version = Version {
            content: self.content.clone(),
            revision: self.revision.clone(),
            description,
            created: now,
            updated: self.updated,
        };
        self.versions.insert(self.last_number, version);
        self.last_number
    }

    /// Returns the machine as a describe shows it.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = self.content.shown();
        shown.insert("stateMachineArn".to_owned(), json!(self.arn));
        self.add_common(&mut shown, self.revision.as_deref(), self.created);
        Value::Object(shown)
    }

    /// Returns a version as a describe shows it: the bare name, its own date and description.
    pub(crate) fn version_shown(&self, number: u64, version: &Version) -> Value {
        let mut shown = version.content.shown();
        shown.insert("stateMachineArn".to_owned(), json!(self.qualified(number)));
        self.add_common(&mut shown, version.revision.as_deref(), version.created);
        if let Some(description) = &version.description {
            shown.insert("description".to_owned(), json!(description));
        }
        Value::Object(shown)
    }

    fn add_common(&self, shown: &mut Map<String, Value>, revision: Option<&str>, created: Timestamp) {
        let status = if self.deleted_from.is_some() { "DELETING" } else { "ACTIVE" };
        shown.insert("name".to_owned(), json!(self.name));
        shown.insert("type".to_owned(), json!(self.kind));
        shown.insert("status".to_owned(), json!(status));
        shown.insert("creationDate".to_owned(), epoch_seconds(created));
        if let Some(revision) = revision {
            shown.insert("revisionId".to_owned(), json!(revision));
        }
    }
}

impl Content {
    /// Returns the content as a describe shows it.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let shown = json!({
            "definition": self.definition,
            "roleArn": self.role,
            "loggingConfiguration": self.logging,
            "tracingConfiguration": self.tracing,
            "encryptionConfiguration": self.encryption,
        });
        shown.as_object().cloned().unwrap_or_default()
    }
}
