//! From reported configurations to `$LATEST`, versions and the listing of both.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::FunctionConfiguration;
use jiff::Timestamp;

use crate::{
    model::{FunctionName, Health, LiveLatest, LiveVersion, RevisionId, VersionNumber},
    provider::{FunctionListing, ProviderError},
};

use super::{call::Call, configuration::configuration};

/// Returns `$LATEST` with the health that the caller found.
pub(super) fn latest(
    call: &Call,
    name: &FunctionName,
    reported: &FunctionConfiguration,
    health: Health,
) -> Result<LiveLatest, ProviderError> {
    Ok(LiveLatest {
        configuration: configuration(call, name, reported)?,
        revision_id: RevisionId::reported(call.required("RevisionId", reported.revision_id())?),
        health,
    })
}

/// Returns a published version with the health that the caller found.
pub(super) fn version(
    call: &Call,
    name: &FunctionName,
    reported: &FunctionConfiguration,
    health: Health,
) -> Result<LiveVersion, ProviderError> {
    Ok(LiveVersion {
        configuration: configuration(call, name, reported)?,
        description: reported.description().unwrap_or_default().to_owned(),
        last_modified: instant(call, call.required("LastModified", reported.last_modified())?)?,
        code_size: u64::try_from(reported.code_size()).unwrap_or_default(),
        health,
    })
}

/// Returns the listing that all pages together make.
pub(super) fn listing(
    call: &Call,
    name: &FunctionName,
    reported: &[FunctionConfiguration],
) -> Result<FunctionListing, ProviderError> {
    let (mut found, mut versions) = (None, BTreeMap::new());
    for item in reported {
        match call.required("Version", item.version())? {
            "$LATEST" => found = Some(item),
            number => {
                let number = version_number(call, number)?;
                versions.insert(number, version(call, name, item, Health::Unknown)?);
            }
        }
    }
    let item = call.required("Versions[$LATEST]", found)?;
    let arn = call.required("FunctionArn", item.function_arn())?;
    Ok(FunctionListing {
        // The list qualifies the ARN of `$LATEST` too.
        arn: arn.strip_suffix(":$LATEST").unwrap_or(arn).to_owned(),
        latest: latest(call, name, item, Health::Unknown)?,
        versions,
    })
}

/// Returns the number of a version that AWS reported.
pub(super) fn version_number(call: &Call, text: &str) -> Result<VersionNumber, ProviderError> {
    VersionNumber::parse(text).map_err(|error| call.unreadable(error.to_string()))
}

/// Reads `2026-11-22T10:00:00.000+0000`, whose offset has no colon.
fn instant(call: &Call, text: &str) -> Result<Timestamp, ProviderError> {
    Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text)
        .map_err(|_| call.unreadable(format!("`LastModified` is no instant: `{text}`")))
}
