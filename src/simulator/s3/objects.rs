//! Put, get, head and delete of an object.

use std::sync::Arc;

use super::buckets::{Bucket, Object, Version, Versioning};
use super::errors::{access_denied, invalid_argument, no_such_key, not_implemented};
use super::etag;
use super::request::{Request, Visit};
use crate::simulator::lambda::{self, PackageContent};
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;

/// The headers of a write that reads give back.
const KEPT: [&str; 8] = [
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
    "expires",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
];

const LONGEST_KEY: usize = 1024;

/// Writes an object, if the conditions hold.
pub(super) fn put(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let key = &request.address.key;
    if key.len() > LONGEST_KEY {
        return Err(Refusal::new(400, "KeyTooLongError", "Your key is too long"));
    }
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    request.conditions.check_write(bucket.current(key))?;
    let bytes: Arc<[u8]> = request.payload.bytes.as_slice().into();
    let etag = etag::of(&bytes);
    let checksum = request.payload.checksum.clone();
    let object = Object {
        bytes,
        etag: etag.clone(),
        headers: kept(request),
        checksum: checksum.clone(),
        unseen: None,
    };
    let id = visit.identifiers.revision().replace('-', "");
    let id = bucket.add(key, Version { id, modified: visit.now, object: Some(object) });
    let mut response = WireResponse::empty(200).with_header("ETag", &format!("\"{etag}\""));
    if let Some((name, value)) = checksum {
        response = response.with_header(&name, &value);
    }
    Ok(versioned(response, id.as_deref()))
}

/// Reads an object, or a part of it.
pub(super) fn get(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    if request.address.bucket == lambda::code_bucket(&visit.caller.place) {
        return code(visit, request);
    }
    let (response, object) = described(visit, request)?;
    if object.unseen.is_some() {
        return Err(unseen());
    }
    match request.header("range") {
        None => Ok(response.with_bytes(&object.bytes)),
        Some(range) => part(response, &object.bytes, range),
    }
}

/// Reads what is told about an object.
pub(super) fn head(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    if request.header("range").is_some() {
        return Err(not_implemented("Range of a HeadObject"));
    }
    let (response, object) = described(visit, request)?;
    Ok(response.with_header("content-length", &object.size().to_string()))
}

/// Deletes an object, or one version of it; what is not there is deleted too.
pub(super) fn delete(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let key = &request.address.key;
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    let response = WireResponse::empty(204);
    if let Some(id) = request.query.get("versionId") {
        let found = bucket.version(key, Some(id)).ok();
        request.conditions.check_delete(found.and_then(|version| version.object.as_ref()))?;
        let is_marker = bucket.remove(key, id).is_some_and(|version| version.object.is_none());
        let response = response.with_header("x-amz-version-id", id);
        return Ok(if is_marker { response.with_header("x-amz-delete-marker", "true") } else { response });
    }
    request.conditions.check_delete(bucket.current(key))?;
    if bucket.versioning == Versioning::Off {
        bucket.objects.remove(key);
        return Ok(response);
    }
    let id = visit.identifiers.revision().replace('-', "");
    let id = bucket.add(key, Version { id, modified: visit.now, object: None });
    Ok(versioned(response.with_header("x-amz-delete-marker", "true"), id.as_deref()))
}

/// Serves the code of a function through the link that `GetFunction` gave.
fn code(visit: &Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let query = &request.query;
    let (date, given) = (query.get("X-Amz-Date"), query.get("X-Amz-Signature"));
    let (Some(date), Some(given)) = (date, given) else { return Err(access_denied()) };
    let key = &request.address.key;
    if !lambda::is_code_signed(key, date, given) || query.get("X-Amz-Expires").is_none() {
        let message = "The request signature we calculated does not match the signature you provided. \
                       Check your key and signing method.";
        return Err(Refusal::new(403, "SignatureDoesNotMatch", message));
    }
    let place = &visit.caller.place;
    let package = visit.region.and_then(|region| lambda::package_at(region, place, key));
    match &package.ok_or_else(no_such_key)?.content {
        PackageContent::Zip(bytes) => {
            Ok(WireResponse::empty(200).with_header("content-type", "application/zip").with_bytes(bytes))
        }
        PackageContent::Image(_) => Err(no_such_key()),
        PackageContent::Unseen => Err(unseen()),
    }
}

