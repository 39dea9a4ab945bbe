//! Versions and aliases of state machines, read and written.
//!
//! Step Functions routes by whole per cents between versions' ARNs, in any order; our routing has a
//! primary with the larger share, of equal shares the lower number, so that equal routings are equal
//! values. The SDK has no paginators for these lists (aws-facts §1).

use std::collections::BTreeMap;

use aws_sdk_sfn::{
    operation::describe_state_machine::DescribeStateMachineOutput,
    types::{ExecutionStatus, RoutingConfigurationListItem},
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::{
    model::{
        AliasName, LiveMachineLine, LiveMachineVersion, Presence, RevisionId, RoleArn, Routing, Target,
        VersionNumber, Weight,
    },
    provider::ProviderError,
};

use super::{AwsProvider, call::Call, machine::logging, pages::Pages, reader::absent_if_missing};

/// What AWS calls the revision of a machine that was never updated (T16).
const NEVER_UPDATED: &str = "INITIAL";

impl AwsProvider {
    /// Reads all versions and aliases of a machine.
    pub(super) async fn line(&self, arn: &str) -> Result<Presence<LiveMachineLine>, ProviderError> {
        let versions = match self.versions_of(arn).await {
            Err(error) => return absent_if_missing(error),
            Ok(versions) => versions,
        };
        let mut line = LiveMachineLine { versions, ..LiveMachineLine::default() };
        for (alias_arn, name) in self.alias_names(arn).await? {
            // An alias that went between the list and the look is none.
            let Presence::Present(routing) = self.routing(&alias_arn).await? else { continue };
            match AliasName::new(name.as_str()) {
                Ok(alias) => line.aliases.insert(alias, routing),
                Err(_) => line.other_aliases.insert(name, routing),
            };
        }
        Ok(Presence::Present(line))
    }

    async fn versions_of(&self, arn: &str) -> Result<BTreeMap<VersionNumber, Timestamp>, ProviderError> {
        let call = Call::read("states:ListStateMachineVersions", arn);
        let (mut found, mut pages) = (BTreeMap::new(), Pages::default());
        loop {
            let request = self.states.list_state_machine_versions().state_machine_arn(arn);
            let request = request.max_results(PAGE).set_next_token(pages.marker());
            let sent = request.customize().interceptor(call.log()).send().await;
            let page = sent.map_err(|error| call.failed(&error))?;
            for item in page.state_machine_versions() {
                let version = number(&call, item.state_machine_version_arn())?;
                found.insert(version, instant(&call, item.creation_date())?);
            }
            if !pages.turn(&call, page.next_token)? {
                return Ok(found);
            }
        }
    }

    /// Returns the ARNs and names of all aliases.
    async fn alias_names(&self, arn: &str) -> Result<Vec<(String, String)>, ProviderError> {
        let call = Call::read("states:ListStateMachineAliases", arn);
        let (mut found, mut pages) = (Vec::new(), Pages::default());
        loop {
            let request = self.states.list_state_machine_aliases().state_machine_arn(arn);
            let request = request.max_results(PAGE).set_next_token(pages.marker());
            let sent = request.customize().interceptor(call.log()).send().await;
            let page = sent.map_err(|error| call.failed(&error))?;
            for item in page.state_machine_aliases() {
                let arn = item.state_machine_alias_arn();
                let name = call.required("stateMachineAliasArn", arn.rsplit(':').next())?;
                found.push((arn.to_owned(), name.to_owned()));
            }
            if !pages.turn(&call, page.next_token)? {
                return Ok(found);
            }
        }
    }

    /// Reads where an alias points.
    pub(super) async fn routing(&self, alias_arn: &str) -> Result<Presence<Routing>, ProviderError> {
        let call = Call::read("states:DescribeStateMachineAlias", alias_arn);
        let request = self.states.describe_state_machine_alias().state_machine_alias_arn(alias_arn);
        match request.customize().interceptor(call.log()).send().await {
            Ok(found) => routing(&call, found.routing_configuration()).map(Presence::Present),
            Err(error) => absent_if_missing(call.failed(&error)),
        }
    }

    /// Tells whether an execution of the version is running.
    pub(super) async fn is_running(&self, version_arn: &str) -> Result<bool, ProviderError> {
        let call = Call::read("states:ListExecutions", version_arn);
        let request = self.states.list_executions().state_machine_arn(version_arn);
        let request = request.status_filter(ExecutionStatus::Running).max_results(1);
        let sent = request.customize().interceptor(call.log()).send().await;
        sent.map(|page| !page.executions().is_empty()).map_err(|error| call.failed(&error))
    }

    /// Publishes the machine at a revision.
    pub(super) async fn publish_machine(
        &self,
        arn: &str,
        description: &str,
        revision: Option<&RevisionId>,
    ) -> Result<VersionNumber, ProviderError> {
        let call = Call::write("states:PublishStateMachineVersion", arn);
        let request = self.states.publish_state_machine_version().state_machine_arn(arn);
        let request = request.description(description);
        let request = request.revision_id(revision.map_or(NEVER_UPDATED, RevisionId::as_str));
        let sent = request.customize().interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        number(&call, answer.state_machine_version_arn())
    }
}

/// The largest page that the lists give (R28).
const PAGE: i32 = 1000;

/// Returns what a version runs.
pub(super) fn version(
    call: &Call,
    reported: &DescribeStateMachineOutput,
) -> Result<LiveMachineVersion, ProviderError> {
    Ok(LiveMachineVersion {
        definition: reported.definition().to_owned(),
        role: RoleArn::new(reported.role_arn()).map_err(|error| call.unreadable(error.to_string()))?,
        logging: reported.logging_configuration().and_then(logging),
        description: reported.description().unwrap_or_default().to_owned(),
    })
}

/// Returns the number at the end of a version's ARN.
fn number(call: &Call, version_arn: &str) -> Result<VersionNumber, ProviderError> {
    let text = version_arn.rsplit(':').next().unwrap_or_default();
    VersionNumber::parse(text).map_err(|error| call.unreadable(error.to_string()))
}

fn instant(call: &Call, at: &DateTime) -> Result<Timestamp, ProviderError> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).unwrap_or_default())
        .map_err(|error| call.unreadable(error.to_string()))
}

