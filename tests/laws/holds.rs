//! Who moves an alias by hand breaks no law: nothing dangles, what was moved stays, and a crash in the
//! middle ends where it would have.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::{prelude::*, sample::Index};
use repoint::{
    apply::Cancel,
    diff::{AliasIntent, AliasIntents, IntendedPlace, IntentKind},
    event::Event,
    model::{
        Address, AliasName, AliasTarget, AliasTargets, Desired, HoldChange, Object, Part, VersionNumber,
    },
    plan::{CleanUp, Operation, Plan, Purpose, lint},
    simulator::Moment,
};

use crate::{
    Verdict,
    account::{Account, Planned, Run},
    case::{Case, case},
    cases,
    desire::Wish,
    on_virtual_time,
    resumption::world,
};

/// A wish for one alias of the case.
#[derive(Debug, Clone)]
struct Drawn {
    alias: Index,
    place: Place,
    is_rollback: bool,
}

#[derive(Debug, Clone)]
enum Place {
    Back,
    Latest,
    Version(u64),
    Split(u64, u64, u8),
    VersionOf(Index),
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let place = prop_oneof![
        4 => Just(Place::Back),
        1 => Just(Place::Latest),
        4 => (1..7_u64).prop_map(Place::Version),
        1 => (1..5_u64, 5..8_u64, 1..99_u8).prop_map(|(one, two, share)| Place::Split(one, two, share)),
        2 => any::<Index>().prop_map(Place::VersionOf),
    ];
    (any::<Index>(), place, any::<bool>()).prop_map(|(alias, place, is_rollback)| Drawn {
        alias,
        place,
        is_rollback,
    })
}

impl Drawn {
    /// Returns the alias and the purpose; nothing where the TOML leaves no alias to people.
    fn of(&self, desired: &Desired) -> Option<(Address, Purpose)> {
        let movable: Vec<(Object, AliasName)> = lines(desired)
            .into_iter()
            .flat_map(|(object, targets)| {
                let movable = targets.iter().filter(|(_, target)| is_movable(target));
                movable.map(|(alias, _)| (object.clone(), alias.clone())).collect::<Vec<_>>()
            })
            .collect();
        if movable.is_empty() {
            return None;
        }
        let (object, alias) = self.alias.get(&movable).clone();
        let targets = lines(desired).into_iter().find(|(other, _)| *other == object)?.1;
        let version = |number: &u64| VersionNumber::new(*number).unwrap();
        let place = match &self.place {
            Place::Back => IntendedPlace::Back,
            Place::Latest => IntendedPlace::Latest,
            Place::Version(number) => IntendedPlace::Version(version(number)),
            Place::Split(one, two, share) => {
                IntendedPlace::Split([(version(one), *share), (version(two), 100 - share)].into())
            }
            Place::VersionOf(index) => {
                let names: Vec<&AliasName> = targets.keys().collect();
                IntendedPlace::VersionOf((*index.get(&names)).clone())
            }
        };
        let kind = if self.is_rollback { IntentKind::Rollback } else { IntentKind::Point };
        let command = "repoint point".to_owned();
        let intent = AliasIntent { place, kind, reason: command.clone(), command };
        let intents = BTreeMap::from([(object.clone(), AliasIntents::from([(alias.clone(), intent)]))]);
        Some((Address { object, part: Part::Alias(alias) }, Purpose::Aliases(intents)))
    }
}

fn lines(desired: &Desired) -> Vec<(Object, &AliasTargets)> {
    let functions =
        desired.functions.iter().map(|(id, function)| (Object::Function(id.clone()), &function.aliases));
    let machines =
        desired.machines.iter().map(|(id, machine)| (Object::Machine(id.clone()), &machine.aliases));
    functions.chain(machines).collect()
}

fn is_movable(target: &AliasTarget) -> bool {
    matches!(target, AliasTarget::Latest | AliasTarget::Manual | AliasTarget::Previous(_))
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn a_moved_alias_stays_and_nothing_dangles(case in case(), drawn in drawn()) {
        on_virtual_time(moved(&case, &drawn))?;
    }

    #[test]
    fn a_crash_in_a_rollback_is_made_good_by_the_next_apply(
        case in case(), drawn in drawn(), write in 1..4_usize, is_after in any::<bool>(),
    ) {
        on_virtual_time(crashed(&case, &drawn, (write, is_after)))?;
    }

    #[test]
    fn a_cleanup_takes_nothing_that_is_needed(case in case(), keep in 0..3_u32) {
        on_virtual_time(cleaned(&case, keep))?;
    }
}

/// Whatever is still to be done: what the TOML needs is there afterwards, and nothing has moved.
async fn cleaned(case: &Case, keep: u32) -> Verdict {
    let (account, wish) = (Account::of(case).await, Wish::of(case));
    let provider = account.provider().await;
    let before = account.plan(&provider, &wish).await.file.plan;
    let asked = CleanUp { keep: Some(keep), min_age: Some(SignedDuration::ZERO) };
    let planned = account.plan_for(&provider, &wish, &Purpose::CleanUp(asked)).await;
    let plan = &planned.file.plan;
    prop_assert_eq!(lint(plan, &wish.desired), vec![]);
    prop_assert!(plan.actions.iter().all(|action| matches!(action.address.part, Part::Version(_))));
    if plan.is_blocked() {
        return Ok(());
    }
    account.apply(&provider, &wish, &planned, 1).await.unwrap();
    account.check()?;
    let after = account.plan(&provider, &wish).await.file.plan;
    prop_assert!(before.is_blocked() || !after.is_blocked(), "{:#?}\n{:#?}", plan.actions, after.findings);
    let moves = |plan: &Plan| -> Vec<(Address, String)> {
        let aliases = plan.actions.iter().filter(|action| matches!(action.address.part, Part::Alias(_)));
        aliases.map(|action| (action.address.clone(), action.summary())).collect()
    };
    prop_assert_eq!(moves(&after), moves(&before));
    Ok(())
}

