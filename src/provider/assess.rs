//! Asks the few questions that the lists leave open, and puts the answers into what was observed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{StreamExt, stream};

use crate::{
    asl,
    model::{
        AliasName, Digest, FunctionId, FunctionName, Health, Live, LiveFunction, LiveLatest, LiveMachine,
        LiveMachineLine, LiveMachineVersion, LiveVersion, MachineId, MachineKind, Object, Presence,
        RunningExecutions, Target, Verdict, VersionExecutions, VersionNumber,
    },
    plan::Question,
};

use super::{
    FailureKind, Observed, ProviderError, Reader,
    executions::{running_definitions, version_executions},
    observe::bearable,
};

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
        Question::Health(..)
        | Question::Line(_)
        | Question::Content(..)
        | Question::Running(..)
        | Question::Executions(_)
        | Question::Verdict(..) => true,
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
    let has_variables = |function: &LiveFunction| {
        !function.latest.configuration.environment.is_empty() || !live.values.is_empty()
    };
    let is_moving = |function: &LiveFunction| {
        matches!(function.latest.health, Health::Pending | Health::InProgress) && has_variables(function)
    };
    let moving = live.functions.iter().filter(|(_, live)| live.present().is_some_and(is_moving));
    moving.map(|(id, _)| Question::Health(id.clone(), Target::Latest)).collect()
}

/// A question with the name that its calls need.
enum Asking {
    Function(FunctionQuestion, FunctionId, FunctionName),
    Machine(MachineQuestion, MachineId, String),
    Verdict(MachineId, MachineKind, String),
}

#[derive(Clone, Copy)]
enum FunctionQuestion {
    Health(Target),
    Shifting,
}

#[derive(Clone)]
enum MachineQuestion {
    Line,
    Content(VersionNumber),
    Running(VersionNumber),
    Executions,
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
            Question::Executions(id) => machine(MachineQuestion::Executions, id),
            Question::Verdict(id, kind, text) => Some(Self::Verdict(id, kind, text)),
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
            Self::Machine(MachineQuestion::Executions, id, _) => Question::Executions(id.clone()),
            Self::Verdict(id, kind, text) => Question::Verdict(id.clone(), *kind, text.clone()),
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
                        let executions = version_executions(reader, arn, *version).await?;
                        MachineAnswer::Running(*version, executions)
                    }
                    MachineQuestion::Executions => {
                        MachineAnswer::Executions(running_definitions(reader, arn).await?)
                    }
                };
                Ok(Answer::Machine(id.clone(), answer))
            }
            Self::Verdict(id, kind, text) => {
                let verdict = verdict(reader, text, *kind).await?;
                Ok(Answer::Verdict(id.clone(), Digest::of(text.as_bytes()), verdict))
            }
        }
    }
}

enum Answer {
    Function(FunctionId, FunctionAnswer),
    Machine(MachineId, MachineAnswer),
    Verdict(MachineId, Digest, Verdict),
}

enum FunctionAnswer {
    Latest(Presence<LiveLatest>),
    Version(VersionNumber, Presence<LiveVersion>),
    Shifting(Vec<AliasName>),
}

enum MachineAnswer {
    Line(Presence<LiveMachineLine>),
    Content(VersionNumber, Presence<LiveMachineVersion>),
    Running(VersionNumber, VersionExecutions),
    Executions(RunningExecutions),
}

/// Asks what AWS says of a definition. It is a service to the reader of a plan, who is told if there is
/// no answer; numbers that are not known yet are made up, because AWS looks at their form alone.
async fn verdict<R: Reader>(
    reader: &R,
    definition: &str,
    kind: MachineKind,
) -> Result<Verdict, ProviderError> {
    let definition = asl::numbered(definition, &|_| VersionNumber::new(1).ok());
    let definition = definition.expect("a definition that is planned can be read");
    match reader.verdict(&definition, kind).await {
        Ok(verdict) => Ok(verdict),
        Err(error) => bearable(error).map(|error| Verdict::Unsaid(error.to_string())),
    }
}

fn put(live: &mut Live, answer: Answer) {
    match answer {
        Answer::Verdict(id, definition, verdict) => {
            live.verdicts.entry(id).or_default().insert(definition, verdict);
        }
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
    match (answer, &mut machine.line) {
        // An absent machine is put in whole, and what has no line has no versions.
        (MachineAnswer::Line(Presence::Absent), _)
        | (MachineAnswer::Content(..) | MachineAnswer::Running(..), None) => {}
        (MachineAnswer::Line(Presence::Present(line)), known) => *known = Some(line),
        (MachineAnswer::Executions(executions), _) => machine.executions = Some(executions),
        (MachineAnswer::Content(version, Presence::Absent), Some(line)) => {
            line.versions.remove(&version);
        }
        (MachineAnswer::Content(version, Presence::Present(content)), Some(line)) => {
            line.contents.insert(version, content);
        }
        (MachineAnswer::Running(version, executions), Some(line)) => {
            line.running.insert(version, executions);
        }
    }
}
