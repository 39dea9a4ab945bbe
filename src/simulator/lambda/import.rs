//! A function as it was observed, put there with the numbers and revisions that it had.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::aliases::{Alias, Transient};
use super::configuration::Configuration;
use super::function::{Ending, Function, Phase, Snapshot, Version};
use super::management::RuntimeUpdates;
use super::package::{Content, Package};
use super::provisioned_concurrency::Provisioned;
use super::routing::Weights;
use crate::model::{
    self, Health, LiveAlias, LiveFunction, LiveLatest, LiveVersion, Setting, Target, Tokens, VersionNumber,
};
use crate::simulator::clock::after;
use crate::simulator::import::ImportError;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::Scene;

/// Adds a function; whoever adds the last one counts the bytes of the region (R37).
pub(crate) fn import(
    scene: &mut Scene<'_>,
    live: &LiveFunction,
    tokens: &mut Tokens,
) -> Result<(), ImportError> {
    let function = function(scene, live, tokens).map_err(|why| ImportError::unreadable(live, &why))?;
    scene.region.functions.insert(function.name.clone(), function);
    Ok(())
}

fn function(scene: &mut Scene<'_>, live: &LiveFunction, tokens: &mut Tokens) -> Result<Function, Refusal> {
    let LiveFunction { name, arn: _, latest, versions, aliases } = live;
    let description = latest.configuration.settings.get(Setting::Description).cloned();
    let mut reading = Reading { name: name.as_str(), description, tokens, known: Vec::new() };
    let newest = versions.last_key_value();
    let is_updated =
        newest.is_none_or(|(_, newest)| !newest.configuration.is_same_version(&latest.configuration));
    let snapshot = reading.latest(scene, live, latest)?;
    let versions = versions.iter().map(|(number, version)| {
        let version = reading.version(scene, *number, version)?;
        Ok((version.number, version))
    });
    let versions: BTreeMap<u64, Version> = versions.collect::<Result<_, Refusal>>()?;
    let newest = versions.last_key_value().map(|(_, newest)| newest.clone());
    let shifting = aliases.iter().filter(|(_, alias)| alias.is_shifting);
    let shifting = shifting.map(|(alias, _)| (alias.to_string(), moving(scene))).collect();
    Ok(Function {
        arn: scene.place.function_arn(name.as_str()),
        name: name.to_string(),
        latest: snapshot,
        phase: phase(scene, &latest.health),
        last_number: newest.as_ref().map_or(0, |newest| newest.number),
        versions,
        last_published: newest,
        is_updated,
        aliases: aliases.iter().map(|(name, live)| (name.to_string(), alias(scene, live))).collect(),
        provisioned: shifting,
        policies: BTreeMap::new(),
        urls: BTreeMap::new(),
        reserved: None,
        is_recursive: false,
        tags: BTreeMap::new(),
    })
}

/// Configurations that are equal but for the description share their members.
struct Reading<'a> {
    name: &'a str,
    /// The description of `$LATEST`, which the shared members have; each version has one of its own beside them.
    description: Option<Value>,
    tokens: &'a mut Tokens,
    known: Vec<Configuration>,
}

impl Reading<'_> {
    /// Neither the size nor the time of `$LATEST` is observed; a version with the same code has that size, and one that
    /// is equal altogether was published from it.
    fn latest(
        &mut self,
        scene: &Scene<'_>,
        function: &LiveFunction,
        live: &LiveLatest,
    ) -> Result<Snapshot, Refusal> {
        let mut newest_first = function.versions.values().rev();
        let equal =
            newest_first.clone().find(|version| version.configuration.is_same_version(&live.configuration));
        let size = newest_first.find(|version| version.configuration.code == live.configuration.code);
        Ok(Snapshot {
            configuration: self.configuration(&live.configuration)?,
            package: unseen(&live.configuration, size.map_or(0, |version| version.code_size)),
            revision: live.revision_id.as_str().to_owned(),
            modified: equal.map_or(scene.now, |version| version.last_modified),
            runtime_updates: RuntimeUpdates::default(),
        })
    }

    fn version(
        &mut self,
        scene: &mut Scene<'_>,
        number: VersionNumber,
        live: &LiveVersion,
    ) -> Result<Version, Refusal> {
        let LiveVersion { configuration, description, last_modified, code_size, health } = live;
        let package = unseen(configuration, *code_size);
        let mut configuration = self.configuration(configuration)?;
        configuration.describe(description);
        let (active_from, failure) = match health {
            // The lists never say (R15), and nothing that was not asked stands in the way.
            Health::Unknown | Health::Ready => ((*last_modified).min(scene.now), None),
            Health::Pending | Health::InProgress => (after(scene.now, scene.knobs.pending), None),
            Health::Failed(reason) => (*last_modified, Some(reason.clone())),
        };
        let snapshot = Snapshot {
            configuration,
            package,
            // Nothing takes the revision of a version as a precondition, and nobody reads it.
            revision: scene.identifiers.revision(),
            modified: *last_modified,
            runtime_updates: RuntimeUpdates::default(),
        };
        Ok(Version { number: number.get(), snapshot, active_from, failure })
    }

    fn configuration(&mut self, live: &model::Configuration) -> Result<Configuration, Refusal> {
        let mut members = members(live, self.tokens);
        members.insert("Description".to_owned(), self.description.clone().unwrap_or_else(|| json!("")));
        let mut configuration = Configuration::new(self.name);
        configuration.take(Members::of(&members))?;
        configuration.take_package_members(Members::of(&members));
        if let Some(known) = self.known.iter().rev().find(|known| **known == configuration) {
            return Ok(known.clone());
        }
        self.known.push(configuration.clone());
        Ok(configuration)
    }
}

