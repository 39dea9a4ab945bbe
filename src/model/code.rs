//! Where a function's code comes from.
//!
//! Nothing here can change unseen between a review and an apply: files are packed again and hashed, an object
//! of S3 is named with its version, and an image by its digest.

use std::fmt;

use super::{BucketName, CodeSha256, ImageUri, ObjectKey, ObjectVersion};

/// Where a function's code comes from; a path is relative to the project root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// `code.path`: a file or a folder, zipped reproducibly.
    Path(String),
    /// `code.zip`: a finished package, sent as it is.
    Zip(String),
    /// `code.s3`: a finished package that Lambda fetches itself.
    S3(S3Object),
    /// `code.image`: a container image that Lambda fetches itself.
    Image(ImageUri),
}

impl CodeSource {
    /// Returns the path, relative to the project root, of code that is in the project.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Path(path) | Self::Zip(path) => Some(path),
            Self::S3(_) | Self::Image(_) => None,
        }
    }

    /// Tells whether it makes a function of package type `Image`, which no other code ever fits.
    pub fn is_image(&self) -> bool {
        matches!(self, Self::Image(_))
    }
}

impl fmt::Display for CodeSource {
    /// Writes the source as plans show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) | Self::Zip(path) => f.write_str(path),
            Self::S3(object) => object.fmt(f),
            Self::Image(image) => image.fmt(f),
        }
    }
}

/// One version of an object of S3; it never changes, and can only be deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct S3Object {
    /// The bucket.
    pub bucket: BucketName,
    /// The key.
    pub key: ObjectKey,
    /// The version.
    pub version: ObjectVersion,
}

impl fmt::Display for S3Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, key, version } = self;
        write!(f, "s3://{bucket}/{key} version {version}")
    }
}

impl ImageUri {
    /// Returns the hash that Lambda reports for the image: its digest, without the algorithm.
    pub fn code_sha256(&self) -> CodeSha256 {
        let digest = self.as_str().rsplit_once("@sha256:").map_or("", |(_, digest)| digest);
        CodeSha256::reported(digest)
    }

    /// Returns the region of the registry.
    pub fn region(&self) -> &str {
        self.as_str().split('.').nth(3).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "1a187dade6c4c4f88448176082c93b7a0428cd02080b64ca32a8b9fac8d5d24d";

    #[test]
    fn an_image_has_the_hash_and_the_region_that_its_address_says() {
        let image = format!("123456789012.dkr.ecr.us-west-1.amazonaws.com/team/orders@sha256:{DIGEST}");
        let image = ImageUri::new(image).unwrap();
        assert_eq!((image.code_sha256().as_str(), image.region()), (DIGEST, "us-west-1"));
    }

    #[test]
    fn a_source_reads_as_a_plan_shows_it() {
        let object = S3Object {
            bucket: BucketName::new("packages").unwrap(),
            key: ObjectKey::new("orders/7.zip").unwrap(),
            version: ObjectVersion::new("3sL4kqtJlcpXroDTDmJ").unwrap(),
        };
        assert_eq!(
            CodeSource::S3(object).to_string(),
            "s3://packages/orders/7.zip version 3sL4kqtJlcpXroDTDmJ"
        );
    }
}
