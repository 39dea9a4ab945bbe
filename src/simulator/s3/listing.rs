//! The list of a bucket's objects, in pages, with what shares a prefix folded into one line.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::buckets::{Bucket, Version};
use super::errors::invalid_argument;
use super::lifecycle::document;
use super::request::{Request, Visit};
use crate::simulator::clock::second_text;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::{Pairs, WireResponse, encode};
use crate::simulator::xml;

/// The largest page, whatever `max-keys` says.
const PAGE: usize = 1000;

/// A line of a list: an object, or everything under a prefix.
enum Line<'a> {
    Object(&'a str, &'a Version),
    Prefix(String),
}

impl Line<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Object(key, _) => key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

/// Lists the objects of a bucket.
pub(super) fn list(visit: &mut Visit<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let query = &request.query;
    let limit = visit.page_size.unwrap_or(PAGE).min(PAGE);
    let size = match query.get("max-keys") {
        None => limit,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| invalid_argument("Provided max-keys not an integer or within integer range"))?
            .min(limit),
    };
    if query.get("encoding-type").is_some_and(|coding| coding != "url") {
        return Err(invalid_argument("Invalid Encoding Method specified in Request"));
    }
    let after = match query.get("continuation-token") {
        Some(token) => {
            position(token).ok_or_else(|| invalid_argument("The continuation token provided is incorrect"))?
        }
        None => query.get("start-after").unwrap_or_default().to_owned(),
    };
    let bucket = visit.buckets.open(&request.address.bucket, &visit.caller.place)?;
    let mut lines = lines(bucket, query, &after);
    let is_truncated = lines.len() > size;
    lines.truncate(size);
    let next = lines.last().filter(|_| is_truncated).map(|line| URL_SAFE_NO_PAD.encode(line.name()));
    Ok(document("ListBucketResult", &content(&request.address.bucket, query, size, &lines, next.as_deref())))
}

fn lines<'a>(bucket: &'a Bucket, query: &Pairs, after: &str) -> Vec<Line<'a>> {
    let prefix = query.get("prefix").unwrap_or_default();
    let delimiter = query.get("delimiter").filter(|delimiter| !delimiter.is_empty());
    let mut lines: Vec<Line<'a>> = Vec::new();
    for (key, versions) in &bucket.objects {
        let Some(version) = versions.last().filter(|version| version.object.is_some()) else { continue };
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        let folded = delimiter.and_then(|delimiter| {
            let end = rest.find(delimiter)? + delimiter.len();
            Some(format!("{prefix}{}", &rest[..end]))
        });
        let line = folded.map_or(Line::Object(key, version), Line::Prefix);
        let is_repeated = lines.last().is_some_and(|last| last.name() == line.name());
        if line.name() > after && !is_repeated {
            lines.push(line);
        }
    }
    lines
}

fn content(bucket: &str, query: &Pairs, size: usize, lines: &[Line<'_>], next: Option<&str>) -> String {
    let is_encoded = query.get("encoding-type").is_some();
    let coded = |text: &str| if is_encoded { encode(text, "/") } else { text.to_owned() };
    let mut content = [
        xml::text("Name", bucket),
        xml::text("Prefix", &coded(query.get("prefix").unwrap_or_default())),
        xml::text("KeyCount", &lines.len().to_string()),
        xml::text("MaxKeys", &size.to_string()),
        xml::text("IsTruncated", if next.is_some() { "true" } else { "false" }),
    ]
    .concat();
    let echoed = [("delimiter", "Delimiter"), ("start-after", "StartAfter")];
    for (name, element) in echoed {
        if let Some(value) = query.get(name) {
            content.push_str(&xml::text(element, &coded(value)));
        }
    }
    let plain = [
        (query.get("encoding-type"), "EncodingType"),
        (query.get("continuation-token"), "ContinuationToken"),
        (next, "NextContinuationToken"),
    ];
    for (value, element) in plain {
        content.extend(value.map(|value| xml::text(element, value)));
    }
    content.extend(lines.iter().map(|line| match line {
        Line::Object(key, version) => object_line(&coded(key), version),
        Line::Prefix(prefix) => xml::element("CommonPrefixes", &xml::text("Prefix", &coded(prefix))),
    }));
    content
}

fn object_line(key: &str, version: &Version) -> String {
    let (etag, size) =
        version.object.as_ref().map_or(("", 0), |object| (object.etag.as_str(), object.bytes.len()));
    let line = [
        xml::text("Key", key),
        xml::text("LastModified", &second_text(version.modified, ".000Z")),
        xml::text("ETag", &format!("\"{etag}\"")),
        xml::text("Size", &size.to_string()),
        xml::text("StorageClass", "STANDARD"),
    ]
    .concat();
    xml::element("Contents", &line)
}

fn position(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}
