//! The planner's words about holds, and about wishes that cannot be met: each with a command to paste.

use crate::{
    diff::{Line, WishIssue},
    model::{AliasName, Hold, HoldEnd, Object, VersionNumber},
};

use super::{Finding, words::address};

pub(super) fn held(id: &Object, alias: &AliasName, hold: &Hold) -> Finding {
    let Hold { routing, until, bad: _, reason, who, at } = hold;
    let ending = match until {
        HoldEnd::Latest(_) => "when something else would be published".to_owned(),
        HoldEnd::Moves { of, .. } => format!("when `{of}` moves"),
        HoldEnd::Arrives => {
            let words = format!(
                "sent to {routing} since {at} by {who} (`{reason}`), and not there yet; `repoint unhold {} {alias}` leaves it where it is",
                key(id)
            );
            return Finding::note(address(id, alias), words);
        }
    };
    Finding::note(
        address(id, alias),
        format!(
            "held at {routing} since {at} by {who} (`{reason}`); it ends with `repoint unhold {} {alias}`, or {ending}",
            key(id)
        ),
    )
}

pub(super) fn over(id: &Object, alias: &AliasName, hold: &Hold) -> Finding {
    let why = match &hold.until {
        HoldEnd::Latest(_) => "what would be published is something else by now".to_owned(),
        HoldEnd::Moves { of, .. } => format!("`{of}` moves"),
        HoldEnd::Arrives => "the TOML decides by now where the alias is".to_owned(),
    };
    Finding::note(
        address(id, alias),
        format!("the hold at {} since {} is over: {why}", hold.routing, hold.at),
    )
}

pub(super) fn gone(id: &Object, alias: &AliasName, version: VersionNumber) -> Finding {
    Finding::blocking(
        address(id, alias),
        format!("alias `{alias}` is held at version {version}, which does not exist any more"),
        format!("repoint unhold {} {alias}", key(id)),
    )
}

pub(super) fn wish((id, alias): (&Object, &AliasName), line: &Line<'_>, issue: &WishIssue) -> Finding {
    let key = key(id);
    let (message, help) = match issue {
        WishIssue::There(routing) => {
            return Finding::note(address(id, alias), format!("alias `{alias}` is at {routing} already"));
        }
        WishIssue::NoSuchVersion(version) => {
            let newest = line.versions.keys().next_back().map_or("latest".to_owned(), ToString::to_string);
            (
                format!("version {version} of `{id}` does not exist; {}", versions_there(line)),
                format!("repoint point {key} {alias} {newest}"),
            )
        }
        WishIssue::AnotherVersion(version) => (
            format!(
                "version {version} of `{id}` is not the one that `{alias}` served then: it cannot be invoked, or was published later under the same number"
            ),
            format!("repoint status {key}"),
        ),
        WishIssue::NothingToGoBack => (
            format!(
                "alias `{alias}` cannot go back: it has served no other version that exists and is not marked bad; {}",
                versions_there(line)
            ),
            other_version(id, line, alias),
        ),
        WishIssue::HalfWay(routing) => (
            format!(
                "alias `{alias}` is half-way, at {routing}, and the state does not say which of the two it served alone"
            ),
            format!("repoint point {key} {alias} {}", routing.primary),
        ),
        WishIssue::NoSuchAlias(asked) => (
            format!("alias `{asked}` of `{id}` does not exist yet"),
            format!("repoint apply --target {}", address(id, asked)),
        ),
        WishIssue::OnLatest(of) => (
            format!("alias `{of}` points to `$LATEST`, and no alias is sent there"),
            format!("repoint point {key} {alias} latest"),
        ),
        WishIssue::Split(of, routing) => (
            format!("alias `{of}` serves two versions, {routing}, and one must be said"),
            format!("repoint point {key} {alias} {}", routing.primary),
        ),
        WishIssue::Decided => (
            format!("the TOML decides where alias `{alias}` points"),
            format!("aliases.{alias} = \"manual\""),
        ),
    };
    Finding::blocking(address(id, alias), message, help)
}

/// Returns the key of the TOML's table, as the verbs take it.
fn key(object: &Object) -> &str {
    match object {
        Object::Function(id) => id.as_str(),
        Object::Machine(id) => id.as_str(),
    }
}

/// Returns a version that one could go back to all the same.
fn other_version(id: &Object, line: &Line<'_>, alias: &AliasName) -> String {
    let now = line.aliases.get(alias).and_then(|there| there.routing.primary.version());
    match line.versions.keys().rev().find(|version| Some(**version) != now) {
        Some(version) => format!("repoint rollback {} --to {version}", key(id)),
        None => format!("publish another version first: `repoint apply --target {id}`"),
    }
}

/// Names a few versions, newest first, so that nobody has to look them up.
fn versions_there(line: &Line<'_>) -> String {
    const SHOWN: usize = 6;
    let versions: Vec<String> = line.versions.keys().rev().take(SHOWN).map(ToString::to_string).collect();
    match (versions.is_empty(), line.versions.len() > SHOWN) {
        (true, _) => "no version was published yet".to_owned(),
        (false, false) => format!("there are {}", versions.join(", ")),
        (false, true) => format!("the newest are {}", versions.join(", ")),
    }
}
