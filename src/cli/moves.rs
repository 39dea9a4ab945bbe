//! The verbs that move aliases by hand or delete what is old; each makes a plan of its own.

use std::path::PathBuf;

use clap::Args;

use super::written::written_path;

/// How something is changed: what all verbs that change something take.
#[derive(Debug, Clone, Args)]
pub struct ChangeArguments {
    /// Do not ask
    #[arg(long, visible_alias = "yes", short = 'y')]
    pub auto_approve: bool,

    /// Stop after showing the plan
    #[arg(long)]
    pub dry_run: bool,

    /// Save the plan instead of applying it, and beside it a .md; a folder gets ENV-DIGEST8.json
    #[arg(short, long, value_name = "FILE|DIR/", value_parser = written_path())]
    pub out: Option<PathBuf>,

    /// Wait this long for the lock, for example 30s or 5m
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub lock_timeout: String,
}

pub(super) const POINT_EXAMPLES: &str = "\
Examples:
  repoint point router LIVE 41             to version 41; held there until the code changes
  repoint point router LIVE latest         to the newest version, published if there is none
  repoint point router LIVE STAGING        to the version that STAGING serves
  repoint point router LIVE 41=90,42=10    a tenth of the traffic to version 42
  repoint point router LIVE 42             finish that shift; 41 aborts it";

/// Which alias is pointed where.
#[derive(Debug, Clone, Args)]
pub struct PointArguments {
    /// The function or state machine: its key, physical name or address
    #[arg(value_name = "FN")]
    pub name: String,

    /// The alias; it must be declared, and the TOML must not pin it
    #[arg(value_name = "ALIAS")]
    pub alias: String,

    /// A version, latest, another alias, or two versions with their shares
    #[arg(value_name = "TARGET")]
    pub target: String,

    /// Why; it is shown as long as the alias is held
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// How it is changed.
    #[command(flatten)]
    pub change: ChangeArguments,
}

pub(super) const ROLLBACK_EXAMPLES: &str = "\
Examples:
  repoint rollback router                  LIVE to the version that it served before
  repoint rollback router --to 41          LIVE to version 41
  repoint rollback 'agentic-*' --alias BETA
  repoint rollback --to deploy-20261122T101500Z-1a2b   everything, definitions included";

/// What goes back where.
#[derive(Debug, Clone, Args)]
pub struct RollbackArguments {
    /// Functions or state machines: keys, physical names, addresses, or patterns with * and ?
    #[arg(value_name = "FN")]
    pub names: Vec<String>,

    /// A version, or a deployment; without it, what the alias served before
    #[arg(long, value_name = "VERSION|DEPLOYMENT")]
    pub to: Option<String>,

    /// The alias that goes back
    #[arg(long, value_name = "ALIAS", default_value = "LIVE")]
    pub alias: String,

    /// Why; it is shown as long as the alias is held
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// How it is changed.
    #[command(flatten)]
    pub change: ChangeArguments,
}

pub(super) const PROMOTE_EXAMPLES: &str = "\
Examples:
  repoint promote classifier                        LIVE to the version that STAGING serves
  repoint promote 'agentic-*' --from BETA --to LIVE";

/// What is promoted from where to where.
#[derive(Debug, Clone, Args)]
pub struct PromoteArguments {
    /// Functions or state machines: keys, physical names, addresses, or patterns with * and ?
    #[arg(value_name = "FN", required = true)]
    pub names: Vec<String>,

    /// The alias whose version is promoted
    #[arg(long, value_name = "ALIAS", default_value = "STAGING")]
    pub from: String,

    /// The alias that moves
    #[arg(long, value_name = "ALIAS", default_value = "LIVE")]
    pub to: String,

    /// Why; it is shown as long as the alias is held
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// How it is changed.
    #[command(flatten)]
    pub change: ChangeArguments,
}

pub(super) const UNHOLD_EXAMPLES: &str = "\
Examples:
  repoint unhold router LIVE               LIVE follows the TOML again, with the next apply
  repoint unhold router                    all holds of router, and its versions that are marked bad";

/// What is let go.
#[derive(Debug, Clone, Args)]
pub struct UnholdArguments {
    /// The function or state machine: its key, physical name or address, or a pattern with * and ?
    #[arg(value_name = "FN")]
    pub name: String,

    /// The alias; without it, all of them, and every version that a rollback marked bad
    #[arg(value_name = "ALIAS")]
    pub alias: Option<String>,

    /// How it is changed.
    #[command(flatten)]
    pub change: ChangeArguments,
}

pub(super) const CLEANUP_EXAMPLES: &str = "\
Examples:
  repoint cleanup --dry-run                what would go, and why the rest stays
  repoint cleanup --keep 3 --min-age 0s    another rule than the TOML has, this once
  repoint cleanup router 'agentic-*'";

/// What is cleaned up.
#[derive(Debug, Clone, Args)]
pub struct CleanupArguments {
    /// Functions or state machines: keys, physical names, addresses, or patterns; without any, all
    #[arg(value_name = "FN")]
    pub names: Vec<String>,

    /// Keep the newest N instead of the declared number
    #[arg(long, value_name = "N")]
    pub keep: Option<u32>,

    /// Keep what is younger than this, or un-aliased for less, instead of the declared time
    #[arg(long, value_name = "DURATION")]
    pub min_age: Option<String>,

    /// Plan up to N deletions instead of the declared limit
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<u32>,

    /// How it is changed.
    #[command(flatten)]
    pub change: ChangeArguments,
}
