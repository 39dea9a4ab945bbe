//! The planner's words: each issue that a difference raises, as a finding with its help.

use crate::{
    asl::{DefinitionError, StateChange, changed_states as asl_changed_states},
    diff::{AliasIssue, Line, LineAlias, MachineChange, MachineIssue},
    model::{
        Address, AliasName, AliasTarget, AliasTargets, DesiredFunction, DesiredMachine, Diagnosis,
        EnvironmentName, FunctionId, GroupName, LiveFunction, MachineId, Object, Part, Place, Routing,
        SplitKey, UnreadCode, Verdict, VersionNumber,
    },
};

use super::{
    Finding, Purpose,
    creation::{Misfit, missing_line, missing_lines},
    hold_words::{self, About},
};

/// Returns a target as the TOML writes it.
pub(super) fn target(target: &AliasTarget) -> String {
    match target {
        AliasTarget::Latest => "`latest`".to_owned(),
        AliasTarget::Pinned(version) => format!("`{version}`"),
        AliasTarget::Previous(of) => format!("`previous({of})`"),
        AliasTarget::SameAs(of) => format!("`same-as({of})`"),
        AliasTarget::Manual => "`manual`, created once".to_owned(),
        AliasTarget::Split(sides) => {
            let side = |(key, percent): (&SplitKey, &u8)| match key {
                SplitKey::Latest => format!("latest {percent}%"),
                SplitKey::Version(version) => format!("{version} {percent}%"),
                SplitKey::Previous(of) => format!("previous({of}) {percent}%"),
            };
            format!("split: {}", sides.iter().map(side).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Returns the states that differ, in words.
pub(super) fn changed_states(from: &str, to: &str) -> Vec<String> {
    asl_changed_states(from, to)
        .into_iter()
        .map(|change| match change {
            StateChange::TopLevel => "members outside of the states changed".to_owned(),
            StateChange::Added(_) | StateChange::Changed(_) | StateChange::Removed(_) => {
                format!("state {change}")
            }
        })
        .collect()
}

pub(super) fn missing_function(id: &FunctionId, desired: &DesiredFunction, place: &Place) -> Finding {
    Finding::blocking(
        Address::function(id, Part::Whole),
        format!(
            "function `{}` does not exist in account {}, region {}",
            desired.name, place.account, place.region
        ),
        format!(
            "to have it created, add to `[functions.{id}]`: {}; else remove it",
            lines(&missing_lines(id, desired, place))
        ),
    )
}

pub(super) fn missing_machine(id: &MachineId, desired: &DesiredMachine, place: &Place) -> Finding {
    Finding::blocking(
        Address::machine(id, Part::Whole),
        format!(
            "state machine `{}` does not exist in account {}, region {}",
            desired.name, place.account, place.region
        ),
        format!(
            "to have it created, add to `[state_machines.{id}]`: `{}`; else remove it",
            missing_line(place)
        ),
    )
}

pub(super) fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn architectures_without_code(id: &FunctionId) -> Finding {
    Finding::blocking(
        Address::function(id, Part::Settings),
        "the architectures can only change together with the code, and the code is not managed",
        format!("declare the code: `[functions.{id}]` `code.path = \"…\"`, or remove `architectures`"),
    )
}

/// Who sends an alias to `latest` is stopped too: what is published would be other code.
pub(super) fn unread_code(id: &FunctionId, purpose: &Purpose, unread: &UnreadCode) -> Finding {
    let part = if matches!(purpose, Purpose::Converge) { Part::Code } else { Part::NewVersion };
    Finding::blocking(Address::function(id, part), unread.message.clone(), unread.help.clone())
}

/// A function keeps its package type for ever.
pub(super) fn misfit(id: &FunctionId, desired: &DesiredFunction, misfit: Misfit) -> Finding {
    let (declared, live, instead) = match misfit {
        Misfit::ImageForPackage => ("an image", "a package", "`code.path`, `code.zip` or `code.s3`"),
        Misfit::PackageForImage => ("a package", "an image", "`code.image`"),
    };
    Finding::blocking(
        Address::function(id, Part::Code),
        format!(
            "`code` declares {declared}, and function `{}` has {live}: AWS never changes which",
            desired.name
        ),
        format!(
            "declare {instead} in `[functions.{id}]`, or give it another `name`, under which it is created anew"
        ),
    )
}

/// What could not even be created has no version, and AWS takes nothing but its deletion.
pub(super) fn latest_failed(id: &FunctionId, live: &LiveFunction, reason: &str) -> Finding {
    let help = if live.versions.is_empty() {
        format!(
            "mend the cause, then send the code again; what AWS could not create goes with `aws lambda delete-function --function-name {}`, and the next apply creates it",
            live.name
        )
    } else {
        "mend the cause and send the code again, then plan again".to_owned()
    };
    Finding::blocking(
        Address::function(id, Part::NewVersion),
        format!("`$LATEST` cannot be published, because its last update failed: {reason}"),
        help,
    )
}

pub(super) fn reused(id: &FunctionId, version: VersionNumber) -> Finding {
    Finding::note(
        Address::function(id, Part::NewVersion),
        format!("version {version} equals the coming `$LATEST`; it is used again and nothing is published"),
    )
}

/// What a part says of what it leaves out.
pub(super) const LEFT_OUT: &str = "this plan is a part, and leaves out what the whole plan does here";

pub(super) fn left_out(address: Address) -> Finding {
    Finding::note(address, LEFT_OUT)
}

pub(super) fn left_out_of_group(id: &FunctionId, group: &GroupName) -> Finding {
    Finding::note(
        Address::function(id, Part::Whole),
        format!("is of group `{group}`, and this part moves aliases of the group without it"),
    )
}

pub(super) fn bound(way: Address, of: &Address) -> Finding {
    Finding::warning(
        way,
        format!("it moves only together with `{of}`, and that is left out"),
        format!("--target {of}"),
    )
}

pub(super) fn too_many_deletions(
    object: &Object,
    (count, limit): (usize, u32),
    verb: &str,
    environment: &EnvironmentName,
) -> Finding {
    Finding::warning(
        Address { object: object.clone(), part: Part::Whole },
        format!("{count} versions could be deleted, and the limit is {limit}; none is deleted"),
        format!("repoint {verb} -e {environment} --max-deletes {count}"),
    )
}

pub(super) fn bad_definition(id: &MachineId, desired: &DesiredMachine, error: &DefinitionError) -> Finding {
    Finding::blocking(
        Address::machine(id, Part::Definition),
        format!("the definition `{}` cannot be used: {}", desired.definition_path, error.message),
        error.help.clone(),
    )
}

/// Returns the findings about the aliases of a function or state machine.
pub(super) fn alias_findings(
    about: About<'_>,
    targets: &AliasTargets,
    issues: &[AliasIssue],
) -> Vec<Finding> {
    let About { object, line, .. } = about;
    let unlisted = line.aliases.iter().filter(|(alias, _)| !targets.contains_key(*alias));
    let unlisted = unlisted.map(|(alias, live)| unlisted_alias(object, line, alias, live));
    issues.iter().map(|issue| alias_finding(about, issue)).chain(unlisted).collect()
}

/// Nothing is wrong with an alias that nobody declares, unless somebody began to shift it and left it
/// there. A weight that AWS adds by itself is nobody's (T11).
fn unlisted_alias(object: &Object, line: &Line<'_>, alias: &AliasName, found: &LineAlias) -> Finding {
    let (place, routing) = (address(object, alias), &found.routing);
    if found.settled_routing().additional.is_none() {
        let message = format!("alias `{alias}` is not declared; it points to {routing} and is left alone");
        return Finding::note(place, message);
    }
    let seen = line.past.and_then(|past| past.aliases.get(alias)).and_then(|seen| seen.moves.last());
    let since =
        seen.filter(|seen| seen.routing == *routing).map(|seen| format!(" since {} or before", seen.at));
    let since = since.unwrap_or_default();
    let message = format!(
        "alias `{alias}` is not declared and half shifted{since}; it points to {routing} and is left alone"
    );
    Finding::warning(
        place,
        message,
        format!("[{object}] aliases.{alias} = \"latest\"  # ends it; \"manual\" keeps it"),
    )
}

/// Returns the notes about aliases whose names nobody can declare (T27).
pub(super) fn other_aliases(object: &Object, line: &Line<'_>) -> Vec<Finding> {
    let note = |(alias, routing): (&String, &Routing)| {
        Finding::note(
            Address { object: object.clone(), part: Part::Whole },
            format!(
                "alias `{alias}` cannot be managed, because its name is none that the TOML can declare; it points to {routing} and is left alone"
            ),
        )
    };
    line.others.iter().map(note).collect()
}

pub(super) fn machine_reused(id: &MachineId, version: VersionNumber) -> Finding {
    Finding::note(
        Address::machine(id, Part::NewVersion),
        format!("version {version} runs what the machine will; it is used again and nothing is published"),
    )
}

/// Returns what AWS says of a definition before it is sent (R32).
pub(super) fn verdict_findings(id: &MachineId, desired: &DesiredMachine, verdict: &Verdict) -> Vec<Finding> {
    let address = Address::machine(id, Part::Definition);
    let file = &desired.definition_path;
    let refused = |words: &str| {
        Finding::blocking(address.clone(), format!("AWS would refuse the definition: {words}"), mend(file))
    };
    match verdict {
        Verdict::Unsaid(why) => {
            let message = format!("AWS was asked to validate the definition and did not answer: {why}");
            vec![Finding::note(address, message)]
        }
        Verdict::Said { is_valid, diagnoses } => {
            let errors = diagnoses.iter().filter(|found| found.is_error && !is_valid);
            let mut findings: Vec<Finding> = errors.map(|found| refused(&diagnosis(found))).collect();
            if !is_valid && findings.is_empty() {
                findings.push(refused("it does not say why"));
            }
            let warnings = diagnoses.iter().filter(|found| !found.is_error);
            let warning = |found| format!("AWS warns of the definition: {}", diagnosis(found));
            findings
                .extend(warnings.map(|found| Finding::warning(address.clone(), warning(found), mend(file))));
            findings
        }
    }
}

fn mend(file: &str) -> String {
    format!("mend {file}")
}

fn diagnosis(found: &Diagnosis) -> String {
    let Diagnosis { code, message, location, .. } = found;
    let place = location.as_ref().map(|location| format!(" at {location}")).unwrap_or_default();
    format!("{code}: {message}{place}")
}

pub(super) fn executions_unchecked(id: &MachineId) -> Finding {
    Finding::note(
        Address::machine(id, Part::Whole),
        "running executions are not checked: AWS does not list those of an EXPRESS machine; they end within five minutes",
    )
}

pub(super) fn address(object: &Object, alias: &AliasName) -> Address {
    Address { object: object.clone(), part: Part::Alias(alias.clone()) }
}

fn alias_finding(about: About<'_>, issue: &AliasIssue) -> Finding {
    let About { object: id, line, .. } = about;
    match issue {
        AliasIssue::NoSuchVersion { alias, version } => {
            let newest = line.versions.keys().next_back();
            let known = newest.map_or("no version was published yet".to_owned(), |newest| {
                format!("the newest version is {newest}")
            });
            let instead = newest.map_or("latest".to_owned(), ToString::to_string);
            Finding::blocking(
                address(id, alias),
                format!("alias `{alias}` is pinned to version {version}, which does not exist; {known}"),
                format!("aliases.{alias} = \"{instead}\""),
            )
        }
        AliasIssue::NothingBefore { alias, of } => Finding::note(
            address(id, alias),
            format!("alias `{alias}` is not created yet: `{of}` has served no other version before"),
        ),
        AliasIssue::NothingToFollow { alias, of } => Finding::note(
            address(id, alias),
            format!("alias `{alias}` stays as it is: `{of}`, which it follows, does not exist yet"),
        ),
        AliasIssue::FollowsLatest { alias, of } => Finding::note(
            address(id, alias),
            format!(
                "alias `{alias}` stays as it is: `{of}`, which it follows, points to `$LATEST`, and no alias is sent there"
            ),
        ),
        AliasIssue::OneSided { alias, missing } => Finding::note(
            address(id, alias),
            format!(
                "alias `{alias}` sends everything to one version: `{missing}` has served no other version before"
            ),
        ),
        AliasIssue::SplitDiffers { alias, settings } => Finding::blocking(
            address(id, alias),
            format!(
                "alias `{alias}` cannot split its traffic: AWS demands the same role and dead-letter queue of both versions, and {} differs",
                settings.iter().map(|setting| format!("`{setting}`")).collect::<Vec<_>>().join(" and ")
            ),
            format!("aliases.{alias} = \"latest\""),
        ),
        AliasIssue::Held { alias, hold } => hold_words::held(about, alias, hold),
        AliasIssue::HoldEnds { alias, hold } => hold_words::over(id, alias, hold),
        AliasIssue::HeldVersionGone { alias, version } => hold_words::gone(about, alias, *version),
        AliasIssue::Wish { alias, issue } => hold_words::wish(about, alias, issue),
        AliasIssue::Failed { alias, version, reason } => Finding::blocking(
            address(id, alias),
            format!("alias `{alias}` would be sent to version {version}, which has failed: {reason}"),
            format!("aliases.{alias} = \"latest\""),
        ),
    }
}

/// Returns the findings about a machine.
pub(super) fn machine_findings(
    id: &MachineId,
    desired: &DesiredMachine,
    change: &MachineChange,
) -> Vec<Finding> {
    change.issues.iter().map(|issue| machine_finding(id, desired, issue)).collect()
}

fn machine_finding(id: &MachineId, desired: &DesiredMachine, issue: &MachineIssue) -> Finding {
    let definition = Address::machine(id, Part::Definition);
    let file = &desired.definition_path;
    match issue {
        MachineIssue::Foreign { state, function, environment } => Finding::blocking(
            definition,
            format!("state `{state}` calls `{function}`, which belongs to environment `{environment}`"),
            format!("write the name with `${{env}}` in {file}"),
        ),
        MachineIssue::MissingAlias { state, function, alias } => Finding::blocking(
            definition,
            format!(
                "state `{state}` calls `{function}:{alias}`, and that alias does not exist and is not created"
            ),
            format!("declare it: `aliases.{alias} = \"latest\"`"),
        ),
        MachineIssue::MissingVersion { state, function, version } => Finding::blocking(
            definition,
            format!("state `{state}` calls `{function}:{version}`, and that version does not exist"),
            format!("call it through an alias in {file}: `{function}:LIVE`"),
        ),
        MachineIssue::KindDiffers { declared, live } => Finding::blocking(
            Address::machine(id, Part::Whole),
            format!(
                "the type is declared as {} and is {}; AWS cannot change it",
                declared.as_str(),
                live.as_str()
            ),
            format!("type = \"{}\"", live.as_str()),
        ),
        MachineIssue::Deleting => Finding::blocking(
            Address::machine(id, Part::Whole),
            format!("state machine `{}` is being deleted", desired.name),
            format!("remove `[state_machines.{id}]`, or create the machine again"),
        ),
        MachineIssue::Unmanaged { state, function } => Finding::note(
            definition,
            format!("state `{state}` calls `{function}`, which is not managed here; it is left alone"),
        ),
        MachineIssue::Dynamic { state, function, why } => Finding::note(
            definition,
            format!("state `{state}` calls `{function}`: {why}; it cannot be rewritten"),
        ),
        MachineIssue::Unresolved { name } => Finding::warning(
            definition,
            format!("`${{{name}}}` has no value and is sent as it is"),
            format!("[state_machines.{id}.substitutions] {name} = \"…\""),
        ),
        MachineIssue::OtherAlias { state, function, alias } => Finding::note(
            definition,
            format!("state `{state}` calls `{function}:{alias}`; the file chose that alias and it is kept"),
        ),
        MachineIssue::OnLatest { state, function } => Finding::warning(
            definition,
            format!(
                "state `{state}` calls `{function}` without a published version; every update changes it at once"
            ),
            format!("[state_machines.{id}] references = \"LIVE\""),
        ),
        MachineIssue::NewlyQualified { functions } => Finding::warning(
            definition,
            format!(
                "{} now called with a qualifier; a role that allows the bare ARN alone refuses that",
                functions.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                    + if functions.len() == 1 { " is" } else { " are" }
            ),
            "allow `arn:…:function:NAME:*` beside `arn:…:function:NAME` in the role of the state machine",
        ),
    }
}
