//! A plan as Markdown for a pull request: the same digest as the file beside it, and nothing that
//! differs by machine, user or time.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::{
    diff::KeptVersion,
    model::{FunctionId, Object},
    plan::{Finding, Plan, PlanFile, Severity, grouped},
};

use super::{
    header::{Detail, base_words},
    markup::{cell, code, escaped, fence, inline},
    order::{group_lines, order},
    outline::{Group, Item, Row, Symbol, key, outline, required},
    rehearsal::Rehearsal,
    style::Style,
    summary::{blocked_line, summary_line},
    words::count,
};

/// Returns the plan as Markdown: what it comes to, what stops it, then each function and machine
/// folded, the order, and what is checked again at apply; and that it was rehearsed, if it was.
pub fn plan_markdown(file: &PlanFile, rehearsal: Option<&Rehearsal>) -> String {
    let PlanFile { digest, plan } = file;
    let mut text = format!("# Plan for {}, environment {}\n\n", plan.project, plan.environment);
    add(&mut text, &format!("**{}**", summary_line(plan)));
    if let Some(line) = blocked_line(plan) {
        add(&mut text, &format!("**{line}**"));
    }
    add(&mut text, &facts(file));
    if let Some(rehearsal) = rehearsal {
        let summary = rehearsal.summary();
        add(&mut text, &format!("**Rehearsed** on a copy of the account: {summary}. {}", rehearsal.proven()));
    }
    findings(&mut text, plan, "Findings", |finding| finding.severity != Severity::Note);
    if !plan.is_empty() {
        add(&mut text, "## Changes");
        add(
            &mut text,
            "`+` create, `~` change, `-` delete, `=` keep. `new` is the version that this plan publishes; AWS gives it its number.",
        );
    }
    for group in outline(plan, Detail::Normal) {
        add(&mut text, &group_section(&group));
    }
    for line in group_lines(plan) {
        add(&mut text, &format!("**Together**: {}.", inline(&line)));
    }
    if plan.actions.len() > 1 {
        add(&mut text, &order_section(plan));
    }
    if !plan.is_empty() {
        add(&mut text, &preconditions(plan));
    }
    findings(&mut text, plan, "Notes", |finding| finding.severity == Severity::Note);
    unchanged_kept(&mut text, plan);
    if !plan.is_empty() {
        add(&mut text, &format!("Apply exactly this: `repoint apply FILE --digest {digest}`"));
    }
    let end = text.trim_end().len();
    text.truncate(end);
    text.push('\n');
    text
}

/// Tells whether a text is such a page.
pub fn is_plan_page(text: &str) -> bool {
    let head = text.lines().next().unwrap_or_default();
    head.starts_with("# Plan for ") && head.contains(", environment ") && text.contains("\nDigest: `")
}

/// Adds a paragraph.
fn add(text: &mut String, paragraph: &str) {
    text.push_str(paragraph);
    text.push_str("\n\n");
}

fn facts(file: &PlanFile) -> String {
    let PlanFile { digest, plan } = file;
    format!(
        "| environment | account | region | state |\n|---|---|---|---|\n| `{}` | `{}` | `{}` | {} |\n\nDigest: `{digest}`",
        plan.environment,
        plan.place.account,
        plan.place.region,
        cell(&base_words(plan.base.as_ref())),
    )
}

fn findings(text: &mut String, plan: &Plan, title: &str, is_wanted: impl Fn(&&Finding) -> bool) {
    let found: Vec<&Finding> = plan.findings.iter().filter(is_wanted).collect();
    if found.is_empty() {
        return;
    }
    add(text, &format!("## {title}"));
    let found: Vec<Finding> = found.into_iter().cloned().collect();
    for (Finding { severity, message, help, address: _ }, addresses) in grouped(&found) {
        let word = match severity {
            Severity::Blocking => "**blocking** ",
            Severity::Warning => "**warning** ",
            Severity::Note => "",
        };
        let addresses: Vec<String> = addresses.iter().map(|address| format!("`{address}`")).collect();
        writeln!(text, "- {word}{}: {}", addresses.join(", "), inline(message))
            .expect("writing to a string cannot fail");
        if let Some(help) = help {
            writeln!(text, "  - help: {}", inline(help)).expect("writing to a string cannot fail");
        }
    }
    text.push('\n');
}

