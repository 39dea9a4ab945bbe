//! The aliases of a group are all where they were, or all where the plan sends them.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use proptest::{option, prelude::*};
use repoint::{
    apply::Cancel,
    event::Event,
    model::{Address, AliasMove, Desired, FunctionId, GroupName, Object, Part, Recorded},
    plan::{Graph, Operation, Plan},
    provider::{
        FailureKind,
        aws::AwsProvider,
        faulty::{self, Faulty, Occurrence},
    },
    simulator::Moment,
    store::{DeploymentOutcome, Manifest, ManifestAction, Outcome},
};
use serde_json::Value;

use crate::{
    Verdict,
    account::{Account, Planned, Run},
    case::{Case, case},
    cases,
    desire::Wish,
    on_virtual_time,
    resumption::{Undisturbed, ended_alike},
};

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn all_of_a_group_waits_for_all_of_its_work_and_holds_up_what_relies_on_it(case in case()) {
        on_virtual_time(ordered(&case))?;
    }

    #[test]
    fn a_group_of_which_one_alias_fails_is_where_it_was(case in case(), failing in failing()) {
        on_virtual_time(failed(&case, failing))?;
    }

    #[test]
    fn a_group_that_is_stopped_is_whole_when_the_apply_ends(case in case(), at in any::<u8>()) {
        on_virtual_time(stopped(&case, at))?;
    }

    #[test]
    fn a_group_that_cannot_be_moved_back_is_told_and_the_next_apply_moves_it(
        case in case(), failing in failing(),
    ) {
        on_virtual_time(stuck(&case, failing))?;
    }

    #[test]
    fn a_group_that_fails_after_a_crash_is_where_it_was_before_both(
        case in case(), write in any::<u8>(), is_after in any::<bool>(), is_planned_anew in any::<bool>(),
        before_crash in option::of(failing()), after_crash in failing(),
    ) {
        let crash = (write, if is_after { Moment::After } else { Moment::Before });
        on_virtual_time(failed_after_a_crash(&case, crash, is_planned_anew, (before_crash, after_crash)))?;
    }
}

/// Which write of an alias is refused.
#[derive(Debug, Clone, Copy)]
struct Failing {
    operation: &'static str,
    number: u32,
}

impl Failing {
    fn of(self, provider: &Faulty<AwsProvider>, occurrence: Occurrence) {
        provider.fail(self.operation, occurrence, FailureKind::Denied, faulty::Moment::Before);
    }
}

fn failing() -> impl Strategy<Value = Failing> {
    let operation = prop_oneof![4 => Just("lambda:UpdateAlias"), 1 => Just("lambda:CreateAlias")];
    (operation, 1..6_u32).prop_map(|(operation, number)| Failing { operation, number })
}

async fn ordered(case: &Case) -> Verdict {
    let (account, wish) = (Account::of(case).await, Wish::of(case));
    let planned = account.plan(&account.provider().await, &wish).await;
    let plan = &planned.file.plan;
    let graph = Graph::new(&plan.actions).unwrap();
    for (name, aliases) in &plan.groups {
        for action in &plan.actions {
            let dependants = graph.dependants(&action.address);
            let is_work =
                matches!(action.address.part, Part::Whole | Part::Settings | Part::Code | Part::NewVersion);
            if is_work && is_of(&wish.desired, name, &action.address) {
                prop_assert!(aliases.is_subset(&dependants), "{} is not awaited", action.address);
            }
            if aliases.contains(&action.address) {
                let lax = plan.actions.iter().find(|other| {
                    let relies = match &other.operation {
                        Operation::DeleteVersion { .. } => is_of(&wish.desired, name, &other.address),
                        Operation::UpdateMachine(_) | Operation::CreateMachine(_) => {
                            other.after.iter().any(|before| aliases.contains(before))
                        }
                        _ => false,
                    };
                    relies && !dependants.contains(&other.address)
                });
                prop_assert!(lax.is_none(), "{lax:#?} does not wait for {}", action.address);
            }
        }
    }
    Ok(())
}

fn is_of(desired: &Desired, group: &GroupName, address: &Address) -> bool {
    function(address).is_some_and(|id| desired.functions[id].group.as_ref() == Some(group))
}

fn function(address: &Address) -> Option<&FunctionId> {
    match &address.object {
        Object::Function(id) => Some(id),
        Object::Machine(_) => None,
    }
}

/// Where the aliases of the groups of a plan are that are there already.
type Places = BTreeMap<Address, Value>;

