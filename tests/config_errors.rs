//! What the desired-state file may not say, and how a mistake is told.
//!
//! Each snapshot holds all problems of one file: place, message, marked line, help.

#![expect(clippy::unwrap_used, reason = "a test stops where its world is not as it says")]

use std::fmt::Write as _;

use repoint::{
    config::{Document, EnvironmentChoice, MemoryFiles, Problem, SourceFile, choose_environment, parse},
    model::EnvironmentName,
};

/// Asserts the whole text against the snapshot that is named after the test.
macro_rules! assert_told {
    ($told:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($told) })
    };
}

/// Two environments and one function, so that each test adds only what it is about.
const HEAD: &str = r#"schema = 1
project = "shop"
environments.dev.region = "us-west-1"
environments.prod.region = "us-west-1"
defaults.name = "${id}-${env}"
"#;

const DEFINITION: &str = r#"{
  "StartAt": "Route",
  "States": {
    "Route": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName": "orders-dev:BETA" },
      "Next": "Bill"
    },
    "Bill": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-west-1:123456789012:function:billing-${env}",
      "End": true
    }
  }
}
"#;

fn files() -> MemoryFiles {
    MemoryFiles::new([
        ("src/app/main.py", "pass"),
        ("flow.json", DEFINITION),
        ("list.json", "[1, 2]"),
        ("broken.json", "{\n  \"StartAt\": \"A\",\n  \"States\": { \"A\": oops }\n}\n"),
    ])
}

fn document(text: &str) -> Result<Document, Vec<Problem>> {
    let path = "config/repoint.toml".to_owned();
    parse(SourceFile { path, text: text.to_owned() })
}

/// Returns what is wrong with the file in the environment `dev`.
fn told(text: &str) -> String {
    let environment = EnvironmentName::new("dev").unwrap();
    let resolved = document(text).and_then(|document| document.resolve(&environment, &files()));
    match resolved {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(problems) => problems.iter().map(shown).collect(),
    }
}

/// Returns what is wrong with the lines, after the common head.
fn told_after_head(lines: &str) -> String {
    told(&format!("{HEAD}{lines}"))
}

/// Writes a problem as place, message, the marked line and the help.
fn shown(problem: &Problem) -> String {
    let Problem { message, file, text, span, label, help } = problem;
    let (line, column) = problem.position();
    let source = text.lines().nth(line - 1).unwrap_or_default();
    let marked = text[span.clone()].lines().next().unwrap_or_default().chars().count().max(1);
    let indent = " ".repeat(column - 1);
    let mut out = String::new();
    writeln!(out, "{file}:{line}:{column}: {message}").unwrap();
    writeln!(out, "  | {source}").unwrap();
    writeln!(out, "  | {indent}{} {label}", "^".repeat(marked)).unwrap();
    for line in help.iter().flat_map(|help| help.lines()) {
        writeln!(out, "  = {line}").unwrap();
    }
    out
}

/// Tells the problems of several snippets, each under its own text.
fn told_each(snippets: &[&str]) -> String {
    let mut out = String::new();
    for snippet in snippets {
        let commented = snippet.replace('\n', "\n# ");
        writeln!(out, "# {commented}\n{}", told_after_head(snippet)).unwrap();
    }
    out
}

#[test]
fn a_sound_file_has_no_problem() {
    assert_eq!(told_after_head("[functions.orders]\ntimeout = 3\n"), "nothing is wrong");
}

#[test]
fn a_syntax_error_is_told_once() {
    assert_told!(told("schema = 1\nproject = shop\nx = =\n"));
}

#[test]
fn a_file_without_the_first_keys_says_what_to_write() {
    assert_told!(told(""));
}

#[test]
fn another_schema_is_refused() {
    assert_told!(told(&HEAD.replace("schema = 1", "schema = 2")));
}

#[test]
fn unknown_keys_name_the_nearest_valid_one() {
    assert_told!(told_each(&[
        "[functoins.orders]\ntimeout = 3",
        "[functions.orders]\nmemroy_size = 512",
        "[functions.orders]\nprovisioned_concurrency = 2",
        "[functions.orders]\nretention.kep = 5",
        "[functions.orders]\nvpc = { subnets = [] }",
        "[functions.orders]\ncode.folder = \"src/app\"",
        "[environments.dev.functions.orders]\nTimeout = 3",
        "environments.dev.acount = \"123456789012\"",
        "environments.dev.schema = 1",
        "[limits]\nmax_delete = 3",
        "[state_machines.flow]\ndefintion = \"flow.json\"",
    ]));
}

