//! Definitions in YAML: each way to write a string, and what YAML has that JSON has not.

#![expect(clippy::unwrap_used, reason = "what writes the definitions is a test too")]

use repoint::asl::{
    DynamicReason, Existing, FixedReason, Format, FunctionPart, LeftReason, Rewrite, RewritePolicy, Scope,
    format, references, rewrite, sent_text,
};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

fn with_resource(resource: &str) -> String {
    format!("StartAt: A\nStates:\n  A:\n    Type: Task\n    Resource: {resource}\n    End: true\n")
}

fn with_request(request: &str) -> String {
    format!(
        "StartAt: A\nStates:\n  A:\n    Type: Task\n    Resource: arn:aws:states:::lambda:invoke\n    \
         Parameters:\n{request}    End: true\n"
    )
}

fn through(alias: &str, text: &str) -> Rewrite {
    let alias = alias.to_owned();
    rewrite(text, &RewritePolicy { alias, existing: Existing::All, scope: Scope::default() }).unwrap()
}

/// Asserts that the rewrite is the text with one string instead of another.
fn assert_becomes(text: &str, old: &str, new: &str) {
    assert!(text.contains(old), "{old} is not in {text}");
    let rewritten = through("LIVE", text);
    assert_eq!(rewritten.text, text.replacen(old, new, 1));
    assert_eq!(through("LIVE", &rewritten.text).edits, [], "{text}");
}

fn why_left(text: &str) -> Vec<LeftReason> {
    let rewritten = through("LIVE", text);
    assert_eq!(rewritten.text, text);
    rewritten.left.into_iter().map(|left| left.why).collect()
}

fn refused(text: &str) -> (String, String) {
    let error = references(text).unwrap_err();
    assert!(!error.help.is_empty());
    (error.message, text[error.span].to_owned())
}

#[test]
fn the_first_character_decides_the_format() {
    for text in ["{}", "\u{feff} \n{", "[", "// a\n{}", "/* a */ {}"] {
        assert_eq!(format(text), Format::Json, "{text}");
    }
    for text in ["StartAt: A", "---\n{}", "# a\n{}", "\"StartAt\": A", "%YAML 1.2\n---\n"] {
        assert_eq!(format(text), Format::Yaml, "{text}");
    }
}

#[test]
fn every_way_to_write_a_string_keeps_its_own() {
    let cases = [
        (ARN.to_owned(), format!("{ARN}:LIVE")),
        (format!("{ARN}:7  # {ARN}:7"), format!("{ARN}:LIVE  # {ARN}:7")),
        (format!("'{ARN}'"), format!("'{ARN}:LIVE'")),
        (format!("\"{ARN}:$LATEST\"  # c"), format!("\"{ARN}:LIVE\"  # c")),
        (format!("!!str {ARN}"), format!("!!str {ARN}:LIVE")),
        (format!("&unused {ARN}"), format!("&unused {ARN}:LIVE")),
        (format!(">-\n      {ARN}:STAGING\n"), format!(">-\n      {ARN}:LIVE\n")),
        (
            format!(">-   # why\n      {ARN}\n\n  # below"),
            format!(">-   # why\n      {ARN}:LIVE\n\n  # below"),
        ),
        (format!("|-\n      {ARN}"), format!("|-\n      {ARN}:LIVE")),
        (format!("\n      {ARN}"), format!("\n      {ARN}:LIVE")),
        (
            format!("\"{}\\\n      {}\"", &ARN[..20], &ARN[20..]),
            format!("\"{}\\\n      {}:LIVE\"", &ARN[..20], &ARN[20..]),
        ),
        (
            "\"arn:aws:lambda:::function:\\x66\\u003a\\u0037\"".to_owned(),
            "\"arn:aws:lambda:::function:\\x66\\u003aLIVE\"".to_owned(),
        ),
        (
            "\"arn:aws:lambda:::function:f:\\\n      7\\\n      \"".to_owned(),
            "\"arn:aws:lambda:::function:f:\\\n      LIVE\\\n      \"".to_owned(),
        ),
    ];
    for (before, after) in cases {
        assert_becomes(&with_resource(&before), &before, &after);
        let crlf = with_resource(&before).replace('\n', "\r\n");
        assert_becomes(&crlf, &before.replace('\n', "\r\n"), &after.replace('\n', "\r\n"));
        let marked = format!("\u{feff}---\n{}...\n", with_resource(&before));
        assert_becomes(&marked, &before, &after);
    }
}

