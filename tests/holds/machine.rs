//! State machines have versions and aliases too, and the same verbs.

use crate::{
    dev, done,
    sandbox::{Project, Sandbox, assert_output},
};

/// Returns the small project with a workflow that was released twice.
fn workflow() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let aliases =
        "[state_machines.checkout]\naliases.LIVE = \"latest\"\naliases.ROLLBACK = \"previous(LIVE)\"";
    project.edit("config/repoint.toml", "[state_machines.checkout]", aliases);
    done(&project, 0, &["apply", "-q"]);
    comment(&project, "second");
    done(&project, 0, &["apply", "-q"]);
    (sandbox, project)
}

/// Changes what the workflow does.
fn comment(project: &Project, release: &str) {
    let text = project.read("config/checkout.json");
    project
        .write("config/checkout.json", text.replacen('{', &format!("{{\n  \"Comment\": \"{release}\","), 1));
}

#[test]
fn a_workflow_goes_back_and_stays_until_it_changes() {
    let (_sandbox, project) = workflow();
    assert_output!("machine_rollback", done(&project, 0, &["rollback", "checkout"]));
    assert_output!("machine_held", crate::flowed(&dev(&project, &["plan", "--detailed-exitcode"])));
    let text = project.read("config/checkout.json");
    project.write("config/checkout.json", text.replace("second", "third"));
    assert_output!("machine_released", crate::flowed(&done(&project, 0, &["apply"])));
}

#[test]
fn a_workflow_that_goes_back_to_a_deployment_is_held_there() {
    let (_sandbox, project) = workflow();
    let text = project.read("config/checkout.json");
    project.write("config/checkout.json", text.replace("second", "third"));
    done(&project, 0, &["apply", "-q"]);
    let second = crate::deployment::deployments(&project)[1].clone();
    assert_output!("machine_deployment", done(&project, 0, &["rollback", "--to", &second]));
    // The file still has the third definition, and sends that; callers of the alias stay on the second.
    let plan = dev(&project, &["plan", "--detailed-exitcode"]);
    assert_output!("machine_deployment_then_plan", crate::flowed(&plan));
    done(&project, 0, &["apply"]);
    let plan = dev(&project, &["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{plan}");
}

#[test]
fn a_workflow_is_pointed_and_let_go() {
    let (_sandbox, project) = workflow();
    done(&project, 0, &["point", "shop-checkout-dev", "LIVE", "1=50,2=50"]);
    done(&project, 0, &["point", "state_machines.checkout", "LIVE", "1"]);
    assert_output!("machine_unhold", done(&project, 0, &["unhold", "checkout"]));
    let output = done(&project, 0, &["apply"]);
    assert!(output.stdout.contains("alias LIVE      1 → 2"), "{output}");
    let output = dev(&project, &["plan", "--detailed-exitcode"]);
    assert_eq!(output.code, Some(0), "{output}");
}
