//! A part of a plan: what `--target` and `--exclude` leave of it.
//!
//! A part is closed. What an action waits for comes along, and what waits for an action that is left
//! out is left out too, so every order that the whole plan promises holds in the part. One tie is no
//! edge: `previous(X)` moves only when X moves, so a way back never goes without its alias.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Object, Part};

use super::{Action, Finding, words};

/// What a plan shall be about. Nothing in it means everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these, what they hold, and what that waits for.
    pub targets: BTreeSet<Address>,
    /// Not these, nor what they hold, nor what waits for that.
    pub excluded: BTreeSet<Address>,
}

impl Selection {
    /// Tells whether nothing is to be left out.
    pub fn is_whole(&self) -> bool {
        self.targets.is_empty() && self.excluded.is_empty()
    }

    fn is_excluded(&self, address: &Address) -> bool {
        self.excluded.iter().any(|excluded| excluded.is_over(address))
    }

    /// Tells whether a target holds the address, or needs it although no edge says so: a version goes
    /// only after the aliases of its function.
    fn is_target(&self, address: &Address) -> bool {
        let is_before = |target: &Address| {
            matches!((&target.part, &address.part), (Part::Version(_), Part::Alias(_)))
                && target.object == address.object
        };
        let mut targets = self.targets.iter();
        self.targets.is_empty() || targets.any(|target| target.is_over(address) || is_before(target))
    }

    fn is_about(&self, object: &Object) -> bool {
        let whole = Address { object: object.clone(), part: Part::Whole };
        let is_target = self.targets.is_empty() || self.targets.iter().any(|one| one.object == *object);
        is_target && !self.is_excluded(&whole)
    }
}

/// The ways back, each with the aliases that it goes back from.
pub(super) type WaysBack = BTreeMap<Address, BTreeSet<Address>>;

/// The part of a plan that a selection makes.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    selection: &'a Selection,
    ways_back: WaysBack,
    /// The actions that the whole plan has and this one has not.
    left_out: BTreeSet<Address>,
    /// The objects that this plan changes; [`Scope::finish`] knows them.
    changed: BTreeSet<Object>,
    /// Whether only deletions are wanted, with the references as they are.
    is_cleanup: bool,
}

impl<'a> Scope<'a> {
    /// Divides the actions of a whole plan, deletions apart.
    pub(super) fn new(selection: &'a Selection, actions: &[Action], ways_back: WaysBack) -> Self {
        let is_excluded = |address: &Address| selection.is_excluded(address);
        let all = actions.iter().map(|action| action.address.clone());
        let mut left_out: BTreeSet<Address> = all.filter(is_excluded).collect();
        if selection.is_whole() {
            return Self { selection, ways_back, left_out, changed: BTreeSet::new(), is_cleanup: false };
        }
        // A target that is left out after all needs nothing, so what only it needed goes too.
        loop {
            let before = left_out.len();
            let needed = needed(selection, &left_out, actions);
            let all = actions.iter().map(|action| action.address.clone());
            left_out.extend(all.filter(|address| !needed.contains(address)));
            leave_out_dependants(&mut left_out, actions, &ways_back);
            if left_out.len() == before {
                break;
            }
        }
        Self { selection, ways_back, left_out, changed: BTreeSet::new(), is_cleanup: false }
    }

    /// Leaves out everything but deletions.
    pub(super) fn of_cleanup(selection: &'a Selection, actions: &[Action]) -> Self {
        let left_out = actions.iter().map(|action| action.address.clone()).collect();
        let (ways_back, changed) = (WaysBack::new(), BTreeSet::new());
        Self { selection, ways_back, left_out, changed, is_cleanup: true }
    }

    /// Takes the actions that the plan has in the end, and the deletions that it has not.
    pub(super) fn finish(&mut self, actions: &[Action], spared: BTreeSet<Address>) {
        self.left_out.extend(spared);
        self.changed = actions.iter().map(|action| action.address.object.clone()).collect();
    }

