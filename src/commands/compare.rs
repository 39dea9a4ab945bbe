//! `compare`: what differs between two versions of a function, down to the files of its packages.

use std::collections::BTreeSet;

use crate::{
    artifact::unpacked,
    cli::CompareArguments,
    config::{NothingChosen, chosen_objects, nearest_name},
    diff::{VersionComparison, VersionSide, compare_versions},
    error::Failure,
    exit::Exit,
    model::{
        AliasName, EnvironmentName, FunctionId, FunctionName, LiveFunction, Object, Presence, Target,
        VersionNumber,
    },
    provider::{LivePackage, Reader as _},
    render::{ComparisonReport, FilesByName, PackageFiles, bytes, comparison_json, comparison_text},
};

use super::{Invocation, observed::look, project::Project, session::Session};

/// A package above this size is not fetched: what Lambda would refuse to unpack
/// (262,144,000 bytes), nobody compares file by file.
const LARGEST_PACKAGE: u64 = 262_144_000;

/// Compares, and ends with 2 where something differs and somebody asked.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &CompareArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let id = function(&project, &arguments.function)?;
    let session = Session::open(invocation, &project).await?;
    let only = BTreeSet::from([Object::Function(id.clone())]);
    let observed = look(invocation, &project, &session, Some(&only)).await?;
    if let Some(error) = observed.failures.into_values().next() {
        return Err(error.into());
    }
    let environment = &project.desired.environment;
    let Some(live) = observed.live.function(&id) else {
        let name = project.desired.functions.get(&id).map(|function| function.name.to_string());
        let message =
            format!("there is no function `{}` in this account and region", name.unwrap_or_default());
        return Err(Failure::new(message, format!("repoint status -e {environment} {id}")));
    };
    let asked = Asked { id: &id, live, environment };
    let (from, to) = (asked.target(&arguments.from)?, asked.target(&arguments.to)?);
    let comparison = compare_versions(live, from, to).ok_or_else(|| asked.gone())?;
    let files = if arguments.code {
        files(invocation, &session, &live.name, &comparison).await?
    } else {
        PackageFiles::NotAsked
    };
    let report = ComparisonReport { function: (&id, &live.name), comparison: &comparison, files: &files };
    let text = if invocation.global.json {
        format!("{:#}\n", comparison_json(&report))
    } else {
        comparison_text(&report, invocation.console.style())
    };
    invocation.console.data(&text);
    let is_told = arguments.exit_code && !comparison.is_same();
    Ok(if is_told { Exit::Different } else { Exit::Success })
}

/// Returns the one function that a word names.
fn function(project: &Project, word: &str) -> Result<FunctionId, Failure> {
    let environment = &project.desired.environment;
    let chosen = chosen_objects(&[word.to_owned()], &project.desired);
    let chosen = chosen.map_err(|NothingChosen { message, nearest }| {
        let help = match nearest {
            Some(name) => format!("repoint compare -e {environment} {name} 1 2"),
            None => format!("repoint status -e {environment}"),
        };
        Failure::new(message, help)
    })?;
    let functions: Vec<FunctionId> = chosen
        .into_iter()
        .filter_map(|object| match object {
            Object::Function(id) => Some(id),
            Object::Machine(_) => None,
        })
        .collect();
    match functions.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::new(
            format!("`{word}` is a state machine, and compare is for functions"),
            format!("repoint history -e {environment} last~1 last -v"),
        )),
        [one, ..] => Err(Failure::new(
            format!("`{word}` names {} functions, and compare takes one", functions.len()),
            format!("repoint compare -e {environment} {one} 1 2"),
        )),
    }
}

/// The function whose versions somebody asked for.
struct Asked<'a> {
    id: &'a FunctionId,
    live: &'a LiveFunction,
    environment: &'a EnvironmentName,
}

