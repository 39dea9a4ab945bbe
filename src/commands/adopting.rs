//! The search for what exists, and the proof that declaring it changes nothing.
//!
//! What would be added is read again and planned as it would be after it was written. An object that
//! the plan would still touch is declared more carefully, then not at all; so an import whose text is
//! shown has an empty plan, and one that does not fit is refused before a byte is written.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    adopt::{Adopting, Adoption, Existing, Extent, Inherited, Placement},
    ambient,
    config::{ChosenEnvironment, FileKind, ProjectFiles, is_match, is_pattern, nearest_name},
    console::Report,
    error::Failure,
    model::{
        Address, Desired, EnvironmentName, FunctionId, FunctionName, LiveMachine, MachineName, Object,
        Presence,
    },
    plan::{Plan, Purpose, Selection, Severity},
    provider::{Named, Observed, ProviderError, Reader, observe_function, observe_machine},
    render::count,
};

use super::{
    Invocation,
    observed::{Inputs, planned},
    packages,
    project::{DiskFiles, Found, Project},
    session::Session,
};

/// What is looked for.
pub(super) struct Wanted<'a> {
    pub(super) globs: &'a [String],
    /// Keys with their values, if a value is asked for.
    pub(super) tags: Vec<(&'a str, Option<&'a str>)>,
    pub(super) extent: Extent,
}

/// What was found.
pub(super) struct Adopted {
    pub(super) adoption: Adoption,
    /// What matches and is declared already.
    pub(super) declared: Vec<String>,
}

/// Finds what exists and is not declared, and makes the tables of it.
pub(super) async fn adopted(
    invocation: &Invocation<'_>,
    found: &Found,
    chosen: &ChosenEnvironment,
    wanted: &Wanted<'_>,
) -> Result<Adopted, Failure> {
    let project = Project::of(found, chosen)?;
    let session = Session::open(invocation, &project).await?;
    let matching = matching(&session, &project, wanted).await?;
    let (declared, new) = matching.without_declared(&project.desired);
    if new.is_empty() {
        return Ok(Adopted { adoption: Adoption::default(), declared });
    }
    let (existing, refused) = read(invocation, &session, &project, new).await?;
    let origin = origin(wanted, &session);
    let trial = Trial { found, project: &project, session: &session, existing: &existing, origin: &origin };
    let adoption = trial.adoption(wanted.extent, refused).await?;
    trial.check_other_environments(&adoption)?;
    Ok(Adopted { adoption, declared })
}

fn origin(wanted: &Wanted<'_>, session: &Session) -> String {
    let tag = |(key, value): &(&str, Option<&str>)| match value {
        Some(value) => format!("--tag {key}={value}"),
        None => format!("--tag {key}"),
    };
    let words: Vec<String> = wanted.globs.iter().cloned().chain(wanted.tags.iter().map(tag)).collect();
    let place = &session.place;
    let account = format!("account {}, region {}", place.account, place.region);
    format!("As it was in {account} (repoint import {}).", words.join(" "))
}

/// What was asked for, by physical name.
struct Matching {
    functions: Vec<Named>,
    machines: Vec<Named>,
}

impl Matching {
    fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.machines.is_empty()
    }

    /// Separates the names that are declared already.
    fn without_declared(mut self, desired: &Desired) -> (Vec<String>, Self) {
        let mut declared = Vec::new();
        let functions: BTreeSet<&str> =
            desired.functions.values().map(|function| function.name.as_str()).collect();
        let machines: BTreeSet<&str> =
            desired.machines.values().map(|machine| machine.name.as_str()).collect();
        for (named, known) in [(&mut self.functions, functions), (&mut self.machines, machines)] {
            let is_known = |one: &Named| known.contains(one.name.as_str());
            declared.extend(named.iter().filter(|one| is_known(one)).map(|one| one.name.clone()));
            named.retain(|one| !is_known(one));
        }
        (declared, self)
    }
}

