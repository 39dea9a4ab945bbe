//! The only reader of clock, randomness, process environment, user and git.
//!
//! They are read here once, or handed on as a function, so that everything below works on values
//! (style §1). Nothing in this file decides anything.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use jiff::Timestamp;

use crate::store::{DeploymentId, GitInfo, LockInfo};

/// Reads the clock, to the millisecond: finer digits tell nobody anything.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Returns a variable of the process environment; an empty one counts as absent.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the names of all variables of the process environment.
pub fn variable_names() -> Vec<OsString> {
    std::env::vars_os().map(|(name, _)| name).collect()
}

/// Returns the working folder.
pub fn working_folder() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// Returns a random text of hexadecimal digits, long enough to be unique.
pub fn unique_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Returns a random number that is short enough to be typed again.
pub fn seed() -> u64 {
    let [first, second, third, fourth, ..] = *uuid::Uuid::new_v4().as_bytes();
    u64::from(u32::from_be_bytes([first, second, third, fourth]))
}

/// Returns the id of a deployment that begins now.
pub fn deployment_id() -> DeploymentId {
    let [high, low, ..] = *uuid::Uuid::new_v4().as_bytes();
    DeploymentId::new(now(), u16::from_be_bytes([high, low]))
}

/// Returns who is at work, as `user@host`.
pub fn who() -> String {
    let named = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable);
    let user = named.or_else(|| output(Command::new("id").arg("-un")));
    format!("{}@{}", user.unwrap_or_else(|| "unknown".to_owned()), host())
}

fn host() -> String {
    let named = std::fs::read_to_string("/etc/hostname").ok().map(|text| text.trim().to_owned());
    named
        .filter(|name| !name.is_empty())
        .or_else(|| variable("HOSTNAME"))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Returns what a lock says of its holder.
pub fn lock_info(what: &str) -> LockInfo {
    LockInfo {
        id: unique_id(),
        who: who(),
        host: host(),
        process: std::process::id(),
        since: now(),
        what: what.to_owned(),
    }
}

/// Asks git for the commit of a folder; nothing outside of a repository or without git.
pub fn git(folder: &Path) -> Option<GitInfo> {
    let commit = git_output(folder, &["rev-parse", "HEAD"])?;
    let short = git_output(folder, &["rev-parse", "--short", "HEAD"])?;
    let changes = git_output(folder, &["status", "--porcelain", "--untracked-files=no"])?;
    Some(GitInfo { commit, short, is_dirty: !changes.is_empty() })
}

/// Returns those of some paths that git does not hold exactly as they are on disk: changed, new or
/// ignored. Nothing outside of a repository.
pub fn uncommitted(folder: &Path, paths: &[String]) -> Option<Vec<String>> {
    // Ended by NUL, a path is written as it is, in whatever letters. A rename would be two paths.
    let status = ["-c", "status.renames=false", "status", "--porcelain", "-z"];
    let mut arguments = [&status[..], &["--untracked-files=all", "--ignored", "--"]].concat();
    arguments.extend(paths.iter().map(String::as_str));
    let output = git_output(folder, &arguments)?;
    Some(output.split('\0').filter_map(|entry| entry.get(3..)).map(str::to_owned).collect())
}

fn git_output(folder: &Path, arguments: &[&str]) -> Option<String> {
    output(Command::new("git").arg("-C").arg(folder).args(arguments))
}

/// Returns what a command prints; nothing if it is not there or fails.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}
