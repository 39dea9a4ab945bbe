//! `plan`: what an apply would do, and why.

use crate::{
    applied_example, example,
    hands::lambda,
    sandbox::{Output, Project, assert_output},
};
use serde_json::json;

/// The newest file of the plans folder with this ending.
fn saved(project: &Project, ending: &str) -> String {
    let names =
        project.files().into_keys().filter(|path| path.starts_with("plans/") && path.ends_with(ending));
    let names: Vec<String> = names.collect();
    assert_eq!(names.len(), 1, "{names:?}");
    names[0].clone()
}

#[test]
fn shows_a_first_plan_in_every_form() {
    let (sandbox, project) = example();
    assert_output!("plan", project.repoint(&["plan", "-e", "dev"]));
    assert_output!("plan_json", project.repoint(&["plan", "-e", "dev", "--json"]));
    assert_output!("plan_verbose", project.repoint(&["plan", "-e", "dev", "-v"]));
    assert_output!("plan_color", project.repoint(&["plan", "-e", "dev", "--color", "always"]));
    sandbox.assert_untouched();
    assert!(!project.path().join("state").exists(), "a plan writes nothing");
    assert!(!project.path().join("plans").exists(), "a plan writes nothing");
}

#[test]
fn saves_the_plan_and_a_page_for_the_pull_request() {
    let (sandbox, project) = example();
    let shown = project.succeeds_with(0, &["plan", "-e", "dev"]).stdout;
    let output = project.repoint(&["plan", "-e", "dev", "--out", "plans/"]);
    assert_eq!(output.stdout, shown, "saving changes nothing of what is shown");
    assert_output!("plan_out_folder", Output { stdout: String::new(), ..output });
    let (json, markdown) = (saved(&project, ".json"), saved(&project, ".md"));
    insta::assert_snapshot!("saved_plan", project.read(&json));
    insta::assert_snapshot!("saved_page", project.read(&markdown));
    let stem = json.trim_end_matches(".json");
    assert_eq!(markdown, format!("{stem}.md"), "they lie side by side");
    let digest = stem.strip_prefix("plans/dev-").expect("the name says the environment");
    assert!(project.read(&json).contains(&format!("\"digest\": \"{digest}")), "the name is the digest");
    assert!(project.read(&markdown).contains(digest), "the page carries the digest");

    let arguments = ["plan", "-e", "dev", "--out", "reviews/first.json", "--detailed-exitcode"];
    assert_output!("plan_out_file", Output { stdout: String::new(), ..project.repoint(&arguments) });
    assert_eq!(project.read("reviews/first.json"), project.read(&json), "same inputs, same bytes");
    assert_eq!(project.read("reviews/first.md"), project.read(&markdown));
    sandbox.assert_untouched();
}

#[test]
fn an_applied_project_has_an_empty_plan() {
    let (_sandbox, project) = applied_example();
    assert_output!("plan_empty", project.repoint(&["plan", "-e", "dev", "--detailed-exitcode"]));
}

#[test]
fn the_next_release_explains_what_it_keeps_and_deletes() {
    let (sandbox, project) = applied_example();
    project.edit("config/functions/intake.py", "\ndef ", "\n# A new release.\ndef ");
    project.edit("config/repoint.toml", "retention.keep    = 5", "retention.keep    = 2");
    project.edit("config/repoint.toml", "retention.min_age = \"24h\"", "retention.min_age = \"0s\"");
    // Somebody relies on an old version by an alias of his own.
    let partner = json!({ "Name": "PARTNER", "FunctionVersion": "2" });
    lambda(&sandbox, "POST", "docs-intake-dev", "/aliases", &partner);
    assert_output!("plan_release", project.repoint(&["plan", "-e", "dev", "--detailed-exitcode"]));
    assert_output!(
        "plan_release_above_the_limit",
        project.repoint(&["plan", "-e", "dev", "--max-deletes", "1"])
    );
}

#[test]
fn a_definition_in_yaml_is_sent_as_json_and_then_nothing_is_to_do() {
    let sandbox = crate::sandbox::Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.edit("config/repoint.toml", "checkout.json", "checkout.yaml");
    let resource = "arn:aws:lambda:${region}:${account}:function:shop-mailer-${env}";
    let yaml = format!(
        "# What the shop does\nStartAt: TakeOrder\nStates:\n  TakeOrder:\n    Type: Task\n    Resource: \
         arn:aws:states:::lambda:invoke\n    Parameters: {{FunctionName: 'shop-orders-${{env}}', Payload.$: $}}\n    \
         Retry: [{{ErrorEquals: [States.ALL], BackoffRate: 1.50}}]\n    Next: SendMail\n  SendMail:\n    \
         Type: Task\n    Resource: >-\n      {resource}\n    End: true\n"
    );
    project.write("config/checkout.yaml", &yaml);
    assert_output!("plan_yaml", project.repoint(&["plan", "-e", "dev", "-v"]));
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    assert_eq!(project.read("config/checkout.yaml"), yaml);
}
