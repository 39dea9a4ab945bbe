//! State machines, read and written.

use aws_sdk_sfn::{
    operation::describe_state_machine::DescribeStateMachineOutput,
    types::{
        CloudWatchLogsLogGroup, LogDestination, LogLevel, LoggingConfiguration, StateMachineStatus,
        StateMachineType,
    },
};

use crate::{
    model::{LiveMachine, MachineKind, MachineLogging, MachineName, RevisionId, RoleArn},
    provider::ProviderError,
};

use super::call::Call;

/// Returns the machine that an answer describes.
pub(super) fn machine(
    call: &Call,
    reported: &DescribeStateMachineOutput,
) -> Result<LiveMachine, ProviderError> {
    let kind = match reported.r#type() {
        StateMachineType::Standard => MachineKind::Standard,
        StateMachineType::Express => MachineKind::Express,
        other => return Err(call.unreadable(format!("the type is `{}`", other.as_str()))),
    };
    Ok(LiveMachine {
        name: MachineName::new(reported.name()).map_err(|error| call.unreadable(error.to_string()))?,
        arn: reported.state_machine_arn().to_owned(),
        definition: reported.definition().to_owned(),
        role: RoleArn::new(reported.role_arn()).map_err(|error| call.unreadable(error.to_string()))?,
        kind,
        logging: reported.logging_configuration().and_then(logging),
        revision_id: reported.revision_id().map(RevisionId::reported),
        is_deleting: reported.status() == Some(&StateMachineStatus::Deleting),
        line: None,
        executions: None,
    })
}

/// Returns the logging, or nothing where it is off.
pub(super) fn logging(reported: &LoggingConfiguration) -> Option<MachineLogging> {
    let level = reported.level().filter(|level| **level != LogLevel::Off)?;
    let group = reported.destinations().iter().find_map(|destination| {
        destination.cloud_watch_logs_log_group().and_then(CloudWatchLogsLogGroup::log_group_arn)
    });
    Some(MachineLogging {
        level: level.as_str().to_owned(),
        include_execution_data: reported.include_execution_data(),
        group: group.map(str::to_owned),
    })
}

/// Returns the logging as UpdateStateMachine takes it.
pub(super) fn wire_logging(logging: &MachineLogging) -> LoggingConfiguration {
    let MachineLogging { level, include_execution_data, group } = logging;
    let destination = |arn: &String| {
        let group = CloudWatchLogsLogGroup::builder().log_group_arn(arn).build();
        LogDestination::builder().cloud_watch_logs_log_group(group).build()
    };
    LoggingConfiguration::builder()
        .level(LogLevel::from(level.as_str()))
        .include_execution_data(*include_execution_data)
        .set_destinations(group.as_ref().map(|arn| vec![destination(arn)]))
        .build()
}
