//! What a review found, so that it never comes back: each test is the smallest account and project
//! in which the program once did, or said, what it must not.

mod active;
mod aliases;
mod declared;
mod disk;
mod drifting;
mod interrupted;
mod moving;
mod published;
mod retention;
#[expect(dead_code, reason = "every folder of tests uses its own part of it")]
#[path = "../support/sandbox.rs"]
mod sandbox;
mod second;
mod stale;
mod values;
mod waiting;

use repoint::simulator::SceneFunction;
use sandbox::{Output, Project, Sandbox, past_code};
use serde_json::{Value, json};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];
const PLAN: &str = "plans/release.json";
const MAILER: &str = "shop-mailer-dev";

/// Makes a project of one function, `mailer`, with these keys.
fn mailer(sandbox: &Sandbox, keys: &str) -> Project {
    let project = Project::empty();
    project.write("config/repoint.toml", mailer_toml(keys));
    project.on(sandbox)
}

/// Returns the file that declares the mailer with these keys.
fn mailer_toml(keys: &str) -> String {
    format!(
        r#"schema = 1
project = "shop"

[functions.mailer]
name = "{MAILER}"
{keys}

[environments.dev]
region = "us-west-1"
"#
    )
}

/// Creates a function by hand, with one version of each of these codes.
fn create(sandbox: &Sandbox, name: &str, codes: &[usize]) {
    sandbox.by_hand(|scene| {
        let first = past_code(codes[0]);
        let function = SceneFunction { name, zip: &first, handler: "app.handler" };
        scene.create_function(function).expect("the function is new");
        for code in codes {
            scene.update_code(name, &past_code(*code)).expect("it is code");
            scene.publish(name, "by hand").expect("the function exists");
        }
    });
}

/// Deletes a function by hand and creates it anew: its numbers begin again.
fn create_anew(sandbox: &Sandbox, name: &str, codes: &[usize]) {
    lambda(sandbox, "DELETE", name, "", &json!({}));
    create(sandbox, name, codes);
}

/// Uploads code by hand.
fn upload(sandbox: &Sandbox, code: usize) {
    sandbox.by_hand(|scene| scene.update_code(MAILER, &past_code(code))).expect("it is code");
}

/// Gives the mailer an environment variable by hand.
fn set_token(sandbox: &Sandbox, value: &str) {
    let environment = json!({ "Environment": { "Variables": { "TOKEN": value } } });
    lambda(sandbox, "PUT", MAILER, "/configuration", &environment);
}

/// Sends one request about a function by hand.
fn lambda(sandbox: &Sandbox, method: &str, function: &str, rest: &str, body: &Value) -> Value {
    sandbox.lambda(method, &format!("/2015-03-31/functions/{function}{rest}"), body)
}

/// Saves a plan for dev, and returns it as it is shown.
fn plan(project: &Project) -> Output {
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", PLAN])
}

/// Applies the saved plan.
fn apply(project: &Project) -> Output {
    project.repoint(&[&APPLY[..], &[PLAN]].concat())
}

/// Asserts that the saved plan is refused with this code and line, and changes nothing.
fn assert_refused(sandbox: &Sandbox, project: &Project, code: i32, line: &str) {
    let (writes, files) = (sandbox.writes(), project.files());
    let output = apply(project);
    assert_eq!(output.code, Some(code), "{output}");
    assert_says(&output, line);
    assert_eq!(sandbox.writes(), writes, "nothing may be sent: {output}");
    assert_eq!(project.files(), files, "no file may change: {output}");
}

/// Asserts that a line of the output has these words.
fn assert_says(output: &Output, words: &str) {
    let is_said = [&output.stdout, &output.stderr].iter().any(|text| text.contains(words));
    assert!(is_said, "`{words}` is not said: {output}");
}
