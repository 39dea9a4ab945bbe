//! The account as a stranger sees it: every function, version, alias and machine, without ids and times.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use repoint::simulator::{WireRequest, World};
use serde_json::{Value, json};

use crate::wire::{lambda, states};

/// Everything in the account that a caller could notice.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AccountView {
    pub(crate) functions: BTreeMap<String, FunctionView>,
    /// The machines as a describe shows them, with their `versions` and `aliases`.
    pub(crate) machines: BTreeMap<String, Value>,
}

/// A function as its lists show it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FunctionView {
    pub(crate) latest: Value,
    pub(crate) versions: BTreeMap<u64, Value>,
    pub(crate) aliases: BTreeMap<String, Value>,
}

/// What no two runs have in common.
const PASSING: [&str; 7] = [
    "RevisionId",
    "LastModified",
    "revisionId",
    "creationDate",
    "updateDate",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
];

impl AccountView {
    /// Looks at the account at an instant.
    pub(crate) fn of(world: &mut World, now: Timestamp) -> Self {
        let functions = pages(world, now, "/2015-03-31/functions", "Functions");
        let names = functions.iter().map(|function| text(function, "FunctionName").to_owned());
        let functions = names.map(|name| (name.clone(), FunctionView::of(world, now, &name))).collect();
        Self { functions, machines: machines(world, now) }
    }

    /// Returns a function; nothing was ever published of one that is not there.
    pub(crate) fn function(&self, name: &str) -> FunctionView {
        self.functions.get(name).cloned().unwrap_or_default()
    }

    /// Returns a machine in the same way.
    pub(crate) fn machine(&self, name: &str) -> Value {
        let nothing = || json!({ "versions": {}, "aliases": {} });
        self.machines.get(name).cloned().unwrap_or_else(nothing)
    }

    /// Looks again at what a request may have changed: the function in its path, or the machines.
    pub(crate) fn after(&self, world: &mut World, now: Timestamp, request: &WireRequest) -> Self {
        let mut view = self.clone();
        match request.path.split('/').nth(3) {
            Some(name) if self.functions.contains_key(name) && request.method != "DELETE" => {
                view.functions.insert(name.to_owned(), FunctionView::of(world, now, name));
            }
            Some(_) => view = Self::of(world, now),
            None => view.machines = machines(world, now),
        }
        view
    }

    /// Returns what points to nothing: aliases, and the references of machines to the managed functions.
    pub(crate) fn dangling(&self, is_managed: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let aliases = self.functions.iter().flat_map(|(name, function)| {
            function.aliases.iter().flat_map(move |(alias, shown)| {
                let lost = targets(shown).into_iter().filter(|version| !function.has(version));
                lost.map(move |version| format!("alias {name}:{alias} -> {version}"))
            })
        });
        let managed = self.machines.iter().filter(|(machine, _)| is_managed(machine));
        let references = managed.flat_map(|(machine, shown)| {
            let called = called(text(shown, "definition")).into_iter();
            let lost = called.filter(|(name, qualifier)| is_managed(name) && !self.has(name, qualifier));
            lost.map(move |(name, qualifier)| format!("machine {machine} -> {name}:{qualifier}"))
        });
        let routes = self.machines.iter().flat_map(|(machine, shown)| {
            let aliases = shown["aliases"].as_object().unwrap().iter();
            aliases.flat_map(move |(alias, routes)| {
                let routed = routes.as_object().unwrap().keys();
                let lost = routed.filter(|version| shown["versions"].get(*version).is_none());
                lost.map(move |version| format!("alias of a machine {machine}:{alias} -> {version}"))
            })
        });
        let mut dangling: BTreeSet<String> = aliases.chain(references).chain(routes).collect();
        for (machine, shown) in self.machines.iter().filter(|(machine, _)| is_managed(machine)) {
            for (version, shown) in shown["versions"].as_object().unwrap() {
                let called = called(text(shown, "definition")).into_iter();
                let lost = called.filter(|(name, qualifier)| is_managed(name) && !self.has(name, qualifier));
                let words = lost
                    .map(|(name, qualifier)| format!("machine {machine}:{version} -> {name}:{qualifier}"));
                dangling.extend(words);
            }
        }
        dangling
    }

    fn has(&self, name: &str, qualifier: &str) -> bool {
        self.functions.get(name).is_some_and(|function| {
            qualifier.is_empty() || function.has(qualifier) || function.aliases.contains_key(qualifier)
        })
    }
}

impl FunctionView {
    pub(crate) fn of(world: &mut World, now: Timestamp, name: &str) -> Self {
        let path = format!("/2015-03-31/functions/{name}");
        let mut versions = pages(world, now, &format!("{path}/versions"), "Versions").into_iter();
        let latest = lasting(versions.next().unwrap());
        let versions = versions.map(|shown| (text(&shown, "Version").parse().unwrap(), lasting(shown)));
        let versions = versions.collect();
        let aliases = pages(world, now, &format!("{path}/aliases"), "Aliases").into_iter();
        let aliases = aliases.map(|shown| (text(&shown, "Name").to_owned(), lasting(shown))).collect();
        Self { latest, versions, aliases }
    }

