//! Event source mappings: queues and streams that call a function, a version or an alias.
//!
//! A mapping keeps the qualifier it was given (R24) and outlives its function (T12). It has states of its own and refuses
//! changes while one is under way. Only the sources that a deploy meets are known: SQS, Kinesis and DynamoDB streams.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::errors::{answered, conflict, invalid, invalid_marker, not_found};
use super::functions::{MARKER, max_items};
use super::policies::is_source;
use super::reference::Reference;
use super::request::Request;
use super::source_members::{self, SourceKind};
use super::tags;
use crate::simulator::clock::{after, epoch_seconds};
use crate::simulator::constraints::Constraints;
use crate::simulator::paging::page;
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

const PAGE: usize = 100;
const SOURCE_PATTERN: &str = r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

/// An event source mapping.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventSource {
    source: String,
    kind: SourceKind,
    /// The ARN of the function with the qualifier that was given, if any.
    function: String,
    is_enabled: bool,
    members: Map<String, Value>,
    modified: Timestamp,
    /// What is under way, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<(Change, Timestamp)>,
    /// The tags of the mapping.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
}

/// A change of a mapping that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Creating,
    Updating,
    Enabling,
    Disabling,
    Deleting,
}

impl EventSource {
    fn state(&self, now: Timestamp) -> &'static str {
        match self.change {
            Some((Change::Creating, until)) if now < until => "Creating",
            Some((Change::Updating, until)) if now < until => "Updating",
            Some((Change::Enabling, until)) if now < until => "Enabling",
            Some((Change::Disabling, until)) if now < until => "Disabling",
            Some((Change::Deleting, _)) => "Deleting",
            _ if self.is_enabled => "Enabled",
            _ => "Disabled",
        }
    }

    fn is_gone(&self, now: Timestamp) -> bool {
        matches!(self.change, Some((Change::Deleting, until)) if now >= until)
    }

    fn shown(&self, place: &Place, uuid: &str, now: Timestamp) -> Value {
        let mut shown = self.members.clone();
        let own = json!({
            "UUID": uuid,
            "EventSourceMappingArn": place.arn("lambda", &format!("event-source-mapping:{uuid}")),
            "EventSourceArn": self.source,
            "FunctionArn": self.function,
            "LastModified": epoch_seconds(self.modified),
            "State": self.state(now),
            "StateTransitionReason": "USER_INITIATED",
        });
        shown.extend(own.as_object().cloned().unwrap_or_default());
        Value::Object(shown)
    }
}

/// Lets a source call a function.
pub(crate) fn create(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let source = members.string("EventSourceArn")?;
    let mut constraints = Constraints::default();
    constraints.required("functionName", members.has("FunctionName"));
    constraints.pattern("eventSourceArn", source, SOURCE_PATTERN, is_source);
    source_members::constrain(&mut constraints, members)?;
    constraints.finish()?;
    let kind =
        SourceKind::of(source.unwrap_or_default()).ok_or_else(|| invalid("Unrecognized event source."))?;
    let source = source.unwrap_or_default();
    source_members::check(kind, source, members)?;
    let function = called(scene, request.function())?;
    settle(scene);
    let same = |known: &&EventSource| known.source == source && known.function == function;
    if let Some((uuid, _)) = scene.region.event_sources.iter().find(|(_, known)| same(known)) {
        let name = kind.name();
        return Err(conflict(format!(
            "An event source mapping with {name} arn (\" {source} \") and function (\" {} \") already exists. \
             Please update or delete the existing mapping with UUID {uuid}",
            request.function()
        )));
    }
    let tags = members.string_map("Tags")?.unwrap_or_default();
    tags::check_count(&tags)?;
    let uuid = scene.identifiers.revision();
    let event_source = EventSource {
        source: source.to_owned(),
        kind,
        function,
        is_enabled: !members.has("Enabled") || members.flag("Enabled")?,
        members: source_members::taken(kind.defaults(), members),
        modified: scene.now,
        change: Some((Change::Creating, after(scene.now, scene.knobs.pending))),
        tags,
    };
    let body = event_source.shown(scene.place, &uuid, scene.now);
    scene.region.event_sources.insert(uuid, event_source);
    Ok(answered(202, &body))
}

/// Returns a mapping.
pub(crate) fn get(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let (place, now) = (scene.place, scene.now);
    let found = found(scene, request.mapping())?;
    Ok(answered(200, &found.shown(place, request.mapping(), now)))
}

