//! Reads everything that the TOML names, with few calls and bounded concurrency.
//!
//! A function costs ListVersionsByFunction (it carries every version's settings) and ListAliases, a
//! machine DescribeStateMachine, and its lists only if it declares aliases or a retention (T14).
//! Everything else is asked only for the [`Question`]s of a plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{StreamExt, stream};

use crate::{
    model::{
        Address, AliasName, Desired, DesiredMachine, FunctionId, FunctionName, Health, Live, LiveFunction,
        LiveLatest, LiveMachine, LiveMachineLine, LiveMachineVersion, LiveVersion, MachineId, Object, Part,
        Place, Presence, Target, VersionNumber,
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
    let machines = machines.map(|(id, machine)| Job::Machine(id, place.machine_arn(&machine.name), machine));
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
    Machine(&'a MachineId, String, &'a DesiredMachine),
}

impl Job<'_> {
    async fn read<R: Reader>(self, reader: &R) -> Reading {
        match self {
            Self::Function(id, name) => Reading::Function(id.clone(), read_function(reader, name).await),
            Self::Machine(id, arn, desired) => {
                Reading::Machine(id.clone(), read_machine(reader, &arn, desired.has_line()).await)
            }
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

/// Reads one machine, with its versions and aliases if they matter.
async fn read_machine<R: Reader>(
    reader: &R,
    arn: &str,
    has_line: bool,
) -> Result<Presence<LiveMachine>, ProviderError> {
    let Presence::Present(mut machine) = reader.machine(arn).await? else { return Ok(Presence::Absent) };
    if has_line && !machine.is_deleting {
        match reader.machine_line(arn).await? {
            Presence::Absent => return Ok(Presence::Absent),
            Presence::Present(line) => machine.line = Some(line),
        }
    }
    Ok(Presence::Present(machine))
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
        Question::Health(..) | Question::Line(_) | Question::Content(..) | Question::Running(..) => true,
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
    let jobs: Vec<Asking> =
        questions.iter().filter_map(|question| Asking::of(question.clone(), live)).collect();
    let parallelism = usize::try_from(parallelism).unwrap_or(1).max(1);
    let mut answers = stream::iter(jobs)
        .map(async |asking| (asking.question(), asking.answer(reader).await))
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
        let functions = moving.iter().filter_map(|question| match question.object() {
            Object::Function(id) => Some(id),
            Object::Machine(_) => None,
        });
        let functions = functions.collect();
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

/// A question with the name that its calls need.
enum Asking {
    Function(FunctionQuestion, FunctionId, FunctionName),
    Machine(MachineQuestion, MachineId, String),
}

#[derive(Clone, Copy)]
enum FunctionQuestion {
    Health(Target),
    Shifting,
}

#[derive(Clone, Copy)]
enum MachineQuestion {
    Line,
    Content(VersionNumber),
    Running(VersionNumber),
}

impl Asking {
    /// Returns nothing where there is nobody to ask about.
    fn of(question: Question, live: &Live) -> Option<Self> {
        let function = |asked, id: FunctionId| {
            let name = live.function(&id)?.name.clone();
            Some(Self::Function(asked, id, name))
        };
        let machine = |asked, id: MachineId| {
            let arn = live.machine(&id)?.arn.clone();
            Some(Self::Machine(asked, id, arn))
        };
        match question {
            Question::Health(id, target) => function(FunctionQuestion::Health(target), id),
            Question::Shifting(id) => function(FunctionQuestion::Shifting, id),
            Question::Line(id) => machine(MachineQuestion::Line, id),
            Question::Content(id, version) => machine(MachineQuestion::Content(version), id),
            Question::Running(id, version) => machine(MachineQuestion::Running(version), id),
        }
    }

    fn question(&self) -> Question {
        match self {
            Self::Function(FunctionQuestion::Health(target), id, _) => Question::Health(id.clone(), *target),
            Self::Function(FunctionQuestion::Shifting, id, _) => Question::Shifting(id.clone()),
            Self::Machine(MachineQuestion::Line, id, _) => Question::Line(id.clone()),
            Self::Machine(MachineQuestion::Content(version), id, _) => {
                Question::Content(id.clone(), *version)
            }
            Self::Machine(MachineQuestion::Running(version), id, _) => {
                Question::Running(id.clone(), *version)
            }
        }
    }

    async fn answer<R: Reader>(&self, reader: &R) -> Result<Answer, ProviderError> {
        match self {
            Self::Function(asked, id, name) => {
                let answer = match asked {
                    FunctionQuestion::Health(Target::Latest) => {
                        FunctionAnswer::Latest(reader.latest(name).await?)
                    }
                    FunctionQuestion::Health(Target::Version(version)) => {
                        FunctionAnswer::Version(*version, reader.version(name, *version).await?)
                    }
                    FunctionQuestion::Shifting => {
                        FunctionAnswer::Shifting(reader.shifting_aliases(name).await?)
                    }
                };
                Ok(Answer::Function(id.clone(), answer))
            }
            Self::Machine(asked, id, arn) => {
                let answer = match asked {
                    MachineQuestion::Line => MachineAnswer::Line(reader.machine_line(arn).await?),
                    MachineQuestion::Content(version) => {
                        MachineAnswer::Content(*version, reader.machine_version(arn, *version).await?)
                    }
                    MachineQuestion::Running(version) => {
                        let is_running = reader.has_running_executions(arn, *version).await?;
                        MachineAnswer::Running(*version, is_running)
                    }
                };
                Ok(Answer::Machine(id.clone(), answer))
            }
        }
    }
}

enum Answer {
    Function(FunctionId, FunctionAnswer),
    Machine(MachineId, MachineAnswer),
}

enum FunctionAnswer {
    Latest(Presence<LiveLatest>),
    Version(VersionNumber, Presence<LiveVersion>),
    Shifting(Vec<AliasName>),
}

enum MachineAnswer {
    Line(Presence<LiveMachineLine>),
    Content(VersionNumber, Presence<LiveMachineVersion>),
    Running(VersionNumber, bool),
}

fn put(live: &mut Live, answer: Answer) {
    match answer {
        Answer::Function(id, FunctionAnswer::Latest(Presence::Absent)) => {
            live.functions.insert(id, Presence::Absent);
        }
        Answer::Machine(id, MachineAnswer::Line(Presence::Absent)) => {
            live.machines.insert(id, Presence::Absent);
        }
        Answer::Function(id, answer) => {
            if let Some(Presence::Present(function)) = live.functions.get_mut(&id) {
                put_function(function, answer);
            }
        }
        Answer::Machine(id, answer) => {
            if let Some(Presence::Present(machine)) = live.machines.get_mut(&id) {
                put_machine(machine, answer);
            }
        }
    }
}

fn put_function(function: &mut LiveFunction, answer: FunctionAnswer) {
    match answer {
        // An absent function is put in whole.
        FunctionAnswer::Latest(Presence::Absent) => {}
        FunctionAnswer::Latest(Presence::Present(latest)) => function.latest = latest,
        FunctionAnswer::Version(version, Presence::Absent) => {
            function.versions.remove(&version);
        }
        FunctionAnswer::Version(version, Presence::Present(live)) => {
            function.versions.insert(version, live);
        }
        FunctionAnswer::Shifting(aliases) => {
            for alias in aliases {
                if let Some(alias) = function.aliases.get_mut(&alias) {
                    alias.is_shifting = true;
                }
            }
        }
    }
}

fn put_machine(machine: &mut LiveMachine, answer: MachineAnswer) {
    if let MachineAnswer::Line(Presence::Present(line)) = answer {
        machine.line = Some(line);
        return;
    }
    let Some(line) = &mut machine.line else { return };
    match answer {
        // The line was put in above, and an absent machine is put in whole.
        MachineAnswer::Line(_) => {}
        MachineAnswer::Content(version, Presence::Absent) => {
            line.versions.remove(&version);
        }
        MachineAnswer::Content(version, Presence::Present(content)) => {
            line.contents.insert(version, content);
        }
        MachineAnswer::Running(version, is_running) => {
            line.running.insert(version, is_running);
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
