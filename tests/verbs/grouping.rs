//! Groups: the aliases of several functions move together, and go back together.

use serde_json::{Value, json};

use crate::{
    hands::lambda,
    sandbox::{Project, Sandbox, assert_output},
};

/// Two functions of one group with one release behind them, and the next one in the files.
fn release() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    for function in ["orders", "mailer"] {
        let table = format!("[functions.{function}]");
        project.edit("config/repoint.toml", &table, &format!("{table}\ngroup = \"money\""));
    }
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    change(&project, "order", "first", 20, 30);
    (sandbox, project)
}

/// The same with two releases behind them, so that every alias is there and moves.
fn second_release() -> (Sandbox, Project) {
    let (sandbox, project) = release();
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    change(&project, "first", "second", 30, 40);
    (sandbox, project)
}

fn change(project: &Project, from: &str, to: &str, before: u32, after: u32) {
    project.edit("config/functions/orders.py", &format!("\"{from}"), &format!("\"{to}"));
    project.edit("config/repoint.toml", &format!("timeout = {before}"), &format!("timeout = {after}"));
}

fn deny(sandbox: &Sandbox, rule: &str) {
    sandbox.world().faults().add(rule.parse().expect("it is a rule"));
}

/// Where the aliases of both functions point, as AWS says.
fn aliases(sandbox: &Sandbox) -> String {
    let lines = |function: &str| -> Vec<String> {
        let listed = lambda(sandbox, "GET", &format!("shop-{function}-dev"), "/aliases", &json!(null));
        let listed = listed["Aliases"].as_array().expect("it is a list").clone();
        let word = |alias: &Value, key: &str| alias[key].as_str().expect("it is a text").to_owned();
        let line = |alias: &Value| {
            format!("{function} {} {}\n", word(alias, "Name"), word(alias, "FunctionVersion"))
        };
        listed.iter().map(line).collect()
    };
    ["mailer", "orders"].map(lines).concat().concat()
}

#[test]
fn a_plan_says_what_moves_together() {
    let (_sandbox, project) = second_release();
    assert_output!("group_plan", project.repoint(&["plan", "-e", "dev", "--out", "plans/next.json"]));
    let page = project.read("plans/next.md");
    let line = page.lines().find(|line| line.starts_with("**Together**"));
    insta::assert_snapshot!("group_page", line.expect("the page says it"));
    assert_output!("group_graph", project.repoint(&["graph", "-e", "dev"]));
}

