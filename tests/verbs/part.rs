//! `--target` and `--exclude`: a part of a plan, and what it leaves out.

use crate::{
    applied_example, example,
    sandbox::{Output, Project, assert_output},
};

/// A new release of `intake`, and one of `archivist`; versions may go at once.
fn release(project: &Project) {
    for function in ["intake", "archivist"] {
        let path = format!("config/functions/{function}.py");
        project.edit(&path, "\ndef ", "\n# A new release.\ndef ");
    }
    project.edit("config/repoint.toml", "retention.keep    = 5", "retention.keep    = 2");
    project.edit("config/repoint.toml", "retention.min_age = \"24h\"", "retention.min_age = \"0s\"");
}

fn plan(project: &Project, flags: &[&str]) -> Output {
    project.repoint(&[&["plan", "-e", "dev"], flags].concat())
}

#[test]
fn a_target_comes_with_what_it_waits_for() {
    let (_sandbox, project) = example();
    assert_output!("part_target_function", plan(&project, &["--target", "functions.intake"]));
    let machine = ["--target", "state_machines.processing", "--detailed-exitcode"];
    let output = plan(&project, &machine);
    assert_output!("part_target_machine", Output { stdout: order_and_after(&output.stdout), ..output });
}

/// Only the order and what follows: the rest is long and shown elsewhere.
fn order_and_after(plan: &str) -> String {
    let start = plan.find("\nOrder").expect("the plan has an order");
    plan[start..].to_owned()
}

#[test]
fn what_waits_for_something_left_out_is_left_out_too() {
    let (_sandbox, project) = applied_example();
    release(&project);
    let live = ["--exclude", "functions.intake.aliases.LIVE"];
    assert_output!("part_exclude_alias", plan(&project, &live));
    let deletion = ["--target", "functions.intake", "--exclude", "functions.intake.versions.3"];
    assert_output!("part_exclude_version", plan(&project, &deletion));
    let way_back = ["--target", "functions.intake.aliases.ROLLBACK"];
    assert_output!("part_target_way_back", plan(&project, &way_back));
}

#[test]
fn a_part_is_a_plan_like_any_other_and_the_rest_follows() {
    let (_sandbox, project) = applied_example();
    release(&project);
    let saved = ["--target", "functions.archivist", "--out", "plans/part.json"];
    project.succeeds_with(0, &[&["plan", "-e", "dev"], &saved[..]].concat());
    project.succeeds_with(0, &["apply", "-e", "dev", "plans/part.json", "--auto-approve"]);
    let again = plan(&project, &["--target", "functions.archivist"]);
    assert_output!("part_again", again);
    let rest = ["apply", "-e", "dev", "--exclude", "functions.archivist", "--auto-approve", "-q"];
    project.succeeds_with(0, &rest);
    let whole = project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    assert!(whole.stdout.contains("\nNo changes."), "{whole}");
}

#[test]
fn a_missing_function_that_is_excluded_blocks_nothing() {
    let (sandbox, project) = applied_example();
    release(&project);
    crate::hands::lambda(&sandbox, "DELETE", "docs-intake-dev", "", &serde_json::Value::Null);
    project.succeeds_with(1, &["plan", "-e", "dev"]);
    let exclude = ["--exclude", "functions.intake", "--exclude", "state_machines.processing"];
    assert_output!("part_exclude_missing", plan(&project, &exclude));
}

#[test]
fn an_address_that_nothing_declared_has_is_an_error_with_the_nearest_one() {
    let (sandbox, project) = example();
    let cases = [
        ["--target", "functions.intak"],
        ["--target", "functions.intake.aliases.LIV"],
        ["--exclude", "state_machine.processing"],
        ["--exclude", "functions.zzz"],
    ];
    let outputs: Vec<String> = cases.iter().map(|flags| plan(&project, flags).to_string()).collect();
    assert_output!("part_undeclared", outputs.join("\n"));
    sandbox.assert_silent();
}

#[test]
fn a_part_cannot_resume_what_was_interrupted() {
    let (_sandbox, project) = applied_example();
    release(&project);
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let journal = format!(
        "{{\"format\":1,\"entry\":\"started\",\"deployment\":\"deploy-20261122T101500Z-1a2b\",\"plan_digest\":\
         \"{digest}\",\"who\":\"ana\",\"at\":\"2026-11-22T10:15:00Z\"}}\n"
    );
    project.write("state/dev/journal.jsonl", journal);
    let part = ["apply", "-e", "dev", "--target", "functions.intake", "--auto-approve"];
    assert_output!("part_interrupted", project.repoint(&part));
}
