//! What cleanup must not forget.

use jiff::SignedDuration;
use repoint::{
    diff::KeepReason,
    model::{Address, Part, Routing, VersionRef},
    plan::{Selection, lint},
};

use crate::values::{NOW, Values, alias, instant, lines, mailer_id, version};

const MANUAL: &str = "aliases.LIVE = \"manual\"\nretention = { keep = 1, min_age = \"24h\" }";

/// `LIVE` left version 1 a few hours ago, and was moved this often between 2 and 3 since.
fn restless(moves: i64) -> Values {
    let mut values =
        Values::mailer(MANUAL, &[1, 2, 3]).with_alias("LIVE", Routing::to(version(1))).recorded();
    let live = values.record().aliases.get_mut(&alias("LIVE")).expect("it was recorded");
    for step in 0..=moves {
        let at = instant(NOW) - SignedDuration::from_hours(4) + SignedDuration::from_secs(step);
        live.see(Routing::to(version(if step % 2 == 0 { 2 } else { 3 })), at);
    }
    let now = live.routing().clone();
    values.with_alias("LIVE", now)
}

#[test]
fn a_version_that_an_alias_left_is_protected_however_often_it_moved_since() {
    let until = vec![KeepReason::Until(instant("2026-11-23T06:15:00Z"))];
    for moves in [1, 99, 101, 1001] {
        let plan = restless(moves).plan();
        assert_eq!(lines(&plan), [""; 0], "after {moves} moves");
        let kept = &plan.kept[&mailer_id()];
        let kept = kept.iter().find(|kept| kept.version == VersionRef::Existing(version(1)));
        assert_eq!(kept.expect("it stays").reasons, until, "after {moves} moves");
    }
}

#[test]
fn a_long_history_is_cut_and_what_is_cut_is_known_by_version() {
    let mut values = restless(1001);
    let live = &values.record().aliases[&alias("LIVE")];
    assert_eq!(live.moves.len(), 100);
    let left: Vec<u64> = live.left.keys().map(|version| version.get()).collect();
    assert_eq!(left, [1, 2, 3]);
}

#[test]
fn a_deletion_can_be_asked_for_alone_and_passes_the_linter() {
    let keys = "timeout = 20\naliases.LIVE = \"manual\"\nretention = { keep = 1, min_age = \"0s\" }";
    let values = Values::mailer(keys, &[1, 2]).with_alias("LIVE", Routing::to(version(2))).recorded();
    let deletion = Address::function(&mailer_id(), Part::Version(version(1)));
    let selection = Selection { targets: [deletion].into(), ..Selection::default() };
    let part = values.part(&selection);
    assert_eq!(
        lines(&part),
        [
            "functions.mailer.versions.1: delete version 1",
            "Note functions.mailer.settings: this plan is a part, and leaves out what the whole plan does here",
        ]
    );
    assert_eq!(lint(&part, &values.desired), []);
}
