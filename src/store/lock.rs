//! The lock of an environment: a lock of the system on the file `lock`, and in the file who holds
//! it.
//!
//! Only the system's lock counts. It goes with its process, so a crash leaves no stale lock, and
//! what a crash leaves in the file is believed by nobody. It is advisory, and doubtful on network
//! file systems. Time is counted in tries; no clock is read.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::Path,
    thread,
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StoreError, atomic};

/// How long to wait between two tries: often enough that nobody notices, seldom enough to cost
/// nothing.
const PAUSE: Duration = Duration::from_millis(100);

/// A try may meet somebody who only looks at the lock and has it for an instant, or a holder who
/// has not yet written who it is. So even without patience there is a second try.
const FEWEST_TRIES: u128 = 2;

/// Who holds the lock, since when and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockInfo {
    /// The id of this holding, made by the caller.
    pub id: String,
    /// The user.
    pub who: String,
    /// The machine.
    pub host: String,
    /// The process id on that machine.
    pub process: u32,
    /// When the lock was asked for.
    pub since: Timestamp,
    /// The command, for example `apply`.
    pub what: String,
}

impl LockInfo {
    pub(super) fn holder(&self) -> String {
        format!("{} (process {} on {})", self.who, self.process, self.host)
    }
}

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Tries until the timeout to get the lock, then says who has it.
    pub fn acquire(path: &Path, info: &LockInfo, timeout: Duration) -> Result<Self, StoreError> {
        let mut file = open(path).map_err(StoreError::io(path))?;
        let tries = (timeout.as_millis() / PAUSE.as_millis() + 1).max(FEWEST_TRIES);
        for attempt in 1..=tries {
            match file.try_lock() {
                // Somebody may have removed the file between the opening and the lock; a lock on
                // what is not there any more keeps nobody out.
                Ok(()) if !is_file_at(&file, path) => file = open(path).map_err(StoreError::io(path))?,
                Ok(()) => return Self::signed(path, file, info),
                Err(TryLockError::Error(source)) => return Err(StoreError::io(path)(source)),
                Err(TryLockError::WouldBlock) if attempt < tries => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        Err(match written(path)? {
            Some(holder) => StoreError::Locked(holder),
            None => StoreError::LockedByStranger { path: path.to_owned() },
        })
    }

    /// Tells whether the locked file is still the one at this path.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        is_file_at(&self.file, path)
    }

    fn signed(path: &Path, mut file: File, info: &LockInfo) -> Result<Self, StoreError> {
        let text = serde_json::to_string_pretty(info).expect("a lock info has a JSON form");
        file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).map_err(StoreError::io(path))?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    /// Takes the name out of the file; closing the file then releases the lock.
    fn drop(&mut self) {
        // If this fails the file names a holder who is none, which nobody believes.
        let _ = self.file.set_len(0);
    }
}

/// Returns who holds the lock, and nothing where nobody does, whatever the file says.
pub(super) fn holder(path: &Path) -> Result<Option<LockInfo>, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::not_readable(path)(error)),
    };
    for _ in 0..FEWEST_TRIES {
        match file.try_lock_shared() {
            Ok(()) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(StoreError::not_readable(path)(source)),
            Err(TryLockError::WouldBlock) => {}
        }
        if let Some(info) = written(path)? {
            return Ok(Some(info));
        }
        // The holder came or went between the two questions.
        thread::sleep(PAUSE);
    }
    Err(StoreError::LockedByStranger { path: path.to_owned() })
}

/// Tells whether an open file is the one that others would open.
#[cfg(unix)]
fn is_file_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |found: io::Result<fs::Metadata>| found.map(|found| (found.dev(), found.ino())).ok();
    identity(file.metadata()).is_some_and(|ours| identity(fs::metadata(path)) == Some(ours))
}

/// Elsewhere an open file cannot be removed or replaced.
#[cfg(not(unix))]
fn is_file_at(_file: &File, _path: &Path) -> bool {
    true
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        atomic::make_folder(folder)?;
    }
    // Never truncated on opening: until the lock is ours, the content is somebody else's.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// What the file says; nothing while a holder is about to write it.
