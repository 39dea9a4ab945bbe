//! Laws of the rewrite on random definitions in YAML, and on damaged ones.
//!
//! A definition is written twice at once, as it is and as it must be after the rewrite, with every
//! string in a style that is drawn: plain, quoted, folded or literal, with comments, line ends and
//! indentation drawn too. The two texts must agree to the byte.

#![expect(clippy::unwrap_used, reason = "what writes the definitions is a test too")]

use proptest::prelude::*;
use repoint::asl::{
    Existing, Rewrite, RewritePolicy, Scope, lookalikes, problems, references, rewrite, sent_text,
};
use serde_json::Value;

const ALIAS: &str = "LIVE";
const ARN: &str = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:orders-fn_1";

/// How a string is written.
#[derive(Debug, Clone, Copy)]
enum Style {
    Plain,
    Single,
    Double,
    Escaped,
    Folded,
    Literal,
    NextLine,
}

/// What a state is.
#[derive(Debug, Clone)]
enum Drawn {
    Direct(Style, Option<&'static str>),
    Invoke { style: Style, named: Option<&'static str>, field: Option<(Style, &'static str)> },
    Decoy(Style),
    Map(Vec<Drawn>),
}

fn style() -> impl Strategy<Value = Style> {
    prop::sample::select(vec![
        Style::Plain,
        Style::Single,
        Style::Double,
        Style::Escaped,
        Style::Folded,
        Style::Literal,
        Style::NextLine,
    ])
}

fn qualifier() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["$LATEST", "x7", "STAGING", ALIAS])
}

fn state() -> impl Strategy<Value = Drawn> {
    let leaf = prop_oneof![
        (style(), prop::option::of(qualifier())).prop_map(|(style, named)| Drawn::Direct(style, named)),
        (style(), prop::option::of(qualifier()), prop::option::of((style(), qualifier())))
            .prop_map(|(style, named, field)| Drawn::Invoke { style, named, field }),
        style().prop_map(Drawn::Decoy),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| prop::collection::vec(inner, 1..3).prop_map(Drawn::Map))
}

fn states() -> impl Strategy<Value = Vec<Drawn>> {
    prop::collection::vec(state(), 0..5)
}

fn choices() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..60)
}

/// Writes both texts, in a spelling that the choices decide.
struct Pen<'c> {
    choices: &'c [u8],
    at: usize,
    before: String,
    after: String,
    states: usize,
    edits: usize,
}

impl Pen<'_> {
    fn choice(&mut self, of: usize) -> usize {
        self.at += 1;
        usize::from(self.choices[self.at % self.choices.len()]) % of
    }

    fn raw(&mut self, text: &str) {
        self.before.push_str(text);
        self.after.push_str(text);
    }

    fn end_line(&mut self) {
        let ends = ["\n", "\r\n", "   # orders:7\n", "\n\n", "\n# é 😀\n"];
        let end = ends[self.choice(ends.len())];
        self.raw(end);
    }

    fn key(&mut self, level: usize, key: &str) {
        let indent = " ".repeat(level);
        let quote = ["", "'", "\""][self.choice(3)];
        self.raw(&format!("{indent}{quote}{key}{quote}: "));
    }

    /// Writes a string; `after` is what it becomes.
    fn string(&mut self, level: usize, style: Style, text: &str, after: &str) {
        self.edits += usize::from(text != after);
        let inner = " ".repeat(level + 1);
        let (open, close) = match style {
            Style::Plain => (String::new(), ""),
            Style::Single => ("'".to_owned(), "'"),
            Style::Double | Style::Escaped => ("\"".to_owned(), "\""),
            Style::Folded => (format!(">-   # why\n{inner}"), "\n"),
            Style::Literal => (format!("|-\n{inner}"), "\r\n"),
            Style::NextLine => (format!("\n{inner}"), ""),
        };
        self.raw(&open);
        let common = text.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let spelled = |text: &str| match style {
            Style::Escaped => text.replace('o', "\\x6F").replace(':', "\\\n :").replace('7', "\\u0037"),
            _ => text.to_owned(),
        };
        let head = spelled(&text[..common]);
        self.raw(&head);
        self.before.push_str(&spelled(&text[common..]));
        // What is added has a spelling of its own.
        self.after.push_str(&after[common..]);
        self.raw(close);
        if close.ends_with('\n') {
            return;
        }
        self.end_line();
    }

    fn function(
        &mut self,
        level: usize,
        style: Style,
        name: &str,
        qualifier: Option<&str>,
        is_changed: bool,
    ) {
        let text = qualifier.map_or(name.to_owned(), |qualifier| format!("{name}:{qualifier}"));
        let after = if is_changed { format!("{name}:{ALIAS}") } else { text.clone() };
        // No qualifier but the alias itself begins with its first letter, so it is replaced as a whole.
        assert!(qualifier.is_none_or(|qualifier| qualifier == ALIAS || !qualifier.starts_with('L')));
        self.string(level, style, &text, &after);
    }

    fn machine(&mut self, level: usize, states: &[Drawn]) {
        let indent = " ".repeat(level);
        self.raw(&format!("{indent}StartAt: 's 1'\n{indent}States:\n"));
        if states.is_empty() {
            self.raw(&format!("{indent} {{}}\n"));
        }
        for state in states {
            self.states += 1;
            let name = format!("s {} ü", self.states);
            self.key(level + 1, &name);
            self.end_line();
            self.state(level + 3, state);
        }
    }

    fn state(&mut self, level: usize, state: &Drawn) {
        let indent = " ".repeat(level);
        match state {
            Drawn::Direct(style, qualifier) => {
                self.raw(&format!("{indent}Type: Task\n"));
                self.key(level, "Resource");
                self.function(level, *style, ARN, *qualifier, true);
            }
            Drawn::Invoke { style, named, field } => {
                self.raw(&format!(
                    "{indent}Resource: 'arn:aws:states:::lambda:invoke'\n{indent}Type: \"Task\"\n"
                ));
                self.raw(&format!("{indent}Parameters:\n"));
                self.key(level + 2, "FunctionName");
                let is_changed = named.is_some() || field.is_none();
                self.function(level + 2, *style, "orders", *named, is_changed);
                if let Some((style, qualifier)) = field {
                    self.key(level + 2, "Qualifier");
                    self.string(level + 2, *style, qualifier, ALIAS);
                }
            }
            Drawn::Decoy(style) => {
                self.raw(&format!("{indent}Type: Pass\n"));
                self.key(level, "Resource");
                self.string(level, *style, ARN, ARN);
                self.raw(&format!("{indent}Result: [1.50, {ARN}, {{a: '{ARN}:7'}}]\n"));
            }
            Drawn::Map(states) => {
                self.raw(&format!("{indent}Type: Map\n"));
                self.key(level, "ItemProcessor");
                self.end_line();
                self.machine(level + 2, states);
            }
        }
    }
}

