//! State machines with versions and aliases: the real program, a small project, a simulated account,
//! and the whole output.

mod drift;
mod executions;
#[path = "../verbs/hands.rs"]
mod hands;
mod line;
mod pinned;
mod retention;
mod reviewed;
#[expect(dead_code, reason = "every folder of tests uses its own part of it")]
#[path = "../support/sandbox.rs"]
mod sandbox;
mod verify;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sandbox::{ACCOUNT, Project, REGION, Sandbox, past_code};
use serde_json::{Value, json};

/// The machine of the small project, as AWS names it.
const CHECKOUT: &str = "shop-checkout-dev";

/// Returns the small project with more words about its machine, not applied yet.
fn shop(machine: &str) -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let end = "definition = \"config/checkout.json\"";
    project.edit("config/repoint.toml", end, &format!("{end}\n{machine}"));
    (sandbox, project)
}

/// Makes the next release: what the machine does changes.
fn release(project: &Project, number: u32) {
    let text = project.read("config/checkout.json");
    let end = text.rfind('}').expect("it is an object");
    let text = match text.find(",\n  \"Comment\"") {
        Some(start) => text[..start].to_owned(),
        None => text[..end].trim_end().to_owned(),
    };
    project.write("config/checkout.json", format!("{text},\n  \"Comment\": \"release {number}\"\n}}\n"));
}

fn apply(project: &Project) {
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
}

/// Asserts that nothing is left to do.
fn assert_done(project: &Project) {
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
}

/// Returns the versions of the machine and where its aliases point, as a caller would see them.
fn line(sandbox: &Sandbox) -> Vec<String> {
    let versions = hands::states(sandbox, "ListStateMachineVersions", CHECKOUT, &json!({}));
    let mut lines: Vec<String> = items(&versions, "stateMachineVersions")
        .map(|item| last(&item["stateMachineVersionArn"]).to_owned())
        .collect();
    lines.reverse();
    let aliases = hands::states(sandbox, "ListStateMachineAliases", CHECKOUT, &json!({}));
    let arns = items(&aliases, "stateMachineAliases").map(|item| item["stateMachineAliasArn"].clone());
    let mut shown: Vec<String> = arns
        .map(|arn| {
            let body = json!({ "stateMachineAliasArn": arn });
            let alias = hands::states(sandbox, "DescribeStateMachineAlias", CHECKOUT, &body);
            let routes = items(&alias, "routingConfiguration");
            let mut routes: Vec<String> = routes
                .map(|route| format!("{}: {}%", last(&route["stateMachineVersionArn"]), route["weight"]))
                .collect();
            routes.sort();
            format!("{} -> {}", last(&arn), routes.join(", "))
        })
        .collect();
    shown.sort();
    lines.extend(shown);
    lines
}

fn items<'a>(answer: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    answer[list].as_array().expect("it is a list").iter()
}

/// Returns what stands behind the last colon of an ARN.
fn last(arn: &Value) -> &str {
    arn.as_str().and_then(|arn| arn.rsplit(':').next()).expect("it is an ARN")
}

/// Returns the ARN of something of the machine.
fn arn(qualifier: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{CHECKOUT}:{qualifier}")
}

/// Publishes another version of a function by hand.
fn publish(sandbox: &Sandbox, function: &str, number: usize) {
    let code = json!({ "ZipFile": STANDARD.encode(past_code(number)) });
    hands::lambda(sandbox, "PUT", function, "/code", &code);
    hands::lambda(sandbox, "POST", function, "/versions", &json!({}));
}

/// Calls a version of the mailer by its number.
fn pin_mailer(project: &Project, version: u32) {
    let text = project.read("config/checkout.json");
    let start = text.find("function:shop-mailer-${env}").expect("it calls the mailer");
    let end = start + text[start..].find('"').expect("the string ends");
    let text = format!("{}function:shop-mailer-${{env}}:{version}{}", &text[..start], &text[end..]);
    project.write("config/checkout.json", text);
}

/// Forgets the definitions of the past, as if so many had come since that they are not kept any more.
fn forget_kept(project: &Project) {
    let path = "state/dev/state.json";
    let mut state: Value = serde_json::from_str(&project.read(path)).expect("it is JSON");
    let machine = &mut state["recorded"]["machines"]["checkout"];
    assert!(machine["kept"].is_array(), "a definition was kept: {machine:#}");
    machine.as_object_mut().expect("it is an object").remove("kept");
    project.write(path, format!("{state:#}\n"));
}
