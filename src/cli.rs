//! The command line: the only door to `clap`.
//!
//! The types here are what the user said and nothing else; each verb's file in
//! [`crate::commands`] decides what it means.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
pub use clap_complete::Shell;

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

const IMPORT_EXAMPLES: &str = "\
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

const INIT_EXAMPLES: &str = "\
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

const REHEARSE: &str = "\
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

const SNAPSHOT: &str = "\
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
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,
}

/// What is planned.
#[derive(Debug, Clone, Args)]
pub struct PlanArguments {
    /// Save the plan, and beside it a .md for the pull request; a folder gets ENV-DIGEST8.json
    #[arg(short, long, value_name = "FILE|DIR/")]
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
    #[arg(short, long, value_name = "FILE|DIR/")]
    pub out: Option<PathBuf>,

    /// Wait this long for the lock, for example 30s or 5m
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub lock_timeout: String,
}

const POINT_EXAMPLES: &str = "\
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

const ROLLBACK_EXAMPLES: &str = "\
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

const PROMOTE_EXAMPLES: &str = "\
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

const UNHOLD_EXAMPLES: &str = "\
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

const CLEANUP_EXAMPLES: &str = "\
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

const STATUS_EXAMPLES: &str = "\
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

const COMPARE_EXAMPLES: &str = "\
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

const HISTORY_EXAMPLES: &str = "\
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

const SHOW_EXAMPLES: &str = "\
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
    #[arg(short, long, value_name = "FILE|DIR/")]
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
