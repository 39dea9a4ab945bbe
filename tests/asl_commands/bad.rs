//! Input that is no definition: an error with the place, exit code 1, nothing on standard output.

use super::{fed, folder};
use crate::sandbox::{Output, Project, assert_output};

const REFS: [&str; 3] = ["asl", "refs", "-"];
const REWRITE: [&str; 5] = ["asl", "rewrite", "-", "--alias", "LIVE"];

/// Asserts that both commands refuse the input in the same words; returns them.
fn refused(input: &[u8]) -> Output {
    let (refs, rewrite) = (fed(&REFS, input), fed(&REWRITE, input));
    assert_eq!((refs.code, rewrite.code), (Some(1), Some(1)), "{refs}");
    assert_eq!((&*refs.stdout, &*rewrite.stdout), ("", ""));
    assert_eq!(refs.stderr, rewrite.stderr);
    assert!(refs.stderr.len() < 2_000, "nobody reads so much");
    refs
}

#[test]
fn what_is_no_json_is_shown_where_it_breaks() {
    assert_output!("bad_json", refused(b"{\n  \"StartAt\": \"A\",\n  \"States\": {},\n}\n"));
    assert_output!("bad_json_comment", refused(b"// The shop\n{\"StartAt\": \"A\", \"States\": {}}"));
    assert_output!("bad_json_end", refused(b"{\"StartAt\": \"A\", \"States\": {"));
    assert_output!("bad_json_placeholder", refused(b"{\"StartAt\": \"A\", \"States\": ${states}}"));
}

#[test]
fn what_is_no_yaml_is_shown_where_it_breaks() {
    assert_output!("bad_yaml", refused(b"StartAt: A\nStates:\n  A: {Type: Task\n  B: {}\n"));
    assert_output!("bad_yaml_tab", refused(b"StartAt: A\nStates:\n\tA: {Type: Succeed}\n"));
    assert_output!("bad_yaml_documents", refused(b"StartAt: A\nStates: {}\n---\nStartAt: B\nStates: {}\n"));
    assert_output!("bad_yaml_alias", refused(b"StartAt: A\nStates:\n  A: *task\n"));
}

#[test]
fn what_is_no_definition_is_shown() {
    assert_output!("bad_prose", refused(b"Dear reader, this is no definition.\n"));
    assert_output!(
        "bad_template",
        refused(b"Resources:\n  Machine:\n    Type: AWS::StepFunctions::StateMachine\n")
    );
    assert_output!("bad_list", refused(b"[1, 2]\n"));
    assert_output!("bad_states", refused(b"{\"StartAt\": \"A\",\n \"States\": []}\n"));
}

#[test]
fn duplicate_keys_are_shown_where_they_are() {
    assert_output!(
        "bad_duplicate_json",
        refused(b"{\"StartAt\": \"A\", \"States\": {\n\"A\": {},\n\"\\u0041\": {}}}")
    );
    assert_output!("bad_duplicate_yaml", refused(b"StartAt: A\nStates:\n  A: {}\n  'A': {}\n"));
}

#[test]
fn ten_thousand_levels_are_refused() {
    let json = format!("{{\"StartAt\": \"A\", \"States\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_output!("bad_depth_json", refused(json.as_bytes()));
    let lines = format!("{{\"StartAt\":\n{}1{}}}", "{\"a\":\n".repeat(10_000), "}\n".repeat(10_000));
    assert_output!("bad_depth_json_lines", refused(lines.as_bytes()));
    let flow = format!("StartAt: {}\n", "[".repeat(10_000));
    assert_output!("bad_depth_yaml", refused(flow.as_bytes()));
    let block = (0..2_000).map(|level| " ".repeat(level) + "a:").collect::<Vec<_>>().join("\n");
    assert_output!("bad_depth_yaml_block", refused(block.as_bytes()));
}

#[test]
fn a_hundred_megabytes_are_not_read() {
    let folder = Project::empty();
    let file = std::fs::File::create(folder.path().join("huge.json")).expect("the file is new");
    file.set_len(100_000_000).expect("a file may have holes");
    assert_output!("bad_size", folder.repoint(&["asl", "refs", "huge.json"]));
    assert_output!("bad_size_rewrite", folder.repoint(&["asl", "rewrite", "huge.json", "--alias", "LIVE"]));
    refused(&vec![b' '; 17_000_000]);
}

#[test]
fn bytes_that_are_no_text_are_shown_where_they_are() {
    assert_output!("bad_utf8", refused(b"StartAt: A\nComment: caf\xe9\nStates: {}\n"));
    assert_output!("bad_utf16", refused(b"\xff\xfe{\0\"\0S\0"));
    assert_output!("bad_control", refused(b"{\"StartAt\": \"\x1b[2J\x07\", \"States\": {}}"));
}

#[test]
fn a_place_in_a_line_without_end_is_told_in_words() {
    let text = format!("{{\"StartAt\": \"A\", \"Comment\": \"{}\", \"States\": {{}},}}", "x".repeat(1 << 20));
    assert_output!("bad_long_line", refused(text.as_bytes()));
}

#[test]
fn what_cannot_be_read_is_named() {
    assert_output!("bad_empty", refused(b""));
    assert_output!("bad_blank", refused(b"\xef\xbb\xbf \r\n\t"));
    let folder = folder();
    assert_output!("bad_folder", folder.repoint(&["asl", "refs", "."]));
    assert_output!("bad_missing", folder.repoint(&["asl", "rewrite", "gone.json", "--alias", "LIVE"]));
}

#[test]
fn mistakes_of_the_command_line_end_with_1() {
    let folder = folder();
    let rewrite = |more: &[&'static str]| folder.repoint(&[&["asl", "rewrite", "flow.json"], more].concat());
    assert_output!("bad_no_alias", rewrite(&[]));
    for (name, more) in [
        ("bad_alias", ["--alias", "$LATEST"].as_slice()),
        ("bad_existing", &["--alias", "LIVE", "--existing", "some"]),
        ("bad_account", &["--alias", "LIVE", "--account", "12"]),
        ("bad_region", &["--alias", "LIVE", "--region", "Frankfurt am Main"]),
    ] {
        assert_output!(name, rewrite(more));
    }
}
