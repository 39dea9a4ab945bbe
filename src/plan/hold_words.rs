//! The planner's words about holds, and about wishes that cannot be met: each with a command to paste.

use crate::{
    diff::{Line, WishIssue},
    model::{AliasName, EnvironmentName, Hold, HoldEnd, Object, VersionNumber},
};

use super::{Finding, words::address};

/// What the words are about. A command that is pasted must mean this environment and no other.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) object: &'a Object,
    pub(super) line: &'a Line<'a>,
    pub(super) environment: &'a EnvironmentName,
}

impl About<'_> {
    /// Returns a command about the object.
    fn command(&self, verb: &str, rest: &str) -> String {
        let Self { object, environment, .. } = self;
        format!("repoint {verb} -e {environment} {} {rest}", key(object)).trim_end().to_owned()
    }
}

pub(super) fn held(about: About<'_>, alias: &AliasName, hold: &Hold) -> Finding {
    let unhold = about.command("unhold", alias.as_str());
    let Hold { routing, until, bad: _, reason, who, at } = hold;
    let ending = match until {
        HoldEnd::Latest(_) => "when something else would be published".to_owned(),
        HoldEnd::Moves { of, .. } => format!("when `{of}` moves"),
        HoldEnd::Arrives => {
            let words = format!(
                "sent to {routing} since {at} by {who} (`{reason}`), and not there yet; `{unhold}` leaves it where it is"
            );
            return Finding::note(address(about.object, alias), words);
        }
    };
    Finding::note(
        address(about.object, alias),
        format!("held at {routing} since {at} by {who} (`{reason}`); it ends with `{unhold}`, or {ending}"),
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

pub(super) fn gone(about: About<'_>, alias: &AliasName, version: VersionNumber) -> Finding {
    Finding::blocking(
        address(about.object, alias),
        format!("alias `{alias}` is held at version {version}, which does not exist any more"),
        about.command("unhold", alias.as_str()),
    )
}

pub(super) fn wish(about: About<'_>, alias: &AliasName, issue: &WishIssue) -> Finding {
    let About { object: id, line, .. } = about;
    let point = |to: &str| about.command("point", &format!("{alias} {to}"));
    let (message, help) = match issue {
        WishIssue::There(routing) => {
            return Finding::note(address(id, alias), format!("alias `{alias}` is at {routing} already"));
        }
        WishIssue::NoSuchVersion(version) => {
            let newest = line.versions.keys().next_back().map_or("latest".to_owned(), ToString::to_string);
            (format!("version {version} of `{id}` does not exist; {}", versions_there(line)), point(&newest))
        }
        WishIssue::AnotherVersion(version) => (
            format!(
                "version {version} of `{id}` is not the one that `{alias}` served then: it cannot be invoked, or was published later under the same number"
            ),
            about.command("status", ""),
        ),
        WishIssue::NothingToGoBack => (
            format!(
                "alias `{alias}` cannot go back: it has served no other version that exists and is not marked bad; {}",
                versions_there(line)
            ),
            other_version(about, alias),
        ),
        WishIssue::HalfWay(routing) => (
            format!(
                "alias `{alias}` is half-way, at {routing}, and the state does not say which of the two it served alone"
            ),
            point(&routing.primary.to_string()),
        ),
        WishIssue::NoSuchAlias(asked) => (
            format!("alias `{asked}` of `{id}` does not exist yet"),
            format!("repoint apply -e {} --target {}", about.environment, address(id, asked)),
        ),
        WishIssue::OnLatest(of) => {
            (format!("alias `{of}` points to `$LATEST`, and no alias is sent there"), point("latest"))
        }
        WishIssue::Split(of, routing) => (
            format!("alias `{of}` serves two versions, {routing}, and one must be said"),
            point(&routing.primary.to_string()),
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

/// Returns a version that one could go back to all the same: an older one that nobody called bad. Where
/// there is none, only people can tell which.
fn other_version(about: About<'_>, alias: &AliasName) -> String {
    let line = about.line;
    let now = line.aliases.get(alias).and_then(|there| there.routing.primary.version());
    let bad = line.past.map(|past| past.bad);
    let is_fit = |version: &VersionNumber| {
        Some(*version) < now
            && line.versions.get(version).is_some_and(|version| version.is_usable)
            && !bad.is_some_and(|bad| bad.contains(version))
    };
    match line.versions.keys().copied().rev().find(is_fit) {
        Some(version) => about.command("rollback", &format!("--to {version}")),
        None => about.command("status", ""),
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
