//! Finds and reads the project: its root, the TOML, the environment, the files that the TOML names.

use std::{
    fs,
    path::{Path, PathBuf},
    string::FromUtf8Error,
    time::Duration,
};

use crate::{
    ambient,
    config::{self, ChosenEnvironment, Document, EnvironmentChoice, FileKind, ProjectFiles, SourceFile},
    error::{self, Failure},
    model::{CodeSource, Desired, EnvironmentName},
    store::{LockedStore, Store},
};

use super::Invocation;

/// The usual place of the desired state below the project root.
const CONFIG: &str = "config/repoint.toml";

/// A project with one environment chosen.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    /// The TOML as it is shown to people: relative to the root.
    pub(crate) config: String,
    pub(crate) desired: Desired,
    /// What the TOML says of all environments, and where.
    pub(crate) document: Document,
    /// Who chose the environment.
    pub(crate) environment_source: &'static str,
}

impl Project {
    /// Finds, reads and checks the project of an invocation.
    pub(crate) fn open(invocation: &Invocation<'_>) -> Result<Self, Failure> {
        Self::open_for(invocation, None)
    }

    /// Does the same for a saved plan, whose environment counts where nobody names another.
    pub(crate) fn open_for(
        invocation: &Invocation<'_>,
        planned: Option<&EnvironmentName>,
    ) -> Result<Self, Failure> {
        let found = Found::new(invocation)?;
        let chosen = found.choose(invocation, planned)?;
        Self::of(&found, &chosen)
    }

    /// Takes a project that was found, in one environment.
    pub(crate) fn of(found: &Found, chosen: &ChosenEnvironment) -> Result<Self, Failure> {
        let Found { root, config, text: _, document } = found;
        let desired = document.resolve(&chosen.name, &DiskFiles { root: root.clone() })?;
        let (root, config) = (root.clone(), config.clone());
        Ok(Self { root, config, desired, document: document.clone(), environment_source: chosen.source })
    }

    /// Returns the state of the chosen environment.
    pub(crate) fn store(&self) -> Store {
        Store::open(&self.root, &self.desired.environment)
    }

    /// Takes the lock of the chosen environment, or waits for it.
    pub(crate) async fn lock(&self, what: &str, timeout: Duration) -> Result<LockedStore, Failure> {
        let (store, info) = (self.store(), ambient::lock_info(what));
        let locked = tokio::task::spawn_blocking(move || store.lock(info, timeout)).await;
        locked
            .map_err(|error| Failure::because("the lock could not be taken", vec![error.to_string()], None))?
            .map_err(Into::into)
    }

    /// Returns every file and folder that a plan reads, relative to the root.
    pub(crate) fn inputs(&self) -> Vec<String> {
        let code = self
            .desired
            .functions
            .values()
            .filter_map(|function| function.code.as_ref().and_then(CodeSource::path));
        let definitions = self.desired.machines.values().map(|machine| machine.definition_path.as_str());
        std::iter::once(self.config.as_str()).chain(code).chain(definitions).map(str::to_owned).collect()
    }
}

/// A project whose environment is not chosen yet.
pub(crate) struct Found {
    pub(crate) root: PathBuf,
    pub(crate) config: String,
    /// The TOML as it was read.
    pub(crate) text: String,
    pub(crate) document: Document,
}

impl Found {
    pub(crate) fn new(invocation: &Invocation<'_>) -> Result<Self, Failure> {
        let (root, path) = locate(invocation)?;
        let bytes = fs::read(&path).map_err(|error| error::file("read", &path, &error))?;
        let config = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(&config, &error))?;
        Self::of_text(root, config, text)
    }

    /// Takes a text that stands, or will stand, at a path below the root.
    pub(crate) fn of_text(root: PathBuf, config: String, text: String) -> Result<Self, Failure> {
        let document = config::parse(SourceFile { path: config.clone(), text: text.clone() })?;
        Ok(Self { root, config, text, document })
    }

    pub(crate) fn choose(
        &self,
        invocation: &Invocation<'_>,
        planned: Option<&EnvironmentName>,
    ) -> Result<ChosenEnvironment, Failure> {
        let choice = EnvironmentChoice {
            flag: invocation.global.environment().cloned(),
            repoint_environment: ambient::variable("REPOINT_ENVIRONMENT"),
            environment: ambient::variable("ENVIRONMENT"),
        };
        let is_said = choice != EnvironmentChoice::default();
        match planned.filter(|_| !is_said) {
            Some(name) => {
                let flag = Some(name.to_string());
                let chosen =
                    config::choose_environment(&self.document, &EnvironmentChoice { flag, ..choice })?;
                Ok(ChosenEnvironment { source: "the plan", ..chosen })
            }
            None => Ok(config::choose_environment(&self.document, &choice)?),
        }
    }
}

