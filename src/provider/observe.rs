//! Reads everything that the TOML names, with few calls and bounded concurrency.
//!
//! A function costs ListVersionsByFunction (it carries every version's settings) and ListAliases, a
//! machine DescribeStateMachine. GetFunction is asked only for the [`Question`]s of a plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{StreamExt, stream};

use crate::{
    model::{
        Address, AliasName, Desired, FunctionId, FunctionName, Health, Live, LiveFunction, LiveLatest,
        LiveMachine, LiveVersion, MachineId, Object, Part, Place, Presence, Target, VersionNumber,
    },
    plan::Question,
};

use super::{FailureKind, ProviderError, Reader};

/// What could be read, and what could not.
#[derive(Debug, Default)]
pub struct Observed {
    /// The objects that AWS described, or said not to have.
    pub live: Live,
    /// The objects that could not be read.
    pub failures: BTreeMap<Object, ProviderError>,
}

enum Reading {
    Function(FunctionId, Result<Presence<LiveFunction>, ProviderError>),
    Machine(MachineId, Result<Presence<LiveMachine>, ProviderError>),
}

/// Reads the named objects of the desired state. `seen` hears how many are done.
///
/// Fails as a whole only where every other call would fail too: without credentials, or without an
/// endpoint that answers.
pub async fn observe<R: Reader>(
    reader: &R,
    desired: &Desired,
    only: Option<&BTreeSet<Object>>,
    place: &Place,
    seen: &dyn Fn(usize),
) -> Result<Observed, ProviderError> {
    let is_wanted = |object: &Object| only.is_none_or(|only| only.contains(object));
    let functions = desired.functions.iter().filter(|(id, _)| is_wanted(&Object::Function((*id).clone())));
    let machines = desired.machines.iter().filter(|(id, _)| is_wanted(&Object::Machine((*id).clone())));
    let functions = functions.map(|(id, function)| Job::Function(id, &function.name));
    let machines = machines.map(|(id, machine)| Job::Machine(id, place.machine_arn(&machine.name)));
    let jobs: Vec<Job<'_>> = functions.chain(machines).collect();
    let parallelism = usize::try_from(desired.limits.parallelism).unwrap_or(1).max(1);
    let mut readings = stream::iter(jobs).map(|job| job.read(reader)).buffer_unordered(parallelism);
    let mut observed = Observed::default();
    let mut count = 0;
    while let Some(reading) = readings.next().await {
        observed.take(reading)?;
        count += 1;
        seen(count);
    }
    Ok(observed)
}

enum Job<'a> {
    Function(&'a FunctionId, &'a FunctionName),
    Machine(&'a MachineId, String),
}

impl Job<'_> {
    async fn read<R: Reader>(self, reader: &R) -> Reading {
        match self {
            Self::Function(id, name) => Reading::Function(id.clone(), read_function(reader, name).await),
            Self::Machine(id, arn) => Reading::Machine(id.clone(), reader.machine(&arn).await),
        }
    }
}

/// Reads one function with its versions and aliases.
async fn read_function<R: Reader>(
    reader: &R,
    name: &FunctionName,
) -> Result<Presence<LiveFunction>, ProviderError> {
    let Presence::Present(listing) = reader.function(name).await? else { return Ok(Presence::Absent) };
    let aliases = match reader.aliases(name).await {
        Err(error) if error.kind == FailureKind::NotFound => return Ok(Presence::Absent),
        aliases => aliases?,
    };
    Ok(Presence::Present(LiveFunction {
        name: name.clone(),
        arn: listing.arn,
        latest: listing.latest,
        versions: listing.versions,
        aliases,
    }))
}

impl Observed {
    fn take(&mut self, reading: Reading) -> Result<(), ProviderError> {
        match reading {
            Reading::Function(id, Ok(presence)) => {
                self.live.functions.insert(id, presence);
            }
            Reading::Machine(id, Ok(presence)) => {
                self.live.machines.insert(id, presence);
            }
            Reading::Function(id, Err(error)) => self.fail(Object::Function(id), error)?,
            Reading::Machine(id, Err(error)) => self.fail(Object::Machine(id), error)?,
        }
        Ok(())
    }

    fn fail(&mut self, object: Object, error: ProviderError) -> Result<(), ProviderError> {
        if matches!(error.kind, FailureKind::Credentials | FailureKind::Unreachable) {
            return Err(error);
        }
        self.failures.insert(object, error);
        Ok(())
    }
}