/// Changes a mapping that nothing else is being done to.
pub(crate) fn update(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let mut constraints = Constraints::default();
    source_members::constrain(&mut constraints, members)?;
    constraints.finish()?;
    let function = match members.string("FunctionName")? {
        Some(name) => Some(called(scene, name)?),
        None => None,
    };
    let (place, now) = (scene.place, scene.now);
    let until = after(now, scene.knobs.in_progress);
    let found = idle(scene, request.mapping(), "update")?;
    source_members::check_update(found.kind, &found.source, members)?;
    let was_enabled = found.is_enabled;
    if members.has("Enabled") {
        found.is_enabled = members.flag("Enabled")?;
    }
    found.members = source_members::taken(std::mem::take(&mut found.members), members);
    if let Some(function) = function {
        found.function = function;
    }
    let change = match (was_enabled, found.is_enabled) {
        (true, false) => Change::Disabling,
        (false, true) => Change::Enabling,
        _ => Change::Updating,
    };
    found.change = Some((change, until));
    found.modified = now;
    Ok(answered(202, &found.shown(place, request.mapping(), now)))
}

/// Begins to delete a mapping.
pub(crate) fn delete(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let (place, now) = (scene.place, scene.now);
    let until = after(now, scene.knobs.in_progress);
    let found = idle(scene, request.mapping(), "delete")?;
    found.change = Some((Change::Deleting, until));
    Ok(answered(202, &found.shown(place, request.mapping(), now)))
}

/// Lists mappings, all or those of a source or a function; a bare name finds those of every qualifier.
pub(crate) fn list(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let query = request.query();
    let mut constraints = Constraints::default();
    let asked = max_items(&mut constraints, request);
    constraints.finish()?;
    let size = scene.page_size(asked, PAGE);
    settle(scene);
    let function = match query.get("FunctionName") {
        Some(name) => Some(arn(scene.place, &Reference::read(name, 256, scene.place)?)),
        None => None,
    };
    let is_wanted = |event_source: &&EventSource| {
        let of_function = function.as_ref().is_none_or(|arn| {
            let rest = event_source.function.strip_prefix(arn.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        });
        of_function && query.get("EventSourceArn").is_none_or(|source| source == event_source.source)
    };
    let items = scene.region.event_sources.iter().filter(|(_, event_source)| is_wanted(event_source));
    let items = items.map(|(uuid, event_source)| event_source.shown(scene.place, uuid, scene.now));
    let page = page(items, query.get("Marker"), size).ok_or_else(invalid_marker)?;
    Ok(answered(200, &page.body("EventSourceMappings", MARKER)))
}

/// Returns a mapping that is there, whatever is being done to it.
pub(crate) fn found<'a>(scene: &'a mut Scene<'_>, uuid: &str) -> Result<&'a mut EventSource, Refusal> {
    settle(scene);
    let found = scene.region.event_sources.get_mut(uuid);
    found.ok_or_else(|| not_found("The resource you requested does not exist."))
}

fn idle<'a>(scene: &'a mut Scene<'_>, uuid: &str, verb: &str) -> Result<&'a mut EventSource, Refusal> {
    let now = scene.now;
    let found = found(scene, uuid)?;
    if matches!(found.state(now), "Enabled" | "Disabled") {
        return Ok(found);
    }
    let message = format!("Cannot {verb} the event source mapping because it is in use.");
    Err(Refusal::new(400, "ResourceInUseException", message))
}

/// Forgets the mappings whose deletion has ended.
fn settle(scene: &mut Scene<'_>) {
    let now = scene.now;
    scene.region.event_sources.retain(|_, event_source| !event_source.is_gone(now));
}

/// Returns the ARN of what a mapping is to call, if it is there.
fn called(scene: &Scene<'_>, name: &str) -> Result<String, Refusal> {
    let reference = Reference::read(name, 256, scene.place)?;
    let function = scene.region.functions.get(&reference.name);
    // Recorded for the function; a missing version or alias is refused in the same words, which is the stricter reading.
    let is_there = function.is_some_and(|function| function.target(reference.qualifier.as_deref()).is_ok());
    if !is_there {
        return Err(invalid("Function does not exist"));
    }
    Ok(arn(scene.place, &reference))
}

fn arn(place: &Place, reference: &Reference) -> String {
    let arn = place.function_arn(&reference.name);
    match &reference.qualifier {
        Some(qualifier) => format!("{arn}:{qualifier}"),
        None => arn,
    }
}
