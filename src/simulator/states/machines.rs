//! Create, describe, update, delete and list.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::definition;
use super::errors::{invalid_token, refusal};
use super::machine::{Content, Machine, Publishing};
use super::past::{all_seen, seen};
use super::reference::{Qualifier, Reference, machine};
use super::tags;
use crate::simulator::clock::{after, epoch_seconds};
use crate::simulator::constraints::{Constraints, is_role};
use crate::simulator::members::Members;
use crate::simulator::paging::page;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::{Region, Scene};

/// The member of a list that continues it.
pub(crate) const TOKEN: &str = "nextToken";

/// The page size when none is asked for; a thousand may be asked for.
const PAGE: i64 = 100;

/// Removes the state machines whose deletion has ended by now; a running execution keeps its machine.
pub(crate) fn bury(scene: &mut Scene<'_>) {
    let now = scene.now;
    let Region { machines, executions, .. } = &mut *scene.region;
    machines.retain(|name, machine| {
        machine.deleted_from.is_none_or(|from| now < from || executions.is_running(name))
    });
}

/// Creates a state machine, or answers again for an equal one (R25).
pub(crate) fn create(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let name = checked_name(members)?;
    let publishing = publishing(members)?;
    let content = changed_content(&new_content(), members)?;
    let kind = members.string("type")?.unwrap_or("STANDARD").to_owned();
    let tags = tags::read(members)?;
    tags::check_count(&tags)?;
    scene.check_states_role(members.string("roleArn")?)?;
    if let Some(existing) = scene.region.machines.get(&name) {
        return answer_again(existing, &content, &kind, &publishing);
    }
    let mut machine = Machine {
        arn: scene.place.machine_arn(&name),
        name: name.clone(),
        kind,
        content,
        revision: None,
        created: scene.now,
        updated: scene.now,
        created_with: publishing.clone(),
        versions: BTreeMap::new(),
        last_number: 0,
        aliases: BTreeMap::new(),
        tags,
        deleted_from: None,
    };
    if publishing.is_asked {
        machine.publish(scene.now, publishing.description);
    }
    let body = created(&machine);
    scene.region.machines.insert(name, machine);
    Ok(body)
}

/// Describes a state machine, or one of its versions.
pub(crate) fn describe(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let reference = Reference::of(members, "stateMachineArn", scene.place)?;
    let machine = seen(scene, &reference.name).ok_or_else(|| reference.missing())?;
    let mut shown = match &reference.qualifier {
        None => machine.shown(),
        Some(Qualifier::Version(number)) => {
            let version = machine.versions.get(number).ok_or_else(|| reference.missing())?;
            machine.version_shown(*number, version)
        }
        Some(Qualifier::Alias(_)) => return Err(reference.missing()),
    };
    if members.string("includedData")? == Some("METADATA_ONLY") {
        shown["definition"] = Value::from("{}");
    }
    Ok(shown)
}

/// Changes a state machine; what is the same keeps its revision (R26).
pub(crate) fn update(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let publishing = publishing(members)?;
    let (now, most) = (scene.now, scene.knobs.versions_per_machine);
    let fresh = scene.identifiers.revision();
    scene.check_states_role(members.string("roleArn")?)?;
    let machine = machine(scene, members, "stateMachineArn")?;
    check_not_deleting(machine)?;
    let updatable =
        ["definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"];
    if !updatable.into_iter().any(|name| members.has(name)) {
        return Err(refusal(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration \
             must be specified",
        ));
    }
    let content = changed_content(&machine.content, members)?;
    let is_changed = content != machine.content;
    if publishing.is_asked && (is_changed || machine.published().is_none()) {
        check_room(machine, most)?;
    }
    if is_changed {
        machine.content = content;
        machine.revision = Some(fresh);
        machine.updated = now;
    }
    let mut body = json!({"updateDate": epoch_seconds(now)});
    if let Some(revision) = &machine.revision {
        body["revisionId"] = Value::from(revision.as_str());
    }
    if publishing.is_asked {
        let number = machine.publish(now, publishing.description);
        body["stateMachineVersionArn"] = Value::from(machine.qualified(number));
    }
    Ok(body)
}

/// Starts to delete a state machine with its versions and aliases; one that is not there is deleted too.
pub(crate) fn delete(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let reference = Reference::of(members, "stateMachineArn", scene.place)?;
    let until = after(scene.now, scene.knobs.pending);
    if reference.qualifier.is_none()
        && let Some(machine) = scene.region.machines.get_mut(&reference.name)
    {
        machine.deleted_from.get_or_insert(until);
    }
    Ok(json!({}))
}

/// Lists the state machines.
pub(crate) fn list(scene: &mut Scene<'_>, members: Members<'_>) -> Result<Value, Refusal> {
    let size = page_size(scene, members)?;
    let items = all_seen(scene).into_iter().map(|machine| {
        json!({
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "type": machine.kind,
            "creationDate": epoch_seconds(machine.created),
        })
    });
    let page = page(items, members.string("nextToken")?, size).ok_or_else(invalid_token)?;
    Ok(page.body("stateMachines", TOKEN))
}

/// Returns the size of a page; zero asks for the default.
pub(crate) fn page_size(scene: &Scene<'_>, members: Members<'_>) -> Result<usize, Refusal> {
    let asked = members.integer("maxResults")?;
    let mut constraints = Constraints::default();
    constraints.range("maxResults", asked, 0..=1000);
    constraints.finish()?;
    Ok(scene.page_size(asked.filter(|asked| *asked > 0).or(Some(PAGE)), 1000))
}

