//! Files that hold an account: what `snapshot` writes, `plan --from` reads, and `sandbox --world` serves
//! and keeps.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    ambient,
    error::{self, Failure},
    exit::Exit,
    simulator::{Knobs, World, WorldFileError},
    store::{Lock, StoreError, atomic},
};

/// Reads an account.
pub(super) fn read(path: &Path, shown: &str, knobs: Knobs) -> Result<World, Failure> {
    let text = fs::read_to_string(path).map_err(|error| not_readable(shown, &error))?;
    World::load(&text, knobs).map_err(|error| refused(shown, &error))
}

fn not_readable(shown: &str, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::InvalidData {
        return refused(shown, &WorldFileError::NotJson(error.to_string()));
    }
    let help = match error.kind() {
        io::ErrorKind::NotFound => format!("write one with `repoint snapshot --out {shown}`"),
        _ => format!("`ls -ld {shown}` shows whether this is a file that you may read"),
    };
    Failure::because(format!("cannot read the account `{shown}`"), vec![error.to_string()], Some(help))
}

/// Returns the failure of a file that is there and holds no account for us.
fn refused(shown: &str, error: &WorldFileError) -> Failure {
    let help = match error {
        WorldFileError::NotJson(_) | WorldFileError::OtherKind => {
            "`repoint snapshot --out FILE` and `repoint sandbox --world NEW-FILE` write such files".to_owned()
        }
        WorldFileError::Newer { program, .. } => {
            format!("repoint {program} wrote it and reads it; `repoint --version` shows this one's")
        }
        WorldFileError::Damaged(_) => {
            format!("bring it back from a backup, or begin anew: `mv {shown} {shown}.damaged`")
        }
    };
    Failure::because(format!("`{shown}` cannot be used as an account"), vec![error.to_string()], Some(help))
}

/// An account that is served and kept in its file. As long as this lives, nobody else keeps one there.
pub(super) struct Kept {
    path: PathBuf,
    shown: String,
    lock_path: PathBuf,
    lock: Option<Lock>,
    /// What is in the file, as [`World::changes`] counts; nothing if it was never saved.
    saved: Option<u64>,
    /// The last save that failed, so that it is told once.
    trouble: Option<String>,
    /// How long the last save took.
    took: Duration,
}

impl Kept {
    /// Takes the file for this process alone.
    pub(super) fn open(path: PathBuf, shown: String) -> Result<Self, Failure> {
        let mut lock_path = path.clone().into_os_string();
        lock_path.push(".lock");
        let lock_path = PathBuf::from(lock_path);
        let lock = Lock::acquire(&lock_path, &ambient::lock_info("sandbox"), Duration::ZERO)
            .map_err(|error| taken(&shown, error))?;
        Ok(Self {
            path,
            shown,
            lock_path,
            lock: Some(lock),
            saved: None,
            trouble: None,
            took: Duration::ZERO,
        })
    }

    /// Returns the account that the file holds; nothing if there is no file yet.
    pub(super) fn world(&mut self, knobs: Knobs) -> Result<Option<World>, Failure> {
        // A link that leads nowhere is something that is there.
        if fs::symlink_metadata(&self.path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(None);
        }
        let world = read(&self.path, &self.shown, knobs)?;
        self.saved = Some(world.changes());
        Ok(Some(world))
    }

    /// Returns how long to wait before the next save: a second, or longer for an account that takes
    /// long, so that saving never takes more than a tenth of the time.
    pub(super) fn pause(&self) -> Duration {
        Duration::from_secs(1).max(self.took * 10)
    }

    /// Saves what changed, if anything did.
    pub(super) fn save(&mut self, world: &Arc<Mutex<World>>) -> io::Result<()> {
        let (changes, text) = {
            let world = world.lock().unwrap_or_else(PoisonError::into_inner);
            if self.saved == Some(world.changes()) {
                return Ok(());
            }
            (world.changes(), world.save())
        };
        atomic::replace(&self.path, text.as_bytes())?;
        self.saved = Some(changes);
        Ok(())
    }

    /// Saves what changed while it is served. A failure is a warning, told once: the account goes on,
    /// and the next save may succeed.
    pub(super) fn save_meanwhile(&mut self, world: &Arc<Mutex<World>>) -> Option<String> {
        let begin = Instant::now();
        let trouble = self.save(world).err().map(|error| error.to_string());
        self.took = begin.elapsed();
        let is_new = trouble.is_some() && trouble != self.trouble;
        self.trouble = trouble;
        let words = |why: &String| format!("cannot save `{}`, and goes on trying: {why}", self.shown);
        self.trouble.as_ref().filter(|_| is_new).map(words)
    }

    /// Saves for the last time; now it must succeed.
    pub(super) fn save_last(&mut self, world: &Arc<Mutex<World>>) -> Result<(), Failure> {
        self.save(world).map_err(|error| error::file("save the account in", Path::new(&self.shown), &error))
    }
}

impl Drop for Kept {
    /// Takes the lock's file away while the lock still holds, so that nobody's is taken.
    fn drop(&mut self) {
        // A file that stays locks nobody out.
        let _ = fs::remove_file(&self.lock_path);
        drop(self.lock.take());
    }
}

fn taken(shown: &str, error: StoreError) -> Failure {
    match error {
        StoreError::Locked(info) => Failure::because(
            format!("`{shown}` is kept by another sandbox"),
            vec![format!("{}, process {} on {}, since {}", info.who, info.process, info.host, info.since)],
            Some(format!("use that one, end it with `kill {}`, or copy the file", info.process)),
        )
        .exiting(Exit::Locked),
        other => other.into(),
    }
}
