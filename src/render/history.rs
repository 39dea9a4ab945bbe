//! The deployments of an environment as a list, and what differs between two of them.

use serde_json::{Value, json};

use crate::{
    model::Part,
    store::{Difference, GitInfo, Interrupted, Manifest, Outcome},
};

use super::{
    event::deployment_word,
    header::Detail,
    page::Page,
    report::{Report, change_json, side},
    style::{Ink, Style},
    table::Table,
    text_diff::unified_diff,
    words::{count, duration, listed},
};

/// One deployment of the list.
#[derive(Debug, Clone)]
pub enum HistoryRow {
    /// One that has a manifest, and whether its journal is still open.
    Ended(Box<Manifest>, bool),
    /// One that crashed: its journal is open, and it has no manifest yet.
    Crashed(Interrupted),
}

/// What a deployment did, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Numbers {
    updated: usize,
    published: usize,
    aliases: usize,
    machines: usize,
    deleted: usize,
    moved_back: usize,
    not_done: usize,
}

impl Numbers {
    fn of(manifest: &Manifest) -> Self {
        let mut numbers = Self::default();
        for action in &manifest.actions {
            let is_done = match &action.outcome {
                Outcome::Done { .. } => true,
                Outcome::AlreadyDone => continue,
                Outcome::MovedBack { .. } => {
                    numbers.moved_back += 1;
                    continue;
                }
                Outcome::Protected { .. }
                | Outcome::Moved { .. }
                | Outcome::Failed { .. }
                | Outcome::Unknown { .. }
                | Outcome::NotMovedBack { .. }
                | Outcome::Skipped { .. }
                | Outcome::NotBegun => false,
            };
            let counter = match &action.address.part {
                _ if !is_done => &mut numbers.not_done,
                Part::Settings | Part::Code | Part::Whole => &mut numbers.updated,
                Part::NewVersion => &mut numbers.published,
                Part::Alias(_) => &mut numbers.aliases,
                Part::Definition => &mut numbers.machines,
                Part::Version(_) => &mut numbers.deleted,
            };
            *counter += 1;
        }
        numbers
    }

    fn words(self) -> String {
        let Self { updated, published, aliases, machines, deleted, moved_back, not_done } = self;
        let parts = [
            (updated, count(updated, "update")),
            (published, format!("{published} published")),
            (aliases, count(aliases, "alias")),
            (machines, count(machines, "machine")),
            (deleted, format!("{deleted} deleted")),
            (moved_back, format!("{moved_back} moved back")),
            (not_done, format!("{not_done} not done")),
        ];
        let parts: Vec<String> =
            parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
        if parts.is_empty() { "nothing".to_owned() } else { listed(&parts) }
    }
}

/// Returns the list, newest first as given, and says how many older ones there are.
pub fn history_text(rows: &[HistoryRow], older: usize, style: Style) -> String {
    let mut page = Page::new(style);
    let mut table = Table::new(&["DEPLOYMENT", "STARTED", "TOOK", "WHO", "COMMIT", "OUTCOME", "DID"]);
    for row in rows {
        match row {
            HistoryRow::Ended(manifest, is_open) => {
                let is_complete = manifest.outcome == crate::store::DeploymentOutcome::Completed;
                let ink = if is_complete { Ink::Plain } else { Ink::Alarm };
                table.row(ink, ended_cells(manifest, *is_open));
            }
            HistoryRow::Crashed(open) => table.row(Ink::Alarm, crashed_cells(open)),
        }
    }
    table.write(&mut page, 0);
    if older > 0 {
        let line = format!("{} not listed; `-n 0` lists all.", count(older, "older deployment"));
        page.gap();
        page.line(&[(Ink::Faint, &line)]);
    }
    page.into_text()
}

fn ended_cells(manifest: &Manifest, is_open: bool) -> [String; 7] {
    let word = deployment_word(manifest.outcome);
    [
        manifest.deployment.to_string(),
        super::status::second(manifest.started),
        duration(Report { manifest, previous: None }.took()),
        manifest.who.clone(),
        manifest.git.as_ref().map(short_commit).unwrap_or_default(),
        if is_open { format!("{word}, open") } else { word.to_owned() },
        Numbers::of(manifest).words(),
    ]
}