#[test]
fn keys_at_the_wrong_level_are_sent_to_the_right_one() {
    let before = ["region = \"us-west-1\"\n", "timeout = 3\n"];
    let told: String = before.iter().map(|line| told(&format!("{line}{HEAD}"))).collect();
    assert_told!(told);
}

#[test]
fn wrong_types_show_the_right_one() {
    assert_told!(told_each(&[
        "[functions.orders]\nmemory_size = \"512\"",
        "[functions.orders]\ntimeout = \"soon\"",
        "[functions.orders]\ntimeout = 3.5",
        "[functions.orders]\narchitectures = \"arm64\"",
        "[functions.orders]\naliases = \"LIVE\"",
        "[functions.orders]\naliases.LIVE = 42",
        "[functions.orders]\naliases.LIVE = true",
        "[functions.orders]\ncode = \"src/app\"",
        "[functions]\norders = 3",
        "environments.dev.account = 123456789012",
    ]));
}

#[test]
fn values_outside_of_their_range_show_the_bound() {
    assert_told!(told_each(&[
        "[functions.orders]\nmemory_size = 64",
        "[functions.orders]\ntimeout = 901",
        "[functions.orders]\nephemeral_storage = 99999999999999999999",
        "[functions.orders]\ntracing = \"active\"",
        "[functions.orders]\nsnap_start = \"Always\"",
        "[functions.orders]\narchitectures = [\"arm64\", \"x86_64\"]",
        "[functions.orders]\nfile_systems = [{ arn = \"arn:aws:elasticfilesystem:us-west-1:123456789012:access-point/fsap-1\" }]",
        "[functions.orders]\nrole = \"admin\"",
        "[functions.orders]\nhandler = \"app-${env}.handler\"",
        "[functions.orders]\nretention.min_age = \"-1h\"",
        "[functions.orders]\nretention.min_age = \"1 month\"",
        "[limits]\nlambda_rps = 0",
        "environments.dev.account = \"1234\"",
        "environments.dev.require = [\"clean_git\"]",
    ]));
}

#[test]
fn a_long_description_is_marked_where_it_is_too_long() {
    let description = "x".repeat(260);
    assert_told!(told_after_head(&format!("[functions.orders]\ndescription = \"{description}\"")));
}

#[test]
fn alias_targets_outside_of_the_grammar_are_refused() {
    assert_told!(told_each(&[
        "[functions.orders]\naliases.LIVE = \"lastest\"",
        "[functions.orders]\naliases.LIVE = \"previous\"",
        "[functions.orders]\naliases.ROLLBACK = \"prev(LIVE)\"",
        "[functions.orders]\naliases.BETA = \"sameas(LIVE)\"",
        "[functions.orders]\naliases.BETA = \"LIVE\"",
        "[functions.orders]\naliases.LIVE = \"newest\"",
        "[functions.orders]\naliases.LIVE = \"042\"",
        "[functions.orders]\naliases.LIVE = \"previous(42)\"",
        "[functions.orders]\naliases.LIVE = { latest = 100 }",
    ]));
}

#[test]
fn latest_with_a_dollar_is_refused_anywhere() {
    assert_told!(told_each(&[
        "[functions.orders]\naliases.LIVE = \"$LATEST\"",
        "[functions.orders]\naliases.LIVE = \"same-as($LATEST)\"",
        "[functions.orders]\naliases.LIVE = { split = { \"$LATEST\" = 100 } }",
        "[functions.orders]\naliases.\"$LATEST\" = \"latest\"",
        "[functions.orders]\nname = \"orders:$LATEST\"",
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nreferences = \"$LATEST\"",
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nsubstitutions.orders = \"orders:$LATEST\"",
    ]));
}

#[test]
fn numeric_alias_names_are_refused() {
    assert_told!(told_after_head("[functions.orders]\naliases.42 = \"latest\"\n"));
}

#[test]
fn names_that_break_the_patterns_are_refused() {
    assert_told!(told_each(&[
        "[functions.\"orders api\"]\ntimeout = 3",
        "[functions.orders]\naliases.\"LIVE 2\" = \"latest\"",
        "[functions.orders]\nname = \"orders ${env}\"",
        "[functions.orders]\nname = \"an-order-service-with-a-name-that-is-longer-than-lambda-allows-${env}\"",
        "[functions.orders]\nname = \"orders-${environment}\"",
        "[functions.orders]\nname = \"orders-${evn}\"",
        "[functions.orders]\nname = \"orders-${env\"",
        "[functions.orders]\nversion_description = \"${git.sort}\"",
        "[state_machines.flow]\nname = \"flow.${env}\"\ndefinition = \"flow.json\"",
    ]));
}

