//! `plan`, `drift` and `status` of several environments: side by side, each with a connection of its
//! own, then told one after the other, with one summary and one exit code.

use std::{collections::BTreeSet, path::Path};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::{
    cli::{Cli, Command, Global, PlanArguments},
    config::{EnvironmentChoice, choose_environment},
    console::Kept,
    error::Failure,
    exit::Exit,
};

use super::{
    Invocation, drift, plan,
    project::{Found, working_folder},
    status,
};

/// How many environments are looked at side by side; each works on its `[limits] parallelism` at once.
const SIDE_BY_SIDE: usize = 8;

/// Tells whether more than one environment may be meant.
pub(super) fn is_asked(cli: &Cli) -> bool {
    cli.global.environments.len() > 1 || wants_all(&cli.command)
}

fn wants_all(command: &Command) -> bool {
    match command {
        Command::Plan(arguments) => arguments.all,
        Command::Drift(arguments) => arguments.all,
        Command::Status(arguments) => arguments.all,
        _ => false,
    }
}

/// Looks at every one of them, and tells.
pub(super) async fn run(invocation: &Invocation<'_>, command: &Command) -> Result<Exit, Failure> {
    let names = names(invocation, command)?;
    match command {
        Command::Plan(arguments) => check_plan(invocation, arguments)?,
        Command::Drift(arguments) if arguments.accept => {
            let message = "`--accept` records one environment at a time";
            return Err(Failure::new(message, "repoint drift -e dev --accept"));
        }
        _ => {}
    }
    let looks = names.iter().map(|name| look(invocation, command, name));
    let mut looks = stream::iter(looks).buffered(SIDE_BY_SIDE);
    let mut ends = Vec::new();
    while let Some(end) = looks.next().await {
        ends.push(end.told(invocation));
    }
    let exit = ends.iter().fold(Exit::Success, |exit, end| exit.graver(end.exit));
    invocation.console.data(&summary(invocation.global, &ends, exit));
    Ok(exit)
}

/// Returns the environments in the order of the command line, or of the file.
fn names(invocation: &Invocation<'_>, command: &Command) -> Result<Vec<String>, Failure> {
    let said = &invocation.global.environments;
    let first = said.first().map_or("dev", String::as_str);
    if !matches!(command, Command::Plan(_) | Command::Drift(_) | Command::Status(_)) {
        let message = "this works on one environment at a time; plan, drift and status take several";
        return Err(Failure::new(message, format!("-e {first}")));
    }
    let found = Found::new(invocation)?;
    if wants_all(command) {
        if !said.is_empty() {
            return Err(Failure::new("`--all` means every environment, and `-e` names some", "--all"));
        }
        return Ok(found.document.environments().iter().map(ToString::to_string).collect());
    }
    let mut seen = BTreeSet::new();
    let names: Vec<String> = said.iter().filter(|name| seen.insert(*name)).cloned().collect();
    for name in &names {
        let choice = EnvironmentChoice { flag: Some(name.clone()), ..EnvironmentChoice::default() };
        choose_environment(&found.document, &choice)?;
    }
    Ok(names)
}

/// One file can hold the plan of one environment only, and a snapshot is of one account.
fn check_plan(invocation: &Invocation<'_>, arguments: &PlanArguments) -> Result<(), Failure> {
    let folder = working_folder(invocation)?;
    let is_folder =
        |out: &Path| folder.join(out).is_dir() || out.as_os_str().to_string_lossy().ends_with('/');
    if let Some(out) = arguments.out.as_deref().filter(|out| !is_folder(out)) {
        let message =
            format!("`--out {}` is one file, and there is a plan for each environment", out.display());
        return Err(Failure::new(message, "--out plans/"));
    }
    match &arguments.from {
        Some(_) => {
            Err(Failure::new("`--from` is a snapshot of one environment", "repoint plan -e dev --from FILE"))
        }
        None => Ok(()),
    }
}

/// What one environment came to, not told yet.
struct Look {
    environment: String,
    ended: Result<Exit, Failure>,
    kept: Kept,
}

async fn look(invocation: &Invocation<'_>, command: &Command, name: &str) -> Look {
    let global = invocation.global.only(name);
    let (console, kept) = invocation.console.apart();
    let one = Invocation { global: &global, console: &console };
    let ended = match command {
        Command::Plan(arguments) => plan::run(&one, arguments).await,
        Command::Drift(arguments) => drift::run(&one, arguments).await,
        Command::Status(arguments) => status::run(&one, arguments).await,
        // Refused before anything is looked at.
        _ => Ok(Exit::Error),
    };
    if let Err(failure) = &ended {
        for report in &failure.reports {
            console.error(report);
        }
    }
    Look { environment: name.to_owned(), ended, kept }
}

/// What one environment came to.
struct End {
    environment: String,
    exit: Exit,
    /// The answer in one line; every report ends with its own.
    answer: String,
    errors: Vec<String>,
    report: Value,
}

impl Look {
    /// Writes what was kept, with `--json` all but the document, which becomes a part of the one.
    fn told(self, invocation: &Invocation<'_>) -> End {
        let Self { environment, ended, kept } = self;
        let data = kept.take_data();
        invocation.console.replay(&kept);
        let report = if invocation.global.json {
            serde_json::from_str(&data).unwrap_or_default()
        } else {
            invocation.console.data(&data);
            if !data.is_empty() {
                invocation.console.data("\n");
            }
            Value::Null
        };
        let (exit, errors) = match ended {
            Ok(exit) => (exit, Vec::new()),
            Err(failure) => {
                (failure.exit, failure.reports.into_iter().map(|report| report.message).collect())
            }
        };
        let last = data.lines().rev().find(|line| !line.trim().is_empty());
        let answer = errors.first().map(String::as_str).or(last).unwrap_or_default().trim().to_owned();
        End { environment, exit, answer, errors, report }
    }
}

fn summary(global: &Global, ends: &[End], exit: Exit) -> String {
    if global.json {
        let environments: Vec<Value> = ends.iter().map(json_of).collect();
        return format!("{:#}\n", json!({ "environments": environments, "exit": exit.code() }));
    }
    let width = ends.iter().map(|end| end.environment.len()).max().unwrap_or_default();
    let line = |end: &End| {
        let End { environment, exit, answer, .. } = end;
        format!("  {environment:width$}  {}  {answer}\n", exit.code())
    };
    let lines: String = ends.iter().map(line).collect();
    format!("Environments, exit codes and answers; together {}\n{lines}", exit.code())
}

fn json_of(end: &End) -> Value {
    let End { environment, exit, answer: _, errors, report } = end;
    json!({ "environment": environment, "exit": exit.code(), "errors": errors, "report": report })
}
