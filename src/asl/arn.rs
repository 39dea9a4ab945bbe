//! The strings that name a function, and the ones that name what a task does.

use std::ops::Range;

use super::placeholder::{fields, has_placeholder};
use super::reference::{DynamicReason, FunctionPart, QualifierKind};

/// A function's name or ARN, and where its qualifier stands in it.
pub(crate) struct FunctionText {
    pub(crate) function: FunctionPart,
    pub(crate) qualifier: Option<Range<usize>>,
}

/// What the `Resource` of a task says.
pub(crate) enum Resource {
    /// A function's ARN (A2).
    Function(FunctionText),
    /// An action that invokes the function named in the request (A3).
    Invoke,
    /// Something that may be either, decided elsewhere (A5).
    Dynamic(DynamicReason),
    /// Anything else (A7, A8).
    Other,
}

/// The actions of the Lambda API that invoke a function (A3); all others are left alone (A7).
const INVOKING_ACTIONS: [&str; 3] = ["invoke", "invokeAsync", "invokeWithResponseStream"];

/// Reads the `Resource` of a task.
pub(crate) fn resource(text: &str) -> Resource {
    if is_jsonata(text) {
        return Resource::Dynamic(DynamicReason::Jsonata);
    }
    let ranges = fields(text);
    let parts: Vec<&str> = ranges.iter().map(|range| &text[range.clone()]).collect();
    match parts.as_slice() {
        ["arn", _, "lambda", ..] => Resource::Function(arn(text, &ranges)),
        ["arn", _, "states", "", "", rest @ ..] => service_action(rest),
        ["arn", _, service, ..] if has_placeholder(service) => placeholder(),
        [first, ..] if has_placeholder(first) => placeholder(),
        _ => Resource::Other,
    }
}

fn service_action(parts: &[&str]) -> Resource {
    match parts {
        ["lambda", action] => lambda_action(action, &INVOKING_ACTIONS[..1]),
        ["aws-sdk", "lambda", action] => lambda_action(action, &INVOKING_ACTIONS),
        ["aws-sdk", service, ..] | [service, ..] if has_placeholder(service) => placeholder(),
        _ => Resource::Other,
    }
}

fn lambda_action(action: &str, invoking: &[&str]) -> Resource {
    let name = action.strip_suffix(".waitForTaskToken").unwrap_or(action);
    if invoking.contains(&name) {
        Resource::Invoke
    } else if has_placeholder(action) {
        placeholder()
    } else {
        Resource::Other
    }
}

fn placeholder() -> Resource {
    Resource::Dynamic(DynamicReason::Placeholder)
}

/// Reads a `FunctionName`: a name, a part of an ARN or a whole one, each with or without qualifier.
pub(crate) fn function_name(text: &str) -> FunctionText {
    if is_jsonata(text) {
        return dynamic(text, DynamicReason::Jsonata);
    }
    let ranges = fields(text);
    if text[ranges[0].clone()] == *"arn" && ranges.len() > 2 {
        return arn(text, &ranges);
    }
    let prefix = prefix_length(text, &ranges);
    let (place, named) = ranges.split_at(prefix);
    let (region, account) = match place {
        [region, account, ..] if prefix_ends_with_account(text, place) => (Some(region), Some(account)),
        [one, ..] if is_region(&text[one.clone()]) => (Some(one), None),
        [one, ..] if text[one.clone()] != *"function" => (None, Some(one)),
        _ => (None, None),
    };
    let parts = Parts { partition: None, region: region.cloned(), account: account.cloned() };
    named_function(text, named, &parts)
}

/// Counts the fields before the name: `function`, an account, a region, in the forms of A3.
///
/// Lambda's pattern makes each of them optional, so `123456789012:name` is an account and a name.
fn prefix_length(text: &str, ranges: &[Range<usize>]) -> usize {
    let last = ranges.len() - 1;
    let field = |at: usize| &text[ranges[at].clone()];
    if let Some(at) = (0..last.min(3)).find(|at| field(*at) == "function") {
        return at + 1;
    }
    let mut length = 0;
    if length < last && is_region(field(length)) {
        length += 1;
    }
    if length < last && is_account(field(length)) {
        length += 1;
    }
    length
}

