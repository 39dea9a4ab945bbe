//! The report of a deployment, in four forms: text, Markdown, JSON and one HTML page.
//!
//! All are made of one [`Report`], so that they cannot tell different things. The HTML page is one
//! file: it loads nothing, runs nothing, and draws time and order itself. Its words are in
//! `templates/report.html`; this folder computes what stands in it.

mod graph;
mod html;
mod json;
mod markdown;
mod text;
mod timeline;

use jiff::SignedDuration;

use crate::store::{DeploymentId, Difference, Layout, Manifest, differences};

pub use html::report_html;
pub(super) use json::change_json;
pub use json::report_json;
pub use markdown::report_markdown;
pub use text::report_text;

/// A deployment with what it changed.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The deployment.
    pub manifest: &'a Manifest,
    /// The deployment before it, for one whose own manifest does not say how things were.
    pub previous: Option<&'a Manifest>,
}

/// What a deployment changed, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// The manifest says how things were.
    Recorded(Vec<Difference>),
    /// Against the deployment before it; what others did in between is among it.
    Since(DeploymentId, Vec<Difference>),
    /// There is nothing to compare with.
    Unknown,
}

impl Changes {
    /// Returns what is known to differ.
    pub fn differences(&self) -> &[Difference] {
        match self {
            Self::Recorded(differences) | Self::Since(_, differences) => differences,
            Self::Unknown => &[],
        }
    }

    /// Returns what a reader must know before believing it; nothing where there is no more to say.
    fn remark(&self) -> Option<String> {
        match self {
            Self::Recorded(_) => None,
            Self::Since(id, _) => Some(format!(
                "against {id}: this manifest does not say how things were, so what others did in between is among it"
            )),
            Self::Unknown => {
                Some("not known: neither this manifest nor one before it says how things were".to_owned())
            }
        }
    }
}

impl Report<'_> {
    /// Returns what the deployment changed.
    pub fn changes(&self) -> Changes {
        if let Some(changes) = self.manifest.changes() {
            return Changes::Recorded(changes);
        }
        let Some(previous) = self.previous else { return Changes::Unknown };
        let (from, to): (Layout, Layout) = (previous.layout(), self.manifest.layout());
        Changes::Since(previous.deployment.clone(), differences(&from, &to))
    }

    /// Returns how long it took, a pause before a resumption included.
    pub fn took(&self) -> SignedDuration {
        self.manifest.finished.duration_since(self.manifest.started)
    }
}

/// Returns a side of a difference for people: digests shortened, and a dash where there was nothing.
pub(super) fn side(difference: &Difference, value: Option<&String>) -> String {
    use crate::store::Compared;
    match (&difference.what, value) {
        (_, None) => "–".to_owned(),
        (Compared::Definition, Some(digest)) => digest.get(..8).unwrap_or(digest).to_owned(),
        (Compared::Name | Compared::Version | Compared::Alias(_), Some(value)) => value.clone(),
    }
}

/// Tells whether a text is a report in one of its forms, which a newer one may replace.
pub fn is_report(text: &str) -> bool {
    let head = text.lines().next().unwrap_or_default();
    let is_json = || {
        let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
        value.is_some_and(|value| value["schema"] == json::SCHEMA)
    };
    head.starts_with(text::BEGINNING)
        || head.starts_with(markdown::BEGINNING)
        || text.contains(html::MARK)
        || is_json()
}
