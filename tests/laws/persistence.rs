//! An account outlives its process, and a snapshot of it says what it said.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use proptest::prelude::*;
use repoint::{
    model::Live,
    plan::all_questions,
    provider::{assess, aws::AwsProvider, faulty::Faulty, observe},
    simulator::{Knobs, World},
};
use serde_json::{Value, json};

use crate::{
    Verdict,
    account::{Account, connected, place},
    account_view::AccountView,
    case::{Case, case},
    cases,
    desire::Wish,
    in_process::in_process,
    on_virtual_time, wire,
};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn a_saved_account_is_the_same_account(case in case()) {
        on_virtual_time(saved(&case))?;
    }

    #[test]
    fn a_plan_from_a_snapshot_is_the_plan_of_the_account(case in case()) {
        on_virtual_time(planned(&case))?;
    }
}

async fn saved(case: &Case) -> Verdict {
    let account = Account::of(case).await;
    let now = account.now();
    let mut world = account.world.lock().unwrap();
    // What is due has ended when it was looked at.
    drop(AccountView::of(&mut world, now));
    let text = world.save();
    let knobs = Knobs { page_size: case.page_size, ..Knobs::default() };
    let mut loaded = World::load(&text, knobs).unwrap();
    prop_assert_eq!(loaded.save(), text.as_str());
    prop_assert_eq!(answers(&mut loaded, now), answers(&mut world, now));
    prop_assert_eq!(loaded.changes(), 0, "a look changes nothing");
    prop_assert_eq!(loaded.save(), text, "a look changes nothing");
    // It also goes on as the other would: numbers, revisions, and what AWS remembers of the last publish.
    prop_assert_eq!(writes(&mut loaded, now), writes(&mut world, now));
    prop_assert_eq!(loaded.save(), world.save());
    Ok(())
}

/// Everything that reads tell, with the revisions.
fn answers(world: &mut World, now: Timestamp) -> (AccountView, Vec<Result<Value, String>>) {
    let view = AccountView::of(world, now);
    let mut told = Vec::new();
    for (name, function) in &view.functions {
        let qualifiers = function.versions.keys().map(ToString::to_string);
        let qualifiers = qualifiers.chain(function.aliases.keys().cloned());
        let qualified = qualifiers.map(|qualifier| format!("?Qualifier={qualifier}"));
        let paths = qualified.chain(["", "/aliases", "/versions", "/policy"].map(str::to_owned));
        let paths = paths.map(|path| format!("/2015-03-31/functions/{name}{path}"));
        told.extend(paths.map(|path| wire::lambda(world, now, "GET", &path, &Value::Null)));
    }
    for name in view.machines.keys() {
        let body = json!({ "stateMachineArn": wire::machine_arn(name) });
        let reads = ["DescribeStateMachine", "ListStateMachineVersions", "ListStateMachineAliases"];
        told.extend(reads.map(|operation| wire::states(world, now, operation, &body)));
    }
    (view, told)
}

/// Publishes everything, twice around an update.
fn writes(world: &mut World, now: Timestamp) -> Vec<Result<Value, String>> {
    let view = AccountView::of(world, now);
    let mut told = Vec::new();
    for name in view.functions.keys() {
        let path = format!("/2015-03-31/functions/{name}");
        let timeout = json!({ "Timeout": 77 });
        told.push(wire::lambda(world, now, "POST", &format!("{path}/versions"), &json!({})));
        told.push(wire::lambda(world, now, "PUT", &format!("{path}/configuration"), &timeout));
        let later = now + jiff::SignedDuration::from_secs(1);
        told.push(wire::lambda(world, later, "POST", &format!("{path}/versions"), &json!({})));
    }
    for name in view.machines.keys() {
        let body = json!({ "stateMachineArn": wire::machine_arn(name) });
        told.push(wire::states(world, now, "PublishStateMachineVersion", &body));
    }
    told
}

async fn planned(case: &Case) -> Verdict {
    let (account, mut wish) = (Account::of(case).await, Wish::of(case));
    // A snapshot has no values to compare with.
    wish.desired.functions.values_mut().for_each(|function| function.variables.clear());
    let provider = account.provider().await;
    let now = account.now();
    let text = snapshot(&provider, &wish, now).await;
    for variable in 1..3 {
        let value = format!("\"orders-{variable}\"");
        prop_assert!(!text.contains(&value), "{value} is in the snapshot: {text}");
    }

    let copy = Arc::new(Mutex::new(World::load(&text, Knobs::default()).unwrap()));
    let offline = connected(in_process(Arc::clone(&copy), move || now)).await;
    let (live, from) = (account.plan(&provider, &wish).await, account.plan(&offline, &wish).await);
    prop_assert_eq!(&live.file.plan, &from.file.plan);
    prop_assert_eq!(live.file.digest, from.file.digest);
    prop_assert_eq!(copy.lock().unwrap().changes(), 0, "a plan changes nothing");
    let again = snapshot(&offline, &wish, now).await;
    let differing: Vec<_> = again.lines().zip(text.lines()).filter(|(one, other)| one != other).collect();
    prop_assert!(again == text, "a snapshot of a snapshot is another one: {differing:#?}");
    Ok(())
}

/// Looks at everything as the command does, and writes it down.
async fn snapshot(provider: &Faulty<AwsProvider>, wish: &Wish, now: Timestamp) -> String {
    let mut live: Live = observe(provider, &wish.desired, None, &place(), &|_| {}).await.unwrap().live;
    let mut asked = BTreeSet::new();
    loop {
        let open: BTreeSet<_> = all_questions(&live).difference(&asked).cloned().collect();
        if open.is_empty() {
            break;
        }
        assess(provider, &mut live, &open, 4).await.unwrap();
        asked.extend(open);
    }
    let mut world = World::new(Knobs::default());
    world.import(now, &place(), &live).unwrap();
    world.save()
}
