//! Publishes a state machine, moves its aliases, and deletes versions that nothing needs.
//!
//! Step Functions takes no precondition on alias calls (T15) and its reads lag by seconds (R33). So
//! everything is read immediately before it is sent, and a look that contradicts what this apply did a
//! moment ago is repeated for a while before it counts.

use crate::{
    diff::machine_fingerprint,
    model::{
        AliasName, Digest, LiveMachine, LiveMachineVersion, MachineKind, Part, PlannedRouting, Presence,
        Routing, VersionNumber,
    },
    plan::{Action, Precondition},
    provider::{FailureKind, Provider, ProviderError},
    store::Outcome,
};

use super::{
    attempt::{Seen, attempt, failed, failed_look},
    perform::Context,
    preflight::{Standing, alias_precondition},
    template,
    wait::Pauses,
};

/// Publishes the machine, and waits until AWS shows the version. AWS may answer with the version that
/// the machine's revision has already (R26); it is looked at before anything points there.
pub(super) async fn publish<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    arn: &str,
    description: &str,
    newest: Option<VersionNumber>,
) -> Outcome {
    let Precondition::MachineAt { fingerprint } = &action.precondition else { return other_kind() };
    let description = template::description(description, &context.deployment, context.git);
    let look = async |_was_sent: bool| planned_machine(context, arn, fingerprint).await.map(Seen::AsPlanned);
    let send = async |machine: LiveMachine| {
        let revision = machine.revision_id.as_ref();
        context.provider.publish_machine_version(arn, &description, revision).await
    };
    match attempt(look, send).await {
        Ok(Some(version)) => {
            context.waiting(action, &format!("version {version} to be visible"));
            published(context, arn, version, fingerprint, newest).await
        }
        // A publish is asked for until AWS answers with the version's number.
        Ok(None) => Outcome::Unknown { why: "AWS did not say which version it published".to_owned() },
        Err(outcome) => outcome,
    }
}

fn other_kind() -> Outcome {
    Outcome::Failed { message: "the plan has a precondition of another kind".to_owned() }
}

/// Reads the machine until it is what the plan publishes; a definition that was sent a moment ago may
/// not be in every answer yet.
async fn planned_machine<P: Provider>(
    context: &Context<'_, P>,
    arn: &str,
    fingerprint: &Digest,
) -> Result<LiveMachine, Outcome> {
    let mut pauses = Pauses::settling();
    loop {
        let moved = match context.provider.machine(arn).await.map_err(|error| failed_look(&error))? {
            Presence::Absent => "does not exist any more".to_owned(),
            Presence::Present(machine) if machine.is_deleting => "is being deleted".to_owned(),
            Presence::Present(machine) => {
                let actual =
                    machine_fingerprint(&machine.definition, &machine.role, machine.logging.as_ref());
                if actual == *fingerprint {
                    return Ok(machine);
                }
                machine_moved(fingerprint, &actual)
            }
        };
        if !pauses.pause().await {
            return Err(Outcome::Moved { what: moved });
        }
    }
}

pub(super) fn machine_moved(planned: &Digest, actual: &Digest) -> String {
    format!(
        "has another definition, role or logging than the plan publishes (fingerprint {} → {})",
        planned.short(),
        actual.short()
    )
}

async fn published<P: Provider>(
    context: &Context<'_, P>,
    arn: &str,
    version: VersionNumber,
    fingerprint: &Digest,
    newest: Option<VersionNumber>,
) -> Outcome {
    match visible_version(context, arn, version).await {
        Ok(Some(live)) if version_fingerprint(&live) == *fingerprint => {
            let is_old = newest.is_some_and(|newest| version <= newest);
            let detail = is_old.then(|| format!("AWS answered with version {version}, which is equal"));
            Outcome::Done { detail, version: Some(version) }
        }
        // The publish took effect; what came of it is not what was planned.
        Ok(Some(_)) => Outcome::Unknown {
            why: format!("AWS answered with version {version}, which does not run what the machine does"),
        },
        Ok(None) => {
            Outcome::Unknown { why: format!("AWS answered with version {version} and does not show it") }
        }
        Err(error) => Outcome::Unknown { why: error.to_string() },
    }
}

fn version_fingerprint(live: &LiveMachineVersion) -> Digest {
    machine_fingerprint(&live.definition, &live.role, live.logging.as_ref())
}

/// Reads a version, waiting for it while AWS's reads lag.
async fn visible_version<P: Provider>(
    context: &Context<'_, P>,
    arn: &str,
    version: VersionNumber,
) -> Result<Option<LiveMachineVersion>, ProviderError> {
    let mut pauses = Pauses::settling();
    loop {
        if let Presence::Present(live) = context.provider.machine_version(arn, version).await? {
            return Ok(Some(live));
        }
        if !pauses.pause().await {
            return Ok(None);
        }
    }
}

/// Creates or moves an alias, and waits until AWS shows it there.
pub(super) async fn point<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    arn: &str,
    to: &PlannedRouting,
) -> Outcome {
    let Part::Alias(alias) = &action.address.part else {
        return Outcome::Failed { message: "the address is no alias".to_owned() };
    };
    let Some(wanted) = to.resolve(&context.published.borrow()) else {
        return Outcome::Failed { message: "the version that it waits for was not published".to_owned() };
    };
    for version in wanted.versions() {
        match visible_version(context, arn, version).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                return Outcome::Moved { what: format!("version {version} does not exist any more") };
            }
            Err(error) => return failed_look(&error),
        }
    }
    let look = async |_was_sent: bool| {
        let live = context.provider.machine_alias(arn, alias).await.map_err(|error| failed_look(&error))?;
        if live.present() == Some(&wanted) {
            return Ok(Seen::Wanted);
        }
        match alias_precondition(&action.precondition, live.present()) {
            Standing::Moved(what) => Err(Outcome::Moved { what }),
            Standing::Satisfied(_) | Standing::Ready => Ok(Seen::AsPlanned(())),
        }
    };
    let send = async |()| match &action.precondition {
        Precondition::AliasAt(_) => context.provider.update_machine_alias(arn, alias, &wanted).await,
        _ => context.provider.create_machine_alias(arn, alias, &wanted).await,
    };
    match attempt(look, send).await {
        Ok(Some(())) => settle(context, arn, alias, &wanted).await,
        Ok(None) => done(&wanted),
        Err(outcome) => outcome,
    }
}

