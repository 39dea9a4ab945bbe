//! The report as text: who, when, from which commit, what was done, what changed, and where
//! everything pointed afterwards.

use super::{
    super::{
        deployment::{commit, write_actions, write_end, write_functions, write_machines},
        header::fact,
        page::Page,
        style::{Ink, Style},
        table::Table,
        words::duration,
    },
    Changes, Report, side,
};

/// How such a text begins.
pub(super) const BEGINNING: &str = "Deployment deploy-";

/// Returns the report as text.
pub fn report_text(report: &Report<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    let manifest = report.manifest;
    write_head(&mut page, report);
    write_actions(&mut page, &manifest.actions);
    write_changes(&mut page, &report.changes());
    write_functions(&mut page, manifest, |_| true);
    write_machines(&mut page, manifest, |_, _| true);
    page.gap();
    write_end(&mut page, manifest);
    page.into_text()
}

fn write_head(page: &mut Page, report: &Report<'_>) {
    let manifest = report.manifest;
    page.line(&[(Ink::Strong, &format!("Deployment {}", manifest.deployment))]);
    if let Some(project) = &manifest.project {
        fact(page, "project", project.as_str(), "");
    }
    fact(page, "environment", manifest.environment.as_str(), "");
    fact(page, "account", manifest.account.as_str(), "");
    fact(page, "region", manifest.region.as_str(), "");
    fact(page, "who", &manifest.who, "");
    fact(page, "started", &manifest.started.to_string(), "");
    fact(page, "finished", &manifest.finished.to_string(), "");
    fact(page, "took", &duration(report.took()), "");
    fact(page, "commit", &commit(manifest.git.as_ref()), "");
    if let Some(digest) = &manifest.plan_digest {
        fact(page, "plan", digest.as_str(), "");
    }
}

/// A deployment that changed nothing is told by its last line.
fn write_changes(page: &mut Page, changes: &Changes) {
    let remark = changes.remark();
    if remark.is_none() && changes.differences().is_empty() {
        return;
    }
    page.gap();
    let remark = remark.map(|remark| format!("  {remark}")).unwrap_or_default();
    page.flow(&[(Ink::Strong, "Changed")], &[(Ink::Faint, &remark)]);
    write_differences(page, changes);
}

fn write_differences(page: &mut Page, changes: &Changes) {
    let mut table = Table::new(&["", "", "BEFORE", "AFTER"]);
    for difference in changes.differences() {
        let (from, to) =
            (side(difference, difference.from.as_ref()), side(difference, difference.to.as_ref()));
        table.row(Ink::Plain, [difference.object.to_string(), difference.what.to_string(), from, to]);
    }
    if !changes.differences().is_empty() {
        table.write(page, 2);
    }
}
