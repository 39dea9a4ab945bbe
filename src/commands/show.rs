//! `show`: a saved plan, or a past deployment, in the form that is asked for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    cli::{ShowArguments, ShowFormat},
    error::{self, Failure},
    exit::Exit,
    plan::PlanFile,
    render::{
        Context, Report, Style, is_report, plan_json, plan_markdown, plan_text, report_html, report_json,
        report_markdown, report_text,
    },
    store::{DeploymentId, Manifest, atomic},
};

use super::{
    Invocation,
    deployments::Deployments,
    plan::detail,
    plan_file,
    project::{Project, working_folder},
};

/// The width of text in a file.
const WIDTH_OF_FILE: usize = 100;

/// Shows what the argument names: a deployment, `last`, or a file.
pub(super) fn run(invocation: &Invocation<'_>, arguments: &ShowArguments) -> Result<Exit, Failure> {
    let ShowArguments { subject, format: _, out } = arguments;
    let format = format(invocation, arguments);
    // Text that goes to a file has no colours and one width.
    let style = if out.is_some() { Style::plain(WIDTH_OF_FILE) } else { invocation.console.style() };
    let shown = if is_deployment(subject) {
        deployment(invocation, subject, (format, style))?
    } else {
        plan(invocation, Path::new(subject), (format, style))?
    };
    match out {
        None => invocation.console.data(&shown.text),
        Some(out) => write(invocation, out, format, &shown)?,
    }
    Ok(Exit::Success)
}

/// What is shown, and the name that a file in a folder gets.
struct Shown {
    text: String,
    name: String,
}

/// What is asked for counts, then the ending of the file.
fn format(invocation: &Invocation<'_>, arguments: &ShowArguments) -> ShowFormat {
    if invocation.global.json {
        return ShowFormat::Json;
    }
    let ending = arguments.out.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str());
    arguments.format.unwrap_or(match ending {
        Some("html" | "htm") => ShowFormat::Html,
        Some("md" | "markdown") => ShowFormat::Markdown,
        Some("json") => ShowFormat::Json,
        Some(_) | None => ShowFormat::Text,
    })
}

fn is_deployment(subject: &str) -> bool {
    DeploymentId::parse(subject).is_ok() || subject == "last" || subject.starts_with("last~")
}

fn deployment(
    invocation: &Invocation<'_>,
    subject: &str,
    (format, style): (ShowFormat, Style),
) -> Result<Shown, Failure> {
    let project = Project::open(invocation)?;
    let deployments = Deployments::of(&project);
    let Some(manifest) = deployments.named(subject)? else {
        let message = format!("`{subject}` is no deployment: how many steps back is a number");
        return Err(Failure::new(message, format!("repoint show -e {} last~1", deployments.environment())));
    };
    let previous = previous(&deployments, &manifest)?;
    let report = Report { manifest: &manifest, previous: previous.as_ref() };
    let text = match format {
        ShowFormat::Text => report_text(&report, style),
        ShowFormat::Markdown => report_markdown(&report),
        ShowFormat::Json => format!("{:#}\n", report_json(&report)),
        ShowFormat::Html => report_html(&report),
    };
    Ok(Shown { text, name: manifest.deployment.to_string() })
}

/// The deployment before is of use only where the manifest itself does not say how things were.
fn previous(deployments: &Deployments<'_>, manifest: &Manifest) -> Result<Option<Manifest>, Failure> {
    if manifest.before.is_some() { Ok(None) } else { deployments.before(manifest) }
}

/// A plan carries all that is shown, so neither the TOML nor AWS is needed.
fn plan(
    invocation: &Invocation<'_>,
    path: &Path,
    (format, style): (ShowFormat, Style),
) -> Result<Shown, Failure> {
    let file = plan_file::read(invocation, path)?;
    let source = "the plan";
    let context = Context {
        environment_source: source,
        region_source: source,
        account_source: source,
        observed: None,
        digest: Some(&file.digest),
        detail: detail(invocation),
    };
    let text = match format {
        ShowFormat::Text => plan_text(&file.plan, &context, style),
        ShowFormat::Markdown => plan_markdown(&file, None),
        ShowFormat::Json => format!("{:#}\n", plan_json(&file, None)),
        ShowFormat::Html => {
            let help = format!("repoint show {} --format markdown", path.display());
            return Err(Failure::new("a plan has no HTML page; deployments have", help));
        }
    };
    Ok(Shown { text, name: name_of(&file) })
}

/// The name of a plan's file without its ending.
fn name_of(file: &PlanFile) -> String {
    let name = PathBuf::from(file.file_name());
    name.file_stem().unwrap_or(name.as_os_str()).to_string_lossy().into_owned()
}

/// Writes to a file that is new, empty, or an earlier report.
fn write(invocation: &Invocation<'_>, out: &Path, format: ShowFormat, shown: &Shown) -> Result<(), Failure> {
    let mut path = working_folder(invocation)?.join(out);
    let mut said = out.to_owned();
    if path.is_dir() || out.as_os_str().to_string_lossy().ends_with('/') {
        let name = format!("{}.{}", shown.name, ending(format));
        path.push(&name);
        said.push(&name);
    }
    if let Ok(found) = fs::metadata(&path) {
        let is_free =
            found.is_file() && fs::read(&path).is_ok_and(|bytes| is_replaceable(&bytes, &shown.text));
        if !is_free {
            let message = format!("`{}` is there already and is no report", said.display());
            return Err(Failure::new(message, "--out reports/"));
        }
    }
    atomic::replace(&path, shown.text.as_bytes()).map_err(|error| error::file("write", &path, &error))?;
    invocation.console.note(&format!("wrote {}", said.display()));
    Ok(())
}

fn is_replaceable(found: &[u8], text: &str) -> bool {
    found.is_empty() || found == text.as_bytes() || str::from_utf8(found).is_ok_and(is_report)
}

fn ending(format: ShowFormat) -> &'static str {
    match format {
        ShowFormat::Text => "txt",
        ShowFormat::Markdown => "md",
        ShowFormat::Json => "json",
        ShowFormat::Html => "html",
    }
}
