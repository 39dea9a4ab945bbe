//! `validate`: everything that can be known without AWS, for every environment.

use serde_json::json;

use crate::{
    error::Failure,
    exit::Exit,
    model::{Desired, EnvironmentName},
    render::count,
};

use super::{
    Invocation, packages,
    project::{DiskFiles, Found},
};

/// Checks the chosen environment, or all of them if none was chosen.
pub(super) fn run(invocation: &Invocation<'_>) -> Result<Exit, Failure> {
    let found = Found::new(invocation)?;
    let names = match &invocation.global.environment {
        Some(_) => vec![found.choose(invocation, None)?.name],
        None => found.document.environments(),
    };
    let files = DiskFiles { root: found.root.clone() };
    let mut checked = Vec::new();
    for name in names {
        let desired = found.document.resolve(&name, &files)?;
        packages::pack(&found.root, &desired)?;
        checked.push((name, desired));
    }
    invocation.console.data(&report(invocation, &found.config, &checked));
    Ok(Exit::Success)
}

fn report(invocation: &Invocation<'_>, config: &str, checked: &[(EnvironmentName, Desired)]) -> String {
    if invocation.global.json {
        let environments: Vec<_> = checked
            .iter()
            .map(|(name, desired)| {
                json!({ "environment": name, "functions": desired.functions.len(), "state_machines": desired.machines.len() })
            })
            .collect();
        let value = json!({ "schema": "repoint.validate/1", "config": config, "environments": environments });
        return format!("{value:#}\n");
    }
    let line = |(name, desired): &(EnvironmentName, Desired)| {
        let functions = count(desired.functions.len(), "function");
        let machines = count(desired.machines.len(), "state machine");
        format!("{config}: environment `{name}` is valid: {functions}, {machines}\n")
    };
    checked.iter().map(line).collect()
}
