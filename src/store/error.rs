//! What can be wrong with the files of a state, and what to do about it.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{DeploymentId, Lineage, LockInfo};

/// A file of the state that cannot be read, written or trusted, or a lock that is held.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refuses to read.
    #[error("cannot read `{path}`")]
    NotReadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system refuses to write; the file is as it was before.
    #[error("cannot write `{path}`")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not what we wrote. It is left as it is.
    #[error("`{path}` is damaged: {what}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// How to go on.
        help: String,
    },
    /// A later release wrote the file.
    #[error("`{path}` was written by a newer repoint: format {format}; this one reads up to {supports}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
        /// The newest format that this release reads.
        supports: u64,
    },
    /// The state on disk began its life elsewhere.
    #[error("`{path}` has the lineage {found}, not {given}")]
    OtherLineage {
        /// The file.
        path: PathBuf,
        /// The lineage on disk.
        found: Lineage,
        /// The lineage that was to be saved.
        given: Lineage,
    },
    /// The state on disk is at least as new as the one that was to be saved.
    #[error("`{path}` has the serial {found}, and {given} is not greater")]
    OldSerial {
        /// The file.
        path: PathBuf,
        /// The serial on disk.
        found: u64,
        /// The serial that was to be saved.
        given: u64,
    },
    /// Somebody else holds the lock.
    #[error("the lock is held by {}, for {}, since {}", .0.holder(), .0.what, .0.since)]
    Locked(LockInfo),
    /// Somebody else holds the lock and has not said who it is.
    #[error("the lock `{path}` is held by a process that has not said who it is")]
    LockedByStranger {
        /// The lock file.
        path: PathBuf,
    },
    /// The lock file that we hold is not there any more, or is another one.
    #[error("somebody removed or replaced the lock file `{path}` while we held it")]
    LockLost {
        /// The lock file.
        path: PathBuf,
    },
    /// The journal of another deployment is still open.
    #[error("the deployment {deployment} was interrupted and is not finished")]
    JournalOpen {
        /// The deployment whose journal it is.
        deployment: DeploymentId,
    },
    /// An entry was to be written, and no deployment has begun.
    #[error("`{path}` belongs to no open deployment")]
    JournalClosed {
        /// The journal.
        path: PathBuf,
    },
    /// No deployment has this id.
    #[error("there is no deployment {id} in `{path}`")]
    NoSuchDeployment {
        /// The id.
        id: DeploymentId,
        /// The folder of the manifests.
        path: PathBuf,
    },
}

impl StoreError {
    /// Returns what to do next, where there is something to say beyond the message.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Corrupt { help, .. } => Some(help.clone()),
            Self::Newer { .. } => {
                Some("install the newer repoint: `repoint --version` shows this one's".to_owned())
            }
            Self::OtherLineage { path, .. } => Some(format!(
                "somebody replaced the state; keep a copy of both before you decide: `cp {0} {0}.other`",
                path.display()
            )),
            Self::OldSerial { .. } => {
                Some("somebody saved a newer state; run `repoint plan` again".to_owned())
            }
            Self::Locked(info) => Some(format!(
                "wait with `--lock-timeout 5m`, or end process {} on {}: the lock goes with it",
                info.process, info.host
            )),
            Self::LockedByStranger { path } => {
                Some(format!("`fuser {}` shows the process; the lock goes with it", path.display()))
            }
            Self::LockLost { .. } => Some(
                "`repoint lock show` tells whether another apply began; when it has ended, `repoint apply` goes on"
                    .to_owned(),
            ),
            Self::JournalOpen { .. } => Some("`repoint apply` resumes it under the same id".to_owned()),
            Self::NoSuchDeployment { .. } => Some(
                "`repoint history` lists all; `repoint show last` shows the newest".to_owned(),
            ),
            Self::NotReadable { path, .. } | Self::Io { path, .. } => {
                let folder = path.parent().unwrap_or(path);
                Some(format!("`ls -ld {}` shows whether this is a folder that you may use", folder.display()))
            }
            Self::JournalClosed { .. } => None,
        }
    }

    pub(super) fn not_readable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::NotReadable { path, source }
    }

    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// A file that comes back from version control or a backup; `without` says how to go on when
    /// there is none.
    pub(super) fn corrupt(path: &Path, what: impl Into<String>, without: &str) -> Self {
        let shown = path.display();
        Self::Corrupt {
            path: path.to_owned(),
            what: what.into(),
            help: format!(
                "bring it back from a backup or with `git restore {shown}`; or move it away with `mv {shown} {shown}.damaged`: {without}"
            ),
        }
    }
}
