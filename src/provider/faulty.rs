//! A provider that fails on demand, in front of any other: crashes, refusals and lost answers.
//!
//! The schedule counts calls by the IAM name of their operation. A failure strikes before the call,
//! and then nothing happened, or after it, and then the effect is in place and its answer lost.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

use crate::{
    model::{
        AliasName, CodeSha256, Environment, FunctionName, LiveAlias, LiveLatest, LiveMachine,
        LiveMachineLine, LiveMachineVersion, LiveVersion, MachineKind, ParameterName, Presence, RevisionId,
        Routing, S3Object, Secret, Setting, Settings, Target, Verdict, VersionNumber,
    },
    plan::MachineCreation,
};

use super::{
    Code, ExecutionDefinition, FailureKind, FunctionListing, Identity, LivePackage, MachineUpdate, Named,
    Provider, ProviderError, Reader, RunningList, StoredObject,
};

/// Stands for every operation in [`Faulty::fail`], counted together.
pub const ANY_OPERATION: &str = "*";

/// Which calls of an operation fail, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// All of them.
    Every,
    /// This one alone.
    Nth(u32),
    /// This one and all later ones, as after a crash.
    From(u32),
}

impl Occurrence {
    fn includes(self, number: u32) -> bool {
        match self {
            Self::Every => true,
            Self::Nth(nth) => number == nth,
            Self::From(first) => number >= first,
        }
    }
}

/// When a failure strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the call reaches the provider: nothing happens.
    Before,
    /// After the provider did it: the answer is lost.
    After,
}

#[derive(Debug, Clone)]
struct Fault {
    operation: &'static str,
    occurrence: Occurrence,
    kind: FailureKind,
    moment: Moment,
}

#[derive(Debug, Default)]
struct Schedule {
    faults: Vec<Fault>,
    calls: BTreeMap<&'static str, u32>,
}

/// The wrapper.
#[derive(Debug)]
pub struct Faulty<P> {
    inner: P,
    schedule: Mutex<Schedule>,
}

impl<P> Faulty<P> {
    /// Wraps a provider; nothing fails yet.
    pub fn new(inner: P) -> Self {
        Self { inner, schedule: Mutex::default() }
    }

    /// Adds a failure to the schedule; the first that applies strikes. Calls are counted from the
    /// creation of the wrapper.
    pub fn fail(&self, operation: &'static str, occurrence: Occurrence, kind: FailureKind, moment: Moment) {
        self.with_schedule(|schedule| schedule.faults.push(Fault { operation, occurrence, kind, moment }));
    }

    /// Forgets every failure; the counts go on.
    pub fn heal(&self) {
        self.with_schedule(|schedule| schedule.faults.clear());
    }

    /// Returns how often an operation was called, failed calls included.
    pub fn calls(&self, operation: &str) -> u32 {
        self.with_schedule(|schedule| schedule.calls.get(operation).copied().unwrap_or_default())
    }

    /// Returns the provider behind.
    pub fn inner(&self) -> &P {
        &self.inner
    }

