//! The code package of a function: the same files give the same bytes, on every machine.
//!
//! A package is compared by the hash of its bytes (`CodeSha256`), so nothing that is not code may
//! reach them: entries are sorted, times are 1980-01-01, modes are 0644 or 0755, and nothing is
//! compressed, because two builds of a compressor give different bytes of the same length. A
//! golden hash in the tests pins the result: a change of it would republish every function.
//!
//! Packing and unpacking take bytes and give bytes; [`entries_of`] alone touches the disk. This module is the
//! only door to the `zip` and `walkdir` crates.

mod error;
mod pack;
mod unpack;
mod walk;

pub use error::ArtifactError;
pub use pack::{Entry, Package, finished, pack};
pub use unpack::{PackedFile, unpacked};
pub use walk::{entries_of, is_left_behind};
