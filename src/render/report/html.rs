//! The report as one HTML page: what stands in `templates/report.html`. This file is the only door to
//! `askama`, which escapes whatever it is given.

use askama::Template;

use crate::{
    model::Object,
    store::{DeploymentOutcome, Manifest, ManifestAction, ManifestFunction, ManifestMachine},
};

use super::{
    super::{
        deployment::{alias_words, commit, how_to_go_on, numbers, version_words},
        event::{deployment_word, outcome_detail, outcome_word},
        style::visible,
        words::duration,
    },
    Report,
    graph::{Box, Drawing, drawing},
    side,
    timeline::{Timeline, class_of, timeline},
};

/// What tells such a page from any other.
pub(super) const MARK: &str = "<meta name=\"generator\" content=\"repoint deployment report\">";

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage<'a> {
    manifest: &'a Manifest,
    word: &'static str,
    numbers: String,
    how_to_go_on: Vec<Words>,
    facts: Vec<(&'static str, String)>,
    remark: Option<String>,
    changes: Vec<ChangeRow>,
    timeline: Option<Timeline>,
    graph: Option<Drawing>,
    actions: Vec<ActionRow>,
    layout: Vec<LayoutRow>,
}

struct ChangeRow {
    object: String,
    what: String,
    from: String,
    to: String,
}

struct ActionRow {
    class: String,
    word: &'static str,
    address: String,
    summary: String,
    detail: Vec<Words>,
    took: String,
}

/// A piece of a sentence, which is code where it stood between backticks.
struct Words {
    is_code: bool,
    text: String,
}

struct LayoutRow {
    object: String,
    name: String,
    version: String,
    aliases: String,
}

/// Returns the report as one HTML page that needs no other file.
pub fn report_html(report: &Report<'_>) -> String {
    let manifest = report.manifest;
    let changes = report.changes();
    let is_complete = manifest.outcome == DeploymentOutcome::Completed;
    let rows = changes.differences().iter().map(|difference| ChangeRow {
        object: visible(&difference.object.to_string()),
        what: visible(&difference.what.to_string()),
        from: visible(&side(difference, difference.from.as_ref())),
        to: visible(&side(difference, difference.to.as_ref())),
    });
    let page = ReportPage {
        manifest,
        word: deployment_word(manifest.outcome),
        numbers: numbers(&manifest.actions),
        how_to_go_on: if is_complete { Vec::new() } else { words(&how_to_go_on(manifest)) },
        facts: facts(report),
        remark: changes.remark(),
        changes: rows.collect(),
        timeline: timeline(manifest),
        graph: drawing(&manifest.actions),
        actions: manifest.actions.iter().map(action_row).collect(),
        layout: layout(manifest),
    };
    page.render().expect("a page writes only to memory") + "\n"
}

fn facts(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let manifest = report.manifest;
    let project = manifest.project.as_ref().map(|project| ("project", project.to_string()));
    let plan = manifest.plan_digest.as_ref().map(|digest| ("plan", digest.to_string()));
    let rest = [
        ("environment", manifest.environment.to_string()),
        ("account", manifest.account.to_string()),
        ("region", manifest.region.to_string()),
        ("who", visible(&manifest.who)),
        ("started", manifest.started.to_string()),
        ("took", duration(report.took())),
        ("commit", visible(&commit(manifest.git.as_ref()))),
    ];
    project.into_iter().chain(rest).chain(plan).collect()
}

fn action_row(action: &ManifestAction) -> ActionRow {
    let ManifestAction { address, summary, began, ended, after: _, outcome } = action;
    let took = began.zip(*ended).map(|(began, ended)| duration(ended.duration_since(began)));
    ActionRow {
        class: class_of(outcome_word(outcome)),
        word: outcome_word(outcome),
        address: address.to_string(),
        summary: visible(summary),
        detail: outcome_detail(outcome).map(|detail| words(&detail)).unwrap_or_default(),
        took: took.unwrap_or_default(),
    }
}

fn words(sentence: &str) -> Vec<Words> {
    let sentence = visible(sentence);
    let parts = sentence.split('`').enumerate();
    parts.map(|(at, part)| Words { is_code: !at.is_multiple_of(2), text: part.to_owned() }).collect()
}

fn layout(manifest: &Manifest) -> Vec<LayoutRow> {
    let functions = manifest.functions.iter().map(|(id, function)| {
        let ManifestFunction { name, version, aliases } = function;
        LayoutRow {
            object: Object::Function(id.clone()).to_string(),
            name: name.to_string(),
            version: version_words(*version),
            aliases: alias_words(aliases),
        }
    });
    let machines = manifest.machines.iter().map(|(id, machine)| {
        let ManifestMachine { name, definition, version, aliases } = machine;
        LayoutRow {
            object: Object::Machine(id.clone()).to_string(),
            name: format!("{name}, definition {}", definition.short()),
            version: version_words(*version),
            aliases: alias_words(aliases),
        }
    });
    functions.chain(machines).collect()
}
