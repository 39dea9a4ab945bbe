//! Drift as text: what moved since the last apply, what is only pending, and what nobody could see.

use crate::diff::{Drift, DriftItem, DriftVerdict, Moved};

use super::{
    header::{Context, Subject, head},
    page::Page,
    style::{Ink, Style},
    words::{count, listed},
};

/// What to do about drift that an apply can end.
const NEXT: &str = "`repoint plan` shows what an apply would put back; what it leaves alone, it records.";

/// What to do about what is gone as a whole.
const MISSING: &str =
    "What is missing is created by an apply if the TOML declares all that it needs; `repoint plan` says so.";

/// Returns drift as text, grouped by verdict; the last line is the answer.
pub fn drift_text(drift: &Drift, subject: &Subject<'_>, context: &Context<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    head(&mut page, &format!("Drift of {}", subject.project), subject, context);
    for verdict in
        [DriftVerdict::NotCompared, DriftVerdict::Pending, DriftVerdict::InProgress, DriftVerdict::Drifted]
    {
        let items: Vec<&DriftItem> = drift.items.iter().filter(|item| item.verdict == verdict).collect();
        if !items.is_empty() {
            page.gap();
            write_items(&mut page, verdict, &items);
        }
    }
    page.gap();
    let is_drifted = drift.count(DriftVerdict::Drifted) > 0;
    let is_missing = |item: &DriftItem| item.moved == Moved::Missing;
    let drifted = || drift.items.iter().filter(|item| item.verdict == DriftVerdict::Drifted);
    if drifted().any(is_missing) {
        page.line(&[(Ink::Plain, MISSING)]);
    }
    if drifted().any(|item| !is_missing(item)) {
        page.line(&[(Ink::Plain, NEXT)]);
    }
    page.line(&[(if is_drifted { Ink::Alarm } else { Ink::Strong }, &answer(drift))]);
    page.into_text()
}

fn write_items(page: &mut Page, verdict: DriftVerdict, items: &[&DriftItem]) {
    let (title, ink, remark) = match verdict {
        DriftVerdict::Drifted => ("Drifted", Ink::Change, "recorded → live"),
        DriftVerdict::InProgress => ("In progress", Ink::Warning, "still moving; recorded → live"),
        DriftVerdict::Pending => ("Pending", Ink::Faint, "the TOML is ahead of AWS; this is no drift"),
        DriftVerdict::NotCompared => ("Not compared", Ink::Warning, "nobody can tell whether it moved"),
    };
    page.line(&[(Ink::Strong, title), (Ink::Faint, &format!("  {remark}"))]);
    for same in items.chunk_by(|one, two| one.address == two.address) {
        let address = same.first().map(|item| item.address.to_string()).unwrap_or_default();
        page.line(&[(ink, &format!("  {address}"))]);
        for item in same.iter().filter(|_| verdict != DriftVerdict::Pending) {
            page.flow(&[(Ink::Plain, "      ")], &[(Ink::Plain, &item.moved.to_string())]);
        }
    }
}

fn answer(drift: &Drift) -> String {
    let number = |verdict| drift.count(verdict);
    let (drifted, not_compared) = (number(DriftVerdict::Drifted), number(DriftVerdict::NotCompared));
    let in_progress = number(DriftVerdict::InProgress);
    let is_moving = drifted == 0 && not_compared == 0 && in_progress > 0;
    let answer = match (drifted, not_compared, drift.compared) {
        (0, 0, _) if is_moving => {
            let are = if in_progress == 1 { "is" } else { "are" };
            format!("No drift found, but {} {are} still in progress.", count(in_progress, "thing"))
        }
        (0, 0, 1) => "In sync: 1 function or state machine is as recorded.".to_owned(),
        (0, 0, compared) => format!("In sync: {compared} functions and state machines are as recorded."),
        (0, ..) => format!("No drift found, but {} could not be compared.", count(not_compared, "thing")),
        (..) => format!("Drift: {} between recorded and live.", count(drifted, "difference")),
    };
    let asides = [
        (if is_moving { 0 } else { in_progress }, "in progress"),
        (number(DriftVerdict::Pending), "pending"),
        (if drifted > 0 { not_compared } else { 0 }, "not compared"),
        (drift.ignored, "ignored"),
    ];
    let asides: Vec<String> = asides
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    if asides.is_empty() { answer } else { format!("{answer} Besides: {}.", listed(&asides)) }
}
