//! Live: what AWS says, read through the provider.
//!
//! Absent, failed, pending and not-yet-asked are different things here; none of them is an
//! `Option` that could be mistaken for another.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    AliasName, Configuration, Digest, FunctionId, FunctionName, LiveMachine, MachineId, Object, Values,
    Verdict, VersionNumber,
};

/// What AWS says of every managed object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Live {
    /// The functions by their key in the TOML.
    pub functions: BTreeMap<FunctionId, Presence<LiveFunction>>,
    /// The machines by their key in the TOML.
    pub machines: BTreeMap<MachineId, Presence<LiveMachine>>,
    /// What AWS says of definitions that machines may be sent, there or not, by their digests.
    pub verdicts: BTreeMap<MachineId, BTreeMap<Digest, Verdict>>,
    /// What the sources of declared variables say, where they were asked.
    pub values: Values,
    /// The functions whose declared code nobody could read, and why.
    pub unread_code: BTreeMap<FunctionId, UnreadCode>,
}

/// Why the code of a function is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadCode {
    /// What is wrong, in words.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// There, or looked for and not there.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence<T> {
    /// AWS answered that there is no such thing.
    Absent,
    /// AWS described it.
    Present(T),
}

impl<T> Presence<T> {
    /// Returns the thing if it is there.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Absent => None,
            Self::Present(thing) => Some(thing),
        }
    }
}

impl Live {
    /// Returns the function if AWS has it.
    pub fn function(&self, id: &FunctionId) -> Option<&LiveFunction> {
        self.functions.get(id).and_then(Presence::present)
    }

    /// Returns the objects that were looked at.
    pub fn objects(&self) -> impl Iterator<Item = Object> {
        let functions = self.functions.keys().cloned().map(Object::Function);
        functions.chain(self.machines.keys().cloned().map(Object::Machine))
    }

    /// Returns what was seen of some objects.
    pub fn part(&self, is_wanted: impl Fn(&Object) -> bool) -> Self {
        let functions = self.functions.iter().filter(|(id, _)| is_wanted(&Object::Function((*id).clone())));
        let machines = self.machines.iter().filter(|(id, _)| is_wanted(&Object::Machine((*id).clone())));
        Self {
            functions: functions.map(|(id, live)| (id.clone(), live.clone())).collect(),
            machines: machines.map(|(id, live)| (id.clone(), live.clone())).collect(),
            verdicts: self.verdicts.clone(),
            values: self.values.clone(),
            unread_code: self.unread_code.clone(),
        }
    }

    /// Returns what AWS says of a definition for a machine, if it was asked.
    pub fn verdict(&self, id: &MachineId, definition: &Digest) -> Option<&Verdict> {
        self.verdicts.get(id)?.get(definition)
    }

    /// Returns the machine if AWS has it.
    pub fn machine(&self, id: &MachineId) -> Option<&LiveMachine> {
        self.machines.get(id).and_then(Presence::present)
    }
}

/// A function with all its versions and aliases.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveFunction {
    /// The physical name.
    pub name: FunctionName,
    /// The unqualified ARN.
    pub arn: String,
    /// `$LATEST`.
    pub latest: LiveLatest,
    /// The published versions.
    pub versions: BTreeMap<VersionNumber, LiveVersion>,
    /// The aliases.
    pub aliases: BTreeMap<AliasName, LiveAlias>,
}

/// `$LATEST`: the only mutable code of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveLatest {
    /// Code, settings and environment.
    pub configuration: Configuration,
    /// The revision that a write must name (R6).
    pub revision_id: RevisionId,
    /// Whether it can be changed and published now; the lists never say (R15).
    pub health: Health,
}

/// A published version.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveVersion {
    /// Code, settings and environment, locked at the publish.
    pub configuration: Configuration,
    /// The description, in our case the commit and the deployment.
    pub description: String,
    /// When AWS says that it was last modified, which for a version is its publish.
    pub last_modified: Timestamp,
    /// The size of the package in bytes.
    pub code_size: u64,
    /// Whether it can be invoked; the lists never say (R15).
    pub health: Health,
}

/// Whether a function or version can be worked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Not asked: the lists carry no state, and GetFunction is asked only where it matters.
    Unknown,
    /// Active, with no update under way.
    Ready,
    /// Being created, or waking up; it ends by itself.
    Pending,
    /// An update is under way; it ends by itself.
    InProgress,
    /// The last creation or update failed, with AWS's reason.
    Failed(String),
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAlias {
    /// Where it points.
    pub routing: Routing,
    /// The revision that a write must name (R6).
    pub revision_id: RevisionId,
    /// Whether AWS is still moving its provisioned concurrency, with weights of its own (T11).
    /// The lists never say; `false` until somebody asked.
    pub is_shifting: bool,
}

