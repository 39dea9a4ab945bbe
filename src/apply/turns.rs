//! The moves of groups that may have to be taken back.
//!
//! The journal is the memory: it says of each move of a group where the alias was before, so a run knows
//! what it did itself and what the interrupted runs before it did, and both are taken back alike.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    model::{
        Address, AliasName, AliasTarget, Desired, FunctionId, GroupName, Live, LiveAlias, Object, Part,
        Recorded, Routing, VersionNumber,
    },
    plan::{Action, Groups, Operation},
    store::{GroupTurn, Interrupted, JournalEntry, Outcome},
};

/// An alias that we moved, as far as anybody knows, and that belongs to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) group: GroupName,
    /// Where it was before the first of our moves; nothing if we created it.
    pub(super) from: Option<Routing>,
    /// Where the last of them sent it.
    pub(super) to: Routing,
}

/// All of them, in the order in which they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Turns {
    moved: Vec<(Address, Turn)>,
    /// What was known of an alias before the move that is under way.
    before: BTreeMap<Address, Option<Turn>>,
    /// Where an alias was sent by a run that was interrupted, before a later one sent it elsewhere.
    given_up: Vec<(Address, Routing)>,
}

impl Turns {
    /// Follows the journal.
    pub(super) fn see(&mut self, entry: &JournalEntry) {
        match entry {
            // On the way back it stays what it is until it is there.
            JournalEntry::Intent { address, turn: Some(turn), .. } if !turn.is_back => {
                let GroupTurn { group, from, to, is_back: _ } = turn.clone();
                let known = self.take(address);
                let other = known.as_ref().filter(|known| known.to != to);
                self.given_up.extend(other.map(|known| (address.clone(), known.to.clone())));
                let from = known.as_ref().map_or(from, |known| known.from.clone());
                self.before.insert(address.clone(), known);
                self.moved.push((address.clone(), Turn { group, from, to }));
            }
            JournalEntry::Intent { address, turn: None, .. } => {
                let known = self.take(address);
                self.given_up.extend(known.map(|known| (address.clone(), known.to)));
            }
            JournalEntry::Outcome { address, outcome, .. } => self.end(address, outcome),
            // What a later run finds done was done by the run that announced it.
            JournalEntry::Resumed { .. } => self.before.clear(),
            JournalEntry::Intent { .. } | JournalEntry::Started(_) | JournalEntry::Interrupted { .. } => {}
        }
    }

    fn end(&mut self, address: &Address, outcome: &Outcome) {
        let before = self.before.remove(address);
        match outcome {
            Outcome::MovedBack { .. } => drop(self.take(address)),
            // Nothing was sent, so it is where it was.
            Outcome::Failed { .. } | Outcome::Moved { .. } | Outcome::AlreadyDone => {
                let Some(before) = before else { return };
                drop(self.take(address));
                self.moved.extend(before.map(|turn| (address.clone(), turn)));
            }
            Outcome::Done { .. }
            | Outcome::Unknown { .. }
            | Outcome::Protected { .. }
            | Outcome::NotMovedBack { .. }
            | Outcome::Skipped { .. }
            | Outcome::NotBegun => {}
        }
    }

    fn take(&mut self, address: &Address) -> Option<Turn> {
        let at = self.moved.iter().position(|(other, _)| other == address)?;
        Some(self.moved.remove(at).1)
    }

    /// Forgets what is not where we sent it: somebody else moved it since, or we moved it back and did
    /// not live to say so.
    pub(super) fn keep_only(&mut self, live: &Live) {
        self.moved.retain(|(address, turn)| {
            alias_of(live, address).is_some_and(|alias| alias.settled_routing() == turn.to)
        });
    }

    /// Returns the versions that some of a group served for a moment of a deployment and the group never
    /// did. Going back there would put the group into two releases.
    pub(super) fn given_up(&self, known: Known<'_>) -> Vec<(FunctionId, VersionNumber)> {
        known.of_this_moment(&self.given_up)
    }

    /// Returns the moves of a group, the last one first.
    pub(super) fn of(&self, group: &GroupName) -> Vec<(Address, Turn)> {
        self.moved.iter().rev().filter(|(_, turn)| turn.group == *group).cloned().collect()
    }
}

