//! `init`: begins a project. What is there already is never replaced, and nobody is asked anything.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::json;

use crate::{
    adopt::Extent,
    ambient,
    cli::InitArguments,
    config::{ChosenEnvironment, EnvironmentChoice, choose_environment},
    error::{self, Failure},
    exit::Exit,
    model::{EnvironmentName, InvalidName, ProjectName, Region},
    provider::aws::{AwsProvider, ConnectionSettings, CredentialSource},
    store::atomic,
};

use super::{
    Invocation,
    adopting::{Adopted, Wanted, adopted},
    import,
    project::{Found, new_place},
};

/// The environment of a project that nobody named one for.
const FIRST_ENVIRONMENT: &str = "dev";

/// Writes the file, adopts what was asked for, and says what comes next.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &InitArguments) -> Result<Exit, Failure> {
    let (root, path) = new_place(invocation)?;
    let config = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
    check_new(&path, &config)?;
    let project = project_name(arguments.project.as_deref(), &root)?;
    let choice = said_environment(invocation);
    let environment = environment_name(&choice)?;
    let text = text(invocation, &project, &environment).await?;
    let mut found = Found::of_text(root.clone(), config.clone(), text)?;
    let chosen = choose_environment(&found.document, &choice)?;
    let adopted = match arguments.from.as_slice() {
        [] => None,
        globs => Some(adopt(invocation, &found, &chosen, globs).await?),
    };
    if let Some(Adopted { adoption, .. }) = adopted.as_ref().filter(|it| !it.adoption.is_empty()) {
        import::write(&found, adoption)?;
        found.text = adoption.appended_to(&found.text);
    } else {
        atomic::replace(&path, found.text.as_bytes()).map_err(|error| error::file("write", &path, &error))?;
    }
    let is_ignored = ignore_state(&root)?;
    tell(invocation, &found, &chosen, is_ignored);
    if let Some(Adopted { adoption, .. }) = &adopted {
        import::tell(invocation, &found, adoption, !adoption.is_empty());
    }
    next(invocation, &chosen, arguments);
    Ok(Exit::Success)
}

fn check_new(path: &Path, config: &str) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(Failure::new(
            format!("`{config}` is there already, and init replaces nothing"),
            "repoint import 'my-functions-*'  # adds what exists to it",
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error::file("read", path, &error)),
    }
}

/// Takes the name that was said, or the folder's with `-` in place of what a name must not hold.
fn project_name(said: Option<&str>, root: &Path) -> Result<ProjectName, Failure> {
    let invalid = |error: InvalidName| Failure::new(error.to_string(), "--project my-project");
    if let Some(said) = said {
        return ProjectName::new(said).map_err(invalid);
    }
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let letter = |letter: char| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' };
    let name: String = folder.chars().map(letter).take(64).collect();
    let name = name.trim_matches('-');
    ProjectName::new(if name.is_empty() { "project" } else { name }).map_err(invalid)
}

/// The variables count as they do for every verb that follows.
fn said_environment(invocation: &Invocation<'_>) -> EnvironmentChoice {
    EnvironmentChoice {
        flag: invocation.global.environment().cloned(),
        repoint_environment: ambient::variable("REPOINT_ENVIRONMENT"),
        environment: ambient::variable("ENVIRONMENT"),
    }
}

fn environment_name(choice: &EnvironmentChoice) -> Result<EnvironmentName, Failure> {
    let EnvironmentChoice { flag, repoint_environment, environment } = choice;
    let said = flag.as_ref().or(repoint_environment.as_ref()).or(environment.as_ref());
    let name = said.map_or(FIRST_ENVIRONMENT, String::as_str);
    EnvironmentName::new(name).map_err(|error| Failure::new(error.to_string(), "repoint init -e dev"))
}

