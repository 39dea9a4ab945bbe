//! The nouns: validated names, version numbers, digests, addresses, and the three views of the
//! world (desired, live, recorded).
//!
//! This module knows nothing of AWS clients, files, time sources or output. Every identifier is
//! a newtype that can only be made by its validating constructor, so the rest of the engine never
//! asks whether a name is well formed.

pub mod address;
pub mod arn;
pub mod code;
pub mod desired;
pub mod digest;
pub mod environment;
pub mod hold;
pub mod live;
pub mod live_machine;
pub mod name;
pub mod planned;
pub mod recorded;
pub mod settings;
pub mod variable;
pub mod version;

pub use address::{Address, Object, Part};
pub use arn::{AccountId, Partition, Place, Region, RoleArn};
pub use code::{CodeSource, S3Object};
pub use desired::{
    AliasTarget, AliasTargets, Desired, DesiredFunction, DesiredMachine, DriftIgnore, ExistingQualifiers,
    Limits, MachineKind, MachineLogging, References, Requirement, Retention, SplitKey,
};
pub use digest::{CodeHasher, CodeSha256, Digest};
pub use environment::{Environment, Tokens};
pub use hold::{Hold, HoldChange, HoldEnd, LatestMark};
pub use live::{
    Health, Live, LiveAlias, LiveFunction, LiveLatest, LiveVersion, Presence, RevisionId, Routing, Target,
    UnreadCode, Weight,
};
pub use live_machine::{
    Diagnosis, LiveMachine, LiveMachineLine, LiveMachineVersion, RunningExecutions, Verdict,
    VersionExecutions,
};
pub use name::{
    AliasName, AmbientName, BucketName, EnvironmentName, FunctionId, FunctionName, GroupName, ImageUri,
    InvalidName, MachineId, MachineName, ObjectKey, ObjectVersion, ParameterName, ProjectName, VariableName,
};
pub use planned::{PlannedRouting, VersionRef};
pub use recorded::{
    AliasMove, Holds, KeptDefinition, Leaving, Recorded, RecordedAlias, RecordedFunction, RecordedLatest,
    RecordedMachine, RecordedMachineLine, RecordedMachineVersion, RecordedVersion, StatePins,
};
pub use settings::{Configuration, Setting, SettingChange, Settings};
pub use variable::{
    Secret, Unresolved, Values, VariableChange, VariableChangeKind, VariableSource, Variables, sources,
};
pub use version::{Qualifier, VersionNumber};
