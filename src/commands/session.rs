//! A connection to the account that the environment means, and to no other.

use std::sync::{Arc, Once};

use jiff::Timestamp;

use crate::{
    ambient,
    error::Failure,
    model::{AccountId, Desired, FunctionName, Partition, Place, Presence, Region},
    provider::{
        FailureKind, Provider, ProviderError, Reader,
        aws::{AwsProvider, ConnectionSettings, CredentialSource, Notice},
    },
    render::{Context, Detail, ObservedIn},
};

use super::{Invocation, project::Project};

/// A connection, and where its facts came from.
pub(crate) struct Session {
    provider: AwsProvider,
    pub(crate) place: Place,
    environment_source: &'static str,
    region_source: &'static str,
    account_source: &'static str,
    file: Option<FileInPlace>,
}

/// A file that stands for the account.
pub(crate) struct FileInPlace {
    /// The path as the user said it.
    pub(crate) shown: String,
    /// When the account was looked at; nothing for a simulated one.
    pub(crate) taken: Option<Timestamp>,
}

/// What a session needs that has a file in place of AWS.
pub(crate) struct Offline {
    pub(crate) provider: AwsProvider,
    pub(crate) place: Place,
    pub(crate) region_source: &'static str,
    pub(crate) account_source: &'static str,
    pub(crate) file: FileInPlace,
}

impl Session {
    /// Opens a session on a file in place of AWS.
    pub(crate) fn offline(offline: Offline, environment_source: &'static str) -> Self {
        let Offline { provider, place, region_source, account_source, file } = offline;
        Self { provider, place, environment_source, region_source, account_source, file: Some(file) }
    }

    /// Tells whether what is looked at stands still, so that there is nothing to wait for.
    pub(crate) fn is_still(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.taken.is_some())
    }

    /// Connects, asks who we are, and refuses any other account than the declared one.
    pub(crate) async fn open(invocation: &Invocation<'_>, project: &Project) -> Result<Self, Failure> {
        let (region, region_source) = region(invocation, &project.desired)?;
        let settings = ConnectionSettings {
            region,
            profile: profile(invocation, &project.desired),
            credentials: match &invocation.global.profile {
                Some(_) => CredentialSource::Profile,
                None => CredentialSource::Chain,
            },
            role_arn: project.desired.role_arn.clone(),
            session_name: format!("repoint-{}", project.desired.project),
            lambda_rps: project.desired.limits.lambda_rps,
            notices: notices(invocation),
            stand_in: None,
        };
        let provider =
            AwsProvider::connect(settings).await.map_err(|error| no_region(&project.desired, error))?;
        let profile = invocation.global.profile.as_deref();
        let (account, partition, account_source) = account(&provider, &project.desired, profile).await?;
        let place = Place { account, partition, region: provider.region().clone() };
        guard(&project.desired, &place)?;
        Ok(Self {
            provider,
            place,
            environment_source: project.environment_source,
            region_source,
            account_source,
            file: None,
        })
    }

    /// Returns a handle that can only look: all that plan and drift get (design §3.10).
    pub(crate) fn reader(&self) -> &impl Reader {
        &self.provider
    }

    /// Returns a handle that can write, for an apply under the lock.
    pub(crate) fn provider(&self) -> &impl Provider {
        &self.provider
    }

    /// Returns what a report says of the sources.
    pub(crate) fn context(&self, detail: Detail) -> Context<'_> {
        Context {
            environment_source: self.environment_source,
            region_source: self.region_source,
            account_source: self.account_source,
            observed: self.file.as_ref().map(|file| ObservedIn { file: &file.shown, taken: file.taken }),
            digest: None,
            detail,
        }
    }
}

/// A declared region is authoritative; a disagreeing variable is refused unless `--region` decides.
fn region(invocation: &Invocation<'_>, desired: &Desired) -> Result<(Option<Region>, &'static str), Failure> {
    if let Some(text) = &invocation.global.region {
        let region = Region::new(text.clone())
            .map_err(|error| Failure::new(error.to_string(), "--region us-west-1"))?;
        return Ok((Some(region), "--region"));
    }
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let said: Vec<(&str, String)> =
        variables.into_iter().filter_map(|name| Some((name, ambient::variable(name)?))).collect();
    let disagrees = |declared: &Region| said.iter().find(|(_, said)| said != declared.as_str());
    if let Some((declared, (name, said))) =
        desired.region.as_ref().and_then(|region| Some((region, disagrees(region)?)))
    {
        return Err(Failure::new(
            format!(
                "environment `{}` declares region {declared}, and {name} says {said}",
                desired.environment
            ),
            format!("unset {name}, or decide with `--region {declared}`"),
        ));
    }
    let said = said.into_iter().next();
    match (&desired.region, said) {
        (Some(declared), _) => Ok((Some(declared.clone()), "the TOML")),
        (None, Some((name, said))) => {
            let region = Region::new(said)
                .map_err(|error| Failure::new(error.to_string(), format!("export {name}=us-west-1")))?;
            Ok((Some(region), name))
        }
        (None, None) => Ok((None, "the AWS profile")),
    }
}

