//! What is wrong with a definition, with every word and every marked character.

#![expect(clippy::unwrap_used, reason = "what reads the answers is a test too")]

use std::fmt::Write as _;

use repoint::asl::problems;

fn machine(states: &str) -> String {
    format!("{{\"StartAt\": \"A\", \"States\": {{\n{states}\n}}}}")
}

/// Returns all that is told of each definition, with the marked characters between `»` and `«`.
fn told(definitions: &[String]) -> String {
    let mut told = String::new();
    for text in definitions {
        writeln!(told, "{text}").unwrap();
        for problem in problems(text).unwrap() {
            let marked = &text[problem.span.clone()];
            assert!(!marked.contains('\n') && !marked.is_empty(), "{problem:?}");
            writeln!(told, "  {:?} in `{}`: {}", problem.severity, problem.state, problem.message).unwrap();
            writeln!(told, "    »{marked}« {}", problem.label).unwrap();
            writeln!(told, "    {}", problem.help).unwrap();
        }
        told.push('\n');
    }
    told
}

macro_rules! assert_told {
    ($definitions:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(told(&$definitions)) })
    };
}

#[test]
fn transitions_lead_to_states_and_states_are_reached() {
    assert_told!([
        machine(r#""B": {"Type": "Pass", "End": true}"#),
        machine(r#""A": {"Type": "Pass", "Next": "send mail"}, "Send_Mail": {"Type": "Succeed"}"#),
        machine(
            r#""A": {"Type": "Pass", "Next": "C"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Succeed"}"#
        ),
        machine(
            r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "X"}], "Default": "Y"},
"B": {"Type": "Task", "Resource": "r", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}], "Next": "B"}"#
        ),
        machine(r#""A": {"Type": "Pass", "Next": "${next}"}, "B": {"Type": "Succeed"}"#),
        machine(r#""A": {"Type": "Pass", "Next": "B-dev"}, "B-${env}": {"Type": "Succeed"}"#),
    ]);
}

#[test]
fn a_definition_ends_somewhere() {
    assert_told!([
        machine(r#""A": {"Type": "Pass", "Next": "A"}"#),
        machine(r#""A": {"Type": "Pass", "End": false}"#),
        machine(r#""A": {"Type": "Pass", "End": true, "Next": "A"}"#),
        machine(r#""A": {"Type": "Succeed", "End": true}"#),
        machine(""),
    ]);
}

#[test]
fn every_type_has_its_fields() {
    assert_told!([
        machine(r#""A": {"End": true}"#),
        machine(r#""A": {"Type": "task", "End": true}"#),
        machine(r#""A": {"Type": "Loop", "End": true}"#),
        machine(r#""A": {"Type": "Task", "End": true}"#),
        machine(r#""A": {"Type": "Choice"}, "B": {"Type": "Succeed"}"#),
        machine(r#""A": {"Type": "Choice", "Choices": [], "Default": "B"}, "B": {"Type": "Succeed"}"#),
        machine(
            r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true}], "Default": "B"}, "B": {"Type": "Succeed"}"#
        ),
        machine(r#""A": {"Type": "Wait", "End": true}"#),
        machine(r#""A": {"Type": "Wait", "Seconds": 1, "Timestamp": "2016-03-14T01:59:00Z", "End": true}"#),
        machine(r#""A": {"Type": "Parallel", "End": true}"#),
        machine(r#""A": {"Type": "Parallel", "Branches": {}, "End": true}"#),
        machine(r#""A": {"Type": "Map", "End": true}"#),
        machine(r#""A": "Pass""#),
        machine(r#""A": {"Type": "${type}"}"#),
        machine(r#""A": {"Type": "Pass", "Retry": [], "End": true}"#),
        machine(
            r#""A": {"Type": "Task", "Resource": "r", "Retry": [{}], "Catch": [{"Next": "B"}, {"ErrorEquals": []}], "End": true}, "B": {"Type": "Fail"}"#
        ),
        machine(r#""A": {"Type": "Pass", "QueryLanguage": "JSONatta", "End": true}"#),
    ]);
}

#[test]
fn machines_inside_states_are_machines() {
    let inner = |states: &str| format!(r#""ItemProcessor": {{"StartAt": "I", "States": {{{states}}}}}"#);
    assert_told!([
        machine(r#""A": {"Type": "Map", "End": true, "ItemProcessor": {}}"#),
        machine(&format!(
            r#""A": {{"Type": "Map", "End": true, {}}}"#,
            inner(r#""I": {"Type": "Pass", "Next": "A"}"#)
        )),
        machine(&format!(r#""A": {{"Type": "Map", "End": true, {}}}"#, inner(r#""J": {"Type": "Succeed"}"#))),
        machine(&format!(
            r#""A": {{"Type": "Map", "Next": "I", {}}}, "I": {{"Type": "Succeed"}}"#,
            inner(r#""I": {"Type": "Succeed"}"#)
        )),
        machine(
            r#""A": {"Type": "Parallel", "End": true, "Branches": [{"States": {"B": {"Type": "Succeed"}}}, {"StartAt": "B"}]}"#
        ),
        machine(&format!(
            r#""A": {{"Type": "Pass", "Next": "{0}"}}, "{0}": {{"Type": "Succeed"}}"#,
            "n".repeat(81)
        )),
    ]);
}

#[test]
fn paths_have_a_shape() {
    assert_told!([
        machine(
            r#""A": {"Type": "Pass", "InputPath": "orders", "OutputPath": null, "ResultPath": "$orders", "End": true}"#
        ),
        machine(
            r#""A": {"Type": "Pass", "Parameters": {"a.$": "orders", "b": [{"c.$": 1}], "d.$": "States.UUID(", "e.$": "${x}"}, "End": true}"#
        ),
        machine(r#""A": {"Type": "Pass", "Result": {"a.$": "orders"}, "End": true}"#),
        machine(
            r#""A": {"Type": "Choice", "Choices": [{"And": [{"Variable": "a", "StringEqualsPath": "b"}], "Next": "B"}]}, "B": {"Type": "Succeed"}"#
        ),
        machine(
            r#""A": {"Type": "Map", "ItemsPath": "$.a[", "ItemReader": {"Parameters": {"Bucket.$": "b"}}, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}"#
        ),
        machine(
            r#""A": {"Type": "Pass", "QueryLanguage": "JSONata", "InputPath": "x", "Output": {"a.$": "$.b"}, "End": true}"#
        ),
        machine(r#""A": {"Type": "Task", "Resource": "r", "Arguments": {"a": 1}, "End": true}"#),
    ]);
}

#[test]
fn yaml_is_judged_alike() {
    assert_told!([
        "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Next: b\n  B: {Type: Succeed}\n".to_owned(),
        "StartAt: A\nStates:\n  A: !Include a.yaml\n  B:\n    Type: Choice\n    Choices:\n      - Variable: x\n".to_owned(),
        "StartAt: A\nx: &x {Type: Task, Resource: r}\nStates:\n  A: {<<: *x, Next: B}\n  B: {<<: *x, End: true}\n  C: *x\n".to_owned(),
    ]);
}
