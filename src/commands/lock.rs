//! `lock show`: who holds the lock, since when and for what.

use serde_json::json;

use crate::{cli::LockCommand, error::Failure, exit::Exit, store::LockInfo};

use super::{Invocation, project::Project};

/// Shows the lock of the chosen environment.
pub(super) fn run(invocation: &Invocation<'_>, command: LockCommand) -> Result<Exit, Failure> {
    let LockCommand::Show = command;
    let project = Project::open(invocation)?;
    let holder = project.store().lock_holder()?;
    let environment = &project.desired.environment;
    let text = match (&holder, invocation.global.json) {
        (_, true) => format!(
            "{:#}\n",
            json!({ "schema": "repoint.lock/1", "environment": environment, "holder": holder })
        ),
        (None, false) => format!("environment `{environment}` is not locked\n"),
        (Some(holder), false) => words(holder),
    };
    invocation.console.data(&text);
    Ok(Exit::Success)
}

fn words(holder: &LockInfo) -> String {
    let LockInfo { id, who, host: _, process, since, what } = holder;
    format!("locked by {who} (process {process}) since {since}, for `{what}`; lock {id}\n")
}