/// The line is worth naming: what people see of such a byte is mostly nothing.
fn not_utf8(config: &str, error: &FromUtf8Error) -> Failure {
    let valid = error.utf8_error().valid_up_to();
    let line = String::from_utf8_lossy(&error.as_bytes()[..valid]).matches('\n').count() + 1;
    Failure::because(
        format!("`{config}` is not UTF-8"),
        vec![format!("line {line} has a byte that belongs to no character")],
        Some(format!("iconv -f latin1 -t utf-8 {config} > utf-8.toml && mv utf-8.toml {config}")),
    )
}

/// Returns the project root and the TOML's path.
fn locate(invocation: &Invocation<'_>) -> Result<(PathBuf, PathBuf), Failure> {
    let start = working_folder(invocation)?;
    if let Some(file) = &invocation.global.config {
        let path = start.join(file);
        return Ok((root_of(&path), path));
    }
    let found = start
        .ancestors()
        .map(|folder| (folder.to_owned(), folder.join(CONFIG)))
        .find(|(_, path)| path.is_file());
    found.ok_or_else(|| {
        Failure::new(
            format!("no `{CONFIG}` in `{}` or above it", start.display()),
            "begin one with `repoint init`, or name another file: `repoint -c FILE …`; `repoint tour` shows an example",
        )
    })
}

/// Returns where a new project is to begin: its root, and the TOML that is not there yet.
pub(crate) fn new_place(invocation: &Invocation<'_>) -> Result<(PathBuf, PathBuf), Failure> {
    let start = working_folder(invocation)?;
    let path = match &invocation.global.config {
        Some(file) => start.join(file),
        None => start.join(CONFIG),
    };
    Ok((root_of(&path), path))
}

/// The root holds the `config` folder; a file elsewhere has its own folder as the root.
fn root_of(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    match folder.file_name() {
        Some(name) if name == "config" => folder.parent().unwrap_or(folder).to_owned(),
        _ => folder.to_owned(),
    }
}

/// Returns the folder that the user means, absolute.
pub(crate) fn working_folder(invocation: &Invocation<'_>) -> Result<PathBuf, Failure> {
    let here = ambient::working_folder().map_err(|error| error::file("find", Path::new("."), &error))?;
    let Some(folder) = &invocation.global.directory else { return Ok(here) };
    let folder = here.join(folder);
    // Without its `..`, so that the folders above it are really above it.
    match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => Ok(folder),
        Ok(_) | Err(_) => {
            Err(Failure::new(format!("there is no folder `{}`", folder.display()), "repoint -C DIR …"))
        }
    }
}

/// The project's files on disk.
pub(crate) struct DiskFiles {
    pub(crate) root: PathBuf,
}

impl ProjectFiles for DiskFiles {
    fn kind(&self, path: &str) -> FileKind {
        match self.inside(path).map(fs::metadata) {
            Some(Ok(found)) if found.is_dir() => FileKind::Folder,
            Some(Ok(_)) => FileKind::File,
            Some(Err(_)) | None => FileKind::Missing,
        }
    }

    fn read(&self, path: &str) -> Result<String, String> {
        let path =
            self.inside(path).ok_or_else(|| "the path is not relative to the project root".to_owned())?;
        fs::read_to_string(path).map_err(|error| error.to_string())
    }
}

impl DiskFiles {
    /// Paths are relative to the root; code that several projects share may lie beside it.
    fn inside(&self, path: &str) -> Option<PathBuf> {
        Path::new(path).is_relative().then(|| self.root.join(path))
    }
}
