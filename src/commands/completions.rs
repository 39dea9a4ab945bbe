//! `completions`: a completion script for a shell.

use crate::{
    cli::{self, Shell},
    exit::Exit,
};

use super::Invocation;

/// Prints the script.
pub(super) fn run(invocation: &Invocation<'_>, shell: Shell) -> Exit {
    invocation.console.data(&String::from_utf8_lossy(&cli::completions(shell)));
    Exit::Success
}