fn unseen(configuration: &model::Configuration, size: u64) -> Package {
    Package { sha256: configuration.code.as_str().to_owned(), size, content: Content::Unseen }
}

fn phase(scene: &Scene<'_>, health: &Health) -> Phase {
    match health {
        Health::Unknown | Health::Ready => Phase::Settled,
        Health::Pending => Phase::Pending { until: after(scene.now, scene.knobs.pending), is_failing: false },
        Health::InProgress => {
            Phase::Updating { until: after(scene.now, scene.knobs.in_progress), ending: Ending::Success }
        }
        // A function that could not be created is told from one that could not be updated by its reason alone.
        Health::Failed(reason) => Phase::UpdateFailed { reason: reason.clone() },
    }
}

/// The weight that AWS adds while it moves provisioned concurrency is none of the alias's own (T11).
fn alias(scene: &Scene<'_>, live: &LiveAlias) -> Alias {
    let LiveAlias { routing, revision_id, is_shifting } = live;
    let shown: Weights = routing
        .additional
        .iter()
        .map(|(version, weight)| (version.to_string(), weight.as_fraction()))
        .collect();
    let until = after(scene.now, scene.knobs.transient_weights);
    let (weights, transient) = match is_shifting {
        true => (Weights::new(), Some(Transient { weights: shown, until })),
        false => (shown, None),
    };
    let version = match routing.primary {
        Target::Latest => super::reference::LATEST.to_owned(),
        Target::Version(version) => version.to_string(),
    };
    let revision = revision_id.as_str().to_owned();
    Alias { version, weights, transient, description: String::new(), revision }
}

/// How much is provisioned is not observed, only that it is on its way.
fn moving(scene: &Scene<'_>) -> Provisioned {
    let ready_from = after(scene.now, scene.knobs.transient_weights);
    Provisioned { requested: 1, ready_from, modified: scene.now }
}

/// Returns a configuration as a request gives it: the inverse of what reads make of an answer.
fn members(live: &model::Configuration, tokens: &mut Tokens) -> Map<String, Value> {
    let model::Configuration { code: _, settings, environment } = live;
    let mut members: Map<String, Value> =
        settings.iter().map(|(setting, value)| member(setting, value)).collect();
    if !environment.is_empty() {
        members.insert("Environment".to_owned(), json!({"Variables": environment.scrubbed(tokens)}));
    }
    members
}

fn member(setting: Setting, value: &Value) -> (String, Value) {
    let (name, value) = match setting {
        Setting::Description => ("Description", value.clone()),
        Setting::Role => ("Role", value.clone()),
        Setting::Runtime => ("Runtime", value.clone()),
        Setting::Handler => ("Handler", value.clone()),
        Setting::MemorySize => ("MemorySize", value.clone()),
        Setting::Timeout => ("Timeout", value.clone()),
        Setting::Architectures => ("Architectures", value.clone()),
        Setting::Layers => ("Layers", value.clone()),
        Setting::EphemeralStorage => ("EphemeralStorage", json!({"Size": value})),
        Setting::Tracing => ("TracingConfig", json!({"Mode": value})),
        Setting::SnapStart => ("SnapStart", json!({"ApplyOn": value})),
        Setting::DeadLetter => ("DeadLetterConfig", json!({"TargetArn": value})),
        Setting::Vpc => ("VpcConfig", renamed(value, &VPC)),
        Setting::KmsKey => ("KMSKeyArn", value.clone()),
        Setting::Logging => ("LoggingConfig", renamed(value, &LOGGING)),
        Setting::ImageConfig => ("ImageConfig", renamed(value, &IMAGE)),
        Setting::FileSystems => {
            let systems = value.as_array().into_iter().flatten();
            ("FileSystemConfigs", systems.map(file_system).collect())
        }
        Setting::PackageType => ("PackageType", value.clone()),
        Setting::DurableConfig => ("DurableConfig", renamed(value, &DURABLE)),
    };
    (name.to_owned(), value)
}

/// Members of the TOML's tables, and what AWS calls them.
type Names<const N: usize> = [(&'static str, &'static str); N];

const VPC: Names<3> = [
    ("subnet_ids", "SubnetIds"),
    ("security_group_ids", "SecurityGroupIds"),
    ("ipv6", "Ipv6AllowedForDualStack"),
];
const LOGGING: Names<4> = [
    ("format", "LogFormat"),
    ("group", "LogGroup"),
    ("application_level", "ApplicationLogLevel"),
    ("system_level", "SystemLogLevel"),
];
const IMAGE: Names<3> =
    [("entry_point", "EntryPoint"), ("command", "Command"), ("working_directory", "WorkingDirectory")];
const DURABLE: Names<3> = [
    ("execution_timeout", "ExecutionTimeout"),
    ("retention_period_in_days", "RetentionPeriodInDays"),
    ("kms_key", "KMSKeyArn"),
];

fn renamed<const N: usize>(table: &Value, names: &Names<N>) -> Value {
    let present = names.iter().filter_map(|(ours, theirs)| Some((*theirs, table.get(ours)?)));
    present.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn file_system(value: &Value) -> Value {
    let mut shown = renamed(value, &[("arn", "Arn"), ("local_mount_path", "LocalMountPath")]);
    if let Some(direct) = value.get("direct_s3_read") {
        shown["S3FilesConfig"] = json!({"DirectS3Read": direct});
    }
    shown
}
