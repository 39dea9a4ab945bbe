//! However an apply ends, applying again ends where the undisturbed apply does.

use std::cell::Cell;

use jiff::Timestamp;
use proptest::{collection, prelude::*};
use repoint::{
    apply::{Applied, ApplyError, Cancel},
    event::Event,
    model::{Live, Recorded},
    plan::PlanFile,
    provider::{
        FailureKind,
        aws::AwsProvider,
        faulty::{self, ANY_OPERATION, Faulty, Occurrence},
    },
    simulator::Moment,
    store::{DeploymentId, DeploymentOutcome},
};

use crate::{
    Verdict,
    account::{Account, Planned, Run, deployment_id},
    case::{Case, Content, FunctionCase, FunctionWish, Past, Target, case},
    cases,
    desire::Wish,
    on_virtual_time,
    watch::crash,
};

/// How an apply is stopped. The numbers are parts of 256 of what the undisturbed apply does.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// Somebody asks when so many actions have ended.
    Asked(u8),
    /// Somebody asks twice, while AWS works.
    GivenUp(u8),
    /// The process ends at an event: after an intent was written, or after an outcome was.
    AtEvent(u8),
    /// The process ends where the clock is read: between a deed and its outcome among others.
    AtClock(u8),
    BeforeWrite(u8),
    AfterWrite(u8),
    /// From some call on, AWS cannot be reached any more.
    Outage(u8),
    /// The same, and the effect of the first lost call is there.
    LostOutage(u8),
}

/// What is applied afterwards.
#[derive(Debug, Clone, Copy)]
enum Again {
    SavedPlan,
    NewPlan,
}

fn stop() -> impl Strategy<Value = Stop> {
    let part = any::<u8>();
    prop_oneof![
        1 => part.prop_map(Stop::Asked),
        1 => part.prop_map(Stop::GivenUp),
        1 => part.prop_map(Stop::AtEvent),
        1 => part.prop_map(Stop::AtClock),
        1 => part.prop_map(Stop::BeforeWrite),
        2 => part.prop_map(Stop::AfterWrite),
        1 => part.prop_map(Stop::Outage),
        1 => part.prop_map(Stop::LostOutage),
    ]
}

fn again() -> impl Strategy<Value = Again> {
    prop_oneof![Just(Again::SavedPlan), Just(Again::NewPlan)]
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_stopped_apply_ends_in_the_same_world_when_applied_again(
        case in case(),
        stops in collection::vec((stop(), again()), 1..=2),
    ) {
        on_virtual_time(stopped(&case, &stops))?;
    }
}

/// The update of a function with variables takes effect and its answer is lost; the next apply finds it
/// done and is stopped; the one after that must still know that nobody saw the revision that it left.
#[test]
fn an_update_in_doubt_stays_in_doubt_when_it_was_found_done() {
    let function = FunctionCase {
        is_absent: false,
        versions: Vec::new(),
        latest: Content { code: 0, memory: 0, variable: 1, role: 0 },
        aliases: vec![None; 5],
        wish: FunctionWish {
            code: Some(1),
            memory: None,
            role: None,
            description: None,
            arm: false,
            live: Target::Latest,
            others: vec![None, None, Some(Target::Pinned(0))],
            retention: None,
            group: None,
        },
    };
    let case = Case {
        functions: vec![function],
        machines: Vec::new(),
        past: None,
        max_deletes: 50,
        parallelism: 1,
        page_size: None,
    };
    for at in (2..=u8::MAX).step_by(5) {
        let stops = [(Stop::LostOutage(at), Again::SavedPlan), (Stop::Asked(0), Again::SavedPlan)];
        on_virtual_time(stopped(&case, &stops)).unwrap();
    }
}

/// AWS cannot be reached any more while a group moves: what was announced and never sent did not happen.
#[test]
fn a_move_that_was_never_sent_is_in_no_history_when_its_group_cannot_go_back() {
    let function = FunctionCase {
        is_absent: false,
        versions: Vec::new(),
        latest: Content { code: 0, memory: 0, variable: 0, role: 0 },
        aliases: vec![None; 5],
        wish: FunctionWish {
            code: Some(0),
            memory: None,
            role: None,
            description: None,
            arm: false,
            live: Target::Latest,
            others: vec![None, Some(Target::Pinned(0)), Some(Target::Pinned(0))],
            retention: None,
            group: Some(0),
        },
    };
    let past = Past { code: 1, hours: 0, moves: Vec::new(), hours_since: 0 };
    let case = Case {
        functions: vec![function],
        machines: Vec::new(),
        past: Some(past),
        max_deletes: 50,
        parallelism: 10,
        page_size: None,
    };
    for at in (128..=u8::MAX).step_by(8) {
        on_virtual_time(stopped(&case, &[(Stop::Outage(at), Again::SavedPlan)])).unwrap();
    }
}

