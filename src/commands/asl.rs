//! `asl refs` and `asl rewrite`: one definition, without a project and without AWS.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{
    asl::{self, DefinitionError, Existing, READING_LIMIT, Rewrite, RewritePolicy, Scope},
    cli::{AslCommand, AslExisting, AslRefsArguments, AslRewriteArguments},
    console::{Label, Output, Report},
    error::{self, Failure},
    exit::Exit,
    model::{AccountId, AliasName, Region, VersionNumber},
    render::{count, references_json, references_text, rewrite_json, visible},
};

use super::{Invocation, project::working_folder};

/// Answers about one definition, or rewrites it.
pub(super) fn run(invocation: &Invocation<'_>, command: &AslCommand) -> Result<Exit, Failure> {
    match command {
        AslCommand::Refs(arguments) => refs(invocation, arguments),
        AslCommand::Rewrite(arguments) => rewrite(invocation, arguments),
    }
}

/// A definition and how people know its file.
struct Definition {
    name: String,
    text: String,
}

impl Definition {
    /// Points at the place of a mistake; an empty text has none.
    fn refused(&self, error: DefinitionError) -> Failure {
        let DefinitionError { message, span, help } = error;
        let message = format!("`{}`: {message}", self.name);
        let mut failure = Failure::new(message, help);
        let is_placed = !self.text.trim().is_empty();
        failure.reports[0].label = is_placed.then(|| Label {
            file: self.name.clone(),
            text: self.text.clone(),
            span,
            words: "here".to_owned(),
        });
        failure
    }
}

fn refs(invocation: &Invocation<'_>, arguments: &AslRefsArguments) -> Result<Exit, Failure> {
    let definition = read(invocation, &arguments.file)?;
    let refused = |error| definition.refused(error);
    let references = asl::references(&definition.text).map_err(refused)?;
    let lookalikes = arguments.all.then(|| asl::lookalikes(&definition.text)).transpose().map_err(refused)?;
    let console = invocation.console;
    if console.output() == Output::Json {
        console.json(&references_json(&definition.name, &references, lookalikes.as_deref()));
    } else {
        let lookalikes = lookalikes.unwrap_or_default();
        console.data(&references_text(&references, &lookalikes, console.style()));
    }
    console.note(&format!("{}: {}", visible(&definition.name), count(references.len(), "reference")));
    Ok(Exit::Success)
}

fn rewrite(invocation: &Invocation<'_>, arguments: &AslRewriteArguments) -> Result<Exit, Failure> {
    let policy = policy(arguments, invocation.global.region.as_deref())?;
    let definition = read(invocation, &arguments.file)?;
    let result = asl::rewrite(&definition.text, &policy).map_err(|error| definition.refused(error))?;
    let console = invocation.console;
    if console.output() == Output::Json {
        console.json(&rewrite_json(&definition.name, &result));
    } else {
        console.exactly(&result.text);
    }
    tell(invocation, &definition.name, &result);
    Ok(Exit::Success)
}

/// Says on standard error what was changed and what stayed, with its reason.
fn tell(invocation: &Invocation<'_>, name: &str, result: &Rewrite) {
    let Rewrite { text, edits, left } = result;
    for edit in edits {
        let words = format!("state `{}`: `{}` → `{}`", edit.state, edit.old, edit.new);
        invocation.console.note(&visible(&words));
    }
    for left in left {
        let words = format!("state `{}`: `{}` stays: {}", left.state, left.function, left.why);
        invocation.console.note(&visible(&words));
    }
    if asl::is_over_service_limit(text) {
        invocation.console.warn("the definition is larger than the 1 MiB that Step Functions takes");
    }
    let name = visible(name);
    invocation.console.note(&format!(
        "{name}: {} rewritten, {} left",
        count(edits.len(), "token"),
        left.len()
    ));
}

fn policy(arguments: &AslRewriteArguments, region: Option<&str>) -> Result<RewritePolicy, Failure> {
    let AslRewriteArguments { file: _, alias, functions, existing, account } = arguments;
    let is_qualifier = AliasName::new(alias.as_str()).is_ok() || VersionNumber::parse(alias).is_ok();
    if !is_qualifier {
        return Err(Failure::new(format!("`{alias}` is not an alias or a version"), "--alias LIVE"));
    }
    let invalid = |error: crate::model::InvalidName, help: &str| Failure::new(error.to_string(), help);
    let account = account.as_deref().map(AccountId::new).transpose();
    let account = account.map_err(|error| invalid(error, "--account 123456789012"))?;
    let region = region.map(Region::new).transpose().map_err(|error| invalid(error, "--region us-west-1"))?;
    Ok(RewritePolicy {
        alias: alias.clone(),
        existing: match existing {
            AslExisting::Versions => Existing::Versions,
            AslExisting::Latest => Existing::Latest,
            AslExisting::All => Existing::All,
        },
        scope: Scope {
            functions: (!functions.is_empty()).then(|| functions.iter().cloned().collect()),
            account: account.map(|account| account.to_string()),
            region: region.map(|region| region.to_string()),
        },
    })
}

fn read(invocation: &Invocation<'_>, path: &Path) -> Result<Definition, Failure> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let bytes = if is_stdin {
        bytes(io::stdin().lock())
    } else {
        File::open(working_folder(invocation)?.join(path)).and_then(bytes)
    };
    let bytes = bytes.map_err(|error| error::file("read", Path::new(&name), &error))?;
    if bytes.len() > READING_LIMIT {
        let DefinitionError { message, help, .. } = DefinitionError::too_large();
        return Err(Failure::new(format!("`{name}`: {message}"), help));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Definition { name, text }),
        Err(error) => Err(not_utf8(&name, error.as_bytes(), error.utf8_error().valid_up_to())),
    }
}

/// Reads no more than shows that the text is too large, whatever the file says of its size.
fn bytes(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(READING_LIMIT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_utf8(name: &str, bytes: &[u8], valid: usize) -> Failure {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let encoding = if is_utf16 { "utf-16" } else { "latin1" };
    let text = String::from_utf8_lossy(bytes).into_owned();
    let words = format!("the byte 0x{:02x} belongs to no character", bytes[valid]);
    let label = Label {
        file: name.to_owned(),
        span: valid..valid + char::REPLACEMENT_CHARACTER.len_utf8(),
        text,
        words,
    };
    Failure {
        exit: Exit::Error,
        reports: vec![Report {
            message: format!("`{name}`: the definition is not UTF-8"),
            causes: Vec::new(),
            help: Some(format!("iconv -f {encoding} -t utf-8 FILE | repoint asl refs -")),
            label: Some(label),
        }],
    }
}
