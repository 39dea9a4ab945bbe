//! The references of one definition as a table and as JSON.

use serde_json::{Value, json};

use crate::asl::{
    Edit, Form, FunctionPart, Left, Lookalike, QualifierKind, QualifierPart, QueryLanguage, Reference,
    Rewrite,
};

use super::{
    page::Page,
    style::{Ink, Style, visible},
};

/// The columns of the table, all but the last one padded.
const TITLES: [&str; 6] = ["STATE", "FORM", "FUNCTION", "QUALIFIER", "STATIC", "POINTER"];

/// Returns the references of a definition as a table, and what only looks like one below it.
pub fn references_text(references: &[Reference], lookalikes: &[Lookalike], style: Style) -> String {
    let mut page = Page::new(style);
    if !references.is_empty() {
        let rows: Vec<[String; 6]> = references.iter().map(row).collect();
        write_table(&mut page, &rows, references);
    }
    if !lookalikes.is_empty() {
        page.gap();
        page.line(&[(Ink::Strong, "Not references"), (Ink::Faint, "  they only look like some")]);
        for Lookalike { pointer, text, .. } in lookalikes {
            page.line(&[(Ink::Plain, &format!("  {}  ", visible(pointer))), (Ink::Faint, &shown(text))]);
        }
    }
    page.into_text()
}

fn write_table(page: &mut Page, rows: &[[String; 6]], references: &[Reference]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([TITLES[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..TITLES.len()).map(width).collect();
    let line = |cells: &[&str]| -> String {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}  "));
        padded.collect::<String>().trim_end().to_owned()
    };
    page.line(&[(Ink::Faint, &line(&TITLES))]);
    for (row, reference) in rows.iter().zip(references) {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        page.line(&[(Ink::Plain, &line(&cells))]);
        for remark in remarks(reference) {
            page.line(&[(Ink::Faint, &format!("  {remark}"))]);
        }
    }
}

fn row(reference: &Reference) -> [String; 6] {
    let (function, is_static) = match &reference.function {
        FunctionPart::Static { name, .. } => (name.as_str(), "yes"),
        FunctionPart::Dynamic { text, .. } => (text.as_str(), "no"),
    };
    let qualifier = reference.qualifier.as_ref().map_or("-", |part| part.text.as_str());
    [
        visible(&reference.state),
        form(reference.form).to_owned(),
        shown(function),
        shown(qualifier),
        is_static.to_owned(),
        visible(&reference.pointer),
    ]
}

fn remarks(reference: &Reference) -> Vec<String> {
    let why = match &reference.function {
        FunctionPart::Dynamic { why, .. } => Some(why.to_string()),
        FunctionPart::Static { .. } => None,
    };
    let second = reference.second_qualifier.as_ref();
    let second = second.map(|part| format!("the function's name carries `{}` too", visible(&part.text)));
    let note = reference.note.map(|note| note.to_string());
    why.into_iter().chain(second).chain(note).collect()
}

/// Returns a text in one line, shortened: a whole request may stand where a name should.
fn shown(text: &str) -> String {
    const LIMIT: usize = 100;
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(LIMIT).collect();
    let end = if short.len() < line.len() { "…" } else { "" };
    visible(&format!("{short}{end}"))
}

fn form(form: Form) -> &'static str {
    match form {
        Form::ResourceArn => "resource-arn",
        Form::FunctionName => "function-name",
    }
}

/// Returns the references of a definition as JSON; the lookalikes where they were asked for.
pub fn references_json(file: &str, references: &[Reference], lookalikes: Option<&[Lookalike]>) -> Value {
    let found: Vec<Value> = references.iter().map(reference_json).collect();
    let mut value = json!({ "schema": "repoint.asl.refs/1", "file": file, "references": found });
    if let Some(lookalikes) = lookalikes {
        let alike = lookalikes.iter().map(|Lookalike { pointer, state, text, span: _ }| {
            json!({ "pointer": pointer, "state": state, "text": text })
        });
        value["lookalikes"] = alike.collect();
    }
    value
}

fn reference_json(reference: &Reference) -> Value {
    let (name, account, region, why) = match &reference.function {
        FunctionPart::Static { name, account, region, .. } => {
            (Some(name), account.as_ref(), region.as_ref(), None)
        }
        FunctionPart::Dynamic { why, .. } => (None, None, None, Some(why.to_string())),
    };
    let language = match reference.language {
        QueryLanguage::JsonPath => "JSONPath",
        QueryLanguage::Jsonata => "JSONata",
    };
    json!({
        "pointer": reference.pointer,
        "state": reference.state,
        "form": form(reference.form),
        "function": name,
        "text": reference.function.text(),
        "account": account,
        "region": region,
        "qualifier": reference.qualifier.as_ref().map(qualifier_json),
        "second_qualifier": reference.second_qualifier.as_ref().map(qualifier_json),
        "static": name.is_some(),
        "why": why,
        "query_language": language,
        "note": reference.note.map(|note| note.to_string()),
    })
}

fn qualifier_json(part: &QualifierPart) -> Value {
    let kind = match part.kind {
        QualifierKind::Latest => "latest",
        QualifierKind::LatestPublished => "latest-published",
        QualifierKind::Version => "version",
        QualifierKind::Alias => "alias",
        QualifierKind::Dynamic => "dynamic",
        QualifierKind::Invalid => "invalid",
    };
    json!({ "text": part.text, "kind": kind, "pointer": part.pointer })
}

/// Returns a rewrite as JSON: the text, what changed and what stayed.
pub fn rewrite_json(file: &str, rewrite: &Rewrite) -> Value {
    let Rewrite { text, edits, left } = rewrite;
    let edits = edits.iter().map(|Edit { pointer, state, span: _, old, new }| {
        json!({ "pointer": pointer, "state": state, "old": old, "new": new })
    });
    let left = left.iter().map(|Left { pointer, state, function, span: _, why }| {
        json!({ "pointer": pointer, "state": state, "function": function, "why": why.to_string() })
    });
    json!({
        "schema": "repoint.asl.rewrite/1",
        "file": file,
        "edits": edits.collect::<Value>(),
        "left": left.collect::<Value>(),
        "text": text,
    })
}
