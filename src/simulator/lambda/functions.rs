//! Create, get, list and delete.
//!
//! Deleting without a qualifier deletes everything, as on AWS (T7): the world does not protect the careless.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::configuration::Configuration;
use super::errors::{answered, code_storage_exceeded, conflict, function_not_found, invalid, invalid_marker};
use super::function::{Function, Phase, Snapshot, Target, Version, by_fault, has_room, visit};
use super::management::RuntimeUpdates;
use super::package::{self, Content, Package};
use super::reference::{LATEST, Reference, is_alias_name};
use super::request::Request;
use super::{location, settings, tags};
use crate::simulator::clock::after;
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::paging::page;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

/// The member of a list that continues it.
pub(crate) const MARKER: &str = "NextMarker";

/// The largest page of functions and of versions, whatever `MaxItems` says (R15).
pub(crate) const PAGE: usize = 50;

/// Creates a function; it stays `Pending` for a while (R1).
pub(crate) fn create(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    check_create(members)?;
    let reference = Reference::of_latest(request, scene.place)?;
    let is_image = members.string("PackageType")? == Some("Image");
    check_package_members(members, is_image)?;
    settings::check(members)?;
    scene.check_lambda_role(members.string("Role")?)?;
    let tags = members.string_map("Tags")?.unwrap_or_default();
    tags::check_count(&tags)?;
    if scene.region.functions.contains_key(&reference.name) {
        return Err(conflict(format!("Function already exist: {}", reference.name)));
    }
    let code = members.object("Code")?.unwrap_or(members);
    let package = package::read(code, is_image, scene.packages)?;
    // Published at once, the same bytes count twice.
    let copies = if members.flag("Publish")? { 2 } else { 1 };
    if !has_room(scene.region, package.size * copies, 0, scene.knobs.code_storage) {
        return Err(code_storage_exceeded());
    }
    let mut function = new_function(scene, &reference.name, members, package)?;
    function.tags = tags;
    let body = first_answer(&mut function, members.flag("Publish")?);
    scene.region.functions.insert(reference.name, function);
    Ok(answered(201, &body))
}

/// Returns the configuration, the code and, without a qualifier, the tags and the reserved concurrency.
pub(crate) fn get(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = Reference::of(request, scene.place)?;
    let (place, now) = (scene.place, scene.now);
    let (configuration, function) = configuration_and_function(scene, &reference)?;
    let package = function.package_of(reference.qualifier.as_deref())?;
    let code = match &package.content {
        Content::Image(image) => image_location(image, &package.sha256),
        Content::Unseen if function.latest.configuration.is_image() => json!({"RepositoryType": "ECR"}),
        // The link to what is not there leads to an error that says so.
        Content::Zip(_) | Content::Unseen => {
            let location = location::link(request.host(), place, function, &package.sha256, now);
            json!({"RepositoryType": "S3", "Location": location})
        }
    };
    let mut body = json!({"Configuration": configuration, "Code": code});
    if reference.qualifier.is_none() && !function.tags.is_empty() {
        body["Tags"] = json!(function.tags);
    }
    if let (None, Some(reserved)) = (&reference.qualifier, function.reserved) {
        body["Concurrency"] = json!({"ReservedConcurrentExecutions": reserved});
    }
    Ok(answered(200, &body))
}

/// Returns the configuration alone.
pub(crate) fn get_configuration(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = Reference::of(request, scene.place)?;
    let (configuration, _) = configuration_and_function(scene, &reference)?;
    Ok(answered(200, &configuration))
}

/// Lists functions, or with `FunctionVersion=ALL` every version of each.
pub(crate) fn list(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let query = request.query();
    let version = query.get("FunctionVersion");
    let mut constraints = Constraints::default();
    constraints.one_of("functionVersion", version, &["ALL"]);
    let asked = max_items(&mut constraints, request);
    constraints.finish()?;
    let now = scene.now;
    let size = scene.page_size(asked, PAGE);
    for function in scene.region.functions.values_mut() {
        function.settle(now, scene.identifiers);
    }
    let items = scene.region.functions.values().flat_map(|function| {
        let arn = if version.is_some() { function.qualified(LATEST) } else { function.arn.clone() };
        let versions = function.versions.values().filter(|_| version.is_some());
        let versions = versions.map(|version| function.version_item(version, now));
        std::iter::once(function.latest_item(&arn)).chain(versions)
    });
    let page = page(items, query.get("Marker"), size).ok_or_else(invalid_marker)?;
    Ok(answered(200, &page.body("Functions", MARKER)))
}

/// Deletes a version, or the whole function (R14).
pub(crate) fn delete(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = Reference::of(request, scene.place)?;
    let Some(qualifier) = reference.qualifier else {
        let removed = scene.region.functions.remove(&reference.name);
        let missing = || function_not_found(&scene.place.function_arn(&reference.name));
        return removed.map(|_| WireResponse::empty(204)).ok_or_else(missing);
    };
    if qualifier == LATEST {
        return Err(invalid("$LATEST version cannot be deleted without deleting the function."));
    }
    if is_alias_name(&qualifier) {
        return Err(invalid("Deletion of aliases is not currently supported."));
    }
    let visit = visit(scene, &reference.name)?;
    if let Some(number) = visit.function.version(&qualifier).map(|version| version.number) {
        visit.function.check_unreferenced(number, visit.now)?;
        visit.function.versions.remove(&number);
        visit.function.provisioned.remove(&qualifier);
        visit.function.policies.remove(&qualifier);
    }
    // Deleting a version that is not there succeeds (T8).
    Ok(WireResponse::empty(204))
}

