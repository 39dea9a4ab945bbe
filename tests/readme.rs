//! The commands of the README, run in order in a copy of the project.
//!
//! A command ends with 0 unless the text says another code right below it. What builds or tests the
//! project, or waits for people, is known by name; anything else in a block of commands is a mistake.

#[expect(dead_code, unused_macros, unused_imports, reason = "every folder of tests uses its own part of it")]
#[path = "support/sandbox.rs"]
mod sandbox;

use std::path::Path;

use sandbox::{Project, Sandbox};

/// One line that a reader would type.
struct Line {
    text: String,
    /// The code that the README promises.
    code: i32,
}

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).expect("the README can be read")
}

/// The commands of all blocks of these languages, in order.
fn commands(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').expect("a block has lines");
        let (block, after) = after.split_once("\n```").expect("a block ends");
        let code = promised_code(after);
        match language {
            "console" => {
                let typed = block.lines().filter_map(|line| line.strip_prefix("$ "));
                found.extend(typed.map(|line| Line { text: line.to_owned(), code: 0 }));
            }
            "sh" => found.extend(block.lines().map(|line| Line { text: line.to_owned(), code: 0 })),
            _ => {}
        }
        if let (Some(code), Some(last)) = (code, found.last_mut()) {
            last.code = code;
        }
        rest = after;
    }
    found
}

/// `exit code 2` in the paragraph below a block is about its last command.
fn promised_code(after: &str) -> Option<i32> {
    let paragraph = after.trim_start().split("\n\n").next().unwrap_or_default();
    let number = paragraph.to_lowercase();
    let (_, number) = number.split_once("exit code ")?;
    number.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// Lines that are about building, or whose work the test does itself.
fn is_known(line: &str) -> bool {
    let building = ["cargo test", "cargo nextest", "cargo install", "cargo build", ".ci/run", "#"];
    // The account is served by the test, and the variables are those of its commands.
    let served = ["repoint sandbox", "export AWS_ENDPOINT_URL="];
    line.is_empty() || building.iter().chain(&served).any(|beginning| line.starts_with(beginning))
}

#[test]
fn every_command_of_the_readme_runs() {
    // A reader's copy, with the limits as they are.
    let sandbox = Sandbox::with_example();
    let project = Project::example().on(&sandbox);
    let lines = commands(&readme());
    let mut count = 0;
    for Line { text, code } in &lines {
        let words: Vec<&str> = text.split_whitespace().collect();
        if is_known(text) {
            continue;
        }
        match words.as_slice() {
            ["repoint", arguments @ ..] | ["cargo", "run", "--release", "--", arguments @ ..] => {
                project.succeeds_with(*code, arguments);
                count += 1;
            }
            _ => panic!("the README has a command that this test does not know: {text}"),
        }
    }
    assert!(count >= 8, "the README shows the whole job, not {count} commands");
}

#[test]
fn the_readme_serves_the_account_that_it_uses() {
    let text = readme();
    let served = text.contains("repoint sandbox --example");
    assert!(served, "the account is filled as `sandbox --example` does");
    assert!(text.contains("export AWS_ENDPOINT_URL=http://127.0.0.1:4500 "), "4500 is the port by default");
}