fn group_section(group: &Group) -> String {
    let titles: Vec<String> = group.items.iter().map(title).collect();
    let mut text = format!(
        "<details>\n<summary><b>{}</b> ({}): {}</summary>\n\n",
        group.object,
        group.name,
        titles.join(", ")
    );
    text.push_str("| | what | change | why |\n|---|---|---|---|\n");
    for item in &group.items {
        text.push_str(&item_row(item));
    }
    for kept in &group.kept {
        writeln!(
            text,
            "| `{}` | {} | kept | {} |",
            Symbol::Keep,
            version_words(kept.number, &kept.versions),
            cell(&kept.reasons)
        )
        .expect("writing to a string cannot fail");
    }
    for item in &group.items {
        text.push_str(&definition_section(item, key(&group.object)));
    }
    text.push_str("\n</details>");
    text
}

/// What a reader sees without unfolding: what happens, and where each alias goes.
fn title(item: &Item) -> String {
    let change = if item.title.starts_with("alias ") { format!(" {}", item.change) } else { String::new() };
    format!("<code>{}</code> {}{}", item.symbol, item.title, escaped(&change))
}

fn version_words(number: usize, versions: &str) -> String {
    let noun = if number == 1 { "version" } else { "versions" };
    if versions == "new" { "new version".to_owned() } else { format!("{noun} {versions}") }
}

fn item_row(item: &Item) -> String {
    let rows = item.rows.iter().map(|row| {
        let Row { name, value } = row;
        format!("{name}: {}", code(value))
    });
    let change = (!item.change.is_empty()).then(|| cell(&item.change));
    let below = item.sides.is_some().then(|| "see the difference below".to_owned());
    let change: Vec<String> = change.into_iter().chain(rows).chain(below).collect();
    format!(
        "| `{}` | {} | {} | {} |\n",
        item.symbol,
        cell(&item.title),
        change.join("<br>"),
        cell(&item.reason)
    )
}

fn definition_section(item: &Item, machine: &str) -> String {
    let mut text = String::new();
    if !item.states.is_empty() {
        text.push_str("\n| state | what differs |\n|---|---|\n");
        for Row { name, value } in &item.states {
            writeln!(text, "| {} | {} |", code(name), code(value)).expect("writing to a string cannot fail");
        }
    }
    if !item.references.is_empty() {
        text.push_str("\n| state | the file calls → what is sent |\n|---|---|\n");
        for Row { name, value } in &item.references {
            writeln!(text, "| {} | {} |", code(name), code(value)).expect("writing to a string cannot fail");
        }
    }
    let Some(sides) = &item.sides else { return text };
    if sides.is_laid_out {
        text.push_str("\nBoth sides are laid out alike, with their keys sorted: AWS has another layout than the file.\n");
    }
    let diff = sides.diff(machine, Style::plain(usize::MAX));
    let fence = fence(&diff);
    writeln!(text, "\n{fence}diff\n{diff}{fence}").expect("writing to a string cannot fail");
    text
}

fn order_section(plan: &Plan) -> String {
    let order = order(plan);
    let mut text =
        "<details>\n<summary><b>Order</b>: what fails stops only what waits for it</summary>\n\n".to_owned();
    for (at, (phase, number)) in order.phases.iter().enumerate() {
        writeln!(text, "{}. {phase}: {number}", at + 1).expect("writing to a string cannot fail");
    }
    text.push('\n');
    for (who, chain) in &order.steps {
        writeln!(text, "- {who}: {chain}").expect("writing to a string cannot fail");
    }
    for wait in &order.waits {
        writeln!(text, "- {wait}").expect("writing to a string cannot fail");
    }
    text.push_str("\n</details>");
    text
}

fn preconditions(plan: &Plan) -> String {
    let mut text = "<details>\n<summary><b>Checked again at apply</b>: if anything here moved, nothing is sent</summary>\n\n".to_owned();
    for action in &plan.actions {
        writeln!(text, "- `{}`: {}", action.address, inline(&required(&action.precondition)))
            .expect("writing to a string cannot fail");
    }
    text.push_str("\n</details>");
    text
}

/// Says of the functions without an action how many versions stay; their reasons are in the file.
fn unchanged_kept(text: &mut String, plan: &Plan) {
    let touched: BTreeSet<&Object> = plan.actions.iter().map(|action| &action.address.object).collect();
    let is_touched = |id: &FunctionId| touched.contains(&Object::Function(id.clone()));
    let kept: Vec<&Vec<KeptVersion>> =
        plan.kept.iter().filter(|(id, _)| !is_touched(id)).map(|(_, kept)| kept).collect();
    let versions: usize = kept.iter().map(|kept| kept.len()).sum();
    if versions > 0 {
        add(
            text,
            &format!(
                "{} of {} stay too.",
                count(versions, "version"),
                count(kept.len(), "unchanged function")
            ),
        );
    }
}