fn prefix_ends_with_account(text: &str, place: &[Range<usize>]) -> bool {
    place.len() > 1 && text[place[1].clone()] != *"function"
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let Some((number, words)) = parts.split_last() else {
        return false;
    };
    number.len() == 1
        && number.bytes().all(|b| b.is_ascii_digit())
        && (2..=4).contains(&words.len())
        && words.iter().all(is_letters)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

struct Parts {
    partition: Option<Range<usize>>,
    region: Option<Range<usize>>,
    account: Option<Range<usize>>,
}

/// Reads `arn:P:lambda:R:A:function:N[:Q]`; region and account may be empty (A13).
fn arn(text: &str, ranges: &[Range<usize>]) -> FunctionText {
    let field = |at: usize| ranges.get(at).map(|range| &text[range.clone()]);
    if field(2) == Some("lambda") && field(5) == Some("function") && ranges.len() > 6 {
        let parts = Parts {
            partition: Some(ranges[1].clone()),
            region: Some(ranges[3].clone()),
            account: Some(ranges[4].clone()),
        };
        return named_function(text, &ranges[6..], &parts);
    }
    dynamic(text, unknown(text))
}

/// Reads the last one or two fields, the name and the qualifier (A13).
fn named_function(text: &str, named: &[Range<usize>], parts: &Parts) -> FunctionText {
    let (name, qualifier) = match named {
        [name] => (&text[name.clone()], None),
        [name, qualifier] => (&text[name.clone()], Some(qualifier.clone())),
        _ => return dynamic(text, unknown(text)),
    };
    if has_placeholder(name) {
        return FunctionText { qualifier, ..dynamic(text, DynamicReason::Placeholder) };
    }
    if !is_name(name) {
        return dynamic(text, unknown(name));
    }
    let part = |range: &Option<Range<usize>>| {
        let text = range.clone().map(|range| text[range].to_owned());
        text.filter(|text| !text.is_empty())
    };
    let function = FunctionPart::Static {
        name: name.to_owned(),
        account: part(&parts.account),
        region: part(&parts.region),
        partition: part(&parts.partition),
        text: text.to_owned(),
    };
    FunctionText { function, qualifier }
}

fn dynamic(text: &str, why: DynamicReason) -> FunctionText {
    let text = text.to_owned();
    FunctionText { function: FunctionPart::Dynamic { text, why }, qualifier: None }
}

/// Says why a text is no name: a placeholder may hold the fields that are missing.
fn unknown(text: &str) -> DynamicReason {
    if has_placeholder(text) { DynamicReason::Placeholder } else { DynamicReason::NotAFunction }
}

/// Says whether a text is a `{% … %}` expression, even one that holds a literal (A5).
pub(crate) fn is_jsonata(text: &str) -> bool {
    text.starts_with("{%") && text.ends_with("%}")
}

/// Lambda's pattern for the name in `NamespacedFunctionName` (A13), which allows dots.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| is_word(b) || b == b'.')
}

/// Lambda's pattern for an alias or version has at most 128 characters (A13).
const QUALIFIER_LIMIT: usize = 128;

/// Says what a qualifier names (A13).
pub(crate) fn qualifier_kind(text: &str) -> QualifierKind {
    match text {
        "$LATEST" => QualifierKind::Latest,
        "$LATEST.PUBLISHED" => QualifierKind::LatestPublished,
        _ if is_jsonata(text) || has_placeholder(text) => QualifierKind::Dynamic,
        _ if text.is_empty() || text.len() > QUALIFIER_LIMIT => QualifierKind::Invalid,
        _ if text.bytes().all(|b| b.is_ascii_digit()) => QualifierKind::Version,
        _ if text.bytes().all(is_word) => QualifierKind::Alias,
        _ => QualifierKind::Invalid,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}
