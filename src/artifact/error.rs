//! What can be wrong with the code of a function, and what to do about it.

use std::{io, path::PathBuf};

/// A package that cannot be made, or that Lambda would refuse.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// There is nothing to pack.
    #[error("the package would have no files")]
    NoEntries,
    /// Two entries have one name.
    #[error("the package would hold `{name}` twice")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A name that would not unpack below the function's folder.
    #[error("`{name}` cannot be the name of a file in a package")]
    BadName {
        /// The name.
        name: String,
    },
    /// A quota of Lambda (aws-facts §2, "Package").
    #[error("the package has {size} bytes {measure}, and Lambda takes fewer than {limit}")]
    TooLarge {
        /// `zipped` or `unzipped`.
        measure: &'static str,
        /// Its size in bytes, as far as it was counted.
        size: u64,
        /// The quota in bytes.
        limit: u64,
    },
    /// A package that was downloaded holds more than Lambda would unpack.
    #[error("the package unpacks to {limit} bytes or more, which Lambda would refuse")]
    Unbounded {
        /// The quota in bytes.
        limit: u64,
    },
    /// The bytes of `code.zip` are no package.
    #[error("the package is not a readable zip file")]
    NotAZip {
        /// What the reader says.
        source: zip::result::ZipError,
    },
    /// The package could not be written.
    #[error("cannot write the package")]
    NotPacked {
        /// What the writer says.
        source: zip::result::ZipError,
    },
    /// A file or folder cannot be read.
    #[error("cannot read `{path}`")]
    NotReadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A name that is not UTF-8: unpacked, it would depend on the machine.
    #[error("the name of `{path}` is not UTF-8")]
    NotUtf8 {
        /// The file or folder.
        path: PathBuf,
    },
    /// A link to something outside: what it shows depends on the machine.
    #[error("`{path}` is a link to `{target}`, outside the folder of the code")]
    LeavesFolder {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A socket, a pipe or a device.
    #[error("`{path}` is neither a file nor a folder")]
    NotAFile {
        /// The thing.
        path: PathBuf,
    },
}

impl ArtifactError {
    /// Returns what to do next, where there is something to say beyond the message.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoEntries => Some(
                "let `code.path` name a file, or a folder with at least one file; `.git`, `__pycache__` and `.DS_Store` are not packed".to_owned(),
            ),
            Self::TooLarge { .. } => Some(
                "let `code.path` name a folder without tests and build output, move dependencies into `layers = [\"arn:…\"]`, or send a compressed package with `code.zip = \"build/function.zip\"`".to_owned(),
            ),
            Self::NotAZip { .. } => Some(
                "let `code.zip` name a finished zip file, or use `code.path` to have a file or folder packed".to_owned(),
            ),
            Self::LeavesFolder { path, .. } => Some(format!(
                "replace `{}` by a copy of what it links to",
                path.display()
            )),
            Self::DuplicateName { .. }
            | Self::BadName { .. }
            | Self::Unbounded { .. }
            | Self::NotPacked { .. }
            | Self::NotReadable { .. }
            | Self::NotUtf8 { .. }
            | Self::NotAFile { .. } => None,
        }
    }
}
