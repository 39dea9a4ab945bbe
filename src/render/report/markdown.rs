//! The report as Markdown, for a pull request, a release or a chat.

use std::fmt::Write as _;

use crate::store::{ManifestAction, ManifestFunction, ManifestMachine};

use super::{
    super::{
        deployment::{alias_words, commit, end_words, version_words},
        event::{outcome_detail, outcome_word},
        graph::deployment_mermaid,
        markup::{cell, code},
        words::duration,
    },
    Report, side,
};

/// How such a text begins.
pub(super) const BEGINNING: &str = "# Deployment `deploy-";

/// Returns the report as Markdown.
pub fn report_markdown(report: &Report<'_>) -> String {
    let manifest = report.manifest;
    let mut text =
        format!("# Deployment `{}`\n\n**{}**\n\n", manifest.deployment, cell(&end_words(manifest)));
    text.push_str(&facts(report));
    text.push_str(&changes(report));
    if !manifest.actions.is_empty() {
        text.push_str(&actions(&manifest.actions));
    }
    if manifest.actions.iter().any(|action| !action.after.is_empty()) {
        let graph = deployment_mermaid(&manifest.actions);
        add(
            &mut text,
            format_args!(
                "<details>\n<summary><b>Order</b></summary>\n\n```mermaid\n{graph}```\n\n</details>\n\n"
            ),
        );
    }
    text.push_str(&layout(report));
    let end = text.trim_end().len();
    text.truncate(end);
    text.push('\n');
    text
}

fn add(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string cannot fail");
}

fn facts(report: &Report<'_>) -> String {
    let manifest = report.manifest;
    let facts = [
        ("environment", code(manifest.environment.as_str())),
        ("account", code(manifest.account.as_str())),
        ("region", code(manifest.region.as_str())),
        ("who", cell(&manifest.who)),
        ("started", manifest.started.to_string()),
        ("finished", manifest.finished.to_string()),
        ("took", duration(report.took())),
        ("commit", cell(&commit(manifest.git.as_ref()))),
        ("plan", manifest.plan_digest.as_ref().map_or("–".to_owned(), |digest| code(digest.as_str()))),
    ];
    let mut text = "| | |\n|---|---|\n".to_owned();
    for (name, value) in facts {
        add(&mut text, format_args!("| {name} | {value} |\n"));
    }
    text.push('\n');
    text
}

fn changes(report: &Report<'_>) -> String {
    let changes = report.changes();
    let mut text = "## What changed\n\n".to_owned();
    if let Some(remark) = changes.remark() {
        add(&mut text, format_args!("{}\n\n", cell(&remark)));
    } else if changes.differences().is_empty() {
        text.push_str("Nothing.\n\n");
    }
    if changes.differences().is_empty() {
        return text;
    }
    text.push_str("| | | before | after |\n|---|---|---|---|\n");
    for difference in changes.differences() {
        let [from, to] =
            [&difference.from, &difference.to].map(|value| cell(&side(difference, value.as_ref())));
        let object = code(&difference.object.to_string());
        add(
            &mut text,
            format_args!("| {object} | {} | {from} | {to} |\n", cell(&difference.what.to_string())),
        );
    }
    text.push('\n');
    text
}

fn actions(actions: &[ManifestAction]) -> String {
    let mut text = "## What was done\n\n| outcome | address | what | took |\n|---|---|---|---|\n".to_owned();
    for action in actions {
        let ManifestAction { address, summary, began, ended, after: _, outcome } = action;
        let detail = outcome_detail(outcome).map(|detail| format!(": {detail}")).unwrap_or_default();
        let took = began.zip(*ended).map(|(began, ended)| duration(ended.duration_since(began)));
        add(
            &mut text,
            format_args!(
                "| {} | {} | {} | {} |\n",
                outcome_word(outcome),
                code(&address.to_string()),
                cell(&format!("{summary}{detail}")),
                took.unwrap_or_default(),
            ),
        );
    }
    text.push('\n');
    text
}

fn layout(report: &Report<'_>) -> String {
    let manifest = report.manifest;
    let mut text = "## Where everything points now\n\n| | version | aliases |\n|---|---|---|\n".to_owned();
    for (id, function) in &manifest.functions {
        let ManifestFunction { name: _, version, aliases } = function;
        let (version, aliases) = (version_words(*version), cell(&alias_words(aliases)));
        add(&mut text, format_args!("| {} | {version} | {aliases} |\n", code(&format!("functions.{id}"))));
    }
    for (id, machine) in &manifest.machines {
        let ManifestMachine { name: _, definition, version, aliases } = machine;
        let (version, aliases) = (version_words(*version), cell(&alias_words(aliases)));
        let (id, definition) = (code(&format!("state_machines.{id}")), definition.short());
        add(&mut text, format_args!("| {id} (definition {definition}) | {version} | {aliases} |\n"));
    }
    text
}
