//! Rewrites real definitions and their mutants, and compares each token with what is expected.
//!
//! The definitions lie beside the project, in `../shared/asl`, and are not copied into it. A line
//! of `manifest.jsonl` names a file and the edits that sending everything to `LIVE` must make.

#![expect(clippy::unwrap_used, reason = "what reads the samples is a test too")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use repoint::asl::{
    Existing, Rewrite, RewritePolicy, Scope, Severity, changed_states, is_same_meaning, problems, rewrite,
    sent_text, substitute,
};
use serde_json::Value;

struct Sample {
    file: String,
    set: String,
    format: String,
    text: String,
    /// `(pointer, old, new)`, sorted.
    expected: Vec<(String, String, String)>,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/asl"))
}

/// Reads the manifest with its files; `None`, after saying so, where the folder is missing.
fn samples() -> Option<Vec<Sample>> {
    let folder = folder();
    let Ok(manifest) = fs::read_to_string(folder.join("manifest.jsonl")) else {
        println!("skipped: no `manifest.jsonl` in `../shared/asl`, the folder of sample definitions");
        return None;
    };
    Some(manifest.lines().map(|line| sample(&folder, line)).collect())
}

fn sample(folder: &Path, line: &str) -> Sample {
    let line: Value = serde_json::from_str(line).unwrap();
    let field = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
    let file = field(&line, "file");
    let edits = line["expect_LIVE"].as_array().unwrap();
    let mut expected: Vec<_> =
        edits.iter().map(|edit| (field(edit, "pointer"), field(edit, "old"), field(edit, "new"))).collect();
    expected.sort();
    Sample {
        set: field(&line, "set"),
        format: field(&line, "format"),
        text: fs::read_to_string(folder.join(&file)).unwrap(),
        file,
        expected,
    }
}

fn is_json(sample: &Sample) -> bool {
    sample.format == "json" && is_definition(sample)
}

fn is_definition(sample: &Sample) -> bool {
    sample.set != "not-json"
}

/// Reads a definition without this program: what it says as JSON, and how to compare.
fn read(sample: &Sample, text: &str) -> Value {
    if is_json(sample) {
        serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
    } else {
        // Other readers of YAML judge in `docs/decisions/yaml-parser.md`; here it is enough that
        // the text that would be sent says the same.
        serde_json::from_str(&sent_text(text).unwrap()).unwrap()
    }
}

fn everything_to_live() -> RewritePolicy {
    RewritePolicy { alias: "LIVE".to_owned(), existing: Existing::All, scope: Scope::default() }
}

fn edits_of(rewrite: &Rewrite) -> Vec<(String, String, String)> {
    let edits = rewrite.edits.iter();
    let mut edits: Vec<_> =
        edits.map(|edit| (edit.pointer.clone(), edit.old.clone(), edit.new.clone())).collect();
    edits.sort();
    edits
}

/// Checks that the two texts differ in the edited tokens only, reading them independently.
fn assert_only_edited_tokens_differ(sample: &Sample, rewrite: &Rewrite) {
    let (mut before, mut after) = (0, 0);
    for edit in &rewrite.edits {
        let kept = edit.span.start - before;
        let untouched = &rewrite.text[after..after + kept];
        assert_eq!(untouched, &sample.text[before..edit.span.start], "{}", sample.file);
        let old = &sample.text[edit.span.clone()];
        let length = if is_json(sample) {
            let mut tokens =
                serde_json::Deserializer::from_str(&rewrite.text[after + kept..]).into_iter::<String>();
            assert_eq!(tokens.next().unwrap().unwrap(), edit.new, "{}", sample.file);
            assert_eq!(serde_json::from_str::<String>(old).unwrap(), edit.old, "{}", sample.file);
            tokens.byte_offset()
        } else {
            // No token of the samples needs an escape, so the texts stand in the tokens as they are.
            let new = old.replacen(&edit.old, &edit.new, 1);
            assert_ne!(new, old, "{}", sample.file);
            assert!(rewrite.text[after + kept..].starts_with(&new), "{}", sample.file);
            new.len()
        };
        before = edit.span.end;
        after += kept + length;
    }
    assert_eq!(&rewrite.text[after..], &sample.text[before..], "{}", sample.file);
}

fn assert_pointers_lead_to_the_edits(sample: &Sample, rewrite: &Rewrite) {
    let mut before = read(sample, &sample.text);
    let after = read(sample, &rewrite.text);
    for edit in &rewrite.edits {
        let place = before.pointer_mut(&edit.pointer).unwrap();
        assert_eq!(place.as_str(), Some(&*edit.old), "{}", sample.file);
        *place = Value::String(edit.new.clone());
    }
    assert_eq!(before, after, "{}", sample.file);
}

