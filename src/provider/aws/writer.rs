//! The writing half of the provider. Each write names the revision it believes in, where AWS has one.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_lambda::{
    primitives::Blob,
    types::{FunctionCode, PackageType},
};
use aws_sdk_sfn::types::StateMachineType;
use serde_json::Value;

use crate::{
    model::{
        AliasName, CodeSha256, Environment, FunctionName, RevisionId, Routing, Setting, Settings,
        VersionNumber,
    },
    plan::MachineCreation,
    provider::{Code, MachineUpdate, Provider, ProviderError},
};

use super::{
    AwsProvider, alias,
    call::Call,
    connection::timeouts,
    function::version_number,
    machine::wire_logging,
    machine_line::wire_routing,
    settings::{architectures, beginning_with, sent_environment, with_setting},
};

/// A package of 50 MB needs its time on a slow line, and the read timeout starts with the upload.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(280);

fn upload_patience() -> aws_sdk_lambda::config::Builder {
    aws_sdk_lambda::Config::builder().timeout_config(timeouts(UPLOAD_TIMEOUT, UPLOAD_TIMEOUT))
}

/// Returns the code that a function begins with.
fn beginning(code: &Code) -> FunctionCode {
    let request = FunctionCode::builder();
    match code {
        Code::Package(package) => request.zip_file(Blob::new(package.bytes.as_slice())),
        Code::Object(object, _) => request
            .s3_bucket(object.bucket.as_str())
            .s3_key(object.key.as_str())
            .s3_object_version(object.version.as_str()),
        Code::Image(image) => request.image_uri(image.as_str()),
    }
    .build()
}

impl Provider for AwsProvider {
    async fn create_function(
        &self,
        name: &FunctionName,
        settings: &Settings,
        environment: &Environment,
        code: &Code,
    ) -> Result<CodeSha256, ProviderError> {
        let call = Call::write("lambda:CreateFunction", name.as_str());
        let mut request = self.lambda.create_function().function_name(name.as_str()).code(beginning(code));
        for (setting, value) in settings.iter() {
            request = match setting {
                Setting::Architectures => request.set_architectures(Some(architectures(&call, value)?)),
                Setting::PackageType => request.set_package_type(value.as_str().map(PackageType::from)),
                _ => beginning_with(request, &call, name, setting, Some(value))?,
            };
        }
        request = request.set_environment((!environment.is_empty()).then(|| sent_environment(environment)));
        let request = request.customize().config_override(upload_patience());
        let sent = request.interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        Ok(CodeSha256::reported(call.required("CodeSha256", answer.code_sha256)?))
    }

    async fn update_settings(
        &self,
        name: &FunctionName,
        settings: &BTreeMap<Setting, Option<Value>>,
        environment: Option<&Environment>,
        revision: &RevisionId,
    ) -> Result<(), ProviderError> {
        let call = Call::write("lambda:UpdateFunctionConfiguration", name.as_str());
        let mut request = self.lambda.update_function_configuration();
        request = request.function_name(name.as_str()).revision_id(revision.as_str());
        for (setting, value) in settings {
            request = with_setting(request, &call, name, *setting, value.as_ref())?;
        }
        request = request.set_environment(environment.map(sent_environment));
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }

    async fn update_code(
        &self,
        name: &FunctionName,
        code: &Code,
        architecture: Option<&Value>,
        revision: &RevisionId,
    ) -> Result<CodeSha256, ProviderError> {
        let call = Call::write("lambda:UpdateFunctionCode", name.as_str());
        let architectures = architecture.map(|value| architectures(&call, value)).transpose()?;
        let request = self.lambda.update_function_code().function_name(name.as_str());
        let request = match code {
            Code::Package(package) => request.zip_file(Blob::new(package.bytes.as_slice())),
            Code::Object(object, _) => request
                .s3_bucket(object.bucket.as_str())
                .s3_key(object.key.as_str())
                .s3_object_version(object.version.as_str()),
            Code::Image(image) => request.image_uri(image.as_str()),
        };
        let request = request.set_architectures(architectures).revision_id(revision.as_str());
        let request = request.customize().config_override(upload_patience());
        let sent = request.interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        Ok(CodeSha256::reported(call.required("CodeSha256", answer.code_sha256)?))
    }

