//! `sandbox --world`: the simulated account in a file, from one process to the next.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::Value;

use crate::{
    applied_example,
    sandbox::{Output, Project, assert_output},
    serving::{Served, assert_words, on},
};

const WORLD: [&str; 3] = ["--example", "--world", "account.json"];

#[test]
fn what_was_applied_is_there_after_a_restart() {
    let project = Project::example();
    let served = Served::start(&project, &WORLD);
    assert_words("kept_new", &served.words);
    let project = on(project, &served);
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    assert_eq!(served.stop("TERM"), (Some(0), String::new()));
    let saved = project.read("account.json");

    let served = Served::start(&project, &WORLD);
    assert_words("kept_again", &served.words);
    let project = on(project, &served);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    project.succeeds_with(0, &["drift", "-e", "dev"]);
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
    assert_eq!(project.read("account.json"), saved, "a look changes nothing");
    let names: Vec<String> = project.files().into_keys().filter(|name| name.contains("account")).collect();
    assert_eq!(names, ["account.json"], "neither a lock nor a neighbour is left");
}

/// A snapshot is an account to try things on; what was tried makes it an account of its own.
#[test]
fn a_snapshot_can_be_served_and_applied_to() {
    let (_sandbox, project) = applied_example();
    project.succeeds_with(0, &["snapshot", "-e", "dev", "--out", "dev.snapshot.json", "-q"]);
    let snapshot = project.read("dev.snapshot.json");
    project.write("copy.json", &snapshot);
    let mut served = Served::start(&project, &["--world", "copy.json"]);
    let note = served.warning();
    assert!(note.starts_with("this is a snapshot, taken 20"), "{note}");
    assert!(note.ends_with("; the first change makes it an account of its own\n"), "{note}");
    let project = on(project, &served);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    project.edit("config/functions/intake.py", "accepted", "taken");
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
    let copy: Value = serde_json::from_str(&project.read("copy.json")).expect("it is JSON");
    assert_eq!(copy["snapshot"], Value::Null);
    let intake = &copy["accounts"]["000000000000"]["us-west-1"]["functions"]["docs-intake-dev"];
    assert_eq!(intake["last_number"], 6, "numbers go on where the account was");

    project.write("other.json", snapshot.replace("000000000000", "210987654321"));
    let served = Served::start(&project, &["--world", "other.json"]);
    assert_words("kept_other_account", &served.words);
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
}

#[test]
fn what_was_changed_is_saved_while_it_is_served() {
    let project = Project::example();
    let served = Served::start(&project, &WORLD);
    let before = project.read("account.json");
    let project = on(project, &served);
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    // It says when it is ready and not when it has saved, so the file is looked at until then.
    while project.read("account.json") == before {
        std::thread::yield_now();
    }
    served.kill();
    let served = Served::start(&project, &["--world", "account.json"]);
    assert_eq!(served.stop("INT"), (Some(0), String::new()), "the lock went with its process");
}

#[test]
fn two_sandboxes_do_not_keep_one_file() {
    let project = Project::example();
    let served = Served::start(&project, &WORLD);
    let saved = project.read("account.json");
    let output = project.repoint(&["sandbox", "--port", "0", "--world", "account.json"]);
    let holder = output.stderr.lines().find(|line| line.contains("process")).expect("it says who");
    let process = holder.split_whitespace().find_map(|word| word.parse::<u32>().ok()).expect("a number");
    let stderr = output.stderr.replace(holder, "  ╰─▶ [holder]").replace(&process.to_string(), "[pid]");
    assert_output!("kept_twice", Output { stderr, ..output });
    assert_eq!(project.read("account.json"), saved);
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
}

#[test]
fn a_file_that_cannot_be_kept_is_told_before_anything_is_served() {
    let project = Project::empty();
    project.write("no.json", "schema = 1\n");
    project.write("plan.json", "{\"format\": 1, \"digest\": \"\", \"plan\": {}}\n");
    let newer = "{\"kind\": \"account\", \"format\": 7, \"program\": \"4.2.0\", \"weather\": \"new\"}\n";
    project.write("newer.json", newer);
    project.write("cut.json", "{\"kind\": \"account\", \"format\": 1, \"identi");
    project.write("damaged.json", "{\"kind\": \"account\", \"format\": 1, \"program\": \"0.1.0\"}\n");
    project.write("latin.json", b"{\"kind\": \"\xe9\"}");
    project.write("folder/inner", "");
    let files = project.files();
    let names = [
        "no.json",
        "plan.json",
        "newer.json",
        "cut.json",
        "damaged.json",
        "latin.json",
        "folder",
        "no.json/x",
    ];
    for name in names {
        let output = project.repoint(&["sandbox", "--port", "0", "--world", name]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{output}");
        assert_output!(format!("kept_{}", name.replace(['.', '/'], "_")), output);
    }
    assert_eq!(project.files(), files, "every file is left as it was");
}

/// An account that can no longer be saved is told once, and it goes on: what is served is more than the file.
#[test]
fn a_save_that_fails_is_told_and_the_account_goes_on() {
    let project = Project::example();
    let mut served = Served::start(&project, &["--example", "--world", "kept/account.json"]);
    let folder = project.path().join("kept");
    fs::remove_dir_all(&folder).expect("it is there");
    project.write("kept", "in the way");
    let project = on(project, &served);
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    let warning = served.warning();
    assert!(
        warning.starts_with("warning: cannot save `kept/account.json`, and goes on trying: "),
        "{warning}"
    );
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    fs::remove_file(&folder).expect("it is there");
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
    let saved: Value = serde_json::from_str(&project.read("kept/account.json")).expect("it is JSON");
    assert_eq!(saved["kind"], "account");
}

#[test]
fn a_save_that_fails_at_the_end_is_an_error() {
    let project = Project::example();
    let mut served = Served::start(&project, &["--example", "--world", "kept/account.json"]);
    fs::remove_dir_all(project.path().join("kept")).expect("it is there");
    project.write("kept", "in the way");
    let project = on(project, &served);
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    let _ = served.warning();
    assert_eq!(served.stop("TERM"), (Some(1), String::new()));
}

/// A request that never ends keeps a polite stop waiting; the second signal does not wait, and saves.
#[test]
fn the_second_signal_waits_for_nobody() {
    let project = Project::example();
    let served = Served::start(&project, &WORLD);
    let address = served.url().replace("http://", "");
    let mut stuck = TcpStream::connect(&address).expect("it is served");
    let head =
        "POST /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    stuck.write_all(head.as_bytes()).expect("it is served");
    let mut answer = [0; 12];
    stuck.read_exact(&mut answer).expect("it waits for the body");
    served.signal("INT");
    // Two signals at once count as one, so the first must have been heard.
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
    assert!(project.read("account.json").contains("docs-intake-dev"));
}
