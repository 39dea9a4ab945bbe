//! Laws of the byte-exact rewrite, on random definitions in random spelling.
//!
//! A definition is drawn as a tree of states and written twice at once: as it is, and as it must be
//! after the rewrite. White space, escapes and number spelling are drawn too, so the two texts must
//! agree to the byte.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use repoint::asl::{
    Existing, Rewrite, RewritePolicy, Scope, changed_states, is_same_meaning, references, rewrite, substitute,
};

const ALIAS: &str = "LIVE";

/// What a state does, with everything that decides its edits.
#[derive(Debug, Clone)]
enum Drawn {
    /// A state that is no task, full of strings that look like references.
    Decoy(&'static str),
    /// A task whose resource is the function's ARN.
    Direct(Named),
    /// A task that invokes a function through a service.
    Invoke { resource: &'static str, holder: &'static str, named: Named, field: Option<Qualifier> },
    /// A task that says nothing that could be changed: the members as they are written.
    Untouched(&'static [(&'static str, &'static str)], Option<(&'static str, &'static str)>),
    /// A map.
    Map(&'static str, Vec<Drawn>),
    /// A parallel state.
    Parallel(Vec<Vec<Drawn>>),
}

/// A function's name with what stands before and after it.
#[derive(Debug, Clone)]
struct Named {
    prefix: &'static str,
    qualifier: Option<Qualifier>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Qualifier {
    Latest,
    Number,
    Other,
    Wanted,
    Dynamic,
}

impl Qualifier {
    fn text(self) -> &'static str {
        match self {
            Self::Latest => "$LATEST",
            Self::Number => "42",
            Self::Other => "STAGING",
            Self::Wanted => ALIAS,
            Self::Dynamic => "${alias}",
        }
    }

    /// The rule of A11, written down a second time.
    fn is_replaced(self, existing: Existing) -> bool {
        match (self, existing) {
            (Self::Wanted | Self::Latest, _)
            | (Self::Number, Existing::Versions | Existing::All)
            | (Self::Other, Existing::All) => true,
            (Self::Number, Existing::Latest)
            | (Self::Other, Existing::Versions | Existing::Latest)
            | (Self::Dynamic, _) => false,
        }
    }
}

const ARNS: [&str; 5] = [
    "arn:aws:lambda:us-east-1:123456789012:function:",
    "arn:aws-cn:lambda:cn-north-1:123456789012:function:",
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:",
    "arn:aws:lambda:{{region}}:{{account:id}}:function:",
    "arn:aws:lambda:::function:",
];
const PREFIXES: [&str; 7] = [
    "",
    "function:",
    "123456789012:function:",
    "us-east-1:123456789012:function:",
    "123456789012:",
    "arn:aws:lambda:us-east-1:123456789012:function:",
    "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:",
];
const INVOKES: [&str; 5] = [
    "arn:aws:states:::lambda:invoke",
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "arn:${AWS::Partition}:states:::lambda:invoke",
    "arn:aws:states:::aws-sdk:lambda:invoke",
    "arn:aws:states:::aws-sdk:lambda:invokeAsync",
];

type Members = &'static [(&'static str, &'static str)];
const UNTOUCHED: [(Members, Option<(&str, &str)>); 7] = [
    (&[("Resource", "${FunctionArn}")], None),
    (&[("Resource", "arn:aws:states:us-east-1:123456789012:activity:f")], None),
    (&[("Resource", "arn:aws:states:::aws-sdk:lambda:getFunction")], Some(("FunctionName", "orders"))),
    (&[("Resource", "arn:aws:states:::lambda:invoke")], Some(("FunctionName", "{% 'orders' %}"))),
    (&[("Resource", "arn:aws:states:::lambda:invoke")], Some(("FunctionName.$", "$.name"))),
    (&[("Resource", "arn:aws:states:::lambda:invoke")], Some(("FunctionName", "${name}:7"))),
    (
        &[("Resource", "arn:aws:states:::events:putEvents")],
        Some(("Arn", "arn:aws:lambda:us-east-1:123456789012:function:orders")),
    ),
];

fn qualifier() -> impl Strategy<Value = Qualifier> {
    prop::sample::select(vec![
        Qualifier::Latest,
        Qualifier::Number,
        Qualifier::Other,
        Qualifier::Wanted,
        Qualifier::Dynamic,
    ])
}

fn named(prefixes: &'static [&'static str]) -> impl Strategy<Value = Named> {
    let prefix = prop::sample::select(prefixes);
    (prefix, prop::option::of(qualifier())).prop_map(|(prefix, qualifier)| Named { prefix, qualifier })
}

fn leaf() -> impl Strategy<Value = Drawn> {
    let invoke = (
        prop::sample::select(&INVOKES[..]),
        prop::sample::select(vec!["Parameters", "Arguments"]),
        named(&PREFIXES),
        prop::option::of(qualifier()),
    );
    prop_oneof![
        prop::sample::select(vec!["Pass", "Wait", "Choice", "Succeed", "Fail"]).prop_map(Drawn::Decoy),
        named(&ARNS).prop_map(Drawn::Direct),
        invoke.prop_map(|(resource, holder, named, field)| Drawn::Invoke { resource, holder, named, field }),
        prop::sample::select(&UNTOUCHED[..])
            .prop_map(|(members, request)| Drawn::Untouched(members, request)),
    ]
}

fn state() -> impl Strategy<Value = Drawn> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        let states = prop::collection::vec(inner, 0..3);
        prop_oneof![
            (prop::sample::select(vec!["Iterator", "ItemProcessor"]), states.clone())
                .prop_map(|(key, states)| Drawn::Map(key, states)),
            prop::collection::vec(states, 0..3).prop_map(Drawn::Parallel),
        ]
    })
}

