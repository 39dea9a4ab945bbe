//! An apply brings the account to where the TOML says, touches nothing else, and is done.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use repoint::{
    model::{Address, AliasName, AliasTarget, Desired, Object, Part, SplitKey, VersionNumber},
    plan::{Operation, Plan, PlanFile, lint},
    store::DeploymentOutcome,
};
use serde_json::Value;

use crate::{
    Verdict,
    account::Account,
    account_view::{AccountView, FunctionView},
    case::{Case, case},
    cases,
    desire::Wish,
    on_virtual_time,
};

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn applying_and_planning_again_gives_nothing(case in case()) {
        on_virtual_time(applied_twice(&case))?;
    }
}

async fn applied_twice(case: &Case) -> Verdict {
    let (account, wish) = (Account::of(case).await, Wish::of(case));
    let provider = account.provider().await;
    let before = account.view();
    let planned = account.plan(&provider, &wish).await;
    let plan = &planned.file.plan;
    check_addresses(plan, &wish.desired)?;
    check_reasons(plan, &wish.desired, &before)?;
    if plan.is_blocked() {
        return Ok(());
    }
    let applied = account.apply(&provider, &wish, &planned, 1).await.unwrap();
    account.check()?;
    let outcome = applied.manifest.as_ref().map(|manifest| &manifest.outcome);
    let is_done = outcome.is_none_or(|outcome| *outcome == DeploymentOutcome::Completed);
    prop_assert!(is_done, "{plan:#?}\n{applied:#?}");
    prop_assert_eq!(account.store().interrupted().unwrap(), None);

    let after = account.view();
    check_untouched(&wish.desired, plan, &before, &after)?;
    check_targets(&wish.desired, &after)?;
    check_machine_targets(&wish.desired, &after)?;
    let again = account.plan(&provider, &wish).await;
    prop_assert!(again.file.plan.is_empty(), "first {plan:#?}\nagain {:#?}", again.file.plan.actions);
    prop_assert!(!again.file.plan.is_blocked(), "{:#?}", again.file.plan.findings);

    let nothing = account.apply(&provider, &wish, &again, 2).await.unwrap();
    prop_assert!(nothing.manifest.is_none() && !nothing.is_anything_done);
    prop_assert_eq!(account.view(), after);
    Ok(())
}

/// Design §3.1: a plan names only what the TOML names, and a saved one passes the linter.
fn check_addresses(plan: &Plan, desired: &Desired) -> Verdict {
    for action in &plan.actions {
        let Address { object, part } = &action.address;
        let is_named = match (object, part) {
            (Object::Function(id), Part::Alias(alias)) => {
                desired.functions.get(id).is_some_and(|function| function.aliases.contains_key(alias))
            }
            (Object::Function(id), Part::Version(_)) => {
                desired.functions.get(id).is_some_and(|function| function.retention.is_some())
            }
            (Object::Function(id), _) => desired.functions.contains_key(id),
            (Object::Machine(id), Part::Alias(alias)) => {
                desired.machines.get(id).is_some_and(|machine| machine.aliases.contains_key(alias))
            }
            (Object::Machine(id), Part::Version(_)) => {
                desired.machines.get(id).is_some_and(|machine| machine.retention.is_some())
            }
            (Object::Machine(id), _) => desired.machines.contains_key(id),
        };
        prop_assert!(is_named, "the TOML does not name {}", action.address);
        if let (Operation::UpdateSettings { changes, variables }, Object::Function(id)) =
            (&action.operation, object)
        {
            let declared = &desired.functions[id];
            prop_assert!(changes.iter().all(|change| declared.settings.contains_key(&change.setting)));
            prop_assert!(variables.iter().all(|change| declared.variables.contains_key(&change.name)));
        }
    }
    let file = PlanFile::new(plan.clone());
    let loaded = PlanFile::parse(&file.to_text()).unwrap();
    prop_assert_eq!(&loaded, &file);
    prop_assert_eq!(lint(&loaded.plan, desired), vec![]);
    Ok(())
}

