//! A state that cannot be trusted. It is left as it is, and nothing is sent.

use std::fs;

use crate::sandbox::{Output, Project, Sandbox, assert_output};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];
const STATE: &str = "state/dev/state.json";

/// Makes a project that is applied, with new code to apply.
fn applied(sandbox: &Sandbox) -> Project {
    let project = Project::applied(sandbox);
    project.edit("config/functions/orders.py", "order", "new order");
    project
}

/// Returns what an apply says, after making sure that it changed nothing.
fn refused(sandbox: &Sandbox, project: &Project, arguments: &[&str]) -> Output {
    let (writes, files) = (sandbox.writes(), project.files());
    let output = project.repoint(arguments);
    assert_eq!(sandbox.writes(), writes, "nothing may be sent: {output}");
    assert_eq!(project.files(), files, "no file may change: {output}");
    output
}

#[test]
fn a_damaged_state_is_left_alone() {
    let sandbox = Sandbox::with_small();
    let project = applied(&sandbox);
    let text = project.read(STATE);
    project.write(STATE, &text[..text.len() / 2]);
    assert_output!("damaged_apply", refused(&sandbox, &project, &APPLY));
    assert_output!("damaged_plan", refused(&sandbox, &project, &["plan", "-e", "dev"]));
    assert_output!("damaged_drift", refused(&sandbox, &project, &["drift", "-e", "dev"]));
}

#[test]
fn a_state_that_is_no_text_is_left_alone() {
    let sandbox = Sandbox::with_small();
    let project = applied(&sandbox);
    project.write(STATE, [0xff, 0xfe, 0x00]);
    assert_output!("no_text", refused(&sandbox, &project, &APPLY));
}

#[test]
fn a_state_of_a_newer_release_is_left_alone() {
    let sandbox = Sandbox::with_small();
    let project = applied(&sandbox);
    project.edit(STATE, "\"format\": 1", "\"format\": 2");
    assert_output!("newer", refused(&sandbox, &project, &APPLY));
}

#[test]
fn a_state_of_another_account_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = applied(&sandbox);
    project.edit(STATE, "\"account\": \"000000000000\"", "\"account\": \"123456789012\"");
    assert_output!("other_account", refused(&sandbox, &project, &APPLY));
}

#[test]
fn a_state_of_another_environment_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = applied(&sandbox);
    project.edit(STATE, "\"environment\": \"dev\"", "\"environment\": \"prod\"");
    assert_output!("other_environment", refused(&sandbox, &project, &APPLY));
}

#[test]
fn a_plan_made_on_another_state_is_refused() {
    let sandbox = Sandbox::with_small();
    let project = applied(&sandbox);
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/release.json"]);
    let lineage = project
        .read(STATE)
        .lines()
        .find_map(|line| line.trim().strip_prefix("\"lineage\": \"")?.strip_suffix("\",").map(str::to_owned));
    let other = "6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10";
    project.edit(STATE, &lineage.expect("a state has a lineage"), other);
    let arguments = [&APPLY[..], &["plans/release.json"]].concat();
    assert_output!("other_lineage", refused(&sandbox, &project, &arguments));
}

#[test]
fn a_damaged_journal_is_left_alone() {
    let sandbox = Sandbox::with_small();
    let project = applied(&sandbox);
    project.write("state/dev/journal.jsonl", "{\"format\":1,\n{}\n");
    assert_output!("damaged_journal", refused(&sandbox, &project, &APPLY));
}

#[test]
fn a_state_that_is_a_file_cannot_be_locked() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.write("state", "in the way");
    assert_output!("not_a_folder", refused(&sandbox, &project, &APPLY));
}

#[cfg(unix)]
#[test]
fn a_state_that_may_not_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with_small();
    let project = applied(&sandbox);
    let folder = project.path().join("state/dev");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).expect("the folder is ours");
    let probe = folder.join("probe");
    if fs::File::create(&probe).is_ok() {
        println!("skipped: this user may write into a folder that is not writable, as root may");
        fs::remove_file(probe).expect("it was made just now");
        return;
    }
    let writes = sandbox.writes();
    let output = project.repoint(&APPLY);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
    assert_eq!(sandbox.writes(), writes);
    assert_output!("not_writable", output);
}
