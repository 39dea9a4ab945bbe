//! Moves aliases, and deletes versions that nothing points to.

use crate::{
    model::{AliasName, FunctionName, LiveAlias, Part, PlannedRouting, Presence, Routing, VersionNumber},
    plan::{Action, Precondition},
    provider::{FailureKind, Provider, ProviderError},
    store::Outcome,
};

use super::{
    attempt::{Seen, attempt, failed, failed_look},
    perform::Context,
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
    let look = async |_was_sent: bool| {
        let live = context.provider.alias(name, alias).await.map_err(|error| failed_look(&error))?;
        let planned = match &action.precondition {
            Precondition::AliasAt(planned) => Some(planned),
            _ => None,
        };
        let settled = settled(context, (name, alias), planned, live.present()).await?;
        let routing = settled.as_ref();
        if routing == Some(&wanted) {
            return Ok(Seen::Wanted);
        }
        match alias_precondition(&action.precondition, routing) {
            Standing::Moved(what) => Err(Outcome::Moved { what }),
            Standing::Satisfied(_) | Standing::Ready => Ok(Seen::AsPlanned(live)),
        }
    };
    let send =
        async |live: Presence<LiveAlias>| send(context, action, name, alias, &wanted, live.present()).await;
    match attempt(look, send).await {
        Ok(Some(())) => settle(context, name, alias, &wanted).await,
        Ok(None) => done(&wanted),
        Err(outcome) => outcome,
    }
}

/// Moves an alias back from where we sent it, if it is still there, and waits until AWS shows it. Version
/// and weights go in one call (T9).
pub(super) async fn point_back<P: Provider>(
    context: &Context<'_, P>,
    (name, alias): (&FunctionName, &AliasName),
    (ours, back): (&Routing, &Routing),
) -> Outcome {
    let look = async |_was_sent: bool| {
        let live = context.provider.alias(name, alias).await.map_err(|error| failed_look(&error))?;
        let settled = settled(context, (name, alias), Some(ours), live.present()).await?;
        match settled {
            Some(now) if now == *back => Ok(Seen::Wanted),
            Some(now) if now == *ours => Ok(Seen::AsPlanned(live)),
            Some(now) => Err(Outcome::Moved { what: format!("points to {now} by now") }),
            None => Err(Outcome::Moved { what: "does not exist any more".to_owned() }),
        }
    };
    let send = async |live: Presence<LiveAlias>| match live.present() {
        Some(live) => context.provider.update_alias(name, alias, back, &live.revision_id).await,
        None => Ok(()),
    };
    match attempt(look, send).await {
        Ok(Some(())) => settle(context, name, alias, back).await,
        Ok(None) => done(back),
        Err(outcome) => outcome,
    }
}

/// Returns where the alias points, without weights that AWS adds by itself while it moves
/// provisioned concurrency (T11); whether they are AWS's is asked only where it matters.
async fn settled<P: Provider>(
    context: &Context<'_, P>,
    (name, alias): (&FunctionName, &AliasName),
    expected: Option<&Routing>,
    live: Option<&LiveAlias>,
) -> Result<Option<Routing>, Outcome> {
    let Some(live) = live else { return Ok(None) };
    let is_open = expected.is_some_and(|expected| {
        live.routing.additional.is_some()
            && expected.additional.is_none()
            && expected.primary == live.routing.primary
    });
    if !is_open {
        return Ok(Some(live.routing.clone()));
    }
    let shifting = context.provider.shifting_aliases(name).await.map_err(|error| failed_look(&error))?;
    let is_shifting = shifting.contains(alias);
    Ok(Some(LiveAlias { is_shifting, ..live.clone() }.settled_routing()))
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
            Err(error) => return Err(failed_look(&error)),
        }
    }
    Ok(())
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
        Err(error) => return failed_look(&error),
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
