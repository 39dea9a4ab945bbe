//! What the program says about itself.

use crate::sandbox::{Output, Project, assert_output};

#[test]
fn help_and_version_need_nothing() {
    let project = Project::empty();
    assert_output!("help", project.repoint(&["--help"]));
    assert_output!("help_short", project.repoint(&["-h"]));
    let version = project.succeeds_with(0, &["--version"]);
    assert_eq!(version.stdout, format!("repoint {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(version.stderr, "");
}

#[test]
fn every_verb_has_help() {
    let project = Project::empty();
    let help = project.succeeds_with(0, &["--help"]);
    let commands = help.stdout.split("Commands:\n").nth(1).expect("help lists the verbs");
    let verbs = commands.lines().take_while(|line| !line.is_empty());
    let verbs: Vec<&str> = verbs.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(verbs.len() >= 10, "{verbs:?}");
    for verb in verbs.into_iter().filter(|verb| *verb != "help") {
        assert_output!(format!("help_{verb}"), project.repoint(&[verb, "-h"]));
    }
    assert_output!("help_lock_show", project.repoint(&["lock", "show", "-h"]));
}

#[test]
fn mistakes_on_the_command_line_end_with_1() {
    let project = Project::empty();
    assert_output!("no_verb", project.repoint(&[]));
    assert_output!("unknown_verb", project.repoint(&["aply"]));
    assert_output!("unknown_flag", project.repoint(&["plan", "--detailed-exit-code"]));
}

#[test]
fn completions_name_every_verb() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = project.succeeds_with(0, &["completions", shell]);
        for verb in [
            "validate", "plan", "apply", "drift", "status", "compare", "history", "show", "graph", "lock",
            "sandbox", "tour",
        ] {
            assert!(output.stdout.contains(verb), "{shell} does not know {verb}");
        }
    }
    let bash = project.succeeds_with(0, &["completions", "bash"]);
    let beginning = bash.stdout.lines().take(12).collect::<Vec<_>>().join("\n") + "\n";
    assert_output!("completions", Output { stdout: beginning, ..bash });
}
