//! Replacing a file so that a crash leaves the old bytes or the new ones, never a mixture.
//!
//! The new bytes go into a neighbour, which is synced and renamed over the old file; then the
//! folder is synced, because a rename is an entry of the folder.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use tempfile::NamedTempFile;

/// Whether files outlive a crash of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Durability {
    /// They are synced.
    #[default]
    Lasting,
    /// They are not: nobody needs them after this process.
    Passing,
}

/// Replaces the file by these bytes, or creates it, with the folders above it, readable for all.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, Durability::Lasting)
}

/// Replaces the file, synced or not.
pub(super) fn replace_with(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let folder = folder_of(path);
    make_folder(folder)?;
    let mut neighbour = NamedTempFile::new_in(folder)?;
    neighbour.write_all(bytes)?;
    make_readable(neighbour.as_file())?;
    if durability == Durability::Lasting {
        neighbour.as_file().sync_all()?;
    }
    neighbour.persist(path).map_err(|error| error.error)?;
    if durability == Durability::Lasting { sync_folder(folder) } else { Ok(()) }
}

/// Creates the folder and what is missing above it, each recorded durably in its parent.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder_of(folder);
    make_folder(parent)?;
    match fs::create_dir(folder) {
        // Another process was faster; the folder is there all the same.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        result => result?,
    }
    sync_folder(parent)
}

/// The folder that holds the path; the working folder for a bare name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file is made for its owner alone (stack, "atomic write"); ours are for the team.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Only Unix opens a folder as a file; elsewhere the rename is as durable as the system makes it.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|found| found.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn creates_the_folders_and_leaves_no_neighbour() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b/file.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(&root.path().join("a/b")), ["file.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_readable_for_all() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        replace(&path, b"").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    }

    #[test]
    fn a_failed_replacement_leaves_the_old_and_no_neighbour() {
        let root = tempfile::tempdir().unwrap();
        let taken = root.path().join("taken");
        replace(&taken.join("inner"), b"old").unwrap();
        assert!(replace(&taken, b"new").is_err(), "a folder is not replaced");
        assert_eq!(names(root.path()), ["taken"]);
        assert_eq!(fs::read(taken.join("inner")).unwrap(), b"old");
    }

    #[test]
    fn a_reader_sees_the_old_or_the_new_and_nothing_between() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        let (old, new) = (vec![b'o'; 100_000], vec![b'n'; 70_000]);
        replace(&path, &old).unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let seen = fs::read(&path).unwrap();
                    assert!(seen == old || seen == new, "{} bytes", seen.len());
                }
            });
            for _ in 0..20 {
                replace(&path, &new).unwrap();
                replace(&path, &old).unwrap();
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }
}
