//! The same inputs give the same bytes, and a plan that finds nothing asks AWS no more than it must.

use std::collections::BTreeMap;

use proptest::prelude::*;
use repoint::{
    model::{Desired, Live},
    plan::PlanFile,
    provider::Reader as _,
};

use crate::{
    Verdict,
    account::Account,
    case::{Case, case},
    cases,
    desire::Wish,
    on_virtual_time,
};

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn the_same_inputs_give_the_same_plan_bytes(case in case()) {
        on_virtual_time(planned_twice(&case))?;
    }

    #[test]
    fn a_plan_without_changes_costs_two_lists_a_function_and_one_call_a_machine(case in case()) {
        on_virtual_time(counted(&case))?;
    }
}

fn page_count(items: usize, size: usize) -> u64 {
    u64::try_from(items.max(1).div_ceil(size)).unwrap()
}

async fn planned_twice(case: &Case) -> Verdict {
    let (account, wish) = (Account::of(case).await, Wish::of(case));
    let planned = account.plan(&account.provider().await, &wish).await;
    let text = planned.file.to_text();
    prop_assert_eq!(&account.plan(&account.provider().await, &wish).await.file.to_text(), &text);

    let shuffled = Wish { desired: reversed(&wish.desired), ..Wish::of(case) };
    let live = Live {
        functions: planned.live.functions.clone().into_iter().rev().collect(),
        machines: planned.live.machines.clone().into_iter().rev().collect(),
        ..planned.live.clone()
    };
    let plan = account.plan_of(&shuffled, &live, account.now());
    prop_assert_eq!(&PlanFile::new(plan).to_text(), &text);
    let ids = ["deploy-", "laptop"];
    prop_assert!(!ids.iter().any(|id| text.contains(id)), "{text}");
    prop_assert!(!text.contains("orders-"), "an environment value is in the plan: {text}");
    account.check()
}

/// The same desired state, put together in the opposite order.
fn reversed(desired: &Desired) -> Desired {
    let mut reversed = desired.clone();
    reversed.functions = desired.functions.clone().into_iter().rev().collect();
    reversed.machines = desired.machines.clone().into_iter().rev().collect();
    for function in reversed.functions.values_mut() {
        function.aliases = function.aliases.clone().into_iter().rev().collect();
        function.settings = function.settings.clone().into_iter().rev().collect();
    }
    reversed
}

async fn counted(case: &Case) -> Verdict {
    let (account, wish) = (Account::of(case).await, Wish::of(case));
    // What the versions of such a machine pin is asked wherever a version of a function could go.
    if case.machines.iter().any(|machine| machine.line.is_none() && !machine.published.is_empty()) {
        return Ok(());
    }
    let provider = account.provider().await;
    let planned = account.plan(&provider, &wish).await;
    if planned.file.plan.is_blocked() {
        return Ok(());
    }
    account.apply(&provider, &wish, &planned, 1).await.unwrap();
    let pages = |items: usize| page_count(items, case.page_size.unwrap_or(50));
    let view = account.view();
    let functions =
        || wish.desired.functions.values().map(|function| &view.functions[function.name.as_str()]);
    let mut expected = BTreeMap::from([
        ("GetCallerIdentity".to_owned(), 1),
        ("ListAliases".to_owned(), functions().map(|function| pages(function.aliases.len())).sum()),
        // `$LATEST` is an item of its list.
        (
            "ListVersionsByFunction".to_owned(),
            functions().map(|function| pages(function.versions.len() + 1)).sum(),
        ),
    ]);
    if !case.machines.is_empty() {
        let machines = u64::try_from(case.machines.len()).unwrap();
        expected.insert("DescribeStateMachine".to_owned(), machines);
    }
    let machines = wish.desired.machines.values().filter(|machine| machine.has_line());
    for shown in machines.map(|machine| &view.machines[machine.name.as_str()]) {
        let count = |member: &str| shown[member].as_object().unwrap().len();
        let mut add = |operation: &str, calls| {
            *expected.entry(operation.to_owned()).or_default() += calls;
        };
        // Step Functions gives a thousand items a page.
        add("ListStateMachineVersions", page_count(count("versions"), case.page_size.unwrap_or(1000)));
        add("ListStateMachineAliases", page_count(count("aliases"), case.page_size.unwrap_or(1000)));
        add("DescribeStateMachineAlias", u64::try_from(count("aliases")).unwrap());
    }
    expected.retain(|_, count| *count > 0);

    let before = account.calls();
    provider.identity().await.unwrap();
    let again = account.plan(&provider, &wish).await;
    prop_assert!(again.file.plan.is_empty());
    let mut spent = account.calls();
    for (operation, count) in before {
        *spent.entry(operation).or_default() -= count;
    }
    spent.retain(|_, count| *count > 0);
    prop_assert_eq!(spent, expected);
    Ok(())
}
