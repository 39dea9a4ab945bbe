//! How things stand: versions, aliases, machines, and why each version is there.
//!
//! A picture of the present for people and programs, made of what plan and drift read anyway. It
//! promises nothing: what an apply would do is told by a plan, which may move aliases first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    diff::{Call, KeepReason, Line, RetentionOutcome, Through, calls, known_versions, machine_fingerprint},
    model::{
        AliasName, AliasTarget, CodeSha256, DesiredFunction, DesiredMachine, Digest, FunctionId,
        FunctionName, Holds, LiveFunction, LiveMachine, MachineId, MachineKind, MachineName, Object,
        Presence, Retention, Routing, Target, VersionNumber, Weight,
    },
};

use super::{PlanInputs, draft::recorded_function, machine_draft::recorded_machine};

/// How the functions and machines stand that were looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// The functions, with the physical name also of those that AWS does not have.
    pub functions: BTreeMap<FunctionId, (FunctionName, Presence<FunctionStatus>)>,
    /// The machines.
    pub machines: BTreeMap<MachineId, (MachineName, Presence<MachineStatus>)>,
}

/// How a function stands.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionStatus {
    /// `$LATEST`.
    pub latest: LatestStatus,
    /// The published versions, newest first.
    pub versions: Vec<VersionStatus>,
    /// The aliases as AWS has them.
    pub aliases: BTreeMap<AliasName, Routing>,
    /// The aliases that AWS has and nobody declares.
    pub undeclared: BTreeSet<AliasName>,
    /// The aliases that are declared and not there.
    pub missing: BTreeSet<AliasName>,
    /// The declared retention.
    pub retention: Option<Retention>,
    /// What verbs left behind.
    pub remembered: Remembered,
}

/// How `$LATEST` stands.
#[derive(Debug, Clone, PartialEq)]
pub struct LatestStatus {
    /// The hash of its package.
    pub code: CodeSha256,
    /// The newest version that equals it, values of the environment included.
    pub equals: Option<VersionNumber>,
    /// The aliases that point to it, which only somebody else does.
    pub aliases: BTreeSet<AliasName>,
    /// The machines with a state that runs it.
    pub machines: BTreeSet<MachineId>,
}

/// How a published version of a function stands.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionStatus {
    /// The number.
    pub version: VersionNumber,
    /// The aliases that serve it, with their shares.
    pub aliases: Vec<Share>,
    /// The machines with a state that runs it, directly or through an alias.
    pub machines: BTreeSet<MachineId>,
    /// The size of its package in bytes.
    pub size: u64,
    /// When we published it, else when AWS last modified it.
    pub published: Timestamp,
    /// The hash of its package.
    pub code: CodeSha256,
    /// Its description.
    pub description: String,
    /// Why it stays, strongest first; nothing keeps a version without a reason.
    pub kept: Vec<KeepReason>,
}

/// An alias and the share of its traffic that goes to one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The alias; those of machines may have names that nobody can declare (T27).
    pub alias: String,
    /// The share; everything where the alias has one target.
    pub share: Weight,
    /// Whether somebody holds it, so that the TOML does not move it.
    pub is_held: bool,
}

/// What verbs left behind: what they hold, and what they went back from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Remembered {
    /// The aliases that stay where somebody put them.
    pub holds: Holds,
    /// The versions that `previous(X)` does not go back to.
    pub bad: BTreeSet<VersionNumber>,
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { alias, share, is_held } = self;
        f.write_str(alias)?;
        if *share != Weight::percent(100) {
            write!(f, " {share}")?;
        }
        f.write_str(if *is_held { " held" } else { "" })
    }
}

/// How a machine stands.
#[derive(Debug, Clone, PartialEq)]
pub struct MachineStatus {
    /// `STANDARD` or `EXPRESS`.
    pub kind: MachineKind,
    /// The digest of the live definition.
    pub definition: Digest,
    /// What the states of the live definition call.
    pub calls: Vec<CallStatus>,
    /// The published versions, newest first; nothing where nobody asked for them.
    pub versions: Option<Vec<MachineVersionStatus>>,
    /// The declared retention.
    pub retention: Option<Retention>,
    /// What verbs left behind.
    pub remembered: Remembered,
}

/// How a published version of a machine stands.
#[derive(Debug, Clone, PartialEq)]
pub struct MachineVersionStatus {
    /// The number.
    pub version: VersionNumber,
    /// The aliases that serve it, with their shares.
    pub aliases: Vec<Share>,
    /// When it was published.
    pub published: Timestamp,
    /// Whether it runs what the machine itself does, as far as it is known.
    pub equals_machine: Option<bool>,
    /// Why it stays, strongest first; nothing keeps a version without a reason.
    pub kept: Vec<KeepReason>,
}

