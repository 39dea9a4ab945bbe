//! One state: the fields that its type needs, and the shape of its paths.

use std::ops::Range;

use super::path;
use super::report::{Findings, Words, has_placeholder, literal};
use super::rules::{PATHS, PATHS_OR_CALLS, StateType, TEMPLATES, TYPES, WAITS, foreign_fields};
use crate::asl::reference::QueryLanguage;
use crate::asl::value::{Kind, Member, Value};

/// Checks a state; those inside it are checked elsewhere.
pub(super) fn check(member: &Member<'_>, language: QueryLanguage, findings: &mut Findings<'_>) {
    let Member { value, key_span, .. } = member;
    if !value.is_object() {
        if !matches!(value.kind, Kind::Tagged(_)) && value.text().is_none_or(|text| !has_placeholder(text)) {
            let message = format!("{} is not an object", findings.subject());
            findings.error(&value.span, Words::new(message, "not an object", "write `{\"Type\": …}`"));
        }
        return;
    }
    let Some(kind) = kind(member, findings) else { return };
    let mut state = State { value, place: key_span, kind, findings };
    state.check_end();
    state.check_needed();
    state.check_errors();
    match language {
        QueryLanguage::JsonPath => state.check_paths(),
        QueryLanguage::Jsonata => state.check_no_templates(),
    }
    state.check_foreign(language);
}

/// Says whether a state may end the execution; what a placeholder decides may.
pub(super) fn is_end(state: &Value<'_>) -> bool {
    let says_end = state.member("End").is_some_and(|end| !matches!(end.kind, Kind::Word("false" | "null")));
    let kind = state.member("Type").and_then(Value::text);
    !state.is_object()
        || says_end
        || kind.is_some_and(|kind| matches!(kind, "Succeed" | "Fail") || has_placeholder(kind))
}

fn kind(member: &Member<'_>, findings: &mut Findings<'_>) -> Option<StateType> {
    let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
    let help = format!("`Type` is one of {}", names.join(", "));
    let Some(said) = member.value.member("Type") else {
        let message = format!("{} has no `Type`", findings.subject());
        findings.error(&member.key_span, Words::new(message, "`Type` is missing", help));
        return None;
    };
    let text = said.text().unwrap_or_default();
    let found = TYPES.iter().find(|(name, _)| *name == text);
    let is_decided_elsewhere = has_placeholder(text) || matches!(said.kind, Kind::Tagged(_));
    if found.is_none() && !is_decided_elsewhere {
        let message = format!("{} has an unknown type", findings.subject());
        let near = names.iter().find(|name| name.eq_ignore_ascii_case(text));
        let label = near.map_or("not a type of state".to_owned(), |near| format!("did you mean `{near}`?"));
        findings.error(&said.span, Words::new(message, label, help));
    }
    found.map(|(_, kind)| *kind)
}

struct State<'a, 'd, 't> {
    value: &'a Value<'d>,
    place: &'a Range<usize>,
    kind: StateType,
    findings: &'a mut Findings<'t>,
}

impl<'d> State<'_, 'd, '_> {
    fn subject(&self) -> String {
        self.findings.subject()
    }

    fn has(&self, field: &str) -> bool {
        self.value.member(field).is_some()
    }

    fn missing(&mut self, what: &str, help: &str) {
        let message = format!("{} has no {what}", self.subject());
        self.findings.error(self.place, Words::new(message, format!("no {what}"), help));
    }

    fn check_end(&mut self) {
        let end = self.value.entry("End");
        let is_end = end.is_some_and(|end| !matches!(end.value.kind, Kind::Word("false" | "null")));
        let next = self.value.entry("Next");
        if !self.kind.has_next() {
            for entry in next.into_iter().chain(end) {
                let message = format!("{} has `{}`, which its type has not", self.subject(), entry.key);
                self.findings.warning(
                    &entry.key_span,
                    Words::new(message, "not a field of this type", format!("remove `{}`", entry.key)),
                );
            }
            return;
        }
        match (next, end) {
            (None, _) if !is_end => {
                self.missing("`Next` and no `End`", "add `\"End\": true`, or `\"Next\": \"…\"`");
            }
            (Some(_), Some(end)) if is_end => {
                let message = format!("{} has `Next` and `End`", self.subject());
                self.findings
                    .error(&end.key_span, Words::new(message, "it goes on by `Next`", "remove one of them"));
            }
            (Some(_) | None, _) => {}
        }
    }

