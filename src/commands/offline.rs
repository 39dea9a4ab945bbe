//! A file in place of AWS: the same reads, through the same SDK, answered from a snapshot.
//!
//! There is no network and there are no credentials. A snapshot stands still at the instant when it was
//! taken; of what it did not look for, nothing is known, so planning that is refused.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    ambient,
    error::Failure,
    model::{Desired, Region},
    provider::{
        Reader,
        aws::{
            AwsProvider, ConnectionSettings, CredentialSource, HttpClient, StandIn, WireAnswer, WireCall,
            answering,
        },
    },
    simulator::{Knobs, Observation, WireRequest, World},
};

use super::{
    Invocation, account_file,
    project::{Project, working_folder},
    session::{FileInPlace, Offline, Session},
};

/// The account of a simulated world that is still empty.
const DEFAULT_ACCOUNT: &str = "000000000000";

/// Where a plan looks, and who says so.
struct Spot {
    account: String,
    account_source: &'static str,
    region: Region,
    region_source: &'static str,
}

/// Opens a file in place of AWS.
pub(super) async fn open(
    invocation: &Invocation<'_>,
    project: &Project,
    path: &Path,
) -> Result<Session, Failure> {
    let shown = path.display().to_string();
    let world = account_file::read(&working_folder(invocation)?.join(path), &shown, Knobs::default())?;
    let spot = match world.observation() {
        Some(observation) => {
            check(observation, &project.desired, &shown)?;
            Spot {
                account: observation.place.account.to_string(),
                account_source: "the snapshot",
                region: region_of(invocation, observation, &project.desired)?,
                region_source: "the snapshot",
            }
        }
        None => in_world(invocation, &world, &project.desired, &shown)?,
    };
    let taken = world.observation().map(|observation| observation.taken);
    let stand_in = StandIn { client: client(world), access_key: spot.account.clone(), is_budgeted: false };
    let settings = ConnectionSettings {
        region: Some(spot.region),
        profile: None,
        credentials: CredentialSource::Chain,
        role_arn: None,
        session_name: format!("repoint-{}", project.desired.project),
        lambda_rps: project.desired.limits.lambda_rps,
        notices: Arc::new(|_| {}),
        stand_in: Some(stand_in),
    };
    let provider = AwsProvider::connect(settings).await?;
    let identity = provider.identity().await?;
    let place = crate::model::Place {
        account: identity.account,
        partition: identity.partition,
        region: provider.region().clone(),
    };
    let file = FileInPlace { shown, taken };
    let Spot { account_source, region_source, .. } = spot;
    let offline = Offline { provider, place, region_source, account_source, file };
    Ok(Session::offline(offline, project.environment_source))
}

/// Returns a network that is the world: a snapshot as it was then, a simulated account as it is now.
fn client(world: World) -> HttpClient {
    let taken = world.observation().map(|observation| observation.taken);
    let world = Mutex::new(world);
    answering(move |WireCall { method, path, query, headers, body }| {
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = taken.unwrap_or_else(ambient::now);
        let answer = world.handle(now, &WireRequest { method, path, query, headers, body });
        Some(WireAnswer { status: answer.status, headers: answer.headers, body: answer.body })
    })
}

