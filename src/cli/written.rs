//! Paths of files that are written.

use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};

/// Reads the path of a file to write. A file called `-` is never what anybody means by it.
pub(super) fn written_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path == Path::new("-") {
            return Err("this is a file's path; for standard output leave it out, or redirect `--json`");
        }
        Ok(path)
    })
}
