//! The rules of AWS that the simulated account keeps, one named test each.
//!
//! The numbers are those of the rule list in the facts about AWS; a test asserts the status, the code, the words and the
//! members that hold them, on wire requests, because that is what the real clients see.

#![expect(clippy::unwrap_used, reason = "an answer of another shape is a failed test")]

mod aliases;
mod attachments;
mod dangling;
mod executions;
mod faults;
mod functions;
mod importing;
mod loading;
mod parameters;
mod policies;
mod provisioned_concurrency;
mod read_lag;
mod roles;
mod saving;
mod server;
mod service;
mod state_machines;
mod storage;
mod support;
mod versions;