/// Only the region can be missing before the first call.
fn no_region(desired: &Desired, error: ProviderError) -> Failure {
    let help = format!(
        "region = \"us-west-1\" below `[environments.{}]`, or `--region us-west-1`",
        desired.environment
    );
    Failure::new(error.message, help)
}

fn profile(invocation: &Invocation<'_>, desired: &Desired) -> Option<String> {
    let flag = invocation.global.profile.clone();
    flag.or_else(|| ambient::variable("AWS_PROFILE")).or_else(|| desired.profile.clone())
}

/// Throttling is worth a word: the run is slow for a reason (style §7).
fn notices(invocation: &Invocation<'_>) -> Arc<dyn Fn(Notice) + Send + Sync> {
    let console = invocation.console.clone();
    let (was_throttled, was_repeated) = (Once::new(), Once::new());
    Arc::new(move |notice| match notice {
        Notice::Throttled { operation } => was_throttled.call_once(|| {
            console.note(&format!("AWS throttles {operation}; going on more slowly"));
        }),
        // The first repetition is nothing, and throttling has its own words.
        Notice::Retrying { operation, attempt } if attempt > 2 && !was_throttled.is_completed() => {
            was_repeated.call_once(|| {
                console.note(&format!("AWS fails to answer {operation}; trying again for a while"));
            });
        }
        Notice::Retrying { .. } => {}
    })
}

/// Returns the account: as STS says it, else as a live ARN does.
async fn account(
    provider: &AwsProvider,
    desired: &Desired,
    profile: Option<&str>,
) -> Result<(AccountId, Partition, &'static str), Failure> {
    let denied = match provider.identity().await {
        Ok(identity) => return Ok((identity.account, identity.partition, "STS GetCallerIdentity")),
        Err(error) if error.kind == FailureKind::Denied => error,
        Err(error) => return Err(not_connected(error, profile, provider.region())),
    };
    for function in desired.functions.values() {
        if let Some((account, partition)) = owner(provider, &function.name).await? {
            return Ok((account, partition, "a function's ARN"));
        }
    }
    Err(denied.into())
}

/// The first call finds out whether there are credentials, and whether anybody is at the address.
fn not_connected(error: ProviderError, profile: Option<&str>, region: &Region) -> Failure {
    match (&error.kind, profile) {
        (FailureKind::Unreachable, _) => {
            let said = |name| Some(format!("at `{}` ({name})", ambient::variable(name)?));
            let place = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].into_iter().find_map(said);
            let place = place.unwrap_or_else(|| format!("in region {region}"));
            let help = "check the address, the network and the region; nothing was sent".to_owned();
            Failure::because(format!("AWS does not answer {place}"), vec![error.message], Some(help))
        }
        (FailureKind::Credentials, Some(profile)) => {
            let help = format!(
                "`aws configure list --profile {profile}` shows what it has; sign in with `aws sso login --profile {profile}`"
            );
            let message = format!("profile `{profile}` gives no usable AWS credentials");
            Failure::because(message, vec![error.message], Some(help))
        }
        _ => error.into(),
    }
}

async fn owner(
    provider: &AwsProvider,
    name: &FunctionName,
) -> Result<Option<(AccountId, Partition)>, Failure> {
    let Presence::Present(listing) = provider.function(name).await? else { return Ok(None) };
    let parts: Vec<&str> = listing.arn.split(':').collect();
    let ["arn", partition, "lambda", _, account, ..] = parts.as_slice() else { return Ok(None) };
    Ok(AccountId::new(*account).ok().zip(Partition::new(*partition).ok()))
}

fn guard(desired: &Desired, place: &Place) -> Result<(), Failure> {
    match &desired.account {
        Some(declared) if *declared != place.account => Err(Failure::new(
            format!(
                "environment `{}` belongs to account {declared}, and these credentials are of {}",
                desired.environment, place.account
            ),
            format!("use credentials of account {declared}: `repoint … --profile NAME`"),
        )),
        Some(_) | None => Ok(()),
    }
}
