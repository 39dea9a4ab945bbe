//! Moves aliases, and deletes versions that nothing points to.

use crate::{
    model::{AliasName, FunctionName, LiveAlias, Part, PlannedRouting, Presence, Routing, VersionNumber},
    plan::{Action, Precondition},
    provider::{FailureKind, Provider, ProviderError},
    store::Outcome,
};

use super::{
    perform::{Context, TRIES, failed, in_doubt, is_worth_another_look},
    preflight::{Standing, alias_precondition},
    wait::{Pauses, Waited, active_version},
};

/// Creates or moves an alias, and waits until AWS shows it there.
pub(super) async fn point<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    name: &FunctionName,
    to: &PlannedRouting,
) -> Outcome {
    let Part::Alias(alias) = &action.address.part else {
        return Outcome::Failed { message: "the address is no alias".to_owned() };
    };
    let Some(wanted) = to.resolve(&context.published.borrow()) else {
        return Outcome::Failed { message: "the version that it waits for was not published".to_owned() };
    };
    if let Err(outcome) = targets_ready(context, name, &wanted).await {
        return outcome;
    }
    let mut was_sent = false;
    let mut last_error = None;
    let mut pauses = Pauses::settling();
    for _ in 0..TRIES {
        let live = match context.provider.alias(name, alias).await {
            Ok(presence) => presence,
            Err(error) => {
                return if was_sent {
                    Outcome::Unknown { why: error.to_string() }
                } else {
                    failed_read(&error)
                };
            }
        };
        if live.present().is_some_and(|live| live.routing == wanted) {
            return if was_sent { done(&wanted) } else { Outcome::AlreadyDone };
        }
        if let Standing::Moved(what) =
            alias_precondition(&action.precondition, live.present().map(|live| &live.routing))
        {
            return in_doubt(Outcome::Moved { what }, was_sent);
        }
        match send(context, action, name, alias, &wanted, live.present()).await {
            Ok(()) => return settle(context, name, alias, &wanted).await,
            Err(error) if is_worth_another_look(&error.kind) => {
                was_sent |= error.kind.is_effect_unknown();
                last_error = Some(error);
                pauses.pause().await;
            }
            Err(error) => return in_doubt(failed(&error), was_sent),
        }
    }
    let ended = last_error.map_or_else(
        || Outcome::Failed { message: "it changed under every try".to_owned() },
        |error| failed(&error),
    );
    in_doubt(ended, was_sent)
}

/// An alias is sent to versions that can be invoked, and to no others; GetFunction has a quota of
/// its own, so the look is cheap.
async fn targets_ready<P: Provider>(
    context: &Context<'_, P>,
    name: &FunctionName,
    wanted: &Routing,
) -> Result<(), Outcome> {
    for version in wanted.versions() {
        match active_version(context.provider, name, version).await {
            Ok(Waited::Ready(_)) => {}
            Ok(Waited::Absent) => {
                return Err(Outcome::Moved { what: format!("version {version} does not exist any more") });
            }
            Ok(Waited::Failed(reason)) => {
                return Err(Outcome::Failed { message: format!("version {version} failed: {reason}") });
            }
            Ok(Waited::TooLong) => {
                return Err(Outcome::Failed { message: format!("version {version} is still not active") });
            }
            Err(error) => return Err(failed_read(&error)),
        }
    }
    Ok(())
}

fn failed_read(error: &ProviderError) -> Outcome {
    Outcome::Failed { message: error.to_string() }
}

fn done(routing: &Routing) -> Outcome {
    Outcome::Done { detail: Some(format!("points to {routing}")), version: routing.primary.version() }
}

async fn send<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    name: &FunctionName,
    alias: &AliasName,
    wanted: &Routing,
    live: Option<&LiveAlias>,
) -> Result<(), ProviderError> {
    match (&action.precondition, live) {
        (Precondition::AliasAt(_), Some(live)) => {
            context.provider.update_alias(name, alias, wanted, &live.revision_id).await
        }
        _ => context.provider.create_alias(name, alias, wanted).await,
    }
}

/// Callers that follow, state machines first of all, must find the alias where it was sent.
async fn settle<P: Provider>(
    context: &Context<'_, P>,
    name: &FunctionName,
    alias: &AliasName,
    wanted: &Routing,
) -> Outcome {
    let mut pauses = Pauses::settling();
    loop {
        match context.provider.alias(name, alias).await {
            // Weights that AWS adds while it moves provisioned concurrency are no other target (T11).
            Ok(Presence::Present(live)) if live.routing.primary == wanted.primary => return done(wanted),
            Ok(_) => {}
            Err(error) => return Outcome::Unknown { why: error.to_string() },
        }
        if !pauses.pause().await {
            return Outcome::Unknown { why: "AWS accepted the move and does not show it".to_owned() };
        }
    }
}

/// Deletes a version, unless an alias refers to it by now: the aliases are listed right before,
/// and AWS's own refusal counts the same (T6).
pub(super) async fn delete<P: Provider>(
    context: &Context<'_, P>,
    name: &FunctionName,
    version: VersionNumber,
) -> Outcome {
    let aliases = match context.provider.aliases(name).await {
        Ok(aliases) => aliases,
        Err(error) => return failed_read(&error),
    };
    let holders: Vec<AliasName> = aliases
        .into_iter()
        .filter(|(_, alias)| alias.routing.versions().any(|served| served == version))
        .map(|(alias, _)| alias)
        .collect();
    if !holders.is_empty() {
        return protected(version, &holders);
    }
    match context.provider.delete_version(name, version).await {
        Ok(()) => Outcome::Done { detail: None, version: None },
        Err(ProviderError { kind: FailureKind::NotFound, .. }) => Outcome::AlreadyDone,
        Err(ProviderError { kind: FailureKind::Referenced(holders), .. }) => protected(version, &holders),
        Err(error) => failed(&error),
    }
}

fn protected(version: VersionNumber, holders: &[AliasName]) -> Outcome {
    let names: Vec<String> = holders.iter().map(|alias| format!("`{alias}`")).collect();
    let verb = if names.len() == 1 { "points" } else { "point" };
    Outcome::Protected { reason: format!("version {version} stays: {} {verb} to it", names.join(", ")) }
}
