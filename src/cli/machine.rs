//! What is about this machine: the simulated account, the lock and the shell.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Shell;

/// What is done with the lock.
#[derive(Debug, Clone, Args)]
pub struct LockArguments {
    /// What to do
    #[command(subcommand)]
    pub command: LockCommand,
}

/// What can be done with the lock.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum LockCommand {
    /// Show who holds it, since when and for what
    Show,
}

/// The simulated account.
#[derive(Debug, Clone, Args)]
pub struct SandboxArguments {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 4500)]
    pub port: u16,

    /// Fill the account with the functions and machines of the desired state
    #[arg(long)]
    pub example: bool,

    /// Keep the account in this file: read at the start if it is there, saved while and after it is served
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,

    /// How long a new function, and a version that takes a snapshot, stays Pending
    #[arg(long, value_name = "DURATION", default_value = "200ms", help_heading = "How AWS takes its time")]
    pub pending: String,

    /// How long an update of a function stays InProgress
    #[arg(long, value_name = "DURATION", default_value = "200ms", help_heading = "How AWS takes its time")]
    pub in_progress: String,

    /// How long Step Functions shows what was there before a write
    #[arg(long, value_name = "DURATION", default_value = "0s", help_heading = "How AWS takes its time")]
    pub read_lag: String,

    /// How long every answer is on its way
    #[arg(long, value_name = "DURATION", default_value = "0s", help_heading = "How AWS takes its time")]
    pub latency: String,

    /// Refuse roles that CreateRole did not create, and new ones for a while (10s if not said)
    #[arg(
        long,
        value_name = "DURATION",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "10s",
        help_heading = "What goes wrong"
    )]
    pub strict_roles: Option<String>,

    /// Refuse calls above the rates of AWS
    #[arg(long, help_heading = "What goes wrong")]
    pub throttle: bool,

    /// Let calls fail: 500, drop, slow, malformed, throttle, deny or failed; may be repeated
    #[arg(
        long = "fault",
        value_name = "OPERATION[@TEXT]:KIND[:COUNT|:PERCENT%]",
        help_heading = "What goes wrong"
    )]
    pub faults: Vec<String>,

    /// Repeat the identifiers and the chances of a run that printed this seed
    #[arg(long, value_name = "N", help_heading = "What goes wrong")]
    pub seed: Option<u64>,
}

/// A shell.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}
