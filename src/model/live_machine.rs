//! A state machine as AWS describes it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    AliasName, MachineKind, MachineLogging, MachineName, RevisionId, RoleArn, Routing, VersionNumber,
};

/// The versions and aliases of a state machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveMachineLine {
    /// When each published version was published; AWS lists nothing else of them (R28).
    pub versions: BTreeMap<VersionNumber, Timestamp>,
    /// The aliases.
    pub aliases: BTreeMap<AliasName, Routing>,
    /// The aliases with names that we do not manage: Step Functions allows dots (T27).
    pub other_aliases: BTreeMap<String, Routing>,
    /// What the versions run, as far as it was asked.
    pub contents: BTreeMap<VersionNumber, LiveMachineVersion>,
    /// Whether executions of a version are running, as far as it was asked.
    pub running: BTreeMap<VersionNumber, VersionExecutions>,
}

/// What is known of the executions of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionExecutions {
    /// None is running.
    Ended,
    /// At least one is running.
    Running,
    /// Nobody may list them.
    Hidden,
}

/// What a published version of a state machine runs; it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveMachineVersion {
    /// The definition, byte for byte as it was sent.
    pub definition: String,
    /// The execution role.
    pub role: RoleArn,
    /// The logging; nothing where it is off.
    pub logging: Option<MachineLogging>,
    /// The description, in our case the commit and the deployment.
    pub description: String,
}

/// A state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveMachine {
    /// The physical name.
    pub name: MachineName,
    /// The ARN.
    pub arn: String,
    /// The definition, byte for byte as it was sent.
    pub definition: String,
    /// The execution role.
    pub role: RoleArn,
    /// `STANDARD` or `EXPRESS`.
    pub kind: MachineKind,
    /// The logging; nothing where it is off.
    pub logging: Option<MachineLogging>,
    /// Absent until the first update (R26, T16).
    pub revision_id: Option<RevisionId>,
    /// Whether it is being deleted.
    pub is_deleting: bool,
    /// Its versions and aliases; nothing where nobody asked.
    pub line: Option<LiveMachineLine>,
    /// What its running executions follow; nothing where nobody asked.
    pub executions: Option<RunningExecutions>,
}

/// The definitions that running executions follow: an execution keeps the one that it was started with
/// (R31).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunningExecutions {
    /// The definitions.
    pub definitions: BTreeSet<String>,
    /// Whether there is no other one; too many executions, or a missing permission, leave that open.
    pub is_complete: bool,
}

/// What AWS says of a definition (ValidateStateMachineDefinition, R32).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It would be accepted or refused, and these are the words for it.
    Said {
        /// Whether it would be accepted.
        is_valid: bool,
        /// What is wrong with it, or deserves a word.
        diagnoses: Vec<Diagnosis>,
    },
    /// AWS was asked and did not say; why.
    Unsaid(String),
}

/// One thing that AWS says of a definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnosis {
    /// Whether it alone makes AWS refuse the definition.
    pub is_error: bool,
    /// AWS's code, as `SCHEMA_VALIDATION_FAILED`.
    pub code: String,
    /// AWS's words.
    pub message: String,
    /// Where, as far as AWS says it: a JSON pointer.
    pub location: Option<String>,
}
