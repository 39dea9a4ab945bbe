//! Code: a zip in the request, an object in S3, or an image URI.
//!
//! The bytes are checked, hashed, and kept once for `$LATEST` and all versions that share them, because `GetFunction` leads
//! back to them. What a function would do with them is not part of the simulation.

use std::io::{Cursor, Read as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zip::ZipArchive;

use super::errors::invalid;
use super::operation::Operation;
use crate::model::digest::{CodeSha256, Digest};
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;
use crate::simulator::s3::{Found, Packages};

const LARGEST_ZIP: usize = 52_428_800;
const LARGEST_REQUEST: usize = 70_167_211;
const LARGEST_CONTENT: u64 = 262_144_000;

/// The code of a function, as far as the control plane shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// The `CodeSha256`: base64 for a zip, hexadecimal for an image.
    pub(crate) sha256: String,
    /// The bytes that count against the account's storage.
    pub(crate) size: u64,
    /// What there is of it.
    pub(crate) content: Content,
}

/// What the account has of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// The zip.
    Zip(Arc<[u8]>),
    /// The URI of an image.
    Image(String),
    /// Nothing: the package was observed elsewhere, and only its hash and size came along.
    Unseen,
}

/// Refuses a request body that AWS would not read to its end.
pub(crate) fn check_request_size(operation: Operation, size: usize) -> Result<(), Refusal> {
    if size < LARGEST_REQUEST {
        return Ok(());
    }
    let name = operation.name();
    let message = format!("Request must be smaller than {LARGEST_REQUEST} bytes for the {name} operation");
    Err(Refusal::new(413, "RequestEntityTooLargeException", message))
}

/// Reads the code that a request brings for a function of the given package type.
pub(crate) fn read(code: Members<'_>, is_image: bool, packages: Packages<'_>) -> Result<Package, Refusal> {
    let zip = code.string("ZipFile")?;
    let image = code.string("ImageUri")?;
    let object = (code.string("S3Bucket")?, code.string("S3Key")?);
    let object_version = code.string("S3ObjectVersion")?;
    match (zip, object, image) {
        (None, (None, None), None) => Err(invalid("Please provide a source for function code.")),
        (None, (None, None), Some(uri)) if is_image => of_image(uri),
        (_, _, Some(_)) if !is_image => {
            Err(invalid("Please don't provide ImageUri when updating a function with packageType Zip."))
        }
        _ if is_image => {
            Err(invalid("Please provide ImageUri when updating a function with packageType Image."))
        }
        (Some(text), (None, None), _) => {
            let bytes = STANDARD.decode(text);
            sent(bytes.map_err(|error| Refusal::serialization(format!("ZipFile is not base64: {error}")))?)
        }
        (None, (Some(bucket), Some(key)), _) => {
            let found = packages.find(bucket, key, object_version);
            match found.map_err(|refusal| of_storage(&refusal))? {
                Found::Bytes(bytes) => of_zip(bytes),
                Found::Unseen { sha256, size } => Ok(Package { sha256, size, content: Content::Unseen }),
            }
        }
        (None, _, _) => Err(invalid("Please provide both S3Bucket and S3Key.")),
        (Some(_), _, _) => {
            Err(invalid("Please do not provide other FunctionCode parameters when providing a ZipFile."))
        }
    }
}

/// Returns the words of Lambda for an object that S3 would not give.
fn of_storage(refusal: &Refusal) -> Refusal {
    let Refusal { code, message, .. } = refusal;
    invalid(format!("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"))
}

/// A registry is none of what is simulated, so every image of one exists; what is no address of one does not.
fn of_image(uri: &str) -> Result<Package, Refusal> {
    let (registry, image) = uri.split_once('/').unwrap_or((uri, ""));
    if !registry.contains(".dkr.ecr") || !image.contains(':') {
        return Err(invalid(format!("Source image {uri} is not valid. Provide a valid source image.")));
    }
    let digest = uri.rsplit_once("@sha256:").map(|(_, digest)| digest.to_owned());
    // A tag has no digest here, so the same tag is the same image for ever.
    let sha256 = digest.unwrap_or_else(|| Digest::of(uri.as_bytes()).to_string());
    Ok(Package { sha256, size: 0, content: Content::Image(uri.to_owned()) })
}

/// Returns the package of a zip that came in a request; one that Lambda fetches may be larger.
fn sent(bytes: Vec<u8>) -> Result<Package, Refusal> {
    if bytes.len() >= LARGEST_ZIP {
        let message = format!("Zipped size must be smaller than {LARGEST_ZIP} bytes");
        return Err(Refusal::new(413, "RequestEntityTooLargeException", message));
    }
    of_zip(bytes)
}

/// Returns the package of a zip that can be read to its end.
pub(crate) fn of_zip(bytes: impl Into<Arc<[u8]>>) -> Result<Package, Refusal> {
    let bytes = bytes.into();
    let unreadable =
        || invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");
    let mut archive = ZipArchive::new(Cursor::new(&*bytes)).map_err(|_| unreadable())?;
    if archive.is_empty() {
        return Err(invalid("Uploaded file must be a non-empty zip"));
    }
    let content = unzipped_size(&mut archive).ok_or_else(unreadable)?;
    if content >= LARGEST_CONTENT {
        return Err(invalid(format!("Unzipped size must be smaller than {LARGEST_CONTENT} bytes")));
    }
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Package { sha256: CodeSha256::of(&bytes).to_string(), size, content: Content::Zip(bytes) })
}

/// Reads every entry to its end, which also checks the checksums; `None` if an entry cannot be read.
fn unzipped_size(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Option<u64> {
    let mut total = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).ok()?;
        total += std::io::copy(&mut entry.take(LARGEST_CONTENT - total), &mut std::io::sink()).ok()?;
        if total >= LARGEST_CONTENT {
            break;
        }
    }
    Some(total)
}
