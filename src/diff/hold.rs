//! When a hold is over.
//!
//! A hold on an alias at `latest` stands as long as nothing else would be published. The version that
//! `$LATEST` was equal to is compared in memory, so that a changed variable counts without a trace of its
//! value (design §3.3); only where that version is gone must the fingerprint do.

use crate::model::{Configuration, LatestMark, LiveFunction, VersionNumber};

/// Returns what `$LATEST` is, as a hold remembers it.
pub fn latest_mark(live: &LiveFunction) -> LatestMark {
    let latest = &live.latest.configuration;
    let is_equal = |version: &VersionNumber| live.versions[version].configuration.is_same_version(latest);
    LatestMark {
        fingerprint: latest.fingerprint(),
        version: live.versions.keys().rev().copied().find(is_equal),
    }
}

/// Tells whether a configuration of the function is the one that was left.
pub fn is_as_left(mark: &LatestMark, configuration: &Configuration, live: &LiveFunction) -> bool {
    let left = mark.version.and_then(|version| live.versions.get(&version)).map(|left| &left.configuration);
    match left.filter(|left| left.fingerprint() == mark.fingerprint) {
        Some(left) => left.is_same_version(configuration),
        None => configuration.fingerprint() == mark.fingerprint,
    }
}