#[test]
fn flow_collections_are_written_like_the_rest() {
    for (before, after) in [
        ("{FunctionName: orders}", "{FunctionName: orders:LIVE}"),
        ("{FunctionName: orders, Qualifier: 'x'}", "{FunctionName: orders, Qualifier: 'LIVE'}"),
        ("{\"FunctionName\":orders:7,}", "{\"FunctionName\":orders:LIVE,}"),
        ("{? FunctionName : \"orders\"}", "{? FunctionName : \"orders:LIVE\"}"),
    ] {
        let text = with_request("").replace("Parameters:\n", &format!("Parameters: {before}\n"));
        assert_becomes(&text, before, after);
    }
}

#[test]
fn a_plain_scalar_that_would_become_a_number_gets_quotes() {
    let request = "      FunctionName: orders\n      Qualifier: STAGING  # why\n";
    for (alias, written) in [
        ("8", "\"8\""),
        ("LIVE", "LIVE"),
        ("null", "\"null\""),
        ("on", "\"on\""),
        ("-", "\"-\""),
        ("1e3", "\"1e3\""),
    ] {
        let text = with_request(request);
        let rewritten = through(alias, &text);
        assert_eq!(rewritten.text, text.replace("STAGING", written));
        let found = references(&rewritten.text).unwrap();
        assert_eq!(found[0].qualifier.as_ref().unwrap().text, alias);
    }
    let text = with_request("      FunctionName: 'orders'\n      Qualifier: 'STAGING'\n");
    assert_eq!(through("8", &text).text, text.replace("STAGING", "8"));
    // Base 60 to readers of YAML 1.1.
    let text = with_request("      FunctionName: '12'\n").replace("'12'", "x12");
    assert_eq!(through("8", &text).text, text.replace("x12", "x12:8"));
}

#[test]
fn a5_a_number_is_no_function_name() {
    for name in ["12", "0x1F", "true", "~", "[orders]"] {
        let text = with_request(&format!("      FunctionName: {name}\n"));
        let found = references(&text).unwrap();
        let is_static = matches!(found[0].function, FunctionPart::Static { .. });
        assert_eq!(is_static, name == "0x1F", "{name}");
    }
    let text = with_request("      FunctionName: orders\n      Qualifier: 7\n");
    assert_eq!(why_left(&text), [LeftReason::DynamicQualifier("7".to_owned())]);
}

#[test]
fn a5_a_tag_of_another_tool_decides_elsewhere() {
    for resource in [
        "!Sub 'arn:aws:lambda:${R}:1:function:f'",
        "!GetAtt Orders.Arn",
        "!Ref Orders",
        "!Join ['', [a]]",
        "!Foo\n      a: b",
    ] {
        let text = with_resource(resource);
        assert_eq!(why_left(&text), [LeftReason::Dynamic(DynamicReason::NotText)], "{resource}");
        let words = references(&text).unwrap()[0].function.text().to_owned();
        assert!(resource.starts_with(&words[..4]), "{words}");
    }
    for name in ["!Ref Orders", "!GetAtt [A, Arn]", "{Ref: Orders}"] {
        let text = with_request(&format!("      FunctionName: {name}\n"));
        assert_eq!(why_left(&text), [LeftReason::Dynamic(DynamicReason::NotText)], "{name}");
    }
    let text = with_request("").replace("Parameters:\n", "Parameters: !Include x.yaml\n");
    assert_eq!(why_left(&text), [LeftReason::Dynamic(DynamicReason::Request)]);
}

#[test]
fn a6_placeholders_are_no_flow_mappings() {
    let text = with_resource("arn:${P}:lambda:${AWS::Region}:${A}:function:orders");
    assert_becomes(&text, "orders", "orders:LIVE");
    assert_eq!(why_left(&with_resource("${OrdersArn}")), [LeftReason::Dynamic(DynamicReason::Placeholder)]);
    // `{{` opens two mappings, and a mapping is not a name.
    let (message, _) = refused(&with_resource("{{orders}}"));
    assert_eq!(message, "a key is not a text");
    let quoted = with_resource("'{{orders}}'");
    assert_eq!(why_left(&quoted), [LeftReason::Dynamic(DynamicReason::Placeholder)]);
}

