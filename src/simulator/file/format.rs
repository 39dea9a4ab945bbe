//! The format of the file, with a number, and the words for what is none.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::RegionRecord;
use super::layout::lines;
use super::observation::Observation;
use crate::model::CodeSha256;
use crate::simulator::base64_text;
use crate::simulator::constraints::is_account;
use crate::simulator::iam::Roles;
use crate::simulator::identifiers::Identifiers;
use crate::simulator::lambda::Zips;
use crate::simulator::place::Place;
use crate::simulator::s3::Buckets;
use crate::simulator::sts::Sessions;
use crate::simulator::world::Accounts;

/// The version of the format that this program writes, and the newest that it reads.
pub const FORMAT: u64 = 1;

/// What tells such a file from every other one of ours.
const KIND: &str = "account";

/// Why a text is no account that this program can serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldFileError {
    /// It is not JSON, or ends in the middle.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// It is JSON that something else wrote.
    #[error("it is JSON of another kind: an account begins with `\"kind\": \"account\"`")]
    OtherKind,
    /// A newer program wrote it.
    #[error("it has format {found}, and this program reads formats up to {FORMAT}")]
    Newer {
        /// The format that it has.
        found: u64,
        /// The version of the program that wrote it.
        program: String,
    },
    /// It was changed after it was written, or damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// Format 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountsV1<'a> {
    kind: Cow<'a, str>,
    format: u64,
    /// The version of the program that wrote the file.
    program: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<Observation>,
    identifiers: Identifiers,
    /// By account and region.
    accounts: BTreeMap<String, BTreeMap<String, RegionRecord>>,
    #[serde(default, skip_serializing_if = "no_roles")]
    roles: Cow<'a, Roles>,
    #[serde(default, skip_serializing_if = "no_sessions")]
    sessions: Cow<'a, Sessions>,
    #[serde(default, skip_serializing_if = "no_buckets")]
    buckets: Cow<'a, Buckets>,
    /// The zips of functions by `CodeSha256`, each once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    packages: BTreeMap<String, Bytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Bytes(#[serde(with = "base64_text")] Arc<[u8]>);

/// What every format has.
#[derive(Deserialize)]
struct Head {
    kind: Option<Value>,
    format: Option<Value>,
    program: Option<Value>,
}

/// Returns the accounts as text.
pub(crate) fn write(accounts: &Accounts) -> String {
    let Accounts { identifiers, sessions, roles, storage, regions, observation } = accounts;
    let mut zips = Zips::new();
    let mut records: BTreeMap<String, BTreeMap<String, RegionRecord>> = BTreeMap::new();
    for (Place { account, region }, content) in regions.iter().filter(|(_, content)| !content.is_empty()) {
        let record = RegionRecord::of(content, &mut zips);
        records.entry(account.clone()).or_default().insert(region.clone(), record);
    }
    lines(&AccountsV1 {
        kind: Cow::Borrowed(KIND),
        format: FORMAT,
        program: Cow::Borrowed(env!("CARGO_PKG_VERSION")),
        snapshot: observation.clone(),
        identifiers: identifiers.clone(),
        accounts: records,
        roles: Cow::Borrowed(roles),
        sessions: Cow::Borrowed(sessions),
        buckets: Cow::Borrowed(storage),
        packages: zips.into_iter().map(|(sha256, bytes)| (sha256, Bytes(bytes))).collect(),
    })
}

/// Reads what [`write`] wrote, and refuses what breaks a rule that no request could break.
pub(crate) fn read(text: &str) -> Result<Accounts, WorldFileError> {
    // A file that is as it should be is read once; the head is for the words about one that is not.
    let file: AccountsV1<'_> = serde_json::from_str(text).map_err(|error| refused(text, &error))?;
    if file.kind != KIND {
        return Err(WorldFileError::OtherKind);
    }
    if file.format > FORMAT {
        return Err(WorldFileError::Newer { found: file.format, program: file.program.into_owned() });
    }
    accounts(file).map_err(WorldFileError::Damaged)
}

fn accounts(file: AccountsV1<'_>) -> Result<Accounts, String> {
    let zips: Zips = file.packages.into_iter().map(|(sha256, bytes)| (sha256, bytes.0)).collect();
    if let Some((sha256, _)) = zips.iter().find(|(sha256, bytes)| CodeSha256::of(bytes).as_str() != **sha256)
    {
        return Err(format!("package `{sha256}` has other bytes"));
    }
    let mut regions = BTreeMap::new();
    for (account, records) in file.accounts {
        if !is_account(&account) {
            return Err(format!("`{account}` is no account number"));
        }
        for (region, record) in records {
            let place = Place { account: account.clone(), region };
            let content = record.region(&place, &zips)?;
            regions.insert(place, content);
        }
    }
    Ok(Accounts {
        identifiers: file.identifiers,
        sessions: file.sessions.into_owned(),
        roles: file.roles.into_owned(),
        storage: file.buckets.into_owned(),
        regions,
        observation: file.snapshot,
    })
}

fn refused(text: &str, error: &serde_json::Error) -> WorldFileError {
    match serde_json::from_str::<Head>(text) {
        Err(head) if head.is_data() => WorldFileError::OtherKind,
        Err(head) => WorldFileError::NotJson(head.to_string()),
        Ok(Head { kind, .. }) if kind != Some(Value::from(KIND)) => WorldFileError::OtherKind,
        Ok(Head { format, program, .. }) => match format.as_ref().and_then(Value::as_u64) {
            Some(found) if found > FORMAT => {
                let program = program.as_ref().and_then(Value::as_str).unwrap_or("of a later version");
                WorldFileError::Newer { found, program: program.to_owned() }
            }
            Some(_) | None => WorldFileError::Damaged(error.to_string()),
        },
    }
}

fn no_roles(roles: &Roles) -> bool {
    roles.is_empty()
}

fn no_sessions(sessions: &Sessions) -> bool {
    sessions.is_empty()
}

fn no_buckets(buckets: &Buckets) -> bool {
    buckets.is_empty()
}
