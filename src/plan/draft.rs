//! What is planned for one function: updates, publish and aliases, before cleanup.
//!
//! A draft knows the function alone. What other objects make of it (a definition that calls its
//! aliases, a selection that leaves some of it out, the limit on deletions) is the planner's and the
//! cleanup's.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{
        LatestChange, Line, Resolving, function_alias_issues, is_as_left, latest_change, latest_mark,
        latest_version, resolve_aliases,
    },
    model::{
        Address, AliasName, Configuration, DesiredFunction, FunctionId, Health, LiveFunction, Object, Part,
        PlannedRouting, RecordedFunction, RevisionId, VersionNumber, VersionRef,
    },
};

use super::{
    Action, Finding, Operation, PlanInputs, Precondition, Purpose, Reason, creation,
    hold_words::About,
    pointing::{Pointing, with_left_out},
    variables, words,
};

/// What is planned for one function, before cleanup.
pub(super) struct FunctionDraft<'a> {
    pub(super) live: &'a LiveFunction,
    pub(super) aliases: BTreeMap<AliasName, PlannedRouting>,
    /// The versions that no alias goes back to afterwards.
    pub(super) bad: BTreeSet<VersionNumber>,
    pub(super) alias_actions: BTreeSet<Address>,
    /// The version that equals `$LATEST` after the apply, where something asks for it.
    pub(super) latest: Option<VersionRef>,
    pub(super) new: Option<VersionRef>,
    pub(super) actions: Vec<Action>,
    pub(super) findings: Vec<Finding>,
    /// The revision of `$LATEST`; a function that is only planned has none.
    pub(super) revision: Option<RevisionId>,
}

impl<'a> FunctionDraft<'a> {
    /// Drafts a function. `is_pinned` tells that a definition will be pinned to its latest version.
    pub(super) fn new(
        for_what: (&PlanInputs<'a>, &Purpose),
        id: &FunctionId,
        desired: &'a DesiredFunction,
        live: &'a LiveFunction,
        is_pinned: bool,
    ) -> Self {
        let (inputs, purpose) = for_what;
        let recorded = recorded_function(inputs, id, desired);
        let misfit = creation::misfit(desired, live);
        let package = inputs.packages.get(id).filter(|_| misfit.is_none());
        let change = latest_change(desired, live, package, &inputs.live.values);
        let own_line = Line::of_function(live, recorded);
        let latest = latest_version(id, live, &change.after);
        let object = Object::Function(id.clone());
        let from = Resolving {
            targets: &desired.aliases,
            line: &own_line,
            mark: &latest_mark(live),
            is_as_left: &|mark| is_as_left(mark, &change.after, live),
            intents: &purpose.intents(&object),
        };
        let mut resolution = resolve_aliases(from, latest.clone());
        let latest = resolution.latest.clone().or(is_pinned.then_some(latest));
        let issues = function_alias_issues(&resolution, live, &change.after);
        resolution.issues.extend(issues);
        let fingerprint = |version| Some(live.versions.get(&version)?.configuration.fingerprint());
        let pointing = Pointing {
            object: object.clone(),
            targets: &desired.aliases,
            fingerprint: &fingerprint,
            resolution: &resolution,
            line: &own_line,
        };
        let pointing = pointing.actions();
        let about = About { object: &object, line: &own_line, environment: &inputs.desired.environment };
        let is_there = inputs.live.function(id).is_some();
        let mut draft = Self {
            live,
            revision: is_there.then(|| live.latest.revision_id.clone()),
            alias_actions: pointing.iter().map(|action| action.address.clone()).collect(),
            new: latest.clone().filter(|version| version.existing().is_none()),
            latest,
            aliases: resolution.after,
            bad: resolution.bad,
            actions: pointing,
            findings: words::alias_findings(about, &desired.aliases, &resolution.issues),
        };
        draft.findings.extend(variables::findings((inputs, purpose), id, desired, &change));
        draft.findings.extend(misfit.map(|misfit| words::misfit(id, desired, misfit)));
        draft.update(id, desired, &change);
        draft.publish(id, desired, &change);
        draft.reuse(id, &change);
        if !is_there {
            draft.create(inputs, id, desired);
        }
        draft
    }

    /// Puts the creation of an absent function before everything else.
    fn create(&mut self, inputs: &PlanInputs<'_>, id: &FunctionId, desired: &DesiredFunction) {
        let Some(package) = inputs.packages.get(id) else { return };
        let address = Address::function(id, Part::Whole);
        for first in self.actions.iter_mut().filter(|action| action.after.is_empty()) {
            first.after.insert(address.clone());
        }
        self.actions.push(Action {
            address,
            operation: creation::create_function(desired, self.live, package),
            reason: Reason::DeclaredAndAbsent,
            precondition: Precondition::Absent,
            targets: BTreeMap::new(),
            hold: None,
            after: BTreeSet::new(),
        });
    }

    fn update(&mut self, id: &FunctionId, desired: &DesiredFunction, change: &LatestChange) {
        let before = &self.live.latest.configuration;
        if !change.settings.is_empty() || !change.variables.is_empty() {
            self.actions.push(Action {
                address: Address::function(id, Part::Settings),
                operation: Operation::UpdateSettings {
                    changes: change.settings.clone(),
                    variables: change.variables.clone(),
                },
                reason: Reason::SettingsDiffer,
                precondition: self.latest(before),
                targets: BTreeMap::new(),
                hold: None,
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
                    source: source.to_string(),
                    architectures: change.architectures.clone(),
                },
                reason: if package.sha256 == before.code {
                    Reason::ArchitecturesDiffer
                } else {
                    Reason::CodeDiffers
                },
                precondition: self.latest(&change.after_settings),
                targets: BTreeMap::new(),
                hold: None,
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
            self.findings.push(words::latest_failed(id, self.live, reason));
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
            hold: None,
            after: self.addresses(id, &[Part::Settings, Part::Code]),
        });
    }

    /// Equal code and settings are never published twice (design §3.3), and the plan says so.
    fn reuse(&mut self, id: &FunctionId, change: &LatestChange) {
        let latest = self.latest.as_ref().and_then(VersionRef::existing);
        if let (Some(version), false) = (latest, change.is_empty()) {
            self.findings.push(words::reused(id, version));
        }
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
        let aliases = std::mem::take(&mut self.aliases);
        self.aliases = with_left_out(&Object::Function(id.clone()), aliases, left_out, there);
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
        let before = &self.live.latest.configuration;
        let has_variables = !before.environment.is_empty() || !configuration.environment.is_empty();
        let revision = self.revision.clone().filter(|_| has_variables);
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
