//! Everything we ever wrote to disk keeps loading: one fixture per file and format, never edited,
//! only added.

#![expect(clippy::unwrap_used, reason = "a fixture that does not load fails the test")]

use std::path::Path;

use repoint::{
    model::{
        AliasName, Digest, EnvironmentName, FunctionId, FunctionName, Hold, HoldEnd, LatestMark, Leaving,
        MachineId, Routing, Setting, Target, VersionNumber, Weight,
    },
    store::{DeploymentId, DeploymentOutcome, Interrupted, JournalEntry, Outcome, StateFile, Store, atomic},
};

/// A store that holds one fixture as an old release left it.
fn store_with(root: &Path, name: &str, fixture: &str) -> Store {
    let path = root.join("state/dev").join(name);
    atomic::replace(&path, fixture.as_bytes()).unwrap();
    Store::open(root, &EnvironmentName::new("dev").unwrap())
}

fn version(number: u64) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

fn state_v1() -> StateFile {
    state_of(include_str!("fixtures/state-v1.json"))
}

fn state_of(fixture: &str) -> StateFile {
    let root = tempfile::tempdir().unwrap();
    let store = store_with(root.path(), "state.json", fixture);
    store.state().unwrap().unwrap()
}

fn journal_v1() -> Interrupted {
    journal_of(include_str!("fixtures/journal-v1.jsonl"))
}

fn journal_of(fixture: &str) -> Interrupted {
    let root = tempfile::tempdir().unwrap();
    let store = store_with(root.path(), "journal.jsonl", fixture);
    store.interrupted().unwrap().unwrap()
}

#[test]
fn the_holds_of_a_state_of_format_1_keep_loading() {
    let state = state_of(include_str!("fixtures/state-v1-with-holds.json"));
    let router = &state.recorded.functions[&FunctionId::new("router").unwrap()];
    let hold = |alias: &str| &router.holds[&AliasName::new(alias).unwrap()];
    let fingerprint =
        Digest::new("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").unwrap();
    assert_eq!(
        *hold("LIVE"),
        Hold {
            routing: Routing::to(version(9)),
            until: HoldEnd::Latest(LatestMark { fingerprint, version: Some(version(42)) }),
            bad: [version(41)].into(),
            reason: "refunds are wrong since 41".to_owned(),
            who: "ana@laptop".to_owned(),
            at: "2026-11-22T10:20:00Z".parse().unwrap(),
        }
    );
    let back = hold("ROLLBACK");
    assert_eq!(back.routing.additional, Some((version(42), Weight::percent(10))));
    let live = AliasName::new("LIVE").unwrap();
    assert_eq!(back.until, HoldEnd::Moves { of: live, from: Some(version(9)) });
    assert!(state_v1().recorded.functions.values().all(|function| function.holds.is_empty()));
}

#[test]
fn the_function_of_a_state_of_format_1_keeps_loading() {
    let state = state_v1();
    assert_eq!(state.serial, 7);
    assert_eq!(state.region.as_str(), "us-west-1");
    let router = &state.recorded.functions[&FunctionId::new("router").unwrap()];
    assert_eq!(router.name.as_str(), "agentic-router-dev");
    assert_eq!(router.latest.equals, Some(version(42)));
    assert_eq!(router.latest.settings.get(Setting::MemorySize), Some(&512.into()));
    assert!(router.latest.environment.contains("TABLE"));
    let versions: Vec<u64> = router.versions.keys().map(|version| version.get()).collect();
    assert_eq!(versions, [9, 41, 42]);
    assert_eq!(router.versions[&version(42)].published, Some("2026-11-22T10:15:02.5Z".parse().unwrap()));
    assert_eq!(router.bad, [version(41)].into());
}

#[test]
fn the_aliases_of_a_state_of_format_1_keep_loading() {
    let state = state_v1();
    let router = &state.recorded.functions[&FunctionId::new("router").unwrap()];
    let alias = |name: &str| &router.aliases[&AliasName::new(name).unwrap()];
    assert_eq!(alias("LIVE").moves.len(), 2);
    assert_eq!(*alias("LIVE").routing(), Routing::to(version(42)));
    assert_eq!(alias("OLD").routing().primary, Target::Latest);
    let split = Routing {
        primary: Target::Version(version(41)),
        additional: Some((version(42), Weight::percent(10))),
    };
    assert_eq!(*alias("CANARY").routing(), split);
}

#[test]
fn the_machine_of_a_state_of_format_1_keeps_loading() {
    let state = state_v1();
    let machine = &state.recorded.machines[&MachineId::new("processing").unwrap()];
    assert_eq!(machine.definition, Digest::of(b"{}"));
    let pins = &machine.kept[0].pins[&FunctionName::new("agentic-router-dev").unwrap()];
    assert_eq!(*pins, [version(9), version(41)].into());
}

