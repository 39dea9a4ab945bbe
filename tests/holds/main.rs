//! The verbs that move an alias by hand, and what keeps it there: point, promote, rollback, unhold,
//! cleanup. The real program against a simulated account, with its whole output.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod bad;
mod cleanup;
mod deployment;
mod machine;
mod point;
mod promote;
mod rollback;
#[expect(dead_code, reason = "every folder of tests uses its own part of it")]
#[path = "../support/sandbox.rs"]
mod sandbox;

use sandbox::{Output, Project, Sandbox};

/// Returns the small project after three releases of `orders`: LIVE is at version 4, ROLLBACK at 3.
fn released() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.succeeds_with(0, &["apply", "-e", "dev", "-y", "-q"]);
    for release in ["second", "third"] {
        release_of(&project, release);
        project.succeeds_with(0, &["apply", "-e", "dev", "-y", "-q"]);
    }
    (sandbox, project)
}

/// Writes new code for `orders`.
fn release_of(project: &Project, release: &str) {
    project.write(
        "config/functions/orders.py",
        format!("def handler(event, context):\n    return \"{release}\"\n"),
    );
}

/// Runs a verb in dev.
fn dev(project: &Project, arguments: &[&str]) -> Output {
    let (verb, rest) = arguments.split_first().expect("a command has a verb");
    project.repoint(&[&[*verb, "-e", "dev"], rest].concat())
}

/// Runs a verb in dev without asking, and expects this code.
fn done(project: &Project, code: i32, arguments: &[&str]) -> Output {
    let output = dev(project, &[arguments, &["-y"]].concat());
    assert_eq!(output.code, Some(code), "{output}");
    output
}

/// Returns an output whose findings are one line each: who holds what since when is not equally long
/// everywhere, and so the lines break elsewhere.
fn flowed(output: &Output) -> String {
    let text = output.to_string();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let rest = line.strip_prefix("            ").filter(|rest| !rest.starts_with(' '));
        match (rest, lines.last_mut()) {
            (Some(rest), Some(last)) => *last = format!("{last} {rest}"),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// Returns where an alias of `orders` points.
fn alias(sandbox: &Sandbox, alias: &str) -> String {
    let path = format!("/2015-03-31/functions/shop-orders-dev/aliases/{alias}");
    let shown = sandbox.lambda("GET", &path, &serde_json::json!({}));
    let weights = shown.get("RoutingConfig").and_then(|routing| routing.get("AdditionalVersionWeights"));
    let weights = weights.filter(|weights| weights.as_object().is_some_and(|weights| !weights.is_empty()));
    let version = shown["FunctionVersion"].as_str().expect("an alias has a version");
    weights.map_or(version.to_owned(), |weights| format!("{version} {weights}"))
}