/// Returns where the aliases are that a plan moves; those that it creates may stay.
fn places(account: &Account, wish: &Wish, plan: &Plan) -> Places {
    let moves =
        plan.actions.iter().filter(|action| matches!(action.operation, Operation::UpdateAlias { .. }));
    let of_groups: BTreeSet<&Address> = plan.groups.values().flatten().collect();
    let grouped = moves.map(|action| &action.address).filter(|address| of_groups.contains(address));
    let place = |address: &Address| {
        let Part::Alias(alias) = &address.part else { return None };
        let name = &wish.desired.functions[function(address)?].name;
        account.function(name.as_str()).aliases.get(alias.as_str()).cloned()
    };
    grouped.filter_map(|address| Some((address.clone(), place(address)?))).collect()
}

/// All of a group is where it was, or nothing of it is.
fn check_whole(plan: &Plan, before: &Places, after: &Places, manifest: &Manifest) -> Verdict {
    for (name, aliases) in &plan.groups {
        let stayed: BTreeSet<bool> =
            aliases.iter().filter_map(|alias| Some(before.get(alias)? == after.get(alias)?)).collect();
        prop_assert!(stayed.len() < 2, "{name} is half moved: {before:#?}\n{after:#?}\n{manifest:#?}");
    }
    Ok(())
}

async fn failed(case: &Case, failing: Failing) -> Verdict {
    let wish = Wish::of(case);
    let Some(undisturbed) = Undisturbed::of(case, &wish).await else { return Ok(()) };
    let account = Account::of(case).await;
    let provider = account.provider().await;
    let planned = account.plan(&provider, &wish).await;
    let plan = &planned.file.plan;
    if plan.groups.is_empty() {
        return Ok(());
    }
    let remembered_before = remembered(&account);
    let before = places(&account, &wish, plan);
    failing.of(&provider, Occurrence::Nth(failing.number));
    let manifest = account.apply(&provider, &wish, &planned, 1).await.unwrap().manifest.unwrap();
    account.check()?;
    check_whole(plan, &before, &places(&account, &wish, plan), &manifest)?;
    check_memory(&account, &wish, plan, (&before, &remembered_before))?;
    resumed(&account, &wish, &undisturbed, &manifest).await
}

/// Somebody asks to stop when so many actions have ended, in parts of 256.
async fn stopped(case: &Case, at: u8) -> Verdict {
    let wish = Wish::of(case);
    let Some(undisturbed) = Undisturbed::of(case, &wish).await else { return Ok(()) };
    let account = Account::of(case).await;
    let provider = account.provider().await;
    let planned = account.plan(&provider, &wish).await;
    let plan = &planned.file.plan;
    if plan.groups.is_empty() {
        return Ok(());
    }
    let remembered_before = remembered(&account);
    let before = places(&account, &wish, plan);
    let at = 1 + usize::from(at) * plan.actions.len() / 256;
    let (cancel, ended) = (Cancel::default(), Cell::new(0));
    let listener = |event: &Event| {
        if matches!(event, Event::ActionFinished { .. }) {
            ended.set(ended.get() + 1);
            if ended.get() == at {
                cancel.request();
            }
        }
    };
    let clock = || account.now();
    let run = Run { id: 1, cancel: cancel.clone(), listener: &listener, clock: &clock };
    let applied = account.run(&provider, &wish, &planned.file, Some(planned.live.clone()), run).await;
    let manifest = applied.unwrap().unwrap().manifest.unwrap();
    account.check()?;
    check_whole(plan, &before, &places(&account, &wish, plan), &manifest)?;
    check_memory(&account, &wish, plan, (&before, &remembered_before))?;
    resumed(&account, &wish, &undisturbed, &manifest).await
}

/// From one write of an alias on, AWS refuses them all.
async fn stuck(case: &Case, failing: Failing) -> Verdict {
    let wish = Wish::of(case);
    let Some(undisturbed) = Undisturbed::of(case, &wish).await else { return Ok(()) };
    let account = Account::of(case).await;
    let provider = account.provider().await;
    let planned = account.plan(&provider, &wish).await;
    let plan = &planned.file.plan;
    if plan.groups.is_empty() {
        return Ok(());
    }
    let remembered_before = remembered(&account);
    let before = places(&account, &wish, plan);
    failing.of(&provider, Occurrence::From(failing.number));
    let manifest = account.apply(&provider, &wish, &planned, 1).await.unwrap().manifest.unwrap();
    account.check()?;
    let is_stuck = |action: &ManifestAction| matches!(action.outcome, Outcome::NotMovedBack { .. });
    if !manifest.actions.iter().any(is_stuck) {
        check_whole(plan, &before, &places(&account, &wish, plan), &manifest)?;
    }
    check_memory(&account, &wish, plan, (&before, &remembered_before))?;
    resumed(&account, &wish, &undisturbed, &manifest).await
}

