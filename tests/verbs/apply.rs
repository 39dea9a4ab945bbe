//! `apply`: a saved plan, or plan and apply.

use crate::{
    applied_example, example,
    hands::{definition, lambda},
    sandbox::{Sandbox, assert_output},
};
use serde_json::Value;

/// The aliases of a function as a caller would see them.
fn aliases(sandbox: &Sandbox, function: &str) -> Vec<String> {
    let listed = lambda(sandbox, "GET", function, "/aliases", &Value::Null);
    let aliases = listed["Aliases"].as_array().expect("a list of aliases").iter();
    let mut aliases: Vec<String> =
        aliases.map(|alias| format!("{} {}", alias["Name"], alias["FunctionVersion"])).collect();
    aliases.sort();
    aliases
}

#[test]
fn applies_without_a_question_where_it_is_approved() {
    let (sandbox, project) = example();
    assert_output!("apply", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    insta::assert_snapshot!("apply_writes", sandbox.writes().join("\n"));
    assert_eq!(aliases(&sandbox, "docs-intake-dev"), ["\"LIVE\" \"5\""]);
    assert_eq!(aliases(&sandbox, "docs-classifier-dev"), ["\"LIVE\" \"2\"", "\"STAGING\" \"2\""]);
    assert!(definition(&sandbox, "docs-processing-dev").contains("docs-intake-dev:LIVE"));
    let files: Vec<String> =
        project.files().into_keys().filter(|path| !path.starts_with("config/")).collect();
    insta::with_settings!(
        { filters => [(r"deploy-\S+\.json", "[deployment].json")] },
        { insta::assert_snapshot!("apply_files", files.join("\n")) }
    );

    let writes = sandbox.writes();
    assert_output!("apply_again", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    assert_output!("apply_again_json", project.repoint(&["apply", "-e", "dev", "--auto-approve", "--json"]));
    assert_eq!(sandbox.writes(), writes, "nothing is left to send");
}

#[test]
fn tells_events_as_json_lines() {
    let (_sandbox, project) = example();
    let output = project.repoint(&["apply", "-e", "dev", "--auto-approve", "--json"]);
    for line in output.stdout.lines() {
        let value: Value = serde_json::from_str(line).expect("each line is one JSON value");
        assert!(value["schema"].is_string(), "{line}");
    }
    assert_output!("apply_json", output);
}

#[test]
fn applies_a_saved_plan_exactly() {
    let (sandbox, project) = example();
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/first.json", "-q"]);
    let digest = project.read("plans/first.json");
    let digest = digest.split("\"digest\": \"").nth(1).expect("a plan has a digest")[..8].to_owned();
    assert_output!(
        "apply_other_digest",
        project.repoint(&[
            "apply",
            "-e",
            "dev",
            "--auto-approve",
            "--digest",
            "00000000",
            "plans/first.json"
        ])
    );
    sandbox.assert_untouched();
    assert_output!(
        "apply_saved",
        project.repoint(&["apply", "-e", "dev", "--yes", "--digest", &digest, "plans/first.json"])
    );
    assert_eq!(aliases(&sandbox, "docs-intake-dev"), ["\"LIVE\" \"5\""]);
    let writes = sandbox.writes();
    assert_output!(
        "apply_saved_again",
        project.repoint(&["apply", "-e", "dev", "--auto-approve", "plans/first.json"])
    );
    assert_eq!(sandbox.writes(), writes, "the plan is carried out already");
}

#[test]
fn a_dry_run_shows_and_sends_nothing() {
    let (sandbox, project) = example();
    let plan = project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/first.json", "-q"]);
    for arguments in
        [&["apply", "-e", "dev", "--dry-run"][..], &["apply", "-e", "dev", "--dry-run", "plans/first.json"]]
    {
        let dry = project.succeeds_with(0, arguments);
        assert_eq!((&dry.stdout, dry.stderr.as_str()), (&plan.stdout, ""), "{dry}");
    }
    sandbox.assert_untouched();
    assert!(!project.path().join("state").exists(), "a dry run records nothing");
}

#[test]
fn a_release_moves_the_way_back_first_and_cleans_up_last() {
    let (sandbox, project) = applied_example();
    project.edit("config/functions/intake.py", "\ndef ", "\n# A new release.\ndef ");
    project.edit("config/repoint.toml", "retention.keep    = 5", "retention.keep    = 2");
    project.edit("config/repoint.toml", "retention.min_age = \"24h\"", "retention.min_age = \"0s\"");
    let before = sandbox.writes().len();
    assert_output!("apply_release", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    insta::assert_snapshot!("apply_release_writes", sandbox.writes()[before..].join("\n"));
    assert_eq!(aliases(&sandbox, "docs-intake-dev"), ["\"LIVE\" \"6\"", "\"ROLLBACK\" \"5\""]);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
}
