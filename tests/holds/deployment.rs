//! `rollback --to DEPLOYMENT`: everything where a deployment left it, or nothing.

use std::fs;

use crate::{
    alias, dev, done, released,
    sandbox::{Project, assert_output},
};

/// Returns the deployments of dev, oldest first by when they began.
pub(crate) fn deployments(project: &Project) -> Vec<String> {
    let folder = project.path().join("state/dev/deployments");
    let mut found: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let text = project.read(&format!("state/dev/deployments/{name}"));
            let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
            (manifest["started"].as_str().unwrap().to_owned(), name.trim_end_matches(".json").to_owned())
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

/// Adds a state to the workflow and applies that.
fn change_workflow(project: &Project) {
    project.edit("config/checkout.json", "\"End\": true", "\"Next\": \"Done\"");
    let states = "    \"Done\": { \"Type\": \"Succeed\" },\n    \"TakeOrder\": {";
    project.edit("config/checkout.json", "    \"TakeOrder\": {", states);
    done(project, 0, &["apply"]);
}

#[test]
fn brings_back_aliases_and_definitions_and_the_next_apply_keeps_the_aliases() {
    let (sandbox, project) = released();
    let second = deployments(&project)[1].clone();
    change_workflow(&project);
    let output = done(&project, 0, &["rollback", "--to", &second]);
    assert_output!("deployment", output);
    assert_eq!(alias(&sandbox, "LIVE"), "3");
    let machine = serde_json::json!({ "stateMachineArn": "arn:aws:states:us-west-1:000000000000:stateMachine:shop-checkout-dev" });
    let shown = sandbox.states("DescribeStateMachine", &machine);
    assert!(!shown["definition"].as_str().unwrap().contains("Done"), "{shown}");
    // The TOML still has the new definition, and says so; the aliases are held.
    assert_output!("deployment_then_plan", crate::flowed(&dev(&project, &["plan", "--detailed-exitcode"])));
}

#[test]
fn lists_what_is_gone_and_sends_nothing() {
    let (sandbox, project) = released();
    let all = deployments(&project);
    change_workflow(&project);
    done(&project, 0, &["rollback", "--to", &all[2]]);
    project.edit("config/repoint.toml", "[functions.orders]", "[functions.orders]\nretention.keep = 2");
    change_retention(&project);
    let writes = sandbox.writes();
    assert_output!("deployment_version_gone", done(&project, 1, &["rollback", "--to", &all[0]]));
    fs::remove_dir_all(project.path().join("state/dev/definitions")).unwrap();
    assert_output!("deployment_definition_gone", done(&project, 1, &["rollback", "--to", &all[1]]));
    let cases: &[&[&str]] = &[
        &["rollback", "--to", "deploy-20200101T000000Z-0000", "-y"],
        &["rollback", "order", "--to", &all[1], "-y"],
    ];
    let outputs: Vec<String> = cases.iter().map(|arguments| dev(&project, arguments).to_string()).collect();
    assert_output!("deployment_bad", outputs.join("\n"));
    let elsewhere = project.repoint(&["rollback", "-e", "prod", "--to", &all[1], "-y"]);
    assert_output!("deployment_elsewhere", elsewhere);
    assert_eq!(sandbox.writes(), writes);
}

/// Deletes what nothing needs.
fn change_retention(project: &Project) {
    done(project, 0, &["cleanup", "orders", "--keep", "2", "--min-age", "0s"]);
}

#[test]
fn a_split_that_is_as_it_was_then_stands_in_nobodys_way() {
    let (sandbox, project) = released();
    let split = "aliases.CANARY = { split = { \"2\" = 90, \"latest\" = 10 } }\naliases.LIVE = \"latest\"";
    project.edit("config/repoint.toml", "aliases.LIVE = \"latest\"", split);
    project.edit(
        "config/repoint.toml",
        "[functions.mailer]",
        "[functions.mailer]\naliases.CANARY = \"unmanaged\"",
    );
    done(&project, 0, &["apply"]);
    let last = deployments(&project).last().expect("there are some").clone();
    done(&project, 0, &["point", "orders", "LIVE", "2"]);
    done(&project, 0, &["rollback", "--to", &last]);
    assert_eq!(alias(&sandbox, "LIVE"), "4");
}

#[test]
fn a_function_that_had_another_name_then_cannot_be_brought_back() {
    let (sandbox, project) = released();
    let first = deployments(&project)[0].clone();
    let path = format!("state/dev/deployments/{first}.json");
    project.write(&path, project.read(&path).replace("\"shop-orders-dev\"", "\"shop-order-dev\""));
    let writes = sandbox.writes();
    assert_output!("deployment_other_name", done(&project, 1, &["rollback", "--to", &first]));
    assert_eq!(sandbox.writes(), writes);
}
