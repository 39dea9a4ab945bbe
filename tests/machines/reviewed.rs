//! What a reviewer broke once: each of these lost something, or said what was not true.

use crate::{
    CHECKOUT, apply, arn, assert_done, hands, pin_mailer, publish,
    sandbox::{ACCOUNT, Project, REGION, Sandbox, assert_output},
    shop,
};
use serde_json::json;

/// Returns a shop whose mailer keeps one version.
fn forgetful(machine: &str) -> (Sandbox, Project) {
    let (sandbox, project) = shop(machine);
    project.edit("config/repoint.toml", "aliases.ROLLBACK = \"previous(LIVE)\"\n", "");
    let mailer = "[functions.mailer]\nretention = { keep = 1, min_age = \"0s\" }";
    project.edit("config/repoint.toml", "[functions.mailer]", mailer);
    (sandbox, project)
}

fn has_mailer(sandbox: &Sandbox, version: &str) -> bool {
    let versions = hands::lambda(sandbox, "GET", "shop-mailer-dev", "/versions", &json!({}));
    let versions = versions["Versions"].as_array().expect("they are listed");
    versions.iter().any(|found| found["Version"] == version)
}

#[test]
fn a_definition_that_cannot_be_read_keeps_whatever_it_might_call() {
    let (sandbox, project) = forgetful("references = \"off\"\naliases.LIVE = \"manual\"");
    apply(&project);
    let mailer = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-mailer-dev:2");
    let twice = format!(
        "{{\"Comment\":\"x\",\"Comment\":\"y\",\"StartAt\":\"A\",\"States\":{{\"A\":{{\"Type\":\"Task\",\"Resource\":\"{mailer}\",\"End\":true}}}}}}"
    );
    let before = hands::definition(&sandbox, CHECKOUT);
    hands::edit_definition(&sandbox, CHECKOUT, |_| twice);
    hands::states(&sandbox, "PublishStateMachineVersion", CHECKOUT, &json!({}));
    hands::edit_definition(&sandbox, CHECKOUT, |_| before);
    publish(&sandbox, "shop-mailer-dev", 50);
    publish(&sandbox, "shop-mailer-dev", 51);
    apply(&project);
    assert!(has_mailer(&sandbox, "2"), "a published version of the machine may call it");
    assert_output!("unreadable", project.repoint(&["plan", "-e", "dev", "-v"]));
}

#[test]
fn a_version_of_a_machine_that_another_one_starts_stays() {
    let (sandbox, project) = shop("aliases.LIVE = \"latest\"\nretention = { keep = 1, min_age = \"0s\" }");
    let child = arn("1");
    project.write(
        "config/parent.json",
        format!(
            "{{ \"StartAt\": \"Start\", \"States\": {{ \"Start\": {{ \"Type\": \"Task\", \"Resource\": \
             \"arn:aws:states:::states:startExecution\", \"Parameters\": {{ \"StateMachineArn\": \"{child}\" }}, \
             \"End\": true }} }} }}\n"
        ),
    );
    let parent =
        "[state_machines.parent]\nname = \"shop-parent-${env}\"\ndefinition = \"config/parent.json\"\n";
    project.edit("config/repoint.toml", "[limits]", &format!("{parent}\n[limits]"));
    let body = json!({
        "name": "shop-parent-dev", "roleArn": "arn:aws:iam::000000000000:role/parent",
        "definition": "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}}",
    });
    sandbox.states("CreateStateMachine", &body);
    apply(&project);
    for release in 2..=3 {
        crate::release(&project, release);
        apply(&project);
    }
    assert_eq!(crate::line(&sandbox), ["1", "3", "LIVE -> 3: 100%"]);
    assert_output!("started_by_another", project.repoint(&["plan", "-e", "dev", "-v"]));
    assert_done(&project);
}

#[test]
fn a_machine_that_is_being_deleted_makes_a_saved_plan_stale_before_anything_is_sent() {
    let (sandbox, project) = shop("references = \"LIVE\"");
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/first.json", "-q"]);
    hands::states(&sandbox, "StartExecution", CHECKOUT, &json!({}));
    hands::states(&sandbox, "DeleteStateMachine", CHECKOUT, &json!({}));
    let writes = sandbox.writes();
    let saved = ["apply", "-e", "dev", "plans/first.json", "--auto-approve"];
    assert_output!("deleting_is_stale", project.repoint(&saved));
    assert_eq!(sandbox.writes(), writes, "nothing may be sent");
}

#[test]
fn a_pinned_machine_has_an_empty_plan_after_its_twelfth_release_too() {
    let (_sandbox, project) = forgetful(
        "references = \"version\"\naliases.LIVE = \"latest\"\nretention = { keep = 2, min_age = \"0s\" }",
    );
    for seconds in 20..34 {
        if seconds > 20 {
            project.edit(
                "config/repoint.toml",
                &format!("timeout = {}", seconds - 1),
                &format!("timeout = {seconds}"),
            );
        }
        apply(&project);
        assert_done(&project);
    }
}

#[test]
fn the_word_for_numbers_to_come_is_refused_in_a_file() {
    let (sandbox, project) = shop("references = \"version\"");
    project.edit("config/checkout.json", "shop-orders-${env}", "shop-orders-${env}:$NEW");
    assert_output!("reserved", project.repoint(&["validate"]));
    assert_output!("reserved_plan", project.repoint(&["plan", "-e", "dev"]));
    sandbox.assert_untouched();
}

#[test]
fn a_machine_that_the_toml_does_not_name_any_more_keeps_what_it_pinned() {
    let (sandbox, project) = forgetful("references = \"off\"");
    pin_mailer(&project, 1);
    apply(&project);
    publish(&sandbox, "shop-mailer-dev", 50);
    publish(&sandbox, "shop-mailer-dev", 51);
    let toml = project.read("config/repoint.toml");
    let start = toml.find("[state_machines.checkout]").expect("it is declared");
    let end = toml.find("[limits]").expect("limits follow");
    project.write("config/repoint.toml", format!("{}{}", &toml[..start], &toml[end..]));
    apply(&project);
    assert!(has_mailer(&sandbox, "1"), "the machine still calls it");
    assert_output!("undeclared_machine", project.repoint(&["plan", "-e", "dev", "-v"]));
}
