//! Where each alias of a function or state machine shall point.
//!
//! Targets are resolved against the thing as it will be: `latest` is the newest healthy version that
//! equals it, or the one that this plan publishes; whoever asks knows which. `previous(X)` looks at
//! where X is now and at what we saw it serve before. A target that cannot be resolved leaves the
//! alias as it is and says so; nothing is ever guessed. What somebody wants of an alias now comes before
//! a hold, and a hold that stands comes before the target.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AliasName, AliasTarget, AliasTargets, Hold, HoldEnd, LatestMark, PlannedRouting, Routing, Setting,
    SplitKey, VersionNumber, VersionRef, Weight,
};

use super::{
    Line, LineAlias,
    intent::{AliasIntents, Intended, IntendedPlace, Weighing, WishIssue, left_behind, place},
};

/// What the aliases of a line are resolved from.
#[derive(Clone, Copy)]
pub struct Resolving<'a> {
    /// What the TOML says.
    pub targets: &'a AliasTargets,
    /// Versions, aliases and their past.
    pub line: &'a Line<'a>,
    /// What `$LATEST`, or the machine, is now.
    pub mark: &'a LatestMark,
    /// Tells whether it will be the same as when a hold was put up.
    pub is_as_left: &'a dyn Fn(&LatestMark) -> bool,
    /// What somebody wants now.
    pub intents: &'a AliasIntents,
}

/// The resolution of all declared aliases of one function or state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct AliasResolution {
    /// What `latest` means, where a target asks for it.
    pub latest: Option<VersionRef>,
    /// The aliases that have to change.
    pub changes: BTreeMap<AliasName, AliasChange>,
    /// Every alias that will exist afterwards and where it will point, unlisted ones included.
    pub after: BTreeMap<AliasName, PlannedRouting>,
    /// The aliases that a hold keeps where it has them.
    pub held: BTreeSet<AliasName>,
    /// The aliases whose hold is over.
    pub over: BTreeSet<AliasName>,
    /// What the wishes of this moment come to.
    pub intended: BTreeMap<AliasName, Intended>,
    /// The versions that are bad from then on.
    pub bad: BTreeSet<VersionNumber>,
    /// What could not be resolved, or deserves a word.
    pub issues: Vec<AliasIssue>,
}

/// An alias that has to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasChange {
    /// Where it points now, without weights of AWS's own (T11); nothing if it has to be created.
    pub from: Option<Routing>,
    /// Where it shall point.
    pub to: PlannedRouting,
}

/// What could not be resolved, or deserves a word.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the line of a variant names its fields")]
pub enum AliasIssue {
    /// The alias is pinned to a version that AWS does not have.
    NoSuchVersion { alias: AliasName, version: VersionNumber },
    /// `previous(X)` has nothing to go back to, so the alias is not created.
    NothingBefore { alias: AliasName, of: AliasName },
    /// `same-as(X)` follows an alias that does not exist and is not created.
    NothingToFollow { alias: AliasName, of: AliasName },
    /// `same-as(X)` follows an alias on `$LATEST`, where no alias is sent.
    FollowsLatest { alias: AliasName, of: AliasName },
    /// A side of a split resolves to nothing; the other side gets everything.
    OneSided { alias: AliasName, missing: AliasName },
    /// The two versions of a split differ in role or dead-letter queue, which AWS refuses (R19).
    SplitDiffers { alias: AliasName, settings: Vec<Setting> },
    /// The alias would be sent to a version that cannot be invoked, which an apply refuses.
    Failed { alias: AliasName, version: VersionNumber, reason: String },
    /// A hold keeps the alias where it is.
    Held { alias: AliasName, hold: Box<Hold> },
    /// A hold is over.
    HoldEnds { alias: AliasName, hold: Box<Hold> },
    /// A hold stands, and its version does not exist any more.
    HeldVersionGone { alias: AliasName, version: VersionNumber },
    /// A wish cannot be met, or is met already.
    Wish { alias: AliasName, issue: WishIssue },
}

struct Resolver<'a> {
    from: Resolving<'a>,
    latest: VersionRef,
    /// The versions that no way back leads to once the wishes are done.
    bad: BTreeSet<VersionNumber>,
    resolved: BTreeMap<AliasName, Option<PlannedRouting>>,
    held: BTreeSet<AliasName>,
    over: BTreeSet<AliasName>,
    /// The aliases whose wish cannot be met.
    refused: BTreeSet<AliasName>,
    issues: Vec<AliasIssue>,
}