/// Refuses to touch a state machine that is being deleted.
pub(crate) fn check_not_deleting(machine: &Machine) -> Result<(), Refusal> {
    match machine.deleted_from {
        Some(_) => {
            let message = format!("State Machine is being deleted: '{}'", machine.arn);
            Err(refusal("StateMachineDeleting", message))
        }
        None => Ok(()),
    }
}

/// Refuses one version more than a state machine may have; the words are not recorded.
pub(crate) fn check_room(machine: &Machine, most: usize) -> Result<(), Refusal> {
    if machine.versions.len() < most {
        return Ok(());
    }
    let message = format!("The state machine has the maximum number of versions: {most}");
    Err(refusal("ServiceQuotaExceededException", message))
}

fn created(machine: &Machine) -> Value {
    let mut body = json!({"stateMachineArn": machine.arn, "creationDate": epoch_seconds(machine.created)});
    if machine.created_with.is_asked {
        body["stateMachineVersionArn"] = Value::from(machine.qualified(1));
    }
    body
}

/// Answers a create of a name that exists: a different role or different tags are silently ignored (T18).
fn answer_again(
    existing: &Machine,
    content: &Content,
    kind: &str,
    publishing: &Publishing,
) -> Result<Value, Refusal> {
    check_not_deleting(existing)?;
    let wanted = Content { role: existing.content.role.clone(), ..content.clone() };
    if existing.content == wanted && existing.kind == kind && existing.created_with == *publishing {
        return Ok(created(existing));
    }
    let message = format!("State Machine Already Exists: '{}'", existing.arn);
    Err(refusal("StateMachineAlreadyExists", message))
}

fn checked_name(members: Members<'_>) -> Result<String, Refusal> {
    let name = members.string("name")?;
    let mut constraints = Constraints::default();
    for member in ["name", "definition", "roleArn"] {
        constraints.required(member, members.has(member));
    }
    constraints.length("name", name, 1..=80);
    constraints.one_of("type", members.string("type")?, &["STANDARD", "EXPRESS"]);
    constrain(&mut constraints, members)?;
    constraints.finish()?;
    let name = name.unwrap_or_default();
    check_characters(name)?;
    Ok(name.to_owned())
}

/// Refuses the characters that names of machines and executions cannot hold.
pub(crate) fn check_characters(name: &str) -> Result<(), Refusal> {
    let is_refused = |character: char| {
        character.is_whitespace() || character.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(character)
    };
    if name.contains(is_refused) {
        return Err(refusal("InvalidName", format!("Invalid Name: '{name}'")));
    }
    Ok(())
}

fn constrain(constraints: &mut Constraints, members: Members<'_>) -> Result<(), Refusal> {
    // A definition is too long to be shown in a message.
    let length = members.string("definition")?.map(str::len);
    if length == Some(0) {
        constraints.fail("definition", "", "Member must have length greater than or equal to 1");
    }
    if length.is_some_and(|length| length > 1_048_576) {
        constraints.fail("definition", "***", "Member must have length less than or equal to 1048576");
    }
    constraints.length("roleArn", members.string("roleArn")?, 1..=256);
    constraints.length("versionDescription", members.string("versionDescription")?, 0..=256);
    Ok(())
}

fn publishing(members: Members<'_>) -> Result<Publishing, Refusal> {
    let is_asked = members.flag("publish")?;
    let description = members.string("versionDescription")?.map(str::to_owned);
    if description.is_some() && !is_asked {
        return Err(Refusal::validation("Version description can only be set when publish is true"));
    }
    Ok(Publishing { is_asked, description })
}

/// Returns what AWS fills in for a machine that says nothing.
pub(crate) fn new_content() -> Content {
    Content {
        definition: String::new(),
        role: String::new(),
        logging: json!({"level": "OFF", "includeExecutionData": false}),
        tracing: json!({"enabled": false}),
        encryption: json!({"type": "AWS_OWNED_KEY"}),
    }
}

/// Returns the content with every member that the request gives, checked.
fn changed_content(content: &Content, members: Members<'_>) -> Result<Content, Refusal> {
    let mut constraints = Constraints::default();
    constrain(&mut constraints, members)?;
    constraints.finish()?;
    let mut changed = content.clone();
    if let Some(definition) = members.string("definition")? {
        definition::check(definition)?;
        definition.clone_into(&mut changed.definition);
    }
    if let Some(role) = members.string("roleArn")? {
        if !is_role(role) {
            return Err(refusal("InvalidArn", format!("Invalid Role Arn: '{role}'")));
        }
        role.clone_into(&mut changed.role);
    }
    if let Some(logging) = members.object("loggingConfiguration")? {
        changed.logging = checked_logging(logging)?;
    }
    if let Some(tracing) = members.object("tracingConfiguration")? {
        changed.tracing = json!({"enabled": tracing.flag("enabled")?});
    }
    if let Some(encryption) = members.value("encryptionConfiguration") {
        members.object("encryptionConfiguration")?;
        changed.encryption = encryption.clone();
    }
    Ok(changed)
}

fn checked_logging(logging: Members<'_>) -> Result<Value, Refusal> {
    let level = logging.string("level")?.unwrap_or("OFF");
    let mut constraints = Constraints::default();
    constraints.one_of("loggingConfiguration.level", Some(level), &["ALL", "ERROR", "FATAL", "OFF"]);
    constraints.finish()?;
    let destinations = logging.list("destinations")?.unwrap_or_default();
    if (level != "OFF" && destinations.len() != 1) || destinations.len() > 1 {
        return Err(refusal(
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ));
    }
    let mut shown = json!({"level": level, "includeExecutionData": logging.flag("includeExecutionData")?});
    if !destinations.is_empty() {
        shown["destinations"] = Value::from(destinations);
    }
    Ok(shown)
}
