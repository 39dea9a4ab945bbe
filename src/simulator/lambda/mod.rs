//! Lambda: functions, versions, aliases, provisioned concurrency and tags, as the rest-json protocol shows them.
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
mod configuration;
mod describe;
mod environment;
mod errors;
mod function;
mod functions;
mod package;
mod provisioned_concurrency;
mod reference;
mod request;
mod routing;
mod settings;
mod tags;
mod updates;
mod versions;

pub(crate) use errors::refused;
pub(crate) use function::Function;
pub(crate) use package::StoredPackages;
pub(crate) use request::{Request, perform};
