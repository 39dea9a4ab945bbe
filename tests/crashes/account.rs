//! What a caller of the account sees: the functions behind the aliases, and the definition.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::{
    hands::{definition, lambda},
    sandbox::{Project, Sandbox},
};

/// What ids, times and revisions leave: of two accounts that are as good as each other, it is equal.
pub(crate) fn seen(sandbox: &Sandbox, project: &Project) -> Value {
    let desired = project.desired("dev");
    let functions = desired.functions.values().map(|function| function_seen(sandbox, function.name.as_str()));
    let machines = desired.machines.values().map(|machine| definition(sandbox, machine.name.as_str()));
    json!({ "functions": functions.collect::<Vec<_>>(), "machines": machines.collect::<Vec<_>>() })
}

fn function_seen(sandbox: &Sandbox, name: &str) -> Value {
    let versions = lambda(sandbox, "GET", name, "/versions", &Value::Null);
    let versions = versions["Versions"].as_array().expect("a list of versions").iter();
    let versions = versions.map(|version| {
        let keys = ["Version", "CodeSha256", "Handler", "MemorySize", "Timeout", "State", "LastUpdateStatus"];
        keys.into_iter().map(|key| (key.to_owned(), version[key].clone())).collect::<Value>()
    });
    let aliases = lambda(sandbox, "GET", name, "/aliases", &Value::Null);
    let aliases = aliases["Aliases"].as_array().expect("a list of aliases").iter();
    let aliases =
        aliases.map(|alias| json!([alias["Name"], alias["FunctionVersion"], alias["RoutingConfig"]]));
    json!({ "name": name, "versions": versions.collect::<Vec<_>>(), "aliases": aliases.collect::<Vec<_>>() })
}

/// Asserts that the account is as wanted: as an uninterrupted apply leaves it, with nothing left to do.
pub(crate) fn assert_as_wanted(sandbox: &Sandbox, project: &Project) {
    let plan = project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes."), "{plan}");
    project.succeeds_with(0, &["drift", "-e", "dev"]);
    assert_eq!(seen(sandbox, project), *UNINTERRUPTED);
}

/// What an uninterrupted apply leaves.
static UNINTERRUPTED: LazyLock<Value> = LazyLock::new(|| {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.succeeds_with(0, &crate::APPLY);
    seen(&sandbox, &project)
});
