//! From method, address and query to an operation.
//!
//! A query parameter that no operation here knows makes the request another operation (`?acl`, `?uploads`), which is
//! refused by name; so is a header that would change what a write means.

use jiff::Timestamp;

use super::address::Address;
use super::body::{self, Payload};
use super::buckets::Buckets;
use super::conditions::Conditions;
use super::errors::{access_denied, invalid_argument, not_implemented};
use super::{lifecycle, listing, objects};
use crate::simulator::clock::after;
use crate::simulator::credentials::Caller;
use crate::simulator::identifiers::Identifiers;
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::{Pairs, WireRequest, WireResponse, decode};
use crate::simulator::world::Region;

/// An S3 operation that the world performs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    ListBuckets,
    CreateBucket,
    HeadBucket,
    DeleteBucket,
    GetBucketLocation,
    GetBucketVersioning,
    PutBucketVersioning,
    ListObjectsV2,
    PutObject,
    GetObject,
    HeadObject,
    DeleteObject,
}

/// The query parameters that do not make a request another operation.
const PARAMETERS: [&str; 9] = [
    "x-id",
    "prefix",
    "delimiter",
    "max-keys",
    "continuation-token",
    "start-after",
    "encoding-type",
    "fetch-owner",
    "versionId",
];

/// The beginnings of the `x-amz-` headers that a write may carry.
const HEADERS: [&str; 13] = [
    "x-amz-acl",
    "x-amz-checksum-",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-meta-",
    "x-amz-sdk-",
    "x-amz-security-token",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// An S3 request.
#[derive(Debug)]
pub(crate) struct Request {
    operation: Operation,
    pub(super) address: Address,
    pub(super) query: Pairs,
    pub(super) conditions: Conditions,
    pub(super) payload: Payload,
    headers: WireRequest,
}

/// What an operation may touch.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) now: Timestamp,
    pub(crate) caller: &'a Caller,
    pub(crate) page_size: Option<usize>,
    pub(crate) identifiers: &'a mut Identifiers,
    pub(crate) buckets: &'a mut Buckets,
    /// The functions of the caller's region, whose code is served from here.
    pub(crate) region: Option<&'a Region>,
}

impl Request {
    /// Reads a request, and its body if it has one.
    pub(crate) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let address = Address::of(request);
        let query = Pairs::of_query(&request.query);
        let unknown = || {
            Refusal::unknown_operation(&format!("s3: {} {}{}", request.method, request.path, asked(request)))
        };
        let operation = operation(request, &address, &query).ok_or_else(unknown)?;
        if operation == Operation::PutObject {
            check_headers(request)?;
        }
        Ok(Self {
            operation,
            address,
            query,
            conditions: Conditions::of(request)?,
            payload: body::read(request)?,
            headers: WireRequest { body: Vec::new(), ..request.clone() },
        })
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        match self.operation {
            Operation::ListBuckets => "ListBuckets",
            Operation::CreateBucket => "CreateBucket",
            Operation::HeadBucket => "HeadBucket",
            Operation::DeleteBucket => "DeleteBucket",
            Operation::GetBucketLocation => "GetBucketLocation",
            Operation::GetBucketVersioning => "GetBucketVersioning",
            Operation::PutBucketVersioning => "PutBucketVersioning",
            Operation::ListObjectsV2 => "ListObjectsV2",
            Operation::PutObject => "PutObject",
            Operation::GetObject => "GetObject",
            Operation::HeadObject => "HeadObject",
            Operation::DeleteObject => "DeleteObject",
        }
    }

    /// Returns the ARN of the bucket or the object.
    pub(crate) fn resource(&self, place: &Place) -> String {
        let Address { bucket, key } = &self.address;
        let slash = if key.is_empty() { "" } else { "/" };
        if bucket.is_empty() {
            return "*".to_owned();
        }
        format!("arn:{}:s3:::{bucket}{slash}{key}", place.partition())
    }

    /// Returns the value of a header, by its lower-case name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.header(name)
    }

    /// Returns every header of the request.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Performs an S3 request.
pub(crate) fn perform(mut visit: Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    check_link(visit.now, &request.query)?;
    let owner = request.header("x-amz-expected-bucket-owner");
    if owner.is_some_and(|owner| owner != visit.caller.place.account) {
        return Err(access_denied());
    }
    let visit = &mut visit;
    match request.operation {
        Operation::ListBuckets => Ok(lifecycle::list(visit)),
        Operation::CreateBucket => lifecycle::create(visit, request),
        Operation::HeadBucket => lifecycle::head(visit, request),
        Operation::DeleteBucket => lifecycle::delete(visit, request),
        Operation::GetBucketLocation => lifecycle::location(visit, request),
        Operation::GetBucketVersioning => lifecycle::versioning(visit, request),
        Operation::PutBucketVersioning => lifecycle::put_versioning(visit, request),
        Operation::ListObjectsV2 => listing::list(visit, request),
        Operation::PutObject => objects::put(visit, request),
        Operation::GetObject => objects::get(visit, request),
        Operation::HeadObject => objects::head(visit, request),
        Operation::DeleteObject => objects::delete(visit, request),
    }
}