fn crashed_cells(open: &Interrupted) -> [String; 7] {
    [
        open.deployment.to_string(),
        super::status::second(open.started),
        String::new(),
        open.who.clone(),
        String::new(),
        "crashed, open".to_owned(),
        "`repoint apply` goes on with it".to_owned(),
    ]
}

/// A plus says that there were changes which no commit holds.
fn short_commit(git: &GitInfo) -> String {
    format!("{}{}", git.short, if git.is_dirty { "+" } else { "" })
}

/// Returns the list for programs.
pub fn history_json(environment: &str, rows: &[HistoryRow], older: usize) -> Value {
    json!({
        "schema": "repoint.history/1",
        "environment": environment,
        "deployments": rows.iter().map(row_json).collect::<Vec<_>>(),
        "older": older,
    })
}

fn row_json(row: &HistoryRow) -> Value {
    match row {
        HistoryRow::Ended(manifest, is_open) => {
            let Numbers { updated, published, aliases, machines, deleted, moved_back, not_done } =
                Numbers::of(manifest);
            json!({
                "deployment": manifest.deployment,
                "started": manifest.started,
                "finished": manifest.finished,
                "seconds": Report { manifest, previous: None }.took().as_millis_f64() / 1000.0,
                "who": manifest.who,
                "git": manifest.git,
                "plan_digest": manifest.plan_digest,
                "outcome": deployment_word(manifest.outcome),
                "is_open": is_open,
                "updated": updated,
                "published": published,
                "aliases": aliases,
                "machines": machines,
                "deleted": deleted,
                "moved_back": moved_back,
                "not_done": not_done,
            })
        }
        HistoryRow::Crashed(open) => json!({
            "deployment": open.deployment,
            "started": open.started,
            "who": open.who,
            "plan_digest": open.plan_digest,
            "outcome": "crashed",
            "is_open": true,
        }),
    }
}

/// The two texts of a definition that differs, as far as they were kept.
type DefinitionSides = (Option<String>, Option<String>);

/// Returns what differs between two deployments; in full detail also the definitions.
pub fn difference_text(
    (from, to): (&Manifest, &Manifest),
    differences: &[Difference],
    definitions: &dyn Fn(&Difference) -> DefinitionSides,
    (detail, style): (Detail, Style),
) -> String {
    let mut page = Page::new(style);
    page.line(&[
        (Ink::Strong, &format!("From {}", from.deployment)),
        (Ink::Faint, &format!("  {}  {}", super::status::second(from.started), from.who)),
    ]);
    page.line(&[
        (Ink::Strong, &format!("To   {}", to.deployment)),
        (Ink::Faint, &format!("  {}  {}", super::status::second(to.started), to.who)),
    ]);
    page.gap();
    if differences.is_empty() {
        page.line(&[(Ink::Strong, "Nothing differs: all versions, aliases and definitions are the same.")]);
        return page.into_text();
    }
    let mut table = Table::new(&["OF", "WHAT", "FROM", "TO"]);
    for difference in differences {
        let [from, to] = [&difference.from, &difference.to].map(|value| side(difference, value.as_ref()));
        table.row(Ink::Plain, [difference.object.to_string(), difference.what.to_string(), from, to]);
    }
    table.write(&mut page, 0);
    if detail == Detail::Full {
        for difference in differences {
            write_definition(&mut page, difference, definitions(difference));
        }
    }
    page.into_text()
}

fn write_definition(page: &mut Page, difference: &Difference, sides: DefinitionSides) {
    let (Some(from), Some(to)) = sides else { return };
    page.gap();
    let diff = unified_diff(&from, &to, &difference.object.to_string(), page.style());
    page.block(0, &diff);
}

/// Returns the same for programs.
pub fn difference_json((from, to): (&Manifest, &Manifest), differences: &[Difference]) -> Value {
    json!({
        "schema": "repoint.history-difference/1",
        "environment": to.environment,
        "from": from.deployment,
        "to": to.deployment,
        "differences": differences.iter().map(change_json).collect::<Vec<_>>(),
    })
}
