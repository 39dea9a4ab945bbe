//! What the configuration may ask about the files of the project.

use std::collections::BTreeMap;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Nothing.
    Missing,
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// The files of the project; every path is relative to the project root and uses `/`.
pub trait ProjectFiles {
    /// Says what stands at the path.
    fn kind(&self, path: &str) -> FileKind;

    /// Returns the text of a file, or says in words why not.
    fn read(&self, path: &str) -> Result<String, String>;
}

/// Files that are held in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles(BTreeMap<String, String>);

impl MemoryFiles {
    /// Holds these files: path and text.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
        Self(files.into_iter().map(owned).collect())
    }
}

impl ProjectFiles for MemoryFiles {
    fn kind(&self, path: &str) -> FileKind {
        let path = path.trim_end_matches('/');
        if self.0.contains_key(path) {
            return FileKind::File;
        }
        let folder = format!("{path}/");
        if self.0.keys().any(|file| file.starts_with(&folder)) { FileKind::Folder } else { FileKind::Missing }
    }

    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}
