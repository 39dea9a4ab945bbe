//! Aliases: the primary version, and at most one more with a weight (R16).

use std::collections::HashMap;

use aws_sdk_lambda::types::{
    AliasRoutingConfiguration, ProvisionedConcurrencyConfigListItem, ProvisionedConcurrencyStatusEnum,
};

use crate::{
    model::{AliasName, LiveAlias, RevisionId, Routing, Target, Weight},
    provider::ProviderError,
};

use super::{call::Call, function::version_number};

/// Returns the alias that an answer describes.
pub(super) fn alias(
    call: &Call,
    primary: Option<&str>,
    weights: Option<&AliasRoutingConfiguration>,
    revision: Option<&str>,
) -> Result<LiveAlias, ProviderError> {
    let primary = match call.required("FunctionVersion", primary)? {
        "$LATEST" => Target::Latest,
        number => Target::Version(version_number(call, number)?),
    };
    let mut weights = weights.and_then(|routing| routing.additional_version_weights()).into_iter().flatten();
    let additional = match weights.next() {
        None => None,
        Some((number, weight)) => Some((version_number(call, number)?, Weight::fraction(*weight))),
    };
    if weights.next().is_some() {
        return Err(call.unreadable("the alias has more than one weighted version"));
    }
    Ok(LiveAlias {
        routing: Routing { primary, additional },
        revision_id: RevisionId::reported(call.required("RevisionId", revision)?),
        // No alias operation tells; ListProvisionedConcurrencyConfigs does.
        is_shifting: false,
    })
}

/// Returns the weights for UpdateAlias. They are always sent, because AWS keeps old weights that
/// an update leaves out (T9); an empty map clears them.
pub(super) fn weights(routing: &Routing) -> AliasRoutingConfiguration {
    let weights: HashMap<String, f64> = routing
        .additional
        .iter()
        .map(|(version, weight)| (version.to_string(), weight.as_fraction()))
        .collect();
    AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
}

/// Returns the alias whose provisioned concurrency is being moved, if the item is about an alias.
pub(super) fn shifting(item: &ProvisionedConcurrencyConfigListItem) -> Option<AliasName> {
    if item.status() != Some(&ProvisionedConcurrencyStatusEnum::InProgress) {
        return None;
    }
    // A number here is a version, and no alias may be a number.
    let (_, qualifier) = item.function_arn()?.rsplit_once(':')?;
    AliasName::new(qualifier).ok()
}
