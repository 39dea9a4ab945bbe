//! From entries to the bytes of a package, and the checks of a package that somebody else made.

use std::{
    fmt,
    io::{Cursor, Write as _},
};

use zip::{
    CompressionMethod, DateTime, System, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions,
};

use crate::model::CodeSha256;

use super::ArtifactError;

/// "Zipped size must be smaller than 52428800 bytes" (aws-facts §2, "Package").
const ZIPPED_LIMIT: u64 = 52_428_800;

/// "Unzipped size must be smaller than 262144000 bytes" (aws-facts §2, "Package").
pub(super) const UNZIPPED_LIMIT: u64 = 262_144_000;

/// A code package, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Package {
    /// The zip file.
    pub bytes: Vec<u8>,
    /// The hash that Lambda will report for it. `Package::of` keeps it true.
    pub sha256: CodeSha256,
}

impl Package {
    /// Returns its size in bytes.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn of(bytes: Vec<u8>) -> Self {
        let sha256 = CodeSha256::of(&bytes);
        Self { bytes, sha256 }
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Package({} bytes, {})", self.size(), self.sha256)
    }
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path in the package, with `/` between folders.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// Whether its owner may execute it; all other permissions are made equal.
    pub is_executable: bool,
}

/// Packs the entries in the order of their names.
pub fn pack(mut entries: Vec<Entry>) -> Result<Package, ArtifactError> {
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    check_names(&entries)?;
    check_unzipped(entries.iter().map(|entry| entry.bytes.len() as u64).sum())?;
    let bytes = zipped(&entries).map_err(|source| ArtifactError::NotPacked { source })?;
    check_zipped(bytes.len() as u64)?;
    Ok(Package::of(bytes))
}

/// Takes a finished package as it is, after making sure that it is one.
pub fn finished(bytes: Vec<u8>) -> Result<Package, ArtifactError> {
    check_zipped(bytes.len() as u64)?;
    let unzipped = unzipped_sizes(&bytes).map_err(|source| ArtifactError::NotAZip { source })?;
    if unzipped.is_empty() {
        return Err(ArtifactError::NoEntries);
    }
    check_unzipped(unzipped.into_iter().fold(0, u64::saturating_add))?;
    Ok(Package::of(bytes))
}

/// Refuses what is too large to be unpacked by Lambda; the walk asks too, before it reads on.
pub(super) fn check_unzipped(size: u64) -> Result<(), ArtifactError> {
    check_size("unzipped", size, UNZIPPED_LIMIT)
}

fn check_zipped(size: u64) -> Result<(), ArtifactError> {
    check_size("zipped", size, ZIPPED_LIMIT)
}

fn check_size(measure: &'static str, size: u64, limit: u64) -> Result<(), ArtifactError> {
    if size < limit {
        return Ok(());
    }
    Err(ArtifactError::TooLarge { measure, size, limit })
}

fn check_names(entries: &[Entry]) -> Result<(), ArtifactError> {
    if entries.is_empty() {
        return Err(ArtifactError::NoEntries);
    }
    if let Some(entry) = entries.iter().find(|entry| !is_package_name(&entry.name)) {
        let name = entry.name.clone();
        return Err(ArtifactError::BadName { name });
    }
    let twin = entries.windows(2).find(|pair| pair[0].name == pair[1].name);
    twin.map_or(Ok(()), |pair| {
        let name = pair[0].name.clone();
        Err(ArtifactError::DuplicateName { name })
    })
}

