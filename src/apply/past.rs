//! What an interrupted run tells the run that goes on with it.
//!
//! The journal vouches for what was announced and for what was answered, and for nothing else: an
//! announced action without an answer is in doubt until the next run finds the world as it wanted,
//! or does it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    model::{Address, Digest, Object, RevisionId, VersionNumber},
    plan::Plan,
    store::{GroupTurn, Interrupted, JournalEntry, ManifestAction, Outcome},
};

use super::preflight::is_of_latest;

/// Returns what an interrupted run worked on: everything that it announced.
pub(super) fn worked_on(interrupted: &Interrupted) -> BTreeSet<Address> {
    let address = |entry: &JournalEntry| match entry {
        JournalEntry::Intent { address, .. } => Some(address.clone()),
        JournalEntry::Started(_)
        | JournalEntry::Outcome { .. }
        | JournalEntry::Resumed { .. }
        | JournalEntry::Interrupted { .. } => None,
    };
    interrupted.entries.iter().filter_map(address).collect()
}

/// Where the interrupted runs of a deployment left `$LATEST` of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Our last update ended, and left this revision.
    Revision(RevisionId),
    /// An update of ours was announced, and nobody saw its end.
    Doubt,
}

/// What the interrupted runs of a deployment did, for a plan that took part in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OwnPast {
    /// Everything that they announced.
    pub(super) announced: BTreeSet<Address>,
    /// Where they left the functions whose `$LATEST` they changed.
    pub(super) left: BTreeMap<Object, Left>,
}

/// Returns what the interrupted runs did that may vouch for this plan. A plan that took no part was
/// made later, with the revisions of its own time, so that nothing before vouches for it.
pub(super) fn own_past(interrupted: &Interrupted, plan: &Digest) -> OwnPast {
    let is_resumed_with = |entry: &JournalEntry| matches!(entry, JournalEntry::Resumed { plan_digest, .. } if plan_digest == plan);
    let mut own = OwnPast::default();
    if interrupted.first_plan != *plan && !interrupted.entries.iter().any(is_resumed_with) {
        return own;
    }
    let mut before: BTreeMap<&Address, Option<Left>> = BTreeMap::new();
    for entry in &interrupted.entries {
        match entry {
            JournalEntry::Intent { address, .. } => {
                own.announced.insert(address.clone());
                if is_of_latest(&address.part) {
                    let known = own.left.insert(address.object.clone(), Left::Doubt);
                    before.insert(address, known);
                }
            }
            JournalEntry::Outcome { address, revision: Some(revision), .. } => {
                own.left.insert(address.object.clone(), Left::Revision(revision.clone()));
            }
            JournalEntry::Outcome {
                address,
                outcome: Outcome::Failed { .. } | Outcome::Moved { .. } | Outcome::AlreadyDone,
                revision: None,
                ..
            } => {
                // An update that changed nothing leaves the function where it was before.
                match before.remove(address) {
                    Some(Some(known)) => drop(own.left.insert(address.object.clone(), known)),
                    Some(None) => drop(own.left.remove(&address.object)),
                    None => {}
                }
            }
            // What a later run finds done was done by the run that announced it, so the doubt stays.
            JournalEntry::Resumed { .. } => before.clear(),
            JournalEntry::Started(_) | JournalEntry::Outcome { .. } | JournalEntry::Interrupted { .. } => {}
        }
    }
    own
}

