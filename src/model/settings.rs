//! The settings of a function, in one canonical shape for TOML, AWS and the state file.
//!
//! A value has the shape that the TOML has (`memory_size = 512`, `vpc = { subnet_ids = […] }`).
//! Empty, absent and AWS's default are equal: [`Settings::insert`] keeps none of them, so two
//! settings are equal exactly if AWS would behave the same (design §3.3).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CodeSha256, Digest, Environment, FunctionName};

/// A setting of a function. The names are the keys of the TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// `Description`: managed, but no part of the fingerprint.
    Description,
    /// `Role`
    Role,
    /// `Runtime`
    Runtime,
    /// `Handler`
    Handler,
    /// `MemorySize` in MiB.
    MemorySize,
    /// `Timeout` in seconds.
    Timeout,
    /// `Architectures`; sent with the code, not with the configuration.
    Architectures,
    /// `Layers`, in order.
    Layers,
    /// `EphemeralStorage.Size` in MiB.
    EphemeralStorage,
    /// `TracingConfig.Mode`
    Tracing,
    /// `SnapStart.ApplyOn`
    SnapStart,
    /// `DeadLetterConfig.TargetArn`
    DeadLetter,
    /// `VpcConfig`
    Vpc,
    /// `KMSKeyArn`
    KmsKey,
    /// `LoggingConfig`
    Logging,
    /// `ImageConfig`
    ImageConfig,
    /// `FileSystemConfigs`
    FileSystems,
    /// `PackageType`; read, never declared.
    PackageType,
    /// `DurableConfig`; read, never declared.
    DurableConfig,
}