    fn check_needed(&mut self) {
        match self.kind {
            StateType::Task if !self.has("Resource") => {
                self.missing(
                    "`Resource`",
                    "add `\"Resource\": \"arn:aws:states:::lambda:invoke\"` or another action",
                );
            }
            StateType::Choice => self.check_choices(),
            StateType::Wait => self.check_wait(),
            StateType::Parallel => self.check_branches(),
            StateType::Map if !self.has("ItemProcessor") && !self.has("Iterator") => {
                self.missing("`ItemProcessor`", "add `\"ItemProcessor\": {\"StartAt\": …, \"States\": {…}}`");
            }
            StateType::Task | StateType::Map | StateType::Pass | StateType::Succeed | StateType::Fail => {}
        }
    }

    fn check_wait(&mut self) {
        let said: Vec<&Member<'d>> = WAITS.iter().filter_map(|field| self.value.entry(field)).collect();
        match said.as_slice() {
            [] => {
                self.missing(
                    "`Seconds`",
                    "add one of `Seconds`, `SecondsPath`, `Timestamp`, `TimestampPath`",
                );
            }
            [_] => {}
            [first, second, ..] => {
                let message = format!("{} says twice how long it waits", self.subject());
                let label = format!("`{}` says it already", first.key);
                self.findings.error(&second.key_span, Words::new(message, label, "keep one of them"));
            }
        }
    }

    fn check_branches(&mut self) {
        match self.value.entry("Branches") {
            None => self.missing("`Branches`", "add `\"Branches\": [{\"StartAt\": …, \"States\": {…}}]`"),
            Some(Member { value, .. }) if matches!(value.kind, Kind::Members(_)) => {
                let message = format!("`Branches` of {} is not a list", self.subject());
                self.findings
                    .error(&value.span, Words::new(message, "not a list", "write `[{\"StartAt\": …}]`"));
            }
            Some(_) => {}
        }
    }

    fn check_choices(&mut self) {
        let Some(Member { value, key_span, .. }) = self.value.entry("Choices") else {
            return self.missing("`Choices`", "add `\"Choices\": [{…, \"Next\": \"…\"}]`");
        };
        if matches!(&value.kind, Kind::Items(items) if items.is_empty()) {
            let message = format!("`Choices` of {} is empty", self.subject());
            self.findings.error(key_span, Words::new(message, "no choice", "add `{…, \"Next\": \"…\"}`"));
        }
        for rule in value.items().iter().filter(|rule| rule.is_object()) {
            self.check_has_next(rule, "choice");
            if rule.member("Condition").is_none() {
                self.check_variables(rule);
            }
        }
    }

    fn check_has_next(&mut self, item: &Value<'_>, what: &str) {
        if item.member("Next").is_none() {
            let message = format!("a {what} of {} has no `Next`", self.subject());
            self.findings.error(&item.span, Words::new(message, "no `Next`", "add `\"Next\": \"…\"`"));
        }
    }

    fn check_variables(&mut self, rule: &Value<'_>) {
        for Member { key, value, .. } in rule.members() {
            match &**key {
                "Variable" => self.check_path(key, value, path::flaw),
                "And" | "Or" => value.items().iter().for_each(|inner| self.check_variables(inner)),
                "Not" => self.check_variables(value),
                key if key.ends_with("Path") => self.check_path(key, value, path::flaw),
                _ => {}
            }
        }
    }

    fn check_errors(&mut self) {
        for field in ["Retry", "Catch"] {
            let Some(Member { value, key_span, .. }) = self.value.entry(field) else { continue };
            if !self.kind.can_fail() {
                let message = format!("{} has `{field}`, which its type has not", self.subject());
                self.findings.warning(
                    key_span,
                    Words::new(message, "not a field of this type", format!("remove `{field}`")),
                );
            }
            for item in value.items().iter().filter(|item| item.is_object()) {
                if item.member("ErrorEquals").is_none() {
                    let message = format!("an entry of `{field}` of {} has no `ErrorEquals`", self.subject());
                    let help = "add `\"ErrorEquals\": [\"States.ALL\"]`";
                    self.findings.error(&item.span, Words::new(message, "no `ErrorEquals`", help));
                }
                if field == "Catch" {
                    self.check_has_next(item, "catcher");
                }
            }
        }
    }

