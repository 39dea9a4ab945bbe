//! What the TOML and the environment say by now, against what was remembered or planned before.

use serde_json::json;

use crate::{
    APPLY, MAILER, assert_refused, assert_says, create, create_anew, lambda, mailer, plan,
    sandbox::{Project, Sandbox},
    upload,
};

const LIVE: &str = "aliases.LIVE = \"latest\"";
const POSTMAN: &str = "shop-postman-dev";
const TOML: &str = "config/repoint.toml";

/// Makes the record of the mailer old: it was seen first, and its aliases moved, in the past.
fn age_the_record(project: &Project) {
    let state = project.read("state/dev/state.json");
    let aged: Vec<String> = state.lines().map(aged).collect();
    assert_ne!(state.lines().collect::<Vec<_>>(), aged, "the record has instants: {state}");
    project.write("state/dev/state.json", aged.join("\n"));
}

/// Returns a line with its instant, if it has one, in the past.
fn aged(line: &str) -> String {
    let is_instant = ["\"first_recorded\": ", "\"at\": ", "\"published\": \""];
    match is_instant.iter().find_map(|key| Some((key, line.find(key)?))) {
        Some((key, start)) => {
            let end = if line.ends_with(',') { "," } else { "" };
            let key = key.trim_end_matches('"');
            format!("{}{key}\"2026-01-02T00:00:00Z\"{end}", &line[..start])
        }
        None => line.to_owned(),
    }
}

/// The mailer with an old record, and the postman, who was never recorded; both have these versions.
fn mailer_and_postman(sandbox: &Sandbox, keys: &str) -> Project {
    for name in [MAILER, POSTMAN] {
        create(sandbox, name, &[1, 2, 3]);
        lambda(sandbox, "POST", name, "/aliases", &json!({ "Name": "LIVE", "FunctionVersion": "3" }));
    }
    sandbox.by_hand(|scene| scene.move_alias(MAILER, "LIVE", "2")).expect("version 2 exists");
    let project = mailer(sandbox, &format!("{keys}\n{LIVE}"));
    project.succeeds_with(0, &APPLY);
    age_the_record(&project);
    project
}

#[test]
fn a_function_under_another_name_is_young_from_its_own_adoption_on() {
    let sandbox = Sandbox::quick();
    let project = mailer_and_postman(&sandbox, "retention = { keep = 1, min_age = \"24h\" }");
    let writes = sandbox.writes();
    assert_says(&plan(&project), "- versions 1, 2 ");
    project.edit(TOML, MAILER, POSTMAN);
    let planned = plan(&project);
    assert!(!planned.stdout.contains("deleted"), "{planned}");
    let applied = project.succeeds_with(0, &APPLY);
    assert_eq!(sandbox.writes(), writes, "{applied}");
    let planned = plan(&project);
    assert!(!planned.stdout.contains("deleted"), "it was adopted right now: {planned}");
}

#[test]
fn a_version_is_not_as_old_as_one_that_had_its_number() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, &format!("retention = {{ keep = 1, min_age = \"24h\" }}\n{LIVE}"));
    for code in [2, 3] {
        upload(&sandbox, code);
        project.succeeds_with(0, &APPLY);
    }
    age_the_record(&project);
    create_anew(&sandbox, MAILER, &[4, 5, 6, 7]);
    let planned = plan(&project);
    assert!(!planned.stdout.contains("deleted"), "all are from right now: {planned}");
}

#[test]
fn the_way_back_of_another_function_is_none() {
    let rollback = "aliases.ROLLBACK = \"previous(LIVE)\"";
    let sandbox = Sandbox::quick();
    let project = mailer_and_postman(&sandbox, "");
    let writes = sandbox.writes();
    project.edit(TOML, LIVE, &format!("{LIVE}\n{rollback}"));
    assert_says(&plan(&project), "alias ROLLBACK  at 2");
    project.edit(TOML, MAILER, POSTMAN);
    let planned = plan(&project);
    assert!(!planned.stdout.contains("alias ROLLBACK"), "{planned}");
    let applied = project.succeeds_with(0, &APPLY);
    assert_eq!(sandbox.writes(), writes, "{applied}");
}

#[test]
fn a_plan_does_not_move_an_alias_that_is_manual_by_now() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1, 2]);
    lambda(&sandbox, "POST", MAILER, "/aliases", &json!({ "Name": "LIVE", "FunctionVersion": "1" }));
    let project = mailer(&sandbox, LIVE);
    assert_says(&plan(&project), "LIVE");
    project.edit(TOML, LIVE, "aliases.LIVE = \"manual\"");
    let line = "it changes `functions.mailer.aliases.LIVE`, and the TOML does not declare that";
    assert_refused(&sandbox, &project, 1, line);
    sandbox.assert_untouched();
}

#[test]
fn a_default_region_that_disagrees_beside_a_region_that_agrees_is_refused() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, LIVE)
        .variable("AWS_REGION", "us-west-1")
        .variable("AWS_DEFAULT_REGION", "eu-central-1");
    for arguments in [&APPLY[..], &["plan", "-e", "dev"], &["drift", "-e", "dev"]] {
        let output = project.succeeds_with(1, arguments);
        assert_says(
            &output,
            "environment `dev` declares region us-west-1, and AWS_DEFAULT_REGION says eu-central-1",
        );
    }
    sandbox.assert_silent();
}
