//! A parameter with its versions, and what a request calls it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::simulator::clock::epoch_seconds;
use crate::simulator::place::Place;

/// The type of a SecureString, whose value is answered only with decryption.
pub(crate) const SECURE: &str = "SecureString";

/// The types that a parameter may have.
pub(crate) const KINDS: [&str; 3] = ["String", "StringList", SECURE];

/// How many versions AWS keeps; the oldest goes, unless it has a label.
const MOST_VERSIONS: usize = 100;

/// A parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    /// `String`, `StringList` or `SecureString`.
    pub(crate) kind: String,
    /// The oldest first; never empty.
    pub(crate) versions: Vec<ParameterVersion>,
}

/// One version of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParameterVersion {
    /// The number, from 1.
    pub(crate) version: u64,
    /// The value.
    pub(crate) value: String,
    /// When it was put.
    pub(crate) modified: Timestamp,
    /// The labels; a label is on one version at a time.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) labels: BTreeSet<String>,
}

/// What a request calls a parameter: a name or an ARN, and perhaps a version or label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Called<'a> {
    /// The name, as the parameter was put.
    pub(crate) name: &'a str,
    /// What stands behind the colon.
    pub(crate) selector: Option<&'a str>,
}

impl<'a> Called<'a> {
    /// Reads what a request says, in an account and region.
    pub(crate) fn of(text: &'a str, place: &Place) -> Self {
        let rest = text.strip_prefix(&place.arn("ssm", "parameter")).unwrap_or(text);
        let (name, selector) =
            rest.split_once(':').map_or((rest, None), |(name, selector)| (name, Some(selector)));
        Self { name, selector }
    }
}

impl Parameter {
    /// Adds a version and returns its number.
    pub(crate) fn put(&mut self, value: &str, now: Timestamp) -> Option<u64> {
        let version = self.versions.last().map_or(0, |last| last.version) + 1;
        if self.versions.len() == MOST_VERSIONS {
            if !self.versions[0].labels.is_empty() {
                return None;
            }
            self.versions.remove(0);
        }
        let value = value.to_owned();
        self.versions.push(ParameterVersion { version, value, modified: now, labels: BTreeSet::new() });
        Some(version)
    }

    /// Returns the version that a selector chooses; without one, the newest.
    pub(crate) fn chosen(&self, selector: Option<&str>) -> Option<&ParameterVersion> {
        let Some(selector) = selector else { return self.versions.last() };
        let number: Option<u64> = selector.parse().ok();
        let is_chosen =
            |one: &&ParameterVersion| Some(one.version) == number || one.labels.contains(selector);
        self.versions.iter().find(is_chosen)
    }

    /// Returns a version as a response shows it.
    pub(crate) fn shown(
        &self,
        called: &Called<'_>,
        version: &ParameterVersion,
        (place, is_decrypted): (&Place, bool),
    ) -> Value {
        let is_hidden = self.kind == SECURE && !is_decrypted;
        let value =
            if is_hidden { format!("AQICAHencrypted-{}", version.version) } else { version.value.clone() };
        let mut shown = json!({
            "Name": called.name,
            "Type": self.kind,
            "Value": value,
            "Version": version.version,
            "LastModifiedDate": epoch_seconds(version.modified),
            "ARN": arn(place, called.name),
            "DataType": "text",
        });
        if let Some(selector) = called.selector {
            shown["Selector"] = json!(format!(":{selector}"));
        }
        shown
    }
}

/// Returns the ARN of a parameter: the slash of a path is the one behind `parameter`.
pub(crate) fn arn(place: &Place, name: &str) -> String {
    place.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/')))
}