    fn with_schedule<T>(&self, look: impl FnOnce(&mut Schedule) -> T) -> T {
        look(&mut self.schedule.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn strike(&self, operation: &'static str) -> Option<Fault> {
        self.with_schedule(|schedule| {
            let mut count = |operation| {
                let calls = schedule.calls.entry(operation).or_default();
                *calls += 1;
                *calls
            };
            let (own, all) = (count(operation), count(ANY_OPERATION));
            let applies = |fault: &&Fault| match fault.operation {
                ANY_OPERATION => fault.occurrence.includes(all),
                name => name == operation && fault.occurrence.includes(own),
            };
            schedule.faults.iter().find(applies).cloned()
        })
    }

    async fn call<T>(
        &self,
        operation: &'static str,
        subject: impl Into<String>,
        call: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        let Some(Fault { kind, moment, .. }) = self.strike(operation) else {
            return call.await;
        };
        let (subject, message) = (subject.into(), "the failure was scheduled".to_owned());
        match moment {
            Moment::Before => {}
            // A call that fails by itself keeps its own failure.
            Moment::After => drop(call.await?),
        }
        Err(ProviderError { kind, operation, subject, message })
    }
}

impl<P: Reader> Reader for Faulty<P> {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.call("sts:GetCallerIdentity", "the caller", self.inner.identity()).await
    }

    async fn functions(&self) -> Result<Vec<Named>, ProviderError> {
        self.call("lambda:ListFunctions", "the region", self.inner.functions()).await
    }

    async fn machines(&self) -> Result<Vec<Named>, ProviderError> {
        self.call("states:ListStateMachines", "the region", self.inner.machines()).await
    }

    async fn function_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, ProviderError> {
        self.call("lambda:ListTags", arn, self.inner.function_tags(arn)).await
    }

    async fn machine_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, ProviderError> {
        self.call("states:ListTagsForResource", arn, self.inner.machine_tags(arn)).await
    }

    async fn function(&self, name: &FunctionName) -> Result<Presence<FunctionListing>, ProviderError> {
        self.call("lambda:ListVersionsByFunction", name.as_str(), self.inner.function(name)).await
    }

    async fn aliases(&self, name: &FunctionName) -> Result<BTreeMap<AliasName, LiveAlias>, ProviderError> {
        self.call("lambda:ListAliases", name.as_str(), self.inner.aliases(name)).await
    }

    async fn alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
    ) -> Result<Presence<LiveAlias>, ProviderError> {
        self.call("lambda:GetAlias", format!("{name}:{alias}"), self.inner.alias(name, alias)).await
    }

    async fn latest(&self, name: &FunctionName) -> Result<Presence<LiveLatest>, ProviderError> {
        self.call("lambda:GetFunction", name.as_str(), self.inner.latest(name)).await
    }

    async fn version(
        &self,
        name: &FunctionName,
        version: VersionNumber,
    ) -> Result<Presence<LiveVersion>, ProviderError> {
        let subject = format!("{name}:{version}");
        self.call("lambda:GetFunction", subject, self.inner.version(name, version)).await
    }

    async fn package(
        &self,
        name: &FunctionName,
        target: Target,
        limit: u64,
    ) -> Result<Presence<LivePackage>, ProviderError> {
        let subject = format!("{name}:{target}");
        self.call("lambda:GetFunction", subject, self.inner.package(name, target, limit)).await
    }

    async fn object(&self, object: &S3Object) -> Result<StoredObject, ProviderError> {
        self.call("s3:GetObjectVersion", object.to_string(), self.inner.object(object)).await
    }

    async fn shifting_aliases(&self, name: &FunctionName) -> Result<Vec<AliasName>, ProviderError> {
        let operation = "lambda:ListProvisionedConcurrencyConfigs";
        self.call(operation, name.as_str(), self.inner.shifting_aliases(name)).await
    }

    async fn machine(&self, arn: &str) -> Result<Presence<LiveMachine>, ProviderError> {
        self.call("states:DescribeStateMachine", arn, self.inner.machine(arn)).await
    }

    async fn machine_line(&self, arn: &str) -> Result<Presence<LiveMachineLine>, ProviderError> {
        self.call("states:ListStateMachineVersions", arn, self.inner.machine_line(arn)).await
    }

    async fn machine_version(
        &self,
        arn: &str,
        version: VersionNumber,
    ) -> Result<Presence<LiveMachineVersion>, ProviderError> {
        let call = self.inner.machine_version(arn, version);
        self.call("states:DescribeStateMachine", format!("{arn}:{version}"), call).await
    }

    async fn machine_alias(&self, arn: &str, alias: &AliasName) -> Result<Presence<Routing>, ProviderError> {
        let call = self.inner.machine_alias(arn, alias);
        self.call("states:DescribeStateMachineAlias", format!("{arn}:{alias}"), call).await
    }

    async fn has_running_executions(&self, arn: &str, version: VersionNumber) -> Result<bool, ProviderError> {
        let call = self.inner.has_running_executions(arn, version);
        self.call("states:ListExecutions", format!("{arn}:{version}"), call).await
    }

    async fn running_executions(&self, arn: &str) -> Result<RunningList, ProviderError> {
        self.call("states:ListExecutions", arn, self.inner.running_executions(arn)).await
    }

    async fn execution_definition(
        &self,
        execution_arn: &str,
    ) -> Result<Presence<ExecutionDefinition>, ProviderError> {
        let call = self.inner.execution_definition(execution_arn);
        self.call("states:DescribeStateMachineForExecution", execution_arn, call).await
    }