fn done(routing: &Routing) -> Outcome {
    Outcome::Done { detail: Some(format!("points to {routing}")), version: routing.primary.version() }
}

async fn settle<P: Provider>(
    context: &Context<'_, P>,
    arn: &str,
    alias: &AliasName,
    wanted: &Routing,
) -> Outcome {
    let mut pauses = Pauses::settling();
    loop {
        match context.provider.machine_alias(arn, alias).await {
            Ok(Presence::Present(live)) if live == *wanted => return done(wanted),
            Ok(_) => {}
            Err(error) => return Outcome::Unknown { why: error.to_string() },
        }
        if !pauses.pause().await {
            return Outcome::Unknown { why: "AWS accepted the move and does not show it".to_owned() };
        }
    }
}

/// Deletes a version, unless an alias refers to it or an execution of it runs by now. AWS goes on
/// refusing for up to a minute after an alias left it (T19), so a refusal counts only after that.
pub(super) async fn delete<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    arn: &str,
    version: VersionNumber,
) -> Outcome {
    let may_lag = !action.after.is_empty();
    let mut pauses = Pauses::settling();
    loop {
        let held = match look_and_delete(context, arn, version).await {
            Ok(outcome) => return outcome,
            Err(held) => held,
        };
        if !may_lag || !pauses.pause().await {
            return Outcome::Protected { reason: format!("version {version} stays: {held}") };
        }
    }
}

/// Returns who refers to the version if it cannot go.
async fn look_and_delete<P: Provider>(
    context: &Context<'_, P>,
    arn: &str,
    version: VersionNumber,
) -> Result<Outcome, String> {
    let line = match context.provider.machine_line(arn).await {
        Ok(Presence::Present(line)) => line,
        Ok(Presence::Absent) => return Ok(Outcome::AlreadyDone),
        Err(error) => return Ok(failed_look(&error)),
    };
    let aliases = line.aliases.iter().map(|(name, routing)| (name.as_str(), routing));
    let others = line.other_aliases.iter().map(|(name, routing)| (name.as_str(), routing));
    let serves = |(_, routing): &(&str, &Routing)| routing.versions().any(|served| served == version);
    let holders: Vec<&str> = aliases.chain(others).filter(serves).map(|(name, _)| name).collect();
    if !holders.is_empty() {
        return Err(held_by(&holders));
    }
    if let Some(outcome) = running(context, arn, version).await {
        return Ok(outcome);
    }
    match context.provider.delete_machine_version(arn, version).await {
        Ok(()) => Ok(gone(context, arn, version).await),
        Err(ProviderError { kind: FailureKind::NotFound, .. }) => Ok(Outcome::AlreadyDone),
        Err(ProviderError { kind: FailureKind::Referenced(holders), .. }) => {
            let holders: Vec<&str> = holders.iter().map(AliasName::as_str).collect();
            Err(held_by(&holders))
        }
        Err(error) => Ok(failed(&error)),
    }
}

/// Waits until AWS lists the version no more, because its reads lag (R33): the plan right after this
/// apply shall not find it again.
async fn gone<P: Provider>(context: &Context<'_, P>, arn: &str, version: VersionNumber) -> Outcome {
    let mut pauses = Pauses::settling();
    loop {
        match context.provider.machine_line(arn).await {
            Ok(Presence::Present(line)) if line.versions.contains_key(&version) => {}
            Ok(_) => return Outcome::Done { detail: None, version: None },
            Err(error) => return Outcome::Unknown { why: error.to_string() },
        }
        if !pauses.pause().await {
            return Outcome::Unknown {
                why: "AWS accepted the deletion and still shows the version".to_owned(),
            };
        }
    }
}

/// A version with running executions stays; those of an express machine cannot be listed.
async fn running<P: Provider>(
    context: &Context<'_, P>,
    arn: &str,
    version: VersionNumber,
) -> Option<Outcome> {
    match context.provider.machine(arn).await {
        Ok(Presence::Present(machine)) if machine.kind == MachineKind::Express => return None,
        Ok(Presence::Present(_)) => {}
        Ok(Presence::Absent) => return Some(Outcome::AlreadyDone),
        Err(error) => return Some(failed_look(&error)),
    }
    match context.provider.has_running_executions(arn, version).await {
        Ok(false) => None,
        Ok(true) => Some(Outcome::Protected {
            reason: format!("version {version} stays: executions of it are running"),
        }),
        Err(error) if error.kind == FailureKind::Denied => Some(Outcome::Protected {
            reason: format!("version {version} stays: its executions may not be listed"),
        }),
        Err(error) => Some(failed_look(&error)),
    }
}

fn held_by(holders: &[&str]) -> String {
    if holders.is_empty() {
        return "AWS says that an alias points to it".to_owned();
    }
    let names: Vec<String> = holders.iter().map(|alias| format!("`{alias}`")).collect();
    let verb = if names.len() == 1 { "points" } else { "point" };
    format!("{} {verb} to it", names.join(", "))
}
