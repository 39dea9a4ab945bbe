//! Aliases of a state machine: one or two versions whose integer weights sum to 100 (R29).
//!
//! A create is idempotent for an equal alias and a conflict for any other, even when only the description differs
//! and the words of the conflict blame the routing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::{alias_not_found, conflict, invalid_arn, invalid_token, refusal};
use super::machine::Machine;
use super::machines::{TOKEN, check_not_deleting, page_size};
use super::past::seen;
use super::reference::{Qualifier, Reference};
use crate::simulator::clock::epoch_seconds;
use crate::simulator::constraints::{Constraints, is_number};
use crate::simulator::members::Members;
use crate::simulator::paging::page;
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::Scene;

const NAME_PATTERN: &str = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$";

/// An alias.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alias {
    /// The share of each version, in percent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) routes: BTreeMap<u64, i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

impl Alias {
    /// Returns the version that a draw from 0 to 99 leads to, by the weights.
    pub(crate) fn choose(&self, draw: u64) -> u64 {
        let mut rest = i64::try_from(draw).unwrap_or(0);
        for (number, weight) in &self.routes {
            if rest < *weight {
                return *number;
            }
            rest -= weight;
        }
        self.routes.keys().next_back().copied().expect("an alias has one version or two")
    }
}

/// A routing configuration: the machine it is for, and the versions as given.
struct Routing {
    machine: String,
    versions: Vec<(u64, i64)>,
}

/// Returns the ARN that a create would make, for logs.
pub(crate) fn arn_to_be(members: Members<'_>, name: &str) -> String {
    let routes = members.list("routingConfiguration").ok().flatten().unwrap_or_default();
    let version =
        routes.first().and_then(|route| route.get("stateMachineVersionArn")).and_then(Value::as_str);
    let machine = version.and_then(|version| version.rsplit_once(':')).map_or("*", |(machine, _)| machine);
    format!("{machine}:{name}")
}

/// Creates an alias.
pub(crate) fn create(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let name = members.string("name")?;
    let description = members.string("description")?;
    let mut constraints = Constraints::default();
    constraints.required("name", name.is_some());
    constraints.required("routingConfiguration", members.has("routingConfiguration"));
    constraints.length("name", name, 1..=80);
    constraints.pattern("name", name, NAME_PATTERN, is_alias_name);
    constraints.length("description", description, 0..=256);
    constraints.finish()?;
    let routing =
        routing(members, scene.place)?.unwrap_or(Routing { machine: String::new(), versions: vec![] });
    let (now, most) = (scene.now, scene.knobs.aliases_per_machine);
    let machine = scene.region.machines.get_mut(&routing.machine).ok_or_else(alias_not_found)?;
    check_not_deleting(machine)?;
    let routes = existing(machine, &routing)?;
    let name = name.unwrap_or_default();
    if let Some(known) = machine.aliases.get(name)
        && (known.routes != routes || known.description.as_deref() != description)
    {
        return Err(conflict(
            "Failed to create alias because an alias with the same name and a different routing configuration \
             already exists.",
        ));
    }
    if machine.aliases.len() >= most && !machine.aliases.contains_key(name) {
        // The words are not recorded.
        let message = format!("The state machine has the maximum number of aliases: {most}");
        return Err(refusal("ServiceQuotaExceededException", message));
    }
    let description = description.map(str::to_owned);
    let alias = Alias { routes, description, created: now, updated: now };
    let created = machine.aliases.entry(name.to_owned()).or_insert(alias).created;
    Ok(json!({"stateMachineAliasArn": machine.qualified(name), "creationDate": epoch_seconds(created)}))
}

/// Describes an alias.
pub(crate) fn describe(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let (machine_name, name) = named(members, scene.place)?;
    let machine = seen(scene, &machine_name).ok_or_else(alias_not_found)?;
    let alias = machine.aliases.get(&name).ok_or_else(alias_not_found)?;
    let routes = alias.routes.iter().map(
        |(number, weight)| json!({"stateMachineVersionArn": machine.qualified(number), "weight": weight}),
    );
    let mut shown = json!({
        "stateMachineAliasArn": machine.qualified(&name),
        "name": name,
        "routingConfiguration": routes.collect::<Vec<_>>(),
        "creationDate": epoch_seconds(alias.created),
        "updateDate": epoch_seconds(alias.updated),
    });
    if let Some(description) = &alias.description {
        shown["description"] = Value::from(description.as_str());
    }
    Ok(shown)
}

/// Changes the routing or the description of an alias.
pub(crate) fn update(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let (machine_name, name) = named(members, scene.place)?;
    let description = members.string("description")?;
    let mut constraints = Constraints::default();
    constraints.length("description", description, 0..=256);
    constraints.finish()?;
    let routing = routing(members, scene.place)?;
    if routing.is_none() && description.is_none() {
        let message = "Either the description or the routing configuration must be specified";
        return Err(Refusal::validation(message));
    }
    let now = scene.now;
    let machine = scene.region.machines.get_mut(&machine_name).ok_or_else(alias_not_found)?;
    check_not_deleting(machine)?;
    let mut alias = machine.aliases.get(&name).ok_or_else(alias_not_found)?.clone();
    if let Some(routing) = routing {
        if routing.machine != machine_name {
            return Err(alias_not_found());
        }
        alias.routes = existing(machine, &routing)?;
    }
    alias.description = description.map(str::to_owned).or(alias.description);
    alias.updated = now;
    machine.aliases.insert(name, alias);
    Ok(json!({"updateDate": epoch_seconds(now)}))
}

