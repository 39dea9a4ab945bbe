//! Builds the account of a case, and moves things in it by hand.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    account::Account,
    account_view::{FunctionView, targets},
    case::{
        ALIASES, Call, Called, Case, Content, FunctionCase, MACHINE_ALIASES, MachineCase, Move, Spot,
        UNLISTED,
    },
    desire::{called_name, definition, function_name, machine_name, memory_size, package, role_arn},
    wire::machine_arn,
};

/// What every account has beside the case, and nobody may touch.
const STRANGER: &str = "stranger";

/// Builds the account.
pub(crate) async fn build(account: &Account, case: &Case) {
    for (index, drawn) in case.functions.iter().enumerate().filter(|(_, drawn)| !drawn.is_absent) {
        build_function(account, &function_name(index), drawn).await;
    }
    let content = Content { code: 0, memory: 0, variable: 1, role: 0 };
    let aliases = vec![Some(Spot::At(0)); ALIASES.len()];
    let wish = case.functions[0].wish.clone();
    let stranger = FunctionCase { is_absent: false, versions: vec![content], latest: content, aliases, wish };
    build_function(account, STRANGER, &stranger).await;
    for (index, drawn) in case.machines.iter().enumerate().filter(|(_, drawn)| !drawn.is_absent) {
        build_machine(account, case, &machine_name(index), drawn).await;
    }
    create_machine(account, STRANGER, &live_definition(case, &[]));
}

async fn build_function(account: &Account, name: &str, drawn: &FunctionCase) {
    let first = drawn.versions.first().unwrap_or(&drawn.latest);
    let mut body = configuration(*first);
    body["FunctionName"] = json!(name);
    body["Runtime"] = json!("python3.13");
    body["Handler"] = json!("app.handler");
    body["Code"] = json!({ "ZipFile": STANDARD.encode(package(first.code).bytes) });
    account.lambda("POST", "/2015-03-31/functions", &body).unwrap();
    sleep(Duration::from_secs(1)).await;
    for content in &drawn.versions {
        update(account, name, content).await;
        account.lambda("POST", &format!("/2015-03-31/functions/{name}/versions"), &json!({})).unwrap();
    }
    update(account, name, &drawn.latest).await;
    for (index, spot) in drawn.aliases.iter().enumerate() {
        if let Some(spot) = spot {
            point(account, name, alias_name(index), *spot);
        }
    }
}

/// Sends code and configuration even where they are the same, after which AWS publishes anew (T1).
async fn update(account: &Account, name: &str, content: &Content) {
    let path = format!("/2015-03-31/functions/{name}");
    let code = json!({ "ZipFile": STANDARD.encode(package(content.code).bytes) });
    account.lambda("PUT", &format!("{path}/code"), &code).unwrap();
    sleep(Duration::from_secs(1)).await;
    account.lambda("PUT", &format!("{path}/configuration"), &configuration(*content)).unwrap();
    sleep(Duration::from_secs(1)).await;
}

fn configuration(content: Content) -> Value {
    let variables = match content.variable {
        0 => json!({}),
        value => json!({ "TABLE": format!("orders-{value}") }),
    };
    json!({
        "Role": role_arn(content.role),
        "MemorySize": memory_size(content.memory),
        "Environment": { "Variables": variables },
    })
}

fn alias_name(index: usize) -> &'static str {
    ALIASES.get(index).copied().unwrap_or(UNLISTED)
}

/// Points an alias somewhere by hand, creating it where it is not there yet; AWS may refuse.
fn point(account: &Account, name: &str, alias: &str, spot: Spot) {
    let versions: Vec<u64> = account.function(name).versions.into_keys().collect();
    let version = |index: u8| versions.get(usize::from(index) % versions.len().max(1));
    let (primary, weights) = match spot {
        Spot::Latest => ("$LATEST".to_owned(), json!({})),
        Spot::At(index) => match version(index) {
            Some(version) => (version.to_string(), json!({})),
            None => return,
        },
        Spot::Split(one, two) => match (version(one), version(two)) {
            (Some(one), Some(two)) if one != two => (one.to_string(), json!({ two.to_string(): 0.25 })),
            _ => return,
        },
    };
    let mut body =
        json!({ "FunctionVersion": primary, "RoutingConfig": { "AdditionalVersionWeights": weights } });
    let path = format!("/2015-03-31/functions/{name}/aliases");
    if account.lambda("PUT", &format!("{path}/{alias}"), &body).is_err() {
        body["Name"] = json!(alias);
        drop(account.lambda("POST", &path, &body));
    }
}

fn live_definition(case: &Case, calls: &[Call]) -> String {
    definition(calls, false, |call| {
        let name = called_name(case, call.function);
        match call.qualifier {
            Called::Bare => name,
            Called::Latest => format!("{name}:$LATEST"),
            Called::Version(version) => format!("{name}:{}", version + 1),
            Called::Alias(alias) => format!("{name}:{}", alias_name(usize::from(alias))),
        }
    })
}

fn create_machine(account: &Account, name: &str, definition: &str) {
    let body = json!({ "name": name, "definition": definition, "roleArn": role_arn(0) });
    account.states("CreateStateMachine", &body).unwrap();
}

