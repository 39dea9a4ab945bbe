//! Updates of `$LATEST`: code and configuration.
//!
//! Every accepted update runs through `InProgress` and leaves two new revisions behind, also when it changes nothing
//! (R3), and the next publish makes a new version (T1). The recorded reason of a running update really says "created".

use serde_json::Value;

use super::errors::{answered, code_storage_exceeded, invalid};
use super::function::{Snapshot, Version, Visit, by_fault, has_room, visit};
use super::package::{self, Package};
use super::reference::Reference;
use super::request::Request;
use super::settings;
use crate::simulator::clock::after;
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

/// Replaces the code of `$LATEST`, and perhaps publishes it.
pub(crate) fn update_code(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let mut constraints = Constraints::default();
    settings::constrain_architectures(&mut constraints, members)?;
    constraints.finish()?;
    let reference = Reference::of_latest(request, scene.place)?;
    let packages = scene.packages;
    let visited = visit(scene, &reference.name)?;
    visited.function.check_idle()?;
    visited.function.check_revision(members.string("RevisionId")?)?;
    let is_image = visited.function.latest.configuration.is_image();
    let replaced = visited.function.latest.package.size;
    let package = package::read(members, is_image, packages)?;
    let is_published = members.flag("Publish")?;
    let copies = if is_published { 2 } else { 1 };
    if !has_room(scene.region, package.size * copies, replaced, scene.knobs.code_storage) {
        return Err(code_storage_exceeded());
    }
    let visit = visit(scene, &reference.name)?;
    if members.flag("DryRun")? {
        return Ok(answered(200, &dry_run(&visit, members, package)));
    }
    let body = replace_code(visit, members, package, is_published);
    Ok(answered(200, &body))
}

/// Replaces the configuration members that the request gives.
pub(crate) fn update_configuration(
    scene: &mut Scene<'_>,
    request: &Request,
) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let mut constraints = Constraints::default();
    settings::constrain(&mut constraints, members)?;
    constraints.finish()?;
    let reference = Reference::of_latest(request, scene.place)?;
    scene.check_lambda_role(members.string("Role")?)?;
    let visit = visit(scene, &reference.name)?;
    visit.function.check_idle()?;
    visit.function.check_revision(members.string("RevisionId")?)?;
    settings::check(members)?;
    if members.has("ImageConfig") && !visit.function.latest.configuration.is_image() {
        // The words are not recorded; AWS refuses image settings on zip functions.
        return Err(invalid(
            "Please don't provide ImageConfig when updating a function with packageType Zip.",
        ));
    }
    let mut configuration = visit.function.latest.configuration.clone();
    configuration.take(members)?;
    let kept = visit.function.latest.clone();
    visit.function.latest.configuration = configuration;
    let function = start(visit, kept).function;
    Ok(answered(200, &function.latest_configuration(&function.arn)))
}

/// Returns the answer to a dry run: the hash of the code that was sent, on a function that did not change.
fn dry_run(visit: &Visit<'_>, members: Members<'_>, package: Package) -> Value {
    let function = &visit.function;
    let mut body = function.latest_configuration(&function.arn);
    body["CodeSha256"] = Value::from(package.sha256);
    body["CodeSize"] = Value::from(package.size);
    if let Some(architectures) = members.value("Architectures") {
        body["Architectures"] = architectures.clone();
    }
    body
}

fn replace_code(visit: Visit<'_>, members: Members<'_>, package: Package, is_published: bool) -> Value {
    let kept = visit.function.latest.clone();
    visit.function.latest.package = package;
    visit.function.latest.configuration.take_package_members(members);
    let started = start(visit, kept);
    let Started { function, until, is_failing, revision, now } = started;
    if !is_published {
        return function.latest_configuration(&function.arn);
    }
    // The version copies the function's description: this call has no member for another one.
    let version = function.freeze(|number, snapshot| {
        let snapshot = Snapshot { revision, ..snapshot };
        Version { number, snapshot, active_from: until, failure: by_fault(is_failing) }
    });
    let version = version.clone();
    let arn = function.qualified(version.number);
    function.version_configuration(&version, &arn, now)
}

/// An update that has just begun.
struct Started<'a> {
    function: &'a mut super::function::Function,
    until: jiff::Timestamp,
    is_failing: bool,
    /// A fresh revision, for a version that is published along with the update.
    revision: String,
    now: jiff::Timestamp,
}

fn start(visit: Visit<'_>, kept: Snapshot) -> Started<'_> {
    let Visit { now, knobs, identifiers, faults, function, .. } = visit;
    function.latest.revision = identifiers.revision();
    function.latest.modified = now;
    let until = after(now, knobs.in_progress);
    let is_failing = faults.take_failed_update(&function.name);
    function.start_update(until, kept, is_failing);
    Started { function, until, is_failing, revision: identifiers.revision(), now }
}
