//! What is planned for one function: updates, publish and aliases, before cleanup.
//!
//! A draft knows the function alone. What other objects make of it (a definition that calls its
//! aliases, a selection that leaves some of it out, the limit on deletions) is the planner's and the
//! cleanup's.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{AliasChange, LatestChange, latest_change, resolve_aliases},
    model::{
        Address, AliasName, AliasTarget, Configuration, DesiredFunction, Digest, FunctionId, Health,
        LiveFunction, Part, PlannedRouting, RecordedFunction, RevisionId, SplitKey, VersionNumber,
        VersionRef,
    },
};

use super::{Action, Finding, Operation, PlanInputs, Precondition, Reason, words};

/// What is planned for one function, before cleanup.
pub(super) struct FunctionDraft<'a> {
    pub(super) live: &'a LiveFunction,
    pub(super) aliases: BTreeMap<AliasName, PlannedRouting>,
    pub(super) alias_actions: BTreeSet<Address>,
    pub(super) new: Option<VersionRef>,
    pub(super) actions: Vec<Action>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> FunctionDraft<'a> {
    pub(super) fn new(
        inputs: &PlanInputs<'a>,
        id: &FunctionId,
        desired: &'a DesiredFunction,
        live: &'a LiveFunction,
    ) -> Self {
        let recorded = recorded_function(inputs, id, desired);
        let change = latest_change(desired, live, inputs.packages.get(id));
        let resolution = resolve_aliases(id, &desired.aliases, live, recorded, &change.after);
        let mut draft = Self {
            live,
            alias_actions: resolution.changes.keys().map(|alias| address_of_alias(id, alias)).collect(),
            new: resolution.latest.clone().filter(|version| version.existing().is_none()),
            aliases: resolution.after,
            actions: Vec::new(),
            findings: words::alias_findings(id, desired, live, &resolution.issues),
        };
        draft.update(id, desired, &change);
        draft.publish(id, desired, &change);
        draft.reuse(id, resolution.latest.as_ref(), &change);
        for (alias, change) in &resolution.changes {
            draft.point(id, desired, alias, change);
        }
        draft
    }

    fn update(&mut self, id: &FunctionId, desired: &DesiredFunction, change: &LatestChange) {
        let before = &self.live.latest.configuration;
        if !change.settings.is_empty() {
            self.actions.push(Action {
                address: Address::function(id, Part::Settings),
                operation: Operation::UpdateSettings { changes: change.settings.clone() },
                reason: Reason::SettingsDiffer,
                precondition: self.latest(before),
                targets: BTreeMap::new(),
                after: BTreeSet::new(),
            });
        }
        match (&change.code, &desired.code) {
            (Some(package), Some(source)) => self.actions.push(Action {
                address: Address::function(id, Part::Code),
                operation: Operation::UpdateCode {
                    from: before.code.clone(),
                    to: package.sha256.clone(),
                    size: package.size,
                    source: source.path().to_owned(),
                    architectures: change.architectures.clone(),
                },
                reason: if package.sha256 == before.code {
                    Reason::ArchitecturesDiffer
                } else {
                    Reason::CodeDiffers
                },
                precondition: self.latest(&change.after_settings),
                targets: BTreeMap::new(),
                after: self.addresses(id, &[Part::Settings]),
            }),
            _ => self
                .findings
                .extend(change.architectures.is_some().then(|| words::architectures_without_code(id))),
        }
    }

    fn publish(&mut self, id: &FunctionId, desired: &DesiredFunction, change: &LatestChange) {
        if self.new.is_none() {
            return;
        }
        if let (Health::Failed(reason), true) = (&self.live.latest.health, change.is_empty()) {
            self.findings.push(words::latest_failed(id, reason));
        }
        let newest = self.live.versions.last_key_value();
        self.actions.push(Action {
            address: Address::function(id, Part::NewVersion),
            operation: Operation::PublishVersion {
                description: desired.version_description.clone(),
                code: change.after.code.clone(),
                newest: newest.map(|(version, _)| *version),
            },
            reason: Reason::NoEqualVersion {
                newest: newest.map(|(version, _)| *version),
                differences: newest
                    .map(|(_, version)| change.after.differences(&version.configuration))
                    .unwrap_or_default(),
            },
            precondition: self.latest(&change.after),
            targets: BTreeMap::new(),
            after: self.addresses(id, &[Part::Settings, Part::Code]),
        });
    }

    /// Equal code and settings are never published twice (design §3.3), and the plan says so.
    fn reuse(&mut self, id: &FunctionId, latest: Option<&VersionRef>, change: &LatestChange) {
        if let (Some(version), false) = (latest.and_then(VersionRef::existing), change.is_empty()) {
            self.findings.push(words::reused(id, version));
        }
    }

    fn point(&mut self, id: &FunctionId, desired: &DesiredFunction, alias: &AliasName, change: &AliasChange) {
        let target = desired.aliases.get(alias);
        let mut after = Self::ways_back(id, desired, alias);
        after.extend(self.publish_before(id, desired, alias, &change.to));
        if let Some(AliasTarget::SameAs(of)) = target {
            after.insert(address_of_alias(id, of));
        }
        let (operation, precondition) = match &change.from {
            None => (Operation::CreateAlias { to: change.to.clone() }, Precondition::AliasAbsent),
            Some(from) => (
                Operation::UpdateAlias { from: from.clone(), to: change.to.clone() },
                Precondition::AliasAt(from.clone()),
            ),
        };
        self.actions.push(Action {
            address: address_of_alias(id, alias),
            operation,
            reason: Reason::Target(target.map(words::target).unwrap_or_default()),
            precondition,
            targets: self.fingerprints(&change.to),
            after,
        });
    }

    /// `previous(X)` moves before X, so that a crash between the two never loses the way back.
    pub(super) fn ways_back(
        id: &FunctionId,
        desired: &DesiredFunction,
        alias: &AliasName,
    ) -> BTreeSet<Address> {
        let is_way_back = |target: &AliasTarget| match target {
            AliasTarget::Previous(of) => of == alias,
            AliasTarget::Split(sides) => sides.contains_key(&SplitKey::Previous(alias.clone())),
            AliasTarget::Latest | AliasTarget::Pinned(_) | AliasTarget::SameAs(_) | AliasTarget::Manual => {
                false
            }
        };
        let ways = desired.aliases.iter().filter(|(_, target)| is_way_back(target));
        ways.map(|(way, _)| address_of_alias(id, way)).collect()
    }

    fn fingerprints(&self, to: &PlannedRouting) -> BTreeMap<VersionNumber, Digest> {
        let existing = to.versions().filter_map(VersionRef::existing);
        let found = existing.filter_map(|version| Some((version, self.live.versions.get(&version)?)));
        found.map(|(version, live)| (version, live.configuration.fingerprint())).collect()
    }

    /// An alias waits for the publish that it points to; `previous(X)` waits for X's new target.
    fn publish_before(
        &self,
        id: &FunctionId,
        desired: &DesiredFunction,
        alias: &AliasName,
        to: &PlannedRouting,
    ) -> Option<Address> {
        let followed = match desired.aliases.get(alias) {
            Some(AliasTarget::Previous(of)) => self.aliases.get(of),
            _ => None,
        };
        let is_new =
            |routing: &PlannedRouting| routing.versions().any(|version| version.existing().is_none());
        (is_new(to) || followed.is_some_and(is_new)).then(|| Address::function(id, Part::NewVersion))
    }

    /// Takes back what a part of the plan does not do; aliases that stay are where they are.
    pub(super) fn leave_out(&mut self, id: &FunctionId, left_out: &BTreeSet<Address>) {
        self.actions.retain(|action| !left_out.contains(&action.address));
        self.alias_actions.retain(|address| !left_out.contains(address));
        if left_out.contains(&Address::function(id, Part::NewVersion)) {
            self.new = None;
        }
        let live = self.live;
        let there = |alias: &AliasName| PlannedRouting::of_live(&live.aliases.get(alias)?.routing);
        self.aliases = std::mem::take(&mut self.aliases)
            .into_iter()
            .filter_map(|(alias, to)| {
                let is_left_out = left_out.contains(&address_of_alias(id, &alias));
                let to = if is_left_out { there(&alias)? } else { to };
                Some((alias, to))
            })
            .collect();
    }

    fn addresses(&self, id: &FunctionId, parts: &[Part]) -> BTreeSet<Address> {
        let wanted: BTreeSet<Address> =
            parts.iter().map(|part| Address::function(id, part.clone())).collect();
        self.actions
            .iter()
            .map(|action| action.address.clone())
            .filter(|address| wanted.contains(address))
            .collect()
    }

    fn latest(&self, configuration: &Configuration) -> Precondition {
        let has_variables = !self.live.latest.configuration.environment.is_empty();
        let revision: Option<RevisionId> = has_variables.then(|| self.live.latest.revision_id.clone());
        Precondition::Latest { fingerprint: configuration.fingerprint(), revision }
    }
}

/// Returns what we remember of the function. A record under another physical name is of another
/// function, whose ages and history say nothing of this one.
pub(super) fn recorded_function<'a>(
    inputs: &PlanInputs<'a>,
    id: &FunctionId,
    desired: &DesiredFunction,
) -> Option<&'a RecordedFunction> {
    let (_, recorded) = inputs.recorded?;
    recorded.functions.get(id).filter(|function| function.name == desired.name)
}

pub(super) fn address_of_alias(id: &FunctionId, alias: &AliasName) -> Address {
    Address::function(id, Part::Alias(alias.clone()))
}
