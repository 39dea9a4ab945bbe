//! The way into an apply: everything that is checked before anything is sent.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    event::Listener,
    model::{Address, Desired, DesiredMachine, Digest, FunctionId, Live, Object, Presence, Recorded, Values},
    plan::{Operation, Plan, deletes_versions, line_questions, unresolved_words, weight_questions},
    provider::{Code, Provider, Reader, assess, observe, resolve},
    store::{DeploymentId, GitInfo, LockedStore, Manifest, StateFile},
};

use super::{
    ApplyError, Cancel,
    error::Unreadable,
    past::{own_past, worked_on},
    preflight::{Memory, Standing, preflight},
    run::Run,
};

/// Everything that an apply is made of, apart from the locked store.
pub struct Deployment<'a, P> {
    /// The account.
    pub provider: &'a P,
    /// The plan; not blocked, and linted if it came from a file.
    pub plan: &'a Plan,
    /// Its digest.
    pub plan_digest: &'a Digest,
    /// The desired state that stands behind it.
    pub desired: &'a Desired,
    /// The code of the functions whose code the plan sends.
    pub packages: &'a BTreeMap<FunctionId, Code>,
    /// Where the values of environment variables come from.
    pub values: ValuesFrom<'a>,
    /// What was observed for the plan a moment ago, if it was; objects that change are read again.
    pub known: Option<Live>,
    /// The id that a new deployment gets.
    pub new_id: DeploymentId,
    /// The state that a first apply begins with.
    pub new_state: StateFile,
    /// The commit that is checked out.
    pub git: Option<GitInfo>,
    /// Who applies.
    pub who: String,
    /// Reads the clock.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// The requests to stop.
    pub cancel: &'a Cancel,
    /// Hears what happens.
    pub listener: &'a dyn Listener,
    /// Where several actions may start, those with the smaller number first; nothing means by address.
    pub order: Option<&'a BTreeMap<Address, usize>>,
}

/// Where an apply has the values of environment variables from. It never takes those of a plan, which may
/// be applied days later and elsewhere.
#[derive(Clone, Copy)]
pub enum ValuesFrom<'a> {
    /// From the sources, which are asked before anything is sent. This reads the environment of the program.
    Sources(&'a dyn Fn(&str) -> Option<String>),
    /// From here: what stands for them in a copy of the account.
    Known(&'a Values),
}

/// How an apply ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The record of the deployment; nothing where there was nothing to do.
    pub manifest: Option<Manifest>,
    /// Whether anything was changed, or may have been.
    pub is_anything_done: bool,
}

/// Applies a plan under the lock that `store` holds.
///
/// # Errors
/// Nothing was sent if the plan is stale, of another lineage, or packs to other code. Failures of
/// single actions are outcomes in the manifest.
pub async fn apply<P: Provider>(
    mut deployment: Deployment<'_, P>,
    store: &mut LockedStore,
) -> Result<Applied, ApplyError> {
    let found = store.state()?;
    check_lineage(deployment.plan, found.as_ref())?;
    check_packages(&deployment)?;
    let state = found.unwrap_or_else(|| deployment.new_state.clone());
    let interrupted = store.interrupted()?;
    let mut live = look(&mut deployment, &state.recorded).await?;
    let own = interrupted.as_ref().map(|past| own_past(past, deployment.plan_digest)).unwrap_or_default();
    let memory = Memory { ours: &own.announced, left: &own.left, recorded: &state.recorded };
    let at = (deployment.desired, (deployment.clock)());
    let standings = preflight(deployment.plan, &live, memory, at);
    check_moved(&standings)?;
    forget_undeclared(&mut live, deployment.desired);
    let mut run = Run::new(&deployment, store, state, (standings, live), interrupted.as_ref());
    run.trust(&own);
    if deployment.plan.is_empty() && interrupted.is_none() {
        run.adopt_all()?;
        return Ok(Applied { manifest: None, is_anything_done: false });
    }
    run.adopt_unknown(&interrupted.as_ref().map(worked_on).unwrap_or_default())?;
    run.begin(interrupted.as_ref())?;
    run.hold()?;
    carry_out(run).await.map_err(|error| ApplyError::Begun(Box::new(error)))
}

/// The versions of a machine that declares none are looked at where they may pin something, and never
/// recorded: nobody would notice when they go.
fn forget_undeclared(live: &mut Live, desired: &Desired) {
    for (id, presence) in &mut live.machines {
        let is_declared = desired.machines.get(id).is_some_and(DesiredMachine::has_line);
        if let (Presence::Present(machine), false) = (presence, is_declared) {
            machine.line = None;
        }
    }
}

/// From here on something may have been sent, whatever goes wrong.
async fn carry_out<P: Provider>(mut run: Run<'_, P>) -> Result<Applied, ApplyError> {
    run.drive().await?;
    run.save_rest()?;
    run.look_back().await?;
    run.end()
}

fn check_lineage(plan: &Plan, found: Option<&StateFile>) -> Result<(), ApplyError> {
    let Some(base) = &plan.base else { return Ok(()) };
    let found = found.map_or("absent".to_owned(), |state| state.lineage.to_string());
    if base.lineage == found {
        Ok(())
    } else {
        Err(ApplyError::OtherLineage { planned: base.lineage.clone(), found })
    }
}

