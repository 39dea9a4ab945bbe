//! What somebody wants of an alias now, beside what the TOML says of it (design §3.7).
//!
//! The TOML says where an alias shall be from now on; an intent is one wish at one moment: point it
//! there, go back, let it go. Where a wish contradicts what the TOML would do next, a hold keeps it. The
//! versions that a rollback leaves are bad at once, so that no way back leads there in the same plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{
    AliasName, AliasTarget, Hold, HoldChange, HoldEnd, LatestMark, PlannedRouting, Routing, Target,
    VersionNumber, VersionRef,
};

use super::{Line, LineAlias, alias::by_share};

/// One wish of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasIntent {
    /// Where the alias shall point.
    pub place: IntendedPlace,
    /// What kind of wish it is.
    pub kind: IntentKind,
    /// The command that says so.
    pub command: String,
    /// Why, for the hold: in somebody's words, or the command.
    pub reason: String,
}

/// Where an alias shall point, as somebody says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntendedPlace {
    /// To this version.
    Version(VersionNumber),
    /// To what `latest` is.
    Latest,
    /// To the one version that another alias serves.
    VersionOf(AliasName),
    /// To two versions with shares in per cent.
    Split(BTreeMap<VersionNumber, u8>),
    /// To where it was once.
    Once(Once),
    /// To what it served before.
    Back,
    /// Nowhere else.
    Here,
}

/// Where an alias was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Its versions and their shares.
    pub routing: Routing,
    /// When it was there.
    pub at: Timestamp,
}

/// What kind of wish it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentKind {
    /// The alias is sent somewhere.
    Point,
    /// What it leaves is bad.
    Rollback,
    /// The hold ends, and the mark that came with it.
    Release,
    /// The same, and every mark of the function or state machine.
    ReleaseAll,
}

/// The wishes for one function or state machine.
pub type AliasIntents = BTreeMap<AliasName, AliasIntent>;

/// What a wish comes to beside the move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intended {
    /// What is remembered of the alias from then on, if that is something else.
    pub hold: Option<HoldChange>,
    /// The command that says so.
    pub command: String,
}

/// Why a wish cannot be met, or that it is met already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WishIssue {
    /// AWS does not have the version.
    NoSuchVersion(VersionNumber),
    /// The version of this number is another one than the alias served then.
    AnotherVersion(VersionNumber),
    /// The alias has served nothing else.
    NothingToGoBack,
    /// The alias is half-way, and nobody knows from where.
    HalfWay(Routing),
    /// This alias does not exist.
    NoSuchAlias(AliasName),
    /// This alias is on `$LATEST`, where no other is sent.
    OnLatest(AliasName),
    /// The alias to go by serves two versions.
    Split(AliasName, Routing),
    /// It is there already.
    There(Routing),
    /// The TOML pins the alias, splits it or lets it follow.
    Decided,
}

/// Returns the version that is bad once the alias is where the wish has it.
pub(super) fn left_behind(line: &Line<'_>, alias: &AliasName, intent: &AliasIntent) -> Option<VersionNumber> {
    if intent.kind != IntentKind::Rollback {
        return None;
    }
    let to = place(line, alias, &intent.place).ok()?;
    let kept: BTreeSet<VersionNumber> = to.versions().filter_map(VersionRef::existing).collect();
    let now = line.aliases.get(alias).map(LineAlias::settled_routing);
    // Somebody may have moved it back by hand, and the state does not know yet.
    let seen = line.past.and_then(|past| past.aliases.get(alias)).map(|seen| seen.routing().clone());
    now.into_iter()
        .chain(seen)
        .flat_map(|routing| routing.versions().collect::<Vec<_>>())
        .find(|version| !kept.contains(version))
}

/// Returns where a wish leads, `latest` apart, which only the planner of publishes knows.
pub(super) fn place(
    line: &Line<'_>,
    alias: &AliasName,
    place: &IntendedPlace,
) -> Result<PlannedRouting, WishIssue> {
    let existing = |version: VersionNumber| {
        let missing = || WishIssue::NoSuchVersion(version);
        line.versions.contains_key(&version).then_some(VersionRef::Existing(version)).ok_or_else(missing)
    };
    match place {
        IntendedPlace::Version(version) => existing(*version).map(PlannedRouting::to),
        IntendedPlace::Split(shares) => {
            let shares: Result<BTreeMap<_, _>, _> =
                shares.iter().map(|(version, percent)| Ok((existing(*version)?, *percent))).collect();
            Ok(by_share(shares?).expect("the command line has two sides"))
        }
        IntendedPlace::Once(Once { routing, at }) => {
            for version in routing.versions() {
                existing(version)?;
                if !line.is_same_as_at(version, *at) {
                    return Err(WishIssue::AnotherVersion(version));
                }
            }
            PlannedRouting::of_live(routing).ok_or(WishIssue::NothingToGoBack)
        }
        IntendedPlace::VersionOf(of) => version_of(line, of),
        IntendedPlace::Back => back(line, alias),
        IntendedPlace::Here | IntendedPlace::Latest => {
            let here =
                line.aliases.get(alias).and_then(|live| PlannedRouting::of_live(&live.settled_routing()));
            here.ok_or_else(|| WishIssue::NoSuchAlias(alias.clone()))
        }
    }
}

