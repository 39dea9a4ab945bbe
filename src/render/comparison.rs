//! Two versions of a function side by side, and what differs between their packages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    artifact::PackedFile,
    diff::{VariableNames, VersionComparison, VersionSide},
    model::{FunctionId, FunctionName},
};

use super::{
    page::Page,
    status::second,
    style::{Ink, Style},
    table::Table,
    text_diff::unified_diff,
    words::{before_and_after, count, listed, short_bytes},
};

/// What is known of the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageFiles {
    /// Nobody asked for them.
    NotAsked,
    /// Both have the same hash, so there was nothing to fetch.
    Same,
    /// One of them is a container image, whose files Lambda does not serve.
    Image,
    /// The files of both.
    Files(FilesByName, FilesByName),
}

/// The files of a package.
pub type FilesByName = BTreeMap<String, PackedFile>;

/// A comparison with what it is of.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonReport<'a> {
    /// The function.
    pub function: (&'a FunctionId, &'a FunctionName),
    /// What differs.
    pub comparison: &'a VersionComparison,
    /// What differs between the packages.
    pub files: &'a PackageFiles,
}

/// Returns the comparison as text; its last line is the answer.
pub fn comparison_text(report: &ComparisonReport<'_>, style: Style) -> String {
    let ComparisonReport { function: (id, name), comparison, files } = report;
    let mut page = Page::new(style);
    page.line(&[(Ink::Strong, &format!("functions.{id}")), (Ink::Plain, &format!("  {name}"))]);
    write_sides(&mut page, comparison);
    write_same(&mut page, comparison);
    write_files(&mut page, files);
    page.gap();
    let (from, to) = (comparison.from.target, comparison.to.target);
    if comparison.is_same() {
        let answer = format!("{from} and {to} are the same: code, settings and environment.");
        page.line(&[(Ink::Strong, &answer)]);
    } else {
        let answer = format!("{from} and {to} differ in {}.", difference_words(comparison));
        page.flow(&[], &[(Ink::Change, &answer)]);
    }
    page.into_text()
}

fn difference_words(comparison: &VersionComparison) -> String {
    let code = comparison.is_code_different().then(|| "code".to_owned());
    let settings = comparison.settings.iter().map(|change| change.setting.to_string());
    let names: Vec<String> =
        variable_rows(&comparison.variables).into_iter().map(|(name, ..)| name.clone()).collect();
    let variables = match names.as_slice() {
        [] => None,
        [one] => Some(format!("environment variable {one}")),
        [..] => Some(format!("environment variables {}", names.join(", "))),
    };
    listed(&code.into_iter().chain(settings).chain(variables).collect::<Vec<_>>())
}

fn write_sides(page: &mut Page, comparison: &VersionComparison) {
    let VersionComparison { from, to, settings, variables, .. } = comparison;
    let mut table = Table::new(&["", "", "FROM", "TO"]);
    let sides = [from, to];
    let facts = [
        ("version", sides.map(|side| side.target.to_string())),
        ("size", sides.map(|side| side.size.map_or("–".to_owned(), short_bytes))),
        ("published", sides.map(|side| side.published.map_or("–".to_owned(), second))),
        ("description", sides.map(|side| side.description.clone())),
    ];
    for (what, [from, to]) in facts {
        table.row(Ink::Plain, [" ".to_owned(), what.to_owned(), from, to]);
    }
    // Only what makes another version of it is marked; dates and words always differ.
    let mut row = |what: &str, [from, to]: [String; 2]| {
        let (mark, ink) = if from == to { (" ", Ink::Plain) } else { ("~", Ink::Change) };
        table.row(ink, [mark.to_owned(), what.to_owned(), from, to]);
    };
    row("code", sides.map(|side| side.code.short().to_owned()));
    for change in settings {
        let (from, to) = before_and_after(change);
        row(change.setting.key(), [from, to]);
    }
    for (name, from, to) in variable_rows(variables) {
        row(&format!("environment {name}"), [from, to].map(str::to_owned));
    }
    table.write(page, 0);
}

/// Values are compared and never shown.
fn variable_rows(variables: &VariableNames) -> Vec<(&String, &'static str, &'static str)> {
    let VariableNames { only_from, only_to, different, same: _ } = variables;
    let different = different.iter().map(|name| (name, "(hidden)", "(hidden, differs)"));
    let only_from = only_from.iter().map(|name| (name, "(hidden)", "–"));
    let only_to = only_to.iter().map(|name| (name, "–", "(hidden)"));
    different.chain(only_from).chain(only_to).collect()
}

fn write_same(page: &mut Page, comparison: &VersionComparison) {
    let variables = comparison.variables.same.iter().map(|name| format!("environment {name}"));
    let same: Vec<String> = comparison.same_settings.iter().cloned().chain(variables).collect();
    if !same.is_empty() {
        page.flow(&[(Ink::Faint, "  the same: ")], &[(Ink::Faint, &same.join(", "))]);
    }
}

