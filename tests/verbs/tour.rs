//! `tour`: the whole job, without a terminal.

use crate::sandbox::Project;

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
