//! Code that is ready to be sent, whoever sends its bytes.

use crate::{
    artifact::Package,
    model::{CodeSha256, ImageUri, S3Object},
};

/// The code of a function, as a write sends it. Lambda fetches all but a package by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A package, with its bytes.
    Package(Package),
    /// A package that is an object of S3.
    Object(S3Object, StoredObject),
    /// A container image.
    Image(ImageUri),
}

/// What S3 says of one version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// The SHA-256 of all its bytes, which Lambda reports for a package.
    pub sha256: CodeSha256,
    /// The size in bytes.
    pub size: u64,
}

impl Code {
    /// Returns the hash that Lambda reports for it.
    pub fn sha256(&self) -> CodeSha256 {
        match self {
            Self::Package(package) => package.sha256.clone(),
            Self::Object(_, stored) => stored.sha256.clone(),
            Self::Image(image) => image.code_sha256(),
        }
    }

    /// Returns the size in bytes; 0 of an image, which Lambda does not keep as one package.
    pub fn size(&self) -> u64 {
        match self {
            Self::Package(package) => package.size(),
            Self::Object(_, stored) => stored.size,
            Self::Image(_) => 0,
        }
    }
}

impl From<Package> for Code {
    fn from(package: Package) -> Self {
        Self::Package(package)
    }
}