#[test]
fn what_aliases_share_is_seen_and_left() {
    let text = format!(
        "StartAt: A\nx: &task\n  Type: Task\n  Resource: {ARN}\nStates:\n  A:\n    Type: Task\n    \
         Resource: &arn {ARN}\n    Next: B\n  B:\n    Type: Task\n    Resource: *arn\n    Next: C\n  \
         C: *task\n  D:\n    <<: *task\n    Next: E\n  E:\n    <<: [*task, {{Resource: no}}]\n    \
         Resource: '{ARN}:7'\n"
    );
    let rewritten = through("LIVE", &text);
    assert_eq!(rewritten.text, text.replace(":7'", ":LIVE'"));
    let left: Vec<_> = rewritten.left.iter().map(|left| (&*left.state, left.why.clone())).collect();
    let expected = [
        ("A", FixedReason::Anchor),
        ("B", FixedReason::Alias),
        ("C", FixedReason::Alias),
        ("D", FixedReason::Alias),
    ];
    assert_eq!(left, expected.map(|(state, why)| (state, LeftReason::Fixed(why))));
    assert_eq!(&text[rewritten.left[1].span.clone()], "*arn");
}

#[test]
fn a14_refuses_what_no_definition_has_with_the_place() {
    let deep = format!("StartAt: {}", "[".repeat(10_000));
    let steps = (0..200).map(|level| " ".repeat(level) + "a:").collect::<Vec<_>>().join("\n");
    let laugh = |level: usize| {
        let before = vec![format!("*x{}", level - 1); 10];
        format!("x{level}: &x{level} [{}]", before.join(", "))
    };
    let laughs = (1..9).map(laugh).collect::<Vec<_>>().join("\n");
    let laughs = format!("StartAt: A\nStates: {{}}\nx0: &x0 ha\n{laughs}\n");
    let cases = [
        ("StartAt: A\nStates: {}\nStates: {}\n", "the key `States` appears twice in one object", "States"),
        ("StartAt: A\nStates: {A: {a: 1, 'a': 2}}\n", "the key `a` appears twice in one object", "'a'"),
        ("StartAt: A\nStates: {}\n---\nStartAt: A\n", "the text has more than one YAML document", "---"),
        ("StartAt: A\nStates: {[a]: b}\n", "a key is not a text", "[a]"),
        ("StartAt: A\nStates: {~: b}\n", "a key is not a text", "~"),
        ("StartAt: *none\n", "the definition is not YAML: while parsing node, found unknown anchor", "*"),
        ("StartAt: &a [*a]\n", "an alias stands inside the value that it names", "*a"),
        ("<<: x\n", "a merge key needs an object, or a list of objects", "x"),
        ("StartAt: A\nStates: []\n", "`States` is not an object", "[]"),
        ("- a\n", "the root of the definition is not an object", "- a"),
        (&*deep, "the definition is nested deeper than 127 levels", "["),
        (&*steps, "the definition is nested deeper than 127 levels", "a"),
        (&*laughs, "anchors and aliases bring in more than 100000 values", "*x4"),
    ];
    for (text, message, place) in cases {
        assert_eq!(refused(text), (message.to_owned(), place.to_owned()));
    }
    for text in [
        "a: b: c\n",
        "a:\n\t- b\n",
        "a: [b\n",
        "a: 'b\n",
        "\u{0}",
        "a: \"\\q\"\n",
        "%YAML 9\n---\na: b\n c\n",
    ] {
        assert!(refused(text).0.starts_with("the definition is not YAML: "), "{text:?}");
    }
}

#[test]
fn what_is_sent_is_json_in_one_spelling() {
    let text = "# Title\nStartAt: 'A'\nTimeoutSeconds: 1.50\nBig: 12345678901234567890\nNone: ~\nStates:\n  \
                A: &a {Type: Pass, Result: [1E+2, -0, TRUE, \"\\u2028\", {}, []], End: true}\n  \
                B:\n    <<: *a\n    Comment: |\n      two\n      lines\n  2016: *a\n";
    let sent = sent_text(text).unwrap();
    insta::assert_snapshot!(sent);
    assert_eq!(sent_text(&sent).unwrap(), sent, "JSON is sent as it is");
}

#[test]
fn what_readers_of_yaml_disagree_about_is_not_sent() {
    for word in ["yes", "Off", "010", "1_000", "0x1F", ".5", "12:30", "+1", ".inf", "!Ref Orders", "!Sub 'x'"]
    {
        let text = with_resource("arn:aws:states:::sqs:sendMessage").replace("true", word);
        let error = sent_text(&text).unwrap_err();
        assert!(word.starts_with(&text[error.span.clone()]), "{word}: {error:?}");
        assert!(references(&text).is_ok(), "{word}");
    }
    for word in ["'yes'", "\"010\"", "2016-03-14T01:59:00Z", "1.2.3", "NULL", "-1.5e-3", "!!str 010"] {
        let text = with_resource("arn:aws:states:::sqs:sendMessage").replace("true", word);
        assert!(sent_text(&text).is_ok(), "{word}");
    }
}