/// An account as declared, and a plan that moves one alias of it.
struct Scene {
    account: Account,
    wish: Wish,
    address: Address,
    purpose: Purpose,
    planned: Planned,
}

impl Scene {
    /// Nothing where there is nothing to move, or nowhere to go.
    async fn of(case: &Case, drawn: &Drawn) -> Option<Self> {
        let (account, wish) = (Account::of(case).await, Wish::of(case));
        let (address, purpose) = drawn.of(&wish.desired)?;
        let provider = account.provider().await;
        let whole = account.plan(&provider, &wish).await;
        if whole.file.plan.is_blocked() {
            return None;
        }
        account.apply(&provider, &wish, &whole, 1).await.unwrap();
        let planned = account.plan_for(&provider, &wish, &purpose).await;
        if planned.file.plan.is_blocked() {
            return None;
        }
        Some(Self { account, wish, address, purpose, planned })
    }

    async fn whole(&self) -> Plan {
        self.account.plan(&self.account.provider().await, &self.wish).await.file.plan
    }

    /// Applies all that the TOML says, and expects it to be possible.
    async fn converge(&self, id: u16) -> Verdict {
        let provider = self.account.provider().await;
        let whole = self.account.plan(&provider, &self.wish).await;
        prop_assert!(!whole.file.plan.is_blocked(), "{:#?}", whole.file.plan.findings);
        self.account.apply(&provider, &self.wish, &whole, id).await.unwrap();
        self.account.check()
    }
}

async fn moved(case: &Case, drawn: &Drawn) -> Verdict {
    let Some(scene) = Scene::of(case, drawn).await else { return Ok(()) };
    let plan = &scene.planned.file.plan;
    prop_assert_eq!(lint(plan, &scene.wish.desired), vec![]);
    let is_alias = |address: &Address| matches!(address.part, Part::Alias(_) | Part::NewVersion);
    prop_assert!(plan.actions.iter().all(|action| is_alias(&action.address)), "{:#?}", plan.actions);
    let provider = scene.account.provider().await;
    scene.account.apply(&provider, &scene.wish, &scene.planned, 2).await.unwrap();
    scene.account.check()?;
    let world_after = world(&scene.account);

    // A second thought that is the same changes nothing, unless it goes back further.
    let again = scene.account.plan_for(&provider, &scene.wish, &scene.purpose).await.file.plan;
    let goes_further = matches!(drawn.place, Place::Back | Place::VersionOf(_));
    prop_assert!(goes_further || again.is_empty(), "{:#?}\nagain {:#?}", plan.actions, again.actions);
    // What the TOML says moves nothing back. What nothing refers to any more may go.
    let whole = scene.whole().await;
    let is_deletion = |operation: &Operation| {
        matches!(operation, Operation::DeleteVersion { .. } | Operation::DeleteMachineVersion { .. })
    };
    let others: Vec<_> = whole.actions.iter().filter(|action| !is_deletion(&action.operation)).collect();
    prop_assert!(others.is_empty(), "{:#?}\nthen {others:#?}", plan.actions);
    if whole.is_empty() {
        scene.converge(3).await?;
        prop_assert_eq!(world(&scene.account), world_after);
    }
    scene.converge(4).await?;
    let last = scene.whole().await;
    prop_assert!(last.is_empty(), "{:#?}", last.actions);
    Ok(())
}

async fn crashed(case: &Case, drawn: &Drawn, (write, is_after): (usize, bool)) -> Verdict {
    let Some(undisturbed) = Scene::of(case, drawn).await else { return Ok(()) };
    let provider = undisturbed.account.provider().await;
    undisturbed.account.apply(&provider, &undisturbed.wish, &undisturbed.planned, 2).await.unwrap();
    undisturbed.converge(3).await?;
    let expected = world(&undisturbed.account);
    // Time goes on for both, so the one ends before the other begins.
    let Some(scene) = Scene::of(case, drawn).await else { return Ok(()) };

    let provider = scene.account.provider().await;
    let moment = if is_after { Moment::After } else { Moment::Before };
    scene.account.watch.crash_at(write, moment);
    let clock = || scene.account.now();
    let run = Run { id: 2, cancel: Cancel::default(), listener: &|_: &Event| {}, clock: &clock };
    let Planned { file, live } = &scene.planned;
    let ended = scene.account.run(&provider, &scene.wish, file, Some(live.clone()), run).await;
    scene.account.watch.forget_crash();
    scene.account.check()?;
    let holds = |change: &HoldChange| matches!(change, HoldChange::Hold { .. });
    let wished = file.plan.by_address().get(&scene.address).copied();
    let is_held = wished.is_some_and(|action| action.hold.as_ref().is_some_and(holds));
    if ended.is_none() && !is_held {
        // `manual`, or a wish that the TOML shares: it is for whoever wished to wish again.
        return Ok(());
    }
    scene.converge(3).await?;
    let world = world(&scene.account);
    prop_assert!(world == expected, "it ended as {world}\nand not as {expected}");
    Ok(())
}
