//! Function URLs: of a function or of an alias, never of a version (R24).
//!
//! A URL outlives its alias: it answers nobody while the alias is gone (T12), cannot be read or changed through it, and is
//! in the way of a new one when the alias is created again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::errors::{answered, conflict, invalid_marker, not_found};
use super::function::{Function, Visit, visit};
use super::functions::{MARKER, PAGE, max_items};
use super::reference::{LATEST, Reference, is_alias_name};
use super::request::Request;
use crate::simulator::clock::microsecond_text;
use crate::simulator::constraints::{Constraints, is_number};
use crate::simulator::members::Members;
use crate::simulator::paging::page;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

const NO_FUNCTION: &str = "Function does not exist";
const NO_URL: &str = "The resource you requested does not exist.";
const QUALIFIER_PATTERN: &str = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)";
const NAME_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?";

/// A function URL.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Url {
    address: String,
    authentication: String,
    mode: String,
    cors: Map<String, Value>,
    created: Timestamp,
    modified: Timestamp,
}

impl Url {
    fn shown(&self, arn: &str) -> Value {
        let mut shown = json!({
            "FunctionUrl": self.address,
            "FunctionArn": arn,
            "AuthType": self.authentication,
            "CreationTime": microsecond_text(self.created),
            "LastModifiedTime": microsecond_text(self.modified),
            "InvokeMode": self.mode,
        });
        if !self.cors.is_empty() {
            shown["Cors"] = Value::Object(self.cors.clone());
        }
        shown
    }

    fn take(&mut self, members: Members<'_>) -> Result<(), Refusal> {
        if let Some(authentication) = members.string("AuthType")? {
            authentication.clone_into(&mut self.authentication);
        }
        if let Some(mode) = members.string("InvokeMode")? {
            mode.clone_into(&mut self.mode);
        }
        if let Some(cors) = members.value("Cors").and_then(Value::as_object) {
            self.cors.clone_from(cors);
        }
        Ok(())
    }
}

/// Gives a function or an alias a URL.
pub(crate) fn create(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    let mut constraints = Constraints::default();
    constraints.required("authType", members.has("AuthType"));
    constrain(constraints, members)?;
    let region = scene.place.region.clone();
    let (visit, qualifier) = visited(scene, request, NO_FUNCTION)?;
    let Visit { function, identifiers, now, .. } = visit;
    check_target(function, &qualifier, NO_FUNCTION)?;
    let arn = arn(function, &qualifier);
    if function.urls.contains_key(&qualifier) {
        return Err(conflict(format!(
            "Failed to create function url config for [functionArn = {arn}]. \
             Error message:  FunctionUrlConfig exists for this Lambda function"
        )));
    }
    let id = identifiers.revision().replace('-', "");
    let mut url = Url {
        address: format!("https://{id}.lambda-url.{region}.on.aws/"),
        authentication: String::new(),
        mode: "BUFFERED".to_owned(),
        cors: Map::new(),
        created: now,
        modified: now,
    };
    url.take(members)?;
    let mut body = url.shown(&arn);
    // A create is the one answer that does not show when the URL was last changed.
    body.as_object_mut().and_then(|body| body.remove("LastModifiedTime"));
    function.urls.insert(qualifier, url);
    Ok(answered(201, &body))
}

/// Returns the URL of a function or an alias.
pub(crate) fn get(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let (Visit { function, .. }, qualifier) = visited(scene, request, NO_URL)?;
    check_target(function, &qualifier, NO_URL)?;
    let url = function.urls.get(&qualifier).ok_or_else(|| not_found(NO_URL))?;
    Ok(answered(200, &url.shown(&arn(function, &qualifier))))
}

/// Changes the URL of a function or an alias.
pub(crate) fn update(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    constrain(Constraints::default(), members)?;
    let (Visit { function, now, .. }, qualifier) = visited(scene, request, NO_FUNCTION)?;
    check_target(function, &qualifier, NO_FUNCTION)?;
    let arn = arn(function, &qualifier);
    let url = function.urls.get_mut(&qualifier).ok_or_else(|| not_found(NO_URL))?;
    url.take(members)?;
    url.modified = now;
    Ok(answered(200, &url.shown(&arn)))
}

/// Takes the URL away; those of the aliases stay.
pub(crate) fn delete(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let (Visit { function, .. }, qualifier) = visited(scene, request, NO_URL)?;
    function.urls.remove(&qualifier).ok_or_else(|| not_found(NO_URL))?;
    Ok(WireResponse::empty(204))
}

/// Lists the URLs of a function and of its aliases, also of those that are gone.
pub(crate) fn list(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let mut constraints = Constraints::default();
    let asked = max_items(&mut constraints, request);
    constraints.range("maxItems", asked, 1..=i64::try_from(PAGE).unwrap_or(i64::MAX));
    constraints.finish()?;
    let size = scene.page_size(asked, PAGE);
    let (Visit { function, .. }, _) = visited(scene, request, NO_FUNCTION)?;
    let items = function.urls.iter().map(|(qualifier, url)| url.shown(&arn(function, qualifier)));
    let page = page(items, request.query().get("Marker"), size).ok_or_else(invalid_marker)?;
    Ok(answered(200, &page.body("FunctionUrlConfigs", MARKER)))
}

fn visited<'a>(
    scene: &'a mut Scene<'_>,
    request: &Request,
    missing: &str,
) -> Result<(Visit<'a>, String), Refusal> {
    let mut constraints = Constraints::default();
    let given = request.query().get("Qualifier");
    constraints.length("qualifier", given, 1..=128);
    constraints.pattern("qualifier", given, QUALIFIER_PATTERN, is_alias_name);
    let named = Reference::loosely(request.function()).and_then(|reference| reference.qualifier);
    if named.is_some_and(|qualifier| is_number(&qualifier) || qualifier == LATEST) {
        constraints.pattern("functionName", Some(request.function()), NAME_PATTERN, |_| false);
    }
    constraints.finish()?;
    let reference = Reference::of(request, scene.place)?;
    let visit = visit(scene, &reference.name).map_err(|_| not_found(missing))?;
    Ok((visit, reference.qualifier.unwrap_or_default()))
}

fn check_target(function: &Function, qualifier: &str, missing: &str) -> Result<(), Refusal> {
    if qualifier.is_empty() || function.aliases.contains_key(qualifier) {
        return Ok(());
    }
    Err(not_found(missing))
}

fn arn(function: &Function, qualifier: &str) -> String {
    if qualifier.is_empty() { function.arn.clone() } else { function.qualified(qualifier) }
}

fn constrain(mut constraints: Constraints, members: Members<'_>) -> Result<(), Refusal> {
    constraints.one_of("authType", members.string("AuthType")?, &["NONE", "AWS_IAM"]);
    constraints.one_of("invokeMode", members.string("InvokeMode")?, &["BUFFERED", "RESPONSE_STREAM"]);
    if let Some(cors) = members.object("Cors")? {
        cors.flag("AllowCredentials")?;
        constraints.range("cors.maxAge", cors.integer("MaxAge")?, 0..=86_400);
        let lists =
            [("AllowHeaders", 100), ("AllowMethods", 6), ("AllowOrigins", 100), ("ExposeHeaders", 100)];
        for (name, most) in lists {
            let count = cors.strings(name)?.map_or(0, |items| items.len());
            if count > most {
                let constraint = format!("Member must have length less than or equal to {most}");
                constraints.fail(
                    &format!("cors.{}{}", &name[..1].to_lowercase(), &name[1..]),
                    count,
                    &constraint,
                );
            }
        }
    }
    constraints.finish()
}