/// Returns what the interrupted run did, in order; what it had under way is in doubt.
pub(super) fn past_outcomes(interrupted: &Interrupted) -> Vec<ManifestAction> {
    let mut intents: BTreeMap<&Address, (&str, Timestamp)> = BTreeMap::new();
    let mut past = Vec::new();
    let told = |address: &Address, intent: Option<&(&str, Timestamp)>, ended, outcome| ManifestAction {
        address: address.clone(),
        summary: intent.map(|(summary, _)| *summary).unwrap_or_default().to_owned(),
        began: intent.map(|(_, began)| *began),
        ended,
        after: BTreeSet::new(),
        outcome,
    };
    for entry in &interrupted.entries {
        match entry {
            // The way back belongs to the move that it takes back.
            JournalEntry::Intent { turn: Some(GroupTurn { is_back: true, .. }), .. } => {}
            JournalEntry::Intent { address, summary, at, turn: _ } => {
                intents.insert(address, (summary, *at));
            }
            JournalEntry::Outcome {
                address,
                at,
                outcome: outcome @ (Outcome::Done { .. } | Outcome::Protected { .. }),
                ..
            } => past.push(told(address, intents.get(address), Some(*at), outcome.clone())),
            // It tells of the same action how it ended in the end.
            JournalEntry::Outcome {
                address,
                at,
                outcome: outcome @ (Outcome::MovedBack { .. } | Outcome::NotMovedBack { .. }),
                ..
            } => {
                past.retain(|before| before.address != *address);
                past.push(told(address, intents.get(address), Some(*at), outcome.clone()));
            }
            JournalEntry::Started(_)
            | JournalEntry::Outcome { .. }
            | JournalEntry::Resumed { .. }
            | JournalEntry::Interrupted { .. } => {}
        }
    }
    for address in interrupted.open_addresses() {
        let why = "the run was interrupted while AWS was working on it".to_owned();
        past.push(told(&address, intents.get(&address), None, Outcome::Unknown { why }));
    }
    past
}

/// Adds what waited for what in an earlier run: a plan that goes on with it waits for nothing that is
/// done already.
pub(super) fn with_edges(actions: &mut [ManifestAction], earlier: &[ManifestAction]) {
    let edges: BTreeMap<&Address, &BTreeSet<Address>> =
        earlier.iter().map(|action| (&action.address, &action.after)).collect();
    for action in actions {
        if let Some(after) = edges.get(&action.address) {
            action.after.extend(after.iter().cloned());
        }
    }
}

/// Returns what the runs of a deployment did together, by address and in order. What this run
/// found done was done by the run before, if that one had it under way or did it; so was what the
/// run before had under way and no plan asks for any more.
pub(super) fn joined(
    past: &[ManifestAction],
    now: &BTreeMap<Address, ManifestAction>,
    plan: &Plan,
    published: &BTreeMap<Address, VersionNumber>,
) -> Vec<ManifestAction> {
    let planned = plan.by_address();
    let mut all: BTreeMap<&Address, Vec<ManifestAction>> = BTreeMap::new();
    for before in past {
        let address = &before.address;
        let found = now.get(address).map(|action| &action.outcome);
        let outcome = match (&before.outcome, found) {
            (Outcome::Unknown { .. }, Some(Outcome::AlreadyDone)) => {
                was_done(published.get(address), "done by the run that was interrupted")
            }
            (Outcome::Unknown { .. }, None) if !planned.contains_key(address) => {
                was_done(None, "the run was interrupted at it, and nothing of it is left to do")
            }
            (Outcome::Unknown { .. }, Some(found)) if !matches!(found, Outcome::NotBegun) => continue,
            // How it ended in the end is told by the run that saw it.
            (_, Some(Outcome::MovedBack { .. } | Outcome::NotMovedBack { .. })) => continue,
            (Outcome::MovedBack { .. } | Outcome::NotMovedBack { .. }, Some(found))
                if found.is_ours() || *found == Outcome::AlreadyDone =>
            {
                continue;
            }
            (outcome, _) => outcome.clone(),
        };
        let after = planned.get(address).map(|action| action.after.clone()).unwrap_or_default();
        all.entry(address).or_default().push(ManifestAction { after, outcome, ..before.clone() });
    }
    for (address, action) in now {
        let told = all.entry(address).or_default();
        let is_said = matches!(action.outcome, Outcome::AlreadyDone | Outcome::NotBegun) && !told.is_empty();
        if !is_said {
            told.push(action.clone());
        }
    }
    all.into_values().flatten().collect()
}

fn was_done(version: Option<&VersionNumber>, how: &str) -> Outcome {
    Outcome::Done { detail: Some(how.to_owned()), version: version.copied() }
}