/// Resolves every declared alias of a line. `latest` is the version that equals the thing as it will
/// be, or the one that its publish will make.
pub fn resolve_aliases(from: Resolving<'_>, latest: VersionRef) -> AliasResolution {
    let mut bad = from.line.bad();
    bad.extend(from.intents.iter().filter_map(|(alias, intent)| left_behind(from.line, alias, intent)));
    let mut resolver = Resolver {
        from,
        latest,
        bad,
        resolved: BTreeMap::new(),
        held: BTreeSet::new(),
        over: BTreeSet::new(),
        refused: BTreeSet::new(),
        issues: Vec::new(),
    };
    for alias in from.targets.keys() {
        resolver.resolve(alias);
    }
    resolver.finish()
}

impl Resolver<'_> {
    /// Returns where the alias will point; nothing if it will not exist. The TOML was checked for
    /// cycles, so the recursion ends.
    fn resolve(&mut self, alias: &AliasName) -> Option<PlannedRouting> {
        if let Some(routing) = self.resolved.get(alias) {
            return routing.clone();
        }
        let routing = match self.from.targets.get(alias) {
            Some(target) => self.declared(alias, target),
            None => self.stay(alias),
        };
        self.resolved.insert(alias.clone(), routing.clone());
        routing
    }

    /// What somebody wants now comes before a hold, and a hold before the target.
    fn declared(&mut self, alias: &AliasName, target: &AliasTarget) -> Option<PlannedRouting> {
        if self.from.intents.contains_key(alias) {
            return self.intended(alias, target);
        }
        let Some(hold) = self.from.line.hold(alias) else { return self.target(alias, target) };
        if self.is_standing(hold, target) {
            return self.held(alias, hold);
        }
        self.over.insert(alias.clone());
        self.issues.push(AliasIssue::HoldEnds { alias: alias.clone(), hold: hold.clone().into() });
        self.target(alias, target)
    }

    /// Tells whether a hold still stands. Where the TOML says by now something that no hold is for, it
    /// does not.
    fn is_standing(&mut self, hold: &Hold, target: &AliasTarget) -> bool {
        match (&hold.until, target) {
            (HoldEnd::Latest(mark), AliasTarget::Latest) => (self.from.is_as_left)(mark),
            (HoldEnd::Moves { of, from }, AliasTarget::Previous(declared)) if of == declared => {
                let coming = self.resolve(of);
                let now = self.from.line.aliases.get(of).and_then(|live| live.routing.primary.version());
                coming.map_or(now, |routing| routing.primary.existing()) == *from
            }
            (HoldEnd::Arrives, AliasTarget::Manual) => true,
            (HoldEnd::Latest(_) | HoldEnd::Moves { .. } | HoldEnd::Arrives, _) => false,
        }
    }

    fn held(&mut self, alias: &AliasName, hold: &Hold) -> Option<PlannedRouting> {
        let gone = hold.routing.versions().find(|version| !self.from.line.is_usable(*version));
        if let Some(version) = gone {
            self.issues.push(AliasIssue::HeldVersionGone { alias: alias.clone(), version });
            return self.stay(alias);
        }
        self.held.insert(alias.clone());
        let live = self.from.line.aliases.get(alias);
        let has_arrived =
            hold.until == HoldEnd::Arrives && live.is_some_and(|live| live.routing == hold.routing);
        if !has_arrived {
            self.issues.push(AliasIssue::Held { alias: alias.clone(), hold: hold.clone().into() });
        }
        PlannedRouting::of_live(&hold.routing)
    }

    fn intended(&mut self, alias: &AliasName, target: &AliasTarget) -> Option<PlannedRouting> {
        let Some(intent) = self.from.intents.get(alias) else { return self.stay(alias) };
        let is_decided =
            matches!(target, AliasTarget::Pinned(_) | AliasTarget::SameAs(_) | AliasTarget::Split(_))
                && intent.place != IntendedPlace::Here;
        let found = match &intent.place {
            _ if is_decided => Err(WishIssue::Decided),
            IntendedPlace::Latest => Ok(PlannedRouting::to(self.latest.clone())),
            IntendedPlace::Here => return self.stay(alias),
            wanted => place(self.from.line, alias, wanted),
        };
        match found {
            Ok(routing) => Some(routing),
            Err(issue) => {
                self.refused.insert(alias.clone());
                self.issues.push(AliasIssue::Wish { alias: alias.clone(), issue });
                self.stay(alias)
            }
        }
    }

    fn target(&mut self, alias: &AliasName, target: &AliasTarget) -> Option<PlannedRouting> {
        match target {
            AliasTarget::Manual if self.from.line.aliases.contains_key(alias) => self.stay(alias),
            AliasTarget::Latest | AliasTarget::Manual => Some(PlannedRouting::to(self.latest.clone())),
            AliasTarget::Pinned(version) => {
                self.pinned(alias, *version).map(PlannedRouting::to).or_else(|| self.stay(alias))
            }
            AliasTarget::Previous(of) => self.previous(alias, of),
            AliasTarget::SameAs(of) => {
                let followed = self.followed(of);
                if followed.is_none() {
                    self.issues.push(self.unfollowed(alias.clone(), of.clone()));
                }
                followed.or_else(|| self.stay(alias))
            }
            AliasTarget::Split(sides) => self.split(alias, sides).or_else(|| self.stay(alias)),
        }
    }

    /// Returns where a followed alias will point; weights that AWS adds to it by itself are nobody's
    /// wish (T11).
    fn followed(&mut self, of: &AliasName) -> Option<PlannedRouting> {
        let routing = self.resolve(of)?;
        match self.from.line.aliases.get(of) {
            Some(live) if live.is_shifting && routing.is_live(&live.routing) => {
                PlannedRouting::of_live(&live.settled_routing())
            }
            _ => Some(routing),
        }
    }

    fn unfollowed(&self, alias: AliasName, of: AliasName) -> AliasIssue {
        if self.from.line.aliases.contains_key(&of) {
            AliasIssue::FollowsLatest { alias, of }
        } else {
            AliasIssue::NothingToFollow { alias, of }
        }
    }

    /// Returns where the alias is now, as a plan writes it.
    fn stay(&self, alias: &AliasName) -> Option<PlannedRouting> {
        PlannedRouting::of_live(&self.from.line.aliases.get(alias)?.routing)
    }

    fn pinned(&mut self, alias: &AliasName, version: VersionNumber) -> Option<VersionRef> {
        if self.from.line.versions.contains_key(&version) {
            return Some(VersionRef::Existing(version));
        }
        self.issues.push(AliasIssue::NoSuchVersion { alias: alias.clone(), version });
        None
    }

    /// Moves only when the other alias moves, or was moved by somebody since we last looked; an absent
    /// one is created from the history.
    fn previous(&mut self, alias: &AliasName, of: &AliasName) -> Option<PlannedRouting> {
        let exists = self.from.line.aliases.contains_key(alias);
        let found = if exists && !self.was_moved(of) && !self.is_moving(of) {
            None
        } else {
            self.previous_version(of)
        };
        match found {
            Some(version) => Some(PlannedRouting::to(VersionRef::Existing(version))),
            None if exists => self.stay(alias),
            None => {
                self.issues.push(AliasIssue::NothingBefore { alias: alias.clone(), of: of.clone() });
                None
            }
        }
    }

    /// Tells whether the alias is elsewhere than we last saw it, weights aside; the apply records it there.
    fn was_moved(&self, alias: &AliasName) -> bool {
        let seen = self.from.line.past.and_then(|past| past.aliases.get(alias));
        let now = self.from.line.aliases.get(alias);
        seen.zip(now).is_some_and(|(seen, now)| seen.routing().primary != now.routing.primary)
    }

    fn is_moving(&mut self, alias: &AliasName) -> bool {
        let Some(coming) = self.resolve(alias) else { return false };
        let primary = self.from.line.aliases.get(alias).and_then(|live| live.routing.primary.version());
        coming.primary.existing() != primary || primary.is_none()
    }

    fn previous_version(&mut self, of: &AliasName) -> Option<VersionNumber> {
        let coming = self.resolve(of).and_then(|routing| routing.primary.existing());
        self.from.line.way_back_without(of, coming, &self.bad)
    }

    fn split(&mut self, alias: &AliasName, sides: &BTreeMap<SplitKey, u8>) -> Option<PlannedRouting> {
        let mut shares: BTreeMap<VersionRef, u8> = BTreeMap::new();
        let mut missing: Vec<AliasName> = Vec::new();
        for (key, percent) in sides {
            let version = match key {
                SplitKey::Latest => self.latest.clone(),
                SplitKey::Version(version) => self.pinned(alias, *version)?,
                SplitKey::Previous(of) => {
                    let Some(version) = self.previous_version(of) else {
                        missing.push(of.clone());
                        continue;
                    };
                    VersionRef::Existing(version)
                }
            };
            *shares.entry(version).or_default() += percent;
        }
        let routing = by_share(shares);
        let exists = self.from.line.aliases.contains_key(alias);
        self.issues.extend(missing.into_iter().filter_map(|of| match &routing {
            Some(_) => Some(AliasIssue::OneSided { alias: alias.clone(), missing: of }),
            None => (!exists).then(|| AliasIssue::NothingBefore { alias: alias.clone(), of }),
        }));
        routing
    }

    /// Returns what each wish that can be met comes to beside the move.
    fn wishes(&mut self) -> BTreeMap<AliasName, Intended> {
        let mut wishes = BTreeMap::new();
        for (alias, intent) in self.from.intents {
            if self.refused.contains(alias) {
                continue;
            }
            let to = self.resolved.get(alias).cloned().flatten();
            let target = self.from.targets.get(alias);
            // What the TOML alone would do is asked for this comparison only.
            let issues = self.issues.len();
            let declared = target.and_then(|target| self.target(alias, target));
            self.issues.truncate(issues);
            let weighing = Weighing {
                line: self.from.line,
                alias,
                target,
                to: to.as_ref(),
                declared: declared.as_ref(),
                resolved: &self.resolved,
                intents: self.from.intents,
                mark: self.from.mark,
                bad: left_behind(self.from.line, alias, intent),
            };
            let hold = weighing.change(intent);
            let is_there = |live: &&LineAlias| to.as_ref().is_some_and(|to| to.is_live(&live.routing));
            let there = self.from.line.aliases.get(alias).filter(is_there);
            if let (Some(live), None) = (there, &hold) {
                let issue = WishIssue::There(live.routing.clone());
                self.issues.push(AliasIssue::Wish { alias: alias.clone(), issue });
            }
            wishes.insert(alias.clone(), Intended { hold, command: intent.command.clone() });
        }
        wishes
    }

    fn finish(mut self) -> AliasResolution {
        let intended = self.wishes();
        let unlisted = self.from.line.aliases.keys().filter(|alias| !self.from.targets.contains_key(*alias));
        let unlisted: Vec<AliasName> = unlisted.cloned().collect();
        for alias in unlisted {
            let routing = self.stay(&alias);
            self.resolved.insert(alias, routing);
        }
        let after: BTreeMap<AliasName, PlannedRouting> = self
            .resolved
            .iter()
            .filter_map(|(alias, routing)| Some((alias.clone(), routing.clone()?)))
            .collect();
        let changes: BTreeMap<AliasName, AliasChange> =
            after.iter().filter_map(|(alias, to)| Some((alias.clone(), self.change(alias, to)?))).collect();
        let asks = |routing: &PlannedRouting| routing.versions().any(|version| *version == self.latest);
        let is_asked =
            after.iter().any(|(alias, routing)| self.from.targets.contains_key(alias) && asks(routing));
        AliasResolution {
            latest: is_asked.then_some(self.latest),
            changes,
            after,
            held: self.held,
            over: self.over,
            bad: intended
                .values()
                .filter_map(|intended| intended.hold.as_ref())
                .fold(self.from.line.bad(), |bad, change| change.marks(bad)),
            intended,
            issues: self.issues,
        }
    }

    fn change(&self, alias: &AliasName, to: &PlannedRouting) -> Option<AliasChange> {
        if !self.from.targets.contains_key(alias) {
            return None;
        }
        match self.from.line.aliases.get(alias) {
            None => Some(AliasChange { from: None, to: to.clone() }),
            Some(live) if to.is_live(&live.routing) => None,
            Some(live) if live.is_shifting && is_same_primary(to, &live.routing) => None,
            Some(live) => Some(AliasChange { from: Some(live.settled_routing()), to: to.clone() }),
        }
    }
}

/// The larger share is the primary; of equal shares the lower number, and the version that is yet
/// to be published has the highest. One side alone, or a side of 0 %, is no split.
pub(super) fn by_share(shares: BTreeMap<VersionRef, u8>) -> Option<PlannedRouting> {
    let mut shares: Vec<(VersionRef, u8)> = shares.into_iter().collect();
    shares.sort_by_key(|(_, percent)| std::cmp::Reverse(*percent));
    let mut shares = shares.into_iter();
    let (primary, _) = shares.next()?;
    let additional = shares.next().filter(|(_, percent)| *percent > 0);
    Some(PlannedRouting {
        primary,
        additional: additional.map(|(version, percent)| (version, Weight::percent(percent))),
    })
}

fn is_same_primary(to: &PlannedRouting, live: &Routing) -> bool {
    to.primary.existing() == live.primary.version()
}
