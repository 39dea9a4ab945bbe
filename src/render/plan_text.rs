//! A plan as text for a terminal or a log.

use crate::{
    asl::NEW_VERSION,
    plan::{Plan, Severity, grouped},
};

use super::{
    header::{Context, Subject, base_words, fact, head},
    order::{Order, order},
    outline::{Group, Item, Row, Symbol, key, outline},
    page::Page,
    style::{Ink, Style},
    summary::{blocked_line, summary_line},
    words::{address_list, count},
};

/// What a reader needs who has never seen a plan.
const LEGEND: &str = "+ create   ~ change   - delete   = keep   new: the version that this plan publishes";

/// Returns the plan as text: where it applies, what changes and why, in which order, what else
/// there is to know, and last what it comes to.
pub fn plan_text(plan: &Plan, context: &Context<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    head(&mut page, &format!("Plan for {}", plan.project), &Subject::from(plan), context);
    fact(&mut page, "state", &base_words(plan.base.as_ref()), "");
    if let Some(digest) = context.digest {
        fact(&mut page, "digest", digest.as_str(), "");
    }
    if !plan.is_empty() {
        page.gap();
        page.line(&[(Ink::Faint, LEGEND)]);
    }
    for group in outline(plan, context.detail) {
        page.gap();
        write_group(&mut page, &group);
    }
    if plan.actions.len() > 1 {
        page.gap();
        write_order(&mut page, &order(plan));
    }
    if !plan.findings.is_empty() {
        page.gap();
        write_findings(&mut page, plan);
    }
    page.gap();
    page.line(&[(Ink::Strong, &summary_line(plan))]);
    if let Some(line) = blocked_line(plan) {
        page.line(&[(Ink::Alarm, &line)]);
    }
    page.into_text()
}

fn write_group(page: &mut Page, group: &Group) {
    page.line(&[(Ink::Strong, &group.object.to_string()), (Ink::Faint, &format!("  {}", group.name))]);
    let short = |item: &&Item| item.title.chars().count() <= LONGEST_TITLE;
    let width = group.items.iter().filter(short).map(|item| item.title.chars().count()).max().unwrap_or(0);
    for item in &group.items {
        write_item(page, item, width, key(&group.object));
    }
    if group.kept.is_empty() {
        return;
    }
    let number: usize = group.kept.iter().map(|kept| kept.number).sum();
    let title = format!("{} kept", count(number, "version"));
    page.line(&[(Symbol::Keep.ink(), &format!("  {} {title}", Symbol::Keep))]);
    let rows: Vec<Row> = group
        .kept
        .iter()
        .map(|kept| Row { name: kept.versions.clone(), value: kept.reasons.clone() })
        .collect();
    write_rows(page, 6, &rows, Ink::Faint);
}

/// A title that is longer does not push the others to the right.
const LONGEST_TITLE: usize = 24;

fn write_item(page: &mut Page, item: &Item, width: usize, machine: &str) {
    let ink = item.symbol.ink();
    let lead = format!("  {} {:<width$}", item.symbol, item.title);
    let reason = match (item.change.is_empty(), item.reason.is_empty()) {
        (_, true) => String::new(),
        (true, false) => item.reason.clone(),
        (false, false) => format!(" ({})", item.reason),
    };
    page.flow(&[(ink, &lead), (Ink::Plain, "  ")], &[(Ink::Plain, &item.change), (Ink::Faint, &reason)]);
    write_rows(page, 6, &item.rows, Ink::Plain);
    write_rows(page, 6, &item.states, Ink::Plain);
    if !item.references.is_empty() {
        let has_new = item.references.iter().any(|row| row.value.contains(NEW_VERSION));
        let legend = if has_new { "; $NEW is the version that this plan publishes" } else { "" };
        let head = format!("      references, as the file has them → as they are sent{legend}");
        page.line(&[(Ink::Faint, &head)]);
        write_rows(page, 8, &item.references, Ink::Plain);
    }
    if let Some(sides) = &item.sides {
        if sides.is_laid_out {
            page.line(&[(
                Ink::Faint,
                "      both sides laid out alike, keys sorted; AWS has another layout than the file",
            )]);
        }
        page.block(6, &sides.diff(machine, page.style()));
    }
}

fn write_rows(page: &mut Page, indent: usize, rows: &[Row], ink: Ink) {
    let width = rows.iter().map(|row| row.name.chars().count()).filter(|width| *width <= LONGEST_TITLE);
    let width = width.max().unwrap_or(0);
    for row in rows {
        let lead = format!("{:indent$}{:<width$}  ", "", row.name);
        page.flow(&[(ink, &lead)], &[(ink, &row.value)]);
    }
}

fn write_order(page: &mut Page, order: &Order) {
    page.line(&[(Ink::Strong, "Order"), (Ink::Faint, "  what fails stops only what waits for it")]);
    for (at, (phase, number)) in order.phases.iter().enumerate() {
        page.line(&[(Ink::Plain, &format!("  {}. {:<19}{number}", at + 1, phase.to_string()))]);
    }
    for (who, chain) in &order.steps {
        page.flow(&[(Ink::Plain, "     ")], &[(Ink::Plain, &format!("{who}: {chain}"))]);
    }
    for wait in order.waits.iter().chain(&order.groups) {
        page.flow(&[(Ink::Plain, "     ")], &[(Ink::Plain, wait)]);
    }
}

fn write_findings(page: &mut Page, plan: &Plan) {
    page.line(&[(Ink::Strong, "Findings")]);
    for (finding, addresses) in grouped(&plan.findings) {
        let (word, ink) = match finding.severity {
            Severity::Blocking => ("blocking", Ink::Alarm),
            Severity::Warning => ("warning", Ink::Warning),
            Severity::Note => ("note", Ink::Faint),
        };
        let address = address_list(&addresses);
        page.flow(
            &[(Ink::Plain, "  "), (ink, &format!("{word:<8}")), (Ink::Plain, "  ")],
            &[(Ink::Strong, &address), (Ink::Plain, ": "), (Ink::Plain, &finding.message)],
        );
        if let Some(help) = &finding.help {
            page.line(&[(Ink::Faint, "            help: "), (Ink::Paste, help)]);
        }
    }
}
