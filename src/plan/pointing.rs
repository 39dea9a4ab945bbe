//! The alias actions of one function or state machine, and what each of them waits for.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{AliasChange, AliasResolution, Line, LineAlias},
    model::{
        Address, AliasName, AliasTarget, AliasTargets, Digest, HoldChange, Object, Part, PlannedRouting,
        SplitKey, VersionNumber, VersionRef,
    },
};

use super::{Action, Operation, Precondition, Reason, words};

/// What the alias actions of one object are made from.
pub(super) struct Pointing<'a> {
    pub(super) object: Object,
    pub(super) targets: &'a AliasTargets,
    /// Where every alias will point, and why some of them go elsewhere than the TOML has them.
    pub(super) resolution: &'a AliasResolution,
    pub(super) line: &'a Line<'a>,
    /// Returns the fingerprint of a version that exists.
    pub(super) fingerprint: &'a dyn Fn(VersionNumber) -> Option<Digest>,
}

impl Pointing<'_> {
    /// Returns the actions that bring the aliases where they shall be, and those that only change what is
    /// remembered of one.
    pub(super) fn actions(&self) -> Vec<Action> {
        let AliasResolution { changes, intended, over, .. } = self.resolution;
        let moves = changes.iter().map(|(alias, change)| self.action(alias, change));
        let remembered = intended.iter().filter(|(_, intended)| intended.hold.is_some());
        let stays: BTreeSet<&AliasName> = remembered.map(|(alias, _)| alias).chain(over).collect();
        let stays = stays.into_iter().filter(|alias| !changes.contains_key(*alias));
        moves.chain(stays.map(|alias| self.stay(alias))).collect()
    }

    /// Nothing is sent, and nothing waits for it.
    fn stay(&self, alias: &AliasName) -> Action {
        let at = self.line.aliases.get(alias).map(LineAlias::settled_routing);
        Action {
            address: address_of_alias(&self.object, alias),
            precondition: at.clone().map_or(Precondition::AliasAbsent, Precondition::AliasAt),
            operation: Operation::KeepAlias { at },
            reason: self.reason(alias),
            targets: BTreeMap::new(),
            hold: self.hold(alias),
            after: BTreeSet::new(),
        }
    }

    fn hold(&self, alias: &AliasName) -> Option<HoldChange> {
        let over = || HoldChange::Release { forgiven: BTreeSet::new(), bad: None };
        match self.resolution.intended.get(alias) {
            Some(intended) => intended.hold.clone(),
            None => self.resolution.over.contains(alias).then(over),
        }
    }

    fn reason(&self, alias: &AliasName) -> Reason {
        match self.resolution.intended.get(alias) {
            Some(intended) => Reason::Asked(intended.command.clone()),
            None if self.resolution.held.contains(alias) => Reason::Held,
            None if !self.resolution.changes.contains_key(alias) => Reason::HoldOver,
            None => Reason::Target(self.targets.get(alias).map(words::target).unwrap_or_default()),
        }
    }

    fn action(&self, alias: &AliasName, change: &AliasChange) -> Action {
        let target = self.targets.get(alias);
        let mut after = ways_back(&self.object, self.targets, alias);
        after.extend(self.publish_before(alias, &change.to));
        if let Some(AliasTarget::SameAs(of)) = target {
            after.insert(address_of_alias(&self.object, of));
        }
        let (operation, precondition) = match &change.from {
            None => (Operation::CreateAlias { to: change.to.clone() }, Precondition::AliasAbsent),
            Some(from) => (
                Operation::UpdateAlias { from: from.clone(), to: change.to.clone() },
                Precondition::AliasAt(from.clone()),
            ),
        };
        Action {
            address: address_of_alias(&self.object, alias),
            operation,
            reason: self.reason(alias),
            precondition,
            targets: self.fingerprints(&change.to),
            hold: self.hold(alias),
            after,
        }
    }

    fn fingerprints(&self, to: &PlannedRouting) -> BTreeMap<VersionNumber, Digest> {
        let existing = to.versions().filter_map(VersionRef::existing);
        existing.filter_map(|version| Some((version, (self.fingerprint)(version)?))).collect()
    }

    /// An alias waits for the publish that it points to; `previous(X)` waits for X's new target.
    fn publish_before(&self, alias: &AliasName, to: &PlannedRouting) -> Option<Address> {
        let followed = match self.targets.get(alias) {
            Some(AliasTarget::Previous(of)) => self.resolution.after.get(of),
            _ => None,
        };
        let is_new =
            |routing: &PlannedRouting| routing.versions().any(|version| version.existing().is_none());
        let publish = || Address { object: self.object.clone(), part: Part::NewVersion };
        (is_new(to) || followed.is_some_and(is_new)).then(publish)
    }
}

/// Returns the aliases that move before an alias: `previous(X)` moves before X, so that a crash between
/// the two never loses the way back.
pub(super) fn ways_back(object: &Object, targets: &AliasTargets, alias: &AliasName) -> BTreeSet<Address> {
    let is_way_back = |target: &AliasTarget| followed_by(target).contains(alias);
    let ways = targets.iter().filter(|(_, target)| is_way_back(target));
    ways.map(|(way, _)| address_of_alias(object, way)).collect()
}

/// Returns the aliases that `previous(X)` is declared of.
pub(super) fn followed(targets: &AliasTargets) -> BTreeSet<AliasName> {
    targets.values().flat_map(followed_by).collect()
}

/// Returns the aliases that a target is the way back of.
pub(super) fn followed_by(target: &AliasTarget) -> BTreeSet<AliasName> {
    match target {
        AliasTarget::Previous(of) => [of.clone()].into(),
        AliasTarget::Split(sides) => sides.keys().filter_map(previous_of).collect(),
        AliasTarget::Latest | AliasTarget::Pinned(_) | AliasTarget::SameAs(_) | AliasTarget::Manual => {
            BTreeSet::new()
        }
    }
}

fn previous_of(side: &SplitKey) -> Option<AliasName> {
    match side {
        SplitKey::Previous(of) => Some(of.clone()),
        SplitKey::Latest | SplitKey::Version(_) => None,
    }
}

/// Returns where the aliases will point if some actions are left out: those aliases stay.
pub(super) fn with_left_out(
    object: &Object,
    aliases: BTreeMap<AliasName, PlannedRouting>,
    left_out: &BTreeSet<Address>,
    there: impl Fn(&AliasName) -> Option<PlannedRouting>,
) -> BTreeMap<AliasName, PlannedRouting> {
    let stays = |alias: &AliasName| left_out.contains(&address_of_alias(object, alias));
    let after = |(alias, to): (AliasName, PlannedRouting)| {
        let to = if stays(&alias) { there(&alias)? } else { to };
        Some((alias, to))
    };
    aliases.into_iter().filter_map(after).collect()
}

/// Returns the address of an alias.
pub(super) fn address_of_alias(object: &Object, alias: &AliasName) -> Address {
    Address { object: object.clone(), part: Part::Alias(alias.clone()) }
}
