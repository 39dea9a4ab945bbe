//! `validate`: everything that can be known without AWS.

use crate::sandbox::{Project, assert_output};

#[test]
fn validates_every_environment_without_an_account() {
    let project = Project::example();
    assert_output!("validate", project.repoint(&["validate"]));
    assert_output!("validate_one", project.repoint(&["validate", "-e", "prod"]));
    assert_output!("validate_json", project.repoint(&["validate", "--json"]));
}

#[test]
fn the_project_is_found_from_below_and_from_elsewhere() {
    let project = Project::example();
    assert_output!("validate_below", project.repoint(&["-C", "config/functions", "validate", "-e", "dev"]));
    project.write("other.toml", project.read("config/repoint.toml"));
    assert_output!("validate_other_file", project.repoint(&["validate", "-e", "dev", "-c", "other.toml"]));
    assert_output!("validate_nowhere", project.repoint(&["-C", "..", "validate"]));
}
