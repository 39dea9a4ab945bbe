//! References of one definition, without a project.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What is done with a definition.
#[derive(Debug, Clone, Args)]
pub struct AslArguments {
    /// What to do
    #[command(subcommand)]
    pub command: AslCommand,
}

/// What can be done with a definition.
#[derive(Debug, Clone, Subcommand)]
pub enum AslCommand {
    /// List the references to Lambda functions, and which of them cannot be rewritten
    Refs(AslRefsArguments),
    /// Print the definition with its references through an alias; no other byte changes
    Rewrite(AslRewriteArguments),
}

/// Which references are listed.
#[derive(Debug, Clone, Args)]
pub struct AslRefsArguments {
    /// The definition, JSON or YAML by its content; - reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// List also what only looks like a reference and is always left alone
    #[arg(long)]
    pub all: bool,
}

/// How references are rewritten.
#[derive(Debug, Clone, Args)]
pub struct AslRewriteArguments {
    /// The definition, JSON or YAML by its content; - reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The alias, or the number of a version, that references go through
    #[arg(long, value_name = "NAME")]
    pub alias: String,

    /// Only references to these functions
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub functions: Vec<String>,

    /// Which qualifiers that stand there give way: $LATEST and numbers, only $LATEST, or aliases too
    #[arg(long, value_enum, value_name = "WHICH", default_value = "versions")]
    pub existing: AslExisting,

    /// Only references to this account; --region does the same for a region
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
}

/// Which qualifiers that stand in a definition give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AslExisting {
    /// `$LATEST` and the numbers of versions.
    Versions,
    /// Only `$LATEST`.
    Latest,
    /// Also other aliases.
    All,
}
