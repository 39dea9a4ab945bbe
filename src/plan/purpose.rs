//! What a plan is for: to bring everything where the TOML has it, to do what somebody wants of some
//! aliases now, or only to clean up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::{
    diff::{AliasIntent, AliasIntents, IntendedPlace, IntentKind},
    model::{Address, AliasName, AliasTarget, AliasTargets, Desired, FunctionId, Object, Part, Retention},
};

use super::{
    Reason, Selection,
    pointing::{address_of_alias, followed_by},
};

/// What a plan is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Everything shall be as the TOML says.
    #[default]
    Converge,
    /// Some aliases shall be where somebody wants them now.
    Aliases(BTreeMap<Object, AliasIntents>),
    /// What nothing needs any more shall go, and nothing else shall change.
    CleanUp(CleanUp),
}

/// Another retention than the declared one, this once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanUp {
    /// The newest N stay.
    pub keep: Option<u32>,
    /// What is younger stays, and what is un-aliased for less.
    pub min_age: Option<SignedDuration>,
}

impl CleanUp {
    fn is_as_declared(self) -> bool {
        self.keep.is_none() && self.min_age.is_none()
    }
}

impl Purpose {
    /// Returns what somebody wants of the aliases of an object.
    pub(super) fn intents(&self, object: &Object) -> AliasIntents {
        match self {
            Self::Aliases(intents) => intents.get(object).cloned().unwrap_or_default(),
            Self::Converge | Self::CleanUp(_) => AliasIntents::new(),
        }
    }

    /// Returns the part of the plan that this purpose is about: the aliases, and those that move with them.
    pub fn selection(&self, desired: &Desired) -> Selection {
        let Self::Aliases(intents) = self else { return Selection::default() };
        let mut targets = BTreeSet::new();
        for (object, intents) in intents {
            let Some(declared) = alias_targets(desired, object) else { continue };
            let mut moving: BTreeSet<AliasName> = intents.keys().cloned().collect();
            if intents.values().any(|intent| intent.kind == IntentKind::Rollback) {
                moving.extend(looking_back(declared));
            }
            let moving = with_followers(declared, moving);
            targets.extend(moving.iter().map(|alias| address_of_alias(object, alias)));
        }
        Selection { targets, excluded: BTreeSet::new() }
    }

    /// Returns the retention that counts. Somebody who says how many versions to keep wants it so also
    /// where the TOML says nothing.
    pub(super) fn retention(&self, declared: Option<Retention>) -> Option<Retention> {
        let Self::CleanUp(CleanUp { keep, min_age }) = self else { return declared };
        let base = declared.or_else(|| keep.map(|_| Retention::default()))?;
        Some(Retention { keep: keep.unwrap_or(base.keep), min_age: min_age.unwrap_or(base.min_age) })
    }

    /// Returns why a version goes.
    pub(super) fn deletion_reason(&self, retention: Option<Retention>) -> Reason {
        let Retention { keep, min_age } = retention.unwrap_or(Retention { keep: 0, ..Retention::default() });
        match self {
            Self::CleanUp(asked) if !asked.is_as_declared() => {
                Reason::CleanedUp { keep, min_age_seconds: min_age.as_secs().unsigned_abs() }
            }
            Self::Converge | Self::Aliases(_) | Self::CleanUp(_) => Reason::Unprotected { keep },
        }
    }

    /// Tells whether the plan may change `$LATEST` of a function, or publish it.
    pub fn may_publish(&self, function: &FunctionId) -> bool {
        match self {
            Self::Converge => true,
            Self::Aliases(intents) => {
                let wishes = intents.get(&Object::Function(function.clone())).into_iter().flatten();
                wishes.into_iter().any(|(_, intent)| intent.place == IntendedPlace::Latest)
            }
            Self::CleanUp(_) => false,
        }
    }

    /// Tells whether only deletions are wanted.
    pub(super) fn is_cleanup(&self) -> bool {
        matches!(self, Self::CleanUp(_))
    }

    /// Tells whether a finding about an object that changes belongs to the plan. Who moves an alias is not
    /// stopped by what is wrong with the code.
    pub(super) fn is_about(&self, address: &Address) -> bool {
        match self {
            Self::Converge => true,
            Self::Aliases(_) => match &address.part {
                Part::Whole | Part::Alias(_) | Part::NewVersion | Part::Definition | Part::Version(_) => true,
                Part::Settings | Part::Code => false,
            },
            Self::CleanUp(_) => matches!(address.part, Part::Whole | Part::Version(_)),
        }
    }
}

/// Adds a wish for an alias.
pub fn intend(
    intents: &mut BTreeMap<Object, AliasIntents>,
    object: &Object,
    alias: AliasName,
    intent: AliasIntent,
) {
    intents.entry(object.clone()).or_default().insert(alias, intent);
}

/// Returns the declared aliases of an object.
pub(super) fn alias_targets<'a>(desired: &'a Desired, object: &Object) -> Option<&'a AliasTargets> {
    match object {
        Object::Function(id) => desired.functions.get(id).map(|function| &function.aliases),
        Object::Machine(id) => desired.machines.get(id).map(|machine| &machine.aliases),
    }
}

/// Returns the aliases that send a share to a version of before, which may be marked bad by now.
fn looking_back(targets: &AliasTargets) -> impl Iterator<Item = AliasName> {
    let is_looking = |target: &AliasTarget| match target {
        AliasTarget::Split(_) => !followed_by(target).is_empty(),
        AliasTarget::Latest
        | AliasTarget::Pinned(_)
        | AliasTarget::Previous(_)
        | AliasTarget::SameAs(_)
        | AliasTarget::Manual => false,
    };
    targets.iter().filter(move |(_, target)| is_looking(target)).map(|(alias, _)| alias.clone())
}

/// Adds the aliases that move when one of these does: those that are the same, and the ways back.
fn with_followers(targets: &AliasTargets, mut moving: BTreeSet<AliasName>) -> BTreeSet<AliasName> {
    loop {
        let follows = |target: &AliasTarget| match target {
            AliasTarget::SameAs(of) => moving.contains(of),
            AliasTarget::Previous(_) | AliasTarget::Split(_) => !followed_by(target).is_disjoint(&moving),
            AliasTarget::Latest | AliasTarget::Pinned(_) | AliasTarget::Manual => false,
        };
        let more = targets.iter().filter(|(alias, target)| !moving.contains(*alias) && follows(target));
        let more: Vec<AliasName> = more.map(|(alias, _)| alias.clone()).collect();
        if more.is_empty() {
            return moving;
        }
        moving.extend(more);
    }
}