#[test]
fn a_function_without_a_name_says_where_one_could_come_from() {
    let head = HEAD.replace("defaults.name = \"${id}-${env}\"\n", "");
    assert_told!(told(&format!("{head}[functions.orders]\ntimeout = 3\n")));
}

#[test]
fn aliases_that_follow_each_other_are_refused() {
    assert_told!(told_after_head(
        "[functions.orders.aliases]\nA = \"previous(B)\"\nB = \"same-as(C)\"\nC = { split = { \"previous(A)\" = 10, latest = 90 } }\nD = \"same-as(D)\"\nE = \"previous(A)\"\n"
    ));
}

#[test]
fn shares_add_up_to_one_hundred() {
    assert_told!(told_each(&[
        "[functions.orders]\naliases.CANARY = { split = { \"41\" = 90, \"latest\" = 20 } }",
        "[functions.orders]\naliases.CANARY = { split = { latest = 10 } }",
        "[functions.orders]\naliases.CANARY = { split = {} }",
        "[functions.orders]\naliases.CANARY = { split = { \"41\" = 0.9, latest = 0.1 } }",
        "[functions.orders]\naliases.CANARY = { split = { \"41\" = 100, latest = 0 } }",
    ]));
}

#[test]
fn a_split_has_at_most_two_sides_and_only_versions() {
    assert_told!(told_each(&[
        "[functions.orders]\naliases.CANARY = { split = { \"41\" = 50, \"42\" = 30, latest = 20 } }",
        "[functions.orders]\naliases.CANARY = { split = { LIVE = 90, manual = 10 } }",
    ]));
}

#[test]
fn a_follower_of_an_undeclared_alias_is_refused() {
    assert_told!(told_each(&[
        "[functions.orders.aliases]\nLIVE = \"latest\"\nROLLBACK = \"previous(LIV)\"",
        "[functions.orders.aliases]\nROLLBACK = \"previous(STABLE)\"",
        "[functions.orders.aliases]\nBETA = \"same-as(LIVE)\"",
        "[functions.orders.aliases]\nLIVE = { split = { latest = 10, \"previous(OLD)\" = 90 } }",
    ]));
}

#[test]
fn a_dropped_alias_cannot_be_followed() {
    assert_told!(told_after_head(
        "defaults.aliases.LIVE = \"latest\"\ndefaults.aliases.ROLLBACK = \"previous(LIVE)\"\n[functions.orders]\naliases.LIVE = \"unmanaged\"\n"
    ));
}

#[test]
fn an_inherited_mistake_is_told_once() {
    assert_told!(told_after_head(
        "defaults.aliases.ROLLBACK = \"previous(LIVE)\"\n[functions.orders]\n[functions.billing]\n"
    ));
}

#[test]
fn previous_needs_two_kept_versions() {
    assert_told!(told_after_head(
        "[functions.orders]\naliases.LIVE = \"latest\"\naliases.ROLLBACK = \"previous(LIVE)\"\nretention.keep = 1\n"
    ));
}

#[test]
fn two_functions_cannot_have_one_physical_name() {
    assert_told!(told_each(&[
        "[functions.orders]\n[functions.billing]\nname = \"orders-dev\"",
        "environments.dev.defaults.name = \"api-${env}\"\n[functions.orders]\n[functions.billing]",
    ]));
}

#[test]
fn two_machines_cannot_have_one_physical_name() {
    assert_told!(told_after_head(
        "[state_machines.a]\nname = \"flow\"\ndefinition = \"flow.json\"\n[state_machines.b]\nname = \"flow\"\ndefinition = \"flow.json\"\n"
    ));
}

#[test]
fn missing_files_are_refused() {
    assert_told!(told_each(&[
        "[functions.orders]\ncode.path = \"src/ap\"",
        "[functions.orders]\ncode.path = \"/src/app\"",
        "[functions.orders]\ncode.zip = \"dist/orders.zip\"",
        "[functions.orders]\ncode.zip = \"src/app\"",
        "[functions.orders]\ncode = { path = \"src/app\", zip = \"dist/orders.zip\" }",
        "[functions.orders]\ncode = {}",
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"flows.json\"",
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"src\"",
        "[state_machines.flow]\nname = \"flow\"",
    ]));
}

#[test]
fn a_definition_that_is_not_one_is_shown_in_its_file() {
    assert_told!(told_each(&[
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"broken.json\"",
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"list.json\"",
    ]));
}