fn written<'c>(states: &[Drawn], choices: &'c [u8]) -> Pen<'c> {
    let mut pen = Pen { choices, at: 0, before: String::new(), after: String::new(), states: 0, edits: 0 };
    let heads = ["", "---\n", "# Title\n", "\u{feff}", "%YAML 1.2\n---\n"];
    let head = heads[pen.choice(heads.len())];
    pen.raw(head);
    pen.machine(0, states);
    pen
}

fn policy() -> RewritePolicy {
    RewritePolicy { alias: ALIAS.to_owned(), existing: Existing::All, scope: Scope::default() }
}

/// Asserts that the rewritten text says what the first one says, but for the edits.
fn assert_only_edits_change_the_meaning(text: &str, rewritten: &Rewrite) {
    let (Ok(before), Ok(after)) = (sent_text(text), sent_text(&rewritten.text)) else { return };
    let mut before: Value = serde_json::from_str(before.trim_start_matches('\u{feff}')).unwrap();
    let after: Value = serde_json::from_str(after.trim_start_matches('\u{feff}')).unwrap();
    for edit in &rewritten.edits {
        let place = before.pointer_mut(&edit.pointer).unwrap();
        assert_eq!(place.as_str(), Some(&*edit.old));
        *place = Value::String(edit.new.clone());
    }
    assert_eq!(before, after, "{text}");
}

/// Asks everything of a text that may be anything; what is taken must be rewritten well.
fn ask_everything(text: &str) {
    let _ = problems(text);
    let _ = lookalikes(text);
    match rewrite(text, &policy()) {
        Ok(rewritten) => {
            let again = rewrite(&rewritten.text, &policy()).unwrap();
            assert_eq!(again.edits, [], "{text}");
            assert_only_edits_change_the_meaning(text, &rewritten);
        }
        Err(error) => assert!(text.get(error.span.clone()).is_some(), "{error:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_the_expected_characters_differ(states in states(), choices in choices()) {
        let pen = written(&states, &choices);
        let rewritten = rewrite(&pen.before, &policy()).unwrap();
        prop_assert_eq!(&rewritten.text, &pen.after);
        prop_assert_eq!(rewritten.edits.len(), pen.edits);
        ask_everything(&pen.before);
    }

    #[test]
    fn yaml_says_what_its_json_says(states in states(), choices in choices()) {
        let pen = written(&states, &choices);
        let json = sent_text(&pen.before).unwrap();
        let told = |text: &str| -> Vec<_> {
            let found = references(text).unwrap().into_iter();
            found.map(|found| (found.pointer, found.state, found.form, found.function)).collect()
        };
        prop_assert_eq!(told(&pen.before), told(&json));
        let messages = |text: &str| -> Vec<_> {
            let mut found: Vec<_> = problems(text).unwrap().into_iter().map(|problem| problem.message).collect();
            found.sort();
            found
        };
        prop_assert_eq!(messages(&pen.before), messages(&json));
    }

    #[test]
    fn no_damage_makes_it_panic_or_edit_the_wrong_thing(
        states in states(),
        choices in choices(),
        cut in any::<prop::sample::Index>(),
        inserted in prop::sample::select(vec![
            "", "\"", "'", "\\", "{", "}", "[", "]", ",", ": ", "- ", "? ", "&a ", "*a", "<<: *a\n", "!Sub ", "!!str ",
            "|\n", ">-\n", "# ", "\t", "\r", "\u{feff}", "\u{2028}", "\u{85}", "\n---\n", "\n...\n", "%", "@", "`", "~",
            "${", "{{", "\0",
        ]),
        dropped in 0_usize..4,
    ) {
        let pen = written(&states, &choices);
        let at = pen.before.floor_char_boundary(cut.index(pen.before.len()));
        let (head, tail) = pen.before.split_at(at);
        let rest: String = tail.chars().skip(dropped).collect();
        ask_everything(&format!("{head}{inserted}{rest}"));
        ask_everything(head);
        ask_everything(tail);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), lines in "([ -]{0,4}[a-z&*!|>'\"{}\\[\\]:#%,]{0,6}\n){0,12}") {
        ask_everything(&text);
        ask_everything(&lines);
        ask_everything(&format!("StartAt: A\nStates:\n{lines}"));
    }
}
