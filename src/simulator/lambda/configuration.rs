//! The configuration of a function, kept in the shape in which responses show it.
//!
//! A request member replaces what was there; an empty one removes it, because AWS shows no empty `Environment`,
//! `Layers`, `DeadLetterConfig`, `FileSystemConfigs` or key. What is never absent has its default from the start.
//!
//! Versions that differ in code and description alone share their members: an account of ten thousand functions fits into
//! a laptop.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::environment;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;

/// The configuration members of one snapshot, named and shaped as in responses.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Configuration {
    members: Arc<Map<String, Value>>,
    /// The description of a version, where publishing gave it one of its own.
    description: Option<String>,
}

/// The members that responses show exactly as requests give them.
const PLAIN: [&str; 7] =
    ["Description", "Handler", "Role", "Runtime", "MemorySize", "Timeout", "EphemeralStorage"];

/// The members that responses show as given, and that an empty value removes.
const OPTIONAL: [&str; 8] = [
    "KMSKeyArn",
    "FileSystemConfigs",
    "DurableConfig",
    "CapacityProviderConfig",
    "TenancyConfig",
    "RuntimeConfig",
    "AcceleratorConfig",
    "TracingConfig",
];

impl Configuration {
    /// Returns what AWS fills in for a function that says nothing.
    pub(crate) fn new(function: &str) -> Self {
        let defaults = json!({
            "Description": "",
            "MemorySize": 128,
            "Timeout": 3,
            "PackageType": "Zip",
            "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "TracingConfig": {"Mode": "PassThrough"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": format!("/aws/lambda/{function}")},
        });
        Self { members: Arc::new(defaults.as_object().cloned().unwrap_or_default()), description: None }
    }

    /// Takes over every configuration member that the request gives.
    pub(crate) fn take(&mut self, request: Members<'_>) -> Result<(), Refusal> {
        for name in PLAIN {
            if let Some(value) = request.value(name) {
                self.set(name, value.clone());
            }
        }
        for name in OPTIONAL {
            if let Some(value) = request.value(name) {
                self.set_unless_empty(name, value.clone());
            }
        }
        if let Some(variables) = environment::variables(request)? {
            self.take_environment(&variables);
        }
        if let Some(layers) = request.strings("Layers")? {
            self.take_layers(&layers);
        }
        self.take_nested(request)
    }

    /// Takes over what only a create and a code update may change.
    pub(crate) fn take_package_members(&mut self, request: Members<'_>) {
        for name in ["PackageType", "Architectures"] {
            if let Some(value) = request.value(name) {
                self.set(name, value.clone());
            }
        }
    }

    /// Returns the members, as a response shows them.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let mut members = Map::clone(&self.members);
        if let Some(description) = &self.description {
            members.insert("Description".to_owned(), Value::from(description.as_str()));
        }
        members
    }

    /// Returns the shared members, and the description where there is one of its own.
    pub(super) fn parts(&self) -> (&Arc<Map<String, Value>>, Option<&str>) {
        (&self.members, self.description.as_deref())
    }

    /// Puts together what [`Self::parts`] took apart.
    pub(super) fn of_parts(members: Arc<Map<String, Value>>, description: Option<String>) -> Self {
        Self { members, description }
    }

    /// Gives a version that is being published a description of its own.
    pub(crate) fn describe(&mut self, description: &str) {
        self.description = Some(description.to_owned());
    }

    /// Marks that the snapshot of this version was taken.
    pub(crate) fn mark_snapshot_taken(&mut self) {
        if self.is_snapshotted() {
            self.set("SnapStart", json!({"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}));
        }
    }

    /// Returns true if publishing takes a snapshot.
    pub(crate) fn is_snapshotted(&self) -> bool {
        self.members.get("SnapStart").and_then(|value| value.get("ApplyOn"))
            == Some(&json!("PublishedVersions"))
    }

    /// Returns true if the code is an image.
    pub(crate) fn is_image(&self) -> bool {
        self.members.get("PackageType") == Some(&json!("Image"))
    }

    /// Returns a member, for the rules that compare two versions (R19).
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    fn set(&mut self, name: &str, value: Value) {
        Arc::make_mut(&mut self.members).insert(name.to_owned(), value);
    }

    fn set_unless_empty(&mut self, name: &str, value: Value) {
        let is_empty = match &value {
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        if is_empty {
            Arc::make_mut(&mut self.members).remove(name);
        } else {
            self.set(name, value);
        }
    }

    fn take_environment(&mut self, variables: &BTreeMap<String, String>) {
        if variables.is_empty() {
            Arc::make_mut(&mut self.members).remove("Environment");
        } else {
            self.set("Environment", json!({"Variables": variables}));
        }
    }

    fn take_layers(&mut self, layers: &[&str]) {
        // The size of a layer is not simulated; some positive number is shown because AWS always shows one.
        let shown: Vec<Value> = layers.iter().map(|arn| json!({"Arn": arn, "CodeSize": 1024})).collect();
        self.set_unless_empty("Layers", Value::Array(shown));
    }

    fn take_nested(&mut self, request: Members<'_>) -> Result<(), Refusal> {
        if let Some(network) = request.object("VpcConfig")? {
            self.take_network(network)?;
        }
        if let Some(queue) = request.object("DeadLetterConfig")? {
            match queue.string("TargetArn")?.filter(|target| !target.is_empty()) {
                Some(target) => self.set("DeadLetterConfig", json!({"TargetArn": target})),
                None => drop(Arc::make_mut(&mut self.members).remove("DeadLetterConfig")),
            }
        }
        if let Some(snap_start) = request.object("SnapStart")? {
            let apply_on = snap_start.string("ApplyOn")?.unwrap_or("None");
            self.set("SnapStart", json!({"ApplyOn": apply_on, "OptimizationStatus": "Off"}));
        }
        if let Some(image) = request.value("ImageConfig") {
            let is_empty = image.as_object().is_some_and(Map::is_empty);
            let shown = if is_empty { json!({}) } else { json!({"ImageConfig": image}) };
            self.set_unless_empty("ImageConfigResponse", shown);
        }
        match request.object("LoggingConfig")? {
            Some(logging) => self.take_logging(logging),
            None => Ok(()),
        }
    }

    fn take_network(&mut self, network: Members<'_>) -> Result<(), Refusal> {
        let subnets = network.strings("SubnetIds")?.unwrap_or_default();
        let groups = network.strings("SecurityGroupIds")?.unwrap_or_default();
        let vpc = if subnets.is_empty() { "" } else { "vpc-00000000000000000" };
        let dual_stack = network.flag("Ipv6AllowedForDualStack")?;
        let shown = json!({
            "SubnetIds": subnets,
            "SecurityGroupIds": groups,
            "VpcId": vpc,
            "Ipv6AllowedForDualStack": dual_stack,
        });
        self.set("VpcConfig", shown);
        Ok(())
    }

    /// Merges the logging members: the levels exist only while the format is JSON.
    fn take_logging(&mut self, logging: Members<'_>) -> Result<(), Refusal> {
        let mut merged =
            self.members.get("LoggingConfig").and_then(Value::as_object).cloned().unwrap_or_default();
        for name in ["LogFormat", "ApplicationLogLevel", "SystemLogLevel", "LogGroup"] {
            if let Some(text) = logging.string(name)? {
                merged.insert(name.to_owned(), Value::from(text));
            }
        }
        let is_json = merged.get("LogFormat") == Some(&json!("JSON"));
        for level in ["ApplicationLogLevel", "SystemLogLevel"] {
            if is_json {
                merged.entry(level).or_insert_with(|| json!("INFO"));
            } else {
                merged.remove(level);
            }
        }
        self.set("LoggingConfig", Value::Object(merged));
        Ok(())
    }
}