/// Refuses a snapshot of something else, and one that does not hold all that is declared.
fn check(observation: &Observation, desired: &Desired, shown: &str) -> Result<(), Failure> {
    let Observation { project, environment, place, taken: _, functions, machines } = observation;
    let again = || format!("repoint snapshot -e {} --out {shown}", desired.environment);
    if (project, environment) != (&desired.project, &desired.environment) {
        return Err(Failure::new(
            format!(
                "`{shown}` is a snapshot of environment `{environment}` of project `{project}`, and this is \
                 `{}` of `{}`",
                desired.environment, desired.project
            ),
            again(),
        ));
    }
    if let Some(declared) = desired.account.as_ref().filter(|declared| **declared != place.account) {
        return Err(Failure::new(
            format!(
                "environment `{environment}` belongs to account {declared}, and `{shown}` is a snapshot of {}",
                place.account
            ),
            again(),
        ));
    }
    let lost_functions = desired.functions.iter().filter(|(_, declared)| !functions.contains(&declared.name));
    let lost_functions = lost_functions.map(|(id, declared)| format!("`functions.{id}` ({})", declared.name));
    let lost_machines = desired.machines.iter().filter(|(_, declared)| !machines.contains(&declared.name));
    let lost_machines =
        lost_machines.map(|(id, declared)| format!("`state_machines.{id}` ({})", declared.name));
    let lost: Vec<String> = lost_functions.chain(lost_machines).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let message = format!("`{shown}` does not know all that is declared; these were not looked for");
    Err(Failure::because(message, lost, Some(again())))
}

/// The snapshot is of one region; nobody may say another.
fn region_of(
    invocation: &Invocation<'_>,
    observation: &Observation,
    desired: &Desired,
) -> Result<Region, Failure> {
    let here = &observation.place.region;
    let flag = invocation.global.region.as_deref().map(|said| ("`--region`".to_owned(), said));
    let declared = desired.region.as_ref().map(Region::as_str);
    let declared = declared.map(|said| (format!("environment `{}`", desired.environment), said));
    match flag.or(declared).filter(|(_, said)| *said != here.as_str()) {
        None => Ok(here.clone()),
        Some((who, said)) => Err(Failure::new(
            format!("{who} says region {said}, and the snapshot is of {here}"),
            format!("repoint snapshot -e {} --region {said} --out FILE", desired.environment),
        )),
    }
}

/// A simulated account may hold several accounts and regions; one must be meant.
fn in_world(
    invocation: &Invocation<'_>,
    world: &World,
    desired: &Desired,
    shown: &str,
) -> Result<Spot, Failure> {
    let places = world.places();
    let accounts = distinct(places.iter().map(|(account, _)| account));
    let (account, account_source) = match (&desired.account, accounts.as_slice()) {
        (Some(declared), _) if accounts.is_empty() || accounts.contains(&declared.to_string()) => {
            (declared.to_string(), "the TOML")
        }
        (Some(declared), _) => {
            let (environment, held) = (&desired.environment, accounts.join(", "));
            return Err(Failure::new(
                format!(
                    "environment `{environment}` belongs to account {declared}, and `{shown}` holds {held}"
                ),
                format!("account = \"{}\" below `[environments.{environment}]`", accounts[0]),
            ));
        }
        (None, []) => (DEFAULT_ACCOUNT.to_owned(), "the file"),
        (None, [account]) => (account.clone(), "the file"),
        (None, several) => {
            return Err(Failure::new(
                format!("`{shown}` holds the accounts {}, and none is declared", several.join(", ")),
                format!("account = \"{}\" below `[environments.{}]`", several[0], desired.environment),
            ));
        }
    };
    let regions = distinct(places.iter().filter(|(of, _)| *of == account).map(|(_, region)| region));
    let (region, region_source) = match (&invocation.global.region, &desired.region, regions.as_slice()) {
        (Some(said), _, _) => (said.clone(), "--region"),
        (None, Some(declared), _) => (declared.to_string(), "the TOML"),
        (None, None, [region]) => (region.clone(), "the file"),
        (None, None, []) => {
            return Err(Failure::new(
                format!("`{shown}` holds nothing, and no region is declared"),
                "--region us-west-1",
            ));
        }
        (None, None, several) => {
            return Err(Failure::new(
                format!("`{shown}` holds the regions {}, and none is declared", several.join(", ")),
                format!("--region {}", several[0]),
            ));
        }
    };
    let region =
        Region::new(region).map_err(|error| Failure::new(error.to_string(), "--region us-west-1"))?;
    Ok(Spot { account, account_source, region, region_source })
}

fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.cloned().collect();
    texts.sort();
    texts.dedup();
    texts
}
