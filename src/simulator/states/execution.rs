//! One execution: what it was started with, and how it ended.
//!
//! It keeps the definition, the role and the revision of its start, whatever becomes of the machine (R31).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::machine::{Content, Machine};
use crate::simulator::clock::epoch_seconds;
use crate::simulator::place::Place;

/// An execution of a standard state machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Execution {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) input: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<String>,
    pub(crate) started: Timestamp,
    /// Orders executions that started at the same instant.
    pub(crate) number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stop: Option<Stop>,
}

/// What an execution runs: the content of a machine or of one of its versions, as it was then.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Origin {
    pub(crate) machine: String,
    pub(crate) machine_arn: String,
    pub(crate) content: Content,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    pub(crate) updated: Timestamp,
    /// The version it runs, when a version or an alias was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u64>,
    /// The alias that chose the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alias: Option<String>,
}

/// How an execution was stopped.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stop {
    pub(crate) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<String>,
}

/// Every execution of one account and region, by machine and name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Executions {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    known: BTreeMap<String, BTreeMap<String, Execution>>,
    count: u64,
}

impl Executions {
    /// Returns true if nothing was ever started.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns what a file of executions has wrong, if anything.
    pub(crate) fn flaw(&self) -> Option<String> {
        let mut all = self.known.iter().flat_map(|(machine, own)| own.iter().map(move |it| (machine, it)));
        let wrong = all.find(|(machine, (name, execution))| {
            execution.name != **name || execution.origin.machine != **machine || execution.number > self.count
        });
        wrong
            .map(|(machine, (name, _))| format!("execution `{name}` of `{machine}` is not what it is called"))
    }

    /// Returns true if an execution of the machine runs.
    pub(crate) fn is_running(&self, machine: &str) -> bool {
        self.of(machine).any(|execution| execution.stop.is_none())
    }

    /// Returns the executions of a machine.
    pub(crate) fn of<'a>(&'a self, machine: &str) -> impl Iterator<Item = &'a Execution> {
        self.known.get(machine).into_iter().flat_map(BTreeMap::values)
    }

    /// Returns an execution.
    pub(crate) fn get(&self, machine: &str, name: &str) -> Option<&Execution> {
        self.known.get(machine)?.get(name)
    }

    /// Returns an execution, to stop it.
    pub(crate) fn get_mut(&mut self, machine: &str, name: &str) -> Option<&mut Execution> {
        self.known.get_mut(machine)?.get_mut(name)
    }

    /// Returns the number of the next execution.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Adds an execution whose name is new to its machine.
    pub(crate) fn add(&mut self, execution: Execution) {
        let of_machine = self.known.entry(execution.origin.machine.clone()).or_default();
        of_machine.insert(execution.name.clone(), execution);
    }
}

impl Origin {
    /// Returns the latest revision of a machine.
    pub(crate) fn latest(machine: &Machine) -> Self {
        Self {
            machine: machine.name.clone(),
            machine_arn: machine.arn.clone(),
            content: machine.content.clone(),
            revision: machine.revision.clone(),
            updated: machine.updated,
            version: None,
            alias: None,
        }
    }

    /// Returns a version of a machine.
    pub(crate) fn version(machine: &Machine, number: u64) -> Option<Self> {
        let version = machine.versions.get(&number)?;
        Some(Self {
            content: version.content.clone(),
            revision: version.revision.clone(),
            updated: version.updated,
            version: Some(number),
            ..Self::latest(machine)
        })
    }

    /// Returns the ARN of an execution with this name.
    pub(crate) fn execution_arn(&self, place: &Place, name: &str) -> String {
        place.arn("states", &format!("execution:{}:{name}", self.machine))
    }

    /// Returns the machine as the execution knows it.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = self.content.shown();
        shown.insert("stateMachineArn".to_owned(), json!(self.machine_arn));
        shown.insert("name".to_owned(), json!(self.machine));
        shown.insert("updateDate".to_owned(), epoch_seconds(self.updated));
        if let Some(revision) = &self.revision {
            shown.insert("revisionId".to_owned(), json!(revision));
        }
        Value::Object(shown)
    }
}

impl Execution {
    /// Returns how the execution stood at an instant; a read that lags asks for an earlier one.
    pub(crate) fn status(&self, at: Timestamp) -> &'static str {
        if self.stop_at(at).is_some() { "ABORTED" } else { "RUNNING" }
    }

    /// Returns the instant that a list sorts by: the stop, or while it runs the start.
    pub(crate) fn sorted_by(&self, at: Timestamp) -> (Timestamp, u64) {
        (self.stop_at(at).map_or(self.started, |stop| stop.at), self.number)
    }

    /// Returns the execution as a list shows it.
    pub(crate) fn item(&self, place: &Place, at: Timestamp) -> Map<String, Value> {
        let origin = &self.origin;
        let mut item = Map::new();
        item.insert("executionArn".to_owned(), json!(origin.execution_arn(place, &self.name)));
        item.insert("stateMachineArn".to_owned(), json!(origin.machine_arn));
        item.insert("name".to_owned(), json!(self.name));
        item.insert("status".to_owned(), json!(self.status(at)));
        item.insert("startDate".to_owned(), epoch_seconds(self.started));
        if let Some(stop) = self.stop_at(at) {
            item.insert("stopDate".to_owned(), epoch_seconds(stop.at));
        }
        if let Some(number) = origin.version {
            let arn = format!("{}:{number}", origin.machine_arn);
            item.insert("stateMachineVersionArn".to_owned(), json!(arn));
        }
        if let Some(alias) = &origin.alias {
            let arn = format!("{}:{alias}", origin.machine_arn);
            item.insert("stateMachineAliasArn".to_owned(), json!(arn));
        }
        item
    }

    /// Returns the execution as a describe shows it.
    pub(crate) fn shown(&self, place: &Place, at: Timestamp) -> Map<String, Value> {
        let mut shown = self.item(place, at);
        shown.insert("input".to_owned(), json!(self.input));
        shown.insert("inputDetails".to_owned(), json!({"included": true}));
        shown.insert("redriveCount".to_owned(), json!(0));
        let (redrive, reason) = match self.stop_at(at) {
            Some(_) => ("REDRIVABLE", None),
            None => ("NOT_REDRIVABLE", Some("Execution is RUNNING and cannot be redriven")),
        };
        let stop = self.stop_at(at);
        let texts = [
            ("traceHeader", self.trace.as_deref()),
            ("redriveStatus", Some(redrive)),
            ("redriveStatusReason", reason),
            ("error", stop.and_then(|stop| stop.error.as_deref())),
            ("cause", stop.and_then(|stop| stop.cause.as_deref())),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                shown.insert(name.to_owned(), json!(text));
            }
        }
        shown
    }

    fn stop_at(&self, at: Timestamp) -> Option<&Stop> {
        self.stop.as_ref().filter(|stop| stop.at <= at)
    }
}
