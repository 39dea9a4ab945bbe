//! Where an alias may be sent, and what a plan says where it may not.

use repoint::{
    model::{Routing, Target},
    plan::{Precondition, Question, weight_questions},
};

use crate::values::{Values, alias, lines, mailer_id, version, weighted};

#[test]
fn an_alias_pinned_to_a_failed_version_blocks_the_plan() {
    let values = Values::mailer("aliases.LIVE = \"1\"", &[1, 2]).with_alias("LIVE", Routing::to(version(2)));
    let health = Question::Health(mailer_id(), Target::Version(version(1)));
    assert_eq!(values.questions(), [health].into());
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
    assert_eq!(values.questions(), [].into());
    assert_eq!(lines(&values.with_failed(1, "the image is gone").plan()), [""; 0]);
}

#[test]
fn t11_a_plan_does_not_rest_on_weights_that_aws_added_by_itself() {
    let mut values = Values::mailer("aliases.LIVE = \"latest\"", &[1, 2, 3])
        .with_alias("LIVE", weighted(2, 1, 40))
        .recorded();
    let shifting = Question::Shifting(mailer_id());
    let health = Question::Health(mailer_id(), Target::Version(version(3)));
    assert_eq!(values.questions(), [health, shifting].into());
    values.function().aliases.get_mut(&alias("LIVE")).expect("it exists").is_shifting = true;
    let plan = values.plan();
    assert_eq!(lines(&plan), ["functions.mailer.aliases.LIVE: LIVE: 2 → 3"]);
    assert_eq!(plan.actions[0].precondition, Precondition::AliasAt(Routing::to(version(2))));
}

#[test]
fn weights_of_people_stay_in_the_precondition() {
    let values =
        Values::mailer("aliases.LIVE = \"latest\"", &[1, 2, 3]).with_alias("LIVE", weighted(2, 1, 40));
    let plan = values.plan();
    assert_eq!(lines(&plan), ["functions.mailer.aliases.LIVE: LIVE: 2 (60%) + 1 (40%) → 3"]);
    assert_eq!(plan.actions[0].precondition, Precondition::AliasAt(weighted(2, 1, 40)));
}

#[test]
fn t11_weights_beside_another_target_may_be_those_of_aws_too() {
    let mut values = Values::mailer("aliases.LIVE = \"latest\"", &[1, 2, 3])
        .with_alias("LIVE", Routing::to(version(1)))
        .recorded()
        .with_alias("LIVE", weighted(2, 1, 40));
    let asked =
        |values: &Values| weight_questions(values.recorded.as_ref().expect("it was recorded"), &values.live);
    assert_eq!(asked(&values), [Question::Shifting(mailer_id())].into());
    values.function().aliases.get_mut(&alias("LIVE")).expect("it exists").is_shifting = true;
    assert_eq!(asked(&values), [].into());
}

const SIDES: &str = "aliases.LIVE = \"manual\"\naliases.STAGING = \"manual\"\n\
                     aliases.CANARY = { split = { \"previous(LIVE)\" = 60, \"previous(STAGING)\" = 40 } }";

#[test]
fn a_split_of_two_ways_back_that_nobody_has_is_not_created_yet() {
    let values = Values::mailer(SIDES, &[1])
        .with_alias("LIVE", Routing::to(version(1)))
        .with_alias("STAGING", Routing::to(version(1)));
    let message = |of: &str| {
        format!(
            "Note functions.mailer.aliases.CANARY: alias `CANARY` is not created yet: `{of}` has served no \
             other version before"
        )
    };
    assert_eq!(lines(&values.plan()), [message("LIVE"), message("STAGING")]);
    let values = values.with_alias("CANARY", Routing::to(version(1)));
    assert_eq!(lines(&values.plan()), [""; 0]);
}

#[test]
fn an_alias_does_not_follow_another_to_latest_and_says_so() {
    let keys = "aliases.LIVE = \"manual\"\naliases.BETA = \"same-as(LIVE)\"";
    let latest = Routing { primary: Target::Latest, additional: None };
    let values = Values::mailer(keys, &[1]).with_alias("LIVE", latest);
    assert_eq!(
        lines(&values.plan()),
        [
            "Note functions.mailer.aliases.BETA: alias `BETA` stays as it is: `LIVE`, which it follows, points \
          to `$LATEST`, and no alias is sent there"
        ]
    );
}
