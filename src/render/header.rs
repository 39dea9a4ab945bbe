//! The head of a report: which project, environment, account and region, and who said so.

use std::fmt;

use jiff::Timestamp;

use crate::{
    model::{Digest, EnvironmentName, Place, ProjectName},
    plan::{Base, Plan},
};

use super::{
    page::Page,
    style::{Ink, visible},
};

/// What a report has beside the value it shows: where the facts came from, and how much to tell.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Who chose the environment, for example `--environment`.
    pub environment_source: &'a str,
    /// Who chose the region, for example `config/repoint.toml`.
    pub region_source: &'a str,
    /// Who named the account, for example `STS GetCallerIdentity`.
    pub account_source: &'a str,
    /// The file that was looked at in place of AWS, if one was.
    pub observed: Option<ObservedIn<'a>>,
    /// The digest of the plan, if the plan is a file or becomes one.
    pub digest: Option<&'a Digest>,
    /// How much to tell.
    pub detail: Detail,
}

/// A file that stands for an account.
#[derive(Debug, Clone, Copy)]
pub struct ObservedIn<'a> {
    /// The path as the user said it.
    pub file: &'a str,
    /// When the account was looked at; nothing for a simulated account, which is what it is.
    pub taken: Option<Timestamp>,
}

impl fmt::Display for ObservedIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.taken {
            Some(taken) => write!(f, "in snapshot {}, taken {taken}", self.file),
            None => write!(f, "in the simulated account of {}", self.file),
        }
    }
}

/// How much a report tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// What changes, and why.
    #[default]
    Normal,
    /// Also the kept versions of unchanged functions.
    Kept,
    /// And what must still be true of each action.
    Full,
}

/// What a report is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// Account, region and partition.
    pub place: &'a Place,
}

impl<'a> From<&'a Plan> for Subject<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self { project: &plan.project, environment: &plan.environment, place: &plan.place }
    }
}

/// Adds the head: a title, then one fact per line.
pub(super) fn head(page: &mut Page, title: &str, subject: &Subject<'_>, context: &Context<'_>) {
    page.line(&[(Ink::Strong, title)]);
    let Subject { project: _, environment, place } = subject;
    fact(page, "environment", environment.as_str(), context.environment_source);
    fact(page, "account", place.account.as_str(), context.account_source);
    fact(page, "region", place.region.as_str(), context.region_source);
    if let Some(observed) = context.observed {
        fact(page, "observed", &observed.to_string(), "");
    }
}

/// Adds one fact; nothing is said of a source that is empty.
pub(super) fn fact(page: &mut Page, name: &str, value: &str, source: &str) {
    let name = format!("  {name:<13}");
    if source.is_empty() {
        return page.line(&[(Ink::Faint, &name), (Ink::Plain, value)]);
    }
    let value = format!("{:<14}", visible(value));
    page.line(&[(Ink::Faint, &name), (Ink::Plain, &value), (Ink::Faint, "from "), (Ink::Faint, source)]);
}

/// Returns the state that a plan was made on, in words.
pub(super) fn base_words(base: Option<&Base>) -> String {
    base.map_or_else(
        || "nothing recorded yet".to_owned(),
        |Base { lineage, serial }| format!("serial {serial}, lineage {lineage}"),
    )
}
