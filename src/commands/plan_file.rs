//! Reads a saved plan for the verbs that take one.

use std::{fs, path::Path};

use crate::{
    error::{self, Failure},
    plan::PlanFile,
};

use super::{Invocation, project::working_folder};

/// Reads the file and checks its format and digest; whether the TOML stands behind it is the
/// linter's question.
pub(super) fn read(invocation: &Invocation<'_>, path: &Path) -> Result<PlanFile, Failure> {
    let full = working_folder(invocation)?.join(path);
    let text = fs::read_to_string(&full).map_err(|error| error::plan_not_readable(path, &error))?;
    PlanFile::parse(&text).map_err(|error| error::plan_file(&path.display().to_string(), &error))
}
