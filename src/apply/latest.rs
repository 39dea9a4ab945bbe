//! Changes `$LATEST` and publishes it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    model::{
        CodeSha256, FunctionId, FunctionName, Health, LiveLatest, RevisionId, Setting, SettingChange,
        VersionNumber,
    },
    plan::{Action, Operation, Precondition},
    provider::{Provider, ProviderError},
    store::Outcome,
};

use super::{
    attempt::{Seen, attempt, failed_look},
    perform::Context,
    preflight::{is_latest_satisfied, latest_moved},
    template,
    wait::{Waited, active_version, idle_latest},
};

/// What a publish needs beside its action.
pub(super) struct Publish<'a> {
    pub(super) description: &'a str,
    pub(super) newest: Option<VersionNumber>,
    pub(super) is_first_touch: bool,
}

/// Sends settings or code, and waits until AWS is done with them.
pub(super) async fn update<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    id: &FunctionId,
    name: &FunctionName,
    is_first_touch: bool,
) -> Outcome {
    let seen = async |was_sent: bool| {
        let latest = look(context, action, name).await?;
        if is_latest_satisfied(action, &latest.configuration, context.values) {
            return Ok(Seen::Wanted);
        }
        let expected = expected_revision(context, action, name, is_first_touch);
        check_unmoved(action, &latest, expected.filter(|_| !was_sent).as_ref())?;
        Ok(Seen::AsPlanned(latest))
    };
    match attempt(seen, async |latest| send(context, action, id, name, &latest).await).await {
        Ok(Some(taken)) => {
            if let Some(outcome) = other_code(context, action, id, taken.as_ref()) {
                return outcome;
            }
            context.waiting(action, "the update to end");
            settled(context, action, name).await
        }
        Ok(None) => done(None),
        Err(outcome) => outcome,
    }
}

fn done(version: Option<VersionNumber>) -> Outcome {
    Outcome::Done { detail: None, version }
}

/// Reads `$LATEST` once no update is under way.
async fn look<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    name: &FunctionName,
) -> Result<LiveLatest, Outcome> {
    match idle_latest(context.provider, name).await {
        Ok(Waited::Ready(latest)) => Ok(latest),
        Ok(Waited::Absent) => Err(Outcome::Moved { what: "the function does not exist any more".to_owned() }),
        Ok(Waited::Failed(reason)) => Err(Outcome::Failed { message: reason }),
        Ok(Waited::TooLong) => Err(too_long(action)),
        Err(error) => Err(failed_look(&error)),
    }
}

fn too_long(action: &Action) -> Outcome {
    Outcome::Failed { message: format!("AWS is still working on `{}` after 26 minutes", action.address) }
}

/// Environment values are compared by revision alone: the planned one before our first change of
/// `$LATEST`, and after it the one that our change left.
fn expected_revision<P>(
    context: &Context<'_, P>,
    action: &Action,
    name: &FunctionName,
    is_first_touch: bool,
) -> Option<RevisionId> {
    match &action.precondition {
        Precondition::Latest { revision, .. } if is_first_touch => revision.clone(),
        _ => context.revisions.borrow().get(name).cloned(),
    }
}

/// Compares `$LATEST` with what the plan saw, or with what our own last update left.
fn check_unmoved(action: &Action, latest: &LiveLatest, expected: Option<&RevisionId>) -> Result<(), Outcome> {
    let Precondition::Latest { fingerprint, revision } = &action.precondition else {
        return Err(Outcome::Failed { message: "the plan has a precondition of another kind".to_owned() });
    };
    let actual = latest.configuration.fingerprint();
    if actual != *fingerprint {
        return Err(Outcome::Moved { what: latest_moved(fingerprint, &actual) });
    }
    if revision.is_some() && expected.is_some_and(|expected| *expected != latest.revision_id) {
        return Err(Outcome::Moved { what: "was changed since the plan was made".to_owned() });
    }
    Ok(())
}

/// Tells of code that AWS fetched and that is not what was planned; nothing of it is published.
pub(super) fn other_code<P>(
    context: &Context<'_, P>,
    action: &Action,
    id: &FunctionId,
    taken: Option<&CodeSha256>,
) -> Option<Outcome> {
    let planned = match &action.operation {
        Operation::UpdateCode { to, .. } => to,
        Operation::CreateFunction(creation) => &creation.code,
        _ => return None,
    };
    let taken = taken.filter(|taken| *taken != planned)?;
    let source = context.desired.functions.get(id).and_then(|function| function.code.as_ref());
    let source = source.map_or_else(|| "its source".to_owned(), |source| format!("`{source}`"));
    let (planned, taken) = (planned.short(), taken.short());
    let why = format!(
        "AWS took code {taken} from {source}, and the plan has {planned}; nothing of it is published"
    );
    Some(Outcome::Unknown { why })
}