/// Returns what carries the names and the tags; every word must find something.
async fn matching(session: &Session, project: &Project, wanted: &Wanted<'_>) -> Result<Matching, Failure> {
    let reader = session.reader();
    let mut functions = reader.functions().await?;
    let mut machines = reader.machines().await?;
    functions.sort();
    machines.sort();
    for glob in wanted.globs {
        check_finds(glob, &functions, &machines, session)?;
    }
    let is_named =
        |one: &Named| wanted.globs.is_empty() || wanted.globs.iter().any(|glob| is_match(glob, &one.name));
    functions.retain(is_named);
    machines.retain(is_named);
    let before = functions.len() + machines.len();
    if !wanted.tags.is_empty() {
        let parallelism = parallelism(project);
        functions =
            tagged(functions, &wanted.tags, parallelism, async |arn| reader.function_tags(arn).await).await?;
        machines =
            tagged(machines, &wanted.tags, parallelism, async |arn| reader.machine_tags(arn).await).await?;
        if functions.is_empty() && machines.is_empty() {
            let help = "aws lambda list-tags --resource ARN  # shows the tags of a function";
            let message =
                format!("of {} that the names match, none carries the tags", count(before, "object"));
            return Err(Failure::new(message, help));
        }
    }
    Ok(Matching { functions, machines })
}

fn check_finds(
    glob: &str,
    functions: &[Named],
    machines: &[Named],
    session: &Session,
) -> Result<(), Failure> {
    let names = || functions.iter().chain(machines).map(|one| one.name.as_str());
    if names().any(|name| is_match(glob, name)) {
        return Ok(());
    }
    let place = &session.place;
    let message = format!(
        "`{glob}` matches nothing in account {}, region {}, which has {} and {}",
        place.account,
        place.region,
        count(functions.len(), "function"),
        count(machines.len(), "state machine")
    );
    if names().next().is_none() {
        return Err(Failure::because(message, Vec::new(), None));
    }
    let near = if is_pattern(glob) { None } else { nearest_name(glob, names()) };
    Err(Failure::new(message, format!("repoint import {}", near.unwrap_or("'*'"))))
}

async fn tagged(
    all: Vec<Named>,
    wanted: &[(&str, Option<&str>)],
    parallelism: usize,
    tags: impl AsyncFn(&str) -> Result<BTreeMap<String, String>, ProviderError>,
) -> Result<Vec<Named>, Failure> {
    let tags = &tags;
    let answers = stream::iter(all).map(async |one| Ok::<_, ProviderError>((tags(&one.arn).await?, one)));
    let answers: Vec<_> = answers.buffered(parallelism).try_collect().await?;
    let carries = |tags: &BTreeMap<String, String>| {
        wanted
            .iter()
            .all(|(key, value)| tags.get(*key).is_some_and(|found| value.is_none_or(|value| found == value)))
    };
    Ok(answers.into_iter().filter(|(tags, _)| carries(tags)).map(|(_, one)| one).collect())
}

fn parallelism(project: &Project) -> usize {
    usize::try_from(project.desired.limits.parallelism).unwrap_or(1).max(1)
}

/// Reads what was found, and says of what cannot be declared why not.
async fn read(
    invocation: &Invocation<'_>,
    session: &Session,
    project: &Project,
    matching: Matching,
) -> Result<(Existing, BTreeMap<String, String>), Failure> {
    let (mut existing, mut refused) = (Existing::default(), BTreeMap::new());
    let Matching { functions, machines } = matching;
    let counter = invocation.console.counter("reading", functions.len() + machines.len());
    let (reader, parallelism) = (session.reader(), parallelism(project));
    let mut functions_of = stream::iter(named(functions, FunctionName::new, &mut refused))
        .map(|(name, _)| async move { observe_function(reader, &name).await })
        .buffered(parallelism);
    let mut done = 0;
    while let Some(function) = functions_of.next().await {
        // What went between the list and the look is not there.
        existing.functions.extend(function?.present().cloned());
        done += 1;
        counter.set(done);
    }
    let mut machines_of = stream::iter(named(machines, MachineName::new, &mut refused))
        .map(|(_, arn)| async move { whole_machine(reader, &arn).await })
        .buffered(parallelism);
    while let Some(machine) = machines_of.next().await {
        existing.machines.extend(machine?);
        done += 1;
        counter.set(done);
    }
    counter.finish();
    Ok((existing, refused))
}