#[test]
fn what_was_added_to_the_state_of_format_1_keeps_loading_and_may_be_missing() {
    let state = state_of(include_str!("fixtures/state-v1-with-left-and-logging.json"));
    let live = &state.recorded.functions[&FunctionId::new("router").unwrap()].aliases
        [&AliasName::new("LIVE").unwrap()];
    assert_eq!(live.leaving(version(7)), Leaving::At("2026-11-21T10:15:04Z".parse().unwrap()));
    assert_eq!(live.leaving(version(8)), Leaving::Never);
    let processing = MachineId::new("processing").unwrap();
    let logging = state.recorded.machines[&processing].logging.as_ref().unwrap();
    let words = "ERROR with execution data to arn:aws:logs:us-west-1:123456789012:log-group:processing:*";
    assert_eq!(logging.to_string(), words);
    assert_eq!(state_v1().recorded.machines[&processing].logging, None);
}

#[test]
fn a_manifest_of_format_1_keeps_loading() {
    let root = tempfile::tempdir().unwrap();
    let id = DeploymentId::parse("deploy-20261122T101500Z-1a2b").unwrap();
    let fixture = include_str!("fixtures/manifest-v1.json");
    let store = store_with(root.path(), &format!("deployments/{id}.json"), fixture);
    assert_eq!(store.deployments().unwrap(), std::slice::from_ref(&id));
    let manifest = store.deployment(&id).unwrap();
    assert_eq!(manifest.outcome, DeploymentOutcome::Failed);
    assert_eq!(manifest.git.unwrap().short, "0123456");
    let router = &manifest.functions[&FunctionId::new("router").unwrap()];
    assert_eq!(router.version, Some(version(42)));
    let live = &router.aliases[&AliasName::new("LIVE").unwrap()];
    assert_eq!(*live, Routing::to(version(42)));
    assert_eq!(manifest.machines.len(), 1);
    assert_eq!(manifest.actions[1].outcome, Outcome::AlreadyDone);
    assert_eq!(manifest.actions.len(), 4);
}

#[test]
fn a_manifest_with_times_and_the_layout_before_keeps_loading() {
    let root = tempfile::tempdir().unwrap();
    let id = DeploymentId::parse("deploy-20261122T101500Z-1a2b").unwrap();
    let fixture = include_str!("fixtures/manifest-v1-with-times.json");
    let store = store_with(root.path(), &format!("deployments/{id}.json"), fixture);
    let manifest = store.deployment(&id).unwrap();
    assert_eq!(manifest.actions[0].ended, Some("2026-11-22T10:15:02.5Z".parse().unwrap()));
    assert_eq!(manifest.actions[1].after, [manifest.actions[0].address.clone()].into());
    let changes = manifest.changes().unwrap();
    let words: Vec<String> =
        changes.iter().map(|change| format!("{} {:?} {:?}", change.what, change.from, change.to)).collect();
    assert_eq!(
        words,
        [
            "version Some(\"41\") Some(\"42\")",
            "CANARY None Some(\"41 (90%) + 42 (10%)\")",
            "LIVE Some(\"41\") Some(\"42\")"
        ]
    );
}

#[test]
fn a_journal_of_format_1_keeps_loading() {
    let journal = journal_v1();
    assert_eq!(journal.deployment.as_str(), "deploy-20261122T101500Z-1a2b");
    assert_eq!(journal.who, "ana");
    assert_eq!(journal.plan_digest, Digest::of(b""), "the digest of the plan that resumed");
    assert_eq!(journal.entries.len(), 12);
    assert!(matches!(
        &journal.entries[1],
        JournalEntry::Outcome { outcome: Outcome::Done { version: Some(number), .. }, .. }
            if *number == version(42)
    ));
    assert!(journal.open_addresses().is_empty());
}

#[test]
fn a_journal_with_the_moves_of_a_group_keeps_loading() {
    let journal = journal_of(include_str!("fixtures/journal-v1-with-groups.jsonl"));
    assert!(journal.open_addresses().is_empty());
    let turns = journal.entries.iter().filter_map(|entry| match entry {
        JournalEntry::Intent { turn: Some(turn), .. } => {
            Some((turn.from.clone(), turn.to.clone(), turn.is_back))
        }
        _ => None,
    });
    let at = |number| Routing::to(version(number));
    let expected = [(None, at(41), false), (Some(at(41)), at(42), false), (Some(at(42)), at(41), true)];
    assert_eq!(turns.collect::<Vec<_>>(), expected);
    let because = Some("functions.refund.aliases.LIVE".parse().unwrap());
    assert!(matches!(
        &journal.entries[6],
        JournalEntry::Outcome { outcome: Outcome::MovedBack { to: Some(to), because: why }, .. }
            if *to == at(41) && *why == because
    ));
}