impl Setting {
    /// Returns the key of the TOML.
    pub fn key(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Role => "role",
            Self::Runtime => "runtime",
            Self::Handler => "handler",
            Self::MemorySize => "memory_size",
            Self::Timeout => "timeout",
            Self::Architectures => "architectures",
            Self::Layers => "layers",
            Self::EphemeralStorage => "ephemeral_storage",
            Self::Tracing => "tracing",
            Self::SnapStart => "snap_start",
            Self::DeadLetter => "dead_letter",
            Self::Vpc => "vpc",
            Self::KmsKey => "kms_key",
            Self::Logging => "logging",
            Self::ImageConfig => "image_config",
            Self::FileSystems => "file_systems",
            Self::PackageType => "package_type",
            Self::DurableConfig => "durable_config",
        }
    }

    /// Tells whether the setting is locked into a published version (aws-facts §4, PublishVersion).
    pub fn is_versioned(self) -> bool {
        self != Self::Description
    }

    /// Returns the value in canonical form, or nothing if AWS would behave as without it.
    ///
    /// The name of the function is needed for the default log group `/aws/lambda/<name>`.
    pub fn canonical(self, value: &Value, function: &FunctionName) -> Option<Value> {
        let value = match self {
            Self::Logging => without_members(
                value,
                &[
                    ("format", json!("Text")),
                    ("group", json!(format!("/aws/lambda/{function}"))),
                    ("application_level", json!("INFO")),
                    ("system_level", json!("INFO")),
                ],
            ),
            Self::Vpc => canonical_vpc(value),
            Self::ImageConfig => without_members(
                value,
                &[("entry_point", json!([])), ("command", json!([])), ("working_directory", json!(""))],
            ),
            _ => value.clone(),
        };
        let is_default = is_empty(&value) || self.default_value().is_some_and(|default| default == value);
        (!is_default).then_some(value)
    }

    /// Returns AWS's default, where there is one that is not empty.
    pub fn default_value(self) -> Option<Value> {
        match self {
            Self::MemorySize => Some(json!(128)),
            Self::Timeout => Some(json!(3)),
            Self::Architectures => Some(json!(["x86_64"])),
            Self::EphemeralStorage => Some(json!(512)),
            Self::Tracing => Some(json!("PassThrough")),
            Self::SnapStart => Some(json!("None")),
            Self::PackageType => Some(json!("Zip")),
            Self::Description
            | Self::Role
            | Self::Runtime
            | Self::Handler
            | Self::Layers
            | Self::DeadLetter
            | Self::Vpc
            | Self::KmsKey
            | Self::Logging
            | Self::ImageConfig
            | Self::FileSystems
            | Self::DurableConfig => None,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn without_members(value: &Value, defaults: &[(&str, Value)]) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let is_kept = |key: &str, member: &Value| {
        !member.is_null() && !defaults.iter().any(|(name, default)| *name == key && default == member)
    };
    members
        .iter()
        .filter(|(key, member)| is_kept(key, member))
        .map(|(key, member)| (key.clone(), member.clone()))
        .collect()
}

/// Lays the declared members of a table over those that are there; every other value replaces.
///
/// Levels belong to the JSON format alone, so those that nobody declared go with it.
fn laid_over(setting: Setting, declared: &Value, current: Option<&Value>) -> Value {
    let (Value::Object(declared), Some(Value::Object(current))) = (declared, current) else {
        return declared.clone();
    };
    let mut members = current.clone();
    if setting == Setting::Logging && declared.get("format") == Some(&json!("Text")) {
        members.retain(|key, _| !matches!(key.as_str(), "application_level" | "system_level"));
    }
    members.extend(declared.clone());
    Value::Object(members)
}

/// Sorts the identifiers, which AWS treats as sets; without a subnet there is no VPC.
fn canonical_vpc(value: &Value) -> Value {
    let sorted = |key: &str| {
        let mut items: Vec<String> = value[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        items.sort();
        items
    };
    let subnets = sorted("subnet_ids");
    if subnets.is_empty() {
        return Value::Null;
    }
    let mut vpc = json!({ "subnet_ids": subnets, "security_group_ids": sorted("security_group_ids") });
    if value["ipv6"] == json!(true) {
        vpc["ipv6"] = json!(true);
    }
    vpc
}

/// The settings that differ from AWS's defaults, in canonical form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<Setting, Value>);

impl Settings {
    /// Sets one setting, or clears it where the value is empty or AWS's default.
    pub fn insert(&mut self, setting: Setting, value: &Value, function: &FunctionName) {
        match setting.canonical(value, function) {
            Some(value) => self.0.insert(setting, value),
            None => self.0.remove(&setting),
        };
    }

    /// Sets what is declared of one setting; members of a table that are not declared stay as they are.
    pub fn declare(&mut self, setting: Setting, declared: &Value, function: &FunctionName) {
        let laid = laid_over(setting, declared, self.get(setting));
        self.insert(setting, &laid, function);
    }

    /// Returns the value of a setting; nothing means AWS's default.
    pub fn get(&self, setting: Setting) -> Option<&Value> {
        self.0.get(&setting)
    }

    /// Returns the settings in the order of the enum.
    pub fn iter(&self) -> impl Iterator<Item = (Setting, &Value)> {
        self.0.iter().map(|(setting, value)| (*setting, value))
    }

    /// Returns what differs, in the order of the enum.
    pub fn changes_to(&self, other: &Self) -> Vec<SettingChange> {
        let names: BTreeSet<Setting> = self.0.keys().chain(other.0.keys()).copied().collect();
        names
            .into_iter()
            .filter(|setting| self.get(*setting) != other.get(*setting))
            .map(|setting| SettingChange {
                setting,
                from: self.get(setting).cloned(),
                to: other.get(setting).cloned(),
            })
            .collect()
    }

    fn versioned(&self) -> BTreeMap<Setting, &Value> {
        self.iter().filter(|(setting, _)| setting.is_versioned()).collect()
    }
}

/// One setting before and after; nothing stands for AWS's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// The setting.
    pub setting: Setting,
    /// The value before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// The value after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// Everything that a published version locks: code, settings and environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The hash of the package.
    pub code: CodeSha256,
    /// The settings; the description among them is not locked.
    pub settings: Settings,
    /// The environment variables.
    pub environment: Environment,
}

impl Configuration {
    /// Tells whether publishing one would give the same version as the other: the whole
    /// fingerprint of design §3.3, environment values included, compared in memory.
    pub fn is_same_version(&self, other: &Self) -> bool {
        let Self { code, settings, environment } = self;
        *code == other.code
            && *environment == other.environment
            && settings.versioned() == other.settings.versioned()
    }

    /// Returns the digest of the fingerprint with the names of the variables and none of their
    /// values: the form that plans and states hold (design §3.6 and §3.8).
    pub fn fingerprint(&self) -> Digest {
        let Self { code, settings, environment } = self;
        let form =
            json!({ "code": code, "settings": settings.versioned(), "environment": environment.names() });
        Digest::of(form.to_string().as_bytes())
    }

    /// Returns in words what differs from the other, the code first: `code`, `memory_size`,
    /// `environment variable TABLE`.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let code = (self.code != other.code).then(|| "code".to_owned());
        let settings = self
            .settings
            .changes_to(&other.settings)
            .into_iter()
            .filter(|change| change.setting.is_versioned())
            .map(|change| change.setting.to_string());
        let variables = self
            .environment
            .changed_names(&other.environment)
            .into_iter()
            .map(|name| format!("environment variable {name}"));
        code.into_iter().chain(settings).chain(variables).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> FunctionName {
        FunctionName::new("orders-dev").unwrap()
    }

    fn configuration(settings: &[(Setting, Value)], variable: &str) -> Configuration {
        let mut canonical = Settings::default();
        for (setting, value) in settings {
            canonical.insert(*setting, value, &name());
        }
        let variables = BTreeMap::from([("TABLE".to_owned(), variable.to_owned())]);
        Configuration {
            code: CodeSha256::of(b"zip"),
            settings: canonical,
            environment: Environment::new(variables),
        }
    }

    #[test]
    fn empty_absent_and_the_default_of_aws_are_equal() {
        let explicit = configuration(
            &[
                (Setting::MemorySize, json!(128)),
                (Setting::Tracing, json!("PassThrough")),
                (Setting::Layers, json!([])),
                (Setting::Vpc, json!({ "subnet_ids": [], "security_group_ids": [] })),
                (Setting::Logging, json!({ "format": "Text", "group": "/aws/lambda/orders-dev" })),
            ],
            "a",
        );
        assert!(explicit.is_same_version(&configuration(&[], "a")));
    }

    #[test]
    fn declared_members_are_laid_over_those_that_are_there() {
        let there = [
            (Setting::Vpc, json!({ "subnet_ids": ["a", "b"], "security_group_ids": ["x"], "ipv6": true })),
            (Setting::Logging, json!({ "format": "JSON", "system_level": "WARN", "group": "/shop" })),
            (Setting::ImageConfig, json!({ "command": ["run"], "working_directory": "/w" })),
        ];
        let cases = [
            (
                Setting::Vpc,
                json!({ "security_group_ids": ["z", "y"] }),
                json!({ "subnet_ids": ["a", "b"], "security_group_ids": ["y", "z"], "ipv6": true }),
            ),
            (
                Setting::Vpc,
                json!({ "ipv6": false }),
                json!({ "subnet_ids": ["a", "b"], "security_group_ids": ["x"] }),
            ),
            (Setting::Vpc, json!({ "subnet_ids": [] }), Value::Null),
            (Setting::Logging, json!({ "format": "Text" }), json!({ "group": "/shop" })),
            (
                Setting::Logging,
                json!({ "group": "/aws/lambda/orders-dev" }),
                json!({ "format": "JSON", "system_level": "WARN" }),
            ),
            (Setting::ImageConfig, json!({ "command": [] }), json!({ "working_directory": "/w" })),
            (Setting::ImageConfig, json!({ "command": [], "working_directory": "" }), Value::Null),
            (Setting::ImageConfig, json!({}), json!({ "command": ["run"], "working_directory": "/w" })),
        ];
        for (setting, declared, expected) in cases {
            let mut settings = configuration(&there, "a").settings;
            settings.declare(setting, &declared, &name());
            assert_eq!(*settings.get(setting).unwrap_or(&Value::Null), expected, "{setting}: {declared}");
        }
    }

    #[test]
    fn an_environment_value_counts_in_memory_and_is_in_no_digest() {
        let (one, two) = (configuration(&[], "one"), configuration(&[], "two"));
        assert!(!one.is_same_version(&two));
        assert_eq!(one.fingerprint(), two.fingerprint());
        assert_eq!(one.differences(&two), ["environment variable TABLE"]);
        assert!(!format!("{one:?}").contains("one"));
    }

    #[test]
    fn the_description_is_no_part_of_a_version() {
        let described = configuration(&[(Setting::Description, json!("text"))], "a");
        assert!(described.is_same_version(&configuration(&[], "a")));
        assert_eq!(described.fingerprint(), configuration(&[], "a").fingerprint());
    }
}
