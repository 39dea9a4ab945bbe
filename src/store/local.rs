//! Reading the state of an environment from the project's folder. Nothing here writes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::model::{Digest, EnvironmentName};

use super::{
    DeploymentId, Interrupted, LockInfo, LockedStore, Manifest, StateFile, StoreError,
    atomic::Durability,
    formats::{self, WITHOUT_STATE},
    journal::{OpenJournal, open_journal},
    lock::{self, Lock},
};

/// The state of one environment, for reading.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    environment: EnvironmentName,
    pub(super) durability: Durability,
}

impl Store {
    /// Names the state of an environment of the project; nothing is touched yet.
    pub fn open(root: &Path, environment: &EnvironmentName) -> Self {
        Self {
            folder: root.join("state").join(environment.as_str()),
            environment: environment.clone(),
            durability: Durability::default(),
        }
    }

    /// Writes from now on without waiting for the disk: for files that nobody needs after this process.
    pub fn passing(self) -> Self {
        Self { durability: Durability::Passing, ..self }
    }

    /// Returns the state, and nothing before the first save.
    pub fn state(&self) -> Result<Option<StateFile>, StoreError> {
        let path = self.state_path();
        let Some(text) = text_at(&path, WITHOUT_STATE)? else {
            return Ok(None);
        };
        let state = formats::state_from(&path, &text)?;
        if state.environment == self.environment {
            return Ok(Some(state));
        }
        let what = format!("it belongs to the environment `{}`", state.environment);
        Err(StoreError::corrupt(&path, what, WITHOUT_STATE))
    }

    /// Returns the deployment whose journal is open.
    pub fn interrupted(&self) -> Result<Option<Interrupted>, StoreError> {
        let journal = self.journal()?;
        Ok(journal.map(|journal| journal.interrupted))
    }

    /// Returns the ids of all deployments that have a manifest, oldest first.
    pub fn deployments(&self) -> Result<Vec<DeploymentId>, StoreError> {
        let folder = self.folder.join("deployments");
        let found = match fs::read_dir(&folder) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::not_readable(&folder)(error)),
        };
        let mut ids = Vec::new();
        for entry in found {
            let name = entry.map_err(StoreError::not_readable(&folder))?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".json"));
            ids.extend(id.and_then(|id| DeploymentId::parse(id).ok()));
        }
        ids.sort();
        Ok(ids)
    }

    /// Returns the manifest of a deployment.
    pub fn deployment(&self, id: &DeploymentId) -> Result<Manifest, StoreError> {
        let path = self.manifest_path(id);
        let Some(text) = text_at(&path, WITHOUT_MANIFEST)? else {
            return Err(StoreError::NoSuchDeployment {
                id: id.clone(),
                path: self.folder.join("deployments"),
            });
        };
        formats::content_from(&path, &text, WITHOUT_MANIFEST)
    }

    /// Returns the text of a definition that was kept.
    pub fn definition(&self, digest: &Digest) -> Result<Option<String>, StoreError> {
        let path = self.definition_path(digest);
        let Some(text) = text_at(&path, WITHOUT_DEFINITION)? else {
            return Ok(None);
        };
        if Digest::of(text.as_bytes()) == *digest {
            return Ok(Some(text));
        }
        let what = "its bytes do not have the digest of its name";
        Err(StoreError::corrupt(&path, what, WITHOUT_DEFINITION))
    }

    /// Returns who holds the lock at this moment.
    pub fn lock_holder(&self) -> Result<Option<LockInfo>, StoreError> {
        lock::holder(&self.lock_path())
    }

    /// Waits for the lock and gives the store that may write. Blocks the thread.
    pub fn lock(self, info: LockInfo, timeout: Duration) -> Result<LockedStore, StoreError> {
        let lock = Lock::acquire(&self.lock_path(), &info, timeout)?;
        Ok(LockedStore::new(self, lock, info))
    }

    pub(super) fn journal(&self) -> Result<Option<OpenJournal>, StoreError> {
        let path = self.journal_path();
        match fs::read(&path) {
            Ok(bytes) => open_journal(&path, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::not_readable(&path)(error)),
        }
    }

    pub(super) fn state_path(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    pub(super) fn journal_path(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    pub(super) fn manifest_path(&self, id: &DeploymentId) -> PathBuf {
        self.folder.join("deployments").join(format!("{id}.json"))
    }

    pub(super) fn definition_path(&self, digest: &Digest) -> PathBuf {
        self.folder.join("definitions").join(format!("{digest}.json"))
    }

    pub(super) fn lock_path(&self) -> PathBuf {
        self.folder.join("lock")
    }
}

/// How to go on when a damaged manifest does not come back.
const WITHOUT_MANIFEST: &str = "nothing can be rolled back to that deployment then";

/// How to go on when a damaged definition does not come back.
const WITHOUT_DEFINITION: &str =
    "the machine cannot be rolled back to it then, until an apply sends or replaces it again";

/// Reads a text file; absent is an answer, and bytes that are no text are damage.
fn text_at(path: &Path, without: &str) -> Result<Option<String>, StoreError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound => Ok(None),
            io::ErrorKind::InvalidData => Err(StoreError::corrupt(path, "it is not text", without)),
            _ => Err(StoreError::not_readable(path)(error)),
        },
    }
}
