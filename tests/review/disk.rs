//! A disk that refuses to write: before anything is sent nothing is, and afterwards the exit says
//! that something may have been.

use std::fs;

use crate::{
    APPLY, MAILER, create, mailer,
    sandbox::{Sandbox, assert_output},
};

const LIVE: &str = "aliases.LIVE = \"latest\"";

#[test]
fn a_disk_that_fails_after_something_was_sent_ends_with_3_and_is_resumed_under_the_same_id() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, LIVE);
    // Where the folder of the manifests should be there is a file.
    project.write("state/dev/deployments", "");
    let failed = project.repoint(&APPLY);
    assert_eq!(failed.code, Some(3), "{failed}");
    let journal = project.read("state/dev/journal.jsonl");
    assert!(!journal.is_empty(), "the journal stays open: {failed}");
    let sent = sandbox.writes();
    assert_eq!(sent.len(), 1, "the alias was created: {sent:#?}");
    assert_output!("disk_fails_after_something_was_sent", failed);

    fs::remove_file(project.path().join("state/dev/deployments")).expect("it is there");
    let resumed = project.repoint(&APPLY);
    assert_eq!(resumed.code, Some(0), "{resumed}");
    assert_eq!(sandbox.writes(), sent, "nothing is sent twice: {resumed}");
    let id = journal.split('"').find(|part| part.starts_with("deploy-")).expect("it has an id");
    assert!(resumed.stdout.contains(id), "{id}: {resumed}");
    assert_eq!(project.read("state/dev/journal.jsonl"), "");
}

#[test]
fn a_disk_that_fails_before_anything_is_sent_ends_with_1_and_sends_nothing() {
    let sandbox = Sandbox::quick();
    create(&sandbox, MAILER, &[1]);
    let project = mailer(&sandbox, LIVE);
    // Where the state should be there is a folder.
    fs::create_dir_all(project.path().join("state/dev/journal.jsonl")).expect("the folder is new");
    let failed = project.repoint(&APPLY);
    assert_eq!(failed.code, Some(1), "{failed}");
    sandbox.assert_untouched();
    assert_output!("disk_fails_before_anything_is_sent", failed);
}
