//! The rules A1 to A14, one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

fn machine(states: &str) -> String {
    format!(r#"{{"StartAt": "A", "States": {{{states}}}}}"#)
}

fn direct(resource: &str) -> String {
    machine(&format!(r#""A": {{"Type": "Task", "Resource": "{resource}"}}"#))
}

fn invoke(request: &str) -> String {
    invoke_by("arn:aws:states:::lambda:invoke", request)
}

fn invoke_by(resource: &str, request: &str) -> String {
    machine(&format!(r#""A": {{"Type": "Task", "Resource": "{resource}", "Parameters": {{{request}}}}}"#))
}

fn named(name: &str) -> String {
    invoke(&format!(r#""FunctionName": "{name}""#))
}

fn policy(existing: Existing) -> RewritePolicy {
    RewritePolicy { alias: "LIVE".to_owned(), existing, scope: Scope::default() }
}

fn live(text: &str) -> Rewrite {
    rewrite(text, &policy(Existing::All)).unwrap()
}

fn scoped(text: &str, scope: Scope) -> Rewrite {
    let policy = RewritePolicy { scope, ..policy(Existing::All) };
    rewrite(text, &policy).unwrap()
}

/// Asserts that the rewrite is the text with one string instead of another.
fn assert_becomes(text: &str, old: &str, new: &str) {
    assert!(text.contains(old), "{old} is not in {text}");
    assert_eq!(live(text).text, text.replacen(old, new, 1));
}

fn reason(text: &str) -> LeftReason {
    let rewrite = live(text);
    assert_eq!(rewrite.text, text);
    let [left] = <[Left; 1]>::try_from(rewrite.left).unwrap();
    left.why
}

fn assert_no_reference(text: &str) {
    assert_eq!(references(text).unwrap(), [], "{text}");
}

#[test]
fn a1_finds_tasks_in_nested_machines_with_their_way() {
    let task = format!(r#"{{"Type": "Task", "Resource": "{ARN}"}}"#);
    let inner = format!(r#"{{"StartAt": "I", "States": {{"I": {task}}}}}"#);
    let text = machine(&format!(
        r#""a/b~": {{"Type": "Parallel", "Branches": [{{"States": {{}}}}, {inner}]}},
           "M": {{"Type": "Map", "ItemProcessor": {inner}}},
           "O": {{"Type": "Map", "Iterator": {inner}}}"#
    ));
    let found: Vec<(String, String)> = references(&text)
        .unwrap()
        .into_iter()
        .map(|reference| (reference.pointer, reference.state))
        .collect();
    let expected = [
        ("/States/a~1b~0/Branches/1/States/I/Resource", "a/b~/I"),
        ("/States/M/ItemProcessor/States/I/Resource", "M/I"),
        ("/States/O/Iterator/States/I/Resource", "O/I"),
    ];
    assert_eq!(found, expected.map(|(pointer, state)| (pointer.to_owned(), state.to_owned())));
}

#[test]
fn a1_looks_at_tasks_only() {
    for state in ["\"Type\": \"Pass\"", "\"Type\": \"task\"", "\"Type\": 1", "\"Comment\": \"Task\""] {
        assert_no_reference(&machine(&format!(r#""A": {{{state}, "Resource": "{ARN}"}}"#)));
    }
    assert_no_reference(&machine(r#""A": "Task""#));
}

#[test]
fn a2_appends_or_replaces_the_eighth_field() {
    for qualifier in ["", ":$LATEST", ":7", ":STAGING"] {
        let resource = format!("{ARN}{qualifier}");
        assert_becomes(&direct(&resource), &resource, &format!("{ARN}:LIVE"));
    }
}

#[test]
fn a2_reads_the_parts_of_an_arn() {
    let text = direct("arn:aws-cn:lambda:cn-north-1:123456789012:function:orders:7");
    let [reference] = <[Reference; 1]>::try_from(references(&text).unwrap()).unwrap();
    let qualifier = reference.qualifier.unwrap();
    assert_eq!(reference.form, Form::ResourceArn);
    assert_eq!((&*qualifier.text, qualifier.kind), ("7", QualifierKind::Version));
    assert_eq!(&text[qualifier.span], "7");
    let function = FunctionPart::Static {
        name: "orders".to_owned(),
        account: Some("123456789012".to_owned()),
        region: Some("cn-north-1".to_owned()),
        partition: Some("aws-cn".to_owned()),
        text: "arn:aws-cn:lambda:cn-north-1:123456789012:function:orders:7".to_owned(),
    };
    assert_eq!(reference.function, function);
}

#[test]
fn a3_rewrites_every_form_of_a_function_name() {
    let prefixes = [
        "",
        "function:",
        "123456789012:",
        "123456789012:function:",
        "us-gov-west-1:123456789012:function:",
        "us-east-1:123456789012:",
        "arn:aws:lambda:us-east-1:123456789012:function:",
    ];
    for prefix in prefixes {
        for qualifier in ["", ":7", ":$LATEST", ":STAGING"] {
            let name = format!("{prefix}orders{qualifier}");
            assert_becomes(&named(&name), &name, &format!("{prefix}orders:LIVE"));
        }
    }
}

#[test]
fn a3_knows_account_and_region_of_a_partial_name() {
    let cases = [
        ("orders", None, None),
        ("function:orders", None, None),
        ("123456789012:orders", None, Some("123456789012")),
        ("ACCOUNT_ID:function:orders:7", None, Some("ACCOUNT_ID")),
        ("us-east-1:123456789012:function:orders", Some("us-east-1"), Some("123456789012")),
        ("us-east-1:orders", Some("us-east-1"), None),
        ("us-east-1:function:orders", Some("us-east-1"), None),
    ];
    for (text, expected_region, expected_account) in cases {
        let definition = named(text);
        let found = references(&definition).unwrap();
        let FunctionPart::Static { name, account, region, .. } = &found[0].function else {
            panic!("{text} is static");
        };
        assert_eq!(name, "orders", "{text}");
        assert_eq!((region.as_deref(), account.as_deref()), (expected_region, expected_account));
    }
}

#[test]
fn a3_knows_the_invoking_actions_of_every_partition() {
    for action in [
        "arn:aws:states:::lambda:invoke",
        "arn:aws-us-gov:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::aws-sdk:lambda:invoke",
        "arn:aws:states:::aws-sdk:lambda:invokeAsync",
        "arn:aws:states:::aws-sdk:lambda:invokeWithResponseStream",
        "arn:${AWS::Partition}:states:::lambda:invoke",
    ] {
        let text = invoke_by(action, r#""FunctionName": "orders""#);
        assert_becomes(&text, "\"orders\"", "\"orders:LIVE\"");
    }
}

#[test]
fn a4_changes_the_qualifier_field_alone() {
    let text = invoke(r#""FunctionName": "orders", "Qualifier": "7""#);
    assert_becomes(&text, "\"7\"", "\"LIVE\"");
    let [edit] = <[Edit; 1]>::try_from(live(&text).edits).unwrap();
    assert_eq!(edit.pointer, "/States/A/Parameters/Qualifier");
    assert_eq!((&*edit.old, &*edit.new), ("7", "LIVE"));
}

#[test]
fn a4_changes_both_qualifiers_or_none() {
    let text = invoke(r#""FunctionName": "orders:7", "Qualifier": "8""#);
    let both = text.replace(":7", ":LIVE").replace("\"8\"", "\"LIVE\"");
    assert_eq!(live(&text).text, both);
    let text = invoke(r#""FunctionName": "orders:7", "Qualifier": "STAGING""#);
    let kept = rewrite(&text, &policy(Existing::Versions)).unwrap();
    assert_eq!(kept.text, text);
    assert_eq!(kept.left[0].why, LeftReason::KeptQualifier("STAGING".to_owned()));
}

#[test]
fn a4_the_field_is_the_qualifier_and_the_name_carries_the_second() {
    let text = invoke(r#""FunctionName": "orders:7", "Qualifier": "8""#);
    let [reference] = <[Reference; 1]>::try_from(references(&text).unwrap()).unwrap();
    let found: Vec<_> = reference.qualifiers().map(|part| (&*part.text, part.place)).collect();
    let expected = [("8", QualifierPlace::QualifierField), ("7", QualifierPlace::InFunctionName)];
    assert_eq!(found, expected);
}

#[test]
fn a5_never_changes_what_is_decided_elsewhere() {
    let cases = [
        (direct("${FunctionArn}"), DynamicReason::Placeholder),
        (direct("${FunctionArn}:7"), DynamicReason::Placeholder),
        (direct("${FunctionArn"), DynamicReason::Placeholder),
        (named("${Function}"), DynamicReason::Placeholder),
        (named("${Function}:$LATEST"), DynamicReason::Placeholder),
        (named("{% 'orders' %}"), DynamicReason::Jsonata),
        (invoke(r#""FunctionName.$": "$.name""#), DynamicReason::Path),
        (invoke(r#""FunctionName.$": "$.name", "Qualifier": "7""#), DynamicReason::Path),
        (invoke(r#""FunctionName": {"Ref": "Orders"}"#), DynamicReason::NotText),
        (direct("x").replace("\"x\"", r#"{"Fn::GetAtt": ["F", "Arn"]}"#), DynamicReason::NotText),
        (named("x").replace(r#"{"FunctionName": "x"}"#, "\"{% $x %}\""), DynamicReason::Request),
        (direct("arn:aws:states:::lambda:invoke"), DynamicReason::Request),
        (direct("arn:aws:states:::lambda:${Action}"), DynamicReason::Placeholder),
    ];
    for (text, why) in cases {
        assert_eq!(reason(&text), LeftReason::Dynamic(why), "{text}");
    }
}

#[test]
fn a5_a_dynamic_qualifier_keeps_the_whole_reference() {
    for request in [
        r#""FunctionName": "orders", "Qualifier.$": "$.alias""#,
        r#""FunctionName": "orders", "Qualifier": "${alias}""#,
        r#""FunctionName": "orders:7", "Qualifier": "{% 'LIVE' %}""#,
        r#""FunctionName": "orders:${alias}""#,
        r#""FunctionName": "orders", "Qualifier": null"#,
    ] {
        let why = reason(&invoke(request));
        assert!(matches!(why, LeftReason::DynamicQualifier(_)), "{request}: {why:?}");
    }
}

#[test]
fn a6_placeholders_are_atoms_and_the_name_must_be_literal() {
    for prefix in [
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:",
        "arn:aws:lambda:{{ region:name }}:{{account}}:function:",
    ] {
        let resource = format!("{prefix}orders");
        assert_becomes(&direct(&resource), &resource, &format!("{resource}:LIVE"));
        let dynamic = direct(&format!("{prefix}orders-${{env}}"));
        assert_eq!(reason(&dynamic), LeftReason::Dynamic(DynamicReason::Placeholder));
    }
}

#[test]
fn a7_leaves_other_actions_of_lambda() {
    for action in ["getFunction", "publishVersion", "updateAlias", "deleteFunction", "Invoke"] {
        let resource = format!("arn:aws:states:::aws-sdk:lambda:{action}");
        assert_no_reference(&invoke_by(&resource, r#""FunctionName": "orders""#));
    }
    assert_no_reference(&invoke_by("arn:aws:states:::lambda:invokeAsync", r#""FunctionName": "f""#));
}

#[test]
fn a8_leaves_everything_that_only_looks_like_a_reference() {
    for resource in [
        "arn:aws:states:us-east-1:123456789012:activity:lambda-orders",
        "arn:aws:rpcmessage:us-east-1:123456789012:orders",
        "https://abc.lambda-url.us-east-1.on.aws/",
        "arn:aws:states:::sqs:sendMessage",
        "orders",
    ] {
        assert_no_reference(&direct(resource));
    }
    let text = invoke(&format!(
        r#""FunctionName": "orders:LIVE", "Payload": {{"FunctionName": "{ARN}", "OrdersLambdaArn": "{ARN}"}}"#
    ));
    assert_eq!(reason(&text), LeftReason::AlreadyRight);
}

#[test]
fn a9_a_state_without_a_language_uses_the_roots() {
    let task = r#"{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}}"#;
    let text = format!(
        r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{
            "A": {{"Type": "Map", "QueryLanguage": "JSONPath", "ItemProcessor": {{"States": {{"I": {task}}}}}}}}}}}"#
    );
    let found = references(&text).unwrap();
    assert_eq!(found[0].language, QueryLanguage::Jsonata);
    assert_eq!(found[0].note, None);
}

#[test]
fn a9_a_states_own_language_counts_before_the_roots() {
    let text = named("orders").replace("\"Parameters\"", "\"QueryLanguage\": \"JSONata\", \"Arguments\"");
    let found = references(&text).unwrap();
    assert_eq!((found[0].language, found[0].note), (QueryLanguage::Jsonata, None));
}

#[test]
fn a10_arguments_in_a_jsonpath_state_are_rewritten_with_a_note() {
    let text = named("orders").replace("Parameters", "Arguments");
    let found = references(&text).unwrap();
    assert_eq!(found[0].note, Some(Note::ArgumentsInJsonPath));
    assert_becomes(&text, "\"orders\"", "\"orders:LIVE\"");
}

#[test]
fn a11_existing_says_which_qualifiers_give_way() {
    let qualifiers = ["$LATEST", "7", "$LATEST.PUBLISHED", "STAGING"];
    let cases = [
        (Existing::Versions, [true, true, true, false]),
        (Existing::Latest, [true, false, false, false]),
        (Existing::All, [true; 4]),
    ];
    for (existing, expected) in cases {
        let replaced = qualifiers.map(|qualifier| {
            let text = named(&format!("orders:{qualifier}"));
            !rewrite(&text, &policy(existing)).unwrap().edits.is_empty()
        });
        assert_eq!(replaced, expected, "{existing:?}");
    }
    assert_eq!(Existing::default(), Existing::Versions);
}

#[test]
fn a11_aliases_differ_in_case() {
    assert_becomes(&named("orders:live"), "orders:live", "orders:LIVE");
    let kept = rewrite(&named("orders:live"), &policy(Existing::Versions)).unwrap();
    assert_eq!(kept.left[0].why, LeftReason::KeptQualifier("live".to_owned()));
}

#[test]
fn a12_keeps_other_functions_accounts_and_regions() {
    let only = |name: &str| Scope { functions: Some(BTreeSet::from([name.to_owned()])), ..Scope::default() };
    let own = || Scope {
        functions: None,
        account: Some("123456789012".to_owned()),
        region: Some("us-east-1".to_owned()),
    };
    assert_eq!(scoped(&direct(ARN), only("orders")).edits.len(), 1);
    assert_eq!(scoped(&direct(ARN), own()).edits.len(), 1);
    let placeholders = "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:orders";
    assert_eq!(scoped(&direct(placeholders), own()).edits.len(), 1);
    assert_eq!(scoped(&direct("arn:aws:lambda:::function:orders"), own()).edits.len(), 1);
    let other_account = ARN.replace("123456789012", "999999999999");
    let cases = [
        (direct(ARN), only("other"), ScopeReason::Function("orders".to_owned())),
        (direct(&other_account), own(), ScopeReason::Account("999999999999".to_owned())),
        (direct(&ARN.replace("us-east-1", "eu-west-1")), own(), ScopeReason::Region("eu-west-1".to_owned())),
    ];
    for (text, scope, why) in cases {
        let kept = scoped(&text, scope);
        assert_eq!(kept.edits, []);
        assert_eq!(kept.left[0].why, LeftReason::OutOfScope(why));
    }
}

#[test]
fn a12_a_bare_name_under_credentials_is_another_accounts() {
    let role = r#""Credentials": {"RoleArn": "arn:aws:iam::999999999999:role/r"}, "Type""#;
    let text = named("orders").replace("\"Type\"", role);
    let scope = Scope { account: Some("123456789012".to_owned()), ..Scope::default() };
    let kept = scoped(&text, scope.clone());
    assert_eq!(kept.left[0].why, LeftReason::OutOfScope(ScopeReason::Credentials));
    assert_eq!(live(&text).edits.len(), 1);
    let with_account = text.replace("\"orders\"", "\"123456789012:function:orders\"");
    assert_eq!(scoped(&with_account, scope).edits.len(), 1);
}

#[test]
fn a13_names_and_qualifiers_must_match_lambdas_patterns() {
    assert_becomes(&direct("arn:aws:lambda:::function:f"), "function:f", "function:f:LIVE");
    assert_becomes(&direct("arn:aws:lambda:R:A:function:f"), "function:f", "function:f:LIVE");
    for name in ["or ders", "", ":7", "orders:7:8", "$.name", "<name>", "%NAME%", "café", "arn:aws:sqs:x"] {
        let why = reason(&named(name));
        assert_eq!(why, LeftReason::Dynamic(DynamicReason::NotAFunction), "{name}");
    }
    for qualifier in ["", "a b", "$latest", "a.b"] {
        let why = LeftReason::InvalidQualifier(qualifier.to_owned());
        assert_eq!(reason(&named(&format!("orders:{qualifier}"))), why);
    }
}

#[test]
fn a14_refuses_with_the_place() {
    let deep = machine(&format!(r#""A": {}1{}"#, "[".repeat(200), "]".repeat(200)));
    let long = machine(&format!(r#""{}": {{}}"#, "n".repeat(2000)));
    let cases = [
        ("", "the definition is empty", ""),
        ("\u{feff} \n", "the definition is empty", ""),
        ("[]", "the root of the definition is not an object", "[]"),
        (r#"{"StartAt": "A"}"#, "the root of the definition has no `States`", "{"),
        (r#"{"States": {}}"#, "the root of the definition has no `StartAt`", "{"),
        (r#"{"StartAt": "A", "States": []}"#, "`States` is not an object", "[]"),
        (
            "{\"StartAt\": \"A\",\n // é\n \"States\": {}}",
            "the definition is not JSON: key must be a string",
            "/",
        ),
        ("\u{feff}{\"a\": ${n}}", "the definition is not JSON: expected value", "$"),
        (
            r#"{"StartAt": "A", "States": {}, "St\u0061tes": {}}"#,
            "the key `States` appears twice in one object",
            r#""St\u0061tes""#,
        ),
        (
            r#"{"StartAt": "A\ud800", "States": {}}"#,
            "half of a surrogate pair stands alone in a string",
            r"\ud800",
        ),
        (&deep, "the definition is nested deeper than 127 levels", "["),
        (&long, "a state's name is longer than 512 bytes", &long[28..2030]),
        ("---\n{}", "the root of the definition has no `StartAt`", "{"),
        ("# Title\nStates: {}\n", "the root of the definition has no `StartAt`", "States"),
        ("orders", "the root of the definition is not an object", "orders"),
        ("# nothing\n", "the definition is empty", ""),
    ];
    for (text, message, place) in cases {
        let error = references(text).unwrap_err();
        assert_eq!((&*error.message, &text[error.span.clone()]), (message, place), "{error:?}");
        assert!(!error.help.is_empty());
    }
}

#[test]
fn a14_reads_more_than_the_service_takes_but_not_without_end() {
    let padded = |length: usize| format!("{}{}", direct(ARN), " ".repeat(length));
    assert!(is_over_service_limit(&padded(SERVICE_LIMIT)));
    assert!(references(&padded(SERVICE_LIMIT)).is_ok());
    assert!(references(&padded(16 * SERVICE_LIMIT)).is_err());
}

#[test]
fn keeps_every_byte_outside_the_changed_characters() {
    let text = "\u{feff}{\r\n\t\"St\\u0061rtAt\":\"A\" , \"States\":{\"A\":{\"Type\":\"T\\u0061sk\",\
        \"Resource\":\"arn:aws:lambda:us-east-1:123456789012\\u003afunction:ord\\u0065rs\\u003a\\u0037\",\
        \"Result\":[1.50,1E+2,-0,12345678901234567890,\"\u{2028}\\/\"]}}}  ";
    assert_becomes(text, "\\u0037", "LIVE");
    let [edit] = <[Edit; 1]>::try_from(live(text).edits).unwrap();
    assert_eq!((&*edit.old, &*edit.new), (&*format!("{ARN}:7"), &*format!("{ARN}:LIVE")));
}

#[test]
fn each_reference_can_have_its_own_qualifier() {
    let text = machine(
        r#""A": {"Type": "Task", "Resource": "arn:aws:lambda:::function:a:7"},
           "B": {"Type": "Task", "Resource": "arn:aws:lambda:::function:b:7"}"#,
    );
    let choose = |reference: &Reference| (reference.state == "A").then(|| "8".to_owned());
    let result = rewrite_each(&text, Existing::Versions, &Scope::default(), &choose).unwrap();
    assert_eq!(result.text, text.replace("a:7", "a:8"));
    assert_eq!(result.left[0].why, LeftReason::NotChosen);
}

#[test]
fn substitutes_inside_strings_once_and_escapes_the_values() {
    let text = direct(r"${a}-\u0024{b}-${c}-${a}-${");
    let values = [("a", "x\"${b}"), ("b", "é\n")];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let result = substitute(&text, &BTreeMap::from(values)).unwrap();
    assert_eq!(result.text, direct(r#"x\"${b}-é\n-${c}-x\"${b}-${"#));
    assert_eq!(result.used, BTreeSet::from(["a".to_owned(), "b".to_owned()]));
    let [unresolved] = <[Unresolved; 1]>::try_from(result.unresolved).unwrap();
    assert_eq!((&*unresolved.name, &*unresolved.pointer), ("c", "/States/A/Resource"));
    assert_eq!(&text[unresolved.span], "${c}");
}

#[test]
fn substitutes_in_keys_but_never_makes_two_of_one() {
    let text = machine(r#""${n}": {}, "B": {}"#);
    let values = |value: &str| BTreeMap::from([("n".to_owned(), value.to_owned())]);
    assert_eq!(substitute(&text, &values("A")).unwrap().text, machine(r#""A": {}, "B": {}"#));
    let error = substitute(&text, &values("B")).unwrap_err();
    assert_eq!(error.message, "the key `B` appears twice in one object");
}

#[test]
fn meaning_is_blind_to_spelling_but_not_to_values() {
    let same = [
        (r#"{"a":1,"b":2}"#, "{ \"b\" : 2,\n\"a\": 1 }"),
        ("[1.50, 1E+2, -0, 0.0, 1e-1]", "[1.5, 100, 0, 0e5, 0.1]"),
        (r#"["\u0041\/"]"#, r#"["A/"]"#),
        ("12345678901234567890", "1.234567890123456789e19"),
        ("1e99999999999999999999999", "1E99999999999999999999999"),
        ("not json", "not json"),
    ];
    for (a, b) in same {
        assert!(is_same_meaning(a, b), "{a} {b}");
    }
    let different = [
        ("12345678901234567890", "12345678901234567891"),
        ("[1,2]", "[2,1]"),
        ("1", "\"1\""),
        ("-1", "1"),
        ("10", "1"),
        ("0.10", "0.01"),
        (r#"{"a":null}"#, "{}"),
        ("not json", "not json "),
        ("{}", "{} x"),
        (r#"["a","b"]"#, r#"["a,1:b"]"#),
    ];
    for (a, b) in different {
        assert!(!is_same_meaning(a, b), "{a} {b}");
    }
}

#[test]
fn changed_states_names_the_innermost_state() {
    let nested = |resource: &str, concurrency: u8| {
        format!(
            r#""M": {{"Type": "Map", "MaxConcurrency": {concurrency},
                "ItemProcessor": {{"StartAt": "I", "States": {{"I": {{"Resource": "{resource}"}}}}}}}}"#
        )
    };
    let old = machine(&format!(r#"{}, "Gone": {{}}, "Same": {{"n": 1.0}}"#, nested("a", 1)));
    let new = machine(&format!(r#""Same": {{"n": 1}}, {}, "Fresh": {{}}"#, nested("b", 1)));
    let expected = [
        StateChange::Changed("M/I".to_owned()),
        StateChange::Added("Fresh".to_owned()),
        StateChange::Removed("Gone".to_owned()),
    ];
    assert_eq!(changed_states(&old, &new), expected);
    let new = old.replace("\"A\"", "\"Same\"").replace("\"MaxConcurrency\": 1", "\"MaxConcurrency\": 2");
    assert_eq!(changed_states(&old, &new), [StateChange::TopLevel, StateChange::Changed("M".to_owned())]);
    assert_eq!(changed_states("x", "y"), [StateChange::TopLevel]);
    assert_eq!(changed_states("x", "x"), []);
}

#[test]
fn branches_that_change_places_are_a_change() {
    let branch = |n: u8| format!(r#"{{"StartAt": "I", "States": {{"I": {{"n": {n}}}}}}}"#);
    let text = |a: u8, b: u8| machine(&format!(r#""P": {{"Branches": [{}, {}]}}"#, branch(a), branch(b)));
    assert_eq!(changed_states(&text(1, 2), &text(2, 1)).len(), 2);
    assert_eq!(changed_states(&text(1, 1), &text(1, 1)), []);
}
