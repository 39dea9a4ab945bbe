//! From a reported function configuration to the engine's, setting by setting.
//!
//! The shapes are those of the TOML; what is empty or AWS's default disappears in
//! [`Settings::insert`]. A configuration whose variables AWS could not decrypt is an error, never
//! a configuration without variables: it would equal nothing and look like drift.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::{
    ApplicationLogLevel, Architecture, DurableConfig, EphemeralStorage, FileSystemConfig,
    FunctionConfiguration, ImageConfig, LogFormat, LoggingConfig, PackageType, Runtime, SnapStartApplyOn,
    SystemLogLevel, TracingMode, VpcConfigResponse,
};
use serde_json::{Value, json};

use crate::{
    model::{CodeSha256, Configuration, Environment, FunctionName, Setting, Settings},
    provider::ProviderError,
};

use super::{call::Call, failure::scrubbed};

/// Returns everything that a published version locks.
pub(super) fn configuration(
    call: &Call,
    name: &FunctionName,
    reported: &FunctionConfiguration,
) -> Result<Configuration, ProviderError> {
    refuse_unreadable_image(call, reported)?;
    let mut settings = Settings::default();
    for (setting, value) in values(reported) {
        settings.insert(setting, &value, name);
    }
    Ok(Configuration {
        code: CodeSha256::reported(call.required("CodeSha256", reported.code_sha256())?),
        settings,
        environment: environment(call, reported)?,
    })
}

/// Lists every setting; null stands for what the answer does not have.
fn values(reported: &FunctionConfiguration) -> [(Setting, Value); 19] {
    let layers = reported.layers().iter().map(|layer| layer.arn());
    let architectures = reported.architectures().iter().map(Architecture::as_str);
    let image = reported.image_config_response().and_then(|response| response.image_config());
    [
        (Setting::Description, json!(reported.description())),
        (Setting::Role, json!(reported.role())),
        (Setting::Runtime, json!(reported.runtime().map(Runtime::as_str))),
        (Setting::Handler, json!(reported.handler())),
        (Setting::MemorySize, json!(reported.memory_size())),
        (Setting::Timeout, json!(reported.timeout())),
        (Setting::Architectures, architectures.collect()),
        (Setting::Layers, layers.collect()),
        (Setting::EphemeralStorage, json!(reported.ephemeral_storage().map(EphemeralStorage::size))),
        (
            Setting::Tracing,
            json!(reported.tracing_config().and_then(|it| it.mode()).map(TracingMode::as_str)),
        ),
        (
            Setting::SnapStart,
            json!(reported.snap_start().and_then(|it| it.apply_on()).map(SnapStartApplyOn::as_str)),
        ),
        (Setting::DeadLetter, json!(reported.dead_letter_config().and_then(|it| it.target_arn()))),
        (Setting::Vpc, reported.vpc_config().map_or(Value::Null, vpc)),
        (Setting::KmsKey, json!(reported.kms_key_arn())),
        (Setting::Logging, reported.logging_config().map_or(Value::Null, logging)),
        (Setting::ImageConfig, image.map_or(Value::Null, image_config)),
        (Setting::FileSystems, reported.file_system_configs().iter().map(file_system).collect()),
        (Setting::PackageType, json!(reported.package_type().map(PackageType::as_str))),
        (Setting::DurableConfig, reported.durable_config().map_or(Value::Null, durable_config)),
    ]
}

fn vpc(reported: &VpcConfigResponse) -> Value {
    json!({
        "subnet_ids": reported.subnet_ids(),
        "security_group_ids": reported.security_group_ids(),
        "ipv6": reported.ipv6_allowed_for_dual_stack(),
    })
}

fn logging(reported: &LoggingConfig) -> Value {
    json!({
        "format": reported.log_format().map(LogFormat::as_str),
        "application_level": reported.application_log_level().map(ApplicationLogLevel::as_str),
        "system_level": reported.system_log_level().map(SystemLogLevel::as_str),
        "group": reported.log_group(),
    })
}

fn image_config(reported: &ImageConfig) -> Value {
    json!({
        "entry_point": reported.entry_point(),
        "command": reported.command(),
        "working_directory": reported.working_directory(),
    })
}

/// Direct reads of S3 Files cannot be declared, but two versions that differ in them differ.
fn file_system(reported: &FileSystemConfig) -> Value {
    let mut value = json!({ "arn": reported.arn(), "local_mount_path": reported.local_mount_path() });
    if let Some(direct) = reported.s3_files_config().and_then(|files| files.direct_s3_read()) {
        value["direct_s3_read"] = json!(direct.as_str());
    }
    value
}

fn durable_config(reported: &DurableConfig) -> Value {
    let members = [
        ("execution_timeout", json!(reported.execution_timeout())),
        ("retention_period_in_days", json!(reported.retention_period_in_days())),
        ("kms_key", json!(reported.kms_key_arn())),
    ];
    members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn environment(call: &Call, reported: &FunctionConfiguration) -> Result<Environment, ProviderError> {
    let Some(environment) = reported.environment() else {
        return Ok(Environment::default());
    };
    if let Some(error) = environment.error() {
        return Err(call.refused(format!(
            "the environment variables cannot be read, so nothing can be compared; allow `kms:Decrypt` on \
             their key ({})",
            reason(error.error_code(), error.message())
        )));
    }
    let variables = environment.variables().into_iter().flatten();
    Ok(Environment::new(
        variables.map(|(name, value)| (name.clone(), value.clone())).collect::<BTreeMap<_, _>>(),
    ))
}

fn refuse_unreadable_image(call: &Call, reported: &FunctionConfiguration) -> Result<(), ProviderError> {
    match reported.image_config_response().and_then(|response| response.error()) {
        None => Ok(()),
        Some(error) => Err(call.refused(format!(
            "the image configuration cannot be read, so nothing can be compared ({})",
            reason(error.error_code(), error.message())
        ))),
    }
}

fn reason(code: Option<&str>, message: Option<&str>) -> String {
    let words = [code, message].into_iter().flatten().map(scrubbed);
    words.collect::<Vec<_>>().join(": ")
}
