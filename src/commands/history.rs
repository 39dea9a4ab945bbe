//! `history`: the deployments of an environment, and what differs between two of them.

use crate::{
    cli::HistoryArguments,
    error::Failure,
    exit::Exit,
    model::Digest,
    render::{HistoryRow, difference_json, difference_text, history_json, history_text},
    store::{Compared, Difference, Manifest, differences},
};

use super::{Invocation, deployments::Deployments, plan::detail, project::Project};

/// Lists, or compares two.
pub(super) fn run(invocation: &Invocation<'_>, arguments: &HistoryArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let deployments = Deployments::of(&project);
    let environment = &project.desired.environment;
    match arguments.between.as_slice() {
        [] => list(invocation, &project, &deployments, arguments.limit),
        [from, to] => {
            let sides = (&named(&deployments, from)?, &named(&deployments, to)?);
            compare(invocation, &deployments, sides);
            Ok(Exit::Success)
        }
        [one, ..] => Err(Failure::new(
            "history compares two deployments, and one was named",
            format!(
                "`repoint show -e {environment} {one}` for what it did; or `repoint history -e {environment} last~1 last`"
            ),
        )),
    }
}

fn named(deployments: &Deployments<'_>, word: &str) -> Result<Manifest, Failure> {
    deployments.named(word)?.ok_or_else(|| {
        Failure::new(
            format!("`{word}` is no deployment: an id looks like `deploy-20261122T101500Z-1a2b`"),
            format!("repoint history -e {}", deployments.environment()),
        )
    })
}

/// A manifest that cannot be read is an error, and the others are shown all the same.
fn list(
    invocation: &Invocation<'_>,
    project: &Project,
    deployments: &Deployments<'_>,
    limit: usize,
) -> Result<Exit, Failure> {
    let ids = deployments.newest_first()?;
    let open = deployments.store.interrupted()?;
    let open_id = open.as_ref().map(|open| open.deployment.clone());
    let mut rows = Vec::new();
    let mut reports = Vec::new();
    // What crashed has a journal and no manifest; nothing is newer than what is open.
    rows.extend(open.filter(|open| !ids.contains(&open.deployment)).map(HistoryRow::Crashed));
    let shown = if limit == 0 { ids.len() } else { limit.min(ids.len()) };
    for id in &ids[..shown] {
        match deployments.by_id(id) {
            Ok(manifest) => {
                let is_open = open_id.as_ref() == Some(id);
                rows.push(HistoryRow::Ended(Box::new(manifest), is_open));
            }
            Err(failure) => reports.extend(failure.reports),
        }
    }
    let (environment, older) = (&project.desired.environment, ids.len() - shown);
    let text = if invocation.global.json {
        format!("{:#}\n", history_json(environment.as_str(), &rows, older))
    } else if rows.is_empty() && reports.is_empty() {
        format!("environment `{environment}` has no deployment yet\n")
    } else {
        history_text(&rows, older, invocation.console.style())
    };
    invocation.console.data(&text);
    if reports.is_empty() { Ok(Exit::Success) } else { Err(Failure { exit: Exit::Error, reports }) }
}

fn compare(invocation: &Invocation<'_>, deployments: &Deployments<'_>, (from, to): (&Manifest, &Manifest)) {
    let found = differences(&from.layout(), &to.layout());
    let text = if invocation.global.json {
        format!("{:#}\n", difference_json((from, to), &found))
    } else {
        let kept = |digest: &Option<String>| {
            let digest = Digest::new(digest.clone()?).ok()?;
            // A text that was lost is no reason to show nothing.
            deployments.store.definition(&digest).ok().flatten()
        };
        let definitions = |difference: &Difference| match difference.what {
            Compared::Definition => (kept(&difference.from), kept(&difference.to)),
            Compared::Name | Compared::Version | Compared::Alias(_) => (None, None),
        };
        let how = (detail(invocation), invocation.console.style());
        difference_text((from, to), &found, &definitions, how)
    };
    invocation.console.data(&text);
}
