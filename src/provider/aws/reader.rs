//! The reading half of the provider: one method per question, one operation per method.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::FunctionConfiguration;

use crate::{
    model::{
        AccountId, AliasName, FunctionName, LiveAlias, LiveLatest, LiveMachine, LiveMachineLine,
        LiveMachineVersion, LiveVersion, MachineKind, ParameterName, Partition, Presence, Routing, S3Object,
        Secret, Target, Verdict, VersionNumber,
    },
    provider::{
        ExecutionDefinition, FailureKind, FunctionListing, Identity, LivePackage, Named, ProviderError,
        Reader, RunningList, StoredObject,
    },
};

use super::{
    AwsProvider, alias, call::Call, download::PresignedLink, function, health::health, machine::machine,
    machine_line, pages::Pages,
};

impl Reader for AwsProvider {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        let call = Call::read("sts:GetCallerIdentity", "the caller");
        let sent = self.sts.get_caller_identity().customize().interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        let arn = call.required("Arn", answer.arn())?;
        let account = call.required("Account", answer.account())?;
        let partition = call.required("Arn", arn.split(':').nth(1))?;
        Ok(Identity {
            account: AccountId::new(account).map_err(|error| call.unreadable(error.to_string()))?,
            partition: Partition::new(partition).map_err(|error| call.unreadable(error.to_string()))?,
            arn: arn.to_owned(),
        })
    }

    async fn functions(&self) -> Result<Vec<Named>, ProviderError> {
        self.all_functions().await
    }

    async fn machines(&self) -> Result<Vec<Named>, ProviderError> {
        self.all_machines().await
    }

    async fn function_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, ProviderError> {
        self.tags_of_function(arn).await
    }

    async fn machine_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, ProviderError> {
        self.tags_of_machine(arn).await
    }

    async fn function(&self, name: &FunctionName) -> Result<Presence<FunctionListing>, ProviderError> {
        let call = Call::read("lambda:ListVersionsByFunction", name.as_str());
        match self.all_versions(&call, name).await {
            Ok(items) => function::listing(&call, name, &items).map(Presence::Present),
            Err(error) => absent_if_missing(error),
        }
    }

    async fn aliases(&self, name: &FunctionName) -> Result<BTreeMap<AliasName, LiveAlias>, ProviderError> {
        let call = Call::read("lambda:ListAliases", name.as_str());
        let (mut found, mut pages) = (BTreeMap::new(), Pages::default());
        loop {
            let request = self.lambda.list_aliases().function_name(name.as_str()).set_marker(pages.marker());
            let sent = request.customize().interceptor(call.log()).send().await;
            let page = sent.map_err(|error| call.failed(&error))?;
            for item in page.aliases() {
                let name = AliasName::new(call.required("Name", item.name())?)
                    .map_err(|error| call.unreadable(error.to_string()))?;
                let live =
                    alias::alias(&call, item.function_version(), item.routing_config(), item.revision_id())?;
                found.insert(name, live);
            }
            if !pages.turn(&call, page.next_marker)? {
                return Ok(found);
            }
        }
    }

    async fn alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
    ) -> Result<Presence<LiveAlias>, ProviderError> {
        let call = Call::read("lambda:GetAlias", format!("{name}:{alias}"));
        let request = self.lambda.get_alias().function_name(name.as_str()).name(alias.as_str());
        match request.customize().interceptor(call.log()).send().await {
            Ok(found) => {
                alias::alias(&call, found.function_version(), found.routing_config(), found.revision_id())
                    .map(Presence::Present)
            }
            Err(error) => absent_if_missing(call.failed(&error)),
        }
    }

    async fn latest(&self, name: &FunctionName) -> Result<Presence<LiveLatest>, ProviderError> {
        let call = Call::read("lambda:GetFunction", name.as_str());
        match self.get_function(&call, name, None).await {
            Ok(found) => function::latest(&call, name, &found, health(&found)).map(Presence::Present),
            Err(error) => absent_if_missing(error),
        }
    }

    async fn version(
        &self,
        name: &FunctionName,
        version: VersionNumber,
    ) -> Result<Presence<LiveVersion>, ProviderError> {
        let call = Call::read("lambda:GetFunction", format!("{name}:{version}"));
        match self.get_function(&call, name, Some(version)).await {
            Ok(found) => function::version(&call, name, &found, health(&found)).map(Presence::Present),
            Err(error) => absent_if_missing(error),
        }
    }

    async fn package(
        &self,
        name: &FunctionName,
        target: Target,
        limit: u64,
    ) -> Result<Presence<LivePackage>, ProviderError> {
        let call = Call::read("lambda:GetFunction", format!("{name}:{target}"));
        let request = self.lambda.get_function().function_name(name.as_str());
        let request = request.set_qualifier(target.version().map(|version| version.to_string()));
        let answer = match request.customize().interceptor(call.log()).send().await {
            Ok(answer) => answer,
            Err(error) => return absent_if_missing(call.failed(&error)),
        };
        let code = call.required("Code", answer.code())?;
        if code.image_uri().is_some() || code.repository_type() == Some("ECR") {
            return Ok(Presence::Present(LivePackage::Image));
        }
        let link = PresignedLink::new(call.required("Location", code.location())?);
        let bytes = self.downloads.fetch(&call, &link, limit).await?;
        Ok(Presence::Present(LivePackage::Zip(bytes)))
    }

    async fn object(&self, object: &S3Object) -> Result<StoredObject, ProviderError> {
        self.stored_object(object).await
    }

    async fn shifting_aliases(&self, name: &FunctionName) -> Result<Vec<AliasName>, ProviderError> {
        let call = Call::read("lambda:ListProvisionedConcurrencyConfigs", name.as_str());
        let (mut found, mut pages) = (Vec::new(), Pages::default());
        loop {
            let request = self.lambda.list_provisioned_concurrency_configs().function_name(name.as_str());
            let sent = request.set_marker(pages.marker()).customize().interceptor(call.log()).send().await;
            let page = sent.map_err(|error| call.failed(&error))?;
            found.extend(page.provisioned_concurrency_configs().iter().filter_map(alias::shifting));
            if !pages.turn(&call, page.next_marker)? {
                found.sort();
                return Ok(found);
            }
        }
    }

    async fn machine(&self, arn: &str) -> Result<Presence<LiveMachine>, ProviderError> {
        let call = Call::read("states:DescribeStateMachine", arn);
        let request = self.states.describe_state_machine().state_machine_arn(arn);
        match request.customize().interceptor(call.log()).send().await {
            Ok(found) => machine(&call, &found).map(Presence::Present),
            Err(error) => absent_if_missing(call.failed(&error)),
        }
    }

    async fn machine_line(&self, arn: &str) -> Result<Presence<LiveMachineLine>, ProviderError> {
        self.line(arn).await
    }

    async fn machine_version(
        &self,
        arn: &str,
        version: VersionNumber,
    ) -> Result<Presence<LiveMachineVersion>, ProviderError> {
        let arn = format!("{arn}:{version}");
        let call = Call::read("states:DescribeStateMachine", arn.as_str());
        let request = self.states.describe_state_machine().state_machine_arn(arn);
        match request.customize().interceptor(call.log()).send().await {
            Ok(found) => machine_line::version(&call, &found).map(Presence::Present),
            Err(error) => absent_if_missing(call.failed(&error)),
        }
    }

    async fn machine_alias(&self, arn: &str, alias: &AliasName) -> Result<Presence<Routing>, ProviderError> {
        self.routing(&format!("{arn}:{alias}")).await
    }

    async fn has_running_executions(&self, arn: &str, version: VersionNumber) -> Result<bool, ProviderError> {
        self.is_running(&format!("{arn}:{version}")).await
    }

    async fn running_executions(&self, arn: &str) -> Result<RunningList, ProviderError> {
        self.running(arn).await
    }

    async fn execution_definition(
        &self,
        execution_arn: &str,
    ) -> Result<Presence<ExecutionDefinition>, ProviderError> {
        self.followed(execution_arn).await
    }

    async fn parameters(
        &self,
        names: &[ParameterName],
    ) -> Result<BTreeMap<ParameterName, Secret>, ProviderError> {
        self.parameters_of(names).await
    }

    async fn verdict(&self, definition: &str, kind: MachineKind) -> Result<Verdict, ProviderError> {
        self.validated(definition, kind).await
    }
}

