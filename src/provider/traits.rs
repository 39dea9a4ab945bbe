//! The two traits, and the few values that only they pass.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use crate::{
    model::{
        AccountId, AliasName, CodeSha256, Environment, FunctionName, LiveAlias, LiveLatest, LiveMachine,
        LiveMachineLine, LiveMachineVersion, LiveVersion, MachineKind, MachineLogging, ParameterName,
        Partition, Presence, RevisionId, RoleArn, Routing, S3Object, Secret, Setting, Settings, Target,
        Verdict, VersionNumber,
    },
    plan::MachineCreation,
};

use super::{Code, ProviderError, StoredObject};

/// Who we are, as STS says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account that every call goes to.
    pub account: AccountId,
    /// The partition of the caller's ARN.
    pub partition: Partition,
    /// The caller's ARN.
    pub arn: String,
}

/// `$LATEST` and all versions of a function, from ListVersionsByFunction (50 a page, R15).
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionListing {
    /// The unqualified ARN.
    pub arn: String,
    /// `$LATEST`; its health is unknown, because lists never carry it.
    pub latest: LiveLatest,
    /// The published versions; their health is unknown.
    pub versions: BTreeMap<VersionNumber, LiveVersion>,
}

/// A function or state machine, as a list of the whole region names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The physical name, which need not be one that the TOML can declare.
    pub name: String,
    /// The unqualified ARN.
    pub arn: String,
}

/// The package of a function, as AWS keeps it.
#[derive(Clone, PartialEq, Eq)]
pub enum LivePackage {
    /// The bytes of a zip file.
    Zip(Vec<u8>),
    /// A container image; its files are nothing that Lambda serves.
    Image,
}

impl fmt::Debug for LivePackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zip(bytes) => write!(f, "Zip({} bytes)", bytes.len()),
            Self::Image => f.write_str("Image"),
        }
    }
}

/// The parts of a state machine that one update changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MachineUpdate {
    /// The whole new definition.
    pub definition: Option<String>,
    /// The new execution role.
    pub role: Option<RoleArn>,
    /// The new logging.
    pub logging: Option<MachineLogging>,
}

/// What can be asked. Nothing here changes anything.
#[expect(async_fn_in_trait, reason = "the engine polls its futures on one task and never needs `Send`")]
pub trait Reader {
    /// Returns the caller's account (STS GetCallerIdentity).
    async fn identity(&self) -> Result<Identity, ProviderError>;

    /// Returns every function of the region, all pages read (ListFunctions).
    async fn functions(&self) -> Result<Vec<Named>, ProviderError>;

    /// Returns every state machine of the region, all pages read (ListStateMachines).
    async fn machines(&self) -> Result<Vec<Named>, ProviderError>;

    /// Returns the tags of a function (ListTags).
    async fn function_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, ProviderError>;

    /// Returns the tags of a state machine (ListTagsForResource).
    async fn machine_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, ProviderError>;

    /// Returns `$LATEST` and every version, all pages read (ListVersionsByFunction).
    async fn function(&self, name: &FunctionName) -> Result<Presence<FunctionListing>, ProviderError>;

    /// Returns every alias, all pages read (ListAliases).
    async fn aliases(&self, name: &FunctionName) -> Result<BTreeMap<AliasName, LiveAlias>, ProviderError>;

    /// Returns one alias (GetAlias).
    async fn alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
    ) -> Result<Presence<LiveAlias>, ProviderError>;

    /// Returns `$LATEST` with its revision and health (GetFunction, its own quota).
    async fn latest(&self, name: &FunctionName) -> Result<Presence<LiveLatest>, ProviderError>;

    /// Returns one version with its health (GetFunction, its own quota).
    async fn version(
        &self,
        name: &FunctionName,
        version: VersionNumber,
    ) -> Result<Presence<LiveVersion>, ProviderError>;

    /// Returns the package of `$LATEST` or of one version (GetFunction, and the link that it answers
    /// with). A package above `limit` bytes is refused before more of it is read.
    async fn package(
        &self,
        name: &FunctionName,
        target: Target,
        limit: u64,
    ) -> Result<Presence<LivePackage>, ProviderError>;

    /// Returns what S3 has under this version of an object (HeadObject, and GetObject where S3 does not tell the
    /// SHA-256 of the whole).
    async fn object(&self, object: &S3Object) -> Result<StoredObject, ProviderError>;

    /// Returns the aliases whose provisioned concurrency is still being moved; AWS gives those
    /// transient weights for minutes (T11).
    async fn shifting_aliases(&self, name: &FunctionName) -> Result<Vec<AliasName>, ProviderError>;

    /// Returns a state machine (DescribeStateMachine).
    async fn machine(&self, arn: &str) -> Result<Presence<LiveMachine>, ProviderError>;

    /// Returns the versions and aliases of a state machine, all pages read (ListStateMachineVersions,
    /// ListStateMachineAliases, and DescribeStateMachineAlias for each alias, T14).
    async fn machine_line(&self, arn: &str) -> Result<Presence<LiveMachineLine>, ProviderError>;

    /// Returns what one version of a state machine runs (DescribeStateMachine with its ARN, R30).
    async fn machine_version(
        &self,
        arn: &str,
        version: VersionNumber,
    ) -> Result<Presence<LiveMachineVersion>, ProviderError>;

    /// Returns one alias of a state machine (DescribeStateMachineAlias).
    async fn machine_alias(&self, arn: &str, alias: &AliasName) -> Result<Presence<Routing>, ProviderError>;

    /// Tells whether executions of a machine's version are running, started through the version or an
    /// alias of it (ListExecutions). Express machines have no such list.
    async fn has_running_executions(&self, arn: &str, version: VersionNumber) -> Result<bool, ProviderError>;

    /// Returns the running executions of a machine, the oldest first (ListExecutions).
    async fn running_executions(&self, arn: &str) -> Result<RunningList, ProviderError>;

    /// Returns what an execution follows (DescribeStateMachineForExecution, R31).
    async fn execution_definition(
        &self,
        execution_arn: &str,
    ) -> Result<Presence<ExecutionDefinition>, ProviderError>;

    /// Returns those of at most ten parameters that are there, with their values (GetParameters).
    async fn parameters(
        &self,
        names: &[ParameterName],
    ) -> Result<BTreeMap<ParameterName, Secret>, ProviderError>;

    /// Returns what AWS says of a definition (ValidateStateMachineDefinition, R32).
    async fn verdict(&self, definition: &str, kind: MachineKind) -> Result<Verdict, ProviderError>;
}