    async fn publish_version(
        &self,
        name: &FunctionName,
        code: &CodeSha256,
        description: &str,
        revision: &RevisionId,
    ) -> Result<VersionNumber, ProviderError> {
        let call = Call::write("lambda:PublishVersion", name.as_str());
        let request = self.lambda.publish_version().function_name(name.as_str()).description(description);
        let request = request.code_sha256(code.as_str()).revision_id(revision.as_str());
        let sent = request.customize().interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        version_number(&call, call.required("Version", answer.version())?)
    }

    async fn create_alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError> {
        let call = Call::write("lambda:CreateAlias", format!("{name}:{alias}"));
        let request = self.lambda.create_alias().function_name(name.as_str()).name(alias.as_str());
        let weights = routing.additional.is_some().then(|| alias::weights(routing));
        let request = request.function_version(routing.primary.to_string()).set_routing_config(weights);
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }

    async fn update_alias(
        &self,
        name: &FunctionName,
        alias: &AliasName,
        routing: &Routing,
        revision: &RevisionId,
    ) -> Result<(), ProviderError> {
        let call = Call::write("lambda:UpdateAlias", format!("{name}:{alias}"));
        let request = self.lambda.update_alias().function_name(name.as_str()).name(alias.as_str());
        let request = request.function_version(routing.primary.to_string());
        let request = request.routing_config(alias::weights(routing)).revision_id(revision.as_str());
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }

    async fn delete_version(&self, name: &FunctionName, version: VersionNumber) -> Result<(), ProviderError> {
        let call = Call::write("lambda:DeleteFunction", format!("{name}:{version}"));
        // The qualifier is a number by its type: without one, AWS deletes the whole function (T7).
        let request = self.lambda.delete_function().function_name(name.as_str());
        let request = request.qualifier(version.get().to_string());
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }

    async fn create_machine(&self, creation: &MachineCreation) -> Result<(), ProviderError> {
        let MachineCreation { name, definition, edits: _, role, kind, logging, calls: _ } = creation;
        let call = Call::write("states:CreateStateMachine", name.as_str());
        let request = self.states.create_state_machine().name(name.as_str()).definition(definition);
        let request = request
            .role_arn(role.as_str())
            .r#type(StateMachineType::from(kind.as_str()))
            .set_logging_configuration(logging.as_ref().map(wire_logging));
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }

    async fn update_machine(&self, arn: &str, update: &MachineUpdate) -> Result<(), ProviderError> {
        let call = Call::write("states:UpdateStateMachine", arn);
        let MachineUpdate { definition, role, logging } = update;
        let request = self.states.update_state_machine().state_machine_arn(arn);
        let request = request
            .set_definition(definition.clone())
            .set_role_arn(role.as_ref().map(|role| role.as_str().to_owned()))
            .set_logging_configuration(logging.as_ref().map(wire_logging));
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }

    async fn publish_machine_version(
        &self,
        arn: &str,
        description: &str,
        revision: Option<&RevisionId>,
    ) -> Result<VersionNumber, ProviderError> {
        self.publish_machine(arn, description, revision).await
    }

    async fn create_machine_alias(
        &self,
        arn: &str,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError> {
        let call = Call::write("states:CreateStateMachineAlias", format!("{arn}:{alias}"));
        let request = self.states.create_state_machine_alias().name(alias.as_str());
        let request = request.set_routing_configuration(Some(wire_routing(arn, routing)));
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }

    async fn update_machine_alias(
        &self,
        arn: &str,
        alias: &AliasName,
        routing: &Routing,
    ) -> Result<(), ProviderError> {
        let arn_of_alias = format!("{arn}:{alias}");
        let call = Call::write("states:UpdateStateMachineAlias", arn_of_alias.as_str());
        let request = self.states.update_state_machine_alias().state_machine_alias_arn(arn_of_alias);
        let request = request.set_routing_configuration(Some(wire_routing(arn, routing)));
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }

    async fn delete_machine_version(&self, arn: &str, version: VersionNumber) -> Result<(), ProviderError> {
        let arn = format!("{arn}:{version}");
        let call = Call::write("states:DeleteStateMachineVersion", arn.as_str());
        let request = self.states.delete_state_machine_version().state_machine_version_arn(arn);
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(drop).map_err(|error| call.failed(&error))
    }
}
