//! The members of an event source mapping: what each kind of source takes, and what AWS fills in.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::errors::invalid;
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;

/// The kind of a source; it decides which members a mapping has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SourceKind {
    /// An SQS queue.
    Queue,
    /// A Kinesis stream.
    Kinesis,
    /// The stream of a DynamoDB table.
    Table,
}

/// The members that every kind takes.
const COMMON: [&str; 6] = [
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KMSKeyArn",
    "MetricsConfig",
];

/// The members that only queues take.
const OF_QUEUES: [&str; 1] = ["ScalingConfig"];

/// The members that only streams take.
const OF_STREAMS: [&str; 8] = [
    "StartingPosition",
    "StartingPositionTimestamp",
    "ParallelizationFactor",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "TumblingWindowInSeconds",
];

/// The members of sources that the world does not know.
const OF_OTHERS: [&str; 9] = [
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "ProvisionedPollerConfig",
    "LoggingConfig",
];

impl SourceKind {
    /// Returns the kind of the source that an ARN names.
    pub(crate) fn of(arn: &str) -> Option<Self> {
        match arn.split(':').nth(2) {
            Some("sqs") => Some(Self::Queue),
            Some("kinesis") => Some(Self::Kinesis),
            Some("dynamodb") => Some(Self::Table),
            _ => None,
        }
    }

    /// Returns the name that the refusal of a second mapping uses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queue => "SQS",
            Self::Kinesis => "Kinesis",
            Self::Table => "DynamoDB",
        }
    }

    /// Returns what AWS fills in.
    pub(crate) fn defaults(self) -> Map<String, Value> {
        let defaults = match self {
            Self::Queue => json!({
                "BatchSize": 10,
                "MaximumBatchingWindowInSeconds": 0,
                "FunctionResponseTypes": [],
            }),
            Self::Kinesis | Self::Table => json!({
                "BatchSize": 100,
                "MaximumBatchingWindowInSeconds": 0,
                "FunctionResponseTypes": [],
                "ParallelizationFactor": 1,
                "DestinationConfig": {"OnFailure": {}},
                "MaximumRecordAgeInSeconds": -1,
                "BisectBatchOnFunctionError": false,
                "MaximumRetryAttempts": -1,
                "TumblingWindowInSeconds": 0,
                "LastProcessingResult": "No records processed",
            }),
        };
        defaults.as_object().cloned().unwrap_or_default()
    }

    fn is_stream(self) -> bool {
        self != Self::Queue
    }
}

/// Records what the model refuses.
pub(crate) fn constrain(constraints: &mut Constraints, members: Members<'_>) -> Result<(), Refusal> {
    let ranges = [
        ("batchSize", "BatchSize", 1..=10_000),
        ("maximumBatchingWindowInSeconds", "MaximumBatchingWindowInSeconds", 0..=300),
        ("parallelizationFactor", "ParallelizationFactor", 1..=10),
        ("maximumRecordAgeInSeconds", "MaximumRecordAgeInSeconds", -1..=604_800),
        ("maximumRetryAttempts", "MaximumRetryAttempts", -1..=10_000),
        ("tumblingWindowInSeconds", "TumblingWindowInSeconds", 0..=900),
    ];
    for (path, name, allowed) in ranges {
        constraints.range(path, members.integer(name)?, allowed);
    }
    let position = members.string("StartingPosition")?;
    constraints.one_of("startingPosition", position, &["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]);
    if let Some(scaling) = members.object("ScalingConfig")? {
        let most = scaling.integer("MaximumConcurrency")?;
        constraints.range("scalingConfig.maximumConcurrency", most, 2..=1000);
    }
    for kind in members.strings("FunctionResponseTypes")?.unwrap_or_default() {
        constraints.one_of("functionResponseTypes", Some(kind), &["ReportBatchItemFailures"]);
    }
    Ok(())
}

/// Refuses what does not fit a new mapping's source.
pub(crate) fn check(kind: SourceKind, source: &str, members: Members<'_>) -> Result<(), Refusal> {
    if kind.is_stream() && !members.has("StartingPosition") {
        return Err(invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: \
             Member must not be null.",
        ));
    }
    check_update(kind, source, members)
}

/// Refuses what does not fit the source of a mapping; the words for foreign members are not recorded.
pub(crate) fn check_update(kind: SourceKind, source: &str, members: Members<'_>) -> Result<(), Refusal> {
    let foreign: &[&str] = if kind.is_stream() { &OF_QUEUES } else { &OF_STREAMS };
    let foreign = foreign.iter().chain(&OF_OTHERS).find(|name| members.has(name));
    if let Some(name) = foreign {
        return Err(invalid(format!("{name} is not supported for {} event sources.", kind.name())));
    }
    if kind.is_stream() {
        return Ok(());
    }
    let size = members.integer("BatchSize")?.unwrap_or(10);
    let window = members.integer("MaximumBatchingWindowInSeconds")?.unwrap_or(0);
    let is_fifo = source.rsplit('.').next() == Some("fifo");
    if size > 10 && (is_fifo || window == 0) {
        return Err(invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ));
    }
    Ok(())
}

/// Returns the members with those of a request in their places.
pub(crate) fn taken(mut kept: Map<String, Value>, request: Members<'_>) -> Map<String, Value> {
    for name in COMMON.iter().chain(&OF_QUEUES).chain(&OF_STREAMS) {
        if let Some(value) = request.value(name) {
            kept.insert((*name).to_owned(), value.clone());
        }
    }
    kept
}