/// Returns the aliases that an interrupted deployment moved with their group, with the group. Whether the
/// rest of it moved, too, is not in the journal.
pub fn moved_with_group(interrupted: &Interrupted) -> BTreeMap<Address, GroupName> {
    let mut turns = Turns::default();
    for entry in &interrupted.entries {
        turns.see(entry);
    }
    turns.moved.into_iter().map(|(address, turn)| (address, turn.group)).collect()
}

/// Returns the versions that a group which an interrupted deployment moved may have left again before all of
/// it was there: no way back leads there, unless the deployment is completed with them.
pub fn served_for_a_moment(
    interrupted: &Interrupted,
    desired: &Desired,
    recorded: &Recorded,
) -> Vec<(FunctionId, VersionNumber)> {
    let mut turns = Turns::default();
    for entry in &interrupted.entries {
        turns.see(entry);
    }
    let moved = turns.moved.into_iter().map(|(address, turn)| (address, turn.to));
    let places: Vec<(Address, Routing)> = moved.chain(turns.given_up).collect();
    Known { desired, recorded, began: interrupted.started }.of_this_moment(&places)
}

/// What decides whether a place was new to an alias.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) desired: &'a Desired,
    pub(super) recorded: &'a Recorded,
    /// When the deployment began.
    pub(super) began: Timestamp,
}

impl Known<'_> {
    /// A way back (`previous(X)`) is where X was for long, and so is what the alias served before.
    fn of_this_moment(&self, places: &[(Address, Routing)]) -> Vec<(FunctionId, VersionNumber)> {
        let version = |(address, routing): &(Address, Routing)| {
            let (Object::Function(id), Part::Alias(alias)) = (&address.object, &address.part) else {
                return None;
            };
            let version = routing.primary.version()?;
            let target = self.desired.functions.get(id)?.aliases.get(alias)?;
            let past = self.recorded.functions.get(id).and_then(|function| function.aliases.get(alias));
            let mut before =
                past.into_iter().flat_map(|past| &past.moves).filter(|step| step.at < self.began);
            let is_known = before.any(|step| step.routing.versions().any(|served| served == version));
            let is_new = !is_known && !matches!(target, AliasTarget::Previous(_));
            is_new.then(|| (id.clone(), version))
        };
        places.iter().filter_map(version).collect()
    }
}

fn alias_of<'a>(live: &'a Live, address: &Address) -> Option<&'a LiveAlias> {
    let (Object::Function(id), Part::Alias(alias)) = (&address.object, &address.part) else { return None };
    live.function(id)?.aliases.get(alias)
}

/// Returns the alias that an address is of.
pub(super) fn alias_name(address: &Address) -> Option<&AliasName> {
    match &address.part {
        Part::Alias(alias) => Some(alias),
        Part::Whole
        | Part::Settings
        | Part::Code
        | Part::NewVersion
        | Part::Definition
        | Part::Version(_) => None,
    }
}

/// Returns the group that an action of a plan moves with.
pub(super) fn group_of<'a>(groups: &'a Groups, address: &Address) -> Option<&'a GroupName> {
    groups.iter().find(|(_, aliases)| aliases.contains(address)).map(|(name, _)| name)
}

