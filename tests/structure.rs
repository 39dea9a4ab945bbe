//! The structure that docs/design.md promises: imports point one way, each dependency has one door,
//! the pure modules touch nothing, and a function can be deleted only by version.
//!
//! The source is read as tokens, without comments, texts and tests; the compiler knows more, but it
//! does not know the direction.

#[path = "structure/source.rs"]
mod source;

use std::{collections::BTreeSet, fmt::Write as _, fs};

use source::{SourceFile, root, rust_files, sources};

/// The modules in the order of docs/design.md. A module imports from those before its own.
const ORDER: [&str; 19] = [
    "model",
    "asl",
    "artifact",
    "config",
    "diff",
    "adopt",
    "plan",
    "provider",
    "store",
    "event",
    "apply",
    "render",
    "console",
    "exit",
    "ambient",
    "cli",
    "error",
    "simulator",
    "commands",
];

/// All that the simulated account may know of the engine.
const SIMULATOR_IMPORTS: [&str; 4] = ["model", "asl", "artifact", "simulator"];

/// The only files that know the simulated account.
const SIMULATOR_DOORS: [&str; 7] = [
    "commands/account_file.rs",
    "commands/offline.rs",
    "commands/rehearse/stage.rs",
    "commands/rehearse/trial.rs",
    "commands/sandbox.rs",
    "commands/snapshot.rs",
    "commands/tour.rs",
];

