//! S3: buckets and objects, as far as code packages and shared files need them.
//!
//! Writes are conditional where the caller asks for it (`If-None-Match: *`, `If-Match`), bodies are checked against every
//! checksum that comes with them, and what a request asks for beyond that is refused by name instead of being ignored.
//! A bucket belongs to one account and one region, and its name to everybody. `Code.Location` of Lambda leads here too.
//!
//! ```text
//! request ─▶ address (path or host) ─▶ operation ─▶ body (chunks, checksums) ─▶ bucket ─▶ conditions ─▶ effect
//! ```

mod address;
mod body;
mod buckets;
mod checksum;
mod conditions;
mod errors;
mod etag;
mod lifecycle;
mod listing;

mod objects;
mod request;

pub(crate) use buckets::{Buckets, Found, Packages};
pub(crate) use errors::refused;
pub(crate) use request::{Request, Visit, perform};
