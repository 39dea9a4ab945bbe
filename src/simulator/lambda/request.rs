//! From method and path to an operation.
//!
//! Paths carry function names as a name, a partial ARN or a full ARN, percent-encoded or not; here they are only decoded.

use serde_json::{Map, Value};

use super::operation::{Bound, Operation, name_elsewhere, route};
use super::package;
use super::reference::Reference;
use crate::simulator::members::{self, Members};
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::{Pairs, WireRequest, WireResponse, decode};
use crate::simulator::world::Scene;

/// A Lambda request.
#[derive(Debug)]
pub(crate) struct Request {
    operation: Operation,
    bound: Bound,
    query: Pairs,
    body: Map<String, Value>,
    host: Option<String>,
}

impl Request {
    /// Reads a rest-json request.
    pub(crate) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let query = Pairs::of_query(&request.query);
        let segments: Vec<String> =
            request.path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let (operation, mut bound) = route(&request.method, &segments, &query)
            .ok_or_else(|| unknown(request, name_elsewhere(&request.method, &segments, &query)))?;
        package::check_request_size(operation, request.body.len())?;
        let body = members::object_in(&request.body)?;
        let named = |member: &str| body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        match operation {
            Operation::CreateFunction | Operation::CreateEventSourceMapping => {
                bound.function = named("FunctionName");
            }
            Operation::CreateAlias => bound.alias = named("Name"),
            _ => {} // The path names everything that the other operations are about.
        }
        let host = request.header("host").map(str::to_owned);
        Ok(Self { operation, bound, query, body, host })
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        self.operation.name()
    }

    /// Returns the ARN the request is about, as IAM would name it.
    pub(crate) fn resource(&self, place: &Place) -> String {
        let Bound { function, alias, mapping, .. } = &self.bound;
        if !mapping.is_empty() {
            return place.arn("lambda", &format!("event-source-mapping:{mapping}"));
        }
        if function.is_empty() {
            return "*".to_owned();
        }
        let Some(reference) = Reference::loosely(function) else { return function.clone() };
        let arn = place.function_arn(&reference.name);
        let alias = Some(alias.as_str()).filter(|alias| !alias.is_empty());
        match alias.or(reference.qualifier.as_deref()).or(self.query.get("Qualifier")) {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn,
        }
    }

    /// Returns the members of the body.
    pub(crate) fn members(&self) -> Members<'_> {
        Members::of(&self.body)
    }

    /// Returns the query parameters.
    pub(crate) fn query(&self) -> &Pairs {
        &self.query
    }

    /// Returns the name of the alias in the path or, for a create, in the body.
    pub(crate) fn alias(&self) -> &str {
        &self.bound.alias
    }

    /// Returns the id of the policy's statement in the path.
    pub(crate) fn statement(&self) -> &str {
        &self.bound.statement
    }

    /// Returns the UUID of the event source mapping in the path.
    pub(crate) fn mapping(&self) -> &str {
        &self.bound.mapping
    }

    /// Returns the function as the request wrote it; the ARN for tags.
    pub(crate) fn function(&self) -> &str {
        &self.bound.function
    }

    /// Returns the address that the request was sent to, for links that lead back here.
    pub(crate) fn host(&self) -> &str {
        self.host.as_deref().unwrap_or("localhost")
    }
}

/// Performs a Lambda request.
pub(crate) fn perform(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    request.operation.perform(scene, request)
}

fn unknown(request: &WireRequest, name: Option<&str>) -> Refusal {
    let path = format!("{} {}", request.method, request.path);
    Refusal::unknown_operation(&name.map_or_else(|| path.clone(), |name| format!("lambda:{name}, {path}")))
}
