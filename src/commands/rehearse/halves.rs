//! Whether a group was left half moved: that is what a rehearsal of groups looks for.

use std::collections::BTreeMap;

use crate::{
    model::{Address, GroupName, Object, Part},
    plan::{Operation, Plan},
    store::{Manifest, Outcome},
};

use super::trial::Standing;

/// The moves of each group, and where the aliases were before.
pub(super) struct Halves {
    groups: BTreeMap<GroupName, BTreeMap<String, Option<String>>>,
}

impl Halves {
    /// Takes what a plan moves; an alias that it creates may stay alone.
    pub(super) fn new(plan: &Plan, before: &Standing) -> Self {
        let actions = plan.by_address();
        let is_move = |address: &&Address| {
            actions
                .get(*address)
                .is_some_and(|action| matches!(action.operation, Operation::UpdateAlias { .. }))
        };
        let place = |address: &Address| {
            let name = place_of(plan, address)?;
            let before = before.get(&name).cloned();
            Some((name, before))
        };
        let groups = plan.groups.iter().map(|(group, aliases)| {
            (group.clone(), aliases.iter().filter(is_move).filter_map(place).collect())
        });
        Self { groups: groups.collect() }
    }

    /// Returns in words which group an apply left half moved, although nothing kept it from moving back.
    pub(super) fn torn(&self, now: &Standing, manifest: &Manifest) -> Option<String> {
        let is_stuck = |outcome: &Outcome| matches!(outcome, Outcome::NotMovedBack { .. });
        if manifest.actions.iter().any(|action| is_stuck(&action.outcome)) {
            return None;
        }
        self.groups.iter().find_map(|(group, aliases)| {
            let mut moved = aliases.iter().filter(|(name, before)| now.get(*name) != before.as_ref());
            let first = moved.next()?;
            let stayed = aliases.iter().find(|(name, before)| now.get(*name) == before.as_ref())?;
            Some(format!("group {group} is half moved: {} is moved and {} is not", first.0, stayed.0))
        })
    }
}

/// Returns what the standing of an account calls an alias.
fn place_of(plan: &Plan, address: &Address) -> Option<String> {
    let (Object::Function(id), Part::Alias(alias)) = (&address.object, &address.part) else { return None };
    Some(format!("alias `{alias}` of `{}`", plan.functions.get(id)?))
}
