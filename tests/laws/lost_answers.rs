//! A write whose answer is lost is resolved by looking, and is not done twice.

use proptest::prelude::*;
use repoint::{
    apply::Applied,
    provider::{
        FailureKind,
        faulty::{self, Occurrence},
    },
    simulator::Moment,
    store::DeploymentOutcome,
};

use crate::{
    Verdict,
    account::{Account, Planned},
    case::{Case, case},
    cases,
    desire::Wish,
    on_virtual_time,
    resumption::{Undisturbed, ended_alike},
};

/// Where the answer is lost.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// Behind the SDK: the engine hears that AWS could not be reached, and it was.
    After,
    /// The same, and it was not.
    Before,
    /// On the wire, after the effect: the SDK sends the request again by itself.
    OnTheWire,
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_lost_answer_ends_in_the_same_world_and_does_nothing_twice(
        case in case(),
        write in any::<u8>(),
        loss in prop_oneof![2 => Just(Loss::After), 1 => Just(Loss::Before), 2 => Just(Loss::OnTheWire)],
    ) {
        on_virtual_time(lost(&case, write, loss))?;
    }
}

async fn lost(case: &Case, write: u8, loss: Loss) -> Verdict {
    let wish = Wish::of(case);
    let Some(undisturbed) = Undisturbed::of(case, &wish).await else { return Ok(()) };
    let account = Account::of(case).await;
    let provider = account.provider().await;
    let planned = account.plan(&provider, &wish).await;
    let before = account.watch.writes().len();

    let index = usize::from(write) * undisturbed.writes.len() / 256;
    let operation = static_name(&undisturbed.writes[index]);
    let earlier = undisturbed.writes[..index].iter().filter(|name| static_name(name) == operation).count();
    let nth = Occurrence::Nth(u32::try_from(earlier + 1).unwrap());
    match loss {
        Loss::After => provider.fail(operation, nth, FailureKind::Unreachable, faulty::Moment::After),
        Loss::Before => provider.fail(operation, nth, FailureKind::Unreachable, faulty::Moment::Before),
        Loss::OnTheWire => account.world.lock().unwrap().faults().fail_next(operation, 1, Moment::After),
    }
    let mut applied = account.apply(&provider, &wish, &planned, 1).await.unwrap();
    provider.heal();
    if is_unfinished(&applied) {
        let again: Planned = account.plan(&provider, &wish).await;
        applied = account.apply(&provider, &wish, &again, 2).await.unwrap();
    }
    prop_assert!(!is_unfinished(&applied), "{applied:#?}");
    account.check()?;
    if !matches!(loss, Loss::OnTheWire) {
        let writes = account.watch.writes().split_off(before);
        prop_assert_eq!(repeatable(writes), repeatable(undisturbed.writes.clone()));
    }
    ended_alike(&account, &wish, &undisturbed).await
}

fn is_unfinished(applied: &Applied) -> bool {
    let manifest = applied.manifest.as_ref();
    manifest.is_some_and(|manifest| manifest.outcome != DeploymentOutcome::Completed)
}

/// The writes in any order; a publish may be asked again, because AWS answers with the same version (R8, R26).
fn repeatable(mut writes: Vec<String>) -> Vec<String> {
    writes.retain(|name| name != "PublishVersion" && name != "PublishStateMachineVersion");
    writes.sort();
    writes
}

/// Returns the IAM name of a write.
fn static_name(operation: &str) -> &'static str {
    let names = [
        "lambda:CreateFunction",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionCode",
        "lambda:PublishVersion",
        "lambda:CreateAlias",
        "lambda:UpdateAlias",
        "lambda:DeleteFunction",
        "states:CreateStateMachine",
        "states:UpdateStateMachine",
        "states:PublishStateMachineVersion",
        "states:CreateStateMachineAlias",
        "states:UpdateStateMachineAlias",
        "states:DeleteStateMachineVersion",
    ];
    names.into_iter().find(|name| name.ends_with(&format!(":{operation}"))).unwrap()
}
