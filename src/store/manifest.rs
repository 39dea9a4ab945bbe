//! The manifest of a deployment: who applied what, and where everything pointed afterwards.
//!
//! It is complete enough to roll back to it later: the version and the aliases of each function,
//! and the digest of each definition, whose text is kept beside the manifests.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{
    AccountId, Address, AliasName, Digest, EnvironmentName, FunctionId, FunctionName, MachineId, MachineName,
    ProjectName, Region, Routing, VersionNumber,
};

use super::{DeploymentId, Outcome};

/// What one deployment did and left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The id of the deployment.
    pub deployment: DeploymentId,
    /// The project, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectName>,
    /// The environment.
    pub environment: EnvironmentName,
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// The commit that was checked out; nothing outside of a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitInfo>,
    /// Who applied it, or resumed it last.
    pub who: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How it ended.
    pub outcome: DeploymentOutcome,
    /// The digest of the plan; nothing if there was no saved plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<Digest>,
    /// The managed functions as the deployment left them.
    pub functions: BTreeMap<FunctionId, ManifestFunction>,
    /// The managed state machines as the deployment left them.
    pub machines: BTreeMap<MachineId, ManifestMachine>,
    /// What it changed, as it was before; nothing where that is not known: after a crash, and in
    /// manifests from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Layout>,
    /// The actions in the order in which they ended.
    pub actions: Vec<ManifestAction>,
}

impl Manifest {
    /// Tells whether an action of ours took effect, or may have.
    pub fn is_anything_done(&self) -> bool {
        self.actions.iter().any(|action| action.outcome.is_ours())
    }

    /// Tells whether the next apply goes on with it under its id. A stop before anything was done
    /// leaves nothing to go on with.
    pub fn is_resumable(&self) -> bool {
        match self.outcome {
            DeploymentOutcome::Completed => false,
            DeploymentOutcome::Failed | DeploymentOutcome::Interrupted => self.is_anything_done(),
        }
    }
}

/// Where the aliases of functions and machines point, and what is behind `$LATEST`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The functions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: BTreeMap<FunctionId, ManifestFunction>,
    /// The state machines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub machines: BTreeMap<MachineId, ManifestMachine>,
}

impl Layout {
    /// Returns the layout with some of it as another one has it.
    pub fn overlaid(mut self, by: Self) -> Self {
        self.functions.extend(by.functions);
        self.machines.extend(by.machines);
        self
    }
}

/// The commit that was checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitInfo {
    /// The whole hash.
    pub commit: String,
    /// The hash as git abbreviates it.
    pub short: String,
    /// Whether there were changes that no commit holds.
    pub is_dirty: bool,
}

/// How a deployment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentOutcome {
    /// Every action ended as planned.
    Completed,
    /// An action failed or found its object moved; what depends on it was not tried.
    Failed,
    /// Somebody stopped it.
    Interrupted,
}

/// A function as the deployment left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFunction {
    /// The physical name.
    pub name: FunctionName,
    /// The published version that equals `$LATEST`: the one that the deployment published, or an
    /// older equal one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionNumber>,
    /// Where its aliases point.
    pub aliases: BTreeMap<AliasName, Routing>,
}

/// A state machine as the deployment left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestMachine {
    /// The physical name.
    pub name: MachineName,
    /// The digest of the live definition; `Store::definition` has the text.
    pub definition: Digest,
    /// The published version that runs what the machine does, where its versions were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionNumber>,
    /// Where its aliases point, where they were asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<AliasName, Routing>,
}

/// An action and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestAction {
    /// The address of the action.
    pub address: Address,
    /// What was to be done, in one line.
    pub summary: String,
    /// When it began; nothing where nothing was sent, and in manifests from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When its end was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// The actions that it waited for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<Address>,
    /// How it ended.
    pub outcome: Outcome,
}
