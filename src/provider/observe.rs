//! Reads everything that the TOML names, with few calls and bounded concurrency.
//!
//! A function costs ListVersionsByFunction (it carries every version's settings) and ListAliases, a
//! machine DescribeStateMachine, and its lists only if it declares aliases or a retention (T14).
//! Everything else is asked only for the [`Question`]s of a plan.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use crate::{
    model::{
        Address, Desired, DesiredMachine, FunctionId, FunctionName, Live, LiveFunction, LiveMachine,
        MachineId, Object, Part, Place, Presence,
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
            Self::Function(id, name) => Reading::Function(id.clone(), observe_function(reader, name).await),
            Self::Machine(id, arn, desired) => {
                Reading::Machine(id.clone(), observe_machine(reader, &arn, desired.has_line()).await)
            }
        }
    }
}

/// Reads one function with its versions and aliases.
pub async fn observe_function<R: Reader>(
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
pub async fn observe_machine<R: Reader>(
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
pub(super) fn bearable(error: ProviderError) -> Result<ProviderError, ProviderError> {
    if matches!(error.kind, FailureKind::Credentials | FailureKind::Unreachable) {
        Err(error)
    } else {
        Ok(error)
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
