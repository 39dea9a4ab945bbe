//! Buckets: create, find, list and delete, and whether they keep versions.

use super::buckets::{Bucket, Versioning};
use super::errors::{ILLEGAL_LOCATION, invalid_argument};
use super::request::{Request, Visit};
use crate::simulator::clock::second_text;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::xml;

/// The XML namespace of S3.
pub(super) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The region that needs no location, and the only one whose location nobody may say.
const FIRST_REGION: &str = "us-east-1";

/// Lists the caller's buckets.
pub(super) fn list(visit: &Visit<'_>) -> WireResponse {
    let account = &visit.caller.place.account;
    let own = visit.buckets.known.iter().filter(|(_, bucket)| bucket.place.account == *account);
    let items = own.map(|(name, bucket)| {
        let created = second_text(bucket.created, ".000Z");
        let members = [
            xml::text("Name", name),
            xml::text("CreationDate", &created),
            xml::text("BucketRegion", &bucket.place.region),
        ];
        xml::element("Bucket", &members.concat())
    });
    let buckets = xml::element("Buckets", &items.collect::<String>());
    let owner = xml::element("Owner", &xml::text("ID", account));
    document("ListAllMyBucketsResult", &format!("{buckets}{owner}"))
}

/// Creates a bucket; also in the first region it is not idempotent here, which is the stricter reading.
pub(super) fn create(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let name = &request.address.bucket;
    if !is_bucket_name(name) {
        return Err(Refusal::new(400, "InvalidBucketName", "The specified bucket is not valid."));
    }
    let place = &visit.caller.place;
    check_location(&place.region, &request.payload.bytes)?;
    if let Some(known) = visit.buckets.known.get(name) {
        return Err(taken(known.place.account == place.account));
    }
    let bucket = Bucket {
        place: place.clone(),
        created: visit.now,
        versioning: Versioning::Off,
        objects: std::collections::BTreeMap::new(),
    };
    visit.buckets.known.insert(name.clone(), bucket);
    Ok(WireResponse::empty(200).with_header("Location", &format!("/{name}")))
}

/// Says that a bucket is there.
pub(super) fn head(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    Ok(WireResponse::empty(200).with_header("x-amz-bucket-region", &bucket.place.region))
}

/// Deletes a bucket with nothing in it, delete markers included.
pub(super) fn delete(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    if !bucket.objects.is_empty() {
        let message = "The bucket you tried to delete is not empty";
        return Err(Refusal::new(409, "BucketNotEmpty", message));
    }
    visit.buckets.known.remove(&request.address.bucket);
    Ok(WireResponse::empty(204))
}

/// Says where a bucket is; the first region is said by saying nothing.
pub(super) fn location(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    let region = Some(bucket.place.region.as_str()).filter(|region| *region != FIRST_REGION);
    Ok(document("LocationConstraint", region.unwrap_or_default()))
}

/// Says whether a bucket keeps versions; one that never did says nothing.
pub(super) fn versioning(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    let status = match bucket.versioning {
        Versioning::Off => String::new(),
        Versioning::Enabled => xml::text("Status", "Enabled"),
        Versioning::Suspended => xml::text("Status", "Suspended"),
    };
    Ok(document("VersioningConfiguration", &status))
}

/// Decides whether a bucket keeps versions; it can stop to, but never not have begun.
pub(super) fn put_versioning(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    let text = String::from_utf8_lossy(&request.payload.bytes);
    bucket.versioning = match xml::value(&text, "Status") {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        _ => {
            let message =
                "The XML you provided was not well-formed or did not validate against our published schema";
            return Err(Refusal::new(400, "MalformedXML", message));
        }
    };
    Ok(WireResponse::empty(200))
}

/// Returns a document of S3.
pub(super) fn document(name: &str, content: &str) -> WireResponse {
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    WireResponse::xml(200, format!("{declaration}<{name} xmlns=\"{NAMESPACE}\">{content}</{name}>"))
}

fn taken(is_own: bool) -> Refusal {
    if is_own {
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        return Refusal::new(409, "BucketAlreadyOwnedByYou", message);
    }
    let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                   system. Please select a different name and try again.";
    Refusal::new(409, "BucketAlreadyExists", message)
}

fn check_location(region: &str, body: &[u8]) -> Result<(), Refusal> {
    let text = String::from_utf8_lossy(body);
    match xml::value(&text, "LocationConstraint") {
        Some(FIRST_REGION) => {
            let message = "The specified location-constraint is not valid";
            Err(Refusal::new(400, "InvalidLocationConstraint", message))
        }
        Some(wanted) if wanted == region => Ok(()),
        None if region == FIRST_REGION => Ok(()),
        None if !body.is_empty() && !text.contains("CreateBucketConfiguration") => {
            Err(invalid_argument("the body is not a CreateBucketConfiguration"))
        }
        wanted => {
            let message = format!(
                "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
                wanted.unwrap_or("unspecified")
            );
            Err(Refusal::new(400, ILLEGAL_LOCATION, message))
        }
    }
}

fn is_bucket_name(name: &str) -> bool {
    let is_edge =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = name.as_bytes();
    let is_address = name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok());
    (3..=63).contains(&bytes.len())
        && is_edge(bytes.first().copied())
        && is_edge(bytes.last().copied())
        && bytes.iter().all(|byte| is_edge(Some(*byte)) || b".-".contains(byte))
        && !name.contains("..")
        && !is_address
}
