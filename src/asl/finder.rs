//! Finds the references of a definition (A1 to A10).
//!
//! It works on the value tree, whatever the text format was; [`super::spelling`] knows which bytes
//! of the text spell a part of a string.

use std::ops::Range;

use super::arn::{self, FunctionText, Resource};
use super::definition::definition;
use super::error::DefinitionError;
use super::reference::{
    CallerRole, DynamicReason, Form, FunctionPart, Note, QualifierKind, QualifierPart, QualifierPlace,
    QueryLanguage, Reference,
};
use super::spelling::StringToken;
use super::states::{self, Place};
use super::value::{Kind, Value};

/// Returns the references of a definition to functions, in the order of the states.
pub fn references(text: &str) -> Result<Vec<Reference>, DefinitionError> {
    let root = definition(text)?;
    let language = language(&root).unwrap_or(QueryLanguage::JsonPath);
    let mut found = Vec::new();
    states::visit(&root, &mut |place, member| {
        let state = &member.value;
        if state.member("Type").and_then(Value::text) == Some("Task") {
            let task = Task::new(text, place, state, language);
            task.collect(&mut found);
        }
    });
    Ok(found)
}

/// Reads a `QueryLanguage` field; a state without one uses the root's, not its parent's (A9).
fn language(value: &Value<'_>) -> Option<QueryLanguage> {
    match value.member("QueryLanguage")?.text()? {
        "JSONata" => Some(QueryLanguage::Jsonata),
        "JSONPath" => Some(QueryLanguage::JsonPath),
        _ => None,
    }
}

struct Task<'a> {
    text: &'a str,
    place: &'a Place<'a>,
    state: &'a Value<'a>,
    language: QueryLanguage,
    role: CallerRole,
}

/// A value of the task that the finder is looking at, with the keys that lead to it.
struct Token<'a> {
    keys: &'a [&'a str],
    value: &'a Value<'a>,
}

impl<'a> Task<'a> {
    fn new(
        text: &'a str,
        place: &'a Place<'a>,
        state: &'a Value<'a>,
        default_language: QueryLanguage,
    ) -> Self {
        let has_role = match state.member("Credentials").map(|value| &value.kind) {
            None | Some(Kind::Word(_)) => false,
            Some(Kind::Members(members)) => !members.is_empty(),
            Some(Kind::Text(..) | Kind::Number(_) | Kind::Tagged(_) | Kind::Items(_)) => true,
        };
        Self {
            text,
            place,
            state,
            language: language(state).unwrap_or(default_language),
            role: if has_role { CallerRole::Assumed } else { CallerRole::Own },
        }
    }

    fn collect(&self, found: &mut Vec<Reference>) {
        let Some(value) = self.state.member("Resource") else {
            return;
        };
        let keys = &["Resource"];
        let token = Token { keys, value };
        let Some(resource) = value.text() else {
            if value.is_object() || matches!(value.kind, Kind::Tagged(_)) {
                found.push(self.dynamic(&token, Form::ResourceArn, DynamicReason::NotText));
            }
            return;
        };
        match arn::resource(resource) {
            Resource::Function(function) => {
                found.push(self.reference(&token, Form::ResourceArn, function));
            }
            Resource::Dynamic(why) => found.push(self.dynamic(&token, Form::ResourceArn, why)),
            Resource::Invoke => self.collect_request(&token, found),
            Resource::Other => {}
        }
    }

    /// Reads the request of an invoke action, in `Parameters` or `Arguments` (A3, A10).
    fn collect_request(&self, resource: &Token<'_>, found: &mut Vec<Reference>) {
        let holders = ["Parameters", "Arguments"];
        let present = holders.map(|key| self.state.member(key).map(|value| (key, value)));
        for (key, request) in present.iter().flatten() {
            if request.is_object() {
                found.extend(self.named_in_request(key, request));
            } else {
                let keys = &[*key];
                let token = Token { keys, value: request };
                found.push(self.dynamic(&token, Form::FunctionName, DynamicReason::Request));
            }
        }
        if present.iter().all(Option::is_none) {
            // Without a request of its own, the state sends its input.
            found.push(self.dynamic(resource, Form::FunctionName, DynamicReason::Request));
        }
    }

