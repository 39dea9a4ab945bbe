//! The aliases of one function or state machine: what each points to, and whether what it follows is there.

use std::collections::BTreeMap;

use super::{
    nearest::nearest,
    problem::{Problem, Source},
    target::{self, DeclaredTarget, Follow, Manner},
    tree::Table,
};
use crate::model::{AliasName, AliasTargets, Retention};

/// The targets as declared; `unmanaged` ones are not among them.
type Declared = BTreeMap<AliasName, DeclaredTarget>;

/// Resolves the aliases of an owner such as `functions.router`, and adds what is wrong among them.
pub(crate) fn resolved(
    source: &Source,
    owner: &str,
    table: &Table,
    retention: Option<Retention>,
    problems: &mut Vec<Problem>,
) -> AliasTargets {
    let declared = declared(source, table);
    problems.extend(unknown_follows(source, owner, &declared));
    problems.extend(cycles(source, owner, &declared));
    problems.extend(forgotten_previous(source, owner, table, retention, &declared));
    declared.into_iter().filter_map(|(alias, declared)| Some((alias, declared.target?))).collect()
}

fn declared(source: &Source, table: &Table) -> Declared {
    table
        .children("aliases")
        .iter()
        .filter_map(|entry| {
            let declared = target::read(source, &entry.key, &entry.node).ok()?;
            let alias = AliasName::new(entry.key.as_str()).ok()?;
            declared.target.is_some().then_some((alias, declared))
        })
        .collect()
}

fn follows(declared: &Declared) -> impl Iterator<Item = (&AliasName, &Follow)> {
    declared.iter().flat_map(|(alias, target)| target.follows.iter().map(move |follow| (alias, follow)))
}

fn unknown_follows(source: &Source, owner: &str, declared: &Declared) -> Vec<Problem> {
    follows(declared)
        .filter(|(_, follow)| !declared.contains_key(&follow.alias))
        .map(|(alias, follow)| {
            let missing = &follow.alias;
            let message = format!("`{owner}.aliases.{alias}` follows `{missing}`, which nobody declares");
            let problem = source.problem(&follow.span, message);
            let others = declared.keys().filter(|other| *other != alias).map(AliasName::as_str);
            match nearest(missing.as_str(), others) {
                Some(near) if source.slice(&follow.span) == missing.as_str() => problem
                    .labelled(format!("did you mean `{near}`?"))
                    .helped(source.corrected_line(&follow.span, near)),
                Some(near) => problem.labelled(format!("did you mean `{near}`?")),
                None => problem
                    .labelled(if owner.starts_with("functions.") {
                        "no alias of this function"
                    } else {
                        "no alias of this state machine"
                    })
                    .helped(format!("{owner}.aliases.{missing} = \"latest\"")),
            }
        })
        .collect()
}

/// Finds the circles, each told once, at the follower with the first name.
fn cycles(source: &Source, owner: &str, declared: &Declared) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (start, follow) in follows(declared) {
        let Some(path) = way_back(declared, start, follow) else {
            continue;
        };
        if path.iter().min() != Some(&start) {
            continue;
        }
        let names: Vec<&str> = path.iter().chain([&start]).map(|alias| alias.as_str()).collect();
        let message = format!("aliases of `{owner}` follow each other: {}", names.join(" → "));
        let label = if path.len() == 1 { "follows itself" } else { "leads back" };
        let problem = source.problem(&follow.span, message).labelled(label);
        problems.push(problem.helped(format!("{owner}.aliases.{start} = \"latest\"")));
    }
    problems
}

/// Returns the aliases from the start through the follow back to the start, the start first.
fn way_back<'a>(
    declared: &'a Declared,
    start: &'a AliasName,
    first: &'a Follow,
) -> Option<Vec<&'a AliasName>> {
    let mut seen = Vec::new();
    let mut open = vec![vec![start, &first.alias]];
    while let Some(path) = open.pop() {
        let last = *path.last()?;
        if last == start {
            return Some(path[..path.len() - 1].to_vec());
        }
        if seen.contains(&last) {
            continue;
        }
        seen.push(last);
        let next = declared.get(last).into_iter().flat_map(|target| &target.follows);
        open.extend(next.map(|follow| [path.as_slice(), &[&follow.alias]].concat()));
    }
    None
}

/// A retention of one version deletes the very version that `previous` needs.
fn forgotten_previous(
    source: &Source,
    owner: &str,
    table: &Table,
    retention: Option<Retention>,
    declared: &Declared,
) -> Option<Problem> {
    let retention = retention.filter(|retention| retention.keep < 2)?;
    let (alias, follow) = follows(declared).find(|(_, follow)| follow.manner == Manner::Previous)?;
    let keep = table.table("retention").and_then(|retention| retention.node("keep"))?;
    let message = format!(
        "`{owner}` keeps {} of its versions, but `{alias}` needs the one before `{}`'s",
        retention.keep, follow.alias
    );
    Some(
        source
            .problem(&keep.span, message)
            .labelled("at least 2 for `previous`")
            .helped(source.corrected_line(&keep.span, "2")),
    )
}
