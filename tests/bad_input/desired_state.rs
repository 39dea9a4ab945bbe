//! Mistakes in the desired-state file and in the definitions that it names.
//!
//! They are seen before anything is asked of AWS, by every verb in the same words.

use crate::sandbox::{Output, Project, Sandbox, assert_output};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];

/// Returns what `validate` says of the project, after an apply has said the same and sent nothing.
fn refused(project: Project) -> Output {
    let sandbox = Sandbox::with_small();
    let project = project.on(&sandbox);
    let before = project.files();
    let applied = project.succeeds_with(1, &APPLY);
    let validated = project.succeeds_with(1, &["validate", "-e", "dev"]);
    assert_eq!((applied.stdout, applied.stderr), (validated.stdout.clone(), validated.stderr.clone()));
    sandbox.assert_silent();
    assert_eq!(project.files(), before);
    validated
}

/// Makes the small project with one text of its TOML replaced.
fn edited(from: &str, to: &str) -> Project {
    let project = Project::small();
    project.edit("config/repoint.toml", from, to);
    project
}

#[test]
fn an_unknown_key_is_shown_with_the_nearest_one() {
    assert_output!("unknown_key", refused(edited("memory_size = 256", "memroy_size = 256")));
}

#[test]
fn a_value_of_the_wrong_type_is_shown_with_the_right_one() {
    assert_output!("wrong_type", refused(edited("timeout = 20", "timeout = \"20\"")));
}

#[test]
fn aliases_that_follow_each_other_are_refused() {
    let cycle = "timeout = 20\naliases.BLUE = \"same-as(GREEN)\"\naliases.GREEN = \"same-as(BLUE)\"";
    assert_output!("alias_cycle", refused(edited("timeout = 20", cycle)));
}

#[test]
fn shares_that_are_not_one_hundred_are_refused() {
    let split = "timeout = 20\naliases.CANARY = { split = { \"1\" = 90, \"latest\" = 20 } }";
    assert_output!("split_not_100", refused(edited("timeout = 20", split)));
}

#[test]
fn a_definition_that_is_no_json_is_shown_where_it_breaks() {
    let project = Project::small();
    project.edit("config/checkout.json", "\"Next\": \"SendMail\"", "\"Next\": SendMail");
    assert_output!("definition_not_json", refused(project));
}

#[test]
fn a_reference_to_an_alias_that_nobody_declares_is_shown_in_the_definition() {
    let project = Project::small();
    project.edit("config/checkout.json", "shop-orders-${env}", "shop-orders-${env}:BETA");
    assert_output!("undeclared_alias", refused(project));
}

#[test]
fn a_definition_in_yaml_is_shown_where_it_breaks() {
    let project = edited("checkout.json", "checkout.yaml");
    project.write("config/checkout.yaml", "StartAt: TakeOrder\nStates:\n\tTakeOrder: {Type: Succeed}\n");
    assert_output!("definition_not_yaml", refused(project));
}

#[test]
fn a_definition_whose_states_lead_nowhere_is_refused_with_each_place() {
    let project = Project::small();
    project.edit("config/checkout.json", "\"Next\": \"SendMail\"", "\"Next\": \"Sendmail\"");
    assert_output!("definition_leads_nowhere", refused(project));
}

#[test]
fn a_word_that_yaml_readers_disagree_about_is_not_sent() {
    let project = edited("checkout.json", "checkout.yaml");
    project.write(
        "config/checkout.yaml",
        "StartAt: TakeOrder\nStates:\n  TakeOrder:\n    Type: Pass\n    Result: {gift: no}\n    End: true\n",
    );
    assert_output!("definition_ambiguous", refused(project));
}

#[test]
fn two_mistakes_are_told_together() {
    let project = edited("memory_size = 256", "memory_size = 64");
    project.edit("config/repoint.toml", "timeout = 20", "timout = 20");
    assert_output!("two_mistakes", refused(project));
}

#[test]
fn a_syntax_error_is_shown_where_it_is() {
    assert_output!("syntax_error", refused(edited("timeout = 20", "timeout = 20 seconds")));
}

#[test]
fn a_file_of_a_later_schema_is_refused() {
    assert_output!("later_schema", refused(edited("schema  = 1", "schema  = 2")));
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let project = Project::small();
    project.write("config/repoint.toml", b"schema = 1\nproject = \"caf\xe9\"\n");
    assert_output!("not_utf8", refused(project));
}

#[test]
fn a_literal_environment_value_is_refused_and_never_shown() {
    let output = refused(edited("timeout = 20", "timeout = 20\nenvironment.PASSWORD = \"hunter2\""));
    assert!(!output.to_string().contains("hunter2"));
    assert_output!("literal_environment_value", output);
}

#[test]
fn each_key_whose_engine_is_not_built_is_refused_with_a_way_around() {
    let projects =
        [edited("[limits]", "[state]\ns3 = { bucket = \"states\", prefix = \"shop/\" }\n\n[limits]")];
    let told: Vec<String> = projects.into_iter().map(|project| refused(project).stderr).collect();
    assert_output!("not_built_yet", told.join("\n"));
}

#[test]
fn an_environment_that_is_not_declared_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    assert_output!("undeclared_environment", project.repoint(&["plan", "-e", "prd"]));
    sandbox.assert_silent();
}

#[test]
fn one_of_two_environments_must_be_chosen() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    assert_output!("no_environment", project.repoint(&["plan"]));
    sandbox.assert_silent();
}

#[test]
fn a_value_is_masked_wherever_somebody_writes_it() {
    let lines = [
        "environment.TOKEN = \"zebra\"",
        "environmemt.TOKEN = \"zebra\"",
        "variables.TOKEN = \"zebra\"",
        "env = { TOKEN = \"zebra\" }",
        "environment.TOKEN = { from_env = [\"zebra\"] }",
        "environment.TOKEN = { from_env = \"zebra and more\" }",
        "environment.TOKEN = { ssm = \"zebra and more\" }",
        "environment.TOKEN = \"zebra\"\nenvironment.TOKEN = \"zebra\"",
        "environment.TOKEN: \"zebra\"",
        "\n[functions.mailer.environment]\nTOKEN: \"zebra\"",
        "\n[functons.mailer.environment]\nTOKEN = \"zebra\"",
    ];
    for line in lines {
        let output = refused(edited("timeout = 20", &format!("timeout = 20\n{line}")));
        assert!(!output.to_string().contains("zebra"), "{line}\n{output}");
    }
}
