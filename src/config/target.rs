//! The grammar of alias targets: `latest`, `"42"`, `previous(X)`, `same-as(X)`, `manual`,
//! `unmanaged` and `{ split = { … } }`.

use std::{collections::BTreeMap, ops::Range};

use super::{
    nearest::nearest,
    problem::{Problem, Source},
    refusal::{Help, Refusal},
    rules,
    tree::{Entry, Node, Table, Value},
};
use crate::model::{AliasName, AliasTarget, SplitKey, VersionNumber};

/// A target as the file has it.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredTarget {
    /// Nothing for `unmanaged`, which drops an inherited alias.
    pub(crate) target: Option<AliasTarget>,
    /// The aliases that it follows.
    pub(crate) follows: Vec<Follow>,
}

/// An alias named in a target.
#[derive(Debug, Clone)]
pub(crate) struct Follow {
    pub(crate) alias: AliasName,
    pub(crate) manner: Manner,
    /// The alias's own characters, or the whole token where it is written with escapes.
    pub(crate) span: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Previous,
    SameAs,
}

const ALL_TARGETS: &str = "targets are `\"latest\"`, `\"42\"`, `\"previous(LIVE)\"`, \
    `\"same-as(LIVE)\"`, `\"manual\"`, `\"unmanaged\"` and `{ split = { \"41\" = 90, \"latest\" = 10 } }`";
const SPLIT_EXAMPLE: &str = "{ split = { \"41\" = 90, \"latest\" = 10 } }";

/// Reads a target, or says what is wrong with it and where.
pub(crate) fn read(source: &Source, path: &str, node: &Node) -> Result<DeclaredTarget, Vec<Problem>> {
    match &node.value {
        Value::Text(text) => simple(source, node, text).map_err(|problem| vec![problem]),
        Value::Table(table) => split_target(source, path, node, table),
        Value::Integer(_) => {
            let quoted = format!("\"{}\"", source.slice(&node.span));
            let problem = source
                .problem(&node.span, format!("`{path}` is an integer, not an alias target"))
                .labelled("a version is written in quotes")
                .helped(source.corrected_line(&node.span, &quoted));
            Err(vec![problem])
        }
        Value::Float | Value::Boolean(_) | Value::Datetime | Value::List(_) => {
            let message = format!("`{path}` is {}, not an alias target", node.kind());
            let problem = source.problem(&node.span, message);
            Err(vec![problem.labelled("not a target").helped(ALL_TARGETS)])
        }
    }
}

fn simple(source: &Source, node: &Node, text: &str) -> Result<DeclaredTarget, Problem> {
    let word = word(text).map_err(|refusal| refusal.placed(source, &node.span, text, ALL_TARGETS))?;
    let (target, follow) = match word {
        Word::Latest => (Some(AliasTarget::Latest), None),
        Word::Manual => (Some(AliasTarget::Manual), None),
        Word::Unmanaged => (None, None),
        Word::Version(version) => (Some(AliasTarget::Pinned(version)), None),
        Word::Follow(manner, alias, range) => {
            let target = match manner {
                Manner::Previous => AliasTarget::Previous(alias.clone()),
                Manner::SameAs => AliasTarget::SameAs(alias.clone()),
            };
            let span = source.inside(&node.span, text, &range);
            let span = span.unwrap_or_else(|| node.span.clone());
            (Some(target), Some(Follow { alias, manner, span }))
        }
    };
    Ok(DeclaredTarget { target, follows: follow.into_iter().collect() })
}

/// A target, or a side of a split, written as one string.
enum Word {
    Latest,
    Manual,
    Unmanaged,
    Version(VersionNumber),
    /// The range is the alias's in the string.
    Follow(Manner, AliasName, Range<usize>),
}

fn word(text: &str) -> Result<Word, Refusal> {
    match text {
        "latest" => return Ok(Word::Latest),
        "manual" => return Ok(Word::Manual),
        "unmanaged" => return Ok(Word::Unmanaged),
        _ => {}
    }
    let calls = [("previous(", Manner::Previous), ("same-as(", Manner::SameAs)];
    for (opening, manner) in calls {
        let inner = text.strip_prefix(opening).and_then(|rest| rest.strip_suffix(')'));
        if let Some(inner) = inner {
            let range = opening.len()..opening.len() + inner.len();
            return followed(inner, &range).map(|alias| Word::Follow(manner, alias, range));
        }
    }
    rules::no_latest(text, "use `latest`, the newest published version", Help::Replace("latest".to_owned()))?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Word::Version(VersionNumber::parse(text)?));
    }
    Err(unknown_word(text))
}

fn followed(alias: &str, range: &Range<usize>) -> Result<AliasName, Refusal> {
    rules::alias_key(alias).map_err(|refusal| refusal.at(range.clone()))?;
    Ok(AliasName::new(alias)?)
}

fn unknown_word(text: &str) -> Refusal {
    let (verb, argument) = text.split_once('(').unwrap_or((text, "LIVE"));
    let argument = argument.trim_end_matches(')');
    let words = ["latest", "manual", "unmanaged", "previous", "same-as"];
    let help = match nearest(verb, words) {
        Some(near @ ("previous" | "same-as")) => Help::Replace(format!("{near}({argument})")),
        Some(near) => Help::Replace(near.to_owned()),
        None if is_like_an_alias(text) => Help::Replace(format!("same-as({text})")),
        None => Help::Example,
    };
    Refusal::new(format!("`{text}` is not an alias target"), "unknown target", help)
}

