//! `point`: one alias, where somebody wants it.

use crate::{alias, dev, done, released, sandbox::assert_output};

#[test]
fn a_pointed_alias_is_held_and_pointing_it_where_it_belongs_ends_that() {
    let (sandbox, project) = released();
    let reason = ["point", "orders", "LIVE", "2", "--reason", "refunds are wrong since 3"];
    assert_output!("point", done(&project, 0, &reason));
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("2".to_owned(), "4".to_owned()));
    assert_output!("point_then_plan", crate::flowed(&dev(&project, &["plan"])));
    assert_output!("point_again", done(&project, 0, &reason));
    assert_output!("point_latest", done(&project, 0, &["point", "orders", "LIVE", "latest"]));
    assert_eq!(alias(&sandbox, "LIVE"), "4");
    assert!(!project.read("state/dev/state.json").contains("\"holds\""));
}

#[test]
fn a_shift_is_begun_finished_and_aborted() {
    let (sandbox, project) = released();
    assert_output!("point_split", done(&project, 0, &["point", "orders", "LIVE", "3=90,4=10"]));
    assert_eq!(alias(&sandbox, "LIVE"), "3 {\"4\":0.1}");
    done(&project, 0, &["apply"]);
    assert_eq!(alias(&sandbox, "LIVE"), "3 {\"4\":0.1}", "it is held there");
    assert_output!("point_finish", done(&project, 0, &["point", "orders", "LIVE", "4"]));
    assert_eq!(alias(&sandbox, "LIVE"), "4");
    done(&project, 0, &["point", "orders", "LIVE", "3=90,4=10"]);
    done(&project, 0, &["point", "orders", "LIVE", "3"]);
    assert_eq!(alias(&sandbox, "LIVE"), "3");
    // A shift that nobody finished goes back to what was served alone.
    done(&project, 0, &["point", "orders", "LIVE", "3=50,4=50"]);
    done(&project, 0, &["rollback", "orders"]);
    assert_eq!(alias(&sandbox, "LIVE"), "3");
}

#[test]
fn what_somebody_moved_back_by_hand_is_held_there() {
    let (sandbox, project) = released();
    let path = "/2015-03-31/functions/shop-orders-dev/aliases/LIVE";
    sandbox.lambda("PUT", path, &serde_json::json!({ "FunctionVersion": "3" }));
    let writes = sandbox.writes().len();
    assert_output!("point_kept", done(&project, 0, &["rollback", "orders", "--to", "3"]));
    // Of the alias only what is remembered changes; the way back moves on.
    assert_eq!(sandbox.writes().len(), writes + 1);
    assert_eq!(alias(&sandbox, "ROLLBACK"), "2");
    done(&project, 0, &["apply"]);
    assert_eq!(alias(&sandbox, "LIVE"), "3");
}

#[test]
fn an_alias_that_is_a_way_back_is_held_until_what_it_follows_moves() {
    let (sandbox, project) = released();
    assert_output!("point_way_back", done(&project, 0, &["point", "orders", "ROLLBACK", "2"]));
    done(&project, 0, &["apply"]);
    assert_eq!(alias(&sandbox, "ROLLBACK"), "2");
    crate::release_of(&project, "fourth");
    done(&project, 0, &["apply"]);
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("5".to_owned(), "4".to_owned()));
    assert!(!project.read("state/dev/state.json").contains("\"holds\""));
}

#[test]
fn a_saved_plan_puts_the_hold_up_when_it_is_applied() {
    let (sandbox, project) = released();
    let saved = ["rollback", "orders", "--out", "plans/back.json"];
    assert_output!("rollback_saved", dev(&project, &saved));
    assert_output!("rollback_page", project.read("plans/back.md"));
    assert_eq!(alias(&sandbox, "LIVE"), "4");
    done(&project, 0, &["apply", "plans/back.json"]);
    done(&project, 0, &["apply"]);
    assert_eq!(alias(&sandbox, "LIVE"), "3");
}
