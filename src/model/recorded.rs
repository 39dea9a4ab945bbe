//! Recorded: what we last applied or adopted, and the history that AWS does not keep.
//!
//! No environment value and no digest of one is here. Instead [`RecordedLatest::equals`] names the
//! published version that `$LATEST` was equal to, so that a changed variable can be found later by
//! comparing the two live objects in memory (design §3.3, §3.10).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    AliasName, CodeSha256, Digest, FunctionId, FunctionName, Hold, MachineId, MachineLogging, MachineName,
    Object, RoleArn, Routing, Settings, VersionNumber,
};

/// The recorded state of one environment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The functions by their key in the TOML.
    pub functions: BTreeMap<FunctionId, RecordedFunction>,
    /// The machines by their key in the TOML.
    pub machines: BTreeMap<MachineId, RecordedMachine>,
}

impl Recorded {
    /// Returns what is recorded of one object, and of no other.
    pub fn part(&self, object: &Object) -> Self {
        let mut part = Self::default();
        match object {
            Object::Function(id) => part.functions.extend(self.functions.get_key_value(id).map(owned)),
            Object::Machine(id) => part.machines.extend(self.machines.get_key_value(id).map(owned)),
        }
        part
    }

    /// Replaces what is recorded of one object by another record of it, or by none.
    pub fn replace(&mut self, object: &Object, mut by: Self) {
        match object {
            Object::Function(id) => match by.functions.remove(id) {
                Some(record) => drop(self.functions.insert(id.clone(), record)),
                None => drop(self.functions.remove(id)),
            },
            Object::Machine(id) => match by.machines.remove(id) {
                Some(record) => drop(self.machines.insert(id.clone(), record)),
                None => drop(self.machines.remove(id)),
            },
        }
    }
}

fn owned<K: Clone, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (key.clone(), value.clone())
}

/// The holds of a function or state machine by alias; an alias that is yet to be created may have one.
pub type Holds = BTreeMap<AliasName, Hold>;

/// A function as we last saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedFunction {
    /// The physical name.
    pub name: FunctionName,
    /// When the state first held this function; adoption protects versions from here on.
    pub first_recorded: Timestamp,
    /// `$LATEST`.
    pub latest: RecordedLatest,
    /// The published versions.
    pub versions: BTreeMap<VersionNumber, RecordedVersion>,
    /// The aliases, also the ones that nobody declares.
    pub aliases: BTreeMap<AliasName, RecordedAlias>,
    /// Versions that a rollback marked bad; it matters to `previous(X)` alone.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub bad: BTreeSet<VersionNumber>,
    /// The aliases that stay where somebody put them.
    #[serde(default, skip_serializing_if = "Holds::is_empty")]
    pub holds: Holds,
}

/// `$LATEST` as we last saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedLatest {
    /// The hash of the package.
    pub code: CodeSha256,
    /// The settings that differ from AWS's defaults.
    pub settings: Settings,
    /// The names of the environment variables.
    pub environment: BTreeSet<String>,
    /// The newest version that it was equal to, values included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<VersionNumber>,
}

/// A published version as we last saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedVersion {
    /// The fingerprint without environment values.
    pub fingerprint: Digest,
    /// When we published it; nothing if somebody else did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
}

/// An alias with all that we saw it serve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAlias {
    /// Its moves, oldest first; the last one is where it points. Never empty.
    pub moves: Vec<AliasMove>,
    /// When we first saw that it does not exist any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Timestamp>,
    /// When it left the versions that it served before the first of these moves, or in between by moves
    /// that were taken back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left: BTreeMap<VersionNumber, Timestamp>,
}

impl RecordedAlias {
    /// How many moves are kept: enough for people to look back, small enough to read. What retention
    /// needs of older ones is in [`RecordedAlias::left`], however many moves a `min_age` holds.
    const KEPT_MOVES: usize = 100;

    /// Starts a history.
    pub fn first_seen(routing: Routing, at: Timestamp) -> Self {
        Self { moves: vec![AliasMove { at, routing }], gone: None, left: BTreeMap::new() }
    }

    /// Returns where it pointed when we last looked.
    pub fn routing(&self) -> &Routing {
        &self
            .moves
            .last()
            .expect("a history starts with the first sight and never shrinks to nothing")
            .routing
    }

    /// Adds a move, if the alias points elsewhere than before.
    pub fn see(&mut self, routing: Routing, at: Timestamp) {
        if self.gone.take().is_none() && *self.routing() == routing {
            return;
        }
        // From here on its moves tell when it leaves these.
        self.left.retain(|version, _| !routing.versions().any(|served| served == *version));
        self.moves.push(AliasMove { at, routing });
        while self.moves.len() > Self::KEPT_MOVES {
            let oldest = self.moves.remove(0);
            let until = self.moves[0].at;
            self.left.extend(oldest.routing.versions().map(|version| (version, until)));
        }
    }

    /// Takes moves of ours back: the alias is again where it was before them, and what it served in
    /// between is nothing to go back to. That it did serve it still counts for its age.
    pub fn take_back(&mut self, to: &Routing, at: Timestamp) {
        let Some(last) = self.moves.iter().rposition(|step| step.routing == *to) else {
            return self.see(to.clone(), at);
        };
        for step in self.moves.split_off(last + 1) {
            self.left.extend(step.routing.versions().map(|version| (version, at)));
        }
        self.left.retain(|version, _| !to.versions().any(|served| served == *version));
    }

