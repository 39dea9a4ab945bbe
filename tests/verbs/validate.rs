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

#[test]
fn what_a_definition_hardly_means_is_a_warning_and_no_error() {
    let project = Project::small();
    project.edit("config/checkout.json", "\"Resource\"", "\"Arguments\": {}, \"Resource\"");
    assert_output!("validate_warning", project.repoint(&["validate", "-e", "dev"]));
}

#[test]
fn a_definition_in_yaml_is_valid_under_any_name() {
    let project = Project::small();
    let json = project.read("config/checkout.json");
    project.write("config/checkout.json", format!("# As YAML\n---\n{json}"));
    assert_output!("validate_yaml", project.repoint(&["validate", "-e", "dev"]));
}
