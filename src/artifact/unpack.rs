//! What is in a finished package: its files with sizes and digests, and the text of small ones.
//!
//! A package comes from outside, so nothing of it is believed: what a file unpacks to is counted while
//! it is read, and the whole may not be more than Lambda itself would unpack.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use zip::{ZipArchive, result::ZipError};

use crate::model::Digest;

use super::{ArtifactError, pack::UNZIPPED_LIMIT};

/// The text of a larger file is not kept; its difference would be nothing that anybody reads.
const LARGEST_TEXT: usize = 64 * 1024;

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedFile {
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its text, if it is text and small.
    pub text: Option<String>,
}

/// Returns the files of a package by name; folders are no files.
pub fn unpacked(bytes: &[u8]) -> Result<BTreeMap<String, PackedFile>, ArtifactError> {
    let not_a_zip = |source: ZipError| ArtifactError::NotAZip { source };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(not_a_zip)?;
    let mut files = BTreeMap::new();
    let mut left = UNZIPPED_LIMIT;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(not_a_zip)?;
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(not_a_zip)?.into_owned();
        let mut content = Vec::new();
        file.take(left).read_to_end(&mut content).map_err(|error| not_a_zip(ZipError::Io(error)))?;
        left -= content.len() as u64;
        if left == 0 {
            return Err(ArtifactError::Unbounded { limit: UNZIPPED_LIMIT });
        }
        files.insert(name, packed(content));
    }
    Ok(files)
}

fn packed(content: Vec<u8>) -> PackedFile {
    let (size, digest) = (content.len() as u64, Digest::of(&content));
    let is_small = content.len() <= LARGEST_TEXT && !content.contains(&0);
    let text = is_small.then(|| String::from_utf8(content).ok()).flatten();
    PackedFile { size, digest, text }
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    fn entry(name: &str, bytes: &[u8]) -> Entry {
        Entry { name: name.to_owned(), bytes: bytes.to_vec(), is_executable: false }
    }

    #[test]
    fn every_file_is_told_and_small_texts_are_kept() {
        let long = vec![b'a'; LARGEST_TEXT + 1];
        let package =
            pack(vec![entry("a.py", b"print(1)\n"), entry("b.bin", b"\0\x01"), entry("c.txt", &long)]);
        let files = unpacked(&package.unwrap().bytes).unwrap();
        let told: Vec<(&str, u64, bool)> =
            files.iter().map(|(name, file)| (name.as_str(), file.size, file.text.is_some())).collect();
        assert_eq!(told, [("a.py", 9, true), ("b.bin", 2, false), ("c.txt", 65_537, false)]);
        assert_eq!(files["a.py"].digest, Digest::of(b"print(1)\n"));
    }

    #[test]
    fn what_is_no_package_is_refused() {
        assert!(matches!(unpacked(b"<html>"), Err(ArtifactError::NotAZip { .. })));
    }
}
