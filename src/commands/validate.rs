//! `validate`: everything that can be known without AWS, for every environment.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    config::{ProjectFiles as _, definition_warnings},
    error::{self, Failure},
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
    let names = match invocation.global.environment() {
        Some(_) => vec![found.choose(invocation, None)?.name],
        None => found.document.environments(),
    };
    let files = DiskFiles { root: found.root.clone() };
    let mut checked = Vec::new();
    let mut definitions = BTreeSet::new();
    for name in names {
        let desired = found.document.resolve(&name, &files)?;
        packages::pack(&found.root, &desired)?;
        definitions.extend(desired.machines.values().map(|machine| machine.definition_path.clone()));
        checked.push((name, desired));
    }
    for path in definitions {
        // What cannot be read any more was read a moment ago, and is no warning.
        let text = files.read(&path).unwrap_or_default();
        for warning in definition_warnings(&path, &text) {
            invocation.console.warning(&error::labelled(warning));
        }
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