/// A relative path with `/`, which unpacks to the same place on every machine.
fn is_package_name(name: &str) -> bool {
    !name.contains(['\\', '\0']) && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn zipped(entries: &[Entry]) -> Result<Vec<u8>, ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let mode = if entry.is_executable { 0o755 } else { 0o644 };
        // Everything that has a default is said: a default may follow the system or the version.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .system(System::Unix)
            .unix_permissions(mode)
            .large_file(false);
        writer.start_file(entry.name.as_str(), options)?;
        writer.write_all(&entry.bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Reads the directory and each file's header, and unpacks nothing.
fn unzipped_sizes(bytes: &[u8]) -> Result<Vec<u64>, ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    (0..archive.len()).map(|index| archive.by_index_raw(index).map(|file| file.size())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(name: &str, bytes: &[u8]) -> Entry {
        Entry { name: name.to_owned(), bytes: bytes.to_vec(), is_executable: name.starts_with("bin/") }
    }

    fn sample() -> Vec<Entry> {
        vec![
            entry("handler.py", b"def handler(event, context):\n    return event\n"),
            entry("bin/run", b"#!/bin/sh\nexec true\n"),
            entry("data/\u{e9}t\u{e9}.json", b"{}"),
            entry("empty", b""),
        ]
    }

    /// If this fails, every function of every user would be published again: find out what
    /// changed in the bytes before the hash is changed here.
    #[test]
    fn the_bytes_of_a_package_never_change() {
        let package = pack(sample()).unwrap();
        assert_eq!(
            (package.size(), package.sha256.as_str()),
            (468, "+zzV9QNAIpEhzeh8J8GF+tqvx7naDJODGnNx5q9gdo0=")
        );
    }

    #[test]
    fn an_executable_file_stays_executable() {
        let package = pack(sample()).unwrap();
        let mut archive = ZipArchive::new(Cursor::new(package.bytes)).unwrap();
        let modes: Vec<_> = (0..archive.len())
            .map(|index| {
                let file = archive.by_index(index).unwrap();
                (file.name().unwrap().into_owned(), file.unix_mode().unwrap())
            })
            .collect();
        let expected = [
            ("bin/run", 0o100_755),
            ("data/été.json", 0o100_644),
            ("empty", 0o100_644),
            ("handler.py", 0o100_644),
        ];
        assert_eq!(modes, expected.map(|(name, mode)| (name.to_owned(), mode)));
    }

    #[test]
    fn refuses_what_would_not_unpack_as_it_was_packed() {
        let cases = [
            (vec![], "the package would have no files"),
            (vec![entry("a", b"1"), entry("b", b""), entry("a", b"2")], "the package would hold `a` twice"),
            (vec![entry("../a", b"")], "`../a` cannot be the name of a file in a package"),
            (vec![entry("/a", b"")], "`/a` cannot be the name of a file in a package"),
            (vec![entry("a\\b", b"")], "`a\\b` cannot be the name of a file in a package"),
        ];
        for (entries, message) in cases {
            assert_eq!(pack(entries).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn refuses_what_lambda_would_refuse_for_its_size() {
        assert!(check_zipped(ZIPPED_LIMIT - 1).is_ok());
        assert!(check_unzipped(UNZIPPED_LIMIT - 1).is_ok());
        assert_eq!(
            check_unzipped(UNZIPPED_LIMIT).unwrap_err().to_string(),
            "the package has 262144000 bytes unzipped, and Lambda takes fewer than 262144000"
        );
        let large = vec![entry("model.bin", &vec![0; 52_428_800])];
        assert!(matches!(pack(large).unwrap_err(), ArtifactError::TooLarge { measure: "zipped", .. }));
    }

    #[test]
    fn a_finished_package_is_sent_as_it_is() {
        let package = pack(sample()).unwrap();
        assert_eq!(finished(package.bytes.clone()).unwrap(), package);
    }

    #[test]
    fn a_finished_package_must_be_a_zip_with_files() {
        let whole = pack(sample()).unwrap().bytes;
        let empty = ZipWriter::new(Cursor::new(Vec::new())).finish().unwrap();
        for bytes in [b"".to_vec(), b"text".to_vec(), whole[..whole.len() - 30].to_vec()] {
            let error = finished(bytes).unwrap_err();
            assert!(matches!(error, ArtifactError::NotAZip { .. }), "{error:?}");
        }
        let error = finished(empty.into_inner()).unwrap_err();
        assert!(matches!(error, ArtifactError::NoEntries));
    }

    proptest! {
        #[test]
        fn the_order_of_the_entries_does_not_matter(
            files in prop::collection::btree_map("[a-z]{1,3}(/[a-z]{1,3})?", prop::collection::vec(any::<u8>(), 0..40), 1..8),
            seed in any::<prop::sample::Index>(),
        ) {
            let sorted: Vec<Entry> = files.iter().map(|(name, bytes)| entry(name, bytes)).collect();
            let mut rotated = sorted.clone();
            rotated.rotate_left(seed.index(sorted.len()));
            rotated.reverse();
            prop_assert_eq!(pack(sorted).unwrap(), pack(rotated).unwrap());
        }
    }
}
