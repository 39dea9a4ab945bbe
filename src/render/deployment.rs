//! A deployment as text: the closing report of an apply, and the parts that `show` has too.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{AliasName, MachineId, Object, Routing, VersionNumber},
    store::{
        DeploymentOutcome, GitInfo, Manifest, ManifestAction, ManifestFunction, ManifestMachine, Outcome,
    },
};

use super::{
    event::{deployment_word, outcome_detail, outcome_ink, outcome_word},
    page::Page,
    style::{Ink, Style},
    words::{count, listed},
};

/// Returns the closing report of an apply: how each action ended, where the functions that it
/// touched point now, and last what it comes to and how to go on.
pub fn apply_text(manifest: &Manifest, style: Style) -> String {
    let mut page = Page::new(style);
    let touched: BTreeSet<&Object> = manifest.actions.iter().map(|action| &action.address.object).collect();
    write_actions(&mut page, &manifest.actions);
    write_functions(&mut page, manifest, |object| touched.contains(object));
    write_machines(&mut page, manifest, |id, machine| {
        has_line(machine) && touched.contains(&Object::Machine(id.clone()))
    });
    page.gap();
    write_end(&mut page, manifest);
    page.into_text()
}

pub(super) fn commit(git: Option<&GitInfo>) -> String {
    match git {
        None => "none: it was not applied from a repository".to_owned(),
        Some(GitInfo { commit, short: _, is_dirty: false }) => commit.clone(),
        Some(GitInfo { commit, short: _, is_dirty: true }) => format!("{commit}, with uncommitted changes"),
    }
}

pub(super) fn write_actions(page: &mut Page, actions: &[ManifestAction]) {
    if actions.is_empty() {
        return;
    }
    page.gap();
    page.line(&[(Ink::Strong, "Actions")]);
    let word = actions.iter().map(|action| outcome_word(&action.outcome).len()).max().unwrap_or(0);
    let address = actions.iter().map(|action| action.address.to_string().chars().count()).max().unwrap_or(0);
    for ManifestAction { address: at, summary, began: _, ended: _, after: _, outcome } in actions {
        let lead = format!("  {:<word$}", outcome_word(outcome));
        let name = format!("  {:<address$}  ", at.to_string());
        let lead = [(outcome_ink(outcome), lead.as_str()), (Ink::Plain, name.as_str())];
        match (outcome, outcome_detail(outcome)) {
            (_, None) => page.flow(&lead, &[(Ink::Faint, summary)]),
            (Outcome::Done { .. }, Some(detail)) => {
                page.flow(&lead, &[(Ink::Faint, summary), (Ink::Plain, &format!(": {detail}"))]);
            }
            (_, Some(detail)) => {
                page.flow(&lead, &[(Ink::Faint, summary)]);
                page.flow(&[(Ink::Plain, &" ".repeat(word + 4))], &[(Ink::Plain, &detail)]);
            }
        }
    }
}

pub(super) fn write_functions(page: &mut Page, manifest: &Manifest, is_wanted: impl Fn(&Object) -> bool) {
    let functions: Vec<_> =
        manifest.functions.iter().filter(|(id, _)| is_wanted(&Object::Function((*id).clone()))).collect();
    if functions.is_empty() {
        return;
    }
    page.gap();
    page.line(&[
        (Ink::Strong, "Functions"),
        (Ink::Faint, "  the version that equals `$LATEST`; the aliases"),
    ]);
    let width = functions.iter().map(|(id, _)| id.as_str().len()).max().unwrap_or(0);
    for (id, ManifestFunction { name: _, version, aliases }) in functions {
        let lead = format!("  {:<width$}  {:>4}   ", id.as_str(), version_words(*version));
        page.flow(&[(Ink::Plain, &lead)], &[(Ink::Plain, &alias_words(aliases))]);
    }
}

pub(super) fn version_words(version: Option<VersionNumber>) -> String {
    version.map_or("–".to_owned(), |version| version.to_string())
}

pub(super) fn alias_words(aliases: &BTreeMap<AliasName, Routing>) -> String {
    let words: Vec<String> = aliases.iter().map(|(alias, routing)| format!("{alias} {routing}")).collect();
    words.join(", ")
}

/// Tells whether the versions and aliases of a machine were asked for, and there are some.
fn has_line(machine: &ManifestMachine) -> bool {
    machine.version.is_some() || !machine.aliases.is_empty()
}

