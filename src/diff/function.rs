//! What changes about `$LATEST`, and what it will be afterwards.

use crate::model::{
    CodeSha256, Configuration, DesiredFunction, Environment, LiveFunction, Setting, SettingChange, Values,
    VariableChange, VariableChangeKind, Variables,
};

/// The facts about a package that a plan needs; the bytes stay with whoever packed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// AWS's hash of the exact bytes.
    pub sha256: CodeSha256,
    /// The size in bytes.
    pub size: u64,
}

/// The difference between what `$LATEST` is and what it shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct LatestChange {
    /// The settings that change, except the architectures.
    pub settings: Vec<SettingChange>,
    /// The environment variables that get a value; values are compared here, in memory, and never leave.
    pub variables: Vec<VariableChange>,
    /// The package that is sent, if any.
    pub code: Option<Package>,
    /// The architectures; they travel with the code.
    pub architectures: Option<SettingChange>,
    /// `$LATEST` after the settings.
    pub after_settings: Configuration,
    /// `$LATEST` after everything.
    pub after: Configuration,
}

impl LatestChange {
    /// Tells whether nothing is to be sent.
    pub fn is_empty(&self) -> bool {
        let Self { settings, variables, code, architectures, after_settings: _, after: _ } = self;
        settings.is_empty() && variables.is_empty() && code.is_none() && architectures.is_none()
    }
}

/// Compares the declared settings, variables and the package with `$LATEST`; what is not declared stays,
/// and so does a variable whose source says nothing.
pub fn latest_change(
    desired: &DesiredFunction,
    live: &LiveFunction,
    package: Option<&Package>,
    values: &Values,
) -> LatestChange {
    let before = &live.latest.configuration;
    let mut after_settings = before.clone();
    for (setting, value) in desired.settings.iter().filter(|(setting, _)| **setting != Setting::Architectures)
    {
        after_settings.settings.declare(*setting, value, &desired.name);
    }
    let declared = values.resolved(&desired.variables);
    after_settings.environment = before.environment.overlaid(&declared);
    let mut after = after_settings.clone();
    if let Some(value) = desired.settings.get(&Setting::Architectures) {
        after.settings.declare(Setting::Architectures, value, &desired.name);
    }
    let architectures = after_settings.settings.changes_to(&after.settings).pop();
    let code = package.filter(|package| package.sha256 != before.code || architectures.is_some()).cloned();
    if let Some(package) = &code {
        after.code = package.sha256.clone();
    }
    LatestChange {
        settings: before.settings.changes_to(&after_settings.settings),
        variables: variable_changes(&desired.variables, &before.environment, &declared),
        code,
        architectures,
        after_settings,
        after,
    }
}

/// Returns the variables that get another value, or one at all.
fn variable_changes(
    variables: &Variables,
    before: &Environment,
    declared: &Environment,
) -> Vec<VariableChange> {
    let (there, resolved) = (before.names(), declared.names());
    let changed = before.changed_names(&before.overlaid(declared));
    let change = |name: &str| {
        if there.contains(name) { VariableChangeKind::Changed } else { VariableChangeKind::Added }
    };
    variables
        .iter()
        .filter(|(name, _)| resolved.contains(name.as_str()) && changed.contains(name.as_str()))
        .map(|(name, source)| VariableChange {
            name: name.clone(),
            source: source.clone(),
            change: change(name.as_str()),
        })
        .collect()
}
