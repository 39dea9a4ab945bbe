//! How a project begins: what exists is declared, and written down.

use std::path::PathBuf;

use clap::Args;

use super::written::written_path;

pub(super) const IMPORT_EXAMPLES: &str = "\
Examples:
  repoint import -e dev 'shop-*-dev'                     print the tables; nothing is written
  repoint import -e dev 'shop-*-dev' --write             append them to config/repoint.toml
  repoint import -e dev --tag team=shop --write          what carries a tag
  repoint import -e dev shop-orders-dev --settings       memory, timeout, role and so on too

Functions and state machines are found by their physical names; what is declared already is left
out. Aliases are declared where they are, code and settings are not, so the plan right after is
empty; it is made, and looked at, before anything is written. AWS is only read.

Exit codes: 0 done, or all is declared already; 1 nothing matches, or it cannot be declared.";

/// What is imported.
#[derive(Debug, Clone, Args)]
pub struct ImportArguments {
    /// Physical names of functions and state machines, or patterns with * and ?
    #[arg(value_name = "GLOB", required_unless_present = "tags")]
    pub globs: Vec<String>,

    /// Only what carries this tag, with any value if none is given; may be repeated
    #[arg(long = "tag", value_name = "KEY[=VALUE]")]
    pub tags: Vec<String>,

    /// Declare every setting as it is, not only names and aliases; environment variables never
    #[arg(long)]
    pub settings: bool,

    /// Append the tables to the desired-state file and write the definitions
    #[arg(long)]
    pub write: bool,
}

pub(super) const INIT_EXAMPLES: &str = "\
Examples:
  repoint init                                   one environment, dev, in the region of the AWS settings
  repoint init -e prod --region us-west-1        another one
  repoint init --from 'shop-*-dev'               and declare what exists, as `repoint import --write` does

Nothing that is there is replaced: where config/repoint.toml exists, init refuses.";

/// What a project begins with.
#[derive(Debug, Clone, Args)]
pub struct InitArguments {
    /// The name of the project [default: the name of the folder]
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,

    /// Declare the functions and state machines with these physical names; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub from: Vec<String>,
}

pub(super) const SNAPSHOT: &str = "\
Examples:
  repoint snapshot -e prod --out prod.snapshot.json   look at the account, write it down
  repoint plan -e prod --from prod.snapshot.json      plan without credentials, as often as you like
  repoint sandbox --world copy-of-prod.json           serve a copy of the file, to try an apply on

Environment values are replaced by tokens: equal values have equal tokens, and nothing else can
be learned from them. Definitions of state machines are written as they are, with whatever their
authors put there. The code of functions is not written, only its hash.";

/// What is written down.
#[derive(Debug, Clone, Args)]
pub struct SnapshotArguments {
    /// The file; only an earlier snapshot is replaced
    #[arg(short, long, value_name = "FILE", value_parser = written_path())]
    pub out: PathBuf,
}