async fn text(
    invocation: &Invocation<'_>,
    project: &ProjectName,
    environment: &EnvironmentName,
) -> Result<String, Failure> {
    let region = match region(invocation).await? {
        Some(region) => format!("region = \"{region}\"\n"),
        None => "# region = \"us-west-1\"  # no AWS setting says one\n".to_owned(),
    };
    let profile = invocation.global.profile.as_ref();
    let profile = profile.map(|profile| format!("profile = {}\n", serde_json::Value::from(profile.as_str())));
    Ok(format!(
        "{HEAD}schema = 1\nproject = \"{project}\"\n{EXAMPLE}\n[environments.{environment}]\n{region}{}",
        profile.unwrap_or_default()
    ))
}

const HEAD: &str =
    "# What AWS shall look like. `repoint plan` shows what differs, `repoint apply` does it.\n";
const EXAMPLE: &str = "
# A function is a table, and only what it declares is managed:
#
# [functions.orders]
# name = \"shop-orders-${env}\"
# code.path = \"src/orders\"
# aliases.LIVE = \"latest\"
# aliases.ROLLBACK = \"previous(LIVE)\"
";

/// Returns the region of `--region`, of the variables, or of the AWS profile.
async fn region(invocation: &Invocation<'_>) -> Result<Option<Region>, Failure> {
    let variables = || ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(ambient::variable);
    if let Some(said) = invocation.global.region.clone().or_else(variables) {
        let region =
            Region::new(said).map_err(|error| Failure::new(error.to_string(), "--region us-west-1"))?;
        return Ok(Some(region));
    }
    let settings = ConnectionSettings {
        region: None,
        profile: invocation.global.profile.clone().or_else(|| ambient::variable("AWS_PROFILE")),
        credentials: CredentialSource::Chain,
        role_arn: None,
        session_name: "repoint-init".to_owned(),
        lambda_rps: 1,
        notices: Arc::new(|_| {}),
        stand_in: None,
    };
    // No call is sent; without a region there is nothing to connect to.
    Ok(AwsProvider::connect(settings).await.ok().map(|provider| provider.region().clone()))
}

async fn adopt(
    invocation: &Invocation<'_>,
    found: &Found,
    chosen: &ChosenEnvironment,
    globs: &[String],
) -> Result<Adopted, Failure> {
    let wanted = Wanted { globs, tags: Vec::new(), extent: Extent::Aliases };
    adopted(invocation, found, chosen, &wanted).await
}

/// Keeps the state out of git, with one line, if no line does so already.
fn ignore_state(root: &Path) -> Result<bool, Failure> {
    const LINES: [&str; 6] = ["state", "state/", "/state", "/state/", "/state/*", "/state/*/"];
    let path: PathBuf = root.join(".gitignore");
    let before = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error::file("read", &path, &error)),
    };
    if String::from_utf8_lossy(&before).lines().any(|line| LINES.contains(&line.trim())) {
        return Ok(false);
    }
    let end: &[u8] = if before.is_empty() || before.ends_with(b"\n") { b"" } else { b"\n" };
    let after = [before.as_slice(), end, b"/state/\n"].concat();
    atomic::replace(&path, &after).map_err(|error| error::file("write", &path, &error))?;
    Ok(true)
}

fn tell(invocation: &Invocation<'_>, found: &Found, chosen: &ChosenEnvironment, is_ignored: bool) {
    let console = invocation.console;
    if invocation.global.json {
        let environment = chosen.name.as_str();
        console.json(&json!({ "config": found.config, "environment": environment, "toml": found.text }));
    }
    console.note(&format!("wrote {} with the environment {}", found.config, chosen.name));
    if is_ignored {
        console.note("added /state/ to .gitignore: what was applied is no part of the source");
    }
}

fn next(invocation: &Invocation<'_>, chosen: &ChosenEnvironment, arguments: &InitArguments) {
    let environment = &chosen.name;
    let next = if arguments.from.is_empty() {
        format!("next: `repoint import -e {environment} 'my-functions-*' --write` declares what exists")
    } else {
        format!("next: `repoint plan -e {environment}` shows no change; then say what shall be")
    };
    invocation.console.note(&next);
}