fn definition() -> impl Strategy<Value = Vec<Drawn>> {
    prop::collection::vec(state(), 0..5)
}

fn existing() -> impl Strategy<Value = Existing> {
    prop::sample::select(vec![Existing::Versions, Existing::Latest, Existing::All])
}

/// Writes the text as it is and as it must become, in a spelling that `style` decides.
struct Pen<'s> {
    style: &'s [u8],
    at: usize,
    existing: Existing,
    before: String,
    after: String,
    edits: usize,
    states: usize,
}

impl Pen<'_> {
    fn choice(&mut self) -> u8 {
        self.at += 1;
        let index = self.at % self.style.len().max(1);
        self.style.get(index).copied().unwrap_or(0)
    }

    fn raw(&mut self, text: &str) {
        self.before.push_str(text);
        self.after.push_str(text);
    }

    fn space(&mut self) {
        let spaces = ["", " ", "\n", "\r\n\t", "   \t "];
        let chosen = spaces[usize::from(self.choice()) % spaces.len()];
        self.raw(chosen);
    }

    /// Spells one text, with escapes that nobody needs.
    fn spelled(&mut self, text: &str) -> String {
        let mut out = String::new();
        for character in text.chars() {
            let choice = self.choice() % 12;
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                '/' if choice < 4 => out.push_str("\\/"),
                '\n' => out.push_str("\\n"),
                _ if choice == 0 => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        out.extend(["\\u", &format!("{unit:04x}")]);
                    }
                }
                _ => out.push(character),
            }
        }
        out
    }

    fn text(&mut self, text: &str) {
        let spelled = self.spelled(text);
        self.raw(&format!("\"{spelled}\""));
    }

    fn key(&mut self, key: &str) {
        self.text(key);
        self.space();
        self.raw(":");
        self.space();
    }

    fn member(&mut self, key: &str, value: &str) {
        self.key(key);
        self.text(value);
    }

    fn next(&mut self) {
        self.space();
        self.raw(",");
        self.space();
    }

    fn open(&mut self, bracket: &str) {
        self.raw(bracket);
        self.space();
    }

    fn close(&mut self, bracket: &str) {
        self.space();
        self.raw(bracket);
    }

    /// Writes a function's name, where `is_changed` says whether its qualifier must become ours.
    fn function(&mut self, named: &Named, is_changed: bool) {
        let name = self.spelled(&format!("{}orders-fn_1", named.prefix));
        self.raw(&format!("\"{name}"));
        match named.qualifier {
            Some(qualifier) => {
                let colon = self.spelled(":");
                self.raw(&colon);
                self.qualifier(qualifier, is_changed);
            }
            None if is_changed => {
                self.after.extend([":", ALIAS]);
                self.edits += 1;
            }
            None => {}
        }
        self.raw("\"");
    }

    fn qualifier(&mut self, qualifier: Qualifier, is_changed: bool) {
        let spelled = self.spelled(qualifier.text());
        if is_changed && qualifier != Qualifier::Wanted {
            self.before.push_str(&spelled);
            self.after.push_str(ALIAS);
            self.edits += 1;
        } else {
            self.raw(&spelled);
        }
    }

    fn machine(&mut self, states: &[Drawn]) {
        self.open("{");
        self.member("StartAt", "none/such ~ \"state\"");
        self.next();
        self.key("States");
        self.open("{");
        for (index, state) in states.iter().enumerate() {
            if index > 0 {
                self.next();
            }
            self.states += 1;
            self.key(&format!("s{} a/b~ \"é\" 😀 \u{2028}", self.states));
            self.state(state);
        }
        self.close("}");
        self.close("}");
    }

    fn state(&mut self, state: &Drawn) {
        self.open("{");
        match state {
            Drawn::Decoy(kind) => self.decoy(kind),
            Drawn::Direct(named) => {
                self.member("Type", "Task");
                self.next();
                self.key("Resource");
                let is_changed = named.qualifier.is_none_or(|q| q.is_replaced(self.existing));
                self.function(named, is_changed);
            }
            Drawn::Invoke { resource, holder, named, field } => {
                self.member("Resource", resource);
                self.next();
                self.request(holder, named, *field);
                self.next();
                self.member("Type", "Task");
            }
            Drawn::Untouched(members, request) => self.untouched(members, *request),
            Drawn::Map(key, states) => {
                self.member("Type", "Map");
                self.next();
                self.key(key);
                self.machine(states);
            }
            Drawn::Parallel(branches) => self.parallel(branches),
        }
        self.close("}");
    }

    fn decoy(&mut self, kind: &str) {
        self.member("Type", kind);
        self.next();
        self.member("Resource", "arn:aws:lambda:us-east-1:123456789012:function:orders");
        self.next();
        self.key("Result");
        self.raw("[1.50, 1E+2, -0, 12345678901234567890, true, null, {}, []]");
        self.next();
        self.member("Comment", "arn:aws:lambda:us-east-1:123456789012:function:orders:7");
    }

    fn request(&mut self, holder: &str, named: &Named, field: Option<Qualifier>) {
        let all: Vec<Qualifier> = named.qualifier.into_iter().chain(field).collect();
        let is_changed = all.iter().all(|q| q.is_replaced(self.existing));
        self.key(holder);
        self.open("{");
        if let Some(field) = field {
            self.key("Qualifier");
            self.raw("\"");
            self.qualifier(field, is_changed);
            self.raw("\"");
            self.next();
        }
        self.key("FunctionName");
        let has_field = field.is_some() && named.qualifier.is_none();
        self.function(named, is_changed && !has_field);
        self.close("}");
    }

    fn untouched(&mut self, members: &[(&str, &str)], request: Option<(&str, &str)>) {
        self.member("Type", "Task");
        for (key, value) in members {
            self.next();
            self.member(key, value);
        }
        if let Some((key, value)) = request {
            self.next();
            self.key("Parameters");
            self.open("{");
            self.member(key, value);
            self.close("}");
        }
    }

    fn parallel(&mut self, branches: &[Vec<Drawn>]) {
        self.member("Type", "Parallel");
        self.next();
        self.key("Branches");
        self.open("[");
        for (index, branch) in branches.iter().enumerate() {
            if index > 0 {
                self.next();
            }
            self.machine(branch);
        }
        self.close("]");
    }
}

