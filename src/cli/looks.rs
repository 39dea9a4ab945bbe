//! The verbs that only look: status, compare, history, show, graph.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::written::written_path;

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  repoint status -e dev                          everything that the TOML declares
  repoint status router 'agentic-*-dev'          by key, by physical name, or several with * and ?
  repoint status --format tsv | column -ts $'\\t' one line per version, for scripts";

/// What is looked at.
#[derive(Debug, Clone, Args)]
pub struct StatusArguments {
    /// Functions or state machines: keys, physical names, addresses, or patterns with * and ?
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// How it is printed; --json is short for json
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table", conflicts_with = "json")]
    pub format: StatusFormat,

    /// Look at every declared environment
    #[arg(long)]
    pub all: bool,
}

/// How a status is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// Tables for people.
    Table,
    /// One object for programs.
    Json,
    /// One line per version, with tabs between the fields.
    Tsv,
}

pub(super) const COMPARE_EXAMPLES: &str = "\
Examples:
  repoint compare -e prod router 2 3             settings, code hash, size, dates, variables by name
  repoint compare -e prod router LIVE latest     what LIVE has against $LATEST
  repoint compare -e prod router 2 3 --code      also the files of both packages, and their text";

/// Which versions are compared.
#[derive(Debug, Clone, Args)]
pub struct CompareArguments {
    /// The function: its key, physical name or address
    #[arg(value_name = "FUNCTION")]
    pub function: String,

    /// A version, an alias, or `latest` for $LATEST
    #[arg(value_name = "FROM")]
    pub from: String,

    /// Another one
    #[arg(value_name = "TO")]
    pub to: String,

    /// Fetch both packages and compare their files
    #[arg(long)]
    pub code: bool,

    /// Exit with 2 if code, settings or environment differ
    #[arg(long)]
    pub exit_code: bool,
}

pub(super) const HISTORY_EXAMPLES: &str = "\
Examples:
  repoint history -e prod                        the newest deployments: who, when, which commit
  repoint history -e prod last~1 last            what differs between the last two
  repoint show -e prod last                      one of them, whole";

/// Which deployments are listed or compared.
#[derive(Debug, Clone, Args)]
pub struct HistoryArguments {
    /// Two deployments to compare: an id, `last`, or `last~1` for the one before
    #[arg(value_name = "DEPLOYMENT", num_args = 0..=2)]
    pub between: Vec<String>,

    /// List at most N; 0 lists all
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, conflicts_with = "between")]
    pub limit: usize,
}

pub(super) const SHOW_EXAMPLES: &str = "\
Examples:
  repoint show plans/prod-1a2b3c4d.json          a saved plan
  repoint show -e prod last                      the newest deployment
  repoint show -e prod last --out reports/a.html its report as one page for a browser";

/// What is shown.
#[derive(Debug, Clone, Args)]
pub struct ShowArguments {
    /// A plan file, or a deployment such as deploy-20261122T101500Z-1a2b, or `last`, or `last~1`
    #[arg(value_name = "PLAN|DEPLOYMENT")]
    pub subject: String,

    /// How it is shown [default: what the ending of --out says, else text]; html is for deployments
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<ShowFormat>,

    /// Write it to a file instead; a folder gets the deployment's id or the plan's digest as the name
    #[arg(short, long, value_name = "FILE|DIR/", value_parser = written_path())]
    pub out: Option<PathBuf>,
}

/// How a plan or deployment is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowFormat {
    /// Text for a terminal or a log.
    Text,
    /// Markdown for a pull request.
    Markdown,
    /// One object for programs.
    Json,
    /// One page for a browser, which needs no other file.
    Html,
}

/// Which graph is printed.
#[derive(Debug, Clone, Args)]
pub struct GraphArguments {
    /// A saved plan; without it, a plan made now
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,

    /// The language of the graph
    #[arg(long, value_enum, default_value = "mermaid")]
    pub format: GraphFormat,
}

/// The language of a printed graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Mermaid, which pull requests draw.
    Mermaid,
    /// Graphviz.
    Dot,
}
