//! What differs between two versions of one function, `$LATEST` among them.
//!
//! Values of environment variables are compared and never leave here: a variable is told by its name
//! and by whether it differs (design §3.8).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::model::{CodeSha256, Configuration, LiveFunction, Setting, SettingChange, Target};

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionSide {
    /// The version, or `$LATEST`.
    pub target: Target,
    /// The hash of its package.
    pub code: CodeSha256,
    /// The size of its package in bytes; the lists tell none of `$LATEST`.
    pub size: Option<u64>,
    /// Its description.
    pub description: String,
    /// When AWS last modified it, which for a version is its publish.
    pub published: Option<Timestamp>,
}

/// How the variables of two versions differ, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariableNames {
    /// Those that only the first has.
    pub only_from: BTreeSet<String>,
    /// Those that only the second has.
    pub only_to: BTreeSet<String>,
    /// Those whose values differ.
    pub different: BTreeSet<String>,
    /// Those that are the same.
    pub same: BTreeSet<String>,
}

/// What differs between two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionComparison {
    /// The first version.
    pub from: VersionSide,
    /// The second version.
    pub to: VersionSide,
    /// The settings that differ; the description is none of them.
    pub settings: Vec<SettingChange>,
    /// The settings that both have alike; what is AWS's default on both sides is not among them.
    pub same_settings: Vec<String>,
    /// The environment variables.
    pub variables: VariableNames,
    /// What a publish would tell apart, in words; nothing where both are the same version to AWS.
    pub differences: Vec<String>,
}

impl VersionComparison {
    /// Tells whether the two do the same: code, settings and environment. Descriptions and dates differ
    /// between any two versions.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }

    /// Tells whether the packages differ.
    pub fn is_code_different(&self) -> bool {
        self.from.code != self.to.code
    }
}

/// Compares two versions of a function; nothing where one of them is not there.
pub fn compare_versions(live: &LiveFunction, from: Target, to: Target) -> Option<VersionComparison> {
    let (one, other) = (configuration(live, from)?, configuration(live, to)?);
    let settings = one.settings.changes_to(&other.settings);
    let same = one
        .settings
        .iter()
        .filter(|(setting, value)| setting.is_versioned() && other.settings.get(*setting) == Some(*value));
    Some(VersionComparison {
        from: side(live, from, one),
        to: side(live, to, other),
        settings: settings.into_iter().filter(|change| change.setting.is_versioned()).collect(),
        same_settings: same.map(|(setting, _)| setting.to_string()).collect(),
        variables: variables(one, other),
        differences: one.differences(other),
    })
}

fn configuration(live: &LiveFunction, target: Target) -> Option<&Configuration> {
    match target {
        Target::Latest => Some(&live.latest.configuration),
        Target::Version(version) => live.versions.get(&version).map(|version| &version.configuration),
    }
}

fn side(live: &LiveFunction, target: Target, configuration: &Configuration) -> VersionSide {
    let version = target.version().and_then(|version| live.versions.get(&version));
    // `$LATEST` has its description among its settings.
    let of_latest =
        configuration.settings.get(Setting::Description).and_then(Value::as_str).unwrap_or_default();
    VersionSide {
        target,
        code: configuration.code.clone(),
        size: version.map(|version| version.code_size),
        description: version.map_or_else(|| of_latest.to_owned(), |version| version.description.clone()),
        published: version.map(|version| version.last_modified),
    }
}

fn variables(from: &Configuration, to: &Configuration) -> VariableNames {
    let (one, other) = (from.environment.names(), to.environment.names());
    let changed = from.environment.changed_names(&to.environment);
    let both: BTreeSet<String> = one.intersection(&other).cloned().collect();
    VariableNames {
        only_from: one.difference(&other).cloned().collect(),
        only_to: other.difference(&one).cloned().collect(),
        different: both.intersection(&changed).cloned().collect(),
        same: both.difference(&changed).cloned().collect(),
    }
}
