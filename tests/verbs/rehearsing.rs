//! `rehearse`: what is said of a plan that was tried out on a copy of the account.

use crate::sandbox::{Project, Sandbox, assert_output};
use serde_json::json;

use crate::hands;

fn shop() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    (sandbox, project)
}

#[test]
fn a_first_plan_is_rehearsed_and_nothing_is_sent() {
    let (sandbox, project) = shop();
    assert_output!("rehearse_first", project.repoint(&["rehearse", "-e", "dev"]));
    sandbox.assert_untouched();
    assert!(!project.path().join("state").exists(), "a rehearsal leaves no state");
    assert_output!("rehearse_json", project.repoint(&["rehearse", "-e", "dev", "--json", "--orders", "3"]));
}

#[test]
fn a_release_with_cleanup_is_rehearsed_in_every_order() {
    let (sandbox, project) = shop();
    let keep = "[defaults]\nretention = { keep = 1, min_age = \"0s\" }";
    project.edit("config/repoint.toml", "[defaults]", keep);
    project.edit("config/repoint.toml", "aliases.ROLLBACK = \"previous(LIVE)\"\n", "");
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    project.edit("config/functions/orders.py", "order", "another order");
    project.edit("config/repoint.toml", "timeout = 20", "timeout = 30");
    let writes = sandbox.writes();
    let output = project.succeeds_with(0, &["rehearse", "-e", "dev", "--orders", "200", "--faults", "60"]);
    assert_output!("rehearse_release", output);
    assert_eq!(sandbox.writes(), writes, "the account is only read");
}

#[test]
fn the_page_of_a_saved_plan_says_that_it_was_rehearsed() {
    let (_sandbox, project) = shop();
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/first.json", "-q"]);
    let before = project.read("plans/first.json");
    let output = project.succeeds_with(0, &["rehearse", "plans/first.json", "--faults", "3"]);
    assert!(output.to_string().contains("plans/first.md says so"), "{output}");
    assert_eq!(project.read("plans/first.json"), before);
    let page = project.read("plans/first.md");
    let line = page.lines().find(|line| line.starts_with("**Rehearsed**"));
    insta::assert_snapshot!("rehearsed_page", line.expect("the page says so"));
    project.succeeds_with(0, &["apply", "-e", "dev", "plans/first.json", "--auto-approve", "-q"]);
}

#[test]
fn a_plan_that_would_be_refused_is_told() {
    let (sandbox, project) = shop();
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/first.json", "-q"]);
    hands::lambda(&sandbox, "PUT", "shop-mailer-dev", "/configuration", &json!({ "Timeout": 7 }));
    assert_output!("rehearse_stale", project.repoint(&["rehearse", "plans/first.json"]));
}

#[test]
fn there_is_nothing_to_rehearse_where_nothing_is_to_do() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    assert_output!("rehearse_nothing", project.repoint(&["rehearse", "-e", "dev"]));
    assert_output!("rehearse_no_order", project.repoint(&["rehearse", "-e", "dev", "--orders", "0"]));
}