#[test]
fn if_one_alias_fails_all_go_back_and_the_next_apply_moves_all() {
    let (sandbox, project) = second_release();
    let before = aliases(&sandbox);
    deny(&sandbox, "UpdateAlias@shop-orders-dev:deny");
    assert_output!("group_failed", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    assert_eq!(aliases(&sandbox), before);
    assert_output!("group_failed_drift", project.repoint(&["drift", "-e", "dev"]));
    assert_output!("group_failed_history", project.repoint(&["history", "-e", "dev"]));
    assert_output!("group_again", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    assert_eq!(aliases(&sandbox), "mailer LIVE 4\nmailer ROLLBACK 3\norders LIVE 4\norders ROLLBACK 3\n");
    assert_output!("group_done", project.repoint(&["plan", "-e", "dev"]));
}

#[test]
fn what_was_moved_back_is_nothing_to_go_back_to() {
    let (sandbox, project) = second_release();
    deny(&sandbox, "UpdateAlias@shop-orders-dev:deny");
    project.succeeds_with(3, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    assert_output!("group_way_back", project.repoint(&["rollback", "-e", "dev", "mailer", "--dry-run"]));
}

#[test]
fn an_alias_that_was_created_stays() {
    let (sandbox, project) = release();
    deny(&sandbox, "UpdateAlias@shop-orders-dev:deny");
    assert_output!("group_created", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    insta::assert_snapshot!("group_created_aliases", aliases(&sandbox));
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
}

#[test]
fn a_rollback_of_a_group_that_fails_leaves_no_hold_and_no_mark() {
    let (sandbox, project) = second_release();
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    let before = aliases(&sandbox);
    deny(&sandbox, "UpdateAlias@shop-orders-dev:deny");
    let command = ["rollback", "-e", "dev", "mailer", "orders", "--auto-approve"];
    assert_output!("group_rollback_failed", project.repoint(&command));
    assert_eq!(aliases(&sandbox), before);
    let state = project.read("state/dev/state.json");
    assert!(!state.contains("\"holds\"") && !state.contains("\"bad\""), "{state}");
    assert_output!("group_rollback_again", project.repoint(&command));
    insta::assert_snapshot!("group_rolled_back", aliases(&sandbox));
}

#[test]
fn a_part_says_what_it_leaves_out_of_a_group() {
    let (_sandbox, project) = second_release();
    assert_output!("group_part", project.repoint(&["plan", "-e", "dev", "--target", "functions.mailer"]));
}

#[test]
fn a_plan_from_before_the_group_is_refused() {
    let (_sandbox, project) = second_release();
    project.edit("config/repoint.toml", "group = \"money\"\n", "");
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/loose.json", "-q"]);
    for function in ["orders", "mailer"] {
        let table = format!("[functions.{function}]");
        project.edit("config/repoint.toml", &table, &format!("{table}\ngroup = \"money\""));
    }
    assert_output!(
        "group_loose",
        project.repoint(&["apply", "-e", "dev", "plans/loose.json", "--auto-approve"])
    );
}

#[test]
fn a_rehearsal_refuses_writes_of_a_group_too() {
    let (sandbox, project) = second_release();
    let writes = sandbox.writes();
    assert_output!(
        "group_rehearsed",
        project.repoint(&["rehearse", "-e", "dev", "--orders", "6", "--faults", "40"])
    );
    assert_eq!(sandbox.writes(), writes, "the account is only read");
}

/// An apply that was killed once the alias of one function had moved.
const HALF_MOVED: &str = concat!(
    r#"{"format":1,"entry":"started","deployment":"deploy-20261122T101500Z-1a2b","plan_digest":"#,
    r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","who":"ana","at":"2026-11-22T10:15:00Z"}"#,
    "\n",
    r#"{"format":1,"entry":"intent","address":"functions.mailer.aliases.LIVE","at":"2026-11-22T10:15:01Z","#,
    r#""summary":"LIVE: 2 → 3","turn":{"group":"money","from":{"primary":{"version":2}},"to":{"primary":{"version":3}}}}"#,
    "\n",
);

#[test]
fn a_group_that_is_half_moved_is_not_rolled_back_into_two_releases() {
    let (sandbox, project) = second_release();
    project.write("state/dev/journal.jsonl", HALF_MOVED);
    let writes = sandbox.writes();
    let command = ["rollback", "-e", "dev", "mailer", "orders", "--auto-approve"];
    assert_output!("group_half_moved", project.repoint(&command));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn a_group_that_moved_half_way_keeps_its_name_until_that_is_over() {
    let (sandbox, project) = second_release();
    project.write("state/dev/journal.jsonl", HALF_MOVED);
    project.edit("config/repoint.toml", "group = \"money\"", "group = \"cash\"");
    let writes = sandbox.writes();
    assert_output!("group_renamed", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn once_one_alias_failed_no_other_of_the_group_begins() {
    let (sandbox, project) = second_release();
    deny(&sandbox, "UpdateAlias@shop-mailer-dev:deny");
    // The way back of the other function is under way meanwhile.
    deny(&sandbox, "UpdateAlias@shop-orders-dev:slow");
    let output = project.succeeds_with(3, &["apply", "-e", "dev", "--auto-approve"]);
    let begun = output.stderr.lines().any(|line| line == "functions.orders.aliases.LIVE: LIVE: 3 → new");
    assert!(!begun, "{output}");
}

#[test]
fn what_one_of_a_group_served_before_a_crash_is_nothing_to_go_back_to() {
    let (sandbox, project) = second_release();
    // Killed once the alias of one function had moved to its new version.
    lambda(&sandbox, "PUT", "shop-mailer-dev", "/configuration", &json!({ "Timeout": 35 }));
    lambda(&sandbox, "POST", "shop-mailer-dev", "/versions", &json!({}));
    lambda(&sandbox, "PUT", "shop-mailer-dev", "/aliases/LIVE", &json!({ "FunctionVersion": "4" }));
    let moved =
        HALF_MOVED.replace("\"version\":3", "\"version\":4").replace("\"version\":2", "\"version\":3");
    project.write("state/dev/journal.jsonl", moved);
    // The TOML says something else by now, and that is completed.
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve"]);
    assert_eq!(aliases(&sandbox), "mailer LIVE 5\nmailer ROLLBACK 3\norders LIVE 4\norders ROLLBACK 3\n");
    project.succeeds_with(0, &["rollback", "-e", "dev", "mailer", "orders", "--auto-approve"]);
    assert_eq!(aliases(&sandbox), "mailer LIVE 3\nmailer ROLLBACK 2\norders LIVE 3\norders ROLLBACK 2\n");
}
