//! From the `X-Amz-Target` header to an operation.

use serde_json::{Map, Value};

use super::{aliases, definition, executions, machines, past, tags, versions};
use crate::simulator::members::{self, Members};
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::{WireRequest, WireResponse};
use crate::simulator::world::Scene;

/// What every target of the service begins with.
pub(crate) const TARGET_PREFIX: &str = "AWSStepFunctions.";

/// A Step Functions request.
#[derive(Debug)]
pub(crate) struct Request {
    operation: Operation,
    body: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    CreateStateMachine,
    DescribeStateMachine,
    UpdateStateMachine,
    DeleteStateMachine,
    ListStateMachines,
    PublishStateMachineVersion,
    ListStateMachineVersions,
    DeleteStateMachineVersion,
    CreateStateMachineAlias,
    DescribeStateMachineAlias,
    UpdateStateMachineAlias,
    DeleteStateMachineAlias,
    ListStateMachineAliases,
    ValidateStateMachineDefinition,
    TagResource,
    UntagResource,
    ListTagsForResource,
    StartExecution,
    StopExecution,
    DescribeExecution,
    DescribeStateMachineForExecution,
    ListExecutions,
}

const OPERATIONS: [(&str, Operation); 22] = [
    ("CreateStateMachine", Operation::CreateStateMachine),
    ("DescribeStateMachine", Operation::DescribeStateMachine),
    ("UpdateStateMachine", Operation::UpdateStateMachine),
    ("DeleteStateMachine", Operation::DeleteStateMachine),
    ("ListStateMachines", Operation::ListStateMachines),
    ("PublishStateMachineVersion", Operation::PublishStateMachineVersion),
    ("ListStateMachineVersions", Operation::ListStateMachineVersions),
    ("DeleteStateMachineVersion", Operation::DeleteStateMachineVersion),
    ("CreateStateMachineAlias", Operation::CreateStateMachineAlias),
    ("DescribeStateMachineAlias", Operation::DescribeStateMachineAlias),
    ("UpdateStateMachineAlias", Operation::UpdateStateMachineAlias),
    ("DeleteStateMachineAlias", Operation::DeleteStateMachineAlias),
    ("ListStateMachineAliases", Operation::ListStateMachineAliases),
    ("ValidateStateMachineDefinition", Operation::ValidateStateMachineDefinition),
    ("TagResource", Operation::TagResource),
    ("UntagResource", Operation::UntagResource),
    ("ListTagsForResource", Operation::ListTagsForResource),
    ("StartExecution", Operation::StartExecution),
    ("StopExecution", Operation::StopExecution),
    ("DescribeExecution", Operation::DescribeExecution),
    ("DescribeStateMachineForExecution", Operation::DescribeStateMachineForExecution),
    ("ListExecutions", Operation::ListExecutions),
];

impl Request {
    /// Reads a JSON 1.0 request.
    pub(crate) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let target = request.header("x-amz-target").unwrap_or_default();
        let name = target.strip_prefix(TARGET_PREFIX).unwrap_or(target);
        let found = OPERATIONS.iter().find(|(known, _)| *known == name);
        let unknown = || Refusal { status: 400, ..Refusal::unknown_operation(&format!("states:{name}")) };
        let (_, operation) = found.ok_or_else(unknown)?;
        Ok(Self { operation: *operation, body: members::object_in(&request.body)? })
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        let found = OPERATIONS.iter().find(|(_, operation)| *operation == self.operation);
        found.map_or("Unknown", |(name, _)| name)
    }

    /// Returns the ARN the request is about, as IAM would name it.
    pub(crate) fn resource(&self, place: &Place) -> String {
        let text = |name: &str| self.body.get(name).and_then(Value::as_str);
        let arns = [
            "stateMachineArn",
            "stateMachineVersionArn",
            "stateMachineAliasArn",
            "resourceArn",
            "executionArn",
        ];
        if let Some(arn) = arns.into_iter().find_map(text) {
            return arn.to_owned();
        }
        match (self.operation, text("name")) {
            (Operation::CreateStateMachine, Some(name)) => place.machine_arn(name),
            (Operation::CreateStateMachineAlias, Some(name)) => aliases::arn_to_be(self.members(), name),
            _ => "*".to_owned(),
        }
    }

    /// Returns the members of the body.
    pub(crate) fn members(&self) -> Members<'_> {
        Members::of(&self.body)
    }
}

impl Operation {
    /// Returns true if later reads of a machine may lag behind the operation (R33); executions keep their own times.
    fn changes_a_machine(self) -> bool {
        match self {
            Self::CreateStateMachine
            | Self::UpdateStateMachine
            | Self::DeleteStateMachine
            | Self::PublishStateMachineVersion
            | Self::DeleteStateMachineVersion
            | Self::CreateStateMachineAlias
            | Self::UpdateStateMachineAlias
            | Self::DeleteStateMachineAlias
            | Self::TagResource
            | Self::UntagResource => true,
            Self::DescribeStateMachine
            | Self::ListStateMachines
            | Self::ListStateMachineVersions
            | Self::DescribeStateMachineAlias
            | Self::ListStateMachineAliases
            | Self::ValidateStateMachineDefinition
            | Self::ListTagsForResource
            | Self::StartExecution
            | Self::StopExecution
            | Self::DescribeExecution
            | Self::DescribeStateMachineForExecution
            | Self::ListExecutions => false,
        }
    }
}

/// Returns true if this is the name of an operation.
pub(crate) fn is_operation(name: &str) -> bool {
    OPERATIONS.iter().any(|(known, _)| *known == name)
}

/// Performs a Step Functions request.
pub(crate) fn perform(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    machines::bury(scene);
    let is_write = request.operation.changes_a_machine();
    let before = is_write.then(|| past::before(scene, &request.resource(scene.place))).flatten();
    let body = answer(scene, request)?;
    if let Some(before) = before {
        past::keep(scene, before);
    }
    Ok(WireResponse::json(200, "application/x-amz-json-1.0", &body))
}

fn answer(scene: &mut Scene<'_>, request: &Request) -> Result<Value, Refusal> {
    let members = request.members();
    match request.operation {
        Operation::CreateStateMachine => machines::create(scene, members),
        Operation::DescribeStateMachine => machines::describe(scene, members),
        Operation::UpdateStateMachine => machines::update(scene, members),
        Operation::DeleteStateMachine => machines::delete(scene, members),
        Operation::ListStateMachines => machines::list(scene, members),
        Operation::PublishStateMachineVersion => versions::publish(scene, members),
        Operation::ListStateMachineVersions => versions::list(scene, members),
        Operation::DeleteStateMachineVersion => versions::delete(scene, members),
        Operation::CreateStateMachineAlias => aliases::create(scene, members),
        Operation::DescribeStateMachineAlias => aliases::describe(scene, members),
        Operation::UpdateStateMachineAlias => aliases::update(scene, members),
        Operation::DeleteStateMachineAlias => aliases::delete(scene, members),
        Operation::ListStateMachineAliases => aliases::list(scene, members),
        Operation::ValidateStateMachineDefinition => definition::validate(members),
        Operation::TagResource => tags::tag(scene, members),
        Operation::UntagResource => tags::untag(scene, members),
        Operation::ListTagsForResource => tags::list(scene, members),
        Operation::StartExecution => executions::start(scene, members),
        Operation::StopExecution => executions::stop(scene, members),
        Operation::DescribeExecution => executions::describe(scene, members),
        Operation::DescribeStateMachineForExecution => executions::describe_machine(scene, members),
        Operation::ListExecutions => executions::list(scene, members),
    }
}
