//! `point`: one alias goes where somebody wants it, now.

use std::collections::BTreeMap;

use crate::{
    cli::PointArguments,
    diff::{AliasIntent, AliasIntents, IntendedPlace, IntentKind},
    error::Failure,
    exit::Exit,
    model::{AliasName, Object, VersionNumber},
    plan::Purpose,
};

use super::{
    Invocation,
    change::{Change, Wanted, change},
    chosen::{declared_alias, in_environment, movable, object, typed},
    observed::Asked,
    project::Project,
};

/// The grammar of a target, for whoever missed it.
const TARGETS: &str =
    "a target is a version (41), latest, another alias (STAGING), or two versions with shares (41=90,42=10)";

/// Points the alias.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &PointArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let PointArguments { name, alias, target, reason, change: how } = arguments;
    let object = object(&project, name)?;
    let alias = movable(&project, &object, alias)?;
    let place = place(&project, &object, (&alias, target))?;
    let command = typed(&["point", name, alias.as_str(), target]);
    let wish = wish(place, IntentKind::Point, &command, reason.as_deref());
    let intents = BTreeMap::from([(object, AliasIntents::from([(alias, wish)]))]);
    let command = in_environment(&project, &command);
    let wanted = Wanted::Planned(asked(&project, intents));
    change(invocation, &project, Change { command, arguments: how, digest: None, wanted }).await
}

/// Returns the wish that a command is for.
pub(super) fn wish(
    place: IntendedPlace,
    kind: IntentKind,
    command: &str,
    reason: Option<&str>,
) -> AliasIntent {
    let command = format!("repoint {command}");
    AliasIntent { place, kind, reason: reason.unwrap_or(&command).to_owned(), command }
}

/// Returns what is asked of the planner for some wishes.
pub(super) fn asked(project: &Project, intents: BTreeMap<Object, AliasIntents>) -> Asked {
    let purpose = Purpose::Aliases(intents);
    Asked { max_deletes: None, selection: purpose.selection(&project.desired), purpose }
}

/// Reads where the alias shall point.
fn place(
    project: &Project,
    object: &Object,
    (alias, text): (&AliasName, &str),
) -> Result<IntendedPlace, Failure> {
    if text == "latest" {
        return Ok(IntendedPlace::Latest);
    }
    if text.eq_ignore_ascii_case("$latest") {
        let help = "`latest` is the newest published version".to_owned();
        return Err(Failure::new("no alias is sent to `$LATEST`, which changes under its callers", help));
    }
    if text.contains('=') {
        return split(text).map(IntendedPlace::Split).map_err(|why| {
            Failure::new(format!("`{text}` is no split: {why}"), "two versions with shares: 41=90,42=10")
        });
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let version = VersionNumber::parse(text);
        return version.map(IntendedPlace::Version).map_err(|error| Failure::new(error.to_string(), TARGETS));
    }
    let of = declared_alias(project, object, text).map_err(|failure| {
        let help = failure.reports.first().and_then(|report| report.help.clone());
        let message =
            format!("`{text}` is no target of an alias, and `{object}` declares no alias of that name");
        Failure::new(message, help.filter(|help| help.starts_with("did")).unwrap_or(TARGETS.to_owned()))
    })?;
    if of == *alias {
        return Err(Failure::new(format!("alias `{alias}` cannot be pointed at itself"), TARGETS));
    }
    Ok(IntendedPlace::VersionOf(of))
}

/// Reads `41=90,42=10`.
fn split(text: &str) -> Result<BTreeMap<VersionNumber, u8>, String> {
    let side = |side: &str| -> Result<(VersionNumber, u8), String> {
        let (version, share) = side.split_once('=').ok_or_else(|| format!("`{side}` has no share"))?;
        let version = VersionNumber::parse(version.trim()).map_err(|error| error.to_string())?;
        let share = share.trim().trim_end_matches('%');
        let share: u8 = share.parse().map_err(|_| format!("`{share}` is no whole number of per cent"))?;
        Ok((version, share))
    };
    let sides: Vec<(VersionNumber, u8)> = text.split(',').map(side).collect::<Result<_, _>>()?;
    let [(first, one), (second, two)] = sides.as_slice() else {
        return Err(format!("an alias serves two versions at most, and here are {}", sides.len()));
    };
    if first == second {
        return Err(format!("version {first} is there twice"));
    }
    match u16::from(*one) + u16::from(*two) {
        100 => Ok(sides.into_iter().collect()),
        sum => Err(format!("the shares add up to {sum}, not to 100")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_has_two_versions_that_share_all() {
        let version = |number| VersionNumber::new(number).unwrap();
        assert_eq!(split("41=90, 42=10%"), Ok(BTreeMap::from([(version(41), 90), (version(42), 10)])));
        for text in
            ["41=90", "41=90,42=20", "41=50,41=50", "41=90,42", "a=90,42=10", "1=50,2=30,3=20", "1=300,2=1"]
        {
            assert!(split(text).is_err(), "{text}");
        }
    }
}