fn operation(request: &WireRequest, address: &Address, query: &Pairs) -> Option<Operation> {
    let mut parts = query.names().filter(|name| !PARAMETERS.contains(name) && !name.starts_with("X-Amz-"));
    let (part, more) = (parts.next(), parts.next());
    let is_copy = request.header("x-amz-copy-source").is_some();
    match (request.method.as_str(), address.bucket.is_empty(), address.key.is_empty(), part, more) {
        ("GET", true, true, None, None) => Some(Operation::ListBuckets),
        ("PUT", false, true, None, None) => Some(Operation::CreateBucket),
        ("HEAD", false, true, None, None) => Some(Operation::HeadBucket),
        ("DELETE", false, true, None, None) => Some(Operation::DeleteBucket),
        ("GET", false, true, Some("location"), None) => Some(Operation::GetBucketLocation),
        ("GET", false, true, Some("versioning"), None) => Some(Operation::GetBucketVersioning),
        ("PUT", false, true, Some("versioning"), None) => Some(Operation::PutBucketVersioning),
        ("GET", false, true, Some("list-type"), None) if query.get("list-type") == Some("2") => {
            Some(Operation::ListObjectsV2)
        }
        ("PUT", false, false, None, None) if !is_copy => Some(Operation::PutObject),
        ("GET", false, false, None, None) => Some(Operation::GetObject),
        ("HEAD", false, false, None, None) => Some(Operation::HeadObject),
        ("DELETE", false, false, None, None) => Some(Operation::DeleteObject),
        _ => None,
    }
}

/// Returns the query as far as it says which operation was meant; a presigned one holds a signature, which is not told.
fn asked(request: &WireRequest) -> String {
    let names = request.query.split('&').filter_map(|pair| pair.split('=').next()).map(decode);
    let names: Vec<String> = names.filter(|name| !name.is_empty() && !name.starts_with("X-Amz-")).collect();
    if names.is_empty() { String::new() } else { format!("?{}", names.join("&")) }
}

fn check_headers(request: &WireRequest) -> Result<(), Refusal> {
    let is_known = |name: &str| HEADERS.iter().any(|known| name.starts_with(known));
    let mut names = request.headers.keys().filter(|name| name.starts_with("x-amz-"));
    if let Some(name) = names.find(|name| !is_known(name) || name.contains("-customer-")) {
        return Err(not_implemented(name));
    }
    let meant = [
        ("x-amz-acl", &["private", "bucket-owner-full-control"][..]),
        ("x-amz-storage-class", &["STANDARD"]),
        ("x-amz-server-side-encryption", &["AES256", "aws:kms"]),
    ];
    for (name, allowed) in meant {
        if request.header(name).is_some_and(|value| !allowed.contains(&value)) {
            return Err(not_implemented(name));
        }
    }
    Ok(())
}

/// Refuses a presigned link whose time is over.
fn check_link(now: Timestamp, query: &Pairs) -> Result<(), Refusal> {
    let Some(seconds) = query.get("X-Amz-Expires") else { return Ok(()) };
    let seconds = seconds.parse().ok().filter(|seconds| (1..=604_800).contains(seconds));
    let seconds = seconds.ok_or_else(|| {
        let message = "X-Amz-Expires must be a number between 1 and 604800";
        Refusal::new(400, "AuthorizationQueryParametersError", message)
    })?;
    let signed = query.get("X-Amz-Date").and_then(instant);
    let signed = signed.ok_or_else(|| invalid_argument("X-Amz-Date must be in the ISO8601 Long Format"))?;
    if now >= after(signed, std::time::Duration::from_secs(seconds)) {
        return Err(Refusal::new(403, "AccessDenied", "Request has expired"));
    }
    Ok(())
}

/// Reads `20261122T100000Z`.
fn instant(text: &str) -> Option<Timestamp> {
    let digits = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
    let (hour, minute, second) = (digits(9, 11)?, digits(11, 13)?, digits(13, 15)?);
    if digits(8, 9)? != "T" || digits(15, text.len())? != "Z" {
        return None;
    }
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}