#[test]
fn rewrites_exactly_the_expected_tokens_of_every_sample() {
    let Some(samples) = samples() else { return };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| is_definition(sample)) {
        let rewritten = rewrite(&sample.text, &everything_to_live());
        let rewritten = rewritten.unwrap_or_else(|error| panic!("{}: {error}", sample.file));
        assert_eq!(edits_of(&rewritten), sample.expected, "{}", sample.file);
        assert_only_edited_tokens_differ(sample, &rewritten);
        assert_pointers_lead_to_the_edits(sample, &rewritten);
        let again = rewrite(&rewritten.text, &everything_to_live()).unwrap();
        assert_eq!(again.edits, [], "{}", sample.file);
        assert_eq!(again.text, rewritten.text, "{}", sample.file);
        let (files, edits) = counts.entry(&sample.set).or_default();
        *files += 1;
        *edits += rewritten.edits.len();
    }
    for (set, (files, edits)) in counts {
        println!("{set}: {files} files, {edits} edits");
    }
}

#[test]
fn refuses_what_is_no_definition() {
    let Some(samples) = samples() else { return };
    for sample in samples.iter().filter(|sample| !is_definition(sample)) {
        let error = rewrite(&sample.text, &everything_to_live()).expect_err(&sample.file);
        assert!(sample.text.get(error.span.clone()).is_some(), "{}", sample.file);
    }
}

#[test]
fn refuses_every_sample_once_it_is_not_strict_json_any_more() {
    let Some(samples) = samples() else { return };
    for sample in samples.iter().filter(|sample| is_json(sample)) {
        let brace = sample.text.rfind('}').unwrap();
        let (head, tail) = sample.text.split_at(brace);
        for wrong in [
            format!("{head},{tail}"),
            format!("{head}/* comment */{tail}"),
            head.to_owned(),
            format!("{}{{}}", sample.text),
        ] {
            assert!(rewrite(&wrong, &everything_to_live()).is_err(), "{}", sample.file);
        }
    }
}

#[test]
fn a_sample_means_the_same_in_another_format() {
    let Some(samples) = samples() else { return };
    for sample in samples.iter().filter(|sample| is_json(sample)) {
        // Sorted keys, no space, other escapes.
        let value: Value = serde_json::from_str(sample.text.trim_start_matches('\u{feff}')).unwrap();
        let compact = value.to_string();
        assert!(is_same_meaning(&sample.text, &compact), "{}", sample.file);
        assert_eq!(changed_states(&sample.text, &compact), [], "{}", sample.file);
        let rewritten = rewrite(&sample.text, &everything_to_live()).unwrap();
        let changed = changed_states(&sample.text, &rewritten.text);
        assert_eq!(changed.is_empty(), rewritten.edits.is_empty(), "{}", sample.file);
    }
}

#[test]
fn substituting_nothing_changes_no_byte() {
    let Some(samples) = samples() else { return };
    for sample in samples.iter().filter(|sample| is_json(sample)) {
        let substituted = substitute(&sample.text, &BTreeMap::new()).unwrap();
        assert_eq!(substituted.text, sample.text, "{}", sample.file);
        for placeholder in substituted.unresolved {
            let spelled = &sample.text[placeholder.span];
            assert!(spelled.ends_with('}') && spelled.len() > 2, "{}", sample.file);
        }
    }
}

/// The samples that are truly broken, and what Step Functions says to them.
const BROKEN: [(&str, &str); 5] = [
    ("invalid-error-equals.json", "a catcher has `Error Equals`"),
    ("invalid-map-dupe-state.json", "two states have one name, in different machines"),
    ("invalid-payload-template.asl.json", "`lorem.$` has no path"),
    ("invalid-variable-result-path.json", "`ResultPath` names a variable"),
    ("test__no-terminal.json", "no state ends the execution"),
];

#[test]
fn nothing_is_wrong_with_a_definition_that_somebody_uses() {
    let Some(samples) = samples() else { return };
    let mut told = Vec::new();
    for sample in samples.iter().filter(|sample| is_definition(sample)) {
        let is_broken = BROKEN.iter().any(|(file, _)| sample.file.ends_with(file));
        let problems = problems(&sample.text).unwrap();
        let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
        if is_broken == errors.is_empty() {
            told.push(format!("{}: {errors:#?}", sample.file));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}