impl AwsProvider {
    async fn all_versions(
        &self,
        call: &Call,
        name: &FunctionName,
    ) -> Result<Vec<FunctionConfiguration>, ProviderError> {
        let (mut items, mut pages) = (Vec::new(), Pages::default());
        loop {
            let request = self.lambda.list_versions_by_function().function_name(name.as_str());
            let sent = request.set_marker(pages.marker()).customize().interceptor(call.log()).send().await;
            let page = sent.map_err(|error| call.failed(&error))?;
            items.extend(page.versions.unwrap_or_default());
            if !pages.turn(call, page.next_marker)? {
                return Ok(items);
            }
        }
    }

    async fn get_function(
        &self,
        call: &Call,
        name: &FunctionName,
        version: Option<VersionNumber>,
    ) -> Result<FunctionConfiguration, ProviderError> {
        let request = self.lambda.get_function().function_name(name.as_str());
        let request = request.set_qualifier(version.map(|version| version.to_string()));
        let sent = request.customize().interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        call.required("Configuration", answer.configuration)
    }
}

/// Tells absence apart from every other failure.
pub(super) fn absent_if_missing<T>(error: ProviderError) -> Result<Presence<T>, ProviderError> {
    if error.kind == FailureKind::NotFound { Ok(Presence::Absent) } else { Err(error) }
}
