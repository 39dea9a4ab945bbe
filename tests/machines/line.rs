//! Publish, aliases, splits and ways back of a state machine.

use crate::{
    CHECKOUT, apply, arn, assert_done, hands, line, release,
    sandbox::{Project, assert_output},
    shop,
};
use serde_json::json;

const BOTH: &str = "aliases.LIVE = \"latest\"\naliases.ROLLBACK = \"previous(LIVE)\"";

#[test]
fn the_first_apply_publishes_the_machine_and_points_its_alias_there() {
    let (sandbox, project) = shop(BOTH);
    assert_output!("first_plan", project.repoint(&["plan", "-e", "dev"]));
    assert_output!("first_apply", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    assert_eq!(line(&sandbox), ["1", "LIVE -> 1: 100%"]);
    let version = hands::states(&sandbox, "DescribeStateMachine", &format!("{CHECKOUT}:1"), &json!({}));
    assert!(version["description"].as_str().expect("it is described").starts_with("deploy-"));
    assert_done(&project);
    assert_output!("after_first", project.repoint(&["plan", "-e", "dev"]));
}

#[test]
fn a_changed_definition_is_published_and_the_way_back_moves_first() {
    let (sandbox, project) = shop(BOTH);
    apply(&project);
    release(&project, 2);
    assert_output!("release_plan", project.repoint(&["plan", "-e", "dev"]));
    assert_output!("release_plan_verbose", project.repoint(&["plan", "-e", "dev", "-v"]));
    assert_output!("release_plan_json", project.repoint(&["plan", "-e", "dev", "--json"]));
    assert_output!("release_apply", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    assert_eq!(line(&sandbox), ["1", "2", "LIVE -> 2: 100%", "ROLLBACK -> 1: 100%"]);
    assert_done(&project);
    let deployment = newest_deployment(&project);
    assert_output!("release_manifest", project.repoint(&["show", &deployment, "-e", "dev"]));
    assert_output!("release_manifest_json", project.repoint(&["show", &deployment, "-e", "dev", "--json"]));
    release(&project, 3);
    apply(&project);
    assert_eq!(line(&sandbox), ["1", "2", "3", "LIVE -> 3: 100%", "ROLLBACK -> 2: 100%"]);
}

fn newest_deployment(project: &Project) -> String {
    let files = project.files();
    let names = files.keys().filter_map(|path| path.split("deployments/").nth(1));
    names.max().expect("there was one").trim_end_matches(".json").to_owned()
}

#[test]
fn a_definition_of_the_past_is_not_published_again() {
    let (sandbox, project) = shop("aliases.LIVE = \"latest\"");
    let first = project.read("config/checkout.json");
    apply(&project);
    release(&project, 2);
    apply(&project);
    project.write("config/checkout.json", first);
    assert_output!("reused_plan", project.repoint(&["plan", "-e", "dev"]));
    apply(&project);
    assert_eq!(line(&sandbox), ["1", "2", "LIVE -> 1: 100%"]);
    assert_done(&project);
}

#[test]
fn a_saved_plan_is_applied_as_reviewed() {
    let (sandbox, project) = shop(BOTH);
    apply(&project);
    release(&project, 2);
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/release.json", "-q"]);
    assert_output!("release_markdown", Markdown(project.read("plans/release.md")));
    project.succeeds_with(0, &["apply", "-e", "dev", "plans/release.json", "--auto-approve", "-q"]);
    assert_eq!(line(&sandbox), ["1", "2", "LIVE -> 2: 100%", "ROLLBACK -> 1: 100%"]);
    // The same plan again finds everything done.
    let again = ["apply", "-e", "dev", "plans/release.json", "--auto-approve"];
    assert_output!("release_again", project.repoint(&again));
}

struct Markdown(String);

impl std::fmt::Display for Markdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[test]
fn r29_a_split_sends_whole_per_cents_to_two_versions() {
    let (sandbox, project) = shop("aliases.LIVE = \"latest\"");
    apply(&project);
    release(&project, 2);
    apply(&project);
    let live = "aliases.LIVE = \"latest\"\nretention";
    project.edit(
        "config/repoint.toml",
        "aliases.LIVE = \"latest\"\n\n[limits]",
        &format!("{live}.keep = 5\n\n[limits]"),
    );
    project.edit(
        "config/repoint.toml",
        "aliases.LIVE = \"latest\"\nretention",
        "aliases.LIVE = { split = { \"1\" = 10, \"latest\" = 90 } }\nretention",
    );
    assert_output!("split_plan", project.repoint(&["plan", "-e", "dev"]));
    apply(&project);
    assert_eq!(line(&sandbox), ["1", "2", "LIVE -> 1: 10%, 2: 90%"]);
    assert_done(&project);
    // The same routing in another order, as AWS may give it back, is no change.
    let routes = json!([
        { "stateMachineVersionArn": arn("2"), "weight": 90 },
        { "stateMachineVersionArn": arn("1"), "weight": 10 },
    ]);
    let body = json!({ "stateMachineAliasArn": arn("LIVE"), "routingConfiguration": routes });
    hands::states(&sandbox, "UpdateStateMachineAlias", CHECKOUT, &body);
    assert_done(&project);
    project.edit("config/repoint.toml", "{ split = { \"1\" = 10, \"latest\" = 90 } }", "\"latest\"");
    apply(&project);
    assert_eq!(line(&sandbox), ["1", "2", "LIVE -> 2: 100%"]);
}

#[test]
fn what_cannot_be_resolved_says_so() {
    let (_sandbox, project) = shop("aliases.LIVE = \"7\"\naliases.OLD = \"previous(LIVE)\"");
    assert_output!("unresolved", project.repoint(&["plan", "-e", "dev"]));
}

#[test]
fn a_machine_without_aliases_is_never_published() {
    let (sandbox, project) = shop("retention.keep = 3");
    apply(&project);
    release(&project, 2);
    apply(&project);
    assert_eq!(line(&sandbox), [""; 0]);
}

#[test]
fn t27_an_alias_with_a_dot_is_left_alone_and_cannot_be_declared() {
    let (sandbox, project) = shop("aliases.LIVE = \"latest\"");
    apply(&project);
    let routes = json!([{ "stateMachineVersionArn": arn("1"), "weight": 100 }]);
    let body = json!({ "name": "release.1", "routingConfiguration": routes });
    hands::states(&sandbox, "CreateStateMachineAlias", CHECKOUT, &body);
    assert_output!("dotted", project.repoint(&["plan", "-e", "dev"]));
    project.edit(
        "config/repoint.toml",
        "aliases.LIVE = \"latest\"\n\n[limits]",
        "aliases.\"release.1\" = \"latest\"\n\n[limits]",
    );
    assert_output!("dotted_declared", project.repoint(&["validate", "-e", "dev"]));
}