/// A dependency, as a name or as its beginning, and the only places that use it. Those that are not
/// here (serde, jiff, thiserror, tokio and the like) are vocabulary and may be used anywhere.
const DOORS: [(&str, &[&str]); 23] = [
    ("aws_*", &["provider/aws/"]),
    ("governor", &["provider/aws/budget.rs"]),
    ("granit_parser", &["asl/yaml.rs"]),
    ("toml", &["config/parse.rs"]),
    ("strsim", &["config/nearest.rs"]),
    ("petgraph", &["plan/graph.rs"]),
    ("similar", &["render/text_diff.rs"]),
    ("anstyle", &["render/style.rs"]),
    ("askama", &["render/report/html.rs"]),
    ("sha2", &["model/digest.rs"]),
    // Only for the ETags of simulated objects.
    ("md5", &["simulator/s3/etag.rs"]),
    ("walkdir", &["artifact/"]),
    // The simulated account opens the packages that it is sent.
    ("zip", &["artifact/", "simulator/lambda/package.rs"]),
    ("tempfile", &["store/atomic.rs", "commands/tour.rs", "commands/rehearse/trial.rs"]),
    ("fastrand", &["commands/rehearse/mod.rs"]),
    // The simulated account invents ids from a seed.
    ("uuid", &["ambient.rs", "simulator/identifiers.rs"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("miette", &["console/report.rs"]),
    ("indicatif", &["console/"]),
    ("terminal_size", &["console/surroundings.rs"]),
    ("axum", &["simulator/server.rs"]),
    ("tracing_subscriber", &["main.rs"]),
];

/// Plain functions: no async, no clock, no disk, no environment, no printing.
const PURE: [&str; 7] = ["model", "asl", "config", "diff", "adopt", "plan", "render"];

/// What a plain function does not say.
const IMPURE: [&[&str]; 21] = [
    &["std", "::", "fs"],
    &["std", "::", "env"],
    &["std", "::", "process"],
    &["std", "::", "thread"],
    &["std", "::", "net"],
    &["io", "::", "stdin"],
    &["io", "::", "stdout"],
    &["io", "::", "stderr"],
    &["SystemTime"],
    &["Instant"],
    &["Timestamp", "::", "now"],
    &["Zoned", "::", "now"],
    &["tokio", "::"],
    &["async"],
    &[".", "await"],
    &["println", "!"],
    &["print", "!"],
    &["eprintln", "!"],
    &["eprint", "!"],
    &["dbg", "!"],
    &["unsafe"],
];

#[test]
fn imports_point_one_way() {
    let mut wrong = String::new();
    for file in sources().iter().filter(|file| file.module() != "lib") {
        for import in file.imports() {
            if !may_import(file, &import) {
                writeln!(wrong, "src/{} imports crate::{import}", file.path).expect("a text takes all");
            }
        }
    }
    assert!(wrong.is_empty(), "against the order of docs/design.md:\n{wrong}");
}

#[test]
fn every_module_has_a_place_in_the_order() {
    let found: BTreeSet<String> = sources().iter().map(|file| file.module().to_owned()).collect();
    let known = ORDER.into_iter().chain(["lib", "main"]).map(str::to_owned).collect();
    assert_eq!(found, known);
}

#[test]
fn every_dependency_has_one_door() {
    let mut wrong = String::new();
    for file in sources() {
        for name in file.crates() {
            let door = DOORS.iter().find(|(dependency, _)| is_named(dependency, name));
            if door.is_some_and(|(_, places)| !places.iter().any(|place| file.path.starts_with(place))) {
                writeln!(wrong, "src/{} uses {name}", file.path).expect("a text takes all");
            }
        }
    }
    assert!(wrong.is_empty(), "these have their door elsewhere (docs/design.md):\n{wrong}");
}

#[test]
fn every_door_is_in_use() {
    let files = sources();
    for (dependency, places) in DOORS {
        for place in places {
            let mut behind = files.iter().filter(|file| file.path.starts_with(place));
            let is_used = behind.any(|file| file.crates().iter().any(|name| is_named(dependency, name)));
            assert!(is_used, "nothing in src/{place} uses {dependency}");
        }
    }
}

#[test]
fn every_declared_dependency_is_used() {
    let used: BTreeSet<String> = sources().iter().flat_map(SourceFile::crates).map(str::to_owned).collect();
    let unused: Vec<String> = dependencies().into_iter().filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "remove from Cargo.toml: {unused:?}");
}

#[test]
fn pure_modules_touch_nothing() {
    let mut wrong = String::new();
    for file in sources().iter().filter(|file| PURE.contains(&file.module())) {
        for phrase in IMPURE {
            if file.says(phrase) {
                writeln!(wrong, "src/{} says {}", file.path, phrase.concat()).expect("a text takes all");
            }
        }
    }
    assert!(wrong.is_empty(), "pure modules (docs/design.md) do not say this:\n{wrong}");
}

#[test]
fn t24_values_of_variables_leave_through_the_door_to_aws_alone() {
    for file in sources() {
        let is_taken = file.says(&[".", "exposed", "("]);
        let is_door = file.path == "provider/aws/settings.rs";
        assert_eq!(is_taken, is_door, "src/{} takes values of environment variables out", file.path);
    }
}

#[test]
fn t7_only_a_numbered_version_is_deleted() {
    let mut deletions = 0;
    for file in sources().iter().filter(|file| file.module() == "provider") {
        for (index, token) in file.tokens.iter().enumerate() {
            // Neither a whole machine nor somebody's alias is ever deleted.
            let is_forbidden = ["delete_state_machine", "delete_alias", "delete_state_machine_alias"];
            assert!(!is_forbidden.contains(&token.as_str()), "src/{} says {token}", file.path);
            if token == "delete_function" && file.tokens[index - 1] == "." {
                deletions += 1;
                let call = file.tokens[index..].split(|token| token == "send").next().unwrap_or_default();
                assert!(
                    call.windows(3).any(|words| words == [".", "qualifier", "("]),
                    "src/{} sends DeleteFunction without a qualifier, which deletes the function",
                    file.path
                );
            }
        }
    }
    assert_eq!(deletions, 1, "one call deletes versions");
}

#[test]
fn every_file_opens_with_its_story() {
    for path in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&path).expect("the source can be read");
        let is_test = ["tests.rs", "fixture.rs"].iter().any(|name| path.ends_with(name));
        assert!(text.starts_with("//!") || is_test, "{} has no module documentation", path.display());
        assert!(!text.contains("#[allow("), "{} allows what it should expect", path.display());
    }
}

fn may_import(file: &SourceFile, import: &str) -> bool {
    let module = file.module();
    if module == "simulator" {
        return SIMULATOR_IMPORTS.contains(&import);
    }
    if import == "simulator" {
        return SIMULATOR_DOORS.contains(&file.path.as_str());
    }
    let place = |name: &str| ORDER.iter().position(|known| *known == name);
    module == "main" || place(import) <= place(module)
}

fn is_named(dependency: &str, name: &str) -> bool {
    match dependency.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == dependency,
    }
}

/// The names under `[dependencies]`, as code says them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest can be read");
    let table = manifest.split("\n[dependencies]\n").nth(1).expect("the manifest has dependencies");
    let table = table.split("\n[").next().unwrap_or_default();
    let names = table.lines().filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name.trim().replace('-', "_")).collect()
}
