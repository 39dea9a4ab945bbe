//! The order of a plan in short: its phases, the steps inside the functions, and who waits for whom.
//!
//! The graph is the truth and has an edge per action; a reviewer asks "can it call the alias before
//! it moved?". So functions with the same steps are told together, and edges between objects are
//! gathered per object. `repoint graph` shows every edge.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{Address, Object, Part},
    plan::{Action, Phase, Plan},
};

use super::{
    outline::key,
    words::{count, listed},
};

/// The order of a plan.
#[derive(Debug)]
pub(super) struct Order {
    /// The phases that have actions, with their number in words.
    pub(super) phases: Vec<(Phase, String)>,
    /// The steps of the functions: who, and what one after the other.
    pub(super) steps: Vec<(String, String)>,
    /// Who waits for another function or machine; inside a group all wait for all.
    pub(super) waits: Vec<String>,
    /// The groups, in a sentence each.
    pub(super) groups: Vec<String>,
}

/// Returns the order of a plan's actions.
pub(super) fn order(plan: &Plan) -> Order {
    let mut phases: BTreeMap<Phase, usize> = BTreeMap::new();
    let mut objects: BTreeMap<&Object, Vec<&Action>> = BTreeMap::new();
    for action in &plan.actions {
        *phases.entry(action.phase()).or_default() += 1;
        objects.entry(&action.address.object).or_default().push(action);
    }
    let mut steps: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (object, actions) in &objects {
        if let Some(chain) = chain(actions) {
            steps.entry(chain).or_default().push(key(object).to_owned());
        }
    }
    let mut steps: Vec<(String, String)> =
        steps.into_iter().map(|(chain, who)| (who.join(", "), chain)).collect();
    steps.sort();
    Order {
        phases: phases.into_iter().map(|(phase, number)| (phase, count(number, "action"))).collect(),
        steps,
        waits: objects.iter().filter_map(|(object, actions)| waiting(plan, object, actions)).collect(),
        groups: group_lines(plan),
    }
}

/// Returns the steps inside an object, the ones that may run together side by side; nothing where
/// no action waits for another.
fn chain(actions: &[&Action]) -> Option<String> {
    let mut levels: BTreeMap<&Address, usize> = BTreeMap::new();
    let mut steps: BTreeMap<usize, Vec<(&Part, String)>> = BTreeMap::new();
    // The actions of a plan stand in an order that their edges allow.
    for action in actions {
        let before = action.after.iter().filter_map(|address| levels.get(address)).max();
        let level = before.map_or(0, |before| before + 1);
        levels.insert(&action.address, level);
        let step = (&action.address.part, part_words(&action.address.part));
        let known = steps.entry(level).or_default();
        if !known.iter().any(|(_, words)| *words == step.1) {
            known.push(step);
        }
    }
    let names = |mut step: Vec<(&Part, String)>| {
        step.sort();
        step.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join(" and ")
    };
    (steps.len() > 1).then(|| steps.into_values().map(names).collect::<Vec<_>>().join(" → "))
}

/// Returns what an object waits for outside of itself.
fn waiting(plan: &Plan, object: &Object, actions: &[&Action]) -> Option<String> {
    let is_of = |group: &BTreeSet<Address>, object: &Object| group.iter().any(|one| one.object == *object);
    let is_together = |other: &Object| {
        let mut groups = plan.groups.values().filter(|group| is_told(group));
        groups.any(|group| is_of(group, object)) && matches!(other, Object::Function(_))
    };
    let outside = actions.iter().flat_map(|action| &action.after);
    let outside = outside.filter(|before| before.object != *object && !is_together(&before.object));
    let mut parts: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for before in outside {
        parts.entry(part_words(&before.part)).or_default().insert(key(&before.object));
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(part, objects)| format!("{part} of {}", objects.into_iter().collect::<Vec<_>>().join(", ")))
        .collect();
    (!parts.is_empty()).then(|| format!("{} waits for {}", key(object), listed(&parts)))
}

/// One alias moves alone, whatever its group.
fn is_told(group: &BTreeSet<Address>) -> bool {
    group.len() > 1
}

/// Returns what moves together, one sentence per group.
pub(super) fn group_lines(plan: &Plan) -> Vec<String> {
    let told = plan.groups.iter().filter(|(_, group)| is_told(group));
    let words = told.map(|(name, group)| {
        let functions: BTreeSet<&Object> = group.iter().map(|address| &address.object).collect();
        let aliases = count(group.len(), "alias");
        let of = match functions.len() {
            1 => String::new(),
            number => format!(" of {}", count(number, "function")),
        };
        let published = plan.actions.iter().filter(|action| {
            group.contains(&action.address) && action.after.iter().any(|before| !is_alias(before))
        });
        let once = if published.count() > 0 { " once all of it is published" } else { "" };
        format!("group {name}: its {aliases}{of} move together{once}, and all go back if one fails")
    });
    words.collect()
}

fn is_alias(address: &Address) -> bool {
    matches!(address.part, Part::Alias(_))
}

fn part_words(part: &Part) -> String {
    match part {
        Part::Whole => "creation".to_owned(),
        Part::Settings => "settings".to_owned(),
        Part::Code => "code".to_owned(),
        Part::NewVersion => "new version".to_owned(),
        Part::Alias(alias) => alias.to_string(),
        Part::Definition => "definition".to_owned(),
        Part::Version(_) => "old versions".to_owned(),
    }
}
