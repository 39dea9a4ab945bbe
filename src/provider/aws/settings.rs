//! From managed settings to one UpdateFunctionConfiguration, or to the CreateFunction that begins with
//! them.
//!
//! A setting without a value goes back to AWS's default. AWS keeps what a request leaves out,
//! so a reset is always sent: the default, or the empty form that clears.

use aws_sdk_lambda::{
    operation::{
        create_function::builders::CreateFunctionFluentBuilder as Creation,
        update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder as Update,
    },
    types::{
        ApplicationLogLevel, DeadLetterConfig, EphemeralStorage, FileSystemConfig, ImageConfig, LogFormat,
        LoggingConfig, Runtime, SnapStart, SnapStartApplyOn, SystemLogLevel, TracingConfig, TracingMode,
        VpcConfig,
    },
};
use serde_json::Value;

use crate::{
    model::{Environment, FunctionName, Setting},
    provider::ProviderError,
};

use super::call::Call;

/// The two requests take the same settings and have no type in common.
macro_rules! setting_of {
    ($(#[$doc:meta])* $name:ident, $request:ty) => {
        $(#[$doc])*
        pub(super) fn $name(
            request: $request,
            call: &Call,
            name: &FunctionName,
            setting: Setting,
            value: Option<&Value>,
        ) -> Result<$request, ProviderError> {
            let value = value.cloned().or_else(|| setting.default_value()).unwrap_or(Value::Null);
            let value = Sent { call, setting, value: &value };
            Ok(match setting {
                Setting::Description => request.description(value.text()?),
                Setting::Role => request.role(value.required_text()?),
                Setting::Runtime => request.runtime(Runtime::from(value.required_text()?)),
                Setting::Handler => request.handler(value.required_text()?),
                Setting::MemorySize => request.memory_size(value.number()?),
                Setting::Timeout => request.timeout(value.number()?),
                Setting::Layers => request.set_layers(Some(value.texts()?)),
                Setting::EphemeralStorage => request.ephemeral_storage(ephemeral_storage(&value)?),
                Setting::Tracing => request.tracing_config(tracing(value.required_text()?)),
                Setting::SnapStart => request.snap_start(snap_start(value.required_text()?)),
                Setting::DeadLetter => request.dead_letter_config(dead_letter(value.text()?)),
                Setting::Vpc => request.vpc_config(vpc(&value)?),
                Setting::KmsKey => request.kms_key_arn(value.text()?),
                Setting::Logging => request.logging_config(logging(&value, name)?),
                Setting::ImageConfig => request.image_config(image_config(&value)?),
                Setting::FileSystems => request.set_file_system_configs(Some(file_systems(&value)?)),
                Setting::Architectures | Setting::PackageType | Setting::DurableConfig => {
                    return Err(value.refused("it is no part of the settings"));
                }
            })
        }
    };
}

setting_of!(
    /// Returns the update with one setting more.
    with_setting,
    Update
);
setting_of!(
    /// Returns the creation with one setting more.
    beginning_with,
    Creation
);

fn ephemeral_storage(value: &Sent<'_>) -> Result<EphemeralStorage, ProviderError> {
    let built = EphemeralStorage::builder().size(value.number()?).build();
    built.map_err(|error| value.refused(&error.to_string()))
}

fn tracing(mode: &str) -> TracingConfig {
    TracingConfig::builder().mode(TracingMode::from(mode)).build()
}

fn snap_start(apply_on: &str) -> SnapStart {
    SnapStart::builder().apply_on(SnapStartApplyOn::from(apply_on)).build()
}

fn dead_letter(arn: &str) -> DeadLetterConfig {
    DeadLetterConfig::builder().target_arn(arn).build()
}

/// Empty lists take the function out of its VPC.
fn vpc(value: &Sent<'_>) -> Result<VpcConfig, ProviderError> {
    Ok(VpcConfig::builder()
        .set_subnet_ids(Some(value.member("subnet_ids").texts()?))
        .set_security_group_ids(Some(value.member("security_group_ids").texts()?))
        .ipv6_allowed_for_dual_stack(value.member("ipv6").flag()?)
        .build())
}

/// Format and group are always sent; the levels belong to the JSON format alone.
fn logging(value: &Sent<'_>, name: &FunctionName) -> Result<LoggingConfig, ProviderError> {
    let or = |text: String, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text };
    let [format, application, system, group] = ["format", "application_level", "system_level", "group"]
        .map(|member| value.member(member).text().map(str::to_owned));
    let level = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(LoggingConfig::builder()
        .log_format(LogFormat::from(or(format?, "Text").as_str()))
        .set_application_log_level(level(application?).map(|it| ApplicationLogLevel::from(it.as_str())))
        .set_system_log_level(level(system?).map(|it| SystemLogLevel::from(it.as_str())))
        .log_group(or(group?, &format!("/aws/lambda/{name}")))
        .build())
}

/// An image configuration without members gives the image's own back.
fn image_config(value: &Sent<'_>) -> Result<ImageConfig, ProviderError> {
    let list = |texts: Vec<String>| Some(texts).filter(|texts| !texts.is_empty());
    let directory = value.member("working_directory");
    Ok(ImageConfig::builder()
        .set_entry_point(list(value.member("entry_point").texts()?))
        .set_command(list(value.member("command").texts()?))
        .set_working_directory(Some(directory.text()?.to_owned()).filter(|text| !text.is_empty()))
        .build())
}

fn file_systems(value: &Sent<'_>) -> Result<Vec<FileSystemConfig>, ProviderError> {
    let items = value.items()?.iter().map(|item| {
        let item = Sent { value: item, ..*value };
        FileSystemConfig::builder()
            .arn(item.member("arn").required_text()?)
            .local_mount_path(item.member("local_mount_path").required_text()?)
            .build()
            .map_err(|error| item.refused(&error.to_string()))
    });
    items.collect()
}

/// Returns all variables of a function as a request takes them; those that it leaves out are removed.
pub(super) fn sent_environment(environment: &Environment) -> aws_sdk_lambda::types::Environment {
    let variables = environment.exposed().map(|(name, value)| (name.to_owned(), value.to_owned()));
    aws_sdk_lambda::types::Environment::builder().set_variables(Some(variables.collect())).build()
}

/// Returns the architectures as UpdateFunctionCode takes them.
pub(super) fn architectures(
    call: &Call,
    value: &Value,
) -> Result<Vec<aws_sdk_lambda::types::Architecture>, ProviderError> {
    let names = Sent { call, setting: Setting::Architectures, value }.texts()?;
    Ok(names.iter().map(|name| name.as_str().into()).collect())
}

/// A value on its way, with the setting that a complaint must name. Null reads as empty.
#[derive(Clone, Copy)]
struct Sent<'a> {
    call: &'a Call,
    setting: Setting,
    value: &'a Value,
}