    /// Returns what the plan says of itself: an object of which nothing is left once, of others each part
    /// that is left out.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let note = |address: &Address| {
            let is_cut = self.changed.contains(&address.object);
            let part = if is_cut { address.part.clone() } else { Part::Whole };
            words::left_out(Address { object: address.object.clone(), part })
        };
        self.left_out.iter().map(note).chain(self.bound()).collect()
    }

    /// Returns a finding for each target that moves only with an alias which is left out.
    fn bound(&self) -> impl Iterator<Item = Finding> {
        let is_asked = |way: &&Address| self.selection.targets.contains(*way) && self.left_out.contains(*way);
        self.selection.targets.iter().filter(is_asked).filter_map(|way| {
            let of = self.ways_back.get(way)?.iter().find(|of| self.left_out.contains(of))?;
            Some(words::bound(way.clone(), of))
        })
    }

    /// Returns what was asked for by name.
    pub(super) fn targets(&self) -> &BTreeSet<Address> {
        &self.selection.targets
    }

    /// Returns the actions that the whole plan has and this one has not.
    pub(super) fn left_out(&self) -> &BTreeSet<Address> {
        &self.left_out
    }

    /// Tells whether the plan speaks of an object: it changes it, or it was asked about it and found
    /// nothing to change.
    pub(super) fn has(&self, object: &Object) -> bool {
        let is_cut = !self.is_cleanup && self.left_out.iter().any(|address| address.object == *object);
        self.changed.contains(object) || (self.selection.is_about(object) && !is_cut)
    }

    /// Tells whether a version may be deleted: it is asked for, and every alias of its function will be
    /// where the whole plan has it. The references after the apply decide what goes (design §3.5).
    pub(super) fn may_delete(&self, address: &Address) -> bool {
        let is_reference = |left_out: &Address| {
            left_out.object == address.object && matches!(left_out.part, Part::Alias(_) | Part::NewVersion)
        };
        self.selection.is_target(address)
            && !self.selection.is_excluded(address)
            && (self.is_cleanup || !self.left_out.iter().any(is_reference))
    }

    /// Tells whether a finding at this address belongs to the plan. What was asked for by name is never
    /// passed over in silence, whatever else of the object is left out.
    pub(super) fn is_said(&self, address: &Address) -> bool {
        let is_named = self.selection.targets.iter().any(|target| target.is_over(address));
        (is_named || self.has(&address.object)) && !self.selection.is_excluded(address)
    }
}

/// Returns the targets that are not left out, and everything that they wait for.
fn needed(selection: &Selection, left_out: &BTreeSet<Address>, actions: &[Action]) -> BTreeSet<Address> {
    let by_address: BTreeMap<&Address, &Action> =
        actions.iter().map(|action| (&action.address, action)).collect();
    let is_target =
        |action: &&Action| selection.is_target(&action.address) && !left_out.contains(&action.address);
    let mut open: Vec<&Action> = actions.iter().filter(is_target).collect();
    let mut needed = BTreeSet::new();
    while let Some(action) = open.pop() {
        if needed.insert(action.address.clone()) {
            open.extend(action.after.iter().filter_map(|before| by_address.get(before)));
        }
    }
    needed
}

/// Adds what waits for what is left out, and the ways back of aliases that do not move, until there is
/// no more.
fn leave_out_dependants(left_out: &mut BTreeSet<Address>, actions: &[Action], ways_back: &WaysBack) {
    loop {
        let depends = |action: &&Action| {
            let ties = ways_back.get(&action.address).into_iter().flatten();
            action.after.iter().chain(ties).any(|before| left_out.contains(before))
        };
        let dependants = actions.iter().filter(depends).map(|action| action.address.clone());
        let more: Vec<Address> = dependants.filter(|address| !left_out.contains(address)).collect();
        if more.is_empty() {
            return;
        }
        left_out.extend(more);
    }
}