/// Returns what the journal has to know of the move of an alias that belongs to a group.
pub(super) fn turn(
    groups: &Groups,
    action: &Action,
    published: &BTreeMap<Address, VersionNumber>,
) -> Option<GroupTurn> {
    let group = group_of(groups, &action.address)?.clone();
    let (from, to) = match &action.operation {
        Operation::CreateAlias { to } => (None, to),
        Operation::UpdateAlias { from, to } => (Some(from.clone()), to),
        _ => return None,
    };
    Some(GroupTurn { group, from, to: to.resolve(published)?, is_back: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    const LIVE: &str = "functions.orders.aliases.LIVE";
    const ROLLBACK: &str = "functions.orders.aliases.ROLLBACK";

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn routing(version: u64) -> Routing {
        Routing::to(VersionNumber::new(version).unwrap())
    }

    fn money() -> GroupName {
        GroupName::new("money").unwrap()
    }

    fn intent(at: &str, from: u64, to: u64, is_back: bool) -> JournalEntry {
        let turn = GroupTurn { group: money(), from: Some(routing(from)), to: routing(to), is_back };
        let (at, address) = (Timestamp::UNIX_EPOCH, address(at));
        JournalEntry::Intent { address, at, summary: "move".to_owned(), turn: Some(turn) }
    }

    fn outcome(at: &str, outcome: Outcome) -> JournalEntry {
        let (at, address) = (Timestamp::UNIX_EPOCH, address(at));
        JournalEntry::Outcome { address, at, outcome, revision: None }
    }

    fn resumed() -> JournalEntry {
        let at = Timestamp::UNIX_EPOCH;
        JournalEntry::Resumed { plan_digest: Digest::of(b"plan"), who: "ana".to_owned(), at }
    }

    fn done() -> Outcome {
        Outcome::Done { detail: None, version: None }
    }

    /// What would be taken back, as `alias: to → from`, the first one first.
    fn back(entries: &[JournalEntry]) -> Vec<String> {
        let mut turns = Turns::default();
        for entry in entries {
            turns.see(entry);
        }
        let words = |(address, turn): (Address, Turn)| {
            let from = turn.from.map_or("nothing".to_owned(), |from| from.to_string());
            format!("{}: {} → {from}", alias_name(&address).unwrap(), turn.to)
        };
        turns.of(&money()).into_iter().map(words).collect()
    }

    #[test]
    fn the_last_move_is_taken_back_first() {
        let entries = [
            intent(ROLLBACK, 6, 7, false),
            outcome(ROLLBACK, done()),
            intent(LIVE, 7, 8, false),
            outcome(LIVE, done()),
        ];
        assert_eq!(back(&entries), ["LIVE: 8 → 7", "ROLLBACK: 7 → 6"]);
    }

    #[test]
    fn what_was_not_sent_is_not_taken_back() {
        for nothing in [
            Outcome::AlreadyDone,
            Outcome::Moved { what: String::new() },
            Outcome::Failed { message: String::new() },
        ] {
            assert_eq!(back(&[intent(LIVE, 7, 8, false), outcome(LIVE, nothing)]), [""; 0]);
        }
    }

    #[test]
    fn an_answer_that_was_lost_may_have_to_be_taken_back() {
        let lost = outcome(LIVE, Outcome::Unknown { why: String::new() });
        assert_eq!(back(&[intent(LIVE, 7, 8, false), lost]), ["LIVE: 8 → 7"]);
        assert_eq!(back(&[intent(LIVE, 7, 8, false)]), ["LIVE: 8 → 7"], "a crash");
    }

    #[test]
    fn what_a_later_run_finds_done_is_the_work_of_the_run_before() {
        let entries = [intent(LIVE, 7, 8, false), resumed(), outcome(LIVE, Outcome::AlreadyDone)];
        assert_eq!(back(&entries), ["LIVE: 8 → 7"]);
    }

    #[test]
    fn all_runs_are_taken_back_to_where_the_first_began() {
        let first = [intent(LIVE, 7, 8, false), outcome(LIVE, done()), resumed()];
        let second = [intent(LIVE, 8, 9, false), outcome(LIVE, done())];
        assert_eq!(back(&[&first[..], &second].concat()), ["LIVE: 9 → 7"]);
        let failed = [intent(LIVE, 8, 9, false), outcome(LIVE, Outcome::Failed { message: String::new() })];
        assert_eq!(back(&[&first[..], &failed].concat()), ["LIVE: 8 → 7"]);
    }

    #[test]
    fn the_way_back_ends_when_it_is_written_down() {
        let moved = [intent(LIVE, 7, 8, false), outcome(LIVE, done()), intent(LIVE, 8, 7, true)];
        assert_eq!(back(&moved), ["LIVE: 8 → 7"], "a crash on the way back");
        let stuck = outcome(LIVE, Outcome::NotMovedBack { why: String::new() });
        assert_eq!(back(&[&moved[..], &[stuck]].concat()), ["LIVE: 8 → 7"]);
        let ended = outcome(LIVE, Outcome::MovedBack { to: Some(routing(7)), because: None });
        assert_eq!(back(&[&moved[..], &[ended]].concat()), [""; 0]);
    }
}
