//! What a plan still has to ask AWS before anybody may trust it.
//!
//! The lists never carry the state of a function or version (R15), and GetFunction is asked only
//! where something changes. So a plan is made twice at most: first without the answers, then with
//! the answers to the questions that the first one raises.

use std::collections::BTreeSet;

use crate::model::{
    FunctionId, Health, Live, LiveAlias, LiveFunction, Object, PlannedRouting, Recorded, RecordedFunction,
    Target, VersionRef,
};

use super::{Action, Operation, Plan};

/// One thing that the lists do not say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Is `$LATEST` or this version healthy?
    Health(FunctionId, Target),
    /// Is AWS still moving provisioned concurrency of this function's aliases (T11)?
    Shifting(FunctionId),
}

/// Returns what the plan takes for granted and nobody has asked yet.
pub fn questions(plan: &Plan, live: &Live) -> BTreeSet<Question> {
    plan.actions.iter().flat_map(|action| questions_of(action, live)).collect()
}

/// Returns what has to be asked before weights that nobody declared are taken for somebody's wish:
/// AWS adds some by itself while it moves provisioned concurrency (T11).
pub fn weight_questions(recorded: &Recorded, live: &Live) -> BTreeSet<Question> {
    let is_open = |(id, function): &(&FunctionId, &RecordedFunction)| {
        let live = live.function(id).filter(|live| live.name == function.name);
        function.aliases.iter().any(|(name, alias)| {
            let now = live.and_then(|live| live.aliases.get(name));
            now.is_some_and(|now| has_open_weight(now) && *alias.routing() != now.routing)
        })
    };
    recorded.functions.iter().filter(is_open).map(|(id, _)| Question::Shifting(id.clone())).collect()
}

/// Tells whether an alias has a weight that may be AWS's own.
fn has_open_weight(alias: &LiveAlias) -> bool {
    alias.routing.additional.is_some() && !alias.is_shifting
}

fn questions_of(action: &Action, live: &Live) -> Vec<Question> {
    let Object::Function(id) = &action.address.object else { return Vec::new() };
    let Some(function) = live.function(id) else { return Vec::new() };
    match &action.operation {
        Operation::UpdateSettings { .. }
        | Operation::UpdateCode { .. }
        | Operation::PublishVersion { .. } => {
            let is_open = function.latest.health == Health::Unknown;
            is_open.then(|| Question::Health(id.clone(), Target::Latest)).into_iter().collect()
        }
        Operation::CreateAlias { to } => {
            let shifting = is_taken(function, to).then(|| Question::Shifting(id.clone()));
            targets(id, function, to).into_iter().chain(shifting).collect()
        }
        // What the alias moves away from is part of the precondition, and a weight of AWS's own is
        // gone in minutes.
        Operation::UpdateAlias { from, to } => {
            let is_open = from.additional.is_some() || is_taken(function, to);
            let shifting = is_open.then(|| Question::Shifting(id.clone()));
            targets(id, function, to).into_iter().chain(shifting).collect()
        }
        Operation::UpdateMachine(_) | Operation::DeleteVersion { .. } => Vec::new(),
    }
}

/// Tells whether a coming weight is one that an alias has now, and that may be AWS's own.
fn is_taken(function: &LiveFunction, to: &PlannedRouting) -> bool {
    function.aliases.values().any(|alias| has_open_weight(alias) && to.is_live(&alias.routing))
}

fn targets(id: &FunctionId, function: &LiveFunction, to: &PlannedRouting) -> Vec<Question> {
    let unknown =
        |version: &_| function.versions.get(version).is_some_and(|version| version.health == Health::Unknown);
    let versions = to.versions().filter_map(VersionRef::existing).filter(unknown);
    versions.map(|version| Question::Health(id.clone(), Target::Version(version))).collect()
}

impl Question {
    /// Returns the function that the question is about.
    pub fn function(&self) -> &FunctionId {
        match self {
            Self::Health(id, _) | Self::Shifting(id) => id,
        }
    }
}
