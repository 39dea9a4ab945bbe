//! The command line: the only door to `clap`.
//!
//! The types here are what the user said and nothing else; each verb's file in
//! [`crate::commands`] decides what it means.

mod adopting;
mod asl;
mod command;
mod looks;
mod machine;
mod moves;
mod plans;
mod written;

pub use adopting::{ImportArguments, InitArguments, SnapshotArguments};
pub use asl::{AslArguments, AslCommand, AslExisting, AslRefsArguments, AslRewriteArguments};
pub use clap_complete::Shell;
pub use command::{Cli, ColorChoice, Command, Global, completions};
pub use looks::{
    CompareArguments, GraphArguments, GraphFormat, HistoryArguments, ShowArguments, ShowFormat,
    StatusArguments, StatusFormat,
};
pub use machine::{CompletionsArguments, LockArguments, LockCommand, SandboxArguments};
pub use moves::{
    ChangeArguments, CleanupArguments, PointArguments, PromoteArguments, RollbackArguments, UnholdArguments,
};
pub use plans::{ApplyArguments, DriftArguments, PlanArguments, RehearseArguments};
