//! `promote`: an alias goes to the version that another one serves, for one or many functions.

use std::collections::BTreeMap;

use crate::{
    cli::PromoteArguments,
    diff::{AliasIntents, IntendedPlace, IntentKind},
    error::Failure,
    exit::Exit,
    model::{AliasName, Object},
    plan::intend,
};

use super::{
    Invocation,
    change::{Change, Wanted, change},
    chosen::{declared_alias, in_environment, movable, objects, targets, typed},
    point::{asked, wish},
    project::Project,
};

/// Promotes what was tried under one alias to those who call the other.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &PromoteArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let PromoteArguments { names, from, to, reason, change: how } = arguments;
    if from == to {
        return Err(Failure::new(
            format!("alias `{from}` cannot be promoted to itself"),
            "repoint promote FN --from STAGING --to LIVE",
        ));
    }
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let command = typed(&[&["promote"], &words[..], &["--from", from, "--to", to]].concat());
    let mut intents: BTreeMap<Object, AliasIntents> = BTreeMap::new();
    for object in with_both(&project, names, (from, to))? {
        let source = declared_alias(&project, &object, from)?;
        let alias = movable(&project, &object, to)?;
        let wish = wish(IntendedPlace::VersionOf(source), IntentKind::Point, &command, reason.as_deref());
        intend(&mut intents, &object, alias, wish);
    }
    let command = in_environment(&project, &command);
    let wanted = Wanted::Planned(asked(&project, intents));
    change(invocation, &project, Change { command, arguments: how, digest: None, wanted }).await
}

/// Returns what is meant. A pattern means those that declare both aliases; a name must.
fn with_both(project: &Project, names: &[String], (from, to): (&str, &str)) -> Result<Vec<Object>, Failure> {
    let mut chosen = Vec::new();
    for name in names {
        let is_pattern = name.contains(['*', '?']);
        let has = |object: &Object, alias: &str| {
            let alias = AliasName::new(alias).ok();
            alias.is_some_and(|alias| targets(project, object).is_some_and(|has| has.contains_key(&alias)))
        };
        let found = objects(project, std::slice::from_ref(name))?;
        let fitting: Vec<Object> = found
            .into_iter()
            .filter(|object| !is_pattern || (has(object, from) && has(object, to)))
            .collect();
        if fitting.is_empty() {
            return Err(Failure::new(
                format!("nothing that matches `{name}` declares both `{from}` and `{to}`"),
                format!("aliases.{from} = \"latest\" and aliases.{to} = \"manual\""),
            ));
        }
        chosen.extend(fitting);
    }
    Ok(chosen)
}
