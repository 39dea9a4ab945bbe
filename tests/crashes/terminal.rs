//! The question, asked at a terminal. Python lends the terminal; without it the tests say that they
//! are skipped.

use std::process::{Command, Stdio};

use crate::sandbox::{ACCOUNT, Output, Project, Sandbox, assert_output};

/// Runs a program at a terminal of its own, answers its question, and prints all that it showed.
const TERMINAL: &str = r#"
import os, pty, sys
answer, program = sys.argv[1].encode(), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(program[0], program)
shown = b""
while True:
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break
    if not read:
        break
    asked = b"accepted: " in shown
    shown += read
    if not asked and b"accepted: " in shown:
        os.write(terminal, answer)
os.write(1, shown.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

/// Runs `apply` at a terminal; nothing where no terminal can be had.
fn at_a_terminal(project: &Project, sandbox: &Sandbox, answer: &str, arguments: &[&str]) -> Option<Output> {
    let has_terminals = Command::new("python3").args(["-c", "import pty"]).stderr(Stdio::null()).status();
    if !has_terminals.is_ok_and(|status| status.success()) {
        println!("skipped: python3 with its `pty` module lends the terminal, and it is not here");
        return None;
    }
    let base = project.path().parent().expect("the root is in a folder");
    let output = Command::new("python3")
        .args(["-c", TERMINAL, answer, env!("CARGO_BIN_EXE_repoint")])
        .args(arguments)
        .current_dir(project.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", base.join("home"))
        .envs([("USER", "tester"), ("TERM", "dumb"), ("COLUMNS", "100")])
        .env("AWS_ENDPOINT_URL", sandbox.url())
        .envs([("AWS_ACCESS_KEY_ID", "tester"), ("AWS_SECRET_ACCESS_KEY", "tester")])
        .stdin(Stdio::null())
        .output()
        .expect("python3 is there");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(Output {
        command: format!("repoint {} # at a terminal, answered with {answer:?}", arguments.join(" ")),
        stdout: shown.replace(&base.display().to_string(), "[base]"),
        stderr: errors,
        code: output.status.code(),
    })
}

#[test]
fn yes_applies() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let Some(output) = at_a_terminal(&project, &sandbox, "yes\n", &["apply", "-e", "dev"]) else { return };
    assert_output!("answered_yes", output);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    let again = at_a_terminal(&project, &sandbox, "", &["apply", "-e", "dev"]).expect("it was there before");
    assert_output!("nothing_to_ask", again);
}

#[test]
fn anything_else_declines() {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    for (name, answer) in [("answered_no", "no\n"), ("answered_y", "y\n"), ("answered_nothing", "\u{4}")] {
        let Some(output) = at_a_terminal(&project, &sandbox, answer, &["apply", "-e", "dev"]) else { return };
        assert_eq!(output.code, Some(1), "{output}");
        assert!(output.stdout.contains(&format!("in account {ACCOUNT}?")), "{output}");
        let question = output.stdout.find("Apply this to").expect("it asks");
        let end = output.stdout[question..].to_owned();
        assert_output!(name, Output { stdout: end, ..output });
    }
    sandbox.assert_untouched();
    assert!(project.files().keys().all(|path| path.starts_with("config/")), "nothing is recorded");
}
