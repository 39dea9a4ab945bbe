//! The main job: plan, apply, rehearse, drift.

use std::path::PathBuf;

use clap::Args;

use super::written::written_path;

/// What is planned.
#[derive(Debug, Clone, Args)]
pub struct PlanArguments {
    /// Save the plan, and beside it a .md for the pull request; a folder gets ENV-DIGEST8.json
    #[arg(short, long, value_name = "FILE|DIR/", value_parser = written_path())]
    pub out: Option<PathBuf>,

    /// Plan from a snapshot, without AWS
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    pub from: Option<PathBuf>,

    /// Exit with 2 if there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,

    /// Plan up to N deletions instead of the declared limit
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<u32>,

    /// Plan only this address and what it waits for, for example functions.router; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,

    /// Leave out this address and what waits for it; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub exclude: Vec<String>,

    /// Look at every declared environment
    #[arg(long)]
    pub all: bool,
}

/// What is applied.
#[derive(Debug, Clone, Args)]
pub struct ApplyArguments {
    /// The saved plan; without it, plan, show, ask and apply
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,

    /// Do not ask
    #[arg(long, visible_alias = "yes", short = 'y')]
    pub auto_approve: bool,

    /// Stop after showing the plan
    #[arg(long)]
    pub dry_run: bool,

    /// Refuse any plan that does not have this digest (8 digits or all 64)
    #[arg(long, value_name = "HEX")]
    pub digest: Option<String>,

    /// Plan up to N deletions instead of the declared limit
    #[arg(long, value_name = "N", conflicts_with = "plan")]
    pub max_deletes: Option<u32>,

    /// Plan only this address and what it waits for, for example functions.router; may be repeated
    #[arg(long, value_name = "ADDRESS", conflicts_with = "plan")]
    pub target: Vec<String>,

    /// Leave out this address and what waits for it; may be repeated
    #[arg(long, value_name = "ADDRESS", conflicts_with = "plan")]
    pub exclude: Vec<String>,

    /// Wait this long for the lock, for example 30s or 5m
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub lock_timeout: String,
}

pub(super) const REHEARSE: &str = "\
Examples:
  repoint rehearse -e prod                            plan and rehearse
  repoint rehearse plans/prod-1a2b3c4d.json           rehearse a saved plan; its page says so
  repoint rehearse -e prod --orders 500 --faults 200  for longer

The account is only read. Every order that the graph allows is tried, or as many as asked for;
then crashes and lost answers, each resumed to its end. After every write the copy is looked at:
nothing may point at something missing that did not before.

Exit codes: 0 nothing went wrong; 1 something did, and the step is named.";

/// What is tried, and how much.
#[derive(Debug, Clone, Args)]
pub struct RehearseArguments {
    /// A saved plan; without it a new one is made
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,

    /// Try at most so many orders
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = at_least_one)]
    pub orders: usize,

    /// Then try so many crashes and lost answers
    #[arg(long, value_name = "N", default_value_t = 24)]
    pub faults: usize,

    /// Draw orders and faults from this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one order has to be tried".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("a whole number is needed".to_owned()),
    }
}

/// What drift is looked for.
#[derive(Debug, Clone, Args)]
pub struct DriftArguments {
    /// Leave out an address, or one field of it, as `[drift] ignore` does; may be repeated
    #[arg(long, value_name = "ADDRESS[.FIELD]")]
    pub ignore: Vec<String>,

    /// Record what is live as accepted, so that it is no drift any more; AWS is not changed
    #[arg(long)]
    pub accept: bool,

    /// Do not ask before recording it
    #[arg(long, visible_alias = "yes", short = 'y', requires = "accept")]
    pub auto_approve: bool,

    /// Look at every declared environment
    #[arg(long)]
    pub all: bool,
}