fn routing(call: &Call, items: &[RoutingConfigurationListItem]) -> Result<Routing, ProviderError> {
    let mut shares = Vec::new();
    for item in items {
        let percent = u8::try_from(item.weight()).map_err(|error| call.unreadable(error.to_string()))?;
        shares.push((number(call, item.state_machine_version_arn())?, percent));
    }
    shares.sort_by_key(|(version, percent)| (std::cmp::Reverse(*percent), *version));
    let mut shares = shares.into_iter();
    let (primary, _) = call.required("routingConfiguration", shares.next())?;
    let additional = shares.next().map(|(version, percent)| (version, Weight::percent(percent)));
    Ok(Routing { primary: Target::Version(primary), additional })
}

/// Returns the routing as Step Functions takes it. Weights are whole per cents here, because the
/// TOML has no others.
pub(super) fn wire_routing(arn: &str, routing: &Routing) -> Vec<RoutingConfigurationListItem> {
    let item = |version: String, weight: Weight| {
        RoutingConfigurationListItem::builder()
            .state_machine_version_arn(format!("{arn}:{version}"))
            .weight(i32::from(weight.as_percent()))
            .build()
            .expect("both members are set")
    };
    let rest = routing.additional.map_or(Weight::percent(100), |(_, weight)| weight.rest());
    let primary = item(routing.primary.to_string(), rest);
    let additional = routing.additional.map(|(version, weight)| item(version.to_string(), weight));
    std::iter::once(primary).chain(additional).collect()
}
