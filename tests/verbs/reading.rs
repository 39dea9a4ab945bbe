//! The verbs that only read: `show`, `graph`, `lock show`.

use crate::{
    applied_example, example,
    sandbox::{Project, assert_output},
};

fn deployment(project: &Project) -> String {
    let files = project.files().into_keys();
    let mut names = files.filter_map(|path| path.strip_prefix("state/dev/deployments/").map(str::to_owned));
    let name = names.next().expect("there is a deployment");
    name.trim_end_matches(".json").to_owned()
}

#[test]
fn shows_a_plan_without_an_account_and_without_a_project() {
    let (_sandbox, project) = example();
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/first.json", "-q"]);
    let elsewhere = Project::empty();
    elsewhere.write("first.json", project.read("plans/first.json"));
    assert_output!("show_plan", elsewhere.repoint(&["show", "first.json"]));
    let planned = project.repoint(&["plan", "-e", "dev", "--json"]);
    let shown = elsewhere.repoint(&["show", "first.json", "--json"]);
    assert_eq!(shown.stdout, planned.stdout, "a shown plan is the plan");
    assert_output!("graph_saved", elsewhere.repoint(&["graph", "first.json"]));
}

#[test]
fn shows_a_deployment_by_id_and_the_last_one() {
    let (_sandbox, project) = applied_example();
    let id = deployment(&project);
    assert_output!("show_last", project.repoint(&["show", "-e", "dev", "last"]));
    let by_id = project.repoint(&["show", "-e", "dev", &id]);
    assert_eq!(by_id.stdout, project.repoint(&["show", "-e", "dev", "last"]).stdout);
    assert_output!("show_json", project.repoint(&["show", "-e", "dev", &id, "--json"]));
    assert_output!("show_unknown", project.repoint(&["show", "-e", "dev", "deploy-20260101T000000Z-0000"]));
}

#[test]
fn there_is_no_last_deployment_before_the_first() {
    let (_sandbox, project) = example();
    assert_output!("show_no_last", project.repoint(&["show", "-e", "dev", "last"]));
    assert_output!("show_no_file", project.repoint(&["show", "plans/none.json"]));
}

#[test]
fn draws_the_order() {
    let (sandbox, project) = example();
    assert_output!("graph_mermaid", project.repoint(&["graph", "-e", "dev"]));
    assert_output!("graph_json", project.repoint(&["graph", "-e", "dev", "--json"]));
    assert_output!("graph_dot", project.repoint(&["graph", "-e", "dev", "--format", "dot"]));
    sandbox.assert_untouched();
}

#[test]
fn tells_that_nobody_holds_the_lock() {
    let (_sandbox, project) = applied_example();
    assert_output!("lock_show", project.repoint(&["lock", "show", "-e", "dev"]));
    assert_output!("lock_show_json", project.repoint(&["lock", "show", "-e", "dev", "--json"]));
}
