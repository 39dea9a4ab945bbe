//! Finds and reads the project: its root, the TOML, the environment, the files that the TOML names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    ambient,
    config::{self, ChosenEnvironment, Document, EnvironmentChoice, FileKind, ProjectFiles, SourceFile},
    error::{self, Failure},
    model::{CodeSource, Desired},
    store::Store,
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
    /// Who chose the environment.
    pub(crate) environment_source: &'static str,
}

impl Project {
    /// Finds, reads and checks the project of an invocation.
    pub(crate) fn open(invocation: &Invocation<'_>) -> Result<Self, Failure> {
        let found = Found::new(invocation)?;
        let chosen = found.choose(invocation)?;
        let desired = found.document.resolve(&chosen.name, &DiskFiles { root: found.root.clone() })?;
        Ok(Self { root: found.root, config: found.config, desired, environment_source: chosen.source })
    }

    /// Returns the state of the chosen environment.
    pub(crate) fn store(&self) -> Store {
        Store::open(&self.root, &self.desired.environment)
    }

    /// Returns every file and folder that a plan reads, relative to the root.
    pub(crate) fn inputs(&self) -> Vec<String> {
        let code = self
            .desired
            .functions
            .values()
            .filter_map(|function| function.code.as_ref().map(CodeSource::path));
        let definitions = self.desired.machines.values().map(|machine| machine.definition_path.as_str());
        std::iter::once(self.config.as_str()).chain(code).chain(definitions).map(str::to_owned).collect()
    }
}

/// A project whose environment is not chosen yet.
pub(crate) struct Found {
    pub(crate) root: PathBuf,
    pub(crate) config: String,
    pub(crate) document: Document,
}

impl Found {
    pub(crate) fn new(invocation: &Invocation<'_>) -> Result<Self, Failure> {
        let (root, path) = locate(invocation)?;
        let text = fs::read_to_string(&path).map_err(|error| error::file("read", &path, &error))?;
        let config = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        let document = config::parse(SourceFile { path: config.clone(), text })?;
        Ok(Self { root, config, document })
    }

    pub(crate) fn choose(&self, invocation: &Invocation<'_>) -> Result<ChosenEnvironment, Failure> {
        let choice = EnvironmentChoice {
            flag: invocation.global.environment.clone(),
            repoint_environment: ambient::variable("REPOINT_ENVIRONMENT"),
            environment: ambient::variable("ENVIRONMENT"),
        };
        Ok(config::choose_environment(&self.document, &choice)?)
    }
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
            format!(
                "write {CONFIG}, or name another file: `repoint -c FILE …`; `repoint tour` shows an example"
            ),
        )
    })
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
    let folder = invocation.global.directory.as_ref().map_or(here.clone(), |folder| here.join(folder));
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(Failure::new(format!("there is no folder `{}`", folder.display()), "repoint -C DIR …"))
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