impl LiveAlias {
    /// Returns where the alias points without the weight that AWS gives it while it moves provisioned
    /// concurrency: that weight is nobody's wish and goes by itself (T11).
    pub fn settled_routing(&self) -> Routing {
        let additional = self.routing.additional.filter(|_| !self.is_shifting);
        Routing { primary: self.routing.primary, additional }
    }
}

/// Where an alias points: a primary target and at most one more version with a weight (R16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// The target of `FunctionVersion`.
    pub primary: Target,
    /// The other version and its share of the traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional: Option<(VersionNumber, Weight)>,
}

impl Routing {
    /// Returns a routing that sends everything to one version.
    pub fn to(version: VersionNumber) -> Self {
        Self { primary: Target::Version(version), additional: None }
    }

    /// Returns the versions that may not go while the alias points here.
    pub fn versions(&self) -> impl Iterator<Item = VersionNumber> {
        self.primary.version().into_iter().chain(self.additional.map(|(version, _)| version))
    }

    /// Returns the targets with their shares, the primary one first.
    pub fn shares(&self) -> Vec<(Target, Weight)> {
        let weight = self.additional.map_or(Weight::percent(0), |(_, weight)| weight);
        let other = self.additional.map(|(version, weight)| (Target::Version(version), weight));
        std::iter::once((self.primary, weight.rest())).chain(other).collect()
    }
}

impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_routing(f, &self.primary, self.additional.as_ref())
    }
}

/// Writes a routing, live or planned: `7`, or `41 (90%) + 42 (10%)`.
pub(super) fn write_routing(
    f: &mut fmt::Formatter<'_>,
    primary: &dyn fmt::Display,
    additional: Option<&(impl fmt::Display, Weight)>,
) -> fmt::Result {
    match additional {
        None => primary.fmt(f),
        Some((version, weight)) => write!(f, "{primary} ({}) + {version} ({weight})", weight.rest()),
    }
}

/// The primary target of an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// `$LATEST`: allowed by AWS, never by us.
    Latest,
    /// A published version.
    Version(VersionNumber),
}

impl Target {
    /// Returns the version unless the target is `$LATEST`.
    pub fn version(self) -> Option<VersionNumber> {
        match self {
            Self::Latest => None,
            Self::Version(version) => Some(version),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Version(version) => version.fmt(f),
        }
    }
}

/// A share of an alias's traffic in millionths, exact where AWS's fraction is a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weight(u32);

impl Weight {
    const WHOLE: u32 = 1_000_000;

    /// Takes whole per cents, 0 to 100.
    pub fn percent(percent: u8) -> Self {
        Self(u32::from(percent.min(100)) * 10_000)
    }

    /// Takes the fraction that AWS reports, 0.0 to 1.0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1 before")]
    pub fn fraction(fraction: f64) -> Self {
        Self((fraction.clamp(0.0, 1.0) * f64::from(Self::WHOLE)).round() as u32)
    }

    /// Returns the fraction that AWS takes.
    pub fn as_fraction(self) -> f64 {
        f64::from(self.0) / f64::from(Self::WHOLE)
    }

    /// Returns the share in per cent, rounded down.
    pub fn as_percent(self) -> u8 {
        u8::try_from(self.0 / 10_000).unwrap_or(100)
    }

    /// Returns what is left for the primary target.
    pub fn rest(self) -> Self {
        Self(Self::WHOLE - self.0.min(Self::WHOLE))
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 10_000, self.0 % 10_000);
        if part == 0 {
            return write!(f, "{whole}%");
        }
        let digits = format!("{part:04}");
        write!(f, "{whole}.{}%", digits.trim_end_matches('0'))
    }
}

/// AWS's token for one state of a function or alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionId(String);

impl RevisionId {
    /// Takes the token as AWS reported it.
    pub fn reported(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_read_as_people_write_them() {
        let cases = [(0.1, "10%"), (0.125, "12.5%"), (0.333_333, "33.3333%"), (0.0, "0%"), (1.0, "100%")];
        for (fraction, text) in cases {
            assert_eq!(Weight::fraction(fraction).to_string(), text);
        }
        assert_eq!(Weight::percent(10), Weight::fraction(0.1));
        let routing = Routing {
            primary: Target::Version(VersionNumber::new(41).unwrap()),
            additional: Some((VersionNumber::new(42).unwrap(), Weight::percent(10))),
        };
        assert_eq!(routing.to_string(), "41 (90%) + 42 (10%)");
    }
}