    async fn parameters(
        &self,
        names: &[ParameterName],
    ) -> Result<BTreeMap<ParameterName, Secret>, ProviderError> {
        let subject = names.first().map(ToString::to_string).unwrap_or_default();
        self.call("ssm:GetParameters", subject, self.inner.parameters(names)).await
    }

    async fn verdict(&self, definition: &str, kind: MachineKind) -> Result<Verdict, ProviderError> {
        let call = self.inner.verdict(definition, kind);
        self.call("states:ValidateStateMachineDefinition", "a definition", call).await
    }
}

impl<P: Provider> Provider for Faulty<P> {
    async fn create_function(
        &self,
        name: &FunctionName,
        settings: &Settings,
        environment: &Environment,
        code: &Code,
    ) -> Result<CodeSha256, ProviderError> {
        let call = self.inner.create_function(name, settings, environment, code);
        self.call("lambda:CreateFunction", name.as_str(), call).await
    }

    async fn update_settings(
        &self,
        name: &FunctionName,
        settings: &BTreeMap<Setting, Option<Value>>,
        environment: Option<&Environment>,
        revision: &RevisionId,
    ) -> Result<(), ProviderError> {
        let call = self.inner.update_settings(name, settings, environment, revision);
        self.call("lambda:UpdateFunctionConfiguration", name.as_str(), call).await
    }

    async fn update_code(
        &self,
        name: &FunctionName,
        code: &Code,
        architectures: Option<&Value>,
        revision: &RevisionId,
    ) -> Result<CodeSha256, ProviderError> {
        let call = self.inner.update_code(name, code, architectures, revision);
        self.call("lambda:UpdateFunctionCode", name.as_str(), call).await
    }

    async fn publish_version(
        &self,
        name: &FunctionName,
        code: &CodeSha256,
        description: &str,
        revision: &RevisionId,
    ) -> Result<VersionNumber, ProviderError> {
        let call = self.inner.publish_version(name, code, description, revision);
        self.call("lambda:PublishVersion", name.as_str(), call).await
    }

    async fn create_alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError> {
        let call = self.inner.create_alias(name, alias, routing);
        self.call("lambda:CreateAlias", format!("{name}:{alias}"), call).await
    }

    async fn update_alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
        routing: &Routing,
        revision: &RevisionId,
    ) -> Result<(), ProviderError> {
        let call = self.inner.update_alias(name, alias, routing, revision);
        self.call("lambda:UpdateAlias", format!("{name}:{alias}"), call).await
    }

    async fn delete_version(&self, name: &FunctionName, version: VersionNumber) -> Result<(), ProviderError> {
        let call = self.inner.delete_version(name, version);
        self.call("lambda:DeleteFunction", format!("{name}:{version}"), call).await
    }

    async fn create_machine(&self, creation: &MachineCreation) -> Result<(), ProviderError> {
        let call = self.inner.create_machine(creation);
        self.call("states:CreateStateMachine", creation.name.as_str(), call).await
    }

    async fn update_machine(&self, arn: &str, update: &MachineUpdate) -> Result<(), ProviderError> {
        self.call("states:UpdateStateMachine", arn, self.inner.update_machine(arn, update)).await
    }

    async fn publish_machine_version(
        &self,
        arn: &str,
        description: &str,
        revision: Option<&RevisionId>,
    ) -> Result<VersionNumber, ProviderError> {
        let call = self.inner.publish_machine_version(arn, description, revision);
        self.call("states:PublishStateMachineVersion", arn, call).await
    }

    async fn create_machine_alias(
        &self,
        arn: &str,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError> {
        let call = self.inner.create_machine_alias(arn, alias, routing);
        self.call("states:CreateStateMachineAlias", format!("{arn}:{alias}"), call).await
    }

    async fn update_machine_alias(
        &self,
        arn: &str,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError> {
        let call = self.inner.update_machine_alias(arn, alias, routing);
        self.call("states:UpdateStateMachineAlias", format!("{arn}:{alias}"), call).await
    }

    async fn delete_machine_version(&self, arn: &str, version: VersionNumber) -> Result<(), ProviderError> {
        let call = self.inner.delete_machine_version(arn, version);
        self.call("states:DeleteStateMachineVersion", format!("{arn}:{version}"), call).await
    }
}