pub(super) fn write_machines(
    page: &mut Page,
    manifest: &Manifest,
    is_wanted: impl Fn(&MachineId, &ManifestMachine) -> bool,
) {
    let machines: Vec<_> = manifest.machines.iter().filter(|(id, machine)| is_wanted(id, machine)).collect();
    if machines.is_empty() {
        return;
    }
    let is_any_published = machines.iter().any(|(_, machine)| has_line(machine));
    let columns = if is_any_published {
        "  the digest of the definition; the version that runs it; the aliases"
    } else {
        "  the digest of the definition"
    };
    page.gap();
    page.line(&[(Ink::Strong, "State machines"), (Ink::Faint, columns)]);
    let width = machines.iter().map(|(id, _)| id.as_str().len()).max().unwrap_or(0);
    for (id, machine) in machines {
        let ManifestMachine { name: _, definition, version, aliases } = machine;
        let lead = format!("  {:<width$}  {}", id.as_str(), definition.short());
        if has_line(machine) {
            let lead = format!("{lead}  {:>4}   ", version_words(*version));
            page.flow(&[(Ink::Plain, &lead)], &[(Ink::Plain, &alias_words(aliases))]);
        } else {
            page.line(&[(Ink::Plain, &lead)]);
        }
    }
}

pub(super) fn write_end(page: &mut Page, manifest: &Manifest) {
    let ink = match manifest.outcome {
        DeploymentOutcome::Completed => Ink::Create,
        DeploymentOutcome::Failed | DeploymentOutcome::Interrupted => Ink::Alarm,
    };
    page.line(&[(ink, &end_words(manifest))]);
    if manifest.outcome != DeploymentOutcome::Completed {
        page.line(&[(Ink::Plain, &how_to_go_on(manifest))]);
    }
}

/// Returns in one sentence how a deployment ended.
pub(super) fn end_words(manifest: &Manifest) -> String {
    let Manifest { deployment, outcome, actions, .. } = manifest;
    format!("Deployment {deployment} {}: {}.", deployment_word(*outcome), numbers(actions))
}

/// A plan whose objects moved stays stale, so only another plan is of use then.
pub(super) fn how_to_go_on(manifest: &Manifest) -> String {
    let environment = &manifest.environment;
    let is_moved = |action: &ManifestAction| matches!(action.outcome, Outcome::Moved { .. });
    let is_stale = manifest.actions.iter().any(is_moved);
    let plan = if is_stale { "a new saved plan" } else { "the same saved plan" };
    let next = format!("`repoint apply --environment {environment}`, or {plan},");
    let back = back_words(&manifest.actions);
    match (manifest.is_resumable(), is_stale) {
        (true, _) if !back.is_empty() => {
            let is_done = |action: &ManifestAction| matches!(action.outcome, Outcome::Done { .. });
            let rest = if manifest.actions.iter().any(is_done) { " What else was done stays." } else { "" };
            format!("{back}{rest} The same command, or {plan}, tries again under the same id.")
        }
        (true, _) => format!("What was done stays. {next} goes on under the same id."),
        (false, false) => format!("Nothing was done. {next} tries again."),
        (false, true) => format!(
            "Nothing was done, and this plan is stale. Make a new plan: `repoint plan --environment {environment} --out plans/`."
        ),
    }
}

/// Returns what became of the groups that did not move as a whole; nothing where there were none.
fn back_words(actions: &[ManifestAction]) -> String {
    let number =
        |is_wanted: fn(&Outcome) -> bool| actions.iter().filter(|action| is_wanted(&action.outcome)).count();
    let sentence = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 alias {one}.")),
        _ => Some(format!("{} {many}.", count(number, "alias"))),
    };
    let stuck = number(|outcome| matches!(outcome, Outcome::NotMovedBack { .. }));
    let back = number(|outcome| matches!(outcome, Outcome::MovedBack { to: Some(_), .. }));
    let stuck = sentence(
        stuck,
        "should be back where it was and is not",
        "should be back where they were and are not",
    );
    let back = sentence(back, "is back where it was", "are back where they were");
    stuck.into_iter().chain(back).collect::<Vec<_>>().join(" ")
}

/// Returns how many actions ended in which way.
pub(super) fn numbers(actions: &[ManifestAction]) -> String {
    let mut numbers: BTreeMap<u8, (usize, &str)> = BTreeMap::new();
    for action in actions {
        let rank = match &action.outcome {
            Outcome::Done { .. } => 0,
            Outcome::AlreadyDone => 1,
            Outcome::Protected { .. } => 2,
            Outcome::Failed { .. } => 3,
            Outcome::Moved { .. } => 4,
            Outcome::Unknown { .. } => 5,
            Outcome::NotMovedBack { .. } => 6,
            Outcome::MovedBack { .. } => 7,
            Outcome::Skipped { .. } => 8,
            Outcome::NotBegun => 9,
        };
        numbers.entry(rank).or_insert((0, outcome_word(&action.outcome))).0 += 1;
    }
    let words: Vec<String> = numbers
        .into_values()
        .enumerate()
        .map(|(at, (number, word))| match at {
            0 => format!("{} {word}", count(number, "action")),
            _ => format!("{number} {word}"),
        })
        .collect();
    if words.is_empty() { "nothing was to be done".to_owned() } else { listed(&words) }
}
