//! Lambda: functions, versions, aliases and all that hangs on them, as the rest-json protocol shows them.
//!
//! A function is `$LATEST` plus a shelf of frozen snapshots. Whatever AWS finishes in the background is finished here by
//! `Function::settle`, which every operation calls before it looks.
//!
//! ```text
//! create ─▶ Pending ─▶ Active ─▶ (update) InProgress ─▶ Successful | Failed
//!            409 on update and publish      409 on update, publish and tag
//! ```

mod account;
mod aliases;
mod concurrency;
mod configuration;
mod describe;
mod environment;
mod errors;
mod event_sources;
mod function;
mod functions;
mod history;
mod import;
mod location;
mod management;
mod operation;
mod package;
mod policies;
mod provisioned_concurrency;
mod record;
mod reference;
mod request;
mod routing;
mod settings;
mod source_members;
mod tags;
mod updates;
mod urls;
mod versions;

pub(crate) use errors::refused;
pub(crate) use event_sources::EventSource;
pub(crate) use function::{Function, stored_bytes};
pub(crate) use history::{Release, load};
pub(crate) use import::import;
pub(crate) use location::{bucket as code_bucket, is_signed as is_code_signed, package_at};
pub(crate) use operation::is_operation;
pub(crate) use package::{Content as PackageContent, of_zip};
pub(crate) use record::{FunctionRecord, Zips};
pub(crate) use request::{Request, perform};