/// Design §3.5: of a function with a retention every version is kept, with a reason, or deleted.
fn check_reasons(plan: &Plan, desired: &Desired, before: &AccountView) -> Verdict {
    for (id, function) in desired.functions.iter().filter(|(_, function)| function.retention.is_some()) {
        let kept = &plan.kept[id];
        prop_assert!(kept.iter().all(|kept| !kept.reasons.is_empty()), "{kept:#?}");
        let kept = kept.iter().filter_map(|kept| kept.version.existing());
        let deleted = plan.actions.iter().filter_map(|action| match (&action.address, &action.operation) {
            (Address { object: Object::Function(of), .. }, Operation::DeleteVersion { version, .. }) => {
                (of == id).then_some(*version)
            }
            _ => None,
        });
        let mut told: Vec<u64> = kept.chain(deleted).map(VersionNumber::get).collect();
        told.sort_unstable();
        let all: Vec<u64> = before.function(function.name.as_str()).versions.keys().copied().collect();
        prop_assert_eq!(told, all);
    }
    for (id, machine) in desired.machines.iter().filter(|(_, machine)| machine.retention.is_some()) {
        let kept = &plan.kept_machines[id];
        prop_assert!(kept.iter().all(|kept| !kept.reasons.is_empty()), "{kept:#?}");
        let kept = kept.iter().filter_map(|kept| kept.version.existing());
        let deleted = plan.actions.iter().filter_map(|action| match &action.operation {
            Operation::DeleteMachineVersion { version } => {
                (action.address.object == Object::Machine(id.clone())).then_some(*version)
            }
            _ => None,
        });
        let told: BTreeSet<String> = kept.chain(deleted).map(|version| version.to_string()).collect();
        let before = before.machine(machine.name.as_str());
        let all = before["versions"].as_object().unwrap();
        prop_assert_eq!(told, all.keys().cloned().collect::<BTreeSet<_>>());
    }
    Ok(())
}

/// What has no action is as it was, aliases that nobody declares and manual ones among it.
fn check_untouched(desired: &Desired, plan: &Plan, before: &AccountView, after: &AccountView) -> Verdict {
    for (id, function) in &desired.functions {
        let (old, new) = (&before.function(function.name.as_str()), &after.functions[function.name.as_str()]);
        let is_planned = |part: Part| {
            plan.actions.iter().any(|action| action.address == Address::function(id, part.clone()))
        };
        if ![Part::Whole, Part::Settings, Part::Code].into_iter().any(is_planned) {
            prop_assert_eq!(&old.latest, &new.latest);
        }
        for (alias, shown) in &old.aliases {
            let name = AliasName::new(alias.clone()).unwrap();
            let is_manual = function.aliases.get(&name).is_none_or(|target| *target == AliasTarget::Manual);
            prop_assert!(!is_manual || !is_planned(Part::Alias(name)));
            prop_assert!(!is_manual || new.aliases.get(alias) == Some(shown));
        }
        for (number, shown) in &old.versions {
            let version = VersionNumber::new(*number).unwrap();
            let is_deleted = is_planned(Part::Version(version));
            prop_assert_eq!(new.versions.get(number), (!is_deleted).then_some(shown));
        }
        let is_new = |number: &&u64| !old.versions.contains_key(*number);
        let published = new.versions.keys().filter(is_new).count();
        prop_assert_eq!(published, usize::from(is_planned(Part::NewVersion)));
    }
    for (id, machine) in &desired.machines {
        let (old, new) = (&before.machine(machine.name.as_str()), &after.machines[machine.name.as_str()]);
        let is_planned = |part: Part| {
            plan.actions.iter().any(|action| action.address == Address::machine(id, part.clone()))
        };
        for (alias, shown) in old["aliases"].as_object().unwrap() {
            let name = AliasName::new(alias.clone()).unwrap();
            prop_assert!(is_planned(Part::Alias(name)) || new["aliases"].get(alias) == Some(shown));
        }
        let (old, new) = (old["versions"].as_object().unwrap(), new["versions"].as_object().unwrap());
        for (number, shown) in old {
            let is_deleted = is_planned(Part::Version(VersionNumber::parse(number).unwrap()));
            prop_assert_eq!(new.get(number), (!is_deleted).then_some(shown));
        }
        let published = new.keys().filter(|number| !old.contains_key(*number)).count();
        prop_assert_eq!(published, usize::from(is_planned(Part::NewVersion)));
    }
    Ok(())
}

