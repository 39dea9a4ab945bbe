//! `cleanup`: the deletions alone, and why the rest stays.

use crate::{dev, done, release_of, released, sandbox::assert_output};

/// Returns the releases with a retention that lets nothing go for a day.
fn kept() -> (crate::sandbox::Sandbox, crate::sandbox::Project) {
    let (sandbox, project) = released();
    project.edit("config/repoint.toml", "[functions.orders]", "[functions.orders]\nretention.keep = 2");
    (sandbox, project)
}

#[test]
fn says_of_every_version_why_it_stays_and_changes_nothing_else() {
    let (sandbox, project) = kept();
    release_of(&project, "fourth");
    let writes = sandbox.writes();
    assert_output!("cleanup_nothing", done(&project, 0, &["cleanup"]));
    assert_output!("cleanup_one", dev(&project, &["cleanup", "shop-o*", "--min-age", "0s", "--dry-run"]));
    assert_eq!(sandbox.writes(), writes);
    assert_output!(
        "cleanup_asked",
        done(&project, 0, &["cleanup", "orders", "--keep", "1", "--min-age", "0s"])
    );
    let deleted = "204 DeleteFunction arn:aws:lambda:us-west-1:000000000000:function:shop-orders-dev";
    assert_eq!(sandbox.writes()[writes.len()..], [format!("{deleted}:1"), format!("{deleted}:2")]);
}

#[test]
fn what_is_declared_and_not_there_yet_is_no_waste() {
    let (sandbox, project) = kept();
    project.edit("config/repoint.toml", "retention.keep = 2", "retention.keep = 2\naliases.PARTNER = \"1\"");
    let output = done(&project, 0, &["cleanup", "--keep", "1", "--min-age", "0s"]);
    assert_output!("cleanup_declared", output);
    let writes = sandbox.writes();
    assert!(
        !writes.iter().any(|write| write.contains("Delete") && write.ends_with("function:shop-orders-dev:1")),
        "{writes:?}"
    );
}

#[test]
fn a_saved_cleanup_is_applied_with_the_rule_that_it_was_made_with() {
    let (sandbox, project) = kept();
    let asked = ["cleanup", "orders", "--keep", "1", "--min-age", "0s", "--out", "plans/less.json"];
    let output = dev(&project, &asked);
    assert_eq!(output.code, Some(0), "{output}");
    let writes = sandbox.writes().len();
    done(&project, 0, &["apply", "plans/less.json"]);
    assert_eq!(sandbox.writes().len(), writes + 2);
}

#[test]
fn a_version_that_somebody_took_since_is_protected_and_the_rest_goes_on() {
    let (sandbox, project) = kept();
    let asked = ["cleanup", "orders", "--keep", "1", "--min-age", "0s", "--out", "plans/less.json"];
    dev(&project, &asked);
    let body = serde_json::json!({ "Name": "HAND", "FunctionVersion": "1" });
    sandbox.lambda("POST", "/2015-03-31/functions/shop-orders-dev/aliases", &body);
    assert_output!("cleanup_protected", done(&project, 0, &["apply", "plans/less.json"]));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (sandbox, project) = kept();
    let cases: &[&[&str]] = &[
        &["cleanup", "order"],
        &["cleanup", "zzz*"],
        &["cleanup", "--min-age", "yesterday"],
        &["cleanup", "--keep", "all"],
        &["cleanup", "--keep", "1", "--min-age", "0s", "--max-deletes", "1", "-y"],
        &["cleanup", "orders", "--keep", "1", "--min-age", "0s", "--max-deletes", "1", "-y"],
        &["cleanup"],
    ];
    let writes = sandbox.writes();
    let outputs: Vec<String> = cases.iter().map(|arguments| dev(&project, arguments).to_string()).collect();
    assert_output!("cleanup_bad", outputs.join("\n"));
    assert_eq!(sandbox.writes(), writes);
}
