//! Definitions that are pinned to versions: `references = "version"`.

use crate::{
    CHECKOUT, apply, assert_done, hands, line,
    sandbox::{Project, Sandbox, assert_output},
    shop,
};

const PINNED: &str = "references = \"version\"";

/// Makes the next release of the code of `orders`.
fn release_code(project: &Project, number: u32) {
    let text = project.read("config/functions/orders.py");
    project.write("config/functions/orders.py", format!("{text}\n# release {number}\n"));
}

fn sends(sandbox: &Sandbox, reference: &str) {
    let definition = hands::definition(sandbox, CHECKOUT);
    assert!(definition.contains(reference), "{reference} is not in {definition}");
}

#[test]
fn a_definition_is_pinned_to_the_versions_that_the_plan_publishes() {
    let (sandbox, project) = shop(PINNED);
    assert_output!("pinned_plan", project.repoint(&["plan", "-e", "dev"]));
    assert_output!("pinned_apply", project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    sends(&sandbox, "shop-orders-dev:2\"");
    sends(&sandbox, "shop-mailer-dev:2\"");
    assert_done(&project);
    release_code(&project, 2);
    assert_output!("pinned_release", project.repoint(&["plan", "-e", "dev"]));
    apply(&project);
    sends(&sandbox, "shop-orders-dev:3\"");
    sends(&sandbox, "shop-mailer-dev:2\"");
    assert_done(&project);
}

#[test]
fn a_function_without_aliases_is_published_for_the_definition_alone() {
    let (sandbox, project) = shop(PINNED);
    project.edit("config/repoint.toml", "aliases.LIVE = \"latest\"\n", "");
    project.edit("config/repoint.toml", "aliases.ROLLBACK = \"previous(LIVE)\"\n", "");
    apply(&project);
    sends(&sandbox, "shop-orders-dev:2\"");
    assert_done(&project);
}

#[test]
fn a_pinned_machine_is_published_as_it_was_numbered() {
    let (sandbox, project) = shop(&format!("{PINNED}\naliases.LIVE = \"latest\""));
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/pinned.json", "-q"]);
    project.succeeds_with(0, &["apply", "-e", "dev", "plans/pinned.json", "--auto-approve", "-q"]);
    assert_eq!(line(&sandbox), ["1", "LIVE -> 1: 100%"]);
    assert_done(&project);
    // The same plan again finds everything done, although it says no number.
    let again = ["apply", "-e", "dev", "plans/pinned.json", "--auto-approve"];
    assert_output!("pinned_again", project.repoint(&again));
}

#[test]
fn one_state_may_be_pinned_and_the_others_go_through_an_alias() {
    let (sandbox, project) = shop("references = \"LIVE\"\nreferences_in = { SendMail = \"version\" }");
    apply(&project);
    sends(&sandbox, "shop-orders-dev:LIVE\"");
    sends(&sandbox, "shop-mailer-dev:2\"");
    assert_done(&project);
}
