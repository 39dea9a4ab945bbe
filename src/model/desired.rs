//! Desired: what the TOML says for one environment, after merging, checked and without defaults
//! left to guess.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    AccountId, Address, AliasName, CodeSource, EnvironmentName, FunctionId, FunctionName, GroupName,
    MachineId, MachineName, ProjectName, Region, RoleArn, Setting, Variables, VersionNumber,
};

/// The desired state of one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// The name of the project.
    pub project: ProjectName,
    /// The environment that was chosen.
    pub environment: EnvironmentName,
    /// The declared region; authoritative where it is given.
    pub region: Option<Region>,
    /// The guard: any other account is refused.
    pub account: Option<AccountId>,
    /// The AWS profile of the TOML.
    pub profile: Option<String>,
    /// A role to assume before anything else.
    pub role_arn: Option<RoleArn>,
    /// What an apply demands.
    pub require: BTreeSet<Requirement>,
    /// Bounds on speed and damage.
    pub limits: Limits,
    /// Drift that is not reported: an address, and optionally one field of it.
    pub drift_ignore: Vec<DriftIgnore>,
    /// The managed functions.
    pub functions: BTreeMap<FunctionId, DesiredFunction>,
    /// The managed state machines.
    pub machines: BTreeMap<MachineId, DesiredMachine>,
    /// The physical names that the same functions have in the other environments (design §3.2).
    pub foreign_names: BTreeMap<FunctionName, EnvironmentName>,
}

/// One entry of `[drift] ignore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftIgnore {
    /// The thing whose drift is ignored, with all its parts.
    pub address: Address,
    /// Only this field of it, for example `memory_size` or `weights`.
    pub field: Option<String>,
}

/// What `require` demands of an apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// Only a saved plan may be applied.
    SavedPlan,
    /// No uncommitted change in the files that the plan reads.
    CleanGit,
}

/// Bounds on speed and damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many objects are worked on at once.
    pub parallelism: u32,
    /// Requests per second to Lambda's control plane; AWS allows 15 for all tools together (T13).
    pub lambda_rps: u32,
    /// More deletions than this are not planned at all.
    pub max_deletes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { parallelism: 10, lambda_rps: 12, max_deletes: 50 }
    }
}

/// A managed function.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredFunction {
    /// The physical name.
    pub name: FunctionName,
    /// The template of a published version's description; filled at apply.
    pub version_description: String,
    /// Where the code comes from; nothing means that the code is not managed.
    pub code: Option<CodeSource>,
    /// The declared settings, as declared; what is not here is left alone.
    pub settings: BTreeMap<Setting, Value>,
    /// The declared environment variables; others are left alone.
    pub variables: Variables,
    /// The managed aliases.
    pub aliases: AliasTargets,
    /// Which versions may go; nothing means that no version is ever deleted.
    pub retention: Option<Retention>,
    /// The functions whose aliases move together with its own, or not at all.
    pub group: Option<GroupName>,
}

/// The managed aliases of a function or state machine.
pub type AliasTargets = BTreeMap<AliasName, AliasTarget>;

/// What an alias shall point to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasTarget {
    /// The newest active version that equals `$LATEST`, published if there is none.
    Latest,
    /// This version.
    Pinned(VersionNumber),
    /// The last distinct version that the other alias served.
    Previous(AliasName),
    /// Whatever the other alias points to.
    SameAs(AliasName),
    /// Never moved; created once at what `latest` is.
    Manual,
    /// Two versions with shares in per cent that add up to 100.
    Split(BTreeMap<SplitKey, u8>),
}

/// A side of a split.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SplitKey {
    /// What `latest` is.
    Latest,
    /// This version.
    Version(VersionNumber),
    /// What `previous(X)` is.
    Previous(AliasName),
}

/// Which published versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The newest N stay.
    pub keep: u32,
    /// A version younger than this stays, and so does one un-aliased for less.
    pub min_age: SignedDuration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { keep: 5, min_age: SignedDuration::from_hours(24) }
    }
}

/// A managed state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredMachine {
    /// The physical name.
    pub name: MachineName,
    /// The definition's file, relative to the project root.
    pub definition_path: String,
    /// The definition as JSON: as its authors keep it, or made of the YAML that they keep.
    pub definition: String,
    /// How references to managed functions are sent.
    pub references: References,
    /// How they are sent in single states, nested ones as `Outer/Inner`.
    pub references_in: BTreeMap<String, References>,
    /// Which qualifiers that stand in the definition give way.
    pub existing: ExistingQualifiers,
    /// Values for `${name}` in the definition, beside `env`, `account` and `region`.
    pub substitutions: BTreeMap<String, String>,
    /// The execution role, if managed.
    pub role: Option<RoleArn>,
    /// `STANDARD` or `EXPRESS`, if declared; it can never be changed.
    pub kind: Option<MachineKind>,
    /// The logging configuration, if managed.
    pub logging: Option<MachineLogging>,
    /// Whether AWS is asked what it says of a definition before it is sent.
    pub verify: bool,
    /// The managed aliases.
    pub aliases: AliasTargets,
    /// Which versions may go; nothing means that no version is ever deleted.
    pub retention: Option<Retention>,
}

impl DesiredMachine {
    /// Tells whether its versions and aliases matter. Step Functions answers few such questions a
    /// second (T14), so nobody asks them of a machine that declares neither.
    pub fn has_line(&self) -> bool {
        !self.aliases.is_empty() || self.retention.is_some()
    }

    /// Returns every way in which references are sent, in all states and in single ones.
    pub fn policies(&self) -> impl Iterator<Item = &References> {
        std::iter::once(&self.references).chain(self.references_in.values())
    }

    /// Returns how the references of a state are sent.
    pub fn references_of(&self, state: &str) -> &References {
        self.references_in.get(state).unwrap_or(&self.references)
    }
}

/// Which qualifiers that stand in a definition give way to the declared ones (rule A11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExistingQualifiers {
    /// `$LATEST` and version numbers; another alias is kept.
    #[default]
    Versions,
    /// Only `$LATEST`.
    Latest,
    /// All, other aliases too.
    All,
}

/// The type of a state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MachineKind {
    /// Long-running, exactly once.
    Standard,
    /// Short, at least once.
    Express,
}

impl MachineKind {
    /// Returns the word that AWS uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }
}

/// The logging of a state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineLogging {
    /// `ALL`, `ERROR`, `FATAL` or `OFF`.
    pub level: String,
    /// Whether inputs and outputs are logged.
    #[serde(default)]
    pub include_execution_data: bool,
    /// The ARN of the log group; Step Functions takes exactly one, and none for `OFF`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl MachineLogging {
    /// Returns the logging of a machine that logs nothing.
    pub fn off() -> Self {
        Self { level: "OFF".to_owned(), include_execution_data: false, group: None }
    }
}

impl fmt::Display for MachineLogging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, include_execution_data, group } = self;
        f.write_str(level)?;
        if *include_execution_data {
            f.write_str(" with execution data")?;
        }
        group.iter().try_for_each(|group| write!(f, " to {group}"))
    }
}

/// How references to managed functions are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum References {
    /// Through this alias.
    Alias(AliasName),
    /// Pinned to the version that equals `$LATEST` after the apply.
    Version,
    /// As the definition says; they are checked, not changed.
    Off,
}
