//! `tour`: the main job on a simulated account, with the real program and its real output.
//!
//! Each step is a command that the user could type; the tour runs this same program for it, in a
//! copy of the example project, against a simulated account in this process. Without a terminal it
//! runs through and ends with 0 only if every step ended as it should.

use std::{
    ffi::OsStr,
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use crate::{
    ambient,
    config::{self, SourceFile},
    error::{self, Failure},
    exit::Exit,
    model::{Desired, EnvironmentName},
    render::unified_diff,
    simulator::{Knobs, Scene, World, serve},
    store::atomic,
};

use super::{Invocation, project::DiskFiles, sandbox};

/// The example project, in the program itself, so that the tour runs anywhere.
const FILES: [(&str, &str); 7] = [
    ("config/repoint.toml", include_str!("../../config/repoint.toml")),
    ("config/document_workflow.json", include_str!("../../config/document_workflow.json")),
    ("config/functions/intake.py", include_str!("../../config/functions/intake.py")),
    ("config/functions/classifier.py", include_str!("../../config/functions/classifier.py")),
    ("config/functions/extractor/app.py", include_str!("../../config/functions/extractor/app.py")),
    ("config/functions/extractor/fields.py", include_str!("../../config/functions/extractor/fields.py")),
    ("config/functions/archivist.py", include_str!("../../config/functions/archivist.py")),
];

/// An empty file in place of the visitor's profiles.
const PROFILES: &str = ".aws";

/// One stop of the tour.
struct Step {
    /// What the visitor should know.
    words: &'static str,
    /// What happens.
    deed: Deed,
}

enum Deed {
    /// This program, with these arguments, ending with this code.
    Run(&'static [&'static str], Exit),
    /// Somebody else moves an alias.
    MoveAlias { function: &'static str, alias: &'static str, version: &'static str },
    /// The author changes a file: path, what is replaced, by what.
    Edit(&'static str, &'static str, &'static str),
}

const STEPS: &[Step] = &[
    Step {
        words: "Four functions and a workflow were deployed by scripts until now. config/repoint.toml says\n\
                what should be. First: is that file right? This needs no AWS.",
        deed: Deed::Run(&["validate"], Exit::Success),
    },
    Step {
        words: "What would an apply do, and why? A plan reads the account and changes nothing.",
        deed: Deed::Run(&["plan", "-e", "dev"], Exit::Success),
    },
    Step {
        words: "Do it. Code first, then versions, then aliases, and the workflow only when the aliases\n\
                that it calls are in place.",
        deed: Deed::Run(&["apply", "-e", "dev", "--auto-approve"], Exit::Success),
    },
    Step {
        words: "Once more: nothing is left to do.",
        deed: Deed::Run(&["apply", "-e", "dev", "--auto-approve"], Exit::Success),
    },
    Step {
        words: "Somebody moves an alias by hand, past the review.",
        deed: Deed::MoveAlias { function: "docs-intake-dev", alias: "LIVE", version: "1" },
    },
    Step {
        words: "Drift finds it. Exit code 2 means drift, so a nightly job can tell.",
        deed: Deed::Run(&["drift", "-e", "dev"], Exit::Different),
    },
    Step {
        words: "An apply puts it back.",
        deed: Deed::Run(&["apply", "-e", "dev", "--auto-approve"], Exit::Success),
    },
    Step {
        words: "New code, and a shorter memory: keep two versions, and do not wait a day.",
        deed: Deed::Edit("config/functions/intake.py", "\n", "\n# A new release.\n"),
    },
    Step {
        words: "",
        deed: Deed::Edit(
            "config/repoint.toml",
            "retention.keep    = 5\nretention.min_age = \"24h\"",
            "retention.keep    = 2\nretention.min_age = \"0s\"",
        ),
    },
    Step {
        words: "The plan says which versions go, which stay, and the reason for each. It is saved for a\n\
                pull request, with a Markdown page beside it.",
        deed: Deed::Run(&["plan", "-e", "dev", "--out", "plans/release.json"], Exit::Success),
    },
    Step {
        words: "The reviewed plan is applied exactly, or not at all.",
        deed: Deed::Run(&["apply", "-e", "dev", "--auto-approve", "plans/release.json"], Exit::Success),
    },
    Step { words: "All as recorded.", deed: Deed::Run(&["drift", "-e", "dev"], Exit::Success) },
    Step {
        words: "And the record of that deployment, for whoever asks later.",
        deed: Deed::Run(&["show", "-e", "dev", "last"], Exit::Success),
    },
];

/// Leads through all steps.
pub(super) async fn run(invocation: &Invocation<'_>) -> Result<Exit, Failure> {
    let folder = tempfile::tempdir()
        .map_err(|error| error::file("make a folder in", &std::env::temp_dir(), &error))?;
    copy_example(folder.path())?;
    write(&folder.path().join(PROFILES), "")?;
    let (address, world) = start_account(&read_example(folder.path())?).await?;
    let visit = Visit { invocation, folder: folder.path(), address, world };
    invocation.console.data(&format!(
        "A tour of repoint, on a simulated AWS account at http://{address}. Nothing leaves this machine.\n"
    ));
    let mut number = 0;
    for step in STEPS {
        // A step without words belongs to the one before.
        number += usize::from(!step.words.is_empty());
        visit.stop(number, step).await?;
    }
    invocation.console.data(
        "\nThat is the whole job. To look around yourself: `repoint sandbox --example`, then the same\n\
         commands from another shell. Your own account: write config/repoint.toml and run `repoint plan`.\n",
    );
    Ok(Exit::Success)
}

fn copy_example(folder: &Path) -> Result<(), Failure> {
    for (path, text) in FILES {
        write(&folder.join(path), text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    atomic::replace(path, text.as_bytes()).map_err(|error| error::file("write", path, &error))
}

fn read_example(folder: &Path) -> Result<Desired, Failure> {
    let (path, text) = FILES[0];
    let document = config::parse(SourceFile { path: path.to_owned(), text: text.to_owned() })?;
    let dev = EnvironmentName::new("dev").expect("`dev` is a valid name");
    Ok(document.resolve(&dev, &DiskFiles { root: folder.to_owned() })?)
}

async fn start_account(desired: &Desired) -> Result<(SocketAddr, Arc<Mutex<World>>), Failure> {
    let mut world = World::new(Knobs::default());
    sandbox::fill(&mut world, desired).map_err(|error| {
        Failure::because("the example does not fit the simulated account", vec![error.to_string()], None)
    })?;
    let (listener, address) = sandbox::listen(0).await?;
    let world = Arc::new(Mutex::new(world));
    tokio::spawn(serve(listener, Arc::clone(&world), ambient::now, std::future::pending()));
    Ok((address, world))
}

/// Tells whether a variable of the visitor could lead a request past the simulated account.
fn leads_elsewhere(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_uppercase();
    name.starts_with("AWS_") || name.ends_with("_PROXY")
}

struct Visit<'a> {
    invocation: &'a Invocation<'a>,
    folder: &'a Path,
    address: SocketAddr,
    world: Arc<Mutex<World>>,
}

impl Visit<'_> {
    async fn stop(&self, number: usize, step: &Step) -> Result<(), Failure> {
        if !step.words.is_empty() {
            self.invocation.console.data(&format!("\n── {number} ──\n{}\n", step.words));
        }
        match &step.deed {
            Deed::Run(arguments, expected) => self.run(arguments, *expected).await,
            Deed::MoveAlias { function, alias, version } => self.move_alias(function, alias, version),
            Deed::Edit(path, from, to) => self.edit(path, from, to),
        }
    }

    async fn run(&self, arguments: &[&str], expected: Exit) -> Result<(), Failure> {
        self.announce(&format!("repoint {}", arguments.join(" ")));
        let program =
            std::env::current_exe().map_err(|error| error::file("find", Path::new("repoint"), &error))?;
        let mut command = Command::new(program);
        if self.invocation.console.style().color {
            command.args(["--color", "always"]);
        }
        command.args(arguments).current_dir(self.folder).stdin(Stdio::null());
        for name in ambient::variable_names().iter().filter(|name| leads_elsewhere(name)) {
            command.env_remove(name);
        }
        command.envs(self.environment());
        // The account is served by this runtime, so the wait must not block it.
        let status = tokio::task::spawn_blocking(move || command.status()).await;
        let status = status
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(|error| error::file("run", Path::new("repoint"), &error))?;
        let code = status.code();
        if expected != Exit::Success {
            self.invocation.console.data(&format!("(exit code {})\n", code.unwrap_or_default()));
        }
        if code == Some(i32::from(expected.code())) {
            return Ok(());
        }
        Err(Failure::new(
            format!(
                "`repoint {}` ended with {status}, and {} was expected",
                arguments.join(" "),
                expected.code()
            ),
            "this is a mistake of the program; please report it with the output above",
        ))
    }

    fn environment(&self) -> [(&'static str, String); 7] {
        // A profile may have addresses of its own, so there is none.
        let profiles = self.folder.join(PROFILES).display().to_string();
        [
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ACCESS_KEY_ID", "tour".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "tour".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", profiles.clone()),
            ("AWS_SHARED_CREDENTIALS_FILE", profiles),
            ("NO_PROXY", self.address.ip().to_string()),
        ]
    }

    /// Waits for the visitor where there is one.
    fn announce(&self, command: &str) {
        self.invocation.console.data(&format!("\n$ {command}\n"));
        self.invocation.console.pause();
    }

    fn move_alias(&self, function: &str, alias: &str, version: &str) -> Result<(), Failure> {
        self.announce(&format!(
            "aws lambda update-alias --function-name {function} --name {alias} --function-version {version}"
        ));
        let mut world = self.world.lock().expect("the account never panics while it is held");
        let moved =
            Scene::new(&mut world, sandbox::REGION, ambient::now()).move_alias(function, alias, version);
        moved.map_err(|error| Failure::because("the alias could not be moved", vec![error.to_string()], None))
    }

    fn edit(&self, path: &str, from: &str, to: &str) -> Result<(), Failure> {
        let full = self.folder.join(path);
        let text = fs::read_to_string(&full).map_err(|error| error::file("read", &full, &error))?;
        let changed = text.replacen(from, to, 1);
        let diff = unified_diff(&text, &changed, path, self.invocation.console.style());
        self.invocation.console.data(&format!("\n{diff}"));
        write(&full, &changed)
    }
}