    /// Returns when it left a version, or that it did not.
    pub fn leaving(&self, version: VersionNumber) -> Leaving {
        let serves = |step: &AliasMove| step.routing.versions().any(|served| served == version);
        let left = self.left.get(&version).copied();
        let Some(last) = self.moves.iter().rposition(serves) else {
            return left.map_or(Leaving::Never, Leaving::At);
        };
        let next = self.moves.get(last + 1).map(|next| next.at).or(self.gone);
        next.map_or(Leaving::Unseen, |next| Leaving::At(left.map_or(next, |left| left.max(next))))
    }
}

/// When an alias left a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// It never served the version, as far as we know.
    Never,
    /// It left at this instant.
    At(Timestamp),
    /// The last record still has it there.
    Unseen,
}

/// One move of an alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasMove {
    /// When it moved, or when we first saw that it had.
    pub at: Timestamp,
    /// Where it pointed from then on.
    pub routing: Routing,
}

/// A state machine as we last saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedMachine {
    /// The physical name.
    pub name: MachineName,
    /// The digest of the live definition's bytes; the text is under `definitions/`.
    pub definition: Digest,
    /// The versions that it pins, by physical function name; they stay when another one replaces it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: BTreeMap<FunctionName, BTreeSet<VersionNumber>>,
    /// The execution role.
    pub role: RoleArn,
    /// The logging, written out where it is off; nothing where the record is from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logging: Option<MachineLogging>,
    /// Definitions of the past that are kept, newest first, with the versions that they pin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptDefinition>,
    /// Its versions and aliases; nothing where nobody asked for them yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<RecordedMachineLine>,
}

/// The versions and aliases of a state machine as we last saw them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedMachineLine {
    /// When the state first held them; adoption protects versions from here on.
    pub first_recorded: Timestamp,
    /// The published versions.
    pub versions: BTreeMap<VersionNumber, RecordedMachineVersion>,
    /// The aliases, also the ones that nobody declares.
    pub aliases: BTreeMap<AliasName, RecordedAlias>,
    /// The newest version that runs what the machine itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<VersionNumber>,
    /// Versions that a rollback marked bad; it matters to `previous(X)` alone.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub bad: BTreeSet<VersionNumber>,
    /// The aliases that stay where somebody put them.
    #[serde(default, skip_serializing_if = "Holds::is_empty")]
    pub holds: Holds,
}

/// A published version of a state machine. What it runs never changes, and AWS's lists do not tell it
/// (T14), so it is read once and remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedMachineVersion {
    /// When AWS says that it was published; another instant is another version, because a machine that
    /// was created anew begins its numbers again.
    pub created: Timestamp,
    /// The fingerprint of definition, role and logging.
    pub fingerprint: Digest,
    /// The versions that its definition pins.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: StatePins,
}

/// The versions of functions that a definition pins, by physical name, with the states that do.
pub type StatePins = BTreeMap<FunctionName, BTreeMap<VersionNumber, BTreeSet<String>>>;

/// A definition of the past, kept so that the machine can be rolled back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptDefinition {
    /// The digest of its bytes.
    pub definition: Digest,
    /// The versions that it pins, by physical function name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: BTreeMap<FunctionName, BTreeSet<VersionNumber>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn version(number: u64) -> VersionNumber {
        VersionNumber::new(number).unwrap()
    }

    fn alias(moves: &[u64]) -> RecordedAlias {
        let mut moves = (0..).zip(moves);
        let (first, number) = moves.next().unwrap();
        let mut alias = RecordedAlias::first_seen(Routing::to(version(*number)), at(first));
        moves.for_each(|(second, number)| alias.see(Routing::to(version(*number)), at(second)));
        alias
    }

    fn served(alias: &RecordedAlias) -> Vec<String> {
        alias.moves.iter().map(|step| step.routing.to_string()).collect()
    }

    #[test]
    fn moves_that_are_taken_back_are_no_history_and_count_for_the_age() {
        let mut alias = alias(&[6, 7, 8, 9]);
        alias.take_back(&Routing::to(version(7)), at(20));
        assert_eq!(served(&alias), ["6", "7"]);
        assert_eq!(alias.leaving(version(8)), Leaving::At(at(20)));
        assert_eq!(alias.leaving(version(9)), Leaving::At(at(20)));
        assert_eq!(alias.leaving(version(7)), Leaving::Unseen);
        assert_eq!(alias.leaving(version(6)), Leaving::At(at(1)));
    }

    #[test]
    fn an_old_version_that_was_served_again_for_a_moment_left_at_the_end_of_it() {
        let mut alias = alias(&[6, 7, 6]);
        alias.take_back(&Routing::to(version(7)), at(20));
        assert_eq!(served(&alias), ["6", "7"]);
        assert_eq!(alias.leaving(version(6)), Leaving::At(at(20)));
    }

    #[test]
    fn a_move_that_succeeds_in_the_end_leaves_no_trace_of_the_first_try() {
        let mut tried = alias(&[7, 8]);
        tried.take_back(&Routing::to(version(7)), at(20));
        tried.see(Routing::to(version(8)), at(1));
        assert_eq!(tried, alias(&[7, 8]));
    }

    #[test]
    fn taking_back_what_was_never_seen_is_a_move() {
        let mut alias = alias(&[7]);
        alias.take_back(&Routing::to(version(3)), at(20));
        assert_eq!(served(&alias), ["7", "3"]);
    }
}
