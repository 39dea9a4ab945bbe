//! Holds and marks: written down before the first action, because they are what shall be.
//!
//! A rollback that crashes half-way goes on with the next apply, whichever plan that has: the hold is in
//! the state by then, and so the alias is wanted where the rollback sends it (design §3.7). Only a hold
//! at a version that the plan publishes waits for its number.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    model::{Address, AliasName, Hold, HoldChange, Holds, Object, Part, Recorded, Routing, VersionNumber},
    plan::{Action, Operation},
};

/// What is remembered of the aliases of one object beside where they are.
pub(super) type Remembered = (Holds, BTreeSet<VersionNumber>);

/// Who holds, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder<'a> {
    pub(super) who: &'a str,
    pub(super) at: Timestamp,
}

/// Writes down what an action changes of what is remembered of its alias. One that is held already, by
/// the run before, stays as it was.
pub(super) fn hold(
    recorded: &mut Recorded,
    action: &Action,
    published: &BTreeMap<Address, VersionNumber>,
    holder: Holder<'_>,
) {
    let (Some(change), Part::Alias(alias)) = (&action.hold, &action.address.part) else { return };
    let Some((holds, marks)) = remembered(recorded, &action.address.object) else { return };
    *marks = change.marks(std::mem::take(marks));
    match change {
        HoldChange::Hold { until, bad, reason } => {
            let Some(routing) = coming(action, published) else { return };
            // What was marked while it was held before goes with the hold, too.
            let marked = holds.get(alias).into_iter().flat_map(|known| known.bad.iter().copied());
            let hold = Hold {
                routing,
                until: until.clone(),
                bad: marked.chain(*bad).collect(),
                reason: reason.clone(),
                who: holder.who.to_owned(),
                at: holder.at,
            };
            put_up(holds, alias, hold);
        }
        HoldChange::Mark { .. } => {}
        HoldChange::Release { .. } => drop(holds.remove(alias)),
    }
}

fn put_up(holds: &mut Holds, alias: &AliasName, hold: Hold) {
    let is_same = |known: &Hold| {
        let Hold { routing, until, bad, reason, who: _, at: _ } = known;
        *routing == hold.routing && *until == hold.until && *bad == hold.bad && *reason == hold.reason
    };
    if !holds.get(alias).is_some_and(is_same) {
        holds.insert(alias.clone(), hold);
    }
}

/// Returns where the alias is once the action is done, if that is known by now.
fn coming(action: &Action, published: &BTreeMap<Address, VersionNumber>) -> Option<Routing> {
    match &action.operation {
        Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. } => to.resolve(published),
        Operation::KeepAlias { at } => at.clone(),
        Operation::CreateFunction(_)
        | Operation::CreateMachine(_)
        | Operation::UpdateSettings { .. }
        | Operation::UpdateCode { .. }
        | Operation::PublishVersion { .. }
        | Operation::UpdateMachine(_)
        | Operation::PublishMachineVersion { .. }
        | Operation::DeleteMachineVersion { .. }
        | Operation::DeleteVersion { .. } => None,
    }
}

fn remembered<'a>(
    recorded: &'a mut Recorded,
    object: &Object,
) -> Option<(&'a mut Holds, &'a mut BTreeSet<VersionNumber>)> {
    match object {
        Object::Function(id) => {
            let function = recorded.functions.get_mut(id)?;
            Some((&mut function.holds, &mut function.bad))
        }
        Object::Machine(id) => {
            let line = recorded.machines.get_mut(id)?.line.as_mut()?;
            Some((&mut line.holds, &mut line.bad))
        }
    }
}

/// Returns what is remembered of the objects whose holds some actions change.
pub(super) fn before(recorded: &mut Recorded, actions: &[Action]) -> BTreeMap<Object, Remembered> {
    let changing = actions.iter().filter(|action| action.hold.is_some());
    let objects: BTreeSet<&Object> = changing.map(|action| &action.address.object).collect();
    let mut before = BTreeMap::new();
    for object in objects {
        if let Some((holds, marks)) = remembered(recorded, object) {
            before.insert(object.clone(), (holds.clone(), marks.clone()));
        }
    }
    before
}

/// Takes back what was written down of some objects: nothing was done to them, or all of it was undone.
pub(super) fn take_back(
    recorded: &mut Recorded,
    before: &BTreeMap<Object, Remembered>,
    is_wanted: impl Fn(&Object) -> bool,
) {
    for (object, (holds, marks)) in before.iter().filter(|(object, _)| is_wanted(object)) {
        if let Some(now) = remembered(recorded, object) {
            (*now.0, *now.1) = (holds.clone(), marks.clone());
        }
    }
}
