//! The commands of docs/guide.md, run in order in a copy of the project; what they print is what the
//! page says. `REPOINT_REGENERATE=1` writes the page anew.

#[expect(dead_code, unused_macros, unused_imports, reason = "every folder of tests uses its own part of it")]
#[path = "support/sandbox.rs"]
mod sandbox;

use std::{env, fs, path::Path};

use regex::Regex;
use repoint::store::atomic;
use sandbox::{Output, Project, Sandbox};

#[test]
fn the_guide_shows_what_its_commands_print() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide.md");
    let page = fs::read_to_string(&path).expect("the guide can be read");
    let sandbox = Sandbox::with_example();
    let project = Project::example().on(&sandbox);
    let mut made = String::new();
    let mut is_console = false;
    let mut count = 0;
    for line in page.lines() {
        match (is_console, line.strip_prefix("$ ")) {
            (false, _) => is_console = line == "```console",
            (true, Some(command)) => {
                made.extend(["$ ", command, "\n", &printed(&project, command)]);
                count += 1;
                continue;
            }
            (true, None) if line == "```" => is_console = false,
            (true, None) => continue,
        }
        made.push_str(line);
        made.push('\n');
    }
    assert!(count >= 12, "the guide shows the whole work, not {count} commands");
    if env::var_os("REPOINT_REGENERATE").is_some() {
        atomic::replace(&path, made.as_bytes()).expect("the guide can be written");
    }
    assert!(made == page, "REPOINT_REGENERATE=1 cargo test --test guide writes this:\n{made}");
}

/// Runs one command; an editor makes the next release of a file.
#[expect(clippy::panic, reason = "a test fails by panicking, and so do its helpers")]
fn printed(project: &Project, command: &str) -> String {
    match command.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["$EDITOR", file] => {
            let text = project.read(file);
            project.write(file, format!("{text}\n# The next release.\n"));
            String::new()
        }
        ["repoint", arguments @ .., ">", _] => {
            project.succeeds_with(0, arguments);
            String::new()
        }
        ["repoint", arguments @ ..] => {
            let output: Output = project.succeeds_with(0, arguments);
            let stdout = redacted(&output);
            if stdout.is_empty() { stdout } else { format!("{}\n", stdout.trim_end()) }
        }
        _ => panic!("the guide has a command that this test does not know: {command}"),
    }
}

/// What differs from run to run is in brackets, as in all snapshots.
fn redacted(output: &Output) -> String {
    let redact = |text: String, (pattern, by): &(&str, &str)| {
        Regex::new(pattern).expect("it is a pattern").replace_all(&text, *by).into_owned()
    };
    let whole = sandbox::FILTERS.iter().fold(output.to_string(), redact);
    let (_, rest) = whole.split_once("--- stdout\n").expect("it has an output");
    let (stdout, _) = rest.rsplit_once("--- stderr").expect("it has an end");
    stdout.to_owned()
}
