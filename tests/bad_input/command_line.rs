//! Mistakes on the command line, and folders that are not there.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
};

use crate::sandbox::{Project, Sandbox, assert_output};

#[test]
fn a_mistake_on_the_command_line_ends_with_1() {
    let project = Project::small();
    let cases: [(&str, &[&str]); 8] = [
        ("unknown_flag", &["plan", "--detailed-exit-code"]),
        ("unknown_verb", &["aply"]),
        ("no_verb", &[]),
        ("no_lock_verb", &["lock"]),
        ("missing_value", &["plan", "-e"]),
        ("no_number", &["plan", "--max-deletes", "many"]),
        ("conflict", &["apply", "plans/release.json", "--max-deletes", "5"]),
        ("quiet_and_verbose", &["plan", "-q", "-v"]),
    ];
    for (name, arguments) in cases {
        let output = project.repoint(arguments);
        assert_eq!(output.code, Some(1), "{output}");
        assert_eq!(output.stdout, "", "standard output is data: {output}");
        assert_output!(name, output);
    }
}

#[test]
fn without_a_terminal_somebody_must_have_approved() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let before = project.files();
    assert_output!("no_approval", project.repoint(&["apply", "-e", "dev"]));
    sandbox.assert_silent();
    assert_eq!(project.files(), before);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let project = Project::small();
    assert_output!("no_folder", project.repoint(&["-C", "elsewhere", "plan"]));
}

#[test]
fn without_a_desired_state_it_says_where_one_is_looked_for() {
    let project = Project::empty();
    assert_output!("no_config", project.repoint(&["plan", "-e", "dev"]));
    assert_output!("no_such_config", project.repoint(&["plan", "-c", "other/repoint.toml"]));
}

#[test]
fn what_is_to_be_shown_must_exist() {
    let project = Project::small();
    assert_output!("show_no_plan", project.repoint(&["show", "-e", "dev", "plans/release.json"]));
    assert_output!("show_no_last", project.repoint(&["show", "-e", "dev", "last"]));
    let deployment = "deploy-20261122T101500Z-1a2b";
    assert_output!("show_no_deployment", project.repoint(&["show", "-e", "dev", deployment]));
    assert_output!("graph_no_plan", project.repoint(&["graph", "-e", "dev", "plans/release.json"]));
}

#[test]
fn drift_is_left_out_by_addresses() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    assert_output!("no_address", project.repoint(&["drift", "-e", "dev", "--ignore", "orders"]));
    sandbox.assert_silent();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port is there");
    let port = taken.local_addr().expect("a listener has an address").port().to_string();
    let mut output = Project::empty().repoint(&["sandbox", "--port", &port]);
    output.command = "repoint sandbox --port [port]".to_owned();
    assert_output!("port_taken", output);
}

#[test]
fn a_plan_that_cannot_be_saved_says_where() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    project.write("plans", "in the way");
    assert_output!("plan_not_saved", project.repoint(&["plan", "-e", "dev", "--out", "plans/"]));
    assert_eq!(project.read("plans"), "in the way");
}

#[test]
fn a_plan_replaces_nothing_but_a_plan() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.write("notes.json", "{}");
    project.write("README.md", "# Shop\n");
    let files = project.files();
    let save = |out: &str| project.repoint(&["plan", "-e", "dev", "--out", out]);
    assert_output!("plan_over_page", save("plans/release.md"));
    assert_output!("plan_over_toml", save("config/repoint.toml"));
    assert_output!("plan_over_code", save("config/../config/functions/orders.py"));
    assert_output!("plan_over_file", save("notes.json"));
    assert_output!("plan_page_over_file", save("README"));
    assert_output!("plan_over_device", save("/dev/null"));
    assert_eq!(project.files(), files);
    sandbox.assert_silent();
}

#[test]
fn a_plan_replaces_an_older_one_and_an_empty_file() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.write("plans/release.json", "");
    let save = ["plan", "-e", "dev", "--out", "plans/release.json"];
    project.succeeds_with(0, &save);
    let first = project.read("plans/release.json");
    project.edit("config/functions/orders.py", "order", "new order");
    project.succeeds_with(0, &save);
    assert_ne!(project.read("plans/release.json"), first);
}

/// Returns the code that a verb ends with where its output goes there.
fn code_with_output_to(stdout: impl Into<Stdio>, arguments: &[&str]) -> Option<i32> {
    let program = env!("CARGO_BIN_EXE_repoint");
    let status = Command::new(program).args(arguments).stdout(stdout).stderr(Stdio::null()).status();
    status.expect("the program starts").code()
}

#[test]
fn a_reader_that_closes_early_is_no_error() {
    for arguments in [&["completions", "bash"][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe is there");
        drop(reader);
        assert_eq!(code_with_output_to(writer, arguments), Some(0), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    for arguments in [&["completions", "bash"][..], &["--help"], &["--version"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
        assert_eq!(code_with_output_to(full, arguments), Some(1), "{arguments:?}");
    }
}
