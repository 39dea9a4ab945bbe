//! `plan`, `drift` and `status` of several environments: side by side, each with a connection of its
//! own, then told one after the other, with one summary and one exit code.

use std::{collections::BTreeSet, path::Path};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::{
    cli::{Cli, Command, Global, PlanArguments, StatusFormat},
    config::{EnvironmentChoice, choose_environment},
    console::Kept,
    error::Failure,
    exit::Exit,
    render::count,
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
    let form = Form::of(invocation.global, command);
    let looks = names.iter().map(|name| look(invocation, command, name));
    let mut looks = stream::iter(looks).buffered(SIDE_BY_SIDE);
    let (mut ends, mut has_title) = (Vec::new(), false);
    while let Some(end) = looks.next().await {
        ends.push(end.told(invocation, form, &mut has_title));
    }
    let exit = ends.iter().fold(Exit::Success, |exit, end| exit.graver(end.exit));
    match form {
        Form::Json => invocation.console.data(&json_summary(&ends, exit)),
        Form::Text => invocation.console.data(&summary(&ends, exit)),
        Form::Rows => invocation.console.note(summary(&ends, exit).trim_end()),
    }
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

/// How what came of them is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One document.
    Json,
    /// One text after the other, and an answer at the end.
    Text,
    /// One table for programs, in which the first column names the environment.
    Rows,
}

impl Form {
    fn of(global: &Global, command: &Command) -> Self {
        match command {
            _ if global.json => Self::Json,
            Command::Status(arguments) if arguments.format == StatusFormat::Tsv => Self::Rows,
            Command::Status(arguments) if arguments.format == StatusFormat::Json => Self::Json,
            _ => Self::Text,
        }
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
    /// Writes what was kept; a document becomes a part of the one.
    fn told(self, invocation: &Invocation<'_>, form: Form, has_title: &mut bool) -> End {
        let Self { environment, ended, kept } = self;
        let data = kept.take_data();
        invocation.console.replay(&kept);
        let mut report = Value::Null;
        match form {
            Form::Json => report = serde_json::from_str(&data).unwrap_or_default(),
            Form::Rows | Form::Text if data.is_empty() => {}
            Form::Rows => invocation.console.data(&rows(&environment, &data, has_title)),
            Form::Text => invocation.console.data(&format!("{data}\n")),
        }
        let (exit, errors) = match ended {
            Ok(exit) => (exit, Vec::new()),
            Err(failure) => {
                (failure.exit, failure.reports.into_iter().map(|report| report.message).collect())
            }
        };
        let last = match form {
            Form::Rows => count(data.lines().count().saturating_sub(1), "row"),
            Form::Text | Form::Json => {
                data.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
            }
        };
        let answer = errors.first().cloned().unwrap_or(last);
        End { environment, exit, answer, errors, report }
    }
}

/// Puts the environment before every row; the first table brings the title of the columns.
fn rows(environment: &str, table: &str, has_title: &mut bool) -> String {
    let mut lines = table.lines();
    let is_titled = std::mem::replace(has_title, true);
    let title = lines.next().filter(|_| !is_titled).map(|title| format!("environment\t{title}\n"));
    title.into_iter().chain(lines.map(|row| format!("{environment}\t{row}\n"))).collect()
}

fn json_summary(ends: &[End], exit: Exit) -> String {
    let environments: Vec<Value> = ends.iter().map(json_of).collect();
    format!("{:#}\n", json!({ "environments": environments, "exit": exit.code() }))
}

fn summary(ends: &[End], exit: Exit) -> String {
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