/// Returns the names that the TOML can say, with their ARNs; the others are refused.
fn named<N, E: std::fmt::Display>(
    all: Vec<Named>,
    name: impl Fn(String) -> Result<N, E>,
    refused: &mut BTreeMap<String, String>,
) -> Vec<(N, String)> {
    let mut valid = Vec::new();
    for one in all {
        match name(one.name.clone()) {
            Ok(name) => valid.push((name, one.arn)),
            Err(error) => {
                refused.insert(one.name, error.to_string());
            }
        }
    }
    valid
}

/// Reads a machine with what each of its versions runs, as far as aliases make that matter.
async fn whole_machine(reader: &impl Reader, arn: &str) -> Result<Option<LiveMachine>, ProviderError> {
    let Presence::Present(mut machine) = observe_machine(reader, arn, true).await? else { return Ok(None) };
    let Some(line) = machine.line.as_mut().filter(|line| !line.aliases.is_empty()) else {
        return Ok(Some(machine));
    };
    for version in line.versions.keys().copied().collect::<Vec<_>>() {
        match reader.machine_version(arn, version).await? {
            Presence::Present(content) => line.contents.insert(version, content),
            Presence::Absent => continue,
        };
    }
    Ok(Some(machine))
}

/// Tables that are tried before they are believed.
struct Trial<'a> {
    found: &'a Found,
    project: &'a Project,
    session: &'a Session,
    existing: &'a Existing,
    origin: &'a str,
}

impl Trial<'_> {
    /// Makes tables until the plan of them is empty: what it would touch becomes `manual`, then is left out.
    async fn adoption(
        &self,
        extent: Extent,
        mut refused: BTreeMap<String, String>,
    ) -> Result<Adoption, Failure> {
        let (inherited, disk) = (self.inherited(), self.disk());
        let mut cautious = BTreeSet::new();
        loop {
            let adoption = Adoption::of(
                self.existing,
                &Adopting {
                    origin: self.origin,
                    desired: &self.project.desired,
                    inherited: &inherited,
                    placement: self.placement(),
                    extent,
                    folder: folder_of(&self.found.config),
                    files: &disk,
                    cautious: &cautious,
                    refused: &refused,
                },
            );
            check_free(&adoption)?;
            let environment = &self.project.desired.environment;
            let desired = match self.desired(&adoption, environment) {
                Ok(desired) => desired,
                Err(failure) => {
                    refused.extend(unfit(failure, &adoption)?);
                    continue;
                }
            };
            let touched = self.touched(&adoption, desired).await?;
            if touched.is_empty() {
                return Ok(adoption);
            }
            for (name, why) in touched {
                if !cautious.insert(name.clone()) {
                    refused.insert(name, why);
                }
            }
        }
    }

    /// Where several environments are declared, what exists in one says nothing of the others.
    fn placement(&self) -> Placement {
        if self.found.document.environments().len() > 1 {
            Placement::Environment
        } else {
            Placement::TopLevel
        }
    }

    fn disk(&self) -> DiskFiles {
        DiskFiles { root: self.found.root.clone() }
    }

    /// Returns what a function has that declares its name alone.
    fn inherited(&self) -> Inherited {
        const PROBE: &str = "repoint-import-probe";
        let text = format!("{}\n[functions.{PROBE}]\nname = \"{PROBE}\"\n", self.found.text);
        let environment = &self.project.desired.environment;
        let desired =
            self.reread(text).and_then(|found| Ok(found.document.resolve(environment, &self.disk())?));
        let probe = FunctionId::new(PROBE).expect("it is a table key");
        // Where the probe does not fit, the tables do not either, and say it better.
        desired.ok().and_then(|desired| desired.functions.get(&probe).map(Inherited::of)).unwrap_or_default()
    }

    fn reread(&self, text: String) -> Result<Found, Failure> {
        Found::of_text(self.found.root.clone(), self.found.config.clone(), text)
    }

    /// Returns what the tables want of one environment, as the file would say it.
    fn desired(&self, adoption: &Adoption, environment: &EnvironmentName) -> Result<Desired, Failure> {
        let files = WithDefinitions { disk: self.disk(), definitions: &adoption.definitions };
        let found = self.reread(adoption.appended_to(&self.found.text))?;
        Ok(found.document.resolve(environment, &files)?)
    }

    /// Returns what a plan of the new tables would still touch, by physical name, and in which way.
    async fn touched(
        &self,
        adoption: &Adoption,
        mut desired: Desired,
    ) -> Result<BTreeMap<String, String>, Failure> {
        desired.functions.retain(|id, _| adoption.functions.contains_key(id));
        desired.machines.retain(|id, _| adoption.machines.contains_key(id));
        let Project { root, config, environment_source, document, .. } = self.project;
        let (root, config, document) = (root.clone(), config.clone(), document.clone());
        let project = Project { root, config, desired, document, environment_source };
        let packages = packages::gather(&project, self.session).await?.packages;
        let mut observed = Observed { live: adoption.live(self.existing), ..Observed::default() };
        let inputs = Inputs {
            project: &project,
            session: self.session,
            state: None,
            packages: &packages,
            now: ambient::now(),
            max_deletes: project.desired.limits.max_deletes,
            selection: &Selection::default(),
            purpose: &Purpose::default(),
        };
        let plan = planned(&inputs, &mut observed).await?;
        match observed.first_unanswered() {
            Some(error) => Err(error.clone().into()),
            None => Ok(trouble(&plan, adoption)),
        }
    }

    /// Every other environment must say what it said before.
    fn check_other_environments(&self, adoption: &Adoption) -> Result<(), Failure> {
        for environment in self.found.document.environments() {
            let before = self.found.document.resolve(&environment, &self.disk());
            if before.is_ok() {
                self.desired(adoption, &environment).map_err(does_not_fit)?;
            }
        }
        Ok(())
    }
}

