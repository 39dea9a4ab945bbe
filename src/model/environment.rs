//! Environment variables: values that can be compared and never be seen, and what stands for them where they would be.
//!
//! A token is a number in the order in which values first appear, and not a digest, keyed or not: nothing can be learned
//! from it but that two values are equal, and there is no key that could get lost (design §3.3 and §3.8).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The environment variables of a function. The values can be compared and never be shown.
///
/// There is no `Serialize`, `Debug` prints the names alone (T24), and [`Environment::exposed`] is for the
/// door to AWS alone, which a test checks.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Takes the variables as AWS reported them.
    pub fn new(variables: BTreeMap<String, String>) -> Self {
        Self(variables)
    }

    /// Returns the names of the variables.
    pub fn names(&self) -> BTreeSet<String> {
        self.0.keys().cloned().collect()
    }

    /// Tells whether there is no variable.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the variables with others laid over them.
    pub fn overlaid(&self, over: &Self) -> Self {
        let mut variables = self.0.clone();
        variables.extend(over.0.clone());
        Self(variables)
    }

    /// Tells whether all these variables are here, with the same values.
    pub fn has_all(&self, others: &Self) -> bool {
        others.0.iter().all(|(name, value)| self.0.get(name) == Some(value))
    }

    /// Returns how many bytes Lambda counts against its limit: the variables as JSON, all together
    /// (aws-facts §1, "Env 4 KB").
    pub fn measure(&self) -> usize {
        serde_json::to_string(&self.0).map_or(0, |text| text.len())
    }

    /// Returns names and values for the request that sends them.
    pub fn exposed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the variables with a token in place of each value.
    pub fn scrubbed(&self, tokens: &mut Tokens) -> BTreeMap<String, String> {
        self.0.iter().map(|(name, value)| (name.clone(), tokens.of(value))).collect()
    }

    /// Returns the names of the variables that were added, removed or changed.
    pub fn changed_names(&self, other: &Self) -> BTreeSet<String> {
        let names: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        names.into_iter().filter(|name| self.0.get(*name) != other.0.get(*name)).cloned().collect()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What stands for values: the same token for the same value, as long as this lives.
#[derive(Clone, Default)]
pub struct Tokens(BTreeMap<String, usize>);

impl Tokens {
    /// Returns how many values have a token.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn of(&mut self, value: &str) -> String {
        let next = self.0.len() + 1;
        let number = match self.0.get(value) {
            Some(number) => *number,
            None => *self.0.entry(value.to_owned()).or_insert(next),
        };
        format!("value-{number}")
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens for {} values", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment::new(variables.collect())
    }

    #[test]
    fn what_is_declared_is_laid_over_what_is_there() {
        let there = environment(&[("TABLE", "zebra"), ("TOKEN", "ant")]);
        let declared = environment(&[("TOKEN", "bee")]);
        let after = environment(&[("TABLE", "zebra"), ("TOKEN", "bee")]);
        assert_eq!(there.overlaid(&declared), after);
        assert!(after.has_all(&declared) && !there.has_all(&declared));
        assert_eq!(after.measure(), r#"{"TABLE":"zebra","TOKEN":"bee"}"#.len());
    }

    #[test]
    fn equal_values_have_equal_tokens_and_nothing_else_is_told() {
        let mut tokens = Tokens::default();
        let first = environment(&[("TABLE", "zebra"), ("TOKEN", "ant")]).scrubbed(&mut tokens);
        let second = environment(&[("OTHER", "zebra"), ("TABLE", "bee")]).scrubbed(&mut tokens);
        let texts = |scrubbed: &BTreeMap<String, String>| {
            scrubbed.iter().map(|(name, token)| format!("{name}={token}")).collect::<Vec<_>>()
        };
        assert_eq!(texts(&first), ["TABLE=value-1", "TOKEN=value-2"]);
        assert_eq!(texts(&second), ["OTHER=value-1", "TABLE=value-3"]);
        assert_eq!(format!("{tokens:?}"), "Tokens for 3 values");
    }
}
