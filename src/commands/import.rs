//! `import`: declares what exists already. AWS is only read, and the files only with `--write`.

use std::fs;

use serde_json::json;

use crate::{
    adopt::{Adoption, Extent},
    cli::ImportArguments,
    error::{self, Failure},
    exit::Exit,
    render::count,
    store::atomic,
};

use super::{
    Invocation,
    adopting::{Adopted, Wanted, adopted},
    project::Found,
};

/// Finds, shows, and writes if asked to.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &ImportArguments) -> Result<Exit, Failure> {
    let found = Found::new(invocation)?;
    let chosen = found.choose(invocation, None)?;
    let wanted = Wanted {
        globs: &arguments.globs,
        tags: tags(&arguments.tags)?,
        extent: if arguments.settings { Extent::Settings } else { Extent::Aliases },
    };
    let Adopted { adoption, declared } = adopted(invocation, &found, &chosen, &wanted).await?;
    for name in &declared {
        invocation.console.note(&format!("{name} is declared already"));
    }
    let is_written = arguments.write && !adoption.is_empty();
    if is_written {
        write(&found, &adoption)?;
    }
    show(invocation, &adoption, is_written);
    tell(invocation, &found, &adoption, is_written);
    if !is_written && !adoption.is_empty() {
        invocation.console.note("nothing is written; `--write` appends this and writes the definitions");
    } else if is_written {
        invocation.console.note(&format!("`repoint plan -e {}` now shows no change", chosen.name));
    }
    Ok(if adoption.is_empty() && !adoption.left_out.is_empty() { Exit::Error } else { Exit::Success })
}

/// Reads `KEY=VALUE` or `KEY`.
fn tags(words: &[String]) -> Result<Vec<(&str, Option<&str>)>, Failure> {
    if let Some(wrong) = words.iter().find(|word| word.is_empty() || word.starts_with('=')) {
        return Err(Failure::new(format!("`--tag {wrong}` names no tag"), "--tag team=shop"));
    }
    let parts = words.iter().map(|word| match word.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (word.as_str(), None),
    });
    Ok(parts.collect())
}

fn show(invocation: &Invocation<'_>, adoption: &Adoption, is_written: bool) {
    if invocation.global.json {
        invocation.console.json(&json!({
            "toml": adoption.toml,
            "functions": adoption.functions,
            "state_machines": adoption.machines,
            "definitions": adoption.definitions,
            "left_out": adoption.left_out,
            "is_written": is_written,
        }));
    } else if !is_written {
        invocation.console.data(adoption.toml.trim_start());
    }
}

/// Says in a few lines what was found and where it went.
pub(super) fn tell(invocation: &Invocation<'_>, found: &Found, adoption: &Adoption, is_written: bool) {
    let console = invocation.console;
    let functions = count(adoption.functions.len(), "function");
    let machines = count(adoption.machines.len(), "state machine");
    if is_written {
        console.note(&format!("added {functions} and {machines} to {}", found.config));
        for path in adoption.definitions.keys() {
            console.note(&format!("wrote {path}, the live definition byte for byte"));
        }
    }
    for (name, why) in &adoption.left_out {
        console.warn(&format!("{name} is left out: {why}"));
    }
}

/// Writes the definitions first, so that the file never names one that is not there.
pub(super) fn write(found: &Found, adoption: &Adoption) -> Result<(), Failure> {
    for (path, text) in &adoption.definitions {
        let path = found.root.join(path);
        atomic::replace(&path, text.as_bytes()).map_err(|error| error::file("write", &path, &error))?;
    }
    let path = found.root.join(&found.config);
    if fs::read(&path).is_ok_and(|bytes| bytes != found.text.as_bytes()) {
        let message = format!("`{}` was changed while AWS was read; it is left as it is", found.config);
        return Err(Failure::new(message, "run the same command again"));
    }
    let text = adoption.appended_to(&found.text);
    atomic::replace(&path, text.as_bytes()).map_err(|error| error::file("write", &path, &error))
}
