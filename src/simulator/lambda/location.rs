//! `Code.Location`: a link that looks presigned and serves the exact bytes of a package from the same address.
//!
//! As on AWS it is an S3 link into a bucket of Lambda's own, good for ten minutes. The signature is a digest of what it
//! signs, so a link that was changed by hand is refused, and the same world gives the same link.

use jiff::Timestamp;

use super::function::Function;
use super::package::Package;
use crate::model::digest::Digest;
use crate::simulator::place::Place;
use crate::simulator::world::Region;

/// How long a link works, in seconds.
const LIFETIME: &str = "600";

/// Returns the name of the bucket that packages are served from.
pub(crate) fn bucket(place: &Place) -> String {
    format!("awslambda-{}-tasks", place.region)
}

/// Returns the link to the bytes with this `CodeSha256`.
pub(crate) fn link(host: &str, place: &Place, function: &Function, sha256: &str, now: Timestamp) -> String {
    let Place { account, region } = place;
    let key = format!("snapshots/{account}/{}/{}", function.name, file_name(sha256));
    let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = date.split('T').next().unwrap_or_default();
    let signature = signature(&key, &date);
    format!(
        "http://{host}/{}/{key}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-SignedHeaders=host\
         &X-Amz-Expires={LIFETIME}&X-Amz-Credential={account}%2F{day}%2F{region}%2Fs3%2Faws4_request\
         &X-Amz-Signature={signature}",
        bucket(place)
    )
}

/// Returns true if the signature is the one that [`link`] gave this key on this date.
pub(crate) fn is_signed(key: &str, date: &str, given: &str) -> bool {
    signature(key, date) == given
}

/// Returns the package behind a key, as long as the function has it.
pub(crate) fn package_at<'a>(region: &'a Region, place: &Place, key: &str) -> Option<&'a Package> {
    let rest = key.strip_prefix("snapshots/")?.strip_prefix(&place.account)?.strip_prefix('/')?;
    let (name, file) = rest.split_once('/')?;
    let function = region.functions.get(name)?;
    let versions = function.versions.values().map(|version| &version.snapshot);
    let mut packages = std::iter::once(&function.latest).chain(versions).map(|snapshot| &snapshot.package);
    packages.find(|package| file_name(&package.sha256) == file)
}

fn file_name(sha256: &str) -> String {
    sha256.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn signature(key: &str, date: &str) -> String {
    Digest::of(format!("{key}\n{date}\n{LIFETIME}").as_bytes()).to_string()
}