/// Deletes an alias; one that is not there is deleted too.
pub(crate) fn delete(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let (machine_name, name) = named(members, scene.place)?;
    if let Some(machine) = scene.region.machines.get_mut(&machine_name) {
        machine.aliases.remove(&name);
    }
    Ok(json!({}))
}

/// Lists the aliases, oldest first as recorded; a version ARN lists the aliases that reference it.
pub(crate) fn list(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let size = page_size(scene, members)?;
    let reference = Reference::of(members, "stateMachineArn", scene.place)?;
    let machine = seen(scene, &reference.name).ok_or_else(|| reference.missing())?;
    let wanted = match reference.qualifier {
        None => None,
        Some(Qualifier::Version(number)) => Some(number),
        Some(Qualifier::Alias(_)) => return Err(invalid_arn(&reference.arn)),
    };
    let is_wanted = |alias: &Alias| wanted.is_none_or(|number| alias.routes.contains_key(&number));
    let mut aliases: Vec<_> = machine.aliases.iter().filter(|(_, alias)| is_wanted(alias)).collect();
    aliases.sort_by_key(|(_, alias)| alias.created);
    let items = aliases.into_iter().map(|(name, alias)| {
        json!({"stateMachineAliasArn": machine.qualified(name), "creationDate": epoch_seconds(alias.created)})
    });
    let page = page(items, members.string("nextToken")?, size).ok_or_else(invalid_token)?;
    Ok(page.body("stateMachineAliases", TOKEN))
}

/// Returns the machine and the alias that an alias ARN names.
fn named(members: Members<'_>, place: &Place) -> Result<(String, String), Refusal> {
    let reference = Reference::of(members, "stateMachineAliasArn", place)?;
    match reference.qualifier {
        Some(Qualifier::Alias(name)) => Ok((reference.name, name)),
        Some(Qualifier::Version(_)) | None => Err(invalid_arn(&reference.arn)),
    }
}

/// Reads the routing configuration and checks all that can be checked without the machine.
fn routing(members: Members<'_>, place: &Place) -> Result<Option<Routing>, Refusal> {
    let Some(items) = members.list("routingConfiguration")? else { return Ok(None) };
    let mut constraints = Constraints::default();
    if !(1..=2).contains(&items.len()) {
        let bound = if items.is_empty() { "greater than or equal to 1" } else { "less than or equal to 2" };
        constraints.fail("routingConfiguration", "[...]", &format!("Member must have length {bound}"));
    }
    let mut routes = Vec::new();
    for item in items {
        let Some(route) = item.as_object().map(Members::of) else {
            return Err(Refusal::serialization("a route must be a Structure"));
        };
        let (arn, weight) = (route.string("stateMachineVersionArn")?, route.integer("weight")?);
        constraints.required("routingConfiguration.stateMachineVersionArn", arn.is_some());
        constraints.required("routingConfiguration.weight", weight.is_some());
        constraints.range("routingConfiguration.weight", weight, 0..=100);
        routes.push((arn.unwrap_or_default(), weight.unwrap_or_default()));
    }
    constraints.finish()?;
    check_sum_and_distinctness(&routes)?;
    versions_of_one_machine(&routes, place).map(Some)
}

fn check_sum_and_distinctness(routes: &[(&str, i64)]) -> Result<(), Refusal> {
    let arns: Vec<&str> = routes.iter().map(|(arn, _)| *arn).collect();
    if let [one, other] = arns[..]
        && one == other
    {
        return Err(Refusal::validation(format!(
            "Routing configuration must contain distinct state machine version ARNs. Received: [{}]",
            arns.join(", ")
        )));
    }
    let weights: Vec<String> = routes.iter().map(|(_, weight)| weight.to_string()).collect();
    if routes.iter().map(|(_, weight)| weight).sum::<i64>() != 100 {
        return Err(Refusal::validation(format!(
            "Sum of routing configuration weights must equal 100. Received: [{}]",
            weights.join(", ")
        )));
    }
    Ok(())
}

fn versions_of_one_machine(routes: &[(&str, i64)], place: &Place) -> Result<Routing, Refusal> {
    let mut machines = Vec::new();
    let mut versions = Vec::new();
    for (arn, weight) in routes {
        let reference = Reference::read(arn, place)?;
        let Some(Qualifier::Version(number)) = reference.qualifier else {
            let arns: Vec<&str> = routes.iter().map(|(arn, _)| *arn).collect();
            return Err(Refusal::validation(format!(
                "Routing configuration must contain state machine version ARNs. Received: [{}]",
                arns.join(", ")
            )));
        };
        machines.push(reference.name);
        versions.push((number, *weight));
    }
    machines.dedup();
    match machines.as_slice() {
        [machine] => Ok(Routing { machine: machine.clone(), versions }),
        // The rule is documented, its words are not recorded.
        _ => Err(Refusal::validation("Routing configuration must contain versions of one state machine")),
    }
}

fn existing(machine: &Machine, routing: &Routing) -> Result<BTreeMap<u64, i64>, Refusal> {
    if routing.versions.iter().any(|(number, _)| !machine.versions.contains_key(number)) {
        return Err(alias_not_found());
    }
    Ok(routing.versions.iter().copied().collect())
}

fn is_alias_name(text: &str) -> bool {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
    !text.is_empty() && text.chars().all(is_allowed) && !is_number(text)
}
