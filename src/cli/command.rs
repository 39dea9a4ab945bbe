//! The program: its verbs, what applies to all of them, and how it is read.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use super::{
    Shell,
    adopting::{IMPORT_EXAMPLES, INIT_EXAMPLES, ImportArguments, InitArguments, SNAPSHOT, SnapshotArguments},
    asl::AslArguments,
    looks::{
        COMPARE_EXAMPLES, CompareArguments, GraphArguments, HISTORY_EXAMPLES, HistoryArguments,
        SHOW_EXAMPLES, STATUS_EXAMPLES, ShowArguments, StatusArguments,
    },
    machine::{CompletionsArguments, LockArguments, SandboxArguments},
    moves::{
        CLEANUP_EXAMPLES, CleanupArguments, POINT_EXAMPLES, PROMOTE_EXAMPLES, PointArguments,
        PromoteArguments, ROLLBACK_EXAMPLES, RollbackArguments, UNHOLD_EXAMPLES, UnholdArguments,
    },
    plans::{ApplyArguments, DriftArguments, PlanArguments, REHEARSE, RehearseArguments},
};

/// Plan and apply AWS Lambda versions, aliases and Step Functions from one TOML file.
///
/// You write the desired state in `config/repoint.toml`; `repoint plan` shows what differs from AWS
/// and why, `repoint apply` does exactly that, and `repoint drift` tells what moved since.
#[derive(Debug, Parser)]
#[command(name = "repoint", version, propagate_version = true, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// What applies to every verb.
    #[command(flatten)]
    pub global: Global,
}

const EXAMPLES: &str = "\
Examples:
  repoint tour                                   see the whole job on a simulated account
  repoint validate                               check config/repoint.toml, without AWS
  repoint plan -e dev                            show what an apply would do
  repoint plan -e prod --out plans/              save the plan and its .md for the pull request
  repoint apply plans/prod-1a2b3c4d.json         apply exactly the reviewed plan
  repoint drift -e prod                          exit 0 in sync, 2 drift, 6 not compared
  repoint rollback router -e prod                LIVE back to the version before

Exit codes: 0 done, 1 error, 2 differences, 3 stopped half-way, 4 locked, 5 stale plan, 6 not compared.";

/// What applies to every verb.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The environment [default: $REPOINT_ENVIRONMENT, $ENVIRONMENT, or the only one declared]; plan,
    /// drift and status take several
    #[arg(short, long = "environment", global = true, value_name = "NAME", help_heading = "Global options")]
    pub environments: Vec<String>,

    /// Work as if started in this folder
    #[arg(
        short = 'C',
        long = "directory",
        global = true,
        value_name = "DIR",
        help_heading = "Global options"
    )]
    pub directory: Option<PathBuf>,

    /// The desired-state file [default: config/repoint.toml, searched upward]
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,

    /// The AWS profile [default: $AWS_PROFILE, or the one that the TOML declares]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub profile: Option<String>,

    /// The AWS region, where it shall not be the declared one
    #[arg(long, global = true, value_name = "REGION", help_heading = "Global options")]
    pub region: Option<String>,

    /// Print JSON instead of text
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,

    /// When to use colour; NO_COLOR and CLICOLOR_FORCE are honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub color: ColorChoice,

    /// Print only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: bool,

    /// Print more; twice also the requests to AWS
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
}

impl Global {
    /// Returns the environment that was said. A verb that takes several gets them one by one.
    pub fn environment(&self) -> Option<&String> {
        self.environments.first()
    }

    /// Returns the same with one environment.
    pub fn only(&self, environment: &str) -> Self {
        Self { environments: vec![environment.to_owned()], ..self.clone() }
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the desired-state file and everything that it names, without AWS
    Validate,
    /// Show what an apply would do, and why
    Plan(PlanArguments),
    /// Apply a saved plan, or plan, ask and apply
    Apply(ApplyArguments),
    /// Tell what moved since the last apply; reads only, takes no lock
    Drift(DriftArguments),
    /// Show versions, aliases and machines as they stand, and why each version is kept; reads only
    #[command(after_help = STATUS_EXAMPLES)]
    Status(StatusArguments),
    /// Tell what differs between two versions of a function; reads only
    #[command(after_help = COMPARE_EXAMPLES)]
    Compare(CompareArguments),
    /// List the deployments, or tell what differs between two of them
    #[command(after_help = HISTORY_EXAMPLES)]
    History(HistoryArguments),
    /// Point one alias somewhere, or finish or abort a shift between two versions
    #[command(after_help = POINT_EXAMPLES)]
    Point(PointArguments),
    /// Go back: one alias to the version before, or everything to an earlier deployment
    #[command(after_help = ROLLBACK_EXAMPLES)]
    Rollback(RollbackArguments),
    /// Point an alias at the version that another one serves
    #[command(after_help = PROMOTE_EXAMPLES)]
    Promote(PromoteArguments),
    /// Let an alias follow the TOML again, and clear the marks of rollbacks
    #[command(after_help = UNHOLD_EXAMPLES)]
    Unhold(UnholdArguments),
    /// Delete old versions that nothing needs, and say why each of the others stays
    #[command(after_help = CLEANUP_EXAMPLES)]
    Cleanup(CleanupArguments),
    /// Show a saved plan or a past deployment
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArguments),
    /// Print the dependency graph of a plan
    Graph(GraphArguments),
    /// Write what is live to a file that `plan --from` reads, without secret values
    #[command(after_help = SNAPSHOT)]
    Snapshot(SnapshotArguments),
    /// Declare what exists already; the plan right after is empty
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportArguments),
    /// Begin a project: config/repoint.toml with one environment
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArguments),
    /// Try a plan out on a copy of the account, in many orders and with crashes
    #[command(after_help = REHEARSE)]
    Rehearse(RehearseArguments),
    /// Find or rewrite the references of one definition, without a project and without AWS
    Asl(AslArguments),
    /// Show who holds the lock
    Lock(LockArguments),
    /// Serve a simulated AWS account on this machine
    Sandbox(SandboxArguments),
    /// Lead through plan, apply and drift on a simulated account
    Tour,
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

impl Cli {
    /// Reads the command line. Help and version end with 0, a mistake with 1, because 2 means
    /// differences here.
    pub fn read() -> Result<Self, u8> {
        Self::try_parse().map_err(|error| {
            let is_lost = match error.print() {
                // A closed pipe is no reason to fail; there is nobody left to tell.
                Err(why) => why.kind() != std::io::ErrorKind::BrokenPipe,
                Ok(()) => false,
            };
            u8::from(error.use_stderr() || is_lost)
        })
    }
}

/// Returns the completion script of a shell.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "repoint", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
