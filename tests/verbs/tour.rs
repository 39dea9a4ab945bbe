//! `tour`: the whole job, without a terminal.

use crate::sandbox::{Project, Sandbox};

#[test]
fn runs_through_without_a_terminal() {
    let project = Project::empty();
    let output = project.succeeds_with(0, &["tour"]);
    let is_heading = |line: &&str| {
        ["── ", "$ ", "(exit code", "Plan: ", "No changes", "Drift: ", "In sync"]
            .iter()
            .any(|beginning| line.starts_with(beginning))
    };
    let headings: Vec<&str> = output.stdout.lines().filter(is_heading).collect();
    insta::assert_snapshot!("tour_headings", headings.join("\n"));
    assert!(project.files().is_empty(), "the tour leaves nothing behind");
}

#[test]
fn nothing_of_the_visitor_leads_elsewhere() {
    let elsewhere = Sandbox::quick();
    let url = elsewhere.url();
    let project = Project::empty();
    let profiles = format!(
        "[default]\nendpoint_url = {url}\nservices = here\n\n[services here]\nlambda =\n  endpoint_url = {url}\n"
    );
    project.write(".aws/config", &profiles);
    let home = project.path().display().to_string();
    let config = project.path().join(".aws/config").display().to_string();
    let project = project
        .variable("HOME", &home)
        .variable("AWS_CONFIG_FILE", &config)
        .variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        .variable("HTTP_PROXY", &url)
        .variable("http_proxy", &url)
        .variable("no_proxy", "example.com");
    project.succeeds_with(0, &["tour"]);
    elsewhere.assert_silent();
}