/// What the aliases served when the apply began, as far as it was known.
fn remembered(account: &Account) -> Recorded {
    account.store().state().unwrap().map(|state| state.recorded).unwrap_or_default()
}

/// Nothing that was taken back is remembered: an alias served what it served before, or serves it now.
fn check_memory(
    account: &Account,
    wish: &Wish,
    plan: &Plan,
    (places_before, before): (&Places, &Recorded),
) -> Verdict {
    let after = remembered(account);
    for (address, live) in places(account, wish, plan) {
        let (Some(id), Part::Alias(alias)) = (function(&address), &address.part) else { continue };
        let known = before.functions.get(id).and_then(|function| function.aliases.get(alias));
        let Some(seen) = after.functions.get(id).and_then(|function| function.aliases.get(alias)) else {
            continue;
        };
        let version = live["FunctionVersion"].as_str().unwrap();
        let is_there = seen.routing().primary.to_string() == version;
        prop_assert!(is_there || Some(seen) == known, "{address} is at {version}: {seen:#?}");
        let is_known = |step: &&AliasMove| {
            let is_old = known.is_some_and(|known| known.moves.iter().any(|old| old.routing == step.routing));
            let was_there = places_before
                .get(&address)
                .is_some_and(|place| place["FunctionVersion"] == step.routing.primary.to_string());
            is_old || was_there || step.routing == *seen.routing()
        };
        prop_assert!(seen.moves.iter().all(|step| is_known(&step)), "{address}: {known:#?}\n{seen:#?}");
    }
    Ok(())
}

/// The next apply moves all, and ends where the undisturbed one does.
async fn resumed(account: &Account, wish: &Wish, undisturbed: &Undisturbed, manifest: &Manifest) -> Verdict {
    if manifest.outcome != DeploymentOutcome::Completed {
        let provider = account.provider().await;
        let again = account.plan(&provider, wish).await;
        let applied = account.apply(&provider, wish, &again, 3).await.unwrap();
        let outcome = applied.manifest.as_ref().map(|manifest| manifest.outcome);
        prop_assert_eq!(outcome, Some(DeploymentOutcome::Completed), "{:#?}", applied.manifest);
        account.check()?;
    }
    ended_alike(account, wish, undisturbed).await
}

async fn failed_after_a_crash(
    case: &Case,
    (write, moment): (u8, Moment),
    is_planned_anew: bool,
    (before_crash, after_crash): (Option<Failing>, Failing),
) -> Verdict {
    let wish = Wish::of(case);
    let Some(undisturbed) = Undisturbed::of(case, &wish).await else { return Ok(()) };
    let account = Account::of(case).await;
    let provider = account.provider().await;
    let first = account.plan(&provider, &wish).await;
    if first.file.plan.groups.is_empty() {
        return Ok(());
    }
    let remembered_before = remembered(&account);
    let before = places(&account, &wish, &first.file.plan);
    let write = 1 + usize::from(write) * undisturbed.writes.len() / 256;
    account.watch.crash_at(write, moment);
    let clock = || account.now();
    let run = |id| Run { id, cancel: Cancel::default(), listener: &|_: &Event| {}, clock: &clock };
    let Planned { file, live } = &first;
    // A failure before it makes the crash one on the way back, now and then.
    before_crash.inspect(|failing| failing.of(&provider, Occurrence::Nth(failing.number)));
    let ended = account.run(&provider, &wish, file, Some(live.clone()), run(1)).await;
    account.watch.forget_crash();
    prop_assert!(ended.is_none() || before_crash.is_some());

    let provider = account.provider().await;
    after_crash.of(&provider, Occurrence::Nth(after_crash.number));
    let applied = if is_planned_anew {
        let again = account.plan(&provider, &wish).await;
        account.run(&provider, &wish, &again.file, Some(again.live), run(2)).await
    } else {
        account.run(&provider, &wish, file, None, run(2)).await
    };
    let Some(manifest) = applied.unwrap().unwrap().manifest else { return Ok(()) };
    account.check()?;
    check_whole(&first.file.plan, &before, &places(&account, &wish, &first.file.plan), &manifest)?;
    check_memory(&account, &wish, &first.file.plan, (&before, &remembered_before))?;
    resumed(&account, &wish, &undisturbed, &manifest).await
}