fn unseen() -> Refusal {
    let message = "The bytes of this package are not here: this account was made from a snapshot, which \
                   holds the hash of each package and not its content.";
    Refusal::new(404, "NoSuchKey", message)
}

/// Returns an object and the response that describes it, without its bytes.
fn described<'a>(visit: &'a mut Visit<'_>, request: &Request) -> Result<(WireResponse, &'a Object), Refusal> {
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    let wanted = request.query.get("versionId");
    let bucket: &Bucket = bucket;
    let version = bucket.version(&request.address.key, wanted)?;
    let Some(object) = &version.object else {
        // The marker itself cannot be read; a key whose newest version is one is not there.
        let message = "The specified method is not allowed against this resource.";
        let marker = || Refusal::new(405, "MethodNotAllowed", message);
        return Err(wanted.map_or_else(no_such_key, |_| marker()));
    };
    request.conditions.check_read(object)?;
    let modified = version.modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut response = WireResponse::empty(200)
        .with_header("ETag", &format!("\"{}\"", object.etag))
        .with_header("Last-Modified", &modified)
        .with_header("accept-ranges", "bytes");
    for (name, value) in &object.headers {
        response = response.with_header(name, value);
    }
    let is_checksum_wanted = request.header("x-amz-checksum-mode") == Some("ENABLED");
    // The checksum is that of the whole object, so it does not go with a part.
    if let Some((name, value)) =
        object.checksum.as_ref().filter(|_| is_checksum_wanted && request.header("range").is_none())
    {
        // A checksum of parts is none that this world has: nothing is uploaded in parts.
        response = response.with_header(name, value).with_header("x-amz-checksum-type", "FULL_OBJECT");
    }
    let id = (bucket.versioning != Versioning::Off).then_some(version.id.as_str());
    Ok((versioned(response, id), object))
}

fn part(mut response: WireResponse, bytes: &[u8], range: &str) -> Result<WireResponse, Refusal> {
    let invalid = || Refusal::new(416, "InvalidRange", "The requested range is not satisfiable");
    let (first, last) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .filter(|(_, last)| !last.contains(','))
        .ok_or_else(|| invalid_argument(format!("the range `{range}` is not one of bytes")))?;
    let end = bytes.len();
    let (from, to) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(from), Ok(to)) => (from, to.saturating_add(1).min(end)),
        (Ok(from), Err(_)) if last.is_empty() => (from, end),
        (Err(_), Ok(count)) if first.is_empty() => (end.saturating_sub(count), end),
        _ => return Err(invalid()),
    };
    let found = bytes.get(from..to).filter(|found| !found.is_empty()).ok_or_else(invalid)?;
    response.status = 206;
    let shown = format!("bytes {from}-{}/{end}", to - 1);
    Ok(response.with_header("content-range", &shown).with_bytes(found))
}

fn kept(request: &Request) -> Vec<(String, String)> {
    let is_kept = |name: &str| KEPT.contains(&name) || name.starts_with("x-amz-meta-");
    let given = request.headers().filter(|(name, _)| is_kept(name));
    let mut headers: Vec<(String, String)> =
        given.map(|(name, value)| (name.to_owned(), plain_coding(name, value))).collect();
    headers.retain(|(_, value)| !value.is_empty());
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), "binary/octet-stream".to_owned()));
    }
    headers
}

/// Returns a header's value without the coding of the transfer, which is none of the object's.
fn plain_coding(name: &str, value: &str) -> String {
    if name != "content-encoding" {
        return value.to_owned();
    }
    let codings: Vec<&str> =
        value.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    codings.join(",")
}

fn versioned(response: WireResponse, id: Option<&str>) -> WireResponse {
    match id {
        Some(id) => response.with_header("x-amz-version-id", id),
        None => response,
    }
}
