//! `sandbox`: the simulated account as a server of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

use crate::sandbox::Project;

/// The served account; ended when it is dropped, so that a failed test leaves nothing running.
pub(crate) struct Served {
    child: Child,
    pub(crate) words: String,
    errors: BufReader<std::process::ChildStderr>,
    output: BufReader<std::process::ChildStdout>,
}

impl Served {
    pub(crate) fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_repoint"));
        command.args(["sandbox", "--port", "0"]).args(arguments).current_dir(project.path()).env_clear();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let errors = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut words = String::new();
        while !words.ends_with("Stop it with Ctrl-C.\n") {
            assert!(output.read_line(&mut words).expect("it talks") > 0, "it ended early: {words}");
        }
        Self { child, words, errors, output }
    }

    pub(crate) fn url(&self) -> String {
        let after = self.words.split("AWS_ENDPOINT_URL=").nth(1).expect("it says its address");
        after.split_whitespace().next().expect("an address has no blanks").to_owned()
    }

    /// Waits for a line of standard error.
    pub(crate) fn warning(&mut self) -> String {
        let mut line = String::new();
        self.errors.read_line(&mut line).expect("it talks");
        line
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh is there").success());
    }

    /// Ends it at once, without a chance to save.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Sends a signal and returns the exit code and what else was said.
    pub(crate) fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("it talks");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

/// Asserts what the account says at its start; the port and a seed that it chose differ each time.
pub(crate) fn assert_words(name: &str, words: &str) {
    let filters = [(r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"), (r"(?i)(seed) \d{3,}", "$1 [seed]")];
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(name, words) });
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serves_an_empty_account_until_it_is_interrupted() {
    let project = Project::example();
    let served = Served::start(&project, &[]);
    assert_words("sandbox_empty", &served.words);
    let project = project
        .variable("AWS_ENDPOINT_URL", &served.url())
        .variable("AWS_ACCESS_KEY_ID", "any")
        .variable("AWS_SECRET_ACCESS_KEY", "any");
    let plan = project.succeeds_with(1, &["plan", "-e", "dev"]);
    assert!(plan.stdout.contains("function `docs-intake-dev` does not exist"), "{plan}");
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
}

#[test]
fn serves_the_example_until_it_is_terminated() {
    let project = Project::example();
    let served = Served::start(&project, &["--example"]);
    assert_words("sandbox_example", &served.words);
    let project = project
        .variable("AWS_ENDPOINT_URL", &served.url())
        .variable("AWS_ACCESS_KEY_ID", "any")
        .variable("AWS_SECRET_ACCESS_KEY", "any");
    project.succeeds_with(2, &["plan", "-e", "dev", "--detailed-exitcode"]);
    assert_eq!(served.stop("TERM"), (Some(0), String::new()));
}

/// Returns the project with the served account as its AWS.
pub(crate) fn on(project: Project, served: &Served) -> Project {
    project
        .variable("AWS_ENDPOINT_URL", &served.url())
        .variable("AWS_ACCESS_KEY_ID", "any")
        .variable("AWS_SECRET_ACCESS_KEY", "any")
        .variable("AWS_EC2_METADATA_DISABLED", "true")
}

/// Every knob at once, each in its own notation; the apply outlives the faults, because a retry is part of the job.
#[test]
fn serves_a_difficult_account_that_an_apply_survives() {
    let project = Project::example();
    let arguments = [
        "--example",
        "--seed",
        "7",
        "--pending=100ms",
        "--in-progress=100ms",
        "--latency=1ms",
        "--read-lag=0s",
        "--strict-roles=1s",
        "--fault=UpdateAlias:throttle:2",
        "--fault=GetFunction:500",
        "--fault=PublishVersion@docs-intake:drop",
    ];
    let served = Served::start(&project, &arguments);
    assert_words("sandbox_difficult", &served.words);
    let project = on(project, &served);
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
}

#[test]
fn a_knob_that_is_none_is_told_before_anything_is_served() {
    let project = Project::empty();
    let cases = [
        ("sandbox_no_duration", ["--pending", "soon"]),
        ("sandbox_no_operation", ["--fault", "UpdateAlais:drop"]),
        ("sandbox_no_kind", ["--fault", "UpdateAlias:explode"]),
        ("sandbox_no_times", ["--fault", "UpdateAlias:drop:0"]),
        ("sandbox_no_seed", ["--seed", "lucky"]),
    ];
    for (name, arguments) in cases {
        let output = project.repoint(&["sandbox", "--port", "0", arguments[0], arguments[1]]);
        crate::sandbox::assert_output!(name, output);
    }
}

#[test]
fn a_taken_port_is_told() {
    let project = Project::empty();
    let served = Served::start(&project, &[]);
    let port = served.url().rsplit(':').next().expect("an address has a port").to_owned();
    crate::sandbox::assert_output!("sandbox_taken", {
        let output = project.repoint(&["sandbox", "--port", &port]);
        crate::sandbox::Output { command: output.command.replace(&port, "[port]"), ..output }
    });
    assert_eq!(served.stop("INT"), (Some(0), String::new()));
}