impl Asked<'_> {
    /// Returns the version that a word means: a number, an alias, `$LATEST` or `latest`.
    fn target(&self, word: &str) -> Result<Target, Failure> {
        if let Ok(version) = VersionNumber::parse(word) {
            return self.version(version);
        }
        let alias = AliasName::new(word).ok().and_then(|alias| self.live.aliases.get(&alias));
        match alias {
            None if matches!(word, "$LATEST" | "latest") => Ok(Target::Latest),
            None => Err(self.no_alias(word)),
            Some(alias) => match alias.routing.additional {
                None => Ok(alias.routing.primary),
                Some(_) => Err(Failure::new(
                    format!("`{word}` serves two versions of `functions.{}`: {}", self.id, alias.routing),
                    self.command(&alias.routing.primary.to_string()),
                )),
            },
        }
    }

    fn version(&self, version: VersionNumber) -> Result<Target, Failure> {
        if self.live.versions.contains_key(&version) {
            return Ok(Target::Version(version));
        }
        let there: Vec<String> = self.live.versions.keys().rev().take(8).map(ToString::to_string).collect();
        let there = match there.as_slice() {
            [] => "nothing was published yet".to_owned(),
            _ => format!("the newest are {}", there.join(", ")),
        };
        let message = format!("`functions.{}` has no version {version}; {there}", self.id);
        Err(Failure::new(message, self.status()))
    }

    fn no_alias(&self, word: &str) -> Failure {
        let names = self.live.aliases.keys().map(AliasName::as_str);
        let help = nearest_name(word, names).map_or_else(|| self.status(), |name| self.command(name));
        Failure::new(format!("`functions.{}` has no version or alias `{word}`", self.id), help)
    }

    fn gone(&self) -> Failure {
        Failure::new(
            format!("an alias of `functions.{}` points to a version that is gone", self.id),
            self.status(),
        )
    }

    fn command(&self, one: &str) -> String {
        format!("repoint compare -e {} {} {one} latest", self.environment, self.id)
    }

    fn status(&self) -> String {
        format!("repoint status -e {} {}", self.environment, self.id)
    }
}

/// Fetches both packages, unless their hashes or sizes say that there is no need or no point.
async fn files(
    invocation: &Invocation<'_>,
    session: &Session,
    name: &FunctionName,
    comparison: &VersionComparison,
) -> Result<PackageFiles, Failure> {
    if !comparison.is_code_different() {
        return Ok(PackageFiles::Same);
    }
    for side in [&comparison.from, &comparison.to] {
        if let Some(bytes) = side.size.filter(|bytes| *bytes > LARGEST_PACKAGE) {
            return Err(too_large(side, bytes));
        }
    }
    let Some(one) = fetched(invocation, session, name, &comparison.from).await? else {
        return Ok(PackageFiles::Image);
    };
    let other = fetched(invocation, session, name, &comparison.to).await?;
    Ok(other.map_or(PackageFiles::Image, |other| PackageFiles::Files(one, other)))
}

fn too_large(of: &VersionSide, size: u64) -> Failure {
    let message = format!(
        "the package of {} has {}; files are compared up to {}",
        of.target,
        bytes(size),
        bytes(LARGEST_PACKAGE)
    );
    Failure::new(message, "compare without --code")
}

/// Returns the files of one package; nothing where it is an image. What arrives must be what AWS says
/// that the version runs.
async fn fetched(
    invocation: &Invocation<'_>,
    session: &Session,
    name: &FunctionName,
    side: &VersionSide,
) -> Result<Option<FilesByName>, Failure> {
    invocation.console.note(&format!("fetching the package of {}", side.target));
    let package = session.reader().package(name, side.target, LARGEST_PACKAGE).await?;
    let Presence::Present(package) = package else {
        let message = format!("{} of `{name}` went away meanwhile", side.target);
        return Err(Failure::new(message, "compare again"));
    };
    let LivePackage::Zip(content) = package else { return Ok(None) };
    if crate::model::CodeSha256::of(&content) != side.code {
        let message =
            format!("the package of {} that arrived is not the one that AWS describes", side.target);
        return Err(Failure::new(
            message,
            "compare again; if it stays so, look at what is between here and S3",
        ));
    }
    Ok(Some(unpacked(&content)?))
}
