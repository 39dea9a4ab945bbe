//! One action of a plan: what is sent, why, what must be true before, and what it waits for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::{
    diff::ReferenceEdit,
    model::{
        Address, CodeSha256, Digest, FunctionName, HoldChange, HoldEnd, MachineKind, MachineLogging,
        MachineName, Object, Part, PlannedRouting, RevisionId, RoleArn, Routing, SettingChange, Settings,
        VariableChange, VariableName, VariableSource, Variables, VersionNumber,
    },
};

/// One thing that an apply does. Its address is its identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What it changes.
    pub address: Address,
    /// What it does.
    pub operation: Operation,
    /// Why it is in the plan.
    pub reason: Reason,
    /// What must still be true when it is sent.
    pub precondition: Precondition,
    /// The fingerprints of the existing versions that an alias is sent to: under its number there
    /// must still be the version that the plan saw.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<VersionNumber, Digest>,
    /// What is remembered of the alias from then on, beside where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldChange>,
    /// The actions that must be done before.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<Address>,
}

/// What an action sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// CreateFunction, then wait until it is active.
    CreateFunction(FunctionCreation),
    /// UpdateFunctionConfiguration, then wait until it is done.
    UpdateSettings {
        /// What changes; nothing as `to` resets to AWS's default.
        changes: Vec<SettingChange>,
        /// The environment variables that get a value, which is read again at apply; others stay.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        variables: Vec<VariableChange>,
    },
    /// UpdateFunctionCode, then wait until it is done.
    UpdateCode {
        /// The hash of the package that `$LATEST` has.
        from: CodeSha256,
        /// The hash of the code that is sent; at apply it must be the same again.
        to: CodeSha256,
        /// Its size in bytes; 0 of an image.
        size: u64,
        /// Where it comes from: a path, an object of S3 with its version, or an image.
        source: String,
        /// The architectures, if they change; they travel with the code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        architectures: Option<SettingChange>,
    },
    /// PublishVersion, then wait until the version is active.
    PublishVersion {
        /// The template of the description; `${git.short}` and `${deploy.id}` are filled at apply.
        description: String,
        /// The hash that `$LATEST` must have.
        code: CodeSha256,
        /// The newest version when the plan was made; the answer must be newer (T2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        newest: Option<VersionNumber>,
    },
    /// CreateAlias.
    CreateAlias {
        /// Where it will point.
        to: PlannedRouting,
    },
    /// UpdateAlias.
    UpdateAlias {
        /// Where it points.
        from: Routing,
        /// Where it will point.
        to: PlannedRouting,
    },
    /// Nothing is sent: the alias stays, and only what is remembered of it changes.
    KeepAlias {
        /// Where it points; nothing if it does not exist.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Routing>,
    },
    /// CreateStateMachine, then wait until AWS shows it.
    CreateMachine(MachineCreation),
    /// UpdateStateMachine.
    UpdateMachine(MachineAction),
    /// PublishStateMachineVersion, then wait until AWS shows the version.
    PublishMachineVersion {
        /// The template of the description; `${git.short}` and `${deploy.id}` are filled at apply.
        description: String,
        /// The newest version when the plan was made; the answer must be newer (R26).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        newest: Option<VersionNumber>,
    },
    /// DeleteStateMachineVersion.
    DeleteMachineVersion {
        /// The version.
        version: VersionNumber,
    },
    /// DeleteFunction with this version as the qualifier, never without one (T7).
    DeleteVersion {
        /// The version.
        version: VersionNumber,
        /// The size of its package in bytes.
        size: u64,
    },
}

/// A function as it begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionCreation {
    /// The physical name.
    pub name: FunctionName,
    /// The declared settings; those that are AWS's default are not among them.
    pub settings: Settings,
    /// The declared environment variables, each with the source that is read again at apply.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: Variables,
    /// The hash of the code that is sent; at apply it must be the same again.
    pub code: CodeSha256,
    /// Its size in bytes; 0 of an image.
    pub size: u64,
    /// Where it comes from: a path, an object of S3 with its version, or an image.
    pub source: String,
}

/// A state machine as it begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineCreation {
    /// The physical name.
    pub name: MachineName,
    /// The definition that is sent, with `asl::NEW_VERSION` for the numbers of versions of this plan.
    pub definition: String,
    /// The references that the file has otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<ReferenceEdit>,
    /// The execution role.
    pub role: RoleArn,
    /// The type; AWS can never change it.
    pub kind: MachineKind,
    /// The logging; nothing where it is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logging: Option<MachineLogging>,
    /// What the definition calls; it must exist when it is sent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<Address>,
}

/// The parts of a state machine that change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineAction {
    /// The definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<DefinitionChange>,
    /// The execution role, before and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<(RoleArn, RoleArn)>,
    /// The logging, before and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logging: Option<(Option<MachineLogging>, MachineLogging)>,
    /// What the definition calls, managed aliases and versions for the most part; it must exist when it
    /// is sent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<Address>,
}

/// A definition before and after, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionChange {
    /// The live text.
    pub from: String,
    /// The text that is sent, with `asl::NEW_VERSION` for the numbers of versions of this plan.
    pub to: String,
    /// The references that the file has otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<ReferenceEdit>,
}