    fn has(&self, version: &str) -> bool {
        version == "$LATEST" || version.parse().is_ok_and(|number: u64| self.versions.contains_key(&number))
    }
}

/// Returns the versions that an alias sends its callers to.
pub(crate) fn targets(alias: &Value) -> Vec<String> {
    let weights = alias["RoutingConfig"]["AdditionalVersionWeights"].as_object();
    let weights = weights.into_iter().flat_map(|weights| weights.keys().cloned());
    std::iter::once(text(alias, "FunctionVersion").to_owned()).chain(weights).collect()
}

/// Returns the functions of a definition and what stands behind their names; only for the forms that
/// the cases write.
fn called(definition: &str) -> Vec<(String, String)> {
    let definition: Value = serde_json::from_str(definition).unwrap();
    let states = definition["States"].as_object().unwrap().values();
    let named = states.flat_map(|state| {
        [&state["Parameters"]["FunctionName"], &state["Resource"]].into_iter().filter_map(Value::as_str)
    });
    named
        .filter(|named| !named.starts_with("arn:aws:states"))
        .map(|named| {
            let called = named.rsplit_once(":function:").map_or(named, |(_, called)| called);
            let (name, qualifier) = called.split_once(':').unwrap_or((called, ""));
            (name.to_owned(), qualifier.to_owned())
        })
        .collect()
}

fn machines(world: &mut World, now: Timestamp) -> BTreeMap<String, Value> {
    let machines = listed(world, now, "ListStateMachines", &json!({}), "stateMachines");
    let shown = machines.iter().map(|machine| {
        let body = json!({ "stateMachineArn": machine["stateMachineArn"] });
        let mut shown = states(world, now, "DescribeStateMachine", &body).unwrap();
        shown["versions"] = machine_versions(world, now, &body);
        shown["aliases"] = machine_aliases(world, now, &body);
        (text(&shown, "name").to_owned(), lasting(shown))
    });
    shown.collect()
}

/// Returns what each version of a machine runs, by number.
fn machine_versions(world: &mut World, now: Timestamp, machine: &Value) -> Value {
    let listed = listed(world, now, "ListStateMachineVersions", machine, "stateMachineVersions");
    let versions = listed.iter().map(|item| {
        let arn = &item["stateMachineVersionArn"];
        let shown = states(world, now, "DescribeStateMachine", &json!({ "stateMachineArn": arn })).unwrap();
        (qualifier(arn), lasting(shown))
    });
    Value::Object(versions.collect())
}

/// Returns the routes of each alias of a machine: its versions with their shares.
fn machine_aliases(world: &mut World, now: Timestamp, machine: &Value) -> Value {
    let listed = listed(world, now, "ListStateMachineAliases", machine, "stateMachineAliases");
    let aliases = listed.iter().map(|item| {
        let arn = &item["stateMachineAliasArn"];
        let body = json!({ "stateMachineAliasArn": arn });
        let shown = states(world, now, "DescribeStateMachineAlias", &body).unwrap();
        let routes = shown["routingConfiguration"].as_array().unwrap().iter();
        let routes =
            routes.map(|route| (qualifier(&route["stateMachineVersionArn"]), route["weight"].clone()));
        (qualifier(arn), Value::Object(routes.collect()))
    });
    Value::Object(aliases.collect())
}

/// Returns all items of a list of Step Functions.
fn listed(world: &mut World, now: Timestamp, operation: &str, machine: &Value, member: &str) -> Vec<Value> {
    let mut body = machine.clone();
    let mut items = Vec::new();
    loop {
        let page = states(world, now, operation, &body).unwrap();
        items.extend(page[member].as_array().unwrap().iter().cloned());
        match page.get("nextToken") {
            Some(next) => body["nextToken"] = next.clone(),
            None => return items,
        }
    }
}

/// Returns what stands behind the last colon of an ARN.
fn qualifier(arn: &Value) -> String {
    arn.as_str().unwrap().rsplit(':').next().unwrap().to_owned()
}

fn pages(world: &mut World, now: Timestamp, path: &str, member: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut marker = String::new();
    loop {
        let page = lambda(world, now, "GET", &format!("{path}{marker}"), &Value::Null).unwrap();
        items.extend(page[member].as_array().unwrap().iter().cloned());
        match page["NextMarker"].as_str() {
            Some(next) => marker = format!("?Marker={next}"),
            None => return items,
        }
    }
}

fn lasting(mut shown: Value) -> Value {
    shown.as_object_mut().unwrap().retain(|name, _| !PASSING.contains(&name.as_str()));
    shown
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}
