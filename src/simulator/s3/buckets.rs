//! Buckets and the versions of their objects.
//!
//! Every object is a list of versions, the newest last. A bucket without versioning keeps one, with the id `null`; one
//! with versioning never forgets, and a delete only adds a marker.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checksum::{self, Checked};
use super::errors::{access_denied, no_such_bucket, no_such_key, no_such_version};
use super::etag;
use crate::model::{CodeSha256, S3Object};
use crate::simulator::base64_text;
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;

/// The id of a version that was written without versioning.
pub(super) const UNVERSIONED: &str = "null";

/// Every bucket of every account; their names are shared by all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Buckets {
    pub(super) known: BTreeMap<String, Bucket>,
}

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bucket {
    /// The account and region it belongs to.
    pub(super) place: Place,
    pub(super) created: Timestamp,
    pub(super) versioning: Versioning,
    /// The versions of each key, the newest last, and never none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) objects: BTreeMap<String, Vec<Version>>,
}

/// Whether a bucket keeps what is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Versioning {
    Off,
    Enabled,
    Suspended,
}

/// One version of an object, or the mark that it was deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub(super) id: String,
    pub(super) modified: Timestamp,
    /// The content; absent in a delete marker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) object: Option<Object>,
}

/// The content of an object and what is told about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    #[serde(with = "base64_text")]
    pub(super) bytes: Arc<[u8]>,
    /// The MD5 in hexadecimal digits, without quotes.
    pub(super) etag: String,
    /// The headers that reads give back.
    pub(super) headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<Checked>,
    /// The size of content that was observed elsewhere, and is here with nothing but its SHA-256 as the checksum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unseen: Option<u64>,
}

impl Object {
    /// Returns the size of the content in bytes.
    pub(super) fn size(&self) -> u64 {
        self.unseen.unwrap_or(self.bytes.len() as u64)
    }

    fn found(&self) -> Found {
        match (self.unseen, &self.checksum) {
            (Some(size), Some((_, sha256))) => Found::Unseen { sha256: sha256.clone(), size },
            _ => Found::Bytes(Arc::clone(&self.bytes)),
        }
    }
}

/// What Lambda finds of an object.
#[derive(Debug)]
pub(crate) enum Found {
    /// Its content.
    Bytes(Arc<[u8]>),
    /// Only what was observed of it elsewhere.
    Unseen {
        /// The SHA-256 of the content, in base64.
        sha256: String,
        /// Its size in bytes.
        size: u64,
    },
}

/// What Lambda may read: the objects of its own account and region.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packages<'a> {
    pub(crate) buckets: &'a Buckets,
    pub(crate) place: &'a Place,
}

impl Packages<'_> {
    /// Returns the content of an object, or the refusal that S3 would give Lambda.
    pub(crate) fn find(self, bucket: &str, key: &str, version: Option<&str>) -> Result<Found, Refusal> {
        let bucket = self.buckets.known.get(bucket).ok_or_else(no_such_bucket)?;
        if bucket.place.account != self.place.account {
            return Err(access_denied());
        }
        if bucket.place.region != self.place.region {
            let message = format!(
                "The bucket is in this region: {}. Please use this region to retry the request",
                bucket.place.region
            );
            return Err(Refusal::new(301, "PermanentRedirect", message));
        }
        let version = bucket.version(key, version)?;
        version.object.as_ref().map(Object::found).ok_or_else(no_such_key)
    }
}

impl Buckets {
    /// Returns true if there is no bucket.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Puts what was observed of one version of an object where it was, in a bucket that keeps versions.
    pub(crate) fn stock(
        &mut self,
        now: Timestamp,
        place: &Place,
        object: &S3Object,
        known: (&CodeSha256, u64),
    ) {
        let S3Object { bucket, key, version } = object;
        let (sha256, size) = known;
        let (place, versioning) = (place.clone(), Versioning::Enabled);
        let bucket = self.known.entry(bucket.to_string());
        let bucket =
            bucket.or_insert_with(|| Bucket { place, created: now, versioning, objects: BTreeMap::new() });
        let object = Object {
            bytes: Arc::default(),
            // The real one is not known; this one is as good for telling versions apart.
            etag: etag::of(sha256.as_str().as_bytes()),
            headers: Vec::new(),
            checksum: Some((checksum::SHA256.to_owned(), sha256.to_string())),
            unseen: Some(size),
        };
        bucket.add(key.as_str(), Version { id: version.to_string(), modified: now, object: Some(object) });
    }

    /// Returns a bucket of the caller, signed for its region.
    pub(super) fn open(&mut self, name: &str, place: &Place) -> Result<&mut Bucket, Refusal> {
        let bucket = self.known.get_mut(name).ok_or_else(no_such_bucket)?;
        if bucket.place.account != place.account {
            return Err(access_denied());
        }
        if bucket.place.region != place.region {
            let message = format!(
                "The authorization header is malformed; the region '{}' is wrong; expecting '{}'",
                place.region, bucket.place.region
            );
            return Err(Refusal::new(400, "AuthorizationHeaderMalformed", message));
        }
        Ok(bucket)
    }
}

impl Bucket {
    /// Returns the current content of a key; `None` if there is none or its last version is a delete marker.
    pub(super) fn current(&self, key: &str) -> Option<&Object> {
        self.objects.get(key)?.last()?.object.as_ref()
    }

    /// Returns a version of a key: the one with the id, else the newest, which may be a delete marker.
    pub(super) fn version(&self, key: &str, id: Option<&str>) -> Result<&Version, Refusal> {
        let versions = self.objects.get(key).map(Vec::as_slice).unwrap_or_default();
        match id {
            None => versions.last().ok_or_else(no_such_key),
            Some(id) => versions.iter().find(|version| version.id == id).ok_or_else(no_such_version),
        }
    }

    /// Adds a version as the bucket's versioning says, and returns its id when versions have ids.
    pub(super) fn add(&mut self, key: &str, mut version: Version) -> Option<String> {
        if self.versioning != Versioning::Enabled {
            UNVERSIONED.clone_into(&mut version.id);
        }
        let id = version.id.clone();
        let versions = self.objects.entry(key.to_owned()).or_default();
        versions.retain(|known| known.id != id);
        versions.push(version);
        (self.versioning != Versioning::Off).then_some(id)
    }

    /// Takes one version away; the key goes with its last one.
    pub(super) fn remove(&mut self, key: &str, id: &str) -> Option<Version> {
        let versions = self.objects.get_mut(key)?;
        let index = versions.iter().position(|version| version.id == id)?;
        let removed = versions.remove(index);
        if versions.is_empty() {
            self.objects.remove(key);
        }
        Some(removed)
    }
}
