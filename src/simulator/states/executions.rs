//! Start, stop, describe and list executions; nothing runs, so an execution is `RUNNING` until it is stopped.
//!
//! Express machines answer a start and are not asked again: AWS keeps no list of their executions either.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::errors::{
    alias_not_found, execution_not_found, invalid_arn, invalid_resource_type, invalid_token,
    machine_not_found, refusal, type_not_supported,
};
use super::execution::{Execution, Origin, Stop};
use super::machine::Machine;
use super::machines::{TOKEN, check_characters, check_not_deleting, page_size};
use super::past::seen;
use super::reference::{Qualifier, Reference};
use crate::simulator::clock::epoch_seconds;
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::paging::page;
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::Scene;

const STATUSES: [&str; 6] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];

/// The most bytes of an input.
const LARGEST_INPUT: usize = 262_144;

/// What an execution is started with.
struct Start {
    name: Option<String>,
    input: String,
    trace: Option<String>,
}

/// Starts an execution of a machine, of a version, or of the version that an alias chooses.
pub(crate) fn start(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let start = read_start(members)?;
    let reference = Reference::of(members, "stateMachineArn", scene.place)?;
    if let Some(machine) = scene.region.machines.get(&reference.name) {
        check_not_deleting(machine)?;
    }
    let draw = match reference.qualifier {
        Some(Qualifier::Alias(_)) => scene.dice.percent(),
        Some(Qualifier::Version(_)) | None => 0,
    };
    // A start shortly after a write may still run what was there before it (R33).
    let machine = seen(scene, &reference.name).ok_or_else(|| reference.missing())?;
    let origin = origin(machine, &reference, draw)?;
    let is_express = machine.kind == "EXPRESS";
    let now = scene.now;
    let named = start.name.is_some();
    let name = start.name.unwrap_or_else(|| scene.identifiers.execution());
    if is_express {
        // Not idempotent: each start is an execution of its own.
        let id = scene.identifiers.execution();
        let arn = scene.place.arn("states", &format!("express:{}:{name}:{id}", origin.machine));
        return Ok(json!({"executionArn": arn, "startDate": epoch_seconds(now)}));
    }
    let arn = origin.execution_arn(scene.place, &name);
    let executions = &mut scene.region.executions;
    if named && let Some(known) = executions.get(&origin.machine, &name) {
        return answer_again(known, &arn, &start.input);
    }
    let number = executions.next_number();
    let (input, trace) = (start.input, start.trace);
    executions.add(Execution { name, origin, input, trace, started: now, number, stop: None });
    Ok(json!({"executionArn": arn, "startDate": epoch_seconds(now)}))
}

/// Stops an execution; one that is stopped already keeps its first stop.
pub(crate) fn stop(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let (error, cause) = (members.string("error")?, members.string("cause")?);
    let mut constraints = Constraints::default();
    constraints.length("error", error, 0..=256);
    constraints.length("cause", cause, 0..=32_768);
    constraints.finish()?;
    let reference = ExecutionReference::of(members, scene.place)?;
    let now = scene.now;
    let execution = scene.region.executions.get_mut(&reference.machine, &reference.name);
    let execution = execution.ok_or_else(|| execution_not_found(&reference.arn))?;
    let stop = Stop { at: now, error: error.map(str::to_owned), cause: cause.map(str::to_owned) };
    let stop = execution.stop.get_or_insert(stop);
    Ok(json!({"stopDate": epoch_seconds(stop.at)}))
}

/// Describes an execution.
pub(crate) fn describe(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let has_data = is_data_included(members)?;
    let execution = found(scene, members)?;
    let mut shown = execution.shown(scene.place, scene.seen_at());
    if !has_data {
        for name in ["input", "inputDetails", "error", "cause"] {
            shown.remove(name);
        }
    }
    Ok(Value::Object(shown))
}

/// Describes the machine as the execution was started with it (R31).
pub(crate) fn describe_machine(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let has_data = is_data_included(members)?;
    let mut shown = found(scene, members)?.origin.shown();
    if !has_data {
        shown["definition"] = Value::from("{}");
    }
    Ok(shown)
}

/// Lists the executions of a machine, a version or an alias, the most recent first.
pub(crate) fn list(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let size = page_size(scene, members)?;
    let status = checked_filter(members)?;
    let reference = Reference::of(members, "stateMachineArn", scene.place)?;
    let machine = seen(scene, &reference.name).ok_or_else(|| reference.missing())?;
    if machine.kind == "EXPRESS" {
        return Err(type_not_supported());
    }
    check_qualifier(machine, &reference)?;
    let at = scene.seen_at();
    let is_wanted = |execution: &&Execution| {
        execution.started <= at
            && is_of(&execution.origin, reference.qualifier.as_ref())
            && status.is_none_or(|status| status == execution.status(at))
    };
    let mut executions: Vec<_> = scene.region.executions.of(&machine.name).filter(is_wanted).collect();
    executions.sort_by_key(|execution| std::cmp::Reverse(execution.sorted_by(at)));
    let items = executions.into_iter().map(|execution| Value::Object(execution.item(scene.place, at)));
    let page = page(items, members.string("nextToken")?, size).ok_or_else(invalid_token)?;
    Ok(page.body("executions", TOKEN))
}