/// The phases that a plan shows. The graph is the truth; the phases are its outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// New functions.
    Create,
    /// Code and settings of `$LATEST`.
    Update,
    /// New versions.
    Publish,
    /// Aliases.
    Aliases,
    /// State machines: definitions, then their versions, then their aliases.
    Machines,
    /// Old versions.
    Cleanup,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "new functions",
            Self::Update => "code and settings",
            Self::Publish => "publish",
            Self::Aliases => "aliases",
            Self::Machines => "state machines",
            Self::Cleanup => "cleanup",
        })
    }
}

impl Action {
    /// Returns the phase that the action belongs to.
    pub fn phase(&self) -> Phase {
        match (&self.operation, &self.address.object) {
            (Operation::CreateFunction(_), _) => Phase::Create,
            (Operation::UpdateSettings { .. } | Operation::UpdateCode { .. }, _) => Phase::Update,
            (Operation::PublishVersion { .. }, _) => Phase::Publish,
            (
                Operation::CreateAlias { .. } | Operation::UpdateAlias { .. } | Operation::KeepAlias { .. },
                Object::Function(_),
            ) => Phase::Aliases,
            (
                Operation::CreateAlias { .. }
                | Operation::UpdateAlias { .. }
                | Operation::KeepAlias { .. }
                | Operation::CreateMachine(_)
                | Operation::UpdateMachine(_)
                | Operation::PublishMachineVersion { .. },
                _,
            ) => Phase::Machines,
            (Operation::DeleteVersion { .. } | Operation::DeleteMachineVersion { .. }, _) => Phase::Cleanup,
        }
    }
}

impl Action {
    /// Returns in a few words what is done, for progress, journal and graph.
    pub fn summary(&self) -> String {
        match &self.operation {
            Operation::CreateFunction(creation) => format!("create function {}", creation.name),
            Operation::CreateMachine(creation) => format!("create state machine {}", creation.name),
            Operation::UpdateSettings { changes, variables } => {
                let settings = changes.iter().map(|change| change.setting.to_string());
                let variables = variables.iter().map(|change| format!("environment.{}", change.name));
                format!("update settings: {}", settings.chain(variables).collect::<Vec<_>>().join(", "))
            }
            Operation::UpdateCode { from, to, .. } => {
                format!("update code: {} → {}", from.short(), to.short())
            }
            Operation::PublishVersion { .. } | Operation::PublishMachineVersion { .. } => {
                "publish a version".to_owned()
            }
            Operation::CreateAlias { to } => format!("create {} at {to}", self.alias_name()),
            Operation::UpdateAlias { from, to } => format!("{}: {from} → {to}", self.alias_name()),
            Operation::KeepAlias { .. } => format!("{}: {}", self.alias_name(), self.hold_words()),
            Operation::UpdateMachine(machine) => format!("update {}", machine.parts().join(", ")),
            Operation::DeleteVersion { version, .. } | Operation::DeleteMachineVersion { version } => {
                format!("delete version {version}")
            }
        }
    }
}

impl Action {
    /// Returns in a few words what becomes of a hold.
    fn hold_words(&self) -> String {
        match &self.hold {
            None => "stays".to_owned(),
            Some(HoldChange::Hold { until: HoldEnd::Arrives, .. }) => "is there already".to_owned(),
            Some(HoldChange::Hold { .. }) => "is held".to_owned(),
            Some(HoldChange::Mark { bad }) => format!("version {bad} is marked bad"),
            Some(HoldChange::Release { .. }) => "no hold any more".to_owned(),
        }
    }

    /// Returns the alias that the action is about, or the whole address of anything else.
    pub fn alias_name(&self) -> String {
        match &self.address.part {
            Part::Alias(alias) => alias.to_string(),
            Part::Whole
            | Part::Settings
            | Part::Code
            | Part::NewVersion
            | Part::Definition
            | Part::Version(_) => self.address.to_string(),
        }
    }
}

impl Operation {
    /// Returns the environment variables that the operation gives a value, with their sources.
    pub fn variables(&self) -> Vec<(&VariableName, &VariableSource)> {
        match self {
            Self::CreateFunction(creation) => creation.variables.iter().collect(),
            Self::UpdateSettings { changes: _, variables } => {
                variables.iter().map(|change| (&change.name, &change.source)).collect()
            }
            Self::UpdateCode { .. }
            | Self::PublishVersion { .. }
            | Self::CreateAlias { .. }
            | Self::UpdateAlias { .. }
            | Self::KeepAlias { .. }
            | Self::CreateMachine(_)
            | Self::UpdateMachine(_)
            | Self::PublishMachineVersion { .. }
            | Self::DeleteMachineVersion { .. }
            | Self::DeleteVersion { .. } => Vec::new(),
        }
    }
}

impl MachineCreation {
    /// Returns the definition as a change from nothing.
    pub fn change(&self) -> DefinitionChange {
        DefinitionChange { from: String::new(), to: self.definition.clone(), edits: self.edits.clone() }
    }
}

