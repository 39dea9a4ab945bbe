//! The settings beside the configuration that deploy tools read: code signing, asynchronous invocation, runtime updates
//! and recursion.
//!
//! Nothing here can be signed or invoked, so the first two are reads of what nobody has set. What the other two store
//! changes no revision and does not count as an update for the next publish (R8 names two calls, and these are not they).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::{answered, invalid, not_found};
use super::function::{Function, Target, visit};
use super::functions::{PAGE, max_items};
use super::reference::{LATEST, Reference, is_alias_name};
use super::request::Request;
use crate::simulator::constraints::Constraints;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

/// When a version takes a newer runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuntimeUpdates {
    on: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl Default for RuntimeUpdates {
    fn default() -> Self {
        Self { on: "Auto".to_owned(), version: None }
    }
}

/// Returns the code signing configuration of a function: there is none.
pub(crate) fn code_signing(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = Reference::read(request.function(), 256, scene.place)?;
    visit(scene, &reference.name)?;
    Ok(answered(200, &json!({})))
}

/// Returns the settings of asynchronous invocation: nobody can have put any.
pub(crate) fn event_invoke(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = Reference::of(request, scene.place)?;
    let qualifier = reference.qualifier.as_deref().unwrap_or(LATEST);
    let arn = format!("{}:{qualifier}", scene.place.function_arn(&reference.name));
    Err(not_found(format!("The function {arn} doesn't have an EventInvokeConfig")))
}

/// Lists the settings of asynchronous invocation: none.
pub(crate) fn event_invokes(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let mut constraints = Constraints::default();
    let asked = max_items(&mut constraints, request);
    constraints.range("maxItems", asked, 1..=i64::try_from(PAGE).unwrap_or(i64::MAX));
    constraints.finish()?;
    let reference = Reference::read(request.function(), 256, scene.place)?;
    visit(scene, &reference.name)?;
    Ok(answered(200, &json!({"FunctionEventInvokeConfigs": []})))
}

/// Returns when a version takes a newer runtime.
pub(crate) fn runtime(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let (reference, qualifier) = runtime_target(scene, request)?;
    let function = visit(scene, &reference.name)?.function;
    let target = function.target(Some(&qualifier))?;
    Ok(answered(200, &shown(function, &target, &qualifier)))
}

/// Decides when a version takes a newer runtime.
pub(crate) fn put_runtime(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let (on, version) = (members.string("UpdateRuntimeOn")?, members.string("RuntimeVersionArn")?);
    let mut constraints = Constraints::default();
    constraints.required("updateRuntimeOn", on.is_some());
    constraints.one_of("updateRuntimeOn", on, &["Auto", "Manual", "FunctionUpdate"]);
    constraints.length("runtimeVersionArn", version, 26..=2048);
    constraints.finish()?;
    // The words of both refusals are not recorded; the rule is in the documentation of the operation.
    let is_manual = on == Some("Manual");
    if is_manual && version.is_none() {
        return Err(invalid("RuntimeVersionArn is required when UpdateRuntimeOn is Manual."));
    }
    if !is_manual && version.is_some() {
        return Err(invalid("RuntimeVersionArn is only supported when UpdateRuntimeOn is Manual."));
    }
    let (reference, qualifier) = runtime_target(scene, request)?;
    let function = visit(scene, &reference.name)?.function;
    let target = function.target(Some(&qualifier))?;
    function.check_not_updating()?;
    let updates =
        RuntimeUpdates { on: on.unwrap_or_default().to_owned(), version: version.map(str::to_owned) };
    match &target {
        Target::Version(number) => {
            if let Some(version) = function.versions.get_mut(number) {
                version.snapshot.runtime_updates = updates;
            }
        }
        Target::Latest | Target::Alias(_) => function.latest.runtime_updates = updates,
    }
    Ok(answered(200, &shown(function, &target, &qualifier)))
}

/// Returns whether a recursive loop is ended.
pub(crate) fn recursion(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = Reference::of_latest(request, scene.place)?;
    let function = visit(scene, &reference.name)?.function;
    Ok(answered(200, &json!({"RecursiveLoop": recursive_loop(function)})))
}

/// Decides whether a recursive loop is ended.
pub(crate) fn put_recursion(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let wanted = request.members().string("RecursiveLoop")?;
    let mut constraints = Constraints::default();
    constraints.required("recursiveLoop", wanted.is_some());
    constraints.one_of("recursiveLoop", wanted, &["Allow", "Terminate"]);
    constraints.finish()?;
    let reference = Reference::of_latest(request, scene.place)?;
    let function = visit(scene, &reference.name)?.function;
    function.is_recursive = wanted == Some("Allow");
    Ok(answered(200, &json!({"RecursiveLoop": recursive_loop(function)})))
}

fn recursive_loop(function: &Function) -> &'static str {
    if function.is_recursive { "Allow" } else { "Terminate" }
}

/// Returns the version that runtime updates are about; an alias has none of its own.
fn runtime_target(scene: &Scene<'_>, request: &Request) -> Result<(Reference, String), Refusal> {
    let reference = Reference::of(request, scene.place)?;
    let qualifier = reference.qualifier.clone().unwrap_or_else(|| LATEST.to_owned());
    if is_alias_name(&qualifier) {
        // The documentation allows `$LATEST` and numbers; the words are not recorded.
        return Err(invalid("Runtime management is not supported for aliases."));
    }
    Ok((reference, qualifier))
}

fn shown(function: &Function, target: &Target, qualifier: &str) -> Value {
    let updates = match target {
        Target::Version(number) => function.versions.get(number).map(|version| &version.snapshot),
        Target::Latest | Target::Alias(_) => None,
    };
    let updates = &updates.unwrap_or(&function.latest).runtime_updates;
    let mut shown = json!({"UpdateRuntimeOn": updates.on, "FunctionArn": function.qualified(qualifier)});
    if let Some(version) = &updates.version {
        shown["RuntimeVersionArn"] = Value::from(version.as_str());
    }
    shown
}
