//! The one real provider: AWS, through its SDK for Rust.
//!
//! Every `aws_*` crate stays behind this door. A request passes, in this order, the attempt log of
//! its call (was an answer lost?), the watch of its client (which operation, was it throttled?)
//! and the budget, which lets it wait its turn before the wire:
//!
//! ```text
//! Reader/Provider -> call -> SDK (retries) -> watch -> budget -> HTTP client
//! ```
//!
//! The budget sits below the retries and the pages, so that each attempt counts, whatever endpoint
//! it goes to. Waits for a function to settle are not here: the engine polls on its own clock.

mod alias;
mod budget;
mod call;
mod configuration;
mod connection;
mod download;
mod executions;
mod failure;
mod function;
mod health;
mod machine;
mod machine_line;
mod objects;
mod pages;
mod parameters;
mod reader;
mod region;
mod settings;
mod stand_in;
mod watch;
mod writer;

pub use aws_smithy_runtime_api::client::http::SharedHttpClient as HttpClient;
pub use connection::{AwsProvider, ConnectionSettings, CredentialSource};
pub use stand_in::{Delivery, StandIn, WireAnswer, WireCall, answering};
pub use watch::{Notice, Notices};