#[test]
fn references_through_an_alias_that_a_function_does_not_declare_are_refused() {
    assert_told!(told_after_head(
        "[functions.orders.aliases]\nLIVE = \"latest\"\nBETA = \"latest\"\n[functions.billing]\naliases.STABLE = \"latest\"\n\
         [state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nreferences = \"LIVE\"\n"
    ));
}

#[test]
fn an_alias_that_the_definition_names_must_be_declared() {
    assert_told!(told_each(&[
        "[functions.orders]\naliases.LIVE = \"latest\"\n[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"",
        "[functions.orders]\naliases.BETTA = \"latest\"\n[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nreferences = \"off\"",
    ]));
}

#[test]
fn references_must_be_said_where_live_is_not_everywhere() {
    assert_told!(told_after_head(
        "[functions.orders]\naliases.BETA = \"latest\"\n[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\n"
    ));
}

#[test]
fn substitutions_use_known_variables() {
    assert_told!(told_each(&[
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nsubstitutions.table = \"orders-${environment}\"",
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nsubstitutions.account = \"123456789012\"",
    ]));
}

#[test]
fn keys_whose_engine_is_not_built_are_refused() {
    assert_told!(told_each(&["[state]\ns3 = { bucket = \"states\", prefix = \"shop/\" }",]));
}

#[test]
fn a_group_has_a_name_and_is_said_by_each_function() {
    assert_told!(told_each(&[
        "[functions.orders]\ngroup = \"my money\"",
        "[functions.orders]\ngroup = 7",
        "[functions.orders]\ngroups = \"money\"",
        "defaults.group = \"money\"",
        "environments.dev.defaults.group = \"money\"",
        "group = \"money\"",
    ]));
}

#[test]
fn a_variable_has_a_name_that_lambda_takes_and_one_source() {
    assert_told!(told_each(&[
        "[functions.orders]\nenvironment.AWS_REGION = { from_env = \"REGION\" }",
        "[functions.orders]\nenvironment.T = { from_env = \"T\" }",
        "[functions.orders]\nenvironment.ORDERS-TABLE = { from_env = \"TABLE\" }",
        "[functions.orders]\nenvironment.TABLE = {}",
        "[functions.orders]\nenvironment.TABLE = { from_env = \"TABLE\", ssm = \"/shop/table\" }",
        "[functions.orders]\nenvironment.TABLE = { from_evn = \"TABLE\" }",
        "[functions.orders]\nenvironment.TABLE = { from_env = \"$TABLE\" }",
        "[functions.orders]\nenvironment.TABLE = { from_env = \"TABLE_${id}_${stage}\" }",
        "[functions.orders]\nenvironment.TABLE = { ssm = \"shop/table\" }",
        "[functions.orders]\nenvironment.TABLE = { ssm = \"/shop/${env}/orders table\" }",
        "[functions.orders-list]\nenvironment.TABLE = { from_env = \"TABLE_${id}\" }",
    ]));
}

#[test]
fn an_object_is_named_with_the_version_that_stays() {
    let s3 = |inside: &str| format!("[functions.orders]\ncode.s3 = {{ {inside} }}");
    let files = [
        s3("bucket = \"packages\", key = \"orders.zip\""),
        s3("bucket = \"packages\", key = \"orders.zip\", version = \"null\""),
        s3("bucket = \"packages\", key = \"orders.zip\", version = \"\""),
        s3("bucket = \"p\", key = \"\", version = \"a b\""),
        s3("bucket = \"packages-${env}\", key = \"orders.zip\", version = \"v\""),
        s3("key = \"orders.zip\", version = \"v\""),
        s3("bucket = \"packages\", key = \"orders.zip\", version_id = \"v\""),
        "[functions.orders]\ncode.s3 = \"s3://packages/orders.zip\"".to_owned(),
    ];
    assert_told!(told_each(&files.each_ref().map(String::as_str)));
}

#[test]
fn an_image_is_named_by_its_digest_and_brings_runtime_and_handler_along() {
    let digest = "1a187dade6c4c4f88448176082c93b7a0428cd02080b64ca32a8b9fac8d5d24d";
    let image = |image: &str| format!("[functions.orders]\ncode.image = \"{image}\"");
    let whole = format!("123456789012.dkr.ecr.us-west-1.amazonaws.com/team/orders@sha256:{digest}");
    let files = [
        image("123456789012.dkr.ecr.us-west-1.amazonaws.com/team/orders:7"),
        image("123456789012.dkr.ecr.us-west-1.amazonaws.com/orders"),
        image(&format!("123456789012.dkr.ecr.us-west-1.amazonaws.com/orders:7@sha256:{digest}")),
        image("123456789012.dkr.ecr.us-west-1.amazonaws.com/orders@sha256:1a18"),
        image(&format!("public.ecr.aws/shop/orders@sha256:{digest}")),
        image(&whole.replace("us-west-1", "eu-west-1")),
        format!("{}\nruntime = \"python3.13\"\nhandler = \"app.handler\"", image(&whole)),
    ];
    assert_told!(told_each(&files.each_ref().map(String::as_str)));
}

