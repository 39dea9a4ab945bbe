//! `${name}` inside a text.

use std::ops::Range;

use super::{
    nearest::{listed, nearest},
    refusal::{Help, Refusal},
};

/// Filled in for every name, also of what a variable's value comes from: the key of the table, the
/// environment, the project.
pub(crate) const NAME_VARIABLES: &[&str] = &["id", "env", "project"];
/// Filled in for a substitution; account and region are known only to the plan.
pub(crate) const SUBSTITUTION_VARIABLES: &[&str] = &["id", "env", "project", "account", "region"];
/// Filled in for a version's description; git and the deployment are known only at apply.
pub(crate) const DESCRIPTION_VARIABLES: &[&str] = &["id", "env", "project", "git.short", "deploy.id"];

struct Variable<'a> {
    name: &'a str,
    /// The whole `${name}`.
    range: Range<usize>,
}

/// Checks that every variable of the text is known and finished.
pub(crate) fn check(text: &str, known: &[&str]) -> Result<(), Refusal> {
    for variable in variables(text)? {
        if known.contains(&variable.name) {
            continue;
        }
        let help = match nearest(variable.name, known.iter().copied()) {
            Some(near) => Help::Replace(format!("${{{near}}}")),
            None => Help::Say(format!("known here: {}", written(known))),
        };
        let message = format!("unknown variable `${{{}}}`", variable.name);
        return Err(Refusal::new(message, "nothing fills this in", help).at(variable.range));
    }
    Ok(())
}

/// Refuses a variable where nothing is filled in, before it is taken literally.
pub(crate) fn without(text: &str) -> Result<(), Refusal> {
    match text.find("${") {
        None => Ok(()),
        Some(at) => Err(Refusal::new(
            "no variables are filled in here",
            "would be taken literally",
            Help::Say(
                "`${…}` is filled in in `name`, `version_description`, `substitutions`, `from_env` and `ssm`; \
                 write what differs into `[environments.NAME]`"
                    .to_owned(),
            ),
        )
        .at(at..text.len())),
    }
}

/// Replaces the variables that have a value; the others stay.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for variable in variables(text).unwrap_or_default() {
        let Some((_, value)) = values.iter().find(|(name, _)| *name == variable.name) else {
            continue;
        };
        result.push_str(&text[copied..variable.range.start]);
        result.push_str(value);
        copied = variable.range.end;
    }
    result.push_str(&text[copied..]);
    result
}

fn variables(text: &str) -> Result<Vec<Variable<'_>>, Refusal> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("${").map(|open| at + open) {
        let Some(length) = text[open..].find('}') else {
            return Err(Refusal::new("a variable is not finished", "`}` is missing", Help::Example)
                .at(open..text.len()));
        };
        let range = open..open + length + 1;
        at = range.end;
        let name = &text[open + 2..range.end - 1];
        found.push(Variable { name, range });
    }
    Ok(found)
}

fn written(known: &[&str]) -> String {
    let names: Vec<String> = known.iter().map(|name| format!("${{{name}}}")).collect();
    listed(names.iter().map(String::as_str), "and")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_what_has_a_value_and_keeps_the_rest() {
        let values = [("env", "dev"), ("id", "router")];
        let cases = [
            ("agentic-${id}-${env}", "agentic-router-dev"),
            ("${account}:${env}", "${account}:dev"),
            ("plain $5 {env}", "plain $5 {env}"),
            ("${env}${env}", "devdev"),
        ];
        for (text, expected) in cases {
            assert_eq!(fill(text, &values), expected);
        }
    }

    #[test]
    fn an_unknown_or_unfinished_variable_is_refused_at_its_place() {
        let refused = check("a-${evn}", NAME_VARIABLES).unwrap_err();
        assert_eq!(refused.range, Some(2..8));
        assert_eq!(refused.help, Help::Replace("${env}".to_owned()));
        assert_eq!(check("a-${env", NAME_VARIABLES).unwrap_err().range, Some(2..7));
        assert!(check("${id}-${env}-${project}", NAME_VARIABLES).is_ok());
    }
}