/// Asks the questions that a plan raises, and puts the answers into what was observed.
pub async fn assess<R: Reader>(
    reader: &R,
    live: &mut Live,
    questions: &BTreeSet<Question>,
    parallelism: u32,
) -> Result<(), ProviderError> {
    let jobs: Vec<(Question, FunctionName)> = questions
        .iter()
        .filter_map(|question| Some((question.clone(), live.function(question.function())?.name.clone())))
        .collect();
    let parallelism = usize::try_from(parallelism).unwrap_or(1).max(1);
    let mut answers = stream::iter(jobs)
        .map(|(question, name)| answer(reader, question, name))
        .buffer_unordered(parallelism);
    while let Some(answer) = answers.next().await {
        put(live, answer?);
    }
    Ok(())
}

/// How often, once a second, a plan looks whether an update under way has ended; most take seconds.
const LOOKS: usize = 60;

/// Waits until no update is under way of a function with variables whose health was asked, and
/// returns whether it had to. AWS changes the revision once more when an update ends (R3), so a
/// plan that held the present one would be stale at once. What lasts longer is left as it is.
/// `waiting` hears which functions are waited for, whenever they are others than before.
pub async fn settle<R: Reader>(
    reader: &R,
    live: &mut Live,
    parallelism: u32,
    waiting: &dyn Fn(&BTreeSet<FunctionId>),
) -> Result<bool, ProviderError> {
    let mut awaited = BTreeSet::new();
    let mut has_waited = false;
    for _ in 0..LOOKS {
        let moving = moving(live);
        if moving.is_empty() {
            break;
        }
        let functions = moving.iter().map(|question| question.function().clone()).collect();
        if awaited != functions {
            waiting(&functions);
            awaited = functions;
        }
        has_waited = true;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assess(reader, live, &moving, parallelism).await?;
    }
    Ok(has_waited)
}

fn moving(live: &Live) -> BTreeSet<Question> {
    let is_moving = |function: &LiveFunction| {
        matches!(function.latest.health, Health::Pending | Health::InProgress)
            && !function.latest.configuration.environment.is_empty()
    };
    let moving = live.functions.iter().filter(|(_, live)| live.present().is_some_and(is_moving));
    moving.map(|(id, _)| Question::Health(id.clone(), Target::Latest)).collect()
}

enum Answer {
    Latest(FunctionId, Presence<LiveLatest>),
    Version(FunctionId, VersionNumber, Presence<LiveVersion>),
    Shifting(FunctionId, Vec<AliasName>),
}

async fn answer<R: Reader>(
    reader: &R,
    question: Question,
    name: FunctionName,
) -> Result<Answer, ProviderError> {
    match question {
        Question::Health(id, Target::Latest) => Ok(Answer::Latest(id, reader.latest(&name).await?)),
        Question::Health(id, Target::Version(version)) => {
            Ok(Answer::Version(id, version, reader.version(&name, version).await?))
        }
        // Who may not read provisioned concurrency has none that we could be in the way of.
        Question::Shifting(id) => match reader.shifting_aliases(&name).await {
            Err(error) if error.kind == FailureKind::Denied => Ok(Answer::Shifting(id, Vec::new())),
            aliases => Ok(Answer::Shifting(id, aliases?)),
        },
    }
}

fn put(live: &mut Live, answer: Answer) {
    let (Answer::Latest(id, _) | Answer::Version(id, _, _) | Answer::Shifting(id, _)) = &answer;
    let Some(Presence::Present(function)) = live.functions.get_mut(id) else { return };
    match answer {
        Answer::Latest(id, Presence::Absent) => {
            live.functions.insert(id, Presence::Absent);
        }
        Answer::Latest(_, Presence::Present(latest)) => function.latest = latest,
        Answer::Version(_, version, Presence::Absent) => {
            function.versions.remove(&version);
        }
        Answer::Version(_, version, Presence::Present(live)) => {
            function.versions.insert(version, live);
        }
        Answer::Shifting(_, aliases) => {
            for alias in aliases {
                if let Some(alias) = function.aliases.get_mut(&alias) {
                    alias.is_shifting = true;
                }
            }
        }
    }
}

impl Observed {
    /// Returns what could not be read, as addresses with AWS's words.
    pub fn unreadable(&self) -> BTreeMap<Object, String> {
        self.failures.iter().map(|(object, error)| (object.clone(), error.to_string())).collect()
    }

    /// Returns the first failure by address, if there is one.
    pub fn first_failure(&self) -> Option<(Address, &ProviderError)> {
        let (object, error) = self.failures.first_key_value()?;
        Some((Address { object: object.clone(), part: Part::Whole }, error))
    }
}
