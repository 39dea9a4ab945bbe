//! A function as a file holds it.
//!
//! In memory, versions share the members of their configuration and the bytes of their packages; so they do in the file:
//! the members that several snapshots have are written once for each function, and the bytes once for the whole file.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::aliases::Alias;
use super::configuration::Configuration;
use super::function::{Ending, Function, Phase, Snapshot, Version};
use super::management::RuntimeUpdates;
use super::package::{Content, Package};
use super::policies::Policy;
use super::provisioned_concurrency::Provisioned;
use super::urls::Url;
/// The bytes of zips, by their `CodeSha256`.
pub(crate) type Zips = BTreeMap<String, Arc<[u8]>>;

/// A function in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FunctionRecord {
    name: String,
    arn: String,
    latest: SnapshotRecord,
    phase: PhaseRecord,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    versions: BTreeMap<u64, VersionRecord>,
    last_number: u64,
    #[serde(default, skip_serializing_if = "LastPublished::is_nothing")]
    last_published: LastPublished,
    is_updated: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    aliases: BTreeMap<String, Alias>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    provisioned: BTreeMap<String, Provisioned>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    policies: BTreeMap<String, Policy>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    urls: BTreeMap<String, Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved: Option<i64>,
    #[serde(default, skip_serializing_if = "is_false")]
    is_recursive: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    /// The members that the snapshots have, by their places in this list.
    configurations: Vec<Map<String, Value>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotRecord {
    configuration: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    sha256: String,
    size: u64,
    #[serde(default, skip_serializing_if = "ContentRecord::is_zip")]
    content: ContentRecord,
    revision: String,
    modified: Timestamp,
    #[serde(default, skip_serializing_if = "is_default")]
    runtime_updates: RuntimeUpdates,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ContentRecord {
    #[default]
    Zip,
    Image(String),
    Unseen,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionRecord {
    number: u64,
    snapshot: SnapshotRecord,
    active_from: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LastPublished {
    #[default]
    Nothing,
    /// A version that is still there, as it was published.
    Version(u64),
    /// One that is not.
    Gone(Box<VersionRecord>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PhaseRecord {
    Settled,
    Pending {
        until: Timestamp,
        is_failing: bool,
    },
    Updating {
        until: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<Box<SnapshotRecord>>,
    },
    UpdateFailed {
        reason: String,
    },
    CreateFailed {
        reason: String,
    },
}

impl FunctionRecord {
    /// Returns a function as a file holds it, and puts the bytes of its zips where they are kept once.
    pub(crate) fn of(function: &Function, zips: &mut Zips) -> Self {
        let Function {
            name,
            arn,
            latest,
            phase,
            versions,
            last_number,
            last_published,
            is_updated,
            aliases,
            provisioned,
            policies,
            urls,
            reserved,
            is_recursive,
            tags,
        } = function;
        let mut writing = Writing { configurations: Vec::new(), zips };
        Self {
            name: name.clone(),
            arn: arn.clone(),
            latest: writing.snapshot(latest),
            phase: writing.phase(phase),
            versions: versions.iter().map(|(number, version)| (*number, writing.version(version))).collect(),
            last_number: *last_number,
            last_published: match last_published {
                None => LastPublished::Nothing,
                Some(last) if versions.get(&last.number) == Some(last) => LastPublished::Version(last.number),
                Some(last) => LastPublished::Gone(Box::new(writing.version(last))),
            },
            is_updated: *is_updated,
            aliases: aliases.clone(),
            provisioned: provisioned.clone(),
            policies: policies.clone(),
            urls: urls.clone(),
            reserved: *reserved,
            is_recursive: *is_recursive,
            tags: tags.clone(),
            configurations: writing.configurations.iter().map(|members| Map::clone(members)).collect(),
        }
    }

    /// Returns the function, or what is wrong with the record.
    pub(crate) fn function(self, zips: &Zips) -> Result<Function, String> {
        let configurations = self.configurations.into_iter().map(Arc::new).collect();
        let reading = Reading { configurations, zips };
        let versions = self.versions.into_iter();
        let versions = versions.map(|(number, version)| Ok((number, reading.version(version)?)));
        let versions: BTreeMap<u64, Version> = versions.collect::<Result<_, String>>()?;
        let last_published = match self.last_published {
            LastPublished::Nothing => None,
            LastPublished::Version(number) => {
                let version = versions.get(&number).cloned();
                Some(version.ok_or_else(|| format!("its version {number} was the last and is not there"))?)
            }
            LastPublished::Gone(version) => Some(reading.version(*version)?),
        };
        let function = Function {
            name: self.name,
            arn: self.arn,
            latest: reading.snapshot(self.latest)?,
            phase: reading.phase(self.phase)?,
            versions,
            last_number: self.last_number,
            last_published,
            is_updated: self.is_updated,
            aliases: self.aliases,
            provisioned: self.provisioned,
            policies: self.policies,
            urls: self.urls,
            reserved: self.reserved,
            is_recursive: self.is_recursive,
            tags: self.tags,
        };
        function.flaw().map_or(Ok(function), Err)
    }
}

struct Writing<'a> {
    configurations: Vec<Arc<Map<String, Value>>>,
    zips: &'a mut Zips,
}

impl Writing<'_> {
    fn snapshot(&mut self, snapshot: &Snapshot) -> SnapshotRecord {
        let Snapshot { configuration, package, revision, modified, runtime_updates } = snapshot;
        let (members, description) = configuration.parts();
        let content = match &package.content {
            Content::Zip(bytes) => {
                if !self.zips.contains_key(&package.sha256) {
                    self.zips.insert(package.sha256.clone(), Arc::clone(bytes));
                }
                ContentRecord::Zip
            }
            Content::Image(uri) => ContentRecord::Image(uri.clone()),
            Content::Unseen => ContentRecord::Unseen,
        };
        SnapshotRecord {
            configuration: self.place(members),
            description: description.map(str::to_owned),
            sha256: package.sha256.clone(),
            size: package.size,
            content,
            revision: revision.clone(),
            modified: *modified,
            runtime_updates: runtime_updates.clone(),
        }
    }

    /// Returns the place of the members in the list; those of neighbours are mostly the same.
    fn place(&mut self, members: &Arc<Map<String, Value>>) -> usize {
        let known = self.configurations.iter().rposition(|it| Arc::ptr_eq(it, members) || it == members);
        known.unwrap_or_else(|| {
            self.configurations.push(Arc::clone(members));
            self.configurations.len() - 1
        })
    }

    fn version(&mut self, version: &Version) -> VersionRecord {
        let Version { number, snapshot, active_from, failure } = version;
        VersionRecord {
            number: *number,
            snapshot: self.snapshot(snapshot),
            active_from: *active_from,
            failure: failure.clone(),
        }
    }

    fn phase(&mut self, phase: &Phase) -> PhaseRecord {
        match phase {
            Phase::Settled => PhaseRecord::Settled,
            Phase::Pending { until, is_failing } => {
                PhaseRecord::Pending { until: *until, is_failing: *is_failing }
            }
            Phase::Updating { until, ending } => {
                let kept = match ending {
                    Ending::Success => None,
                    Ending::Failure { kept } => Some(Box::new(self.snapshot(kept))),
                };
                PhaseRecord::Updating { until: *until, kept }
            }
            Phase::UpdateFailed { reason } => PhaseRecord::UpdateFailed { reason: reason.clone() },
            Phase::CreateFailed { reason } => PhaseRecord::CreateFailed { reason: reason.clone() },
        }
    }
}

struct Reading<'a> {
    configurations: Vec<Arc<Map<String, Value>>>,
    zips: &'a Zips,
}

impl Reading<'_> {
    fn snapshot(&self, record: SnapshotRecord) -> Result<Snapshot, String> {
        let members = self.configurations.get(record.configuration);
        let members = members.ok_or_else(|| format!("it has no configuration {}", record.configuration))?;
        let content = match record.content {
            ContentRecord::Zip => {
                let bytes = self.zips.get(&record.sha256);
                Content::Zip(Arc::clone(bytes.ok_or_else(|| format!("no package `{}`", record.sha256))?))
            }
            ContentRecord::Image(uri) => Content::Image(uri),
            ContentRecord::Unseen => Content::Unseen,
        };
        Ok(Snapshot {
            configuration: Configuration::of_parts(Arc::clone(members), record.description),
            package: Package { sha256: record.sha256, size: record.size, content },
            revision: record.revision,
            modified: record.modified,
            runtime_updates: record.runtime_updates,
        })
    }

    fn version(&self, record: VersionRecord) -> Result<Version, String> {
        let VersionRecord { number, snapshot, active_from, failure } = record;
        Ok(Version { number, snapshot: self.snapshot(snapshot)?, active_from, failure })
    }

    fn phase(&self, record: PhaseRecord) -> Result<Phase, String> {
        Ok(match record {
            PhaseRecord::Settled => Phase::Settled,
            PhaseRecord::Pending { until, is_failing } => Phase::Pending { until, is_failing },
            PhaseRecord::Updating { until, kept: None } => Phase::Updating { until, ending: Ending::Success },
            PhaseRecord::Updating { until, kept: Some(kept) } => {
                let kept = Box::new(self.snapshot(*kept)?);
                Phase::Updating { until, ending: Ending::Failure { kept } }
            }
            PhaseRecord::UpdateFailed { reason } => Phase::UpdateFailed { reason },
            PhaseRecord::CreateFailed { reason } => Phase::CreateFailed { reason },
        })
    }
}

impl Function {
    /// Returns which rule of this account the function breaks, so that no file brings in what no request could.
    fn flaw(&self) -> Option<String> {
        let misnamed = self.versions.iter().find(|(number, version)| **number != version.number);
        if let Some((number, _)) = misnamed {
            return Some(format!("its version {number} has another number inside"));
        }
        if self.versions.keys().next_back().is_some_and(|highest| *highest > self.last_number) {
            return Some(format!("it has a version above {}, the last number given", self.last_number));
        }
        self.aliases.iter().find_map(|(name, alias)| {
            let targets = std::iter::once(&alias.version).chain(alias.weights.keys());
            let mut numbers = targets.filter(|target| *target != super::reference::LATEST);
            let missing = numbers.find(|number| self.version(number).is_none())?;
            Some(format!("its alias `{name}` points to version {missing}, which is not there"))
        })
    }
}

impl ContentRecord {
    fn is_zip(&self) -> bool {
        matches!(self, Self::Zip)
    }
}

impl LastPublished {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_default(updates: &RuntimeUpdates) -> bool {
    *updates == RuntimeUpdates::default()
}