impl<'a> Sent<'a> {
    fn member(&self, key: &str) -> Self {
        Self { value: &self.value[key], ..*self }
    }

    fn text(&self) -> Result<&'a str, ProviderError> {
        match self.value {
            Value::Null => Ok(""),
            value => value.as_str().ok_or_else(|| self.refused("it is no text")),
        }
    }

    fn required_text(&self) -> Result<&'a str, ProviderError> {
        match self.text()? {
            "" => Err(self.refused("AWS has no default for it")),
            text => Ok(text),
        }
    }

    fn number(&self) -> Result<i32, ProviderError> {
        let number = self.value.as_i64().and_then(|number| i32::try_from(number).ok());
        number.ok_or_else(|| self.refused("it is no whole number"))
    }

    fn flag(&self) -> Result<bool, ProviderError> {
        match self.value {
            Value::Null => Ok(false),
            value => value.as_bool().ok_or_else(|| self.refused("it is neither true nor false")),
        }
    }

    fn items(&self) -> Result<&'a [Value], ProviderError> {
        match self.value {
            Value::Null => Ok(&[]),
            value => value.as_array().map(Vec::as_slice).ok_or_else(|| self.refused("it is no list")),
        }
    }

    fn texts(&self) -> Result<Vec<String>, ProviderError> {
        let texts = self.items()?.iter().map(|value| Self { value, ..*self }.text().map(str::to_owned));
        texts.collect()
    }

    fn refused(&self, reason: &str) -> ProviderError {
        self.call.refused(format!("`{}` cannot be set so: {reason}", self.setting))
    }
}
