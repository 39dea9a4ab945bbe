//! A function with its past, put there at once: what a create and so many updates and publishes would have left behind.
//!
//! It is for worlds of ten thousand functions. The rules are those of the single steps, checked once for all of them.

use serde_json::{Map, Value};

use super::errors::{code_storage_exceeded, conflict, invalid};
use super::function::{Phase, Snapshot, Version, has_room};
use super::functions::new_function;
use super::package::Package;
use super::reference::Reference;
use super::settings;
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::Scene;

/// Code that was published, under a description.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) package: Package,
    pub(crate) description: String,
}

/// Adds a settled function that has a version for each release, and whose `$LATEST` is the last one.
pub(crate) fn load(
    scene: &mut Scene<'_>,
    body: &Map<String, Value>,
    releases: &[Release],
) -> Result<(), Refusal> {
    let members = Members::of(body);
    let mut constraints = Constraints::default();
    settings::constrain(&mut constraints, members)?;
    constraints.finish()?;
    settings::check(members)?;
    scene.check_lambda_role(members.string("Role")?)?;
    let Reference { name, .. } =
        Reference::read(members.string("FunctionName")?.unwrap_or_default(), 140, scene.place)?;
    if scene.region.functions.contains_key(&name) {
        return Err(conflict(format!("Function already exist: {name}")));
    }
    let Some(last) = releases.last() else { return Err(invalid("A past has one release at least.")) };
    let size = releases.iter().map(|release| release.package.size).sum::<u64>() + last.package.size;
    if !has_room(scene.region, size, 0, scene.knobs.code_storage) {
        return Err(code_storage_exceeded());
    }
    let mut function = new_function(scene, &name, members, last.package.clone())?;
    function.phase = Phase::Settled;
    for release in releases {
        let (revision, now) = (scene.identifiers.revision(), scene.now);
        function.latest.package = release.package.clone();
        function.freeze(|number, snapshot| {
            let mut snapshot = Snapshot { revision, ..snapshot };
            snapshot.configuration.describe(&release.description);
            Version { number, snapshot, active_from: now, failure: None }
        });
    }
    function.latest.revision = scene.identifiers.revision();
    scene.region.functions.insert(name, function);
    Ok(())
}