/// Reads `MaxItems` and records what the model refuses about it.
pub(crate) fn max_items(constraints: &mut Constraints, request: &Request) -> Option<i64> {
    let asked = request.query().get("MaxItems").map(|text| text.parse().unwrap_or(0));
    constraints.range("maxItems", asked, 1..=10_000);
    asked
}

fn configuration_and_function<'a>(
    scene: &'a mut Scene<'_>,
    reference: &Reference,
) -> Result<(Value, &'a Function), Refusal> {
    // A function that is not there is named together with the qualifier that was asked for.
    let qualifier = reference.qualifier.as_deref();
    if !scene.region.functions.contains_key(&reference.name) {
        let arn = scene.place.function_arn(&reference.name);
        let arn = qualifier.map_or_else(|| arn.clone(), |qualifier| format!("{arn}:{qualifier}"));
        return Err(function_not_found(&arn));
    }
    let visit = visit(scene, &reference.name)?;
    let target = visit.function.target(qualifier)?;
    Ok((visit.function.target_configuration(&target, qualifier, visit.now), visit.function))
}

fn check_create(members: Members<'_>) -> Result<(), Refusal> {
    let mut constraints = Constraints::default();
    for (path, name) in [("functionName", "FunctionName"), ("role", "Role"), ("code", "Code")] {
        constraints.required(path, members.has(name));
    }
    members.string("FunctionName")?;
    settings::constrain(&mut constraints, members)?;
    constraints.finish()
}

fn check_package_members(members: Members<'_>, is_image: bool) -> Result<(), Refusal> {
    let is_complete = members.has("Runtime") && members.has("Handler");
    let has_any = members.has("Runtime") || members.has("Handler") || members.has("Layers");
    if is_image && has_any {
        return Err(invalid("Please don't provide Handler or Runtime or Layer when PackageType is Image"));
    }
    if !is_image && !is_complete {
        return Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ));
    }
    Ok(())
}

/// Returns a function that is being created.
pub(crate) fn new_function(
    scene: &mut Scene<'_>,
    name: &str,
    members: Members<'_>,
    package: Package,
) -> Result<Function, Refusal> {
    let mut configuration = Configuration::new(name);
    configuration.take(members)?;
    configuration.take_package_members(members);
    let revision = scene.identifiers.revision();
    let is_failing = scene.faults.take_failed_update(name);
    Ok(Function {
        name: name.to_owned(),
        arn: scene.place.function_arn(name),
        latest: Snapshot {
            configuration,
            package,
            revision,
            modified: scene.now,
            runtime_updates: RuntimeUpdates::default(),
        },
        phase: Phase::Pending { until: after(scene.now, scene.knobs.pending), is_failing },
        versions: BTreeMap::new(),
        last_number: 0,
        last_published: None,
        is_updated: true,
        aliases: BTreeMap::new(),
        provisioned: BTreeMap::new(),
        policies: BTreeMap::new(),
        urls: BTreeMap::new(),
        reserved: None,
        is_recursive: false,
        tags: BTreeMap::new(),
    })
}

/// Returns the answer to a create: published at once, it is version 1 under the unqualified ARN (R12).
fn first_answer(function: &mut Function, is_published: bool) -> Value {
    let mut body = function.latest_configuration(&function.arn);
    if let (true, &Phase::Pending { until, is_failing }) = (is_published, &function.phase) {
        let (active_from, failure) = (until, by_fault(is_failing));
        function.freeze(|number, snapshot| Version { number, snapshot, active_from, failure });
        body["Version"] = Value::from("1");
    }
    body
}

fn image_location(image: &str, sha256: &str) -> Value {
    let (registry, name) = image.split_once('/').unwrap_or(("", image));
    let repository = name.split(['@', ':']).next().unwrap_or_default();
    let resolved = format!("{registry}/{repository}@sha256:{sha256}");
    json!({"RepositoryType": "ECR", "ImageUri": image, "ResolvedImageUri": resolved})
}

impl Function {
    /// Returns the package that a qualifier leads to.
    fn package_of(&self, qualifier: Option<&str>) -> Result<&Package, Refusal> {
        let number = match self.target(qualifier)? {
            Target::Latest => None,
            Target::Version(number) => Some(number),
            Target::Alias(name) => self.aliases.get(&name).and_then(|alias| alias.version.parse().ok()),
        };
        let version = number.and_then(|number| self.versions.get(&number));
        Ok(version.map_or(&self.latest.package, |version| &version.snapshot.package))
    }

    /// Refuses to delete a version that an alias references; a weight counts as a reference.
    fn check_unreferenced(&self, number: u64, now: jiff::Timestamp) -> Result<(), Refusal> {
        let references = self.aliases.iter().filter(|(_, alias)| alias.references(number, now));
        let names: Vec<&str> = references.map(|(name, _)| name.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let names = names.join(", ");
        Err(conflict(format!(
            "Unable to delete version because the following aliases reference it: [{names}]"
        )))
    }
}
