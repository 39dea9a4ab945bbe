//! Failures on their way to the user: each becomes reports and an exit code here, and nowhere else.
//!
//! A report has what we were doing, the chain of causes, and a help that can be pasted (style §6).

use crate::{
    apply::{ApplyError, Unreadable},
    artifact::ArtifactError,
    config::Problem,
    console::{Label, Report},
    exit::Exit,
    model::EnvironmentName,
    plan::PlanFileError,
    provider::{FailureKind, ProviderError},
    store::{LockInfo, StoreError},
};

/// Why a verb ends without success.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What the user is told, in order.
    pub reports: Vec<Report>,
}

impl Failure {
    /// Makes a failure of one report that ends with exit code 1.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::because(message, Vec::new(), Some(help.into()))
    }

    /// Makes a failure with its causes.
    pub fn because(message: impl Into<String>, causes: Vec<String>, help: Option<String>) -> Self {
        Self {
            exit: Exit::Error,
            reports: vec![Report { message: message.into(), causes, help, label: None }],
        }
    }

    /// Gives it another exit code.
    pub fn exiting(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Self { exit: Exit::Error, reports: problems.into_iter().map(labelled).collect() }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::from(vec![problem])
    }
}

/// Returns the report of a mistake in a file, with its place.
pub fn labelled(problem: Problem) -> Report {
    let Problem { message, file, text, span, label, help } = problem;
    Report {
        message,
        causes: Vec::new(),
        help,
        label: Some(Label { file: file.to_string(), text: text.to_string(), span, words: label }),
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        let help = provider_help(&error);
        let message = match &error.kind {
            FailureKind::Denied => format!("AWS denies {} on `{}`", error.operation, error.subject),
            FailureKind::Credentials => "no usable AWS credentials were found".to_owned(),
            FailureKind::Unreachable => {
                format!("AWS does not answer {} on `{}`", error.operation, error.subject)
            }
            FailureKind::Throttled => {
                format!("AWS throttles {} on `{}`, also after all tries", error.operation, error.subject)
            }
            FailureKind::NotFound
            | FailureKind::AlreadyExists
            | FailureKind::Busy
            | FailureKind::RoleNotReady
            | FailureKind::Referenced(_)
            | FailureKind::PreconditionFailed
            | FailureKind::Refused
            | FailureKind::Fault => {
                format!("{} on `{}` failed", error.operation, error.subject)
            }
        };
        Self::because(message, vec![error.message], help)
    }
}

fn provider_help(error: &ProviderError) -> Option<String> {
    let help = match &error.kind {
        FailureKind::Denied => format!("allow `{}` for this caller; docs/iam.md has the smallest policy", error.operation),
        FailureKind::Credentials => "sign in, for example with `aws sso login --profile NAME`, then `repoint … --profile NAME`; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned(),
        FailureKind::Unreachable => "check the network, AWS_ENDPOINT_URL and the region; nothing is lost, run the same command again".to_owned(),
        FailureKind::Throttled => "other tools share the account's 15 requests per second; lower `[limits] lambda_rps` or try again later".to_owned(),
        FailureKind::Busy => "an update is under way; try again in a minute".to_owned(),
        FailureKind::RoleNotReady => "let the role's trust policy name the service, or wait until IAM has told of a new role, and apply again".to_owned(),
        FailureKind::Fault => "AWS failed on its own side; run the same command again, and look at https://health.aws.amazon.com if it stays so".to_owned(),
        FailureKind::NotFound | FailureKind::AlreadyExists | FailureKind::Referenced(_) | FailureKind::PreconditionFailed
        | FailureKind::Refused => return None,
    };
    Some(help)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Locked(_) | StoreError::LockedByStranger { .. } => Exit::Locked,
            _ => Exit::Error,
        };
        let help = error.help();
        let message = match &error {
            StoreError::Locked(info) => locked(info),
            other => other.to_string(),
        };
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        Self::because(message, causes.map(ToString::to_string).collect(), help).exiting(exit)
    }
}

fn locked(info: &LockInfo) -> String {
    let LockInfo { who, process, since, what, .. } = info;
    format!("the state is locked by {who} (process {process}) since {since}, for `{what}`")
}

/// Returns the failure of an apply that could not begin, or that lost its footing on disk.
pub fn not_applied(error: ApplyError, environment: &EnvironmentName) -> Failure {
    let again = format!("make a new plan: `repoint plan -e {environment} --out plans/`");
    let words = error.to_string();
    match error {
        ApplyError::Begun(error) => begun(not_applied(*error, environment), environment),
        ApplyError::Store(error) => error.into(),
        ApplyError::Provider(error) => error.into(),
        ApplyError::Stale(moved) => {
            let causes = moved.into_iter().map(|(address, what)| format!("`{address}` {what}")).collect();
            let help = Some(format!("nothing was sent; {again}"));
            Failure::because("the plan is stale: the account moved since it was made", causes, help)
                .exiting(Exit::Stale)
        }
        ApplyError::Values(unreadable) => {
            let causes = unreadable
                .iter()
                .map(|Unreadable { address, message, .. }| format!("`{address}`: {message}"));
            let mut help: Vec<String> = unreadable.iter().map(|one| one.help.clone()).collect();
            help.dedup();
            Failure::because(words, causes.collect(), Some(format!("nothing was sent; {}", help.join("; "))))
        }
        ApplyError::OtherLineage { .. } => {
            let help = format!("nothing was sent; is this the right checkout? If so, {again}");
            Failure::new(error.to_string(), help).exiting(Exit::Stale)
        }
        ApplyError::OtherPackage { .. } => {
            let help = format!("nothing was sent; check out the commit that was planned, or {again}");
            Failure::new(error.to_string(), help).exiting(Exit::Stale)
        }
    }
}

/// Says of a failure in the middle of an apply that something may have been sent.
fn begun(mut failure: Failure, environment: &EnvironmentName) -> Failure {
    let next = format!("what was sent stays, and `repoint apply -e {environment}` goes on with it");
    for report in &mut failure.reports {
        let help = report.help.take();
        report.help = Some(help.map_or(next.clone(), |help| format!("{help}; {next}")));
    }
    failure.exiting(Exit::Incomplete)
}

impl From<ArtifactError> for Failure {
    fn from(error: ArtifactError) -> Self {
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        Self::because(error.to_string(), causes.map(ToString::to_string).collect(), error.help())
    }
}

/// Returns the failure of a plan file that cannot be used.
pub fn plan_file(path: &str, error: &PlanFileError) -> Failure {
    let help = match error {
        PlanFileError::NotAPlan(_) => "save one with `repoint plan --out plans/`",
        PlanFileError::Newer { .. } => {
            "use the program that wrote it, or make a new plan: `repoint plan --out plans/`"
        }
        PlanFileError::Edited { .. } => {
            "plans are not edited; change the TOML and make a new one: `repoint plan --out plans/`"
        }
    };
    Failure::because(
        format!("`{path}` cannot be used as a plan"),
        vec![error.to_string()],
        Some(help.to_owned()),
    )
}

/// Returns the failure of a plan file that cannot be read.
pub fn plan_not_readable(path: &std::path::Path, error: &std::io::Error) -> Failure {
    let help = format!("save a plan there with `repoint plan --out {}`", path.display());
    Failure::because(
        format!("cannot read the plan `{}`", path.display()),
        vec![error.to_string()],
        Some(help),
    )
}

/// Returns the failure of a file that could not be read or written.
pub fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::because(format!("cannot {doing} `{}`", path.display()), vec![error.to_string()], None)
}