fn read_start(members: Members<'_>) -> Result<Start, Refusal> {
    let (name, input, trace) =
        (members.string("name")?, members.string("input")?, members.string("traceHeader")?);
    let mut constraints = Constraints::default();
    constraints.length("name", name, 1..=80);
    constraints.length("traceHeader", trace, 0..=256);
    constraints.pattern("traceHeader", trace, r"\p{ASCII}*", str::is_ascii);
    // An input is too long, and too private, to be shown in a message.
    if input.is_some_and(|input| input.len() > LARGEST_INPUT) {
        constraints.fail("input", "***", "Member must have length less than or equal to 262144");
    }
    constraints.finish()?;
    name.map_or(Ok(()), check_characters)?;
    let input = input.unwrap_or("{}");
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(input) {
        // The code is modelled, the words after the colon are those of AWS's own parser.
        let message = format!("Invalid State Machine Execution Input: '{error}'");
        return Err(refusal("InvalidExecutionInput", message));
    }
    Ok(Start { name: name.map(str::to_owned), input: input.to_owned(), trace: trace.map(str::to_owned) })
}

/// Returns what a start runs; the draw decides between the versions of an alias.
fn origin(machine: &Machine, reference: &Reference, draw: u64) -> Result<Origin, Refusal> {
    let missing = || machine_not_found(&reference.arn);
    match &reference.qualifier {
        None => Ok(Origin::latest(machine)),
        Some(Qualifier::Version(number)) => Origin::version(machine, *number).ok_or_else(missing),
        Some(Qualifier::Alias(name)) => {
            let alias = machine.aliases.get(name).ok_or_else(missing)?;
            let origin = Origin::version(machine, alias.choose(draw)).ok_or_else(missing)?;
            Ok(Origin { alias: Some(name.clone()), ..origin })
        }
    }
}

/// Answers a start under a name that exists: a running execution with the same input is the same one.
fn answer_again(known: &Execution, arn: &str, input: &str) -> Result<Value, Refusal> {
    if known.stop.is_none() && known.input == input {
        return Ok(json!({"executionArn": arn, "startDate": epoch_seconds(known.started)}));
    }
    Err(refusal("ExecutionAlreadyExists", format!("Execution Already Exists: '{arn}'")))
}

fn is_data_included(members: Members<'_>) -> Result<bool, Refusal> {
    let included = members.string("includedData")?;
    let mut constraints = Constraints::default();
    constraints.one_of("includedData", included, &["ALL_DATA", "METADATA_ONLY"]);
    constraints.finish()?;
    Ok(included != Some("METADATA_ONLY"))
}

fn checked_filter(members: Members<'_>) -> Result<Option<&str>, Refusal> {
    let status = members.string("statusFilter")?;
    let mut constraints = Constraints::default();
    constraints.one_of("statusFilter", status, &STATUSES);
    constraints.one_of("redriveFilter", members.string("redriveFilter")?, &["REDRIVEN", "NOT_REDRIVEN"]);
    constraints.finish()?;
    // The rule is documented, the words are not recorded. There are no map runs here, and nothing is redriven.
    if members.has("mapRunArn") || status == Some("PENDING_REDRIVE") {
        return Err(Refusal::validation("the simulated account has no map runs"));
    }
    if members.string("redriveFilter")? == Some("REDRIVEN") {
        return Err(Refusal::validation("the simulated account redrives no executions"));
    }
    Ok(status)
}

/// Refuses a version or an alias that is not there; the code is modelled for this operation, its use here is not recorded.
fn check_qualifier(machine: &Machine, reference: &Reference) -> Result<(), Refusal> {
    let is_there = match &reference.qualifier {
        None => true,
        Some(Qualifier::Version(number)) => machine.versions.contains_key(number),
        Some(Qualifier::Alias(name)) => machine.aliases.contains_key(name),
    };
    if is_there { Ok(()) } else { Err(alias_not_found()) }
}

fn is_of(origin: &Origin, qualifier: Option<&Qualifier>) -> bool {
    match qualifier {
        None => true,
        Some(Qualifier::Version(number)) => origin.version == Some(*number),
        Some(Qualifier::Alias(name)) => origin.alias.as_ref() == Some(name),
    }
}

/// Returns the execution that a read names, unless it is too young to be seen.
fn found<'a>(scene: &'a Scene<'_>, members: Members<'_>) -> Result<&'a Execution, Refusal> {
    let reference = ExecutionReference::of(members, scene.place)?;
    let at: Timestamp = scene.seen_at();
    let execution = scene.region.executions.get(&reference.machine, &reference.name);
    execution.filter(|execution| execution.started <= at).ok_or_else(|| execution_not_found(&reference.arn))
}

/// The ARN of an execution.
struct ExecutionReference {
    arn: String,
    machine: String,
    name: String,
}

impl ExecutionReference {
    fn of(members: Members<'_>, place: &Place) -> Result<Self, Refusal> {
        let arn = members.string("executionArn")?;
        let mut constraints = Constraints::default();
        constraints.required("executionArn", arn.is_some());
        constraints.length("executionArn", arn, 1..=256);
        constraints.finish()?;
        let arn = arn.unwrap_or_default();
        let parts: Vec<&str> = arn.split(':').collect();
        match parts[..] {
            ["arn", _, "states", region, account, "execution", machine, name] => {
                if region != place.region || account != place.account {
                    return Err(execution_not_found(arn));
                }
                let (machine, name) = (machine.to_owned(), name.to_owned());
                Ok(Self { arn: arn.to_owned(), machine, name })
            }
            ["arn", _, "states", _, _, kind, _, ..] if kind != "execution" => {
                Err(invalid_resource_type(kind))
            }
            _ => Err(invalid_arn(arn)),
        }
    }
}