/// What the undisturbed apply did and where it ended.
pub(crate) struct Undisturbed {
    pub(crate) text: String,
    pub(crate) writes: Vec<String>,
    pub(crate) world: String,
    pub(crate) memory: Recorded,
    actions: usize,
    events: usize,
    readings: usize,
    calls: usize,
}

impl Undisturbed {
    /// Applies without disturbance; nothing where there is nothing to apply.
    pub(crate) async fn of(case: &Case, wish: &Wish) -> Option<Self> {
        let account = Account::of(case).await;
        let planned = account.plan(&account.provider().await, wish).await;
        if planned.file.plan.is_blocked() || planned.file.plan.is_empty() {
            return None;
        }
        let provider = account.provider().await;
        let before = account.watch.writes().len();
        let (events, actions, readings) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let listener = |event: &Event| {
            events.set(events.get() + 1);
            actions.set(actions.get() + usize::from(is_end(event)));
        };
        let clock = || {
            readings.set(readings.get() + 1);
            account.now()
        };
        let run = Run { id: 1, cancel: Cancel::default(), listener: &listener, clock: &clock };
        let applied = account.run(&provider, wish, &planned.file, Some(planned.live), run).await;
        let manifest = applied.unwrap().unwrap().manifest.unwrap();
        assert_eq!(manifest.outcome, DeploymentOutcome::Completed, "{manifest:#?}");
        Some(Self {
            text: planned.file.to_text(),
            writes: account.watch.writes().split_off(before),
            world: world(&account),
            memory: memory(&account),
            actions: actions.get(),
            events: events.get(),
            readings: readings.get(),
            calls: usize::try_from(provider.calls(ANY_OPERATION)).unwrap(),
        })
    }
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::ActionFinished { .. })
}

/// Everything that callers see, in words, the ids of deployments left out.
pub(crate) fn world(account: &Account) -> String {
    let text = format!("{:#?}", account.view());
    [1, 2, 3].iter().fold(text, |text, id| text.replace(deployment_id(*id).as_str(), "deploy"))
}

/// Everything that the state holds, the instants left out.
pub(crate) fn memory(account: &Account) -> Recorded {
    let mut recorded = account.store().state().unwrap().unwrap().recorded;
    let never = Timestamp::UNIX_EPOCH;
    for function in recorded.functions.values_mut() {
        function.first_recorded = never;
        function.holds.values_mut().for_each(|hold| hold.at = never);
        function.versions.values_mut().for_each(|version| version.published = None);
        for alias in function.aliases.values_mut() {
            alias.gone = alias.gone.map(|_| never);
            alias.moves.iter_mut().for_each(|step| step.at = never);
        }
    }
    for line in recorded.machines.values_mut().filter_map(|machine| machine.line.as_mut()) {
        line.first_recorded = never;
        line.holds.values_mut().for_each(|hold| hold.at = never);
        line.versions.values_mut().for_each(|version| version.created = never);
        for alias in line.aliases.values_mut() {
            alias.gone = alias.gone.map(|_| never);
            alias.moves.iter_mut().for_each(|step| step.at = never);
        }
    }
    recorded
}

async fn stopped(case: &Case, stops: &[(Stop, Again)]) -> Verdict {
    let wish = Wish::of(case);
    let Some(undisturbed) = Undisturbed::of(case, &wish).await else { return Ok(()) };
    let account = Account::of(case).await;
    let saved = account.plan(&account.provider().await, &wish).await;
    prop_assert_eq!(&saved.file.to_text(), &undisturbed.text);

    let mut next = Next { file: saved.file.clone(), known: Some(saved.live), id: 1 };
    for (stop, again) in stops {
        let open = next.open(&account);
        let ended = disturbed(&account, &wish, &next, *stop, &undisturbed).await;
        account.check()?;
        if let Some(Ok(Applied { manifest: Some(manifest), .. })) = &ended {
            prop_assert_eq!(&manifest.deployment, &open);
        }
        let is_stopped = matches!(ended, None | Some(Ok(_) | Err(ApplyError::Provider(_))));
        prop_assert!(is_stopped, "{ended:#?}");
        next = Next::after(&account, &wish, &saved.file, *again, next.id + 1).await;
    }

    let (open, is_open) = (next.open(&account), account.store().interrupted().unwrap().is_some());
    let applied = undisturbed_by(&account, &wish, &next).await;
    account.check()?;
    match &applied.manifest {
        Some(manifest) => {
            prop_assert_eq!(&manifest.outcome, &DeploymentOutcome::Completed, "{:#?}", manifest);
            prop_assert_eq!(&manifest.deployment, &open);
        }
        None => prop_assert!(!is_open, "an open deployment was forgotten"),
    }
    ended_alike(&account, &wish, &undisturbed).await
}