/// What one state calls, and which versions that comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct CallStatus {
    /// The state, the function and the qualifier.
    pub call: Call,
    /// The function's key, if it is declared.
    pub function: Option<FunctionId>,
    /// What that comes to.
    pub runs: CallTarget,
}

/// What a call comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallTarget {
    /// These versions, with their shares.
    Runs(Vec<(Target, Weight)>),
    /// There is no such function, version or alias, so the state fails.
    Nothing,
    /// The state decides it when it runs.
    Undecided,
    /// The function is not declared, so nobody looked.
    Undeclared,
    /// The function is declared and was not read.
    NotSeen,
}

/// Tells how everything stands that was observed. `kept` is what [`super::standing`] says.
pub fn status(inputs: &PlanInputs<'_>, kept: &BTreeMap<Object, RetentionOutcome>) -> Status {
    let named: BTreeMap<&FunctionName, &FunctionId> =
        inputs.desired.functions.iter().map(|(id, function)| (&function.name, id)).collect();
    let present = inputs.live.machines.iter().filter_map(|(id, live)| Some((id, live.present()?)));
    let machines: BTreeMap<MachineId, Vec<CallStatus>> =
        present.map(|(id, live)| (id.clone(), calls_of(inputs, &named, live))).collect();
    let runs = runs(&machines);
    let function = |(id, live): (&FunctionId, &Presence<LiveFunction>)| {
        let desired = inputs.desired.functions.get(id)?;
        let status = |live: &LiveFunction| function_status(inputs, (id, desired), live, (kept, &runs));
        Some((id.clone(), (desired.name.clone(), mapped(live, status))))
    };
    let machine = |(id, live): (&MachineId, &Presence<LiveMachine>)| {
        let desired = inputs.desired.machines.get(id)?;
        let calls = machines.get(id).cloned().unwrap_or_default();
        let status = |live: &LiveMachine| machine_status(inputs, (id, desired), live, (kept, calls.clone()));
        Some((id.clone(), (desired.name.clone(), mapped(live, status))))
    };
    Status {
        functions: inputs.live.functions.iter().filter_map(function).collect(),
        machines: inputs.live.machines.iter().filter_map(machine).collect(),
    }
}

fn mapped<T, U>(presence: &Presence<T>, with: impl Fn(&T) -> U) -> Presence<U> {
    match presence {
        Presence::Absent => Presence::Absent,
        Presence::Present(thing) => Presence::Present(with(thing)),
    }
}

/// The machines that run a version of a function, or its `$LATEST`.
type Runs = BTreeMap<(FunctionId, Target), BTreeSet<MachineId>>;

fn runs(machines: &BTreeMap<MachineId, Vec<CallStatus>>) -> Runs {
    let mut runs = Runs::new();
    for (id, calls) in machines {
        for CallStatus { call: _, function, runs: targets } in calls {
            let Some(function) = function else { continue };
            let CallTarget::Runs(targets) = targets else { continue };
            for (target, _) in targets {
                runs.entry((function.clone(), *target)).or_default().insert(id.clone());
            }
        }
    }
    runs
}

fn calls_of(
    inputs: &PlanInputs<'_>,
    named: &BTreeMap<&FunctionName, &FunctionId>,
    live: &LiveMachine,
) -> Vec<CallStatus> {
    let status = |call: Call| {
        let function = named.get(&call.function).copied().cloned();
        let seen = function.as_ref().map(|id| inputs.live.functions.get(id));
        let runs = match seen {
            None => CallTarget::Undeclared,
            Some(None) => CallTarget::NotSeen,
            Some(Some(Presence::Absent)) => CallTarget::Nothing,
            Some(Some(Presence::Present(live))) => target(&call.through, live),
        };
        CallStatus { call, function, runs }
    };
    calls(&live.definition, inputs.place).into_iter().map(status).collect()
}

/// Returns what a call through this qualifier runs.
fn target(through: &Through, live: &LiveFunction) -> CallTarget {
    let whole = |target| vec![(target, Weight::percent(100))];
    let targets = match through {
        Through::Latest => Some(whole(Target::Latest)),
        Through::Newest => live.versions.keys().next_back().map(|version| whole(Target::Version(*version))),
        Through::Version(version) => {
            live.versions.contains_key(version).then(|| whole(Target::Version(*version)))
        }
        Through::Alias(alias) => live.aliases.get(alias).map(|alias| alias.routing.shares()),
        Through::Undecided(_) => return CallTarget::Undecided,
    };
    targets.map_or(CallTarget::Nothing, CallTarget::Runs)
}

/// Returns the aliases that serve a version.
fn shares_of<'a>(
    version: VersionNumber,
    aliases: impl Iterator<Item = (String, &'a Routing)>,
    holds: &Holds,
) -> Vec<Share> {
    let is_held = |alias: &str| holds.keys().any(|held| held.as_str() == alias);
    let share = |(alias, routing): (String, &Routing)| {
        let found = routing.shares().into_iter().find(|(target, _)| *target == Target::Version(version))?;
        Some(Share { is_held: is_held(&alias), alias, share: found.1 })
    };
    aliases.filter_map(share).collect()
}

