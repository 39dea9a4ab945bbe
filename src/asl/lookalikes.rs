//! Strings that look like references to functions and are none (A7, A8).
//!
//! Nothing is ever done to them. They are listed for a reader who misses one among the references.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::definition::definition;
use super::error::DefinitionError;
use super::finder::references;
use super::states::{self, push_key};
use super::value::{Kind, Value};

/// A string that looks like a reference and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookalike {
    /// The JSON pointer of the string.
    pub pointer: String,
    /// The state that it stands in, nested ones as `Outer/Inner`; empty outside of the states.
    pub state: String,
    /// What it says.
    pub text: String,
    /// Its bytes in the text.
    pub span: Range<usize>,
}

/// Returns the strings of a definition that look like references and are none, in its order.
///
/// They hold the ARN of a function, or stand under a key that ends in `FunctionName` or `LambdaArn`.
pub fn lookalikes(text: &str) -> Result<Vec<Lookalike>, DefinitionError> {
    let root = definition(text)?;
    let known = references(text)?.into_iter().flat_map(|reference| {
        let qualifiers: Vec<String> = reference.qualifiers().map(|part| part.pointer.clone()).collect();
        qualifiers.into_iter().chain([reference.pointer])
    });
    let mut states = HashMap::new();
    states::visit(&root, &mut |place, _| {
        states.insert(place.pointer(&[]), place.state());
    });
    let mut search = Search { known: known.collect(), states, state: String::new(), found: Vec::new() };
    search.visit(&root, "", &mut String::new());
    Ok(search.found)
}

struct Search {
    known: BTreeSet<String>,
    states: HashMap<String, String>,
    state: String,
    found: Vec<Lookalike>,
}

impl Search {
    fn visit(&mut self, value: &Value<'_>, key: &str, pointer: &mut String) {
        let outer = self.states.get(pointer).map(|state| std::mem::replace(&mut self.state, state.clone()));
        match &value.kind {
            Kind::Text(text, _) if is_alike(key, text) && !self.known.contains(pointer) => {
                self.found.push(Lookalike {
                    pointer: pointer.clone(),
                    state: self.state.clone(),
                    text: text.to_string(),
                    span: value.span.clone(),
                });
            }
            Kind::Text(..) | Kind::Number(_) | Kind::Word(_) | Kind::Tagged(_) => {}
            Kind::Items(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.step(item, key, &index.to_string(), pointer);
                }
            }
            Kind::Members(members) => {
                for member in members {
                    self.step(&member.value, &member.key, &member.key, pointer);
                }
            }
        }
        if let Some(outer) = outer {
            self.state = outer;
        }
    }

    fn step(&mut self, value: &Value<'_>, key: &str, step: &str, pointer: &mut String) {
        let length = pointer.len();
        push_key(pointer, step);
        self.visit(value, key, pointer);
        pointer.truncate(length);
    }
}

fn is_alike(key: &str, text: &str) -> bool {
    let name = key.strip_suffix(".$").unwrap_or(key);
    let is_key = name.ends_with("FunctionName") || name.ends_with("LambdaArn");
    let has_arn = text.contains("arn:") && text.contains(":lambda:") && text.contains(":function:");
    is_key || has_arn
}