/// Returns the version that another alias serves, as it is now: whoever promotes it has tried that one.
fn version_of(line: &Line<'_>, of: &AliasName) -> Result<PlannedRouting, WishIssue> {
    let there = line.aliases.get(of).ok_or_else(|| WishIssue::NoSuchAlias(of.clone()))?;
    let routing = there.settled_routing();
    if routing.additional.is_some() {
        return Err(WishIssue::Split(of.clone(), routing));
    }
    PlannedRouting::of_live(&routing).ok_or_else(|| WishIssue::OnLatest(of.clone()))
}

/// Goes back to what the alias served before. One that is half-way to another version goes back to the
/// one of the two that it served alone.
fn back(line: &Line<'_>, alias: &AliasName) -> Result<PlannedRouting, WishIssue> {
    let missing = || WishIssue::NoSuchAlias(alias.clone());
    let now = line.aliases.get(alias).ok_or_else(missing)?.settled_routing();
    let found = if now.additional.is_some() {
        let moves = line.past.and_then(|past| past.aliases.get(alias)).map(|seen| seen.moves.iter().rev());
        let alone = moves.into_iter().flatten().filter(|step| step.routing.additional.is_none());
        let mut alone = alone.filter_map(|step| step.routing.primary.version());
        let both: BTreeSet<VersionNumber> = now.versions().collect();
        alone.find(|version| both.contains(version))
    } else {
        line.way_back(alias, now.primary.version())
    };
    let nothing = || match now.additional {
        Some(_) => WishIssue::HalfWay(now.clone()),
        None => WishIssue::NothingToGoBack,
    };
    found.map(|version| PlannedRouting::to(VersionRef::Existing(version))).ok_or_else(nothing)
}

/// What decides whether a wish needs a hold.
pub(super) struct Weighing<'a> {
    pub(super) line: &'a Line<'a>,
    pub(super) alias: &'a AliasName,
    pub(super) target: Option<&'a AliasTarget>,
    /// Where the wish leads; nothing where the alias is not there.
    pub(super) to: Option<&'a PlannedRouting>,
    /// Where the TOML alone would have the alias.
    pub(super) declared: Option<&'a PlannedRouting>,
    /// Where all aliases will point.
    pub(super) resolved: &'a BTreeMap<AliasName, Option<PlannedRouting>>,
    /// All wishes.
    pub(super) intents: &'a AliasIntents,
    /// What is live now.
    pub(super) mark: &'a LatestMark,
    /// What the wish leaves as bad.
    pub(super) bad: Option<VersionNumber>,
}

impl Weighing<'_> {
    /// Returns what is remembered from the wish on, if that is something else than before.
    pub(super) fn change(&self, intent: &AliasIntent) -> Option<HoldChange> {
        let known = self.line.bad();
        let hold = self.line.hold(self.alias);
        let new = self.bad.filter(|bad| !known.contains(bad));
        let mark = new.map(|bad| HoldChange::Mark { bad });
        match intent.kind {
            IntentKind::Release => {
                return hold.map(|hold| HoldChange::Release { forgiven: hold.bad.clone(), bad: None });
            }
            IntentKind::ReleaseAll => {
                let is_nothing = hold.is_none() && known.is_empty();
                return (!is_nothing).then_some(HoldChange::Release { forgiven: known, bad: None });
            }
            IntentKind::Point | IntentKind::Rollback => {}
        }
        let until = match self.target {
            Some(AliasTarget::Latest) => HoldEnd::Latest(self.mark.clone()),
            Some(AliasTarget::Previous(of)) => HoldEnd::Moves { of: of.clone(), from: self.primary(of) },
            Some(AliasTarget::Manual) if hold.is_none() && self.is_there() => return mark,
            Some(AliasTarget::Manual) => HoldEnd::Arrives,
            Some(AliasTarget::Pinned(_) | AliasTarget::SameAs(_) | AliasTarget::Split(_)) | None => {
                return mark;
            }
        };
        let to = self.to?;
        // A way back stays where it is until the other alias moves, so the TOML says nothing of the place.
        let is_declared = matches!(self.target, Some(AliasTarget::Latest)) && self.declared == Some(to);
        // A definition of once comes back with its alias, and the TOML still says the one that is live now.
        let is_of_now = self.mark.version.is_some() && self.mark.version == to.primary.existing();
        let is_declared = is_declared && (is_of_now || !matches!(intent.place, IntendedPlace::Once(_)));
        if is_declared {
            // Who sends it there takes back what a rollback said of that version, and of no other.
            let is_chosen =
                |version: &&VersionNumber| to.versions().any(|chosen| chosen.existing() == Some(**version));
            let release = |hold: &Hold| HoldChange::Release {
                forgiven: hold.bad.iter().filter(is_chosen).copied().collect(),
                bad: new,
            };
            return hold.map(release).or(mark);
        }
        let is_same = |held: &&Hold| to.is_live(&held.routing) && held.until == until;
        if hold.as_ref().is_some_and(is_same) && self.bad.is_none_or(|bad| known.contains(&bad)) {
            return None;
        }
        Some(HoldChange::Hold { until, bad: self.bad, reason: intent.reason.clone() })
    }

    /// Tells whether the alias is where the wish leads.
    fn is_there(&self) -> bool {
        let there = self.line.aliases.get(self.alias);
        self.to.zip(there).is_some_and(|(to, there)| to.is_live(&there.routing))
    }

    /// Returns where an alias is when the wishes are met; others stay out of it.
    fn primary(&self, alias: &AliasName) -> Option<VersionNumber> {
        if self.intents.contains_key(alias) {
            return self.resolved.get(alias)?.as_ref()?.primary.existing();
        }
        self.line.aliases.get(alias).map(|live| live.routing.primary).and_then(Target::version)
    }
}
