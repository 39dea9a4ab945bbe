//! `cleanup`: the deletions alone. Nothing else is changed, and nothing that is declared is lost.

use std::collections::BTreeSet;

use crate::{
    cli::CleanupArguments,
    config::parse_duration,
    error::Failure,
    exit::Exit,
    model::{Address, Part},
    plan::{CleanUp, Purpose, Selection},
};

use super::{
    Invocation,
    change::{Change, Wanted, change},
    chosen::{in_environment, objects, typed},
    observed::Asked,
    project::Project,
};

/// Deletes what nothing needs any more.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &CleanupArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let CleanupArguments { names, keep, min_age, max_deletes, change: how } = arguments;
    let asked = CleanUp {
        keep: *keep,
        min_age: min_age
            .as_deref()
            .map(|text| parse_duration(text).map_err(|why| Failure::new(why, "--min-age 24h")))
            .transpose()?,
    };
    let chosen = objects(&project, names)?;
    let targets = chosen.into_iter().map(|object| Address { object, part: Part::Whole });
    let selection = Selection { targets: targets.collect(), excluded: BTreeSet::new() };
    let purpose = Purpose::CleanUp(asked);
    let wanted = Wanted::Planned(Asked { max_deletes: *max_deletes, selection, purpose });
    let command = in_environment(&project, &command(arguments));
    change(invocation, &project, Change { command, arguments: how, digest: None, wanted }).await
}

fn command(arguments: &CleanupArguments) -> String {
    let mut words = vec!["cleanup".to_owned()];
    words.extend(arguments.names.iter().cloned());
    words.extend(arguments.keep.iter().flat_map(|keep| ["--keep".to_owned(), keep.to_string()]));
    words.extend(arguments.min_age.iter().flat_map(|age| ["--min-age".to_owned(), age.clone()]));
    words
        .extend(arguments.max_deletes.iter().flat_map(|most| ["--max-deletes".to_owned(), most.to_string()]));
    typed(&words.iter().map(String::as_str).collect::<Vec<_>>())
}
