//! From the `X-Amz-Target` header to an operation.

use serde_json::{Map, Value};

use super::{errors::JSON, operations, parameter};
use crate::simulator::members::{self, Members};
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::{WireRequest, WireResponse};
use crate::simulator::world::Scene;

/// What every target of the service begins with.
pub(crate) const TARGET_PREFIX: &str = "AmazonSSM.";

/// A request to Systems Manager.
#[derive(Debug)]
pub(crate) struct Request {
    operation: Operation,
    body: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    DeleteParameter,
    GetParameter,
    GetParameters,
    LabelParameterVersion,
    PutParameter,
}

const OPERATIONS: [(&str, Operation); 5] = [
    ("DeleteParameter", Operation::DeleteParameter),
    ("GetParameter", Operation::GetParameter),
    ("GetParameters", Operation::GetParameters),
    ("LabelParameterVersion", Operation::LabelParameterVersion),
    ("PutParameter", Operation::PutParameter),
];

impl Request {
    /// Reads a JSON 1.1 request.
    pub(crate) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let target = request.header("x-amz-target").unwrap_or_default();
        let name = target.strip_prefix(TARGET_PREFIX).unwrap_or(target);
        let found = OPERATIONS.iter().find(|(known, _)| *known == name);
        let unknown = || Refusal { status: 400, ..Refusal::unknown_operation(&format!("ssm:{name}")) };
        let (_, operation) = found.ok_or_else(unknown)?;
        Ok(Self { operation: *operation, body: members::object_in(&request.body)? })
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        let found = OPERATIONS.iter().find(|(_, operation)| *operation == self.operation);
        found.map_or("Unknown", |(name, _)| name)
    }

    /// Returns the ARNs that the request is about: IAM looks at each, and one that it denies denies the call.
    pub(crate) fn resource(&self, place: &Place) -> String {
        let one = self.body.get("Name").and_then(Value::as_str);
        let several = self.body.get("Names").and_then(Value::as_array).into_iter().flatten();
        let names = one.into_iter().chain(several.filter_map(Value::as_str));
        let arns = names.map(|name| parameter::arn(place, parameter::Called::of(name, place).name));
        let arns: Vec<String> = arns.collect();
        if arns.is_empty() { "*".to_owned() } else { arns.join(" ") }
    }
}

/// Returns true if this is the name of an operation.
pub(crate) fn is_operation(name: &str) -> bool {
    OPERATIONS.iter().any(|(known, _)| *known == name)
}

/// Performs a request.
pub(crate) fn perform(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = Members::of(&request.body);
    let body = match request.operation {
        Operation::DeleteParameter => operations::delete(scene, members),
        Operation::GetParameter => operations::get(scene, members),
        Operation::GetParameters => operations::get_several(scene, members),
        Operation::LabelParameterVersion => operations::label(scene, members),
        Operation::PutParameter => operations::put(scene, members),
    };
    Ok(WireResponse::json(200, JSON, &body?))
}