/// Each alias is where its target says, told from the account alone.
fn check_targets(desired: &Desired, after: &AccountView) -> Verdict {
    for function in desired.functions.values() {
        let view = &after.functions[function.name.as_str()];
        let primary = |alias: &AliasName| primary(view, alias);
        for (alias, target) in &function.aliases {
            let there = primary(alias);
            match target {
                AliasTarget::Latest => {
                    let newest = newest_equal(view);
                    prop_assert!(there.is_some() && there == newest, "{alias}: {there:?}, not {newest:?}");
                }
                AliasTarget::Manual => prop_assert!(there.is_some(), "{alias} is not there"),
                AliasTarget::Pinned(version) => prop_assert_eq!(there, Some(version.to_string())),
                AliasTarget::SameAs(of) if primary(of).is_some_and(|version| version != "$LATEST") => {
                    let weights =
                        |alias: &AliasName| view.aliases[alias.as_str()].get("RoutingConfig").cloned();
                    prop_assert_eq!((there, weights(alias)), (primary(of), weights(of)));
                }
                AliasTarget::Previous(of) if there != Some("$LATEST".to_owned()) => {
                    let versions: BTreeMap<_, _> = view.versions.iter().collect();
                    let is_lost = there
                        .as_ref()
                        .is_some_and(|there| !versions.contains_key(&there.parse::<u64>().unwrap()));
                    prop_assert!(!is_lost, "{alias}, the way back of {of}, is nowhere");
                }
                AliasTarget::SameAs(_) | AliasTarget::Previous(_) => {}
                AliasTarget::Split(sides) => {
                    let is_way_back = |side: &SplitKey| matches!(side, SplitKey::Previous(_));
                    let may_miss = sides.keys().all(is_way_back);
                    prop_assert!(may_miss || there.is_some(), "{alias} is not there");
                }
            }
        }
    }
    Ok(())
}

/// An alias at `latest` serves the newest version that runs what the machine does.
fn check_machine_targets(desired: &Desired, after: &AccountView) -> Verdict {
    for machine in desired.machines.values() {
        let view = &after.machines[machine.name.as_str()];
        let runs = |shown: &Value| {
            let definition: Value = serde_json::from_str(shown["definition"].as_str().unwrap()).unwrap();
            (definition, shown["roleArn"].clone())
        };
        let versions = view["versions"].as_object().unwrap().iter();
        let equal = versions.filter(|(_, shown)| runs(shown) == runs(view));
        let newest = equal.map(|(number, _)| number.parse::<u64>().unwrap()).max();
        for (alias, _) in machine.aliases.iter().filter(|(_, target)| **target == AliasTarget::Latest) {
            let routes = &view["aliases"][alias.as_str()];
            let wanted = newest.map(|newest| serde_json::json!({ newest.to_string(): 100 }));
            prop_assert_eq!(Some(routes), wanted.as_ref());
        }
    }
    Ok(())
}

fn primary(view: &FunctionView, alias: &AliasName) -> Option<String> {
    view.aliases.get(alias.as_str())?["FunctionVersion"].as_str().map(str::to_owned)
}

/// Returns the newest version that locks what `$LATEST` has.
fn newest_equal(view: &FunctionView) -> Option<String> {
    let locked = |shown: &Value| {
        let mut shown = shown.clone();
        let members = shown.as_object_mut().unwrap();
        for passing in ["Version", "FunctionArn", "Description", "State", "StateReason", "StateReasonCode"] {
            members.remove(passing);
        }
        shown
    };
    let latest = locked(&view.latest);
    let newest = view.versions.iter().rev().find(|(_, shown)| locked(shown) == latest);
    newest.map(|(number, _)| number.to_string())
}