#[test]
fn literal_environment_values_are_refused_and_never_shown() {
    let text = told_each(&[
        "[functions.orders]\nenvironment.PASSWORD = \"hunter2\"",
        "[functions.orders]\nenvironment = { PASSWORD = { value = \"hunter2\" }, PIN = 1234 }",
    ]);
    let told = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    assert!(!told.contains("hunter2") && !told.contains("1234"), "{told}");
    assert_told!(told);
}

#[test]
fn a_literal_environment_value_is_hidden_beside_a_syntax_error_too() {
    let told = told_after_head("[functions.orders]\nenvironment = { PASSWORD = \"hunter2\", PIN = oops }\n");
    assert!(!told.contains("hunter2"), "{told}");
    assert_told!(told);
}

#[test]
fn ignored_drift_must_be_of_something_declared() {
    assert_told!(told_each(&[
        "drift.ignore = [\"functions.order.memory_size\"]\n[functions.orders]",
        "drift.ignore = [\"functions.orders.memory\"]\n[functions.orders]",
        "drift.ignore = [\"orders\"]\n[functions.orders]",
    ]));
}

#[test]
fn the_logging_of_a_machine_names_its_group() {
    assert_told!(told_each(&[
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nlogging.level = \"ALL\"",
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nlogging.include_execution_data = true",
        "[state_machines.flow]\nname = \"flow\"\ndefinition = \"flow.json\"\nlogging = { level = \"OFF\", group = \"arn:aws:logs:us-west-1:123456789012:log-group:flow:*\" }",
    ]));
}

#[test]
fn several_mistakes_are_told_together_in_the_order_of_the_file() {
    assert_told!(told_after_head(
        "[functions.orders]\ntimeout = 0\nmemroy_size = 1\n[functions.billing]\naliases.LIVE = \"newest\"\nrole = \"x\"\n"
    ));
}

#[test]
fn a_mistake_of_an_environment_is_shown_there() {
    assert_told!(told_after_head(
        "[functions.orders]\naliases.LIVE = \"latest\"\n[environments.dev.functions.orders]\naliases.ROLLBACK = \"previous(LIEV)\"\n"
    ));
}

#[test]
fn the_environment_must_be_declared() {
    let document = document(HEAD).unwrap();
    let choices = [
        EnvironmentChoice { flag: Some("prdo".to_owned()), ..EnvironmentChoice::default() },
        EnvironmentChoice { repoint_environment: Some("prods".to_owned()), ..EnvironmentChoice::default() },
        EnvironmentChoice { environment: Some("staging".to_owned()), ..EnvironmentChoice::default() },
        EnvironmentChoice::default(),
    ];
    let told: String =
        choices.iter().map(|choice| shown(&choose_environment(&document, choice).unwrap_err())).collect();
    assert_told!(told);
}

#[test]
fn the_strongest_word_chooses_the_environment() {
    let several = document(HEAD).unwrap();
    let one = document("schema = 1\nproject = \"shop\"\n[environments.dev]\n").unwrap();
    let said = |text: &str| Some(text.to_owned());
    let (dev, prod) = (said("dev"), said("prod"));
    let cases = [
        (&several, (dev.clone(), prod.clone(), prod.clone()), ("dev", "-e")),
        (&several, (None, prod.clone(), dev.clone()), ("prod", "REPOINT_ENVIRONMENT")),
        (&several, (None, said(""), dev), ("dev", "ENVIRONMENT")),
        (&one, (None, None, None), ("dev", "the only one declared")),
    ];
    for (document, (flag, repoint_environment, environment), expected) in cases {
        let choice = EnvironmentChoice { flag, repoint_environment, environment };
        let chosen = choose_environment(document, &choice).unwrap();
        assert_eq!((chosen.name.as_str(), chosen.source), expected);
    }
}

#[test]
fn resolving_an_undeclared_environment_is_a_problem() {
    let environment = EnvironmentName::new("staging").unwrap();
    let problems = document(HEAD).unwrap().resolve(&environment, &files()).unwrap_err();
    assert_told!(shown(&problems[0]));
}