async fn build_machine(account: &Account, case: &Case, name: &str, drawn: &MachineCase) {
    let first = drawn.published.first().unwrap_or(&drawn.live);
    create_machine(account, name, &live_definition(case, first));
    let arn = machine_arn(name);
    for calls in &drawn.published {
        let body = json!({ "stateMachineArn": arn, "definition": live_definition(case, calls) });
        account.states("UpdateStateMachine", &body).unwrap();
        // What is published at one instant could not be told apart from what is created anew.
        sleep(Duration::from_secs(1)).await;
        account.states("PublishStateMachineVersion", &json!({ "stateMachineArn": arn })).unwrap();
    }
    let body = json!({ "stateMachineArn": arn, "definition": live_definition(case, &drawn.live) });
    account.states("UpdateStateMachine", &body).unwrap();
    for (index, spot) in drawn.aliases.iter().enumerate() {
        if let Some(spot) = spot {
            point_machine(account, name, machine_alias_name(index), *spot);
        }
    }
}

fn machine_alias_name(index: usize) -> &'static str {
    if index < MACHINE_ALIASES { ALIASES[index] } else { UNLISTED }
}

/// Points an alias of a machine somewhere by hand; AWS may refuse.
fn point_machine(account: &Account, name: &str, alias: &str, spot: Spot) {
    let arn = machine_arn(name);
    let versions = account.machine_versions(name);
    let version = |index: u8| versions.get(usize::from(index) % versions.len().max(1));
    let route = |version: &u64, weight: u8| json!({ "stateMachineVersionArn": format!("{arn}:{version}"), "weight": weight });
    let routes = match spot {
        Spot::Latest => return,
        Spot::At(index) => version(index).map(|version| vec![route(version, 100)]),
        Spot::Split(one, two) => match (version(one), version(two)) {
            (Some(one), Some(two)) if one != two => Some(vec![route(one, 25), route(two, 75)]),
            _ => None,
        },
    };
    let Some(routes) = routes else { return };
    let body = json!({ "stateMachineAliasArn": format!("{arn}:{alias}"), "routingConfiguration": routes });
    if account.states("UpdateStateMachineAlias", &body).is_err() {
        let body = json!({ "name": alias, "routingConfiguration": routes });
        drop(account.states("CreateStateMachineAlias", &body));
    }
}

/// Does something by hand; what AWS refuses does not happen.
pub(crate) async fn by_hand(account: &Account, case: &Case, step: Move) {
    let name_of = |function: u8| function_name(usize::from(function) % case.functions.len());
    // What an earlier apply did not create is not there for anybody.
    let view = account.view();
    let is_lost = match step {
        Move::Alias { function, .. }
        | Move::DropAlias { function, .. }
        | Move::Update { function, .. }
        | Move::Publish { function }
        | Move::DropVersion { function, .. } => !view.functions.contains_key(&name_of(function)),
        Move::Machine { machine, .. }
        | Move::MachineAlias { machine, .. }
        | Move::PublishMachine { machine }
        | Move::DropMachineVersion { machine, .. } => {
            !view.machines.contains_key(&machine_name(usize::from(machine)))
        }
    };
    if is_lost {
        return;
    }
    match step {
        Move::Alias { function, alias, to } => {
            point(account, &name_of(function), alias_name(usize::from(alias)), to);
        }
        Move::DropAlias { function, alias } => {
            let (name, alias) = (name_of(function), alias_name(usize::from(alias)));
            let path = format!("/2015-03-31/functions/{name}/aliases/{alias}");
            drop(account.lambda("DELETE", &path, &Value::Null));
        }
        Move::Update { function, content } => update(account, &name_of(function), &content).await,
        Move::Publish { function } => {
            let path = format!("/2015-03-31/functions/{}/versions", name_of(function));
            drop(account.lambda("POST", &path, &json!({})));
        }
        Move::DropVersion { function, version } => drop_version(account, &name_of(function), version),
        Move::Machine { machine, call } => {
            let arn = machine_arn(&machine_name(usize::from(machine)));
            let body = json!({ "stateMachineArn": arn, "definition": live_definition(case, &[call]) });
            account.states("UpdateStateMachine", &body).unwrap();
        }
        Move::MachineAlias { machine, alias, to } => {
            point_machine(
                account,
                &machine_name(usize::from(machine)),
                machine_alias_name(usize::from(alias)),
                to,
            );
        }
        Move::PublishMachine { machine } => {
            let body = json!({ "stateMachineArn": machine_arn(&machine_name(usize::from(machine))) });
            account.states("PublishStateMachineVersion", &body).unwrap();
        }
        Move::DropMachineVersion { machine, version } => {
            let arn = format!("{}:{}", machine_arn(&machine_name(usize::from(machine))), version + 1);
            drop(account.states("DeleteStateMachineVersion", &json!({ "stateMachineVersionArn": arn })));
        }
    }
    sleep(Duration::from_secs(1)).await;
}

fn drop_version(account: &Account, name: &str, version: u8) {
    let FunctionView { versions, aliases, .. } = account.function(name);
    let number = u64::from(version) + 1;
    let is_newest = versions.keys().next_back() == Some(&number);
    let is_served = aliases.values().any(|alias| targets(alias).contains(&number.to_string()));
    if !is_newest && !is_served {
        let path = format!("/2015-03-31/functions/{name}?Qualifier={number}");
        drop(account.lambda("DELETE", &path, &Value::Null));
    }
}
