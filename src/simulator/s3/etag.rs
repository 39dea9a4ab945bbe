//! ETags: MD5 digests, and the only door to the crate that makes them.

use md5::{Digest as _, Md5};

/// Returns the MD5 of the bytes.
pub(super) fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// Returns the ETag of the bytes: their MD5 in hexadecimal digits, without quotes.
pub(super) fn of(bytes: &[u8]) -> String {
    md5(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