/// The actions and the blocking findings of a plan, by the physical name of what they are about.
fn trouble(plan: &Plan, adoption: &Adoption) -> BTreeMap<String, String> {
    let name = |address: &Address| match &address.object {
        Object::Function(id) => adoption.functions.get(id).cloned(),
        Object::Machine(id) => adoption.machines.get(id).cloned(),
    };
    let blocking = plan.findings.iter().filter(|finding| finding.severity == Severity::Blocking);
    let blocking = blocking.filter_map(|found| Some((name(&found.address)?, found.message.clone())));
    let actions = plan.actions.iter().filter_map(|action| {
        Some((name(&action.address)?, format!("a plan would still change `{}`", action.address)))
    });
    actions.chain(blocking).collect()
}

/// Returns the machines whose definitions the file refuses, for example because one calls an alias that
/// does not exist, and why. What is wrong elsewhere stays a failure.
fn unfit(failure: Failure, adoption: &Adoption) -> Result<BTreeMap<String, String>, Failure> {
    let machine = |report: &Report| {
        let name = adoption.paths.get(&report.label.as_ref()?.file)?;
        Some((name.clone(), report.message.clone()))
    };
    let found: BTreeMap<String, String> = failure.reports.iter().filter_map(machine).collect();
    if found.is_empty() { Err(does_not_fit(failure)) } else { Ok(found) }
}

fn does_not_fit(mut failure: Failure) -> Failure {
    let first =
        Failure::because("what was found does not fit into the file; nothing is written", Vec::new(), None);
    failure.reports.splice(0..0, first.reports);
    failure
}

fn check_free(adoption: &Adoption) -> Result<(), Failure> {
    let Some(path) = adoption.occupied.first() else { return Ok(()) };
    Err(Failure::new(
        format!("`{path}` is there already and holds something else than the live definition"),
        format!("mv {path} {path}.old"),
    ))
}

fn folder_of(config: &str) -> &str {
    config.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The files on disk and those that are about to be.
struct WithDefinitions<'a> {
    disk: DiskFiles,
    definitions: &'a BTreeMap<String, String>,
}

impl ProjectFiles for WithDefinitions<'_> {
    fn kind(&self, path: &str) -> FileKind {
        if self.definitions.contains_key(path) { FileKind::File } else { self.disk.kind(path) }
    }

    fn read(&self, path: &str) -> Result<String, String> {
        self.definitions.get(path).cloned().map_or_else(|| self.disk.read(path), Ok)
    }
}