fn function_status(
    inputs: &PlanInputs<'_>,
    (id, desired): (&FunctionId, &DesiredFunction),
    live: &LiveFunction,
    (kept, runs): (&BTreeMap<Object, RetentionOutcome>, &Runs),
) -> FunctionStatus {
    let recorded = recorded_function(inputs, id, desired);
    let history = Line::of_function(live, recorded);
    let remembered = recorded.map_or_else(Remembered::default, |recorded| Remembered {
        holds: recorded.holds.clone(),
        bad: recorded.bad.clone(),
    });
    let reasons = reasons(kept.get(&Object::Function(id.clone())));
    let machines = |target| runs.get(&(id.clone(), target)).cloned().unwrap_or_default();
    let aliases: BTreeMap<AliasName, Routing> =
        live.aliases.iter().map(|(name, alias)| (name.clone(), alias.routing.clone())).collect();
    let named = || aliases.iter().map(|(name, routing)| (name.to_string(), routing));
    let version = |number: &VersionNumber| {
        let live = live.versions.get(number)?;
        Some(VersionStatus {
            version: *number,
            aliases: shares_of(*number, named(), &remembered.holds),
            machines: machines(Target::Version(*number)),
            size: live.code_size,
            published: history.versions.get(number)?.published,
            code: live.configuration.code.clone(),
            description: live.description.clone(),
            kept: reasons.get(number).cloned().unwrap_or_default(),
        })
    };
    let is_latest = |(_, routing): &(&AliasName, &Routing)| routing.primary == Target::Latest;
    let equal = live
        .versions
        .iter()
        .rev()
        .find(|(_, version)| version.configuration.is_same_version(&live.latest.configuration));
    let is_undeclared = |name: &&AliasName| !desired.aliases.contains_key(*name);
    FunctionStatus {
        latest: LatestStatus {
            code: live.latest.configuration.code.clone(),
            equals: equal.map(|(version, _)| *version),
            aliases: aliases.iter().filter(is_latest).map(|(name, _)| name.clone()).collect(),
            machines: machines(Target::Latest),
        },
        versions: live.versions.keys().rev().filter_map(version).collect(),
        undeclared: aliases.keys().filter(is_undeclared).cloned().collect(),
        missing: missing(&desired.aliases, |name| aliases.contains_key(name)),
        aliases,
        retention: desired.retention,
        remembered,
    }
}

fn missing(
    declared: &BTreeMap<AliasName, AliasTarget>,
    is_there: impl Fn(&AliasName) -> bool,
) -> BTreeSet<AliasName> {
    declared.keys().filter(|name| !is_there(name)).cloned().collect()
}

fn reasons(outcome: Option<&RetentionOutcome>) -> BTreeMap<VersionNumber, Vec<KeepReason>> {
    let kept = outcome.into_iter().flat_map(|outcome| &outcome.kept);
    kept.filter_map(|kept| Some((kept.version.existing()?, kept.reasons.clone()))).collect()
}

fn machine_status(
    inputs: &PlanInputs<'_>,
    (id, desired): (&MachineId, &DesiredMachine),
    live: &LiveMachine,
    (kept, calls): (&BTreeMap<Object, RetentionOutcome>, Vec<CallStatus>),
) -> MachineStatus {
    let recorded = recorded_machine(inputs, id, desired).and_then(|machine| machine.line.as_ref());
    let remembered = recorded.map_or_else(Remembered::default, |recorded| Remembered {
        holds: recorded.holds.clone(),
        bad: recorded.bad.clone(),
    });
    let reasons = reasons(kept.get(&Object::Machine(id.clone())));
    let fingerprint = machine_fingerprint(&live.definition, &live.role, live.logging.as_ref());
    let versions = live.line.as_ref().map(|line| {
        let known = known_versions(line, recorded);
        let named = || {
            let others = line.other_aliases.iter().map(|(name, routing)| (name.clone(), routing));
            line.aliases.iter().map(|(name, routing)| (name.to_string(), routing)).chain(others)
        };
        let version = |(number, published): (&VersionNumber, &Timestamp)| MachineVersionStatus {
            version: *number,
            aliases: shares_of(*number, named(), &remembered.holds),
            published: *published,
            equals_machine: known.get(number).map(|version| version.fingerprint == fingerprint),
            kept: reasons.get(number).cloned().unwrap_or_default(),
        };
        line.versions.iter().rev().map(version).collect()
    });
    MachineStatus {
        kind: live.kind,
        definition: Digest::of(live.definition.as_bytes()),
        calls,
        versions,
        retention: desired.retention,
        remembered,
    }
}