/// How a file differs.
enum FileChange<'a> {
    Added(&'a PackedFile),
    Removed(&'a PackedFile),
    Changed(&'a PackedFile, &'a PackedFile),
}

fn changes<'a>(from: &'a FilesByName, to: &'a FilesByName) -> Vec<(&'a str, FileChange<'a>)> {
    let names: std::collections::BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let change = |name: &'a String| {
        let change = match (from.get(name), to.get(name)) {
            (Some(one), Some(other)) if one.digest == other.digest => return None,
            (Some(one), Some(other)) => FileChange::Changed(one, other),
            (Some(one), None) => FileChange::Removed(one),
            (None, Some(other)) => FileChange::Added(other),
            (None, None) => return None,
        };
        Some((name.as_str(), change))
    };
    names.into_iter().filter_map(change).collect()
}

fn write_files(page: &mut Page, files: &PackageFiles) {
    let (from, to) = match files {
        PackageFiles::NotAsked => return,
        PackageFiles::Same => {
            page.gap();
            return page
                .line(&[(Ink::Plain, "The packages have the same hash, so their files are the same.")]);
        }
        PackageFiles::Image => {
            page.gap();
            let words = "The code is a container image: its digest is compared, its files are not.";
            return page.line(&[(Ink::Plain, words)]);
        }
        PackageFiles::Files(from, to) => (from, to),
    };
    let changes = changes(from, to);
    page.gap();
    let is_same = |(name, file): &(&String, &PackedFile)| {
        to.get(*name).is_some_and(|other| other.digest == file.digest)
    };
    let same = from.iter().filter(is_same).count();
    page.line(&[(Ink::Strong, "Files"), (Ink::Faint, &format!("  {} the same", count(same, "file")))]);
    let mut table = Table::new(&["", "", "FROM", "TO"]);
    for (name, change) in &changes {
        let (mark, ink, from, to) = match change {
            FileChange::Added(file) => ("+", Ink::Create, "–".to_owned(), file_words(file)),
            FileChange::Removed(file) => ("-", Ink::Delete, file_words(file), "–".to_owned()),
            FileChange::Changed(one, other) => ("~", Ink::Change, file_words(one), file_words(other)),
        };
        table.row(ink, [mark.to_owned(), (*name).to_owned(), from, to]);
    }
    if changes.is_empty() {
        page.line(&[(Ink::Plain, "  Only the packing differs: every file is the same.")]);
    } else {
        table.write(page, 2);
    }
    for (name, change) in &changes {
        write_text(page, name, change);
    }
}

fn file_words(file: &PackedFile) -> String {
    format!("{} {}", short_bytes(file.size), file.digest.short())
}

fn write_text(page: &mut Page, name: &str, change: &FileChange<'_>) {
    let FileChange::Changed(PackedFile { text: Some(from), .. }, PackedFile { text: Some(to), .. }) = change
    else {
        return;
    };
    let diff = unified_diff(from, to, name, page.style());
    page.gap();
    page.block(0, &diff);
}

/// Returns the comparison for programs.
pub fn comparison_json(report: &ComparisonReport<'_>) -> Value {
    let ComparisonReport { function: (id, name), comparison, files } = report;
    let VersionComparison { from, to, settings, same_settings, variables, differences } = comparison;
    let VariableNames { only_from, only_to, different, same } = variables;
    json!({
        "schema": "repoint.compare/1",
        "function": id,
        "name": name,
        "is_same": comparison.is_same(),
        "differences": differences,
        "from": side_json(from),
        "to": side_json(to),
        "settings": settings,
        "same_settings": same_settings,
        "environment": {
            "only_from": only_from, "only_to": only_to, "different": different, "same": same,
        },
        "files": files_json(files),
    })
}

fn side_json(side: &VersionSide) -> Value {
    let VersionSide { target, code, size, description, published } = side;
    let version = target.version().map_or_else(|| json!(target.to_string()), |version| json!(version));
    json!({
        "version": version, "code": code, "size": size, "description": description, "published": published,
    })
}

fn files_json(files: &PackageFiles) -> Value {
    let (from, to) = match files {
        PackageFiles::NotAsked => return Value::Null,
        PackageFiles::Same => return json!({ "compared": "hashes", "changes": [] }),
        PackageFiles::Image => return json!({ "compared": "image digests", "changes": [] }),
        PackageFiles::Files(from, to) => (from, to),
    };
    let file = |file: &PackedFile| json!({ "size": file.size, "sha256": file.digest });
    let change = |(name, change): &(&str, FileChange<'_>)| match change {
        FileChange::Added(one) => json!({ "name": name, "is": "added", "to": file(one) }),
        FileChange::Removed(one) => json!({ "name": name, "is": "removed", "from": file(one) }),
        FileChange::Changed(one, other) => {
            json!({ "name": name, "is": "changed", "from": file(one), "to": file(other) })
        }
    };
    json!({ "compared": "files", "changes": changes(from, to).iter().map(change).collect::<Vec<_>>() })
}