/// What is applied next.
struct Next {
    file: PlanFile,
    known: Option<Live>,
    id: u16,
}

impl Next {
    /// Takes the saved plan once more, or plans anew.
    async fn after(account: &Account, wish: &Wish, saved: &PlanFile, again: Again, id: u16) -> Self {
        match again {
            Again::SavedPlan => Self { file: saved.clone(), known: None, id },
            Again::NewPlan => {
                let Planned { file, live } = account.plan(&account.provider().await, wish).await;
                assert!(!file.plan.is_blocked(), "{:#?}", file.plan.findings);
                Self { file, known: Some(live), id }
            }
        }
    }

    /// Returns the id that the next apply must have: that of the deployment that was left open.
    fn open(&self, account: &Account) -> DeploymentId {
        let open = account.store().interrupted().unwrap();
        open.map_or(deployment_id(self.id), |open| open.deployment)
    }
}

/// The account, the state and the next plan are as after the undisturbed apply.
pub(crate) async fn ended_alike(account: &Account, wish: &Wish, undisturbed: &Undisturbed) -> Verdict {
    prop_assert_eq!(account.store().interrupted().unwrap(), None);
    let world = world(account);
    prop_assert!(world == undisturbed.world, "it ended as {world}\nand not as {}", undisturbed.world);
    let memory = memory(account);
    prop_assert!(memory == undisturbed.memory, "it remembers {memory:#?}\nand not {:#?}", undisturbed.memory);
    let last = account.plan(&account.provider().await, wish).await;
    prop_assert!(last.file.plan.is_empty(), "{:#?}", last.file.plan.actions);
    Ok(())
}

async fn disturbed(
    account: &Account,
    wish: &Wish,
    next: &Next,
    stop: Stop,
    whole: &Undisturbed,
) -> Option<Result<Applied, ApplyError>> {
    let part = |part: u8, whole: usize| 1 + usize::from(part) * whole / 256;
    let provider = account.provider().await;
    let cancel = Cancel::default();
    let (events, actions, readings) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let listener = |event: &Event| {
        events.set(events.get() + 1);
        actions.set(actions.get() + usize::from(is_end(event)));
        match stop {
            Stop::Asked(at) if is_end(event) && actions.get() == part(at, whole.actions) => cancel.request(),
            Stop::GivenUp(at) if events.get() == part(at, whole.events) => {
                cancel.request();
                cancel.request();
            }
            Stop::AtEvent(at) if events.get() == part(at, whole.events) => crash(),
            _ => {}
        }
    };
    let clock = || {
        readings.set(readings.get() + 1);
        match stop {
            Stop::AtClock(at) if readings.get() == part(at, whole.readings) => crash(),
            _ => account.now(),
        }
    };
    match stop {
        Stop::BeforeWrite(at) => account.watch.crash_at(part(at, whole.writes.len()), Moment::Before),
        Stop::AfterWrite(at) => account.watch.crash_at(part(at, whole.writes.len()), Moment::After),
        Stop::Outage(at) => cut_off(&provider, part(at, whole.calls), faulty::Moment::Before),
        Stop::LostOutage(at) => cut_off(&provider, part(at, whole.calls), faulty::Moment::After),
        Stop::Asked(_) | Stop::GivenUp(_) | Stop::AtEvent(_) | Stop::AtClock(_) => {}
    }
    let run = Run { id: next.id, cancel: cancel.clone(), listener: &listener, clock: &clock };
    let ended = account.run(&provider, wish, &next.file, next.known.clone(), run).await;
    account.watch.forget_crash();
    ended
}

/// Loses the call with this number, and lets no later one through.
fn cut_off(provider: &Faulty<AwsProvider>, call: usize, moment: faulty::Moment) {
    let call = u32::try_from(call).unwrap();
    provider.fail(ANY_OPERATION, Occurrence::Nth(call), FailureKind::Unreachable, moment);
    let later = Occurrence::From(call + 1);
    provider.fail(ANY_OPERATION, later, FailureKind::Unreachable, faulty::Moment::Before);
}

/// Applies as a new process that nothing disturbs.
async fn undisturbed_by(account: &Account, wish: &Wish, next: &Next) -> Applied {
    let clock = || account.now();
    let run = Run { id: next.id, cancel: Cancel::default(), listener: &|_: &Event| {}, clock: &clock };
    let provider = account.provider().await;
    account.run(&provider, wish, &next.file, next.known.clone(), run).await.unwrap().unwrap()
}