fn written(path: &Path) -> Result<Option<LockInfo>, StoreError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|mut file| file.read_to_string(&mut text))
        .map_err(StoreError::not_readable(path))?;
    Ok(serde_json::from_str(&text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Digest, EnvironmentName},
        store::{DeploymentId, JournalHeader, Store},
    };

    fn info(who: &str) -> LockInfo {
        LockInfo {
            id: format!("lock-of-{who}"),
            who: who.to_owned(),
            host: "laptop".to_owned(),
            process: 4711,
            since: "2026-11-22T10:15:00Z".parse().unwrap(),
            what: "apply".to_owned(),
        }
    }

    fn store(root: &Path) -> Store {
        Store::open(root, &EnvironmentName::new("dev").unwrap())
    }

    #[test]
    fn a_second_holder_is_told_who_is_the_first() {
        let root = tempfile::tempdir().unwrap();
        let first = store(root.path()).lock(info("ana"), Duration::ZERO).unwrap();
        let error = store(root.path()).lock(info("ben"), Duration::ZERO).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the lock is held by ana (process 4711 on laptop), for apply, since 2026-11-22T10:15:00Z"
        );
        assert!(matches!(error, StoreError::Locked(holder) if holder == info("ana")));
        drop(first);
        assert!(store(root.path()).lock(info("ben"), Duration::ZERO).is_ok());
    }

    #[test]
    fn environments_have_locks_of_their_own() {
        let root = tempfile::tempdir().unwrap();
        let _dev = store(root.path()).lock(info("ana"), Duration::ZERO).unwrap();
        let prod = Store::open(root.path(), &EnvironmentName::new("prod").unwrap());
        assert!(prod.lock(info("ana"), Duration::ZERO).is_ok());
    }

    #[test]
    fn one_who_waits_gets_the_lock_when_it_is_released() {
        let root = tempfile::tempdir().unwrap();
        let first = store(root.path()).lock(info("ana"), Duration::ZERO).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| store(root.path()).lock(info("ben"), Duration::from_mins(1)));
            drop(first);
            let second = waiting.join().unwrap().unwrap();
            assert_eq!(second.lock_holder().unwrap(), Some(info("ben")));
        });
    }

    #[test]
    fn of_many_at_once_each_is_alone() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let root = tempfile::tempdir().unwrap();
        let inside = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let held = store(root.path()).lock(info("ana"), Duration::from_mins(1)).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
                    drop(held);
                });
            }
        });
    }

    #[test]
    fn a_holder_is_one_who_holds_and_not_one_who_is_written() {
        let root = tempfile::tempdir().unwrap();
        let store = store(root.path());
        assert_eq!(store.lock_holder().unwrap(), None);
        let left_by_a_crash = serde_json::to_vec(&info("ana")).unwrap();
        atomic::replace(&root.path().join("state/dev/lock"), &left_by_a_crash).unwrap();
        assert_eq!(store.lock_holder().unwrap(), None);
        let held = store.clone().lock(info("ben"), Duration::ZERO).unwrap();
        assert_eq!(store.lock_holder().unwrap(), Some(info("ben")));
        drop(held);
        assert_eq!(store.lock_holder().unwrap(), None);
    }

    #[test]
    #[cfg(unix)]
    fn who_lost_the_lock_file_writes_nothing_more() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("state/dev/lock");
        let mut first = store(root.path()).lock(info("ana"), Duration::ZERO).unwrap();
        fs::remove_file(&path).unwrap();
        let second = store(root.path()).lock(info("ben"), Duration::ZERO).unwrap();
        let header = JournalHeader {
            deployment: DeploymentId::new(info("ana").since, 1),
            plan_digest: Digest::of(b"plan"),
            who: "ana".to_owned(),
            at: info("ana").since,
        };
        let error = first.begin(header).unwrap_err();
        assert!(matches!(error, StoreError::LockLost { .. }), "{error}");
        drop(first);
        assert_eq!(second.lock_holder().unwrap(), Some(info("ben")));
    }

    #[test]
    fn a_silent_holder_is_an_error_and_not_nobody() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("state/dev/lock");
        let silent = open(&path).unwrap();
        silent.try_lock().unwrap();
        let store = store(root.path());
        for result in [store.lock_holder().map(|_| ()), store.lock(info("ben"), Duration::ZERO).map(|_| ())] {
            let error = result.unwrap_err();
            assert!(matches!(error, StoreError::LockedByStranger { .. }), "{error}");
        }
    }
}
