//! One scenario per verb: the real program, the example project, a simulated account, and the whole
//! output.

mod accepting;
mod apply;
mod code_sources;
mod compare;
mod creating;
mod drift;
mod grouping;
mod hands;
mod help;
mod history;
mod importing;
mod keeping;
mod part;
mod plan;
mod reading;
mod rehearsing;
#[expect(dead_code, reason = "every folder of tests uses its own part of it")]
#[path = "../support/sandbox.rs"]
mod sandbox;
mod serving;
mod several;
mod snapshot;
mod status;
mod tour;
mod validate;
mod variables;

use sandbox::{Project, Sandbox};

/// Returns the example, not applied yet.
fn example() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_example();
    let project = Project::example().on(&sandbox);
    (sandbox, project)
}

/// Returns the example after its first apply.
fn applied_example() -> (Sandbox, Project) {
    let (sandbox, project) = example();
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    (sandbox, project)
}

/// Returns the small project after its first apply.
fn applied_small() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    (sandbox, project)
}