fn check_packages<P>(deployment: &Deployment<'_, P>) -> Result<(), ApplyError> {
    for action in &deployment.plan.actions {
        let Object::Function(id) = &action.address.object else { continue };
        let to = match &action.operation {
            Operation::UpdateCode { to, .. } => to,
            Operation::CreateFunction(creation) => &creation.code,
            _ => continue,
        };
        let actual = deployment.packages.get(id).map(Code::sha256);
        if actual.as_ref() != Some(to) {
            return Err(ApplyError::OtherPackage {
                address: action.address.clone(),
                planned: to.short().to_owned(),
                actual: actual.map_or("nothing".to_owned(), |hash| hash.short().to_owned()),
            });
        }
    }
    Ok(())
}

fn check_moved(standings: &BTreeMap<Address, Standing>) -> Result<(), ApplyError> {
    let moved: Vec<(Address, String)> = standings
        .iter()
        .filter_map(|(address, standing)| match standing {
            Standing::Moved(what) => Some((address.clone(), what.clone())),
            Standing::Satisfied(_) | Standing::Ready => None,
        })
        .collect();
    if moved.is_empty() { Ok(()) } else { Err(ApplyError::Stale(moved)) }
}

/// Reads what the plan changes, and what nobody has read yet.
async fn look<P: Provider>(
    deployment: &mut Deployment<'_, P>,
    recorded: &Recorded,
) -> Result<Live, ApplyError> {
    let plan = deployment.plan;
    let mut touched: BTreeSet<Object> =
        plan.actions.iter().map(|action| action.address.object.clone()).collect();
    // A machine may have pinned a version since.
    if deletes_versions(plan) {
        touched.extend(deployment.desired.machines.keys().cloned().map(Object::Machine));
    }
    let known = deployment.known.take();
    let only = known.is_some().then_some(&touched);
    let mut live = known.unwrap_or_default();
    let fresh = read(deployment, only, recorded, &live).await?;
    live.functions.extend(fresh.functions);
    live.machines.extend(fresh.machines);
    live.values = match deployment.values {
        ValuesFrom::Sources(variable) => plan_values(deployment.provider, plan, variable).await?,
        ValuesFrom::Known(values) => values.clone(),
    };
    if deletes_versions(plan) {
        look_for_pins(deployment, recorded, &mut live).await?;
    }
    Ok(live)
}

/// Asks the sources of every environment variable that a plan sets. `variable` reads the environment of the
/// program.
///
/// # Errors
/// A source that says nothing: the plan cannot be carried out here.
pub async fn plan_values<R: Reader>(
    reader: &R,
    plan: &Plan,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Values, ApplyError> {
    let set = || plan.actions.iter().flat_map(|action| action.operation.variables());
    let values = resolve(reader, &set().map(|(_, source)| source.clone()).collect(), variable).await?;
    let mut unreadable = Vec::new();
    for action in &plan.actions {
        for (name, source) in action.operation.variables() {
            let Some(why) = values.unresolved(source) else { continue };
            let (message, help) = unresolved_words(&plan.place, (name, source), &why);
            unreadable.push(Unreadable { address: action.address.clone(), message, help });
        }
    }
    if unreadable.is_empty() { Ok(values) } else { Err(ApplyError::Values(unreadable)) }
}

/// Reads what versions of machines pin, also of machines that declare no aliases: first which versions
/// there are, and then what they run.
async fn look_for_pins<P: Provider>(
    deployment: &Deployment<'_, P>,
    recorded: &Recorded,
    live: &mut Live,
) -> Result<(), ApplyError> {
    for _ in 0..2 {
        let open = line_questions(live, Some(recorded), true);
        assess(deployment.provider, live, &open, deployment.desired.limits.parallelism).await?;
    }
    Ok(())
}

/// Reads some objects, or all. Weights that AWS added by itself are known as such, and so is what the
/// versions of machines run, which is asked only where neither the state nor the last look knows.
pub(super) async fn read<P: Provider>(
    deployment: &Deployment<'_, P>,
    only: Option<&BTreeSet<Object>>,
    recorded: &Recorded,
    known: &Live,
) -> Result<Live, ApplyError> {
    if only.is_some_and(BTreeSet::is_empty) {
        return Ok(Live::default());
    }
    let Deployment { provider, desired, plan, .. } = deployment;
    let mut observed = observe(*provider, desired, only, &plan.place, &|_| {}).await?;
    if let Some(error) = observed.failures.into_values().next() {
        return Err(error.into());
    }
    let parallelism = desired.limits.parallelism;
    let open = weight_questions(recorded, &observed.live);
    assess(*provider, &mut observed.live, &open, parallelism).await?;
    remember(&mut observed.live, known);
    let open = line_questions(&observed.live, Some(recorded), false);
    assess(*provider, &mut observed.live, &open, parallelism).await?;
    Ok(observed.live)
}

/// Takes over what a version runs from an earlier look, if it is the same version.
fn remember(live: &mut Live, known: &Live) {
    for (id, presence) in &mut live.machines {
        let Presence::Present(machine) = presence else { continue };
        let before = known.machine(id).and_then(|machine| machine.line.as_ref());
        let (Some(listed), Some(before)) = (&mut machine.line, before) else { continue };
        for (version, content) in &before.contents {
            if listed.versions.get(version) == before.versions.get(version) {
                listed.contents.entry(*version).or_insert_with(|| content.clone());
            }
        }
    }
}
