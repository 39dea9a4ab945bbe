//! Which environment is meant.

use super::{
    document::{Document, environment_name},
    nearest::{listed, nearest},
    problem::Problem,
};
use crate::model::EnvironmentName;

/// What was said about the environment, strongest first; an empty variable counts as unset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentChoice {
    /// `-e` or `--environment`.
    pub flag: Option<String>,
    /// The variable `REPOINT_ENVIRONMENT`.
    pub repoint_environment: Option<String>,
    /// The variable `ENVIRONMENT`.
    pub environment: Option<String>,
}

/// The environment and where the choice came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenEnvironment {
    /// A declared environment.
    pub name: EnvironmentName,
    /// `-e`, `REPOINT_ENVIRONMENT`, `ENVIRONMENT` or `the only one declared`.
    pub source: &'static str,
}

/// Chooses the environment: the flag, else the variables, else the only one declared.
pub fn choose_environment(
    document: &Document,
    candidates: &EnvironmentChoice,
) -> Result<ChosenEnvironment, Problem> {
    let EnvironmentChoice { flag, repoint_environment, environment } = candidates;
    let is_set = |text: &&String| !text.is_empty();
    let said = [
        (flag.as_ref(), "-e"),
        (repoint_environment.as_ref().filter(is_set), "REPOINT_ENVIRONMENT"),
        (environment.as_ref().filter(is_set), "ENVIRONMENT"),
    ];
    match said.into_iter().find_map(|(text, source)| Some((text?, source))) {
        Some((text, source)) => declared(document, text, source),
        None => only_one(document),
    }
}

/// Returns the problem of an environment that the file does not declare.
pub(crate) fn undeclared(document: &Document, name: &str, source: Option<&'static str>) -> Problem {
    let names: Vec<&str> = document.environments.iter().map(|entry| entry.key.as_str()).collect();
    let from = source.map_or_else(String::new, |source| format!(" (from `{source}`)"));
    let help = match (nearest(name, names.iter().copied()), source) {
        (Some(near), Some("-e")) => format!("-e {near}"),
        (Some(near), Some(variable)) => format!("{variable}={near}"),
        (_, _) => format!("[environments.{name}]"),
    };
    place(document, format!("environment `{name}`{from} is not declared"))
        .labelled(format!("declared: {}", listed(names, "and")))
        .helped(help)
}

fn declared(document: &Document, text: &str, source: &'static str) -> Result<ChosenEnvironment, Problem> {
    let found = document.environments.iter().find(|entry| entry.key == text);
    found
        .map(|entry| ChosenEnvironment { name: environment_name(entry), source })
        .ok_or_else(|| undeclared(document, text, Some(source)))
}

fn only_one(document: &Document) -> Result<ChosenEnvironment, Problem> {
    match document.environments.as_slice() {
        [only] => Ok(ChosenEnvironment { name: environment_name(only), source: "the only one declared" }),
        several => {
            let names = listed(several.iter().map(|entry| entry.key.as_str()), "and");
            let message = format!("{} environments are declared and none is chosen", several.len());
            let help = several.first().map_or("dev", |entry| entry.key.as_str());
            Err(place(document, message).labelled(format!("declared: {names}")).helped(format!("-e {help}")))
        }
    }
}

/// Points at the first declared environment.
fn place(document: &Document, message: String) -> Problem {
    let span = document.environments.first().map_or(0..0, |entry| entry.key_span.clone());
    document.source.problem(&span, message)
}