    fn check_paths(&mut self) {
        for field in PATHS {
            self.check_field(field, path::flaw);
        }
        self.check_field("ResultPath", path::flaw_of_target);
        for field in PATHS_OR_CALLS {
            self.check_field(field, path::flaw_of_call);
        }
        for field in TEMPLATES {
            if let Some(value) = self.value.member(field) {
                self.check_template(value);
            }
        }
        for holder in ["ItemReader", "ResultWriter", "ItemBatcher"] {
            let inner = self.value.member(holder);
            for field in ["Parameters", "BatchInput"] {
                if let Some(value) = inner.and_then(|inner| inner.member(field)) {
                    self.check_template(value);
                }
            }
        }
    }

    fn check_field(&mut self, field: &str, flaw: fn(&str) -> Option<&'static str>) {
        if let Some(value) = self.value.member(field) {
            self.check_path(field, value, flaw);
        }
    }

    /// Checks a field with a path; `null` means that there is none.
    fn check_path(&mut self, field: &str, value: &Value<'_>, flaw: fn(&str) -> Option<&'static str>) {
        let Some(text) = literal(value) else { return };
        if let Some(why) = flaw(text) {
            let message = format!("`{field}` of {} is no path: `{}`", self.subject(), shortened(text));
            self.findings
                .error(&value.span, Words::new(message, why, format!("write `\"{field}\": \"$.…\"`")));
        }
    }

    /// Checks what stands under keys that end in `.$`, at any depth.
    fn check_template(&mut self, value: &Value<'_>) {
        for item in value.items() {
            self.check_template(item);
        }
        for Member { key, value, .. } in value.members() {
            if !key.ends_with(".$") {
                self.check_template(value);
                continue;
            }
            let why = match value.text() {
                Some(text) if has_placeholder(text) => None,
                Some(text) => path::flaw_of_call(text),
                None if matches!(value.kind, Kind::Tagged(_)) => None,
                None => Some("not a text"),
            };
            if let Some(why) = why {
                let message = format!("`{key}` of {} has no path", self.subject());
                let name = key.trim_end_matches(".$");
                let help = format!("write `\"{key}\": \"$.…\"`, or `\"{name}\"` for a value of its own");
                self.findings.error(&value.span, Words::new(message, why, help));
            }
        }
    }

    /// A key that ends in `.$` takes nothing from the input of a `JSONata` state.
    fn check_no_templates(&mut self) {
        for field in ["Arguments", "Output", "Assign", "ItemSelector"] {
            if let Some(value) = self.value.member(field) {
                self.check_no_template(value);
            }
        }
    }

    fn check_no_template(&mut self, value: &Value<'_>) {
        value.items().iter().for_each(|item| self.check_no_template(item));
        for Member { key, key_span, value, .. } in value.members() {
            if key.ends_with(".$") {
                let message =
                    format!("`{key}` of {} is no path: the state's language is JSONata", self.subject());
                let help = "write `{% $states.input.… %}` under the key without `.$`";
                self.findings.warning(key_span, Words::new(message, "stays as it is", help));
            }
            self.check_no_template(value);
        }
    }

    fn check_foreign(&mut self, language: QueryLanguage) {
        let name = match language {
            QueryLanguage::Jsonata => "JSONata",
            QueryLanguage::JsonPath => "JSONPath",
        };
        for field in foreign_fields(language) {
            if let Some(entry) = self.value.entry(field) {
                let message = format!("{} has `{field}`, which {name} states have not", self.subject());
                let other = match language {
                    QueryLanguage::Jsonata => "JSONPath",
                    QueryLanguage::JsonPath => "JSONata",
                };
                let help =
                    format!("add `\"QueryLanguage\": \"{other}\"` to the state, or use the fields of {name}");
                self.findings
                    .warning(&entry.key_span, Words::new(message, format!("a field of {other}"), help));
            }
        }
    }
}

fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(60)]
}
