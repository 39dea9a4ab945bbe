//! Findings: what a plan has to say beside its actions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Address;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The plan cannot be applied.
    Blocking,
    /// The plan can be applied, and somebody should look.
    Warning,
    /// Worth knowing.
    Note,
}

/// Something that a reviewer should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// What it is about.
    pub address: Address,
    /// What was found.
    pub message: String,
    /// What to do: a command or a line of TOML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// Findings that say the same of several things: the words once, and every address.
pub fn grouped(findings: &[Finding]) -> Vec<(&Finding, Vec<&Address>)> {
    let mut groups: Vec<(&Finding, Vec<&Address>)> = Vec::new();
    let mut places: BTreeMap<(Severity, &str, Option<&str>), usize> = BTreeMap::new();
    for finding in findings {
        let words = (finding.severity, finding.message.as_str(), finding.help.as_deref());
        let place = *places.entry(words).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, addresses)) => addresses.push(&finding.address),
            None => groups.push((finding, vec![&finding.address])),
        }
    }
    groups
}

impl Finding {
    /// Makes a finding that stops the plan.
    pub fn blocking(address: Address, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Blocking, address, message: message.into(), help: Some(help.into()) }
    }

    /// Makes a finding that somebody should look at.
    pub fn warning(address: Address, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, address, message: message.into(), help: Some(help.into()) }
    }

    /// Makes a finding that is worth knowing.
    pub fn note(address: Address, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, address, message: message.into(), help: None }
    }
}
