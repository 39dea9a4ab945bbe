//! A part of a plan keeps every law, and the rest follows.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index, test_runner::TestCaseError};
use repoint::{
    diff::{KeepReason, KeptVersion},
    model::{Address, Object, Part},
    plan::{Action, Plan, PlanFile, Selection, lint},
};

use crate::{
    Verdict,
    account::{Account, Planned},
    case::{Case, case},
    cases,
    desire::Wish,
    on_virtual_time,
};

/// Which actions are asked for and which are not, and whether their whole objects are meant.
#[derive(Debug, Clone)]
struct Drawn {
    targets: Vec<(Index, bool)>,
    excluded: Vec<(Index, bool)>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let picks = || proptest::collection::vec((any::<Index>(), any::<bool>()), 0..3);
    (picks(), picks()).prop_map(|(targets, excluded)| Drawn { targets, excluded })
}

impl Drawn {
    fn of(&self, plan: &Plan) -> Selection {
        let address = |(index, is_whole): &(Index, bool)| {
            let Address { object, part } = index.get(&plan.actions).address.clone();
            Address { object, part: if *is_whole { Part::Whole } else { part } }
        };
        let addresses = |picks: &[(Index, bool)]| -> BTreeSet<Address> {
            if plan.is_empty() { BTreeSet::new() } else { picks.iter().map(address).collect() }
        };
        Selection { targets: addresses(&self.targets), excluded: addresses(&self.excluded) }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_part_makes_nothing_dangle_and_the_rest_follows(case in case(), drawn in drawn()) {
        on_virtual_time(applied_in_two(&case, &drawn))?;
    }
}

async fn applied_in_two(case: &Case, drawn: &Drawn) -> Verdict {
    let (account, wish) = (Account::of(case).await, Wish::of(case));
    let provider = account.provider().await;
    let whole = account.plan(&provider, &wish).await;
    if whole.file.plan.is_blocked() {
        return Ok(());
    }
    let selection = drawn.of(&whole.file.plan);
    let part = account.part_of(&wish, &whole.live, account.now(), &selection);
    check_part(&part, &whole.file.plan, &selection)?;
    prop_assert_eq!(lint(&part, &wish.desired), vec![]);
    let part = Planned { file: PlanFile::new(part), live: whole.live };
    account.apply(&provider, &wish, &part, 1).await.unwrap();
    account.check()?;

    let rest = account.plan(&provider, &wish).await;
    if rest.file.plan.is_blocked() {
        return Ok(());
    }
    account.apply(&provider, &wish, &rest, 2).await.unwrap();
    account.check()?;
    let again = account.plan(&provider, &wish).await;
    prop_assert!(again.file.plan.is_empty(), "{:#?}", again.file.plan.actions);
    Ok(())
}

/// A part has nothing that the whole has not, but deletions that only the limit spares in the
/// whole, and nothing that was excluded.
fn check_part(part: &Plan, whole: &Plan, selection: &Selection) -> Verdict {
    let (by_address, own) = (whole.by_address(), part.by_address());
    for action in &part.actions {
        if !is_spared(whole, action) {
            let Some(planned) = by_address.get(&action.address) else {
                return Err(TestCaseError::fail(format!("{} is not in the whole", action.address)));
            };
            // A group waits for what is left of it.
            let awaited: BTreeSet<_> = planned.after.iter().filter(|one| own.contains_key(one)).collect();
            prop_assert!(awaited.iter().all(|before| action.after.contains(*before)), "{:#?}", action);
            let planned = Action { after: action.after.clone(), ..(*planned).clone() };
            prop_assert_eq!(&planned, action);
        }
        let is_excluded = selection.excluded.iter().any(|address| address.is_over(&action.address));
        prop_assert!(!is_excluded, "{} was excluded", action.address);
    }
    prop_assert!(!part.is_blocked(), "{:#?}", part.findings);
    Ok(())
}

/// Tells whether the plan would delete this version, too, were its limit not exceeded.
fn is_spared(plan: &Plan, action: &Action) -> bool {
    let Part::Version(version) = &action.address.part else { return false };
    let kept = match &action.address.object {
        Object::Function(id) => plan.kept.get(id),
        Object::Machine(id) => plan.kept_machines.get(id),
    };
    let is_over_limit = |kept: &&KeptVersion| {
        kept.version.existing() == Some(*version)
            && kept.reasons.iter().any(|reason| matches!(reason, KeepReason::MaxDeletes(_)))
    };
    kept.is_some_and(|kept| kept.iter().any(|kept| is_over_limit(&kept)))
}