fn written<'s>(states: &[Drawn], style: &'s [u8], existing: Existing) -> Pen<'s> {
    let mut pen =
        Pen { style, at: 0, existing, before: String::new(), after: String::new(), edits: 0, states: 0 };
    if pen.choice().is_multiple_of(2) {
        pen.raw("\u{feff}");
    }
    pen.space();
    pen.machine(states);
    pen.space();
    pen
}

fn policy(existing: Existing) -> RewritePolicy {
    RewritePolicy { alias: ALIAS.to_owned(), existing, scope: Scope::default() }
}

fn style() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..200)
}

/// Calls everything that takes a text; the answers do not matter, only that there are some.
fn ask_everything(text: &str, other: &str) {
    let _ = references(text);
    let _ = rewrite(text, &policy(Existing::All));
    let values = BTreeMap::from([("alias".to_owned(), "a\"b".to_owned())]);
    let _ = substitute(text, &values);
    let _ = is_same_meaning(text, other);
    let _ = changed_states(text, other);
    if let Err(error) = references(text) {
        assert!(text.get(error.span.clone()).is_some(), "{error:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_the_expected_characters_differ(
        states in definition(),
        style in style(),
        existing in existing(),
    ) {
        let pen = written(&states, &style, existing);
        let Rewrite { text, edits, left } = rewrite(&pen.before, &policy(existing)).unwrap();
        prop_assert_eq!(&text, &pen.after);
        prop_assert_eq!(edits.len(), pen.edits);
        let touched: BTreeSet<&str> = edits.iter().map(|edit| &*edit.state).collect();
        for reference in references(&pen.before).unwrap() {
            let is_left = left.iter().any(|left| left.pointer == reference.pointer);
            prop_assert_eq!(is_left, !touched.contains(&*reference.state));
        }
    }

    #[test]
    fn rewriting_again_changes_nothing(
        states in definition(),
        style in style(),
        existing in existing(),
    ) {
        let pen = written(&states, &style, existing);
        let once = rewrite(&pen.before, &policy(existing)).unwrap();
        let twice = rewrite(&once.text, &policy(existing)).unwrap();
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert_eq!(twice.edits, []);
    }

    #[test]
    fn pointers_and_spans_lead_to_the_tokens(states in definition(), style in style()) {
        let pen = written(&states, &style, Existing::All);
        let text = &pen.before;
        let value: serde_json::Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
        for reference in references(text).unwrap() {
            let token = &text[reference.span.clone()];
            let decoded: serde_json::Value = serde_json::from_str(token).unwrap();
            prop_assert_eq!(Some(&decoded), value.pointer(&reference.pointer));
            prop_assert_eq!(decoded.as_str(), Some(reference.function.text()));
            for part in reference.qualifiers() {
                let characters = format!("\"{}\"", &text[part.span.clone()]);
                let decoded: String = serde_json::from_str(&characters).unwrap();
                prop_assert_eq!(&decoded, &part.text);
            }
        }
    }

    #[test]
    fn another_spelling_means_the_same(
        states in definition(),
        style_a in style(),
        style_b in style(),
    ) {
        let a = written(&states, &style_a, Existing::All);
        let b = written(&states, &style_b, Existing::All);
        prop_assert!(is_same_meaning(&a.before, &b.before));
        prop_assert_eq!(changed_states(&a.before, &b.before), []);
        let changed = changed_states(&a.before, &b.after);
        let edits = rewrite(&a.before, &policy(Existing::All)).unwrap().edits;
        let edited: BTreeSet<String> =
            edits.iter().map(|edit| format!("`{}` changed", edit.state)).collect();
        let changed: BTreeSet<String> = changed.iter().map(ToString::to_string).collect();
        prop_assert_eq!(changed, edited);
    }

    #[test]
    fn substitution_fills_every_known_placeholder(
        states in definition(),
        style in style(),
        value in "[A-Z\"\\\\\n\u{2028}é]{0,8}",
    ) {
        let pen = written(&states, &style, Existing::All);
        let before: serde_json::Value =
            serde_json::from_str(pen.before.trim_start_matches('\u{feff}')).unwrap();
        let values = BTreeMap::from([("alias".to_owned(), value.clone())]);
        let filled = substitute(&pen.before, &values).unwrap();
        let after: serde_json::Value =
            serde_json::from_str(filled.text.trim_start_matches('\u{feff}')).unwrap();
        let spelled = serde_json::to_string(&value).unwrap();
        let inner = &spelled[1..spelled.len() - 1];
        prop_assert_eq!(before.to_string().replace("${alias}", inner), after.to_string());
        prop_assert!(filled.unresolved.iter().all(|placeholder| placeholder.name != "alias"));
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), other in any::<String>()) {
        ask_everything(&text, &other);
    }

    #[test]
    fn no_damaged_definition_makes_it_panic(
        states in definition(),
        style in style(),
        cut in any::<prop::sample::Index>(),
        inserted in prop::sample::select(vec![
            "", "\"", "\\", "{", "}", "[", "]", ",", ":", "${", "{{", "\\ud800", "\\u0000", "\u{1f600}",
            "1e999999999999999999999", "-", "//", "\n---\n",
        ]),
    ) {
        let pen = written(&states, &style, Existing::All);
        let at = pen.before.floor_char_boundary(cut.index(pen.before.len()));
        let (head, tail) = pen.before.split_at(at);
        ask_everything(&format!("{head}{inserted}{tail}"), &pen.before);
        ask_everything(head, tail);
    }
}
