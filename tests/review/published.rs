//! A publish that AWS answers with a version that is not there.

use serde_json::json;

use crate::{
    APPLY, MAILER, create, lambda, mailer,
    sandbox::{Sandbox, assert_output},
};

#[test]
fn a_version_that_was_deleted_by_hand_and_that_aws_answers_with_is_pointed_to_by_nothing() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    lambda(&sandbox, "DELETE", &format!("{MAILER}:1"), "", &json!({}));
    let project = mailer(&sandbox, "aliases.LIVE = \"latest\"");
    let stopped = project.repoint(&APPLY);
    assert_eq!(stopped.code, Some(3), "{stopped}");
    assert_eq!(sandbox.writes().len(), 1, "one publish and no alias: {:#?}", sandbox.writes());
    assert_output!("answered_with_a_deleted_version", stopped);
}
