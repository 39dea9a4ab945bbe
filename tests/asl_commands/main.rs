//! `asl refs` and `asl rewrite`: the real program on one file, its whole output, and what it says to
//! input that is no definition.
//!
//! There is no project, no account and no network here.

mod bad;
#[expect(dead_code, reason = "every folder of tests uses its own part of it")]
#[path = "../support/sandbox.rs"]
mod sandbox;

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use sandbox::{Output, Project, assert_output};

const JSON: &str = r#"{
  "StartAt": "Take order",
  "States": {
    "Take order": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
      "Parameters": { "FunctionName": "shop-orders:7", "Payload.$": "$" },
      "Next": "Mail"
    },
    "Mail": {
      "Type": "Parallel",
      "Next": "Bill",
      "Branches": [
        { "StartAt": "Send", "States": { "Send": {
          "Type": "Task", "End": true,
          "Resource": "arn:aws:lambda:us-west-1:123456789012:function:shop-mailer" } } },
        { "StartAt": "Log", "States": { "Log": {
          "Type": "Task", "End": true, "Resource": "arn:aws:states:::lambda:invoke",
          "Arguments": { "FunctionName": "shop-log", "Qualifier": "STAGING" } } } }
      ]
    },
    "Bill": {
      "Type": "Task",
      "Resource": "${BillingArn}",
      "Next": "Ask"
    },
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName.$": "$.callback", "Payload": { "OrdersLambdaArn": "shop-orders" } },
      "Next": "Done"
    },
    "Done": {
      "Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:lambda:updateAlias",
      "Parameters": { "FunctionName": "shop-orders", "Name": "LIVE" },
      "End": true
    }
  }
}
"#;

const YAML: &str = "# The shop\r
StartAt: Take order\r
States:\r
  Take order:\r
    Type: Task   # arn:aws:lambda:us-west-1:123456789012:function:shop-orders\r
    Resource: >-\r
      arn:aws:lambda:us-west-1:123456789012:function:shop-orders:$LATEST\r
    Next: 'Bill'\r
  Bill: {Type: Task, Resource: !GetAtt Billing.Arn, End: true}";

/// Returns a folder with the two definitions; it is no project.
fn folder() -> Project {
    let folder = Project::empty();
    folder.write("flow.json", JSON);
    folder.write("flow.yaml", YAML);
    folder
}

/// Runs the program with something on its standard input.
fn fed(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_repoint"));
    command.args(arguments).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A program that has refused its input need not read all of it.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    let output = child.wait_with_output().expect("the program ends");
    Output {
        command: format!("repoint {} < input", arguments.join(" ")),
        stdout: String::from_utf8(output.stdout).expect("it is text"),
        stderr: String::from_utf8(output.stderr).expect("it is text"),
        code: output.status.code(),
    }
}

#[test]
fn refs_lists_every_reference_with_its_place() {
    let folder = folder();
    assert_output!("refs", folder.repoint(&["asl", "refs", "flow.json"]));
    assert_output!("refs_all", folder.repoint(&["asl", "refs", "flow.json", "--all"]));
    assert_output!("refs_json", folder.repoint(&["asl", "refs", "flow.json", "--all", "--json"]));
    assert_output!("refs_yaml", folder.repoint(&["asl", "refs", "flow.yaml"]));
    assert_output!("refs_yaml_json", folder.repoint(&["asl", "refs", "flow.yaml", "--json", "-q"]));
}

#[test]
fn refs_of_a_definition_without_any_are_none() {
    let input = br#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#;
    assert_output!("refs_none", fed(&["asl", "refs", "-"], input));
    assert_output!("refs_none_json", fed(&["asl", "refs", "-", "--json"], input));
}

#[test]
fn rewrite_prints_the_definition_and_tells_the_rest() {
    let folder = folder();
    let rewritten = folder.repoint(&["asl", "rewrite", "flow.json", "--alias", "LIVE"]);
    let expected = JSON.replace("orders:7", "orders:LIVE").replace("shop-mailer", "shop-mailer:LIVE");
    assert_eq!(rewritten.stdout, expected, "another alias is kept (A11)");
    assert_output!("rewrite", rewritten);
    let arguments = ["asl", "rewrite", "flow.yaml", "--alias", "LIVE"];
    let rewritten = folder.repoint(&arguments);
    assert_eq!(rewritten.stdout, YAML.replace("$LATEST", "LIVE"), "no line end is added or changed");
    assert_output!("rewrite_yaml", rewritten);
    assert_output!("rewrite_json", folder.repoint(&[&arguments[..], &["--json"]].concat()));
}

#[test]
fn a11_existing_says_which_qualifiers_give_way() {
    let folder = folder();
    let rewritten = |existing| {
        let arguments = ["asl", "rewrite", "flow.json", "--alias", "LIVE", "-q", "--existing", existing];
        folder.succeeds_with(0, &arguments).stdout
    };
    let latest = JSON.replace("shop-mailer", "shop-mailer:LIVE");
    assert_eq!(rewritten("latest"), latest);
    let versions = latest.replace("orders:7", "orders:LIVE");
    assert_eq!(rewritten("versions"), versions);
    assert_eq!(rewritten("all"), versions.replace("STAGING", "LIVE"));
}

#[test]
fn a12_only_what_is_in_scope_is_rewritten() {
    let folder = folder();
    let arguments = |more: &[&'static str]| {
        let base = ["asl", "rewrite", "flow.json", "--alias", "12", "--existing", "all"];
        [&base[..], more].concat()
    };
    let functions = folder.repoint(&arguments(&["--functions", "shop-orders,shop-log"]));
    let expected = JSON.replace("orders:7", "orders:12").replace("STAGING", "12");
    assert_eq!(functions.stdout, expected);
    assert_output!("rewrite_functions", functions);
    assert_output!("rewrite_account", folder.repoint(&arguments(&["--account", "999999999999"])));
    assert_output!("rewrite_region", folder.repoint(&arguments(&["--region", "eu-west-1"])));
}

#[test]
fn standard_input_is_read_and_rewriting_again_changes_nothing() {
    let arguments = ["asl", "rewrite", "-", "--alias", "LIVE", "--existing", "all"];
    for text in [JSON, YAML] {
        let once = fed(&arguments, text.as_bytes());
        let twice = fed(&arguments, once.stdout.as_bytes());
        assert_eq!((once.code, twice.code), (Some(0), Some(0)));
        assert_ne!(once.stdout, text);
        assert_eq!(twice.stdout, once.stdout);
    }
    let marked = format!("\u{feff}{JSON}");
    let rewritten = fed(&["asl", "rewrite", "-", "--alias", "7", "-q"], marked.as_bytes());
    assert_eq!(rewritten.stdout, marked.replace("shop-mailer", "shop-mailer:7"));
    assert_eq!(rewritten.stderr, "");
}

#[test]
fn the_help_says_what_it_reads() {
    let folder = folder();
    assert_output!("help_refs", folder.repoint(&["asl", "refs", "-h"]));
    assert_output!("help_rewrite", folder.repoint(&["asl", "rewrite", "-h"]));
}