/// Sends the update, and returns the hash of the code that AWS took, if code was sent.
async fn send<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    id: &FunctionId,
    name: &FunctionName,
    latest: &LiveLatest,
) -> Result<Option<CodeSha256>, ProviderError> {
    match &action.operation {
        Operation::UpdateSettings { changes, variables } => {
            let settings: BTreeMap<Setting, Option<Value>> =
                changes.iter().map(|change| (change.setting, change.to.clone())).collect();
            // All variables are sent at once, so those that stay are sent as they were read a moment ago.
            let declared = context.values.resolved(action.operation.variables());
            let environment = latest.configuration.environment.overlaid(&declared);
            let environment = (!variables.is_empty()).then_some(&environment);
            let sent = context.provider.update_settings(name, &settings, environment, &latest.revision_id);
            sent.await.map(|()| None)
        }
        Operation::UpdateCode { architectures, .. } => {
            let architectures = architectures.as_ref().map(sent_architectures);
            context
                .provider
                .update_code(name, context.code(id), architectures.as_ref(), &latest.revision_id)
                .await
                .map(Some)
        }
        Operation::CreateFunction(_)
        | Operation::CreateMachine(_)
        | Operation::PublishVersion { .. }
        | Operation::CreateAlias { .. }
        | Operation::UpdateAlias { .. }
        | Operation::KeepAlias { .. }
        | Operation::UpdateMachine(_)
        | Operation::PublishMachineVersion { .. }
        | Operation::DeleteMachineVersion { .. }
        | Operation::DeleteVersion { .. } => Ok(None),
    }
}

/// AWS has no way to leave the architectures out of a change, so the default is written out.
fn sent_architectures(change: &SettingChange) -> Value {
    change.to.clone().or_else(|| change.setting.default_value()).unwrap_or_default()
}

/// Waits until the update ended, and checks that it had the effect.
async fn settled<P: Provider>(context: &Context<'_, P>, action: &Action, name: &FunctionName) -> Outcome {
    let latest = match look(context, action, name).await {
        Ok(latest) => latest,
        Err(Outcome::Failed { message }) => return Outcome::Unknown { why: message },
        Err(outcome) => return outcome,
    };
    if let Health::Failed(reason) = latest.health {
        return Outcome::Unknown { why: format!("AWS took the update back: {reason}") };
    }
    context.revisions.borrow_mut().insert(name.clone(), latest.revision_id);
    if is_latest_satisfied(action, &latest.configuration, context.values) {
        done(None)
    } else {
        Outcome::Moved { what: "somebody changed it again right after our update".to_owned() }
    }
}

/// Publishes `$LATEST` and waits until the version is active. AWS may answer with an old version
/// (T2), or with one that was deleted; both are looked at before anything points there.
pub(super) async fn publish<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    name: &FunctionName,
    wanted: Publish<'_>,
) -> Outcome {
    let description = template::description(wanted.description, &context.deployment, context.git);
    let seen = async |was_sent: bool| {
        let latest = look(context, action, name).await?;
        let expected = expected_revision(context, action, name, wanted.is_first_touch);
        check_unmoved(action, &latest, expected.filter(|_| !was_sent).as_ref())?;
        Ok(Seen::AsPlanned(latest))
    };
    let send = async |latest: LiveLatest| {
        let code = &latest.configuration.code;
        let version = context.provider.publish_version(name, code, &description, &latest.revision_id).await?;
        Ok((version, latest))
    };
    match attempt(seen, send).await {
        Ok(Some((version, latest))) => answered(context, action, name, version, &latest, wanted.newest).await,
        // A publish is asked for until AWS answers with the version's number.
        Ok(None) => Outcome::Unknown { why: "AWS did not say which version it published".to_owned() },
        Err(outcome) => outcome,
    }
}

/// The plan moves aliases to a new version and deletes old ones for it, so an old one is no answer.
pub(super) fn nothing_new(version: VersionNumber) -> String {
    format!("equals version {version} by now, so that nothing new would be published")
}

async fn answered<P: Provider>(
    context: &Context<'_, P>,
    action: &Action,
    name: &FunctionName,
    version: VersionNumber,
    latest: &LiveLatest,
    newest: Option<VersionNumber>,
) -> Outcome {
    context.waiting(action, &format!("version {version} to be active"));
    match active_version(context.provider, name, version).await {
        Ok(Waited::Ready(live)) if live.configuration.is_same_version(&latest.configuration) => {
            if newest.is_some_and(|newest| version <= newest) {
                return Outcome::Moved { what: nothing_new(version) };
            }
            Outcome::Done { detail: None, version: Some(version) }
        }
        // The publish took effect; what came of it is not what was planned.
        Ok(Waited::Ready(_)) => Outcome::Unknown {
            why: format!("AWS answered with version {version}, which is not equal to `$LATEST`"),
        },
        Ok(Waited::Failed(reason)) => Outcome::Unknown { why: format!("version {version} failed: {reason}") },
        Ok(Waited::Absent) => Outcome::Unknown {
            why: format!(
                "AWS answered with version {version}, which was deleted; change the code or a setting, so that AWS publishes anew"
            ),
        },
        Ok(Waited::TooLong) => {
            Outcome::Unknown { why: format!("version {version} is still not active after 26 minutes") }
        }
        Err(error) => Outcome::Unknown { why: error.to_string() },
    }
}