impl MachineAction {
    /// Returns the names of the parts that change.
    pub fn parts(&self) -> Vec<&'static str> {
        let Self { definition, role, logging, calls: _ } = self;
        let parts =
            [(definition.is_some(), "definition"), (role.is_some(), "role"), (logging.is_some(), "logging")];
        parts.into_iter().filter(|(is_changed, _)| *is_changed).map(|(_, name)| name).collect()
    }
}

/// What must be true of the world when an action is sent (design §3.6): meaning, not revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Precondition {
    /// There is no such function or state machine.
    Absent,
    /// `$LATEST` has this fingerprint.
    Latest {
        /// Code, settings and the names of the variables.
        fingerprint: Digest,
        /// The revision at planning, where environment values could have changed unseen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<RevisionId>,
    },
    /// The alias does not exist.
    AliasAbsent,
    /// The alias points here.
    AliasAt(Routing),
    /// The machine's definition, role and logging are these.
    Machine {
        /// The digest of the live text; another text with the same meaning is as good.
        definition: Digest,
        /// The execution role.
        role: RoleArn,
        /// The logging; nothing where it is off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        logging: Option<MachineLogging>,
    },
    /// The machine runs what this is the fingerprint of.
    MachineAt {
        /// The fingerprint of definition, role and logging.
        fingerprint: Digest,
    },
    /// The version is this one and no alias refers to it.
    Unreferenced {
        /// The fingerprint of the version.
        fingerprint: Digest,
    },
}

/// Why an action is in the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reason {
    /// AWS does not have it, and the TOML declares all that it needs.
    DeclaredAndAbsent,
    /// Declared settings are not what AWS has.
    SettingsDiffer,
    /// The package has another hash than the live code.
    CodeDiffers,
    /// The architectures change, which takes the code along.
    ArchitecturesDiffer,
    /// No version equals the coming `$LATEST`.
    NoEqualVersion {
        /// The newest version, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        newest: Option<VersionNumber>,
        /// What differs from it, in words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        differences: Vec<String>,
    },
    /// No version equals the coming machine.
    NoEqualMachineVersion {
        /// The newest version, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        newest: Option<VersionNumber>,
    },
    /// The alias is declared like this and is elsewhere or absent.
    Target(String),
    /// A hold has the alias there, and it was moved since.
    Held,
    /// A hold is over.
    HoldOver,
    /// Somebody asks for it, with this command.
    Asked(String),
    /// The definition means something else.
    DefinitionDiffers {
        /// The states that differ, in words.
        states: Vec<String>,
    },
    /// Only role or logging of the machine differ.
    MachineSettingsDiffer,
    /// Nothing protects the version any more.
    Unprotected {
        /// How many of the newest versions stay.
        keep: u32,
    },
    /// Nothing protects the version, if less is kept than the TOML says.
    CleanedUp {
        /// How many of the newest versions stay.
        keep: u32,
        /// How long a version stays that is young, or left its last alias.
        min_age_seconds: u64,
    },
}

/// A reason names this many states; the difference of the definition names all.
const MOST_STATES: usize = 3;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeclaredAndAbsent => f.write_str("declared, and AWS does not have it"),
            Self::SettingsDiffer => f.write_str("the TOML declares other settings"),
            Self::CodeDiffers => f.write_str("the package has another hash than the live code"),
            Self::ArchitecturesDiffer => {
                f.write_str("the architectures change, and they travel with the code")
            }
            Self::NoEqualVersion { newest: None, .. } | Self::NoEqualMachineVersion { newest: None } => {
                f.write_str("nothing was published yet")
            }
            Self::NoEqualVersion { newest: Some(newest), differences } if differences.is_empty() => {
                write!(f, "no healthy version equals `$LATEST`; version {newest} has failed")
            }
            Self::NoEqualVersion { newest: Some(newest), differences } => {
                write!(f, "differs from version {newest} in {}", differences.join(", "))
            }
            Self::NoEqualMachineVersion { newest: Some(_) } => {
                f.write_str("no version runs this definition with this role and logging")
            }
            Self::Target(target) => write!(f, "declared as {target}"),
            Self::DefinitionDiffers { states } if states.len() > MOST_STATES => {
                write!(f, "{} and {} more", states[..MOST_STATES].join(", "), states.len() - MOST_STATES)
            }
            Self::DefinitionDiffers { states } => f.write_str(&states.join(", ")),
            Self::Held => f.write_str("it is held there"),
            Self::HoldOver => f.write_str("the hold is over"),
            Self::Asked(command) => write!(f, "asked for: `{command}`"),
            Self::MachineSettingsDiffer => f.write_str("the TOML declares another role or logging"),
            Self::Unprotected { keep } => {
                write!(f, "not among the newest {keep}, past min_age, and nothing refers to it")
            }
            Self::CleanedUp { keep, min_age_seconds } => {
                let min_age = SignedDuration::try_from(Duration::from_secs(*min_age_seconds));
                let min_age = min_age.unwrap_or(SignedDuration::MAX);
                write!(
                    f,
                    "not among the newest {keep}, past the min_age of {min_age:#} that was asked for, and nothing refers to it"
                )
            }
        }
    }
}
