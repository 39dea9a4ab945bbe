//! Where an alias may be sent, and what a plan says where it may not.

use repoint::{
    model::{Routing, Target},
    plan::{Question, questions},
};

use crate::values::{Values, lines, mailer_id, version};

#[test]
fn an_alias_pinned_to_a_failed_version_blocks_the_plan() {
    let values = Values::mailer("aliases.LIVE = \"1\"", &[1, 2]).with_alias("LIVE", Routing::to(version(2)));
    let health = Question::Health(mailer_id(), Target::Version(version(1)));
    assert_eq!(questions(&values.plan(), &values.live), [health].into());
    let plan = values.with_failed(1, "InvalidImage: the image is gone").plan();
    assert!(plan.is_blocked());
    assert_eq!(
        lines(&plan),
        [
            "functions.mailer.aliases.LIVE: LIVE: 2 → 1",
            "Blocking functions.mailer.aliases.LIVE: alias `LIVE` would be sent to version 1, which has \
             failed: InvalidImage: the image is gone | aliases.LIVE = \"latest\"",
        ]
    );
}

#[test]
fn a_split_to_a_failed_version_blocks_the_plan() {
    let keys = "aliases.LIVE = { split = { \"1\" = 10, \"latest\" = 90 } }";
    let plan = Values::mailer(keys, &[1, 2]).with_failed(1, "the image is gone").plan();
    assert_eq!(
        lines(&plan),
        [
            "functions.mailer.aliases.LIVE: create LIVE at 2 (90%) + 1 (10%)",
            "Blocking functions.mailer.aliases.LIVE: alias `LIVE` would be sent to version 1, which has \
             failed: the image is gone | aliases.LIVE = \"latest\"",
        ]
    );
}

#[test]
fn an_alias_that_is_on_a_failed_version_already_is_no_change_and_no_question() {
    let values = Values::mailer("aliases.LIVE = \"1\"", &[1, 2]).with_alias("LIVE", Routing::to(version(1)));
    assert_eq!(questions(&values.plan(), &values.live), [].into());
    assert_eq!(lines(&values.with_failed(1, "the image is gone").plan()), [""; 0]);
}
