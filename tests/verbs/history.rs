//! The past: the deployments of an environment, one of them whole, and what differs between two.

use serde_json::Value;

use crate::{
    applied_small, example,
    hands::edit_definition,
    sandbox::{Output, Project, Sandbox, assert_output},
};

const CHECKOUT: &str = "shop-checkout-dev";

/// The small project in a repository, after three deployments: the second one failed half-way and was
/// resumed, the third one is a release from a work tree with changes.
fn three_deployments() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.git(&["init", "-q"]);
    project.git(&["add", "."]);
    project.git(&["commit", "-q", "-m", "first"]);
    apply(&project, 0);
    release(&project, 2);
    sandbox.world().faults().deny("lambda:UpdateAlias", "shop-orders-dev");
    apply(&project, 3);
    sandbox.world().faults().clear();
    apply(&project, 0);
    release(&project, 3);
    project.edit("config/checkout.json", "\"StartAt\"", "\"Comment\": \"third\",\n  \"StartAt\"");
    apply(&project, 0);
    (sandbox, project)
}

fn apply(project: &Project, code: i32) {
    project.succeeds_with(code, &["apply", "-e", "dev", "--auto-approve", "-q"]);
}

fn release(project: &Project, number: u32) {
    project
        .write("config/functions/orders.py", format!("def handler(event, context):\n    return {number}\n"));
}

/// The commit differs from run to run.
fn without_commit(project: &Project, output: Output) -> Output {
    let head = std::fs::read_to_string(project.path().join(".git/refs/heads/master"))
        .or_else(|_| std::fs::read_to_string(project.path().join(".git/refs/heads/main")))
        .expect("there is a commit");
    let commit = head.trim();
    let stdout = output.stdout.replace(commit, "[commit]").replace(&commit[..7], "[short]");
    Output { stdout, ..output }
}

fn ids(project: &Project) -> Vec<String> {
    let list = project.succeeds_with(0, &["history", "-e", "dev", "--json"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("it is JSON");
    let rows = list["deployments"].as_array().expect("it is a list").iter();
    rows.map(|row| row["deployment"].as_str().expect("it is an id").to_owned()).collect()
}

#[test]
fn lists_the_deployments_newest_first() {
    let (sandbox, project) = three_deployments();
    let before = sandbox.world().call_log().len();
    let show = |arguments: &[&str]| without_commit(&project, project.repoint(arguments));
    assert_output!("history", show(&["history", "-e", "dev"]));
    assert_output!("history_limit", show(&["history", "-e", "dev", "-n", "1"]));
    assert_output!("history_json", show(&["history", "-e", "dev", "--json", "--limit", "1"]));
    assert_eq!(sandbox.world().call_log().len(), before, "the past needs no account");
}

#[test]
fn tells_what_differs_between_two_deployments() {
    let (_sandbox, project) = three_deployments();
    let ids = ids(&project);
    assert_output!("history_difference", project.repoint(&["history", "-e", "dev", "last~2", "last"]));
    assert_output!(
        "history_difference_full",
        project.repoint(&["history", "-e", "dev", "last~2", "last", "-v"])
    );
    assert_output!(
        "history_difference_json",
        project.repoint(&["history", "-e", "dev", &ids[1], &ids[0], "--json"])
    );
    assert_output!("history_no_difference", project.repoint(&["history", "-e", "dev", "last", "last"]));
}

#[test]
fn shows_one_deployment_in_every_form() {
    let (_sandbox, project) = three_deployments();
    let show = |arguments: &[&str]| without_commit(&project, project.repoint(arguments));
    assert_output!("show_resumed", show(&["show", "-e", "dev", "last~1"]));
    assert_output!("show_markdown", show(&["show", "-e", "dev", "last", "--format", "markdown"]));
    let page = project.succeeds_with(0, &["show", "-e", "dev", "last", "--format", "html"]);
    assert!(page.stdout.starts_with("<!doctype html>\n") && page.stdout.ends_with("</html>\n"), "{page}");
    assert!(page.stdout.contains("functions.orders.aliases.LIVE"), "{page}");
}

#[test]
fn a_report_is_written_to_a_file_of_its_own() {
    let (_sandbox, project) = applied_small();
    assert_output!("show_out", project.repoint(&["show", "-e", "dev", "last", "--out", "reports/last.html"]));
    let page = project.read("reports/last.html");
    assert_eq!(page, project.repoint(&["show", "-e", "dev", "last", "--format", "html"]).stdout);
    project.succeeds_with(0, &["show", "-e", "dev", "last", "--out", "reports/last.html"]);
    let id = &ids(&project)[0];
    for (format, ending) in [("text", "txt"), ("markdown", "md"), ("json", "json"), ("html", "html")] {
        project.succeeds_with(0, &["show", "-e", "dev", "last", "--format", format, "--out", "reports/"]);
        assert!(
            project.files().contains_key(&format!("reports/{id}.{ending}")),
            "{:?}",
            project.files().keys()
        );
    }
    let before = project.files();
    assert_output!(
        "show_out_taken",
        project.repoint(&["show", "-e", "dev", "last", "--out", "config/repoint.toml"])
    );
    assert_eq!(project.files(), before, "nothing is written over");
}

#[test]
fn what_is_no_deployment_is_refused_and_nothing_is_written() {
    let (_sandbox, project) = applied_small();
    let before = project.files();
    let id = ids(&project).remove(0);
    for (name, arguments) in [
        ("history_one", &["history", "-e", "dev", "last"][..]),
        ("history_no_id", &["history", "-e", "dev", "yesterday", "last"]),
        ("history_too_far", &["history", "-e", "dev", "last~5", "last"]),
        ("history_three", &["history", "-e", "dev", "last", "last", "last"]),
        ("history_never", &["history", "-e", "prod"]),
        ("history_never_last", &["history", "-e", "prod", "last", "last"]),
        ("show_of_another_environment", &["show", "-e", "prod", &id]),
        ("show_no_number", &["show", "-e", "dev", "last~one"]),
        ("show_two_formats", &["show", "-e", "dev", "last", "--json", "--format", "html"]),
    ] {
        assert_output!(name, project.repoint(arguments));
    }
    assert_eq!(project.files(), before);
    let (_sandbox, project) = example();
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/first.json", "-q"]);
    assert_output!("show_plan_html", project.repoint(&["show", "plans/first.json", "--format", "html"]));
    let page = project.repoint(&["show", "plans/first.json", "--format", "markdown"]);
    assert_eq!(page.stdout, project.read("plans/first.md"), "the page of a plan is the one beside it");
}

#[test]
fn a_damaged_manifest_hides_no_other() {
    let (_sandbox, project) = three_deployments();
    let id = ids(&project).remove(1);
    project.write(&format!("state/dev/deployments/{id}.json"), "{\"format\":1");
    assert_output!("history_damaged", without_commit(&project, project.repoint(&["history", "-e", "dev"])));
}

#[test]
fn what_others_moved_is_no_change_of_ours() {
    let (sandbox, project) = applied_small();
    edit_definition(&sandbox, CHECKOUT, |text| text.replace("SendMail", "SendLetter"));
    release(&project, 2);
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q", "--target", "functions.orders"]);
    assert_output!("show_only_ours", project.repoint(&["show", "-e", "dev", "last"]));
}
