//! Publishing and listing versions.
//!
//! A publish without an update since the last one answers with the version that the last one created (R8). When somebody
//! has deleted that version by hand, AWS's answer is not recorded; the world takes the stricter reading: it creates no new
//! number and describes the version as it was, so that an engine which believes the answer would point at nothing.

use super::errors::{answered, code_storage_exceeded, function_not_found, invalid, invalid_marker};
use super::function::{Snapshot, Version, Visit, by_fault, has_room, visit};
use super::functions::{MARKER, PAGE, max_items};
use super::reference::{LATEST, Reference};
use super::request::Request;
use crate::simulator::clock::after;
use crate::simulator::constraints::Constraints;
use crate::simulator::paging::page;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

/// Publishes `$LATEST`.
pub(crate) fn publish(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let description = members.string("Description")?;
    let mut constraints = Constraints::default();
    constraints.length("description", description, 0..=256);
    constraints.finish()?;
    let reference = Reference::of_latest(request, scene.place)?;
    let now = scene.now;
    let visited = visit(scene, &reference.name)?;
    visited.function.check_idle()?;
    visited.function.check_revision(members.string("RevisionId")?)?;
    check_code(&visited, members.string("CodeSha256")?)?;
    let size = visited.function.latest.package.size;
    let version = match visited.function.last_published.clone().filter(|_| !visited.function.is_updated) {
        Some(version) => version,
        None if !has_room(scene.region, size, 0, scene.knobs.code_storage) => {
            return Err(code_storage_exceeded());
        }
        None => freeze(visit(scene, &reference.name)?, description),
    };
    let function = scene.region.functions.get(&reference.name);
    let function = function.ok_or_else(|| function_not_found(&reference.name))?;
    let arn = function.qualified(version.number);
    Ok(answered(201, &function.version_configuration(&version, &arn, now)))
}

/// Lists `$LATEST` and then the versions, oldest first, without their states (R15).
pub(crate) fn list(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let mut constraints = Constraints::default();
    let asked = max_items(&mut constraints, request);
    constraints.finish()?;
    let size = scene.page_size(asked, PAGE);
    let reference = Reference::of_latest(request, scene.place)?;
    let visit = visit(scene, &reference.name)?;
    let function = visit.function;
    let latest = function.latest_item(&function.qualified(LATEST));
    let versions = function.versions.values().map(|version| function.version_item(version, visit.now));
    let items = std::iter::once(latest).chain(versions);
    let page = page(items, request.query().get("Marker"), size).ok_or_else(invalid_marker)?;
    Ok(answered(200, &page.body("Versions", MARKER)))
}

fn check_code(visit: &Visit<'_>, believed: Option<&str>) -> Result<(), Refusal> {
    let current = &visit.function.latest.package.sha256;
    match believed {
        Some(believed) if believed != current => Err(invalid(format!(
            "CodeSHA256 ({believed}) is different from current CodeSHA256 in $LATEST ({current}). \
             Please try again with the CodeSHA256 in $LATEST."
        ))),
        _ => Ok(()),
    }
}

/// Creates the next version; a zip function's is active at once, one with a snapshot needs its time.
fn freeze(visit: Visit<'_>, description: Option<&str>) -> Version {
    let Visit { now, knobs, identifiers, faults, function } = visit;
    let failure = by_fault(faults.take_failed_update(&function.name));
    let is_snapshotted = function.latest.configuration.is_snapshotted();
    // A version that fails does so after a while, as one with a snapshot does.
    let active_from = if is_snapshotted || failure.is_some() { after(now, knobs.pending) } else { now };
    let revision = identifiers.revision();
    let version = function.freeze(|number, snapshot| {
        let mut snapshot = Snapshot { revision, modified: now, ..snapshot };
        if let Some(description) = description {
            snapshot.configuration.describe(description);
        }
        Version { number, snapshot, active_from, failure }
    });
    let version = version.clone();
    // Publishing changes the revision of `$LATEST` too (R7).
    function.latest.revision = identifiers.revision();
    version
}
