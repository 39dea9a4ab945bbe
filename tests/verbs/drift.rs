//! `drift`: what moved since the last apply, what only seems to, and what cannot be known.

use crate::{
    applied_example, applied_small, example,
    hands::{edit_definition, lambda},
    sandbox::{ACCOUNT, Project, REGION, Sandbox, assert_output, past_code},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use repoint::simulator::{Knobs, SceneFunction};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn an_applied_project_is_in_sync() {
    let (_sandbox, project) = applied_example();
    assert_output!("in_sync", project.repoint(&["drift", "-e", "dev"]));
    assert_output!("in_sync_json", project.repoint(&["drift", "-e", "dev", "--json"]));
}

#[test]
fn what_was_never_recorded_cannot_be_compared() {
    let (_sandbox, project) = example();
    assert_output!("never_recorded", project.repoint(&["drift", "-e", "dev"]));
    assert_output!("never_recorded_json", project.repoint(&["drift", "-e", "dev", "--json"]));
}

/// Moves everything that drift knows, in the example.
fn move_everything(sandbox: &Sandbox) {
    let alias = |function: &str, name: &str, body: Value| {
        lambda(sandbox, "PUT", function, &format!("/aliases/{name}"), &body);
    };
    alias("docs-intake-dev", "LIVE", json!({ "FunctionVersion": "3" }));
    let weights = json!({ "RoutingConfig": { "AdditionalVersionWeights": { "1": 0.1 } } });
    alias("docs-classifier-dev", "LIVE", weights);
    lambda(sandbox, "DELETE", "docs-classifier-dev", "/aliases/STAGING", &Value::Null);
    lambda(sandbox, "DELETE", "docs-intake-dev", "?Qualifier=1", &Value::Null);
    let code = json!({ "ZipFile": STANDARD.encode(past_code(77)) });
    lambda(sandbox, "PUT", "docs-extractor-dev", "/code", &code);
    let settings = json!({ "Timeout": 99, "MemorySize": 1024, "Handler": "other.handler" });
    lambda(sandbox, "PUT", "docs-archivist-dev", "/configuration", &settings);
    let canary = json!({ "Name": "CANARY", "FunctionVersion": "1" });
    lambda(sandbox, "POST", "docs-archivist-dev", "/aliases", &canary);
    edit_definition(sandbox, "docs-processing-dev", |text| {
        text.replace("docs-archivist-dev:LIVE", "docs-archivist-dev")
            .replace("\"IntervalSeconds\": 1", "\"IntervalSeconds\": 7")
    });
}

#[test]
fn every_kind_of_move_is_named() {
    let (sandbox, project) = applied_example();
    let before = project.files();
    move_everything(&sandbox);
    assert_output!("moved", project.repoint(&["drift", "-e", "dev"]));
    assert_output!("moved_json", project.repoint(&["drift", "-e", "dev", "--json"]));
    assert_eq!(project.files(), before, "drift writes nothing");
    assert_output!("moved_plan", project.repoint(&["plan", "-e", "dev"]));
}

#[test]
fn declared_and_given_exceptions_are_left_out() {
    let (sandbox, project) = applied_example();
    move_everything(&sandbox);
    let rules = "[drift]\nignore = [\n  \"functions.intake.aliases.LIVE.target\",\n  \
                 \"functions.archivist.settings\",\n  \"state_machines.processing\",\n]\n\n[limits]";
    project.edit("config/repoint.toml", "[limits]", rules);
    assert_output!("ignored_by_toml", project.repoint(&["drift", "-e", "dev"]));
    let rest = [
        "functions.archivist.aliases.CANARY",
        "functions.classifier.aliases",
        "functions.extractor.code",
        "functions.intake.versions.1",
    ];
    let mut arguments = vec!["drift", "-e", "dev"];
    arguments.extend(rest.into_iter().flat_map(|address| ["--ignore", address]));
    assert_output!("ignored_by_flags", project.repoint(&arguments));
    assert_output!(
        "ignored_nothing_known",
        project.repoint(&["drift", "-e", "dev", "--ignore", "functions.intake.color"])
    );
    assert_output!("ignored_no_address", project.repoint(&["drift", "-e", "dev", "--ignore", "intake"]));
}

#[test]
fn another_text_with_the_same_meaning_is_no_drift() {
    let (sandbox, project) = applied_example();
    edit_definition(&sandbox, "docs-processing-dev", |text| {
        let value: Value = serde_json::from_str(text).expect("a definition is JSON");
        value.to_string()
    });
    assert_output!("formatting", project.repoint(&["drift", "-e", "dev"]));
}

#[test]
fn what_the_toml_is_ahead_with_is_pending() {
    let (_sandbox, project) = applied_example();
    project.edit("config/repoint.toml", "timeout     = 10 ", "timeout     = 11 ");
    project.edit("config/document_workflow.json", "\"BackoffRate\": 2.0", "\"BackoffRate\": 1.5");
    assert_output!("pending", project.repoint(&["drift", "-e", "dev"]));
}

#[test]
fn a_missing_function_and_machine_are_drift() {
    let (sandbox, project) = applied_small();
    lambda(&sandbox, "DELETE", "shop-mailer-dev", "", &Value::Null);
    assert_output!("missing_function", project.repoint(&["drift", "-e", "dev"]));
    crate::hands::states(&sandbox, "DeleteStateMachine", "shop-checkout-dev", &json!({}));
    assert_output!("missing_machine", project.repoint(&["drift", "-e", "dev"]));
}

#[test]
fn a_changed_variable_is_named_and_never_shown() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let set = |token: &str, mode: &str| {
        let body = json!({ "Environment": { "Variables": { "TOKEN": token, "MODE": mode, "LEVEL": "level-value" } } });
        lambda(&sandbox, "PUT", "shop-mailer-dev", "/configuration", &body);
    };
    set("token-value-one", "mode-value");
    let mut outputs = vec![project.repoint(&["apply", "-e", "dev", "--auto-approve", "-v"])];
    assert_eq!(outputs[0].code, Some(0), "{}", outputs[0]);
    project.succeeds_with(0, &["drift", "-e", "dev"]);
    set("token-value-two", "mode-value");
    outputs.push(project.repoint(&["drift", "-e", "dev", "-v"]));
    assert_output!("variable", outputs[1]);
    outputs.push(project.repoint(&["drift", "-e", "dev", "--json"]));
    outputs.push(project.repoint(&["plan", "-e", "dev", "-v", "--out", "plans/"]));
    assert_output!("variable_plan", outputs[3]);
    let names = json!({ "Environment": { "Variables": { "TOKEN": "token-value-one", "NEW": "new-value" } } });
    lambda(&sandbox, "PUT", "shop-mailer-dev", "/configuration", &names);
    outputs.push(project.repoint(&["drift", "-e", "dev"]));
    assert_output!("variable_names", outputs[4]);
    for output in &outputs {
        assert!(!output.to_string().contains("-value"), "{output}");
    }
    for (path, bytes) in project.files() {
        assert!(!String::from_utf8_lossy(&bytes).contains("-value"), "{path} holds a value");
    }
}

#[test]
fn an_update_that_is_under_way_is_in_progress() {
    let sandbox = Sandbox::start(Knobs {
        in_progress: Duration::from_hours(1),
        pending: Duration::ZERO,
        ..Knobs::default()
    });
    let project = Project::small().on(&sandbox);
    let declared =
        "code.path   = \"config/functions/orders.py\"\nhandler     = \"orders.handler\"\nmemory_size = 256";
    project.edit("config/repoint.toml", declared, "");
    project.edit("config/repoint.toml", "timeout = 20", "");
    sandbox.by_hand(|scene| {
        for name in ["shop-orders-dev", "shop-mailer-dev"] {
            let function = SceneFunction { name, zip: &past_code(0), handler: "app.handler" };
            scene.create_function(function).expect("the function is new");
        }
        let definition = project.read("config/checkout.json").replace("${env}", "dev");
        let definition = definition.replace("${account}", ACCOUNT).replace("${region}", REGION);
        scene.create_machine("shop-checkout-dev", &definition).expect("the machine is new");
    });
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    lambda(&sandbox, "PUT", "shop-mailer-dev", "/configuration", &json!({ "Timeout": 99 }));
    assert_output!("in_progress", project.repoint(&["drift", "-e", "dev"]));
}
