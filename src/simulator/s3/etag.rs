//! ETags: MD5 digests, and the only door to the crate that makes them.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

/// Returns the MD5 of the bytes.
pub(super) fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// Returns the ETag of the bytes: their MD5 in hexadecimal digits, without quotes.
pub(super) fn of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(32);
    for byte in md5(bytes) {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}