/// The running executions of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunningList {
    /// The oldest first.
    pub executions: Vec<RunningExecution>,
    /// Whether these are all; a longer list is not read to its end.
    pub is_complete: bool,
}

/// A running execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningExecution {
    /// Its ARN.
    pub arn: String,
    /// The version that it was started with; nothing where it was started with the machine itself.
    pub version_arn: Option<String>,
}

/// What an execution follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionDefinition {
    /// The machine's revision at its start; absent until the first update (T16).
    pub revision: Option<RevisionId>,
    /// The definition.
    pub definition: String,
}

/// What can be ordered. Each write names the revision that it believes in, where AWS takes one.
#[expect(async_fn_in_trait, reason = "the engine polls its futures on one task and never needs `Send`")]
pub trait Provider: Reader {
    /// Creates a function with its code (CreateFunction), and returns the hash of what AWS took. Returns when it
    /// was accepted, not when the function is active (R1).
    async fn create_function(
        &self,
        name: &FunctionName,
        settings: &Settings,
        environment: &Environment,
        code: &Code,
    ) -> Result<CodeSha256, ProviderError>;

    /// Changes settings of `$LATEST`; nothing as a value resets to AWS's default, and an environment
    /// replaces all variables (UpdateFunctionConfiguration). Returns when the update was accepted, not when it is done.
    async fn update_settings(
        &self,
        name: &FunctionName,
        settings: &BTreeMap<Setting, Option<Value>>,
        environment: Option<&Environment>,
        revision: &RevisionId,
    ) -> Result<(), ProviderError>;

    /// Sends code, with the architectures if they change (UpdateFunctionCode), and returns the hash of what AWS
    /// took.
    async fn update_code(
        &self,
        name: &FunctionName,
        code: &Code,
        architectures: Option<&Value>,
        revision: &RevisionId,
    ) -> Result<CodeSha256, ProviderError>;

    /// Publishes `$LATEST` and returns the version that AWS answered, which may be an old one
    /// (PublishVersion, T2).
    async fn publish_version(
        &self,
        name: &FunctionName,
        code: &CodeSha256,
        description: &str,
        revision: &RevisionId,
    ) -> Result<VersionNumber, ProviderError>;

    /// Creates an alias (CreateAlias).
    async fn create_alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError>;

    /// Moves an alias, target and weights in one call (UpdateAlias, T9).
    async fn update_alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
        routing: &Routing,
        revision: &RevisionId,
    ) -> Result<(), ProviderError>;

    /// Deletes one published version (DeleteFunction with a numeric qualifier; T7: there is no
    /// way to leave the qualifier out).
    async fn delete_version(&self, name: &FunctionName, version: VersionNumber) -> Result<(), ProviderError>;

    /// Creates a state machine (CreateStateMachine). AWS also accepts it where an equal one is there, and
    /// then ignores another role (T18).
    async fn create_machine(&self, creation: &MachineCreation) -> Result<(), ProviderError>;

    /// Changes a state machine (UpdateStateMachine; it takes no precondition, T15).
    async fn update_machine(&self, arn: &str, update: &MachineUpdate) -> Result<(), ProviderError>;

    /// Publishes a state machine at this revision and returns the version that AWS answered, which
    /// may be an old one (PublishStateMachineVersion, R26). A machine that was never updated has no
    /// revision, and AWS calls that `INITIAL` (T16).
    async fn publish_machine_version(
        &self,
        arn: &str,
        description: &str,
        revision: Option<&RevisionId>,
    ) -> Result<VersionNumber, ProviderError>;

    /// Creates an alias of a state machine (CreateStateMachineAlias).
    async fn create_machine_alias(
        &self,
        arn: &str,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError>;

    /// Moves an alias of a state machine (UpdateStateMachineAlias; it takes no precondition, T15).
    async fn update_machine_alias(
        &self,
        arn: &str,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError>;

    /// Deletes one published version of a state machine (DeleteStateMachineVersion).
    async fn delete_machine_version(&self, arn: &str, version: VersionNumber) -> Result<(), ProviderError>;
}
