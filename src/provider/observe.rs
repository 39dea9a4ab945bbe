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
    /// The questions that were not answered.
    pub unanswered: BTreeMap<Question, ProviderError>,
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
        self.failures.insert(object, bearable(error)?);
        Ok(())
    }
}

/// Returns a failure that says nothing of the other calls.
fn bearable(error: ProviderError) -> Result<ProviderError, ProviderError> {
    if matches!(error.kind, FailureKind::Credentials | FailureKind::Unreachable) {
        Err(error)
    } else {
        Ok(error)
    }
}

/// Asks the questions that a plan raises, and puts the answers into what was observed. Fails if one
/// that matters is not answered.
pub async fn assess<R: Reader>(
    reader: &R,
    live: &mut Live,
    questions: &BTreeSet<Question>,
    parallelism: u32,
) -> Result<(), ProviderError> {
    let unanswered = asked(reader, live, questions, parallelism).await?;
    first_that_matters(&unanswered).map_or(Ok(()), |error| Err(error.clone()))
}

impl Observed {
    /// Asks questions, and keeps what was not answered beside what was. Fails as a whole only where
    /// every other call would fail too.
    pub async fn assess<R: Reader>(
        &mut self,
        reader: &R,
        questions: &BTreeSet<Question>,
        parallelism: u32,
    ) -> Result<(), ProviderError> {
        let unanswered = asked(reader, &mut self.live, questions, parallelism).await?;
        self.unanswered.extend(unanswered);
        Ok(())
    }

    /// Returns the first unanswered question without whose answer no plan can be trusted.
    pub fn first_unanswered(&self) -> Option<&ProviderError> {
        first_that_matters(&self.unanswered)
    }
}

/// To a plan, who may not read provisioned concurrency has none that we could be in the way of.
fn first_that_matters(unanswered: &BTreeMap<Question, ProviderError>) -> Option<&ProviderError> {
    let matters = |(question, error): &(&Question, &ProviderError)| match question {
        Question::Health(..) => true,
        Question::Shifting(_) => error.kind != FailureKind::Denied,
    };
    unanswered.iter().find(matters).map(|(_, error)| error)
}

/// Asks, puts the answers into what was observed, and returns what was not answered.
async fn asked<R: Reader>(
    reader: &R,
    live: &mut Live,
    questions: &BTreeSet<Question>,
    parallelism: u32,
) -> Result<BTreeMap<Question, ProviderError>, ProviderError> {
    let jobs: Vec<(Question, FunctionName)> = questions
        .iter()
        .filter_map(|question| Some((question.clone(), live.function(question.function())?.name.clone())))
        .collect();
    let parallelism = usize::try_from(parallelism).unwrap_or(1).max(1);
    let mut answers = stream::iter(jobs)
        .map(async |(question, name)| (question.clone(), answer(reader, question, name).await))
        .buffer_unordered(parallelism);
    let mut unanswered = BTreeMap::new();
    while let Some((question, answer)) = answers.next().await {
        match answer {
            Ok(answer) => put(live, answer),
            Err(error) => {
                unanswered.insert(question, bearable(error)?);
            }
        }
    }
    Ok(unanswered)
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
        Question::Shifting(id) => Ok(Answer::Shifting(id, reader.shifting_aliases(&name).await?)),
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
