//! What to declare of the settings of a function.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::{AliasTargets, DesiredFunction, LiveFunction, Setting};

use super::{
    Extent,
    table::{Table, value},
};

/// What every function inherits from `[defaults]`.
#[derive(Debug, Clone, Default)]
pub struct Inherited {
    pub(super) aliases: AliasTargets,
    pub(super) settings: BTreeMap<Setting, Value>,
    pub(super) has_retention: bool,
}

impl Inherited {
    /// Takes what a function has that declares nothing but its name.
    pub fn of(function: &DesiredFunction) -> Self {
        let DesiredFunction {
            name: _,
            version_description: _,
            code: _,
            settings,
            aliases,
            group: _,
            retention,
            variables: _,
        } = function;
        Self { aliases: aliases.clone(), settings: settings.clone(), has_retention: retention.is_some() }
    }
}

/// Writes the settings: all that are set or have a number or word by default, or only those that the
/// defaults would change.
pub(super) fn write(function: &LiveFunction, inherited: &Inherited, extent: Extent, table: &mut Table) {
    let live = &function.latest.configuration.settings;
    let is_changed = |setting: Setting| {
        let declared = inherited.settings.get(&setting)?;
        let mut after = live.clone();
        after.declare(setting, declared, &function.name);
        Some(after != *live)
    };
    for setting in DECLARABLE {
        let is_wanted = match extent {
            Extent::Aliases => is_changed(setting) == Some(true),
            Extent::Settings => {
                is_changed(setting) == Some(true)
                    || live.get(setting).is_some()
                    || setting.default_value().is_some()
            }
        };
        let shown = live.get(setting).cloned().or_else(|| setting.default_value());
        if !is_wanted {
            continue;
        }
        let written = value(&shown.unwrap_or_else(|| nothing(setting)));
        // In the TOML that would be a variable.
        if written.contains("${") {
            table.comment(&format!("{} = {written} is left alone: no setting can say `${{`", setting.key()));
        } else {
            table.line(setting.key(), &written, None);
        }
    }
}

/// The settings that the TOML can declare, in its order.
const DECLARABLE: [Setting; 17] = [
    Setting::Description,
    Setting::Role,
    Setting::Runtime,
    Setting::Handler,
    Setting::MemorySize,
    Setting::Timeout,
    Setting::Architectures,
    Setting::Layers,
    Setting::EphemeralStorage,
    Setting::Tracing,
    Setting::SnapStart,
    Setting::DeadLetter,
    Setting::Vpc,
    Setting::KmsKey,
    Setting::Logging,
    Setting::ImageConfig,
    Setting::FileSystems,
];

/// Returns the value that says that there is none.
fn nothing(setting: Setting) -> Value {
    match setting {
        Setting::Layers | Setting::FileSystems => json!([]),
        Setting::Vpc => json!({ "subnet_ids": [], "security_group_ids": [] }),
        Setting::Logging => json!({ "format": "Text" }),
        Setting::ImageConfig => json!({ "entry_point": [], "command": [], "working_directory": "" }),
        _ => json!(""),
    }
}