    fn named_in_request(&self, holder: &str, request: &Value<'_>) -> Option<Reference> {
        let note = (holder == "Arguments" && self.language == QueryLanguage::JsonPath)
            .then_some(Note::ArgumentsInJsonPath);
        let mut reference = if let Some(value) = request.member("FunctionName.$") {
            let keys = &[holder, "FunctionName.$"];
            let token = Token { keys, value };
            self.dynamic(&token, Form::FunctionName, DynamicReason::Path)
        } else {
            let value = request.member("FunctionName")?;
            let keys = &[holder, "FunctionName"];
            let token = Token { keys, value };
            match value.text() {
                Some(text) => self.reference(&token, Form::FunctionName, arn::function_name(text)),
                None => self.dynamic(&token, Form::FunctionName, DynamicReason::NotText),
            }
        };
        reference.note = note;
        if let Some(field) = self.qualifier_field(holder, request) {
            reference.second_qualifier = reference.qualifier.replace(field);
        }
        Some(reference)
    }

    /// Reads the `Qualifier` beside `FunctionName` (A4); a computed one is dynamic (A5).
    fn qualifier_field(&self, holder: &str, request: &Value<'_>) -> Option<QualifierPart> {
        let path = request.member("Qualifier.$").map(|value| ("Qualifier.$", value));
        let field = request.member("Qualifier").map(|value| ("Qualifier", value));
        let (key, value) = path.or(field)?;
        let kind = match value.text() {
            Some(text) if key == "Qualifier" => arn::qualifier_kind(text),
            Some(_) | None => QualifierKind::Dynamic,
        };
        let span = match value.text() {
            Some(text) => self.place_of(value, text, &(0..text.len())),
            None => value.span.clone(),
        };
        Some(QualifierPart {
            text: self.words(value),
            kind,
            place: QualifierPlace::QualifierField,
            pointer: self.place.pointer(&[holder, key]),
            token: value.span.clone(),
            span,
            spelling: value.spelling(),
        })
    }

    fn reference(&self, token: &Token<'_>, form: Form, named: FunctionText) -> Reference {
        let pointer = self.place.pointer(token.keys);
        let qualifier = named.qualifier.map(|range| {
            let text = named.function.text()[range.clone()].to_owned();
            QualifierPart {
                kind: arn::qualifier_kind(&text),
                text,
                place: QualifierPlace::InFunctionName,
                pointer: pointer.clone(),
                token: token.value.span.clone(),
                span: self.place_of(token.value, named.function.text(), &range),
                spelling: token.value.spelling(),
            }
        });
        Reference {
            pointer,
            state: self.place.state(),
            form,
            function: named.function,
            qualifier,
            second_qualifier: None,
            span: token.value.span.clone(),
            language: self.language,
            role: self.role,
            note: None,
            spelling: token.value.spelling(),
        }
    }

    fn dynamic(&self, token: &Token<'_>, form: Form, why: DynamicReason) -> Reference {
        let text = self.words(token.value);
        let function = FunctionPart::Dynamic { text, why };
        let named = FunctionText { function, qualifier: None };
        self.reference(token, form, named)
    }

    /// Returns the decoded string, or the JSON of a value that is none.
    fn words(&self, value: &Value<'_>) -> String {
        let text = value.text().unwrap_or(&self.text[value.span.clone()]);
        text.to_owned()
    }

    /// Returns the bytes that spell a part of a string, or all of its bytes where they do not.
    fn place_of(&self, value: &Value<'_>, decoded: &str, part: &Range<usize>) -> Range<usize> {
        let Range { start, end } = value.span;
        let token = StringToken { text: self.text, start, end, decoded, spelling: value.spelling() };
        token.place_of(part).unwrap_or(start..end)
    }
}