/// Aliases are written in capitals by custom; a word in small letters was meant as something else.
fn is_like_an_alias(text: &str) -> bool {
    AliasName::new(text).is_ok() && !text.contains(|letter: char| letter.is_ascii_lowercase())
}

fn split_target(
    source: &Source,
    path: &str,
    node: &Node,
    table: &Table,
) -> Result<DeclaredTarget, Vec<Problem>> {
    let foreign: Vec<Problem> = table
        .entries
        .iter()
        .filter(|entry| entry.key != "split")
        .map(|entry| {
            source
                .problem(&entry.key_span, format!("unknown key `{}` in `{path}`", entry.key))
                .labelled("a target that is a table has the one key `split`")
                .helped(example_line(path))
        })
        .collect();
    if !foreign.is_empty() {
        return Err(foreign);
    }
    match table.node("split").map(|split| (split, split.as_table())) {
        Some((split, Some(sides))) => split_sides(source, path, split, sides),
        Some((split, None)) => Err(vec![
            source
                .problem(&split.span, format!("`{path}.split` is {}, not a table", split.kind()))
                .labelled("write the two sides and their shares")
                .helped(example_line(path)),
        ]),
        None => Err(vec![
            source
                .problem(&node.span, format!("`{path}` is an empty table, not an alias target"))
                .labelled("`split` is missing")
                .helped(example_line(path)),
        ]),
    }
}

fn example_line(path: &str) -> String {
    let alias = path.rsplit('.').next().unwrap_or(path);
    format!("aliases.{alias} = {SPLIT_EXAMPLE}")
}

fn split_sides(
    source: &Source,
    path: &str,
    split: &Node,
    sides: &Table,
) -> Result<DeclaredTarget, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut shares = BTreeMap::new();
    let mut follows = Vec::new();
    for (index, side) in sides.entries.iter().enumerate() {
        match (side_key(source, side), share(source, path, side)) {
            (Ok((key, follow)), Ok(share)) => {
                if shares.insert(key, share).is_some() {
                    let message = format!("`{}` is twice in the split", side.key);
                    problems.push(source.problem(&side.key_span, message));
                }
                follows.extend(follow);
            }
            (key, share) => problems.extend(key.err().into_iter().chain(share.err())),
        }
        if index == 2 {
            problems.push(
                source
                    .problem(&side.key_span, format!("`{path}` has more than two sides"))
                    .labelled("Lambda routes an alias to at most two versions")
                    .helped(example_line(path)),
            );
        }
    }
    if problems.is_empty() {
        problems.extend(wrong_sum(source, path, split, sides));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(DeclaredTarget { target: Some(AliasTarget::Split(shares)), follows })
}

fn side_key(source: &Source, side: &Entry) -> Result<(SplitKey, Option<Follow>), Problem> {
    let placed = |mut refusal: Refusal| {
        // What is near to a target need not be a side.
        if refusal.help != Help::Replace("latest".to_owned()) {
            refusal.help = Help::Example;
        }
        let example = "sides are `latest`, `\"41\"` and `\"previous(LIVE)\"`";
        refusal.placed(source, &side.key_span, &side.key, example)
    };
    let no_side = || {
        let message = format!("`{}` cannot be a side of a split", side.key);
        Refusal::new(message, "not a version", Help::Example)
    };
    match word(&side.key).map_err(placed)? {
        Word::Latest => Ok((SplitKey::Latest, None)),
        Word::Version(version) => Ok((SplitKey::Version(version), None)),
        Word::Follow(Manner::Previous, alias, range) => {
            let span =
                source.inside(&side.key_span, &side.key, &range).unwrap_or_else(|| side.key_span.clone());
            let follow = Follow { alias: alias.clone(), manner: Manner::Previous, span };
            Ok((SplitKey::Previous(alias), Some(follow)))
        }
        Word::Manual | Word::Unmanaged | Word::Follow(Manner::SameAs, ..) => Err(placed(no_side())),
    }
}

fn share(source: &Source, path: &str, side: &Entry) -> Result<u8, Problem> {
    side.node
        .as_integer()
        .and_then(|number| u8::try_from(number).ok())
        .filter(|share| (1..=100).contains(share))
        .ok_or_else(|| {
            let written = source.slice(&side.node.span);
            source
                .problem(
                    &side.node.span,
                    format!("`{path}` sends {written} to `{}`: a share is a whole number of per cent from 1 to 100", side.key),
                )
                .labelled("not a share")
                .helped(example_line(path))
        })
}

fn wrong_sum(source: &Source, path: &str, split: &Node, sides: &Table) -> Option<Problem> {
    let shares: Vec<i64> = sides.entries.iter().filter_map(|side| side.node.as_integer()).collect();
    let sum: i64 = shares.iter().sum();
    if sum == 100 {
        return None;
    }
    let problem = source
        .problem(&split.span, format!("the shares of `{path}` add up to {sum}, not to 100"))
        .labelled(format!("{sum} per cent"));
    let corrected = match (shares.as_slice(), sides.entries.last()) {
        ([first, _], Some(last)) if *first < 100 => {
            source.corrected_line(&last.node.span, &(100 - first).to_string())
        }
        _ => example_line(path),
    };
    Some(problem.helped(corrected))
}
