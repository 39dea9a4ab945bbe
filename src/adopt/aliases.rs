//! What to declare of each alias, so that nothing moves.

use std::collections::BTreeMap;

use crate::{
    diff::{AliasIntents, Line, LineAlias, Resolving, resolve_aliases},
    model::{
        AliasName, AliasTarget, AliasTargets, Digest, LatestMark, Routing, SplitKey, Target, VersionRef,
        Weight,
    },
};

use super::table::{Table, target};

/// Whose aliases they are, for the words that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Function,
    Machine,
}

/// The aliases of one function or machine.
pub(super) struct Aliases<'a> {
    pub(super) owner: Owner,
    pub(super) line: &'a Line<'a>,
    /// What `latest` would be.
    pub(super) latest: VersionRef,
    /// What `[defaults]` declares.
    pub(super) inherited: &'a AliasTargets,
    /// Whether every alias is to be `manual`.
    pub(super) is_cautious: bool,
}

impl Aliases<'_> {
    /// Writes a line for every alias that needs one.
    pub(super) fn write(&self, table: &mut Table) {
        let chosen: BTreeMap<&AliasName, AliasTarget> =
            self.line.aliases.iter().map(|(name, alias)| (name, self.chosen(name, alias))).collect();
        for (name, alias) in &self.line.aliases {
            let wanted = &chosen[name];
            if self.inherited.get(name) != Some(wanted) {
                let comment = self.comment(alias, wanted, &chosen);
                table.line(&format!("aliases.{name}"), &target(wanted), Some(&comment));
            }
        }
        for name in self.inherited.keys().filter(|name| !self.line.aliases.contains_key(*name)) {
            let comment = "`[defaults]` declares it, and there is none";
            table.line(&format!("aliases.{name}"), "\"unmanaged\"", Some(comment));
        }
        if self.line.aliases.is_empty() && self.owner == Owner::Function {
            table.comment("no alias yet; aliases.LIVE = \"latest\" publishes a version and creates one");
        }
        for name in self.line.others.keys() {
            table.comment(&format!("the alias {name} cannot be declared and is left alone"));
        }
    }

    /// Returns the first of a few targets that finds the alias where it is.
    fn chosen(&self, name: &AliasName, alias: &LineAlias) -> AliasTarget {
        let inherited = self.inherited.get(name).filter(|target| self.follows_what_is_there(target));
        let telling = [inherited.cloned(), Some(AliasTarget::Latest), split(&alias.routing)];
        let mut telling = telling.into_iter().flatten();
        let found = telling.find(|target| !self.is_cautious && self.is_there(name, target));
        found.unwrap_or(AliasTarget::Manual)
    }

    fn is_there(&self, name: &AliasName, target: &AliasTarget) -> bool {
        let targets = AliasTargets::from([(name.clone(), target.clone())]);
        // What was never recorded is held by nobody.
        let mark = LatestMark { fingerprint: Digest::of(b""), version: None };
        let resolving = Resolving {
            targets: &targets,
            line: self.line,
            mark: &mark,
            is_as_left: &|_| false,
            intents: &AliasIntents::default(),
        };
        let resolution = resolve_aliases(resolving, self.latest.clone());
        resolution.changes.is_empty() && resolution.issues.is_empty()
    }

    /// A target may follow only what is declared, which is what exists.
    fn follows_what_is_there(&self, target: &AliasTarget) -> bool {
        let is_there = |alias: &AliasName| self.line.aliases.contains_key(alias);
        match target {
            AliasTarget::Previous(of) | AliasTarget::SameAs(of) => is_there(of),
            AliasTarget::Split(sides) => sides.keys().all(|side| match side {
                SplitKey::Previous(of) => is_there(of),
                SplitKey::Latest | SplitKey::Version(_) => true,
            }),
            AliasTarget::Latest | AliasTarget::Pinned(_) | AliasTarget::Manual => true,
        }
    }

    /// Says where the alias is, and what to write for it to move.
    fn comment(
        &self,
        alias: &LineAlias,
        wanted: &AliasTarget,
        chosen: &BTreeMap<&AliasName, AliasTarget>,
    ) -> String {
        let routing = &alias.routing;
        if *wanted != AliasTarget::Manual {
            return match wanted {
                AliasTarget::Split(_) => "half shifted; \"latest\" ends the split".to_owned(),
                _ => format!("at {routing}"),
            };
        }
        let otherwise = match (&self.latest, self.owner) {
            (VersionRef::Existing(version), _) => format!("\"latest\" would move it to {version}"),
            (VersionRef::PublishedBy(_), Owner::Function) => {
                "\"latest\" would publish $LATEST and move it there".to_owned()
            }
            (VersionRef::PublishedBy(_), Owner::Machine) => {
                "\"latest\" would publish the machine and move it there".to_owned()
            }
        };
        let way_back = self
            .ahead(alias, chosen)
            .map(|ahead| format!("; \"previous({ahead})\" would follow {ahead} from its next move on"));
        format!("at {routing}; {otherwise}{}", way_back.unwrap_or_default())
    }

    /// Returns an alias at `latest` that is ahead of this one, as LIVE is of ROLLBACK.
    fn ahead<'a>(
        &self,
        alias: &LineAlias,
        chosen: &BTreeMap<&'a AliasName, AliasTarget>,
    ) -> Option<&'a AliasName> {
        let here = alias.routing.primary.version().filter(|_| alias.routing.additional.is_none())?;
        let is_ahead = |name: &AliasName| {
            self.line.aliases.get(name)?.routing.primary.version().map(|there| there > here)
        };
        let at_latest = chosen.iter().filter(|(_, target)| **target == AliasTarget::Latest);
        at_latest.map(|(name, _)| *name).find(|name| is_ahead(name) == Some(true))
    }
}

/// Returns the split that the routing is, if its shares are whole per cents.
fn split(routing: &Routing) -> Option<AliasTarget> {
    let (Target::Version(primary), (other, weight)) = (routing.primary, routing.additional?) else {
        return None;
    };
    let share = weight.as_percent();
    let is_whole = Weight::percent(share) == weight && (1..=99).contains(&share);
    let sides = [(SplitKey::Version(primary), 100 - share), (SplitKey::Version(other), share)];
    (is_whole && primary != other).then(|| AliasTarget::Split(sides.into()))
}
