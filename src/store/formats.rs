//! The formats on disk, each with a number, and nothing else: no paths are made here, no file is
//! opened.
//!
//! Older formats keep loading, newer ones are refused by their number before anything else is
//! read. A format changes by a new struct beside the old one, and by a new fixture.

use std::path::Path;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::{AccountId, EnvironmentName, Recorded, Region};

use super::{Lineage, StateFile, StoreError};

/// The format of `state.json`, of a manifest and of a journal: all three are at their first.
pub(super) const FORMAT: u64 = 1;

/// Format 1 of `state.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateV1 {
    format: u64,
    lineage: Lineage,
    serial: u64,
    environment: EnvironmentName,
    account: AccountId,
    region: Region,
    recorded: Recorded,
}

/// Returns the bytes of `state.json` in the newest format.
pub(super) fn state_text(state: &StateFile) -> String {
    let StateFile { lineage, serial, environment, account, region, recorded } = state.clone();
    pretty(&StateV1 { format: FORMAT, lineage, serial, environment, account, region, recorded })
}

/// Reads `state.json` in any format that we ever wrote.
pub(super) fn state_from(path: &Path, text: &str) -> Result<StateFile, StoreError> {
    let StateV1 { format: _, lineage, serial, environment, account, region, recorded } =
        content_from(path, text, WITHOUT_STATE)?;
    Ok(StateFile { lineage, serial, environment, account, region, recorded })
}

/// How to go on when a damaged `state.json` does not come back.
pub(super) const WITHOUT_STATE: &str =
    "the next `repoint apply` adopts what is live, and the alias history begins anew";

/// Reads a text of the newest format; the path, and how to go on without it, are for the error.
pub(super) fn content_from<T: DeserializeOwned>(
    path: &Path,
    text: &str,
    without: &str,
) -> Result<T, StoreError> {
    let corrupt = |error: serde_json::Error| StoreError::corrupt(path, error.to_string(), without);
    // The number comes first, so that a newer file is not called damaged for what it adds.
    let FormatAlone { format } = serde_json::from_str(text).map_err(corrupt)?;
    if format > FORMAT {
        return Err(StoreError::Newer { path: path.to_owned(), format, supports: FORMAT });
    }
    serde_json::from_str(text).map_err(corrupt)
}

#[derive(Deserialize)]
struct FormatAlone {
    format: u64,
}

/// A content with the number of its format in front.
#[derive(Serialize)]
struct Numbered<'a, T> {
    format: u64,
    #[serde(flatten)]
    content: &'a T,
}

/// Returns a whole file: indented, for people and version control.
pub(super) fn file_text<T: Serialize>(content: &T) -> String {
    pretty(&Numbered { format: FORMAT, content })
}

/// Returns the first line of a file of lines.
pub(super) fn first_line<T: Serialize>(content: &T) -> String {
    line(&Numbered { format: FORMAT, content })
}

/// Returns one line with its end.
pub(super) fn line<T: Serialize>(content: &T) -> String {
    let mut text = serde_json::to_string(content).expect(SERIALIZES);
    text.push('\n');
    text
}

fn pretty<T: Serialize>(content: &T) -> String {
    let mut text = serde_json::to_string_pretty(content).expect(SERIALIZES);
    text.push('\n');
    text
}

/// Why writing JSON cannot fail: our types have no map with keys that are neither text nor number.
const SERIALIZES: &str = "the types of the store always have a JSON form";
