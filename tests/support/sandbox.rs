//! Black-box scenes: a simulated account on loopback, a project in a folder of its own, and the real
//! program as a child process with a clean environment.
//!
//! The account's clock is the real one and its past is a fixed instant, so a first plan is the same
//! everywhere. What differs between two runs (port, folder, times, identifiers) is replaced in the
//! output by `assert_output!`; nothing else is. A project works on one object at a time
//! (`limits.parallelism = 1`), so that the lines of an apply have one order.
//!
//! A test has it as `mod sandbox;` at its root, with a `#[path]`.

mod account;
mod program;

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use repoint::{
    config::{self, FileKind, ProjectFiles, SourceFile},
    model::{Desired, EnvironmentName},
};

pub(crate) use account::*;
pub(crate) use program::*;

/// A project in a folder of its own, with the environment that its commands get.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    root: PathBuf,
    variables: BTreeMap<String, String>,
}

const SMALL: &str = r#"schema  = 1
project = "shop"

[defaults]
name = "shop-${id}-${env}"
aliases.LIVE = "latest"
aliases.ROLLBACK = "previous(LIVE)"

[functions.orders]
code.path   = "config/functions/orders.py"
handler     = "orders.handler"
memory_size = 256

[functions.mailer]
timeout = 20

[state_machines.checkout]
name       = "shop-checkout-${env}"
definition = "config/checkout.json"

[limits]
parallelism = 1
lambda_rps  = 15

[environments.dev]
region = "us-west-1"

[environments.prod]
region  = "us-west-1"
account = "123456789012"
require = ["saved-plan", "clean-git"]
"#;

const SMALL_DEFINITION: &str = r#"{
  "StartAt": "TakeOrder",
  "States": {
    "TakeOrder": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": { "FunctionName": "shop-orders-${env}", "Payload.$": "$" },
      "Next": "SendMail"
    },
    "SendMail": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:${region}:${account}:function:shop-mailer-${env}",
      "End": true
    }
  }
}
"#;

impl Project {
    /// Makes a project of two functions and one machine, in dev and prod.
    pub(crate) fn small() -> Self {
        let project = Self::empty();
        project.write("config/repoint.toml", SMALL);
        project.write("config/checkout.json", SMALL_DEFINITION);
        project.write("config/functions/orders.py", "def handler(event, context):\n    return \"order\"\n");
        project
    }

    /// Makes the small project, applied to the account of `Sandbox::with_small`: all is as declared.
    pub(crate) fn applied(sandbox: &Sandbox) -> Self {
        let project = Self::small().on(sandbox);
        project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve"]);
        project
    }

    /// Makes a copy of the example project, which works on one object at a time.
    pub(crate) fn example() -> Self {
        let project = Self::empty();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        copy(&source, &project.root.join("config"));
        project.edit("config/repoint.toml", "parallelism = 10", "parallelism = 1");
        project
    }

    /// Makes a folder with nothing in it.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let base = folder.path().canonicalize().expect("the folder is there");
        let root = base.join("project");
        let home = base.join("home");
        for folder in [&root, &home] {
            fs::create_dir(folder).expect("the folder is new");
        }
        let variables = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", home.display().to_string()),
            ("USER", "tester".to_owned()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_CEILING_DIRECTORIES", base.display().to_string()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { folder, root, variables }
    }

    /// Gives the commands an account: its address, and keys that it takes.
    pub(crate) fn on(self, sandbox: &Sandbox) -> Self {
        self.variable("AWS_ENDPOINT_URL", &sandbox.url())
            .variable("AWS_ACCESS_KEY_ID", "tester")
            .variable("AWS_SECRET_ACCESS_KEY", "tester")
            .variable("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// Sets a variable of the commands' environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Takes a variable out of the commands' environment.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Returns the project's root.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
        let mut file = fs::File::create(path).expect("the file can be made");
        file.write_all(content.as_ref()).expect("the file can be written");
    }

    /// Reads a text file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).expect("the file is there")
    }

    /// Replaces a text that the file holds once or more, everywhere.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{path}` has no `{from}`:\n{text}");
        self.write(path, text.replace(from, to));
    }

    /// Returns every file of the project with its bytes; the lock, which every apply opens, is left out.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.root, &self.root, &mut files);
        files.retain(|path, _| !path.ends_with("/lock") && !path.starts_with(".git/"));
        files
    }

    /// Runs git in the project; used to make and commit to a repository.
    pub(crate) fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=tester", "-c", "user.email=tester@example.com"]).args(arguments);
        let output = self.here(&mut command).output().expect("git is there");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs the program to its end.
    pub(crate) fn repoint(&self, arguments: &[&str]) -> Output {
        self.spawn(arguments).finish()
    }

    /// Runs the program to its end and expects this code.
    pub(crate) fn succeeds_with(&self, code: i32, arguments: &[&str]) -> Output {
        let output = self.repoint(arguments);
        assert_eq!(output.code, Some(code), "{output}");
        output
    }

    /// Starts the program and lets it run.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_repoint"));
        let base = self.root.parent().expect("the root is in a folder");
        Running::start(self.here(command.args(arguments)), &format!("repoint {}", arguments.join(" ")), base)
    }

    fn here<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(&self.root).env_clear().envs(&self.variables)
    }

    /// Returns what the project wants in an environment.
    pub(crate) fn desired(&self, environment: &str) -> Desired {
        let path = "config/repoint.toml".to_owned();
        let document = config::parse(SourceFile { text: self.read(&path), path }).expect("the TOML is valid");
        let environment = EnvironmentName::new(environment).expect("it is a name");
        document.resolve(&environment, self).expect("the environment is valid")
    }

    /// Returns the folder around the project and its home, which is removed with this value.
    pub(crate) fn base(&self) -> &Path {
        self.folder.path()
    }
}

impl ProjectFiles for Project {
    fn kind(&self, path: &str) -> FileKind {
        let path = self.root.join(path);
        match (path.is_dir(), path.is_file()) {
            (true, _) => FileKind::Folder,
            (_, true) => FileKind::File,
            _ => FileKind::Missing,
        }
    }

    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.root.join(path)).map_err(|error| error.to_string())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let path = entry.expect("the folder is readable").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("the file can be copied");
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("it is below the root").display().to_string();
            files.insert(name, fs::read(&path).expect("the file is readable"));
        }
    }
}
