//! What running executions follow, and what AWS says of a definition before it is sent.

use aws_sdk_sfn::types::{
    ExecutionStatus, StateMachineType, ValidateStateMachineDefinitionResultCode,
    ValidateStateMachineDefinitionSeverity,
};

use crate::{
    model::{Diagnosis, MachineKind, Presence, RevisionId, Verdict},
    provider::{ExecutionDefinition, ProviderError, RunningExecution, RunningList},
};

use super::{AwsProvider, call::Call, pages::Pages, reader::absent_if_missing};

/// The largest page of ListExecutions.
const PAGE: i32 = 1000;

/// So many pages are read; who has more running executions keeps what they may need.
const MOST_PAGES: usize = 10;

/// So many diagnoses are asked for; the largest number that AWS takes (R32).
const MOST_DIAGNOSES: i32 = 100;

impl AwsProvider {
    /// Reads the running executions of a machine. AWS lists the newest first.
    pub(super) async fn running(&self, arn: &str) -> Result<RunningList, ProviderError> {
        let call = Call::read("states:ListExecutions", arn);
        let (mut executions, mut pages) = (Vec::new(), Pages::default());
        let mut is_complete = false;
        for _ in 0..MOST_PAGES {
            let request = self.states.list_executions().state_machine_arn(arn).max_results(PAGE);
            let request = request.status_filter(ExecutionStatus::Running).set_next_token(pages.marker());
            let sent = request.customize().interceptor(call.log()).send().await;
            let page = sent.map_err(|error| call.failed(&error))?;
            executions.extend(page.executions().iter().map(|item| RunningExecution {
                arn: item.execution_arn().to_owned(),
                version_arn: item.state_machine_version_arn().map(str::to_owned),
            }));
            if !pages.turn(&call, page.next_token)? {
                is_complete = true;
                break;
            }
        }
        executions.reverse();
        Ok(RunningList { executions, is_complete })
    }

    /// Reads what an execution follows.
    pub(super) async fn followed(
        &self,
        execution_arn: &str,
    ) -> Result<Presence<ExecutionDefinition>, ProviderError> {
        let call = Call::read("states:DescribeStateMachineForExecution", execution_arn);
        let request = self.states.describe_state_machine_for_execution().execution_arn(execution_arn);
        match request.customize().interceptor(call.log()).send().await {
            Ok(found) => Ok(Presence::Present(ExecutionDefinition {
                revision: found.revision_id().map(RevisionId::reported),
                definition: found.definition().to_owned(),
            })),
            Err(error) => absent_if_missing(call.failed(&error)),
        }
    }

    /// Asks what AWS says of a definition. It never fails for a bad one; only `result` counts (T28).
    pub(super) async fn validated(
        &self,
        definition: &str,
        kind: MachineKind,
    ) -> Result<Verdict, ProviderError> {
        let call = Call::read("states:ValidateStateMachineDefinition", "a definition");
        let request = self.states.validate_state_machine_definition().definition(definition);
        let request = request.r#type(StateMachineType::from(kind.as_str())).max_results(MOST_DIAGNOSES);
        let request = request.severity(ValidateStateMachineDefinitionSeverity::Warning);
        let sent = request.customize().interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        let diagnoses = answer.diagnostics().iter().map(|found| Diagnosis {
            is_error: *found.severity() == ValidateStateMachineDefinitionSeverity::Error,
            code: found.code().to_owned(),
            message: found.message().to_owned(),
            location: found.location().map(str::to_owned),
        });
        let is_valid = *answer.result() == ValidateStateMachineDefinitionResultCode::Ok;
        Ok(Verdict::Said { is_valid, diagnoses: diagnoses.collect() })
    }
}
