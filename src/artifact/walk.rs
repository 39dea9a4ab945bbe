//! From a file or folder on disk to entries; the only part of this module that touches the disk.

use std::{
    fs::{self, Metadata},
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use super::{ArtifactError, Entry, pack::check_unzipped};

/// What tools leave behind in a folder of code; it changes from run to run and is never code.
const LEFT_BEHIND: [&str; 3] = [".git", "__pycache__", ".DS_Store"];

/// Tells whether a path is never packed, because a part of it is left behind.
pub fn is_left_behind(path: &str) -> bool {
    path.split('/').any(|part| LEFT_BEHIND.contains(&part))
}

/// Reads a file as one entry with its file name, or a folder as all the files below it, with
/// names relative to it, sorted.
pub fn entries_of(path: &Path) -> Result<Vec<Entry>, ArtifactError> {
    let metadata = fs::metadata(path).map_err(|source| not_readable(path, source))?;
    if metadata.is_dir() {
        return entries_below(path);
    }
    let name = path.file_name().map_or(path, Path::new);
    check_unzipped(metadata.len())?;
    Ok(vec![entry(path, name, &metadata)?])
}

fn entries_below(folder: &Path) -> Result<Vec<Entry>, ArtifactError> {
    let home = fs::canonicalize(folder).map_err(|source| not_readable(folder, source))?;
    let mut entries = Vec::new();
    let mut size = 0;
    let walk = WalkDir::new(folder).follow_links(true).into_iter().filter_entry(is_code);
    for found in walk {
        let found = found.map_err(|error| walk_error(folder, error))?;
        if found.depth() > 0 && found.path_is_symlink() {
            check_stays_in(&home, found.path())?;
        }
        if found.file_type().is_dir() {
            continue;
        }
        let metadata = found.metadata().map_err(|error| walk_error(folder, error))?;
        size += metadata.len();
        check_unzipped(size)?;
        let name = found.path().strip_prefix(folder).expect("a walk finds only paths below its start");
        entries.push(entry(found.path(), name, &metadata)?);
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

fn is_code(found: &DirEntry) -> bool {
    found.depth() == 0 || !LEFT_BEHIND.iter().any(|name| found.file_name() == *name)
}

fn check_stays_in(home: &Path, link: &Path) -> Result<(), ArtifactError> {
    let target = fs::canonicalize(link).map_err(|source| not_readable(link, source))?;
    if target.starts_with(home) {
        return Ok(());
    }
    Err(ArtifactError::LeavesFolder { path: link.to_owned(), target })
}

fn entry(path: &Path, name: &Path, metadata: &Metadata) -> Result<Entry, ArtifactError> {
    if !metadata.is_file() {
        let path = path.to_owned();
        return Err(ArtifactError::NotAFile { path });
    }
    Ok(Entry {
        name: package_name(path, name)?,
        bytes: fs::read(path).map_err(|source| not_readable(path, source))?,
        is_executable: is_executable(metadata),
    })
}

fn package_name(path: &Path, name: &Path) -> Result<String, ArtifactError> {
    let parts: Option<Vec<&str>> = name.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| ArtifactError::NotUtf8 { path: path.to_owned() })
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

/// Without modes on disk no file is executable: a package with executable files has to be made
/// where there are modes.
#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}

fn not_readable(path: &Path, source: std::io::Error) -> ArtifactError {
    ArtifactError::NotReadable { path: path.to_owned(), source }
}

fn walk_error(folder: &Path, error: walkdir::Error) -> ArtifactError {
    let path = error.path().map_or_else(|| folder.to_owned(), PathBuf::from);
    ArtifactError::NotReadable { path, source: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::pack;

    fn put(root: &Path, name: &str, text: &str) -> PathBuf {
        use std::io::Write as _;
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        path
    }

    fn names(root: &Path) -> Vec<String> {
        let entries = entries_of(root).unwrap();
        entries.into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn a_folder_gives_its_files_sorted_without_what_tools_leave_behind() {
        let root = tempfile::tempdir().unwrap();
        for name in ["z.py", "a/b.py", "a.py", ".git/config", "a/__pycache__/b.pyc", "a/.DS_Store", ".hidden"]
        {
            put(root.path(), name, name);
        }
        assert_eq!(names(root.path()), [".hidden", "a.py", "a/b.py", "z.py"]);
    }

    #[test]
    fn a_file_gives_one_entry_with_its_name() {
        let root = tempfile::tempdir().unwrap();
        let path = put(root.path(), "deep/handler.py", "pass\n");
        let expected =
            Entry { name: "handler.py".to_owned(), bytes: b"pass\n".to_vec(), is_executable: false };
        assert_eq!(entries_of(&path).unwrap(), [expected]);
    }

    #[test]
    fn two_copies_of_a_folder_give_one_package() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for name in ["b.py", "a.py"] {
            put(one.path(), name, name);
        }
        for name in ["a.py", "b.py"] {
            put(other.path(), name, name);
        }
        let packed = |root: &Path| pack(entries_of(root).unwrap()).unwrap();
        assert_eq!(packed(one.path()), packed(other.path()));
    }

    #[test]
    fn what_is_missing_is_named() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("missing.py");
        let message = entries_of(&path).unwrap_err().to_string();
        assert_eq!(message, format!("cannot read `{}`", path.display()));
    }

    #[cfg(unix)]
    #[test]
    fn executable_is_what_its_owner_may_execute() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        for (name, mode) in [("a", 0o700), ("b", 0o664), ("c", 0o655)] {
            let path = put(root.path(), name, "");
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let entries = entries_of(root.path()).unwrap();
        let bits: Vec<bool> = entries.iter().map(|entry| entry.is_executable).collect();
        assert_eq!(bits, [true, false, false]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_may_stay_in_the_folder_and_not_leave_it() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let code = root.path().join("code");
        put(&code, "a.py", "a");
        put(root.path(), "secret", "s");
        symlink("a.py", code.join("b.py")).unwrap();
        assert_eq!(names(&code), ["a.py", "b.py"]);
        symlink("../secret", code.join("c.py")).unwrap();
        let error = entries_of(&code).unwrap_err();
        assert!(matches!(error, ArtifactError::LeavesFolder { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_a_circle_is_an_error_and_not_a_hang() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "a/b.py", "");
        std::os::unix::fs::symlink("..", root.path().join("a/up")).unwrap();
        let error = entries_of(root.path()).unwrap_err();
        assert!(matches!(error, ArtifactError::NotReadable { .. }), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let root = tempfile::tempdir().unwrap();
        fs::File::create(root.path().join(std::ffi::OsStr::from_bytes(b"\xff.py"))).unwrap();
        let error = entries_of(root.path()).unwrap_err();
        assert!(matches!(error, ArtifactError::NotUtf8 { .. }), "{error}");
    }
}
