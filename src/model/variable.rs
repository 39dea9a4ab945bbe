//! Declared environment variables: where each value comes from, and what the sources say now.
//!
//! A plan names variables and sources; the values stay in memory, and only the door to AWS takes them out
//! (design §3.8). A source that says nothing is told as what it is, because a variable without a value must
//! never be sent as an empty one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::{AmbientName, Environment, ParameterName, Tokens, VariableName};

/// The declared variables of a function; others that it has are left alone.
pub type Variables = BTreeMap<VariableName, VariableSource>;

/// Where the value of a variable comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariableSource {
    /// A variable of the environment that the program runs in.
    FromEnv(AmbientName),
    /// A parameter of Systems Manager.
    Ssm(ParameterName),
}

impl fmt::Display for VariableSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromEnv(name) => write!(f, "from_env {name}"),
            Self::Ssm(name) => write!(f, "ssm {name}"),
        }
    }
}

/// A variable that gets a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableChange {
    /// The variable.
    pub name: VariableName,
    /// Where its value comes from.
    pub source: VariableSource,
    /// Whether the function has it already.
    pub change: VariableChangeKind,
}

/// What happens to a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariableChangeKind {
    /// The function does not have it.
    Added,
    /// The function has it with another value.
    Changed,
}

/// A value in memory: it can be compared and sent, and is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(super) String);

impl Secret {
    /// Takes a value.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Why a source says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// Nobody asked: the plan is about something else, or was made without the account.
    NotAsked,
    /// There is no such variable or parameter.
    Missing,
    /// The caller may not read it, in AWS's words.
    Denied(String),
    /// It cannot be read otherwise.
    Failed(String),
}

/// What sources say now. The values are in memory alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<VariableSource, Result<Secret, Unresolved>>);

impl Values {
    /// Takes what a source says.
    pub fn insert(&mut self, source: VariableSource, answer: Result<Secret, Unresolved>) {
        self.0.insert(source, answer);
    }

    /// Tells whether nobody asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the variables whose sources say something, with their values.
    pub fn resolved<'a>(
        &self,
        variables: impl IntoIterator<Item = (&'a VariableName, &'a VariableSource)>,
    ) -> Environment {
        let value = |(name, source): (&VariableName, &VariableSource)| {
            let Some(Ok(Secret(value))) = self.0.get(source) else { return None };
            Some((name.to_string(), value.clone()))
        };
        Environment::new(variables.into_iter().filter_map(value).collect())
    }

    /// Returns why a source says nothing, if it does not.
    pub fn unresolved(&self, source: &VariableSource) -> Option<Unresolved> {
        match self.0.get(source) {
            None => Some(Unresolved::NotAsked),
            Some(Err(why)) => Some(why.clone()),
            Some(Ok(_)) => None,
        }
    }

    /// Returns the same with a token in place of each value.
    pub fn scrubbed(&self, tokens: &mut Tokens) -> Self {
        let scrubbed = self.0.iter().map(|(source, answer)| {
            let answer = answer.as_ref().map(|Secret(value)| Secret(tokens.of(value)));
            (source.clone(), answer.map_err(Clone::clone))
        });
        Self(scrubbed.collect())
    }
}

/// Returns every source of some variables once.
pub fn sources<'a>(variables: impl IntoIterator<Item = &'a Variables>) -> BTreeSet<VariableSource> {
    variables.into_iter().flat_map(BTreeMap::values).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> VariableSource {
        VariableSource::FromEnv(AmbientName::new(name).unwrap())
    }

    fn variables(names: &[&str]) -> Variables {
        names.iter().map(|name| (VariableName::new(*name).unwrap(), source(name))).collect()
    }

    #[test]
    fn only_sources_that_say_something_give_values_and_none_is_shown() {
        let mut values = Values::default();
        values.insert(source("TABLE"), Ok(Secret::new("zebra")));
        values.insert(source("TOKEN"), Err(Unresolved::Missing));
        let declared = variables(&["TABLE", "TOKEN", "QUEUE"]);
        let live = Environment::new(BTreeMap::from([("TABLE".to_owned(), "zebra".to_owned())]));
        assert_eq!(values.resolved(&declared), live);
        assert_eq!(values.unresolved(&source("TABLE")), None);
        assert_eq!(values.unresolved(&source("TOKEN")), Some(Unresolved::Missing));
        assert_eq!(values.unresolved(&source("QUEUE")), Some(Unresolved::NotAsked));
        assert!(!format!("{values:?}").contains("zebra"));
    }

    #[test]
    fn tokens_tell_equal_values_from_others() {
        let (mut values, mut tokens) = (Values::default(), Tokens::default());
        values.insert(source("TABLE"), Ok(Secret::new("zebra")));
        let live = Environment::new(BTreeMap::from([("TABLE".to_owned(), "zebra".to_owned())]));
        let copied = Environment::new(live.scrubbed(&mut tokens));
        assert_eq!(values.scrubbed(&mut tokens).resolved(&variables(&["TABLE"])), copied);
    }

    #[test]
    fn a_change_names_the_variable_and_its_source() {
        let change = VariableChange {
            name: VariableName::new("TOKEN").unwrap(),
            source: VariableSource::Ssm(ParameterName::new("/shop/token").unwrap()),
            change: VariableChangeKind::Added,
        };
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(text, r#"{"name":"TOKEN","source":{"ssm":"/shop/token"},"change":"added"}"#);
        assert_eq!(serde_json::from_str::<VariableChange>(&text).unwrap(), change);
    }
}
