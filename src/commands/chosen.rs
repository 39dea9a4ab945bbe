//! What the command line of a verb chooses: functions, machines and their aliases, all declared.
//!
//! A verb moves only what the TOML leaves to people: an alias that is pinned, split or follows another
//! one is decided there, and the refusal shows the line.

use std::collections::BTreeSet;

use crate::{
    config::{NothingChosen, chosen_objects, nearest_name},
    error::Failure,
    model::{AliasName, AliasTarget, AliasTargets, Object},
};

use super::project::Project;

/// Returns the functions and machines that the words name; every word must name one.
pub(super) fn objects(project: &Project, words: &[String]) -> Result<BTreeSet<Object>, Failure> {
    chosen_objects(words, &project.desired).map_err(|NothingChosen { message, nearest }| {
        let help = nearest.map_or_else(
            || "`repoint validate` says how many there are, and `'*'` means all".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Failure::new(message, help)
    })
}

/// Returns the one function or machine that a word names.
pub(super) fn object(project: &Project, word: &str) -> Result<Object, Failure> {
    let chosen: Vec<Object> = objects(project, &[word.to_owned()])?.into_iter().collect();
    match <[Object; 1]>::try_from(chosen) {
        Ok([object]) => Ok(object),
        Err(many) => {
            let names: Vec<String> = many.iter().map(|object| format!("`{object}`")).collect();
            let help = format!("say which: `{}`", many.first().map(ToString::to_string).unwrap_or_default());
            Err(Failure::new(format!("`{word}` names {}", names.join(" and ")), help))
        }
    }
}

/// Returns the declared aliases of an object.
pub(super) fn targets<'a>(project: &'a Project, object: &Object) -> Option<&'a AliasTargets> {
    match object {
        Object::Function(id) => project.desired.functions.get(id).map(|function| &function.aliases),
        Object::Machine(id) => project.desired.machines.get(id).map(|machine| &machine.aliases),
    }
}

/// Reads the name of an alias that an object declares.
pub(super) fn declared_alias(project: &Project, object: &Object, text: &str) -> Result<AliasName, Failure> {
    let declared = targets(project, object);
    let known = |alias: &AliasName| declared.is_some_and(|declared| declared.contains_key(alias));
    if let Some(alias) = AliasName::new(text).ok().filter(known) {
        return Ok(alias);
    }
    let names = declared.into_iter().flat_map(|declared| declared.keys().map(AliasName::as_str));
    let environment = &project.desired.environment;
    let help = match (nearest_name(text, names), AliasName::new(text)) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Ok(alias)) => format!("declare it below `[{object}]`: aliases.{alias} = \"manual\""),
        (None, Err(invalid)) => invalid.to_string(),
    };
    Err(Failure::new(
        format!("`{object}` declares no alias `{text}` in environment `{environment}`, so nothing moves it"),
        help,
    ))
}

/// Returns an alias of an object that a verb may move.
pub(super) fn movable(project: &Project, object: &Object, text: &str) -> Result<AliasName, Failure> {
    let alias = declared_alias(project, object, text)?;
    let target = targets(project, object).and_then(|targets| targets.get(&alias));
    let (what, help) = match target {
        None | Some(AliasTarget::Latest | AliasTarget::Manual | AliasTarget::Previous(_)) => {
            return Ok(alias);
        }
        Some(AliasTarget::Pinned(_)) => {
            ("pins it", "write another version there, or `\"manual\"`".to_owned())
        }
        Some(AliasTarget::Split(_)) => {
            ("splits it", "write other shares there, or `\"manual\"` and point it".to_owned())
        }
        Some(AliasTarget::SameAs(of)) => {
            ("lets it follow", format!("move `{of}` and it follows, or write `\"manual\"` there"))
        }
    };
    let message = format!("`{object}.aliases.{alias}` cannot be moved by hand: the TOML {what}");
    let place = project.document.at_alias(&project.desired.environment, (object, &alias), message.clone());
    Err(match place {
        Some(problem) => problem.helped(help).into(),
        None => Failure::new(message, help),
    })
}

/// Puts a command together as one would type it, without what differs from place to place.
pub(super) fn typed(words: &[&str]) -> String {
    let is_plain = |word: &str| !word.contains(['*', '?', ' ']);
    let quoted = |word: &&str| if is_plain(word) { (*word).to_owned() } else { format!("'{word}'") };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// Puts the environment into a command, behind its verb.
pub(super) fn in_environment(project: &Project, command: &str) -> String {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    format!("{verb} -e {} {rest}", project.desired.environment).trim_end().to_owned()
}
