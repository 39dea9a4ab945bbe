//! Where a plan is saved: two files, the plan and its page, and neither replaces anything but a plan
//! and a page of an earlier one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::{self, Failure},
    plan::{PlanFile, PlanFileError},
    render::is_plan_page,
};

use super::project::Project;

/// The ending of the page that is written beside a plan.
const PAGE: &str = "md";

/// What `--out` names.
pub(super) struct PlanTarget {
    /// As the user said it.
    said: PathBuf,
    /// The same from the root of the disk.
    full: PathBuf,
}

/// The two files of a saved plan.
pub(super) struct PlanPaths {
    /// The plan.
    pub(super) plan: PathBuf,
    /// Its page.
    pub(super) page: PathBuf,
}

impl PlanPaths {
    fn new(plan: PathBuf) -> Self {
        let page = plan.with_extension(PAGE);
        Self { plan, page }
    }
}

impl PlanTarget {
    /// Takes what the user said, and refuses at once what could not be written later.
    pub(super) fn new(said: &Path, folder: &Path, project: &Project) -> Result<Self, Failure> {
        let target = Self { said: said.to_owned(), full: folder.join(said) };
        if !target.is_folder() {
            target.check(&PlanPaths::new(target.full.clone()), project)?;
        }
        Ok(target)
    }

    /// Returns the files of this plan, if they may be written.
    pub(super) fn paths(&self, file: &PlanFile, project: &Project) -> Result<PlanPaths, Failure> {
        let paths = PlanPaths::new(self.named(&self.full, file));
        self.check(&paths, project)?;
        Ok(paths)
    }

    /// Returns the same files as the user would name them.
    pub(super) fn shown(&self, file: &PlanFile) -> PlanPaths {
        PlanPaths::new(self.named(&self.said, file))
    }

    /// A folder, or a path that ends like one, gets the plan's usual name.
    fn named(&self, path: &Path, file: &PlanFile) -> PathBuf {
        if self.is_folder() { path.join(file.file_name()) } else { path.to_owned() }
    }

    fn is_folder(&self) -> bool {
        self.full.is_dir() || self.said.as_os_str().to_string_lossy().ends_with('/')
    }

    fn check(&self, paths: &PlanPaths, project: &Project) -> Result<(), Failure> {
        if paths.plan.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(PAGE)) {
            return Err(self.refused(
                "is where the page of a plan is written, beside the plan",
                &self.said.with_extension("json"),
                project,
            ));
        }
        let plan = obstacle(&paths.plan, project, "is there already and is no plan", is_plan)?;
        let page = obstacle(&paths.page, project, "is there already and is no page of a plan", is_plan_page)?;
        for (path, why) in [(&paths.plan, plan), (&paths.page, page)] {
            if let Some(why) = why {
                let message = format!("would write `{}`, which {why}", path.display());
                return Err(self.refused(&message, Path::new("plans/"), project));
            }
        }
        Ok(())
    }

    fn refused(&self, why: &str, instead: &Path, project: &Project) -> Failure {
        Failure::new(
            format!("`--out {}` {why}", self.said.display()),
            format!("repoint plan -e {} --out {}", project.desired.environment, instead.display()),
        )
    }
}

/// Returns why a file must not be written; a file of another kind has its own words.
fn obstacle(
    path: &Path,
    project: &Project,
    other: &'static str,
    is_replaceable: fn(&str) -> bool,
) -> Result<Option<&'static str>, Failure> {
    if is_input(path, project) {
        return Ok(Some("is among what the plan is made from"));
    }
    match fs::metadata(path) {
        // What stands in the way otherwise is told when it is written.
        Err(_) => return Ok(None),
        Ok(found) if !found.is_file() => return Ok(Some("is no plain file")),
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(|error| error::file("read", path, &error))?;
    let is_free = bytes.is_empty() || str::from_utf8(&bytes).is_ok_and(is_replaceable);
    Ok((!is_free).then_some(other))
}

/// Tells whether a plan reads this file, or all that lies in a folder around it.
pub(super) fn is_input(path: &Path, project: &Project) -> bool {
    let path = real(path);
    project.inputs().iter().any(|input| path.starts_with(real(&project.root.join(input))))
}

/// Follows links as far as the path exists.
fn real(path: &Path) -> PathBuf {
    let found = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    match found {
        Some((above, real)) => match path.strip_prefix(above) {
            Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
            Ok(_) | Err(_) => real,
        },
        None => path.to_owned(),
    }
}

/// One that was edited by hand is a plan too.
fn is_plan(text: &str) -> bool {
    match PlanFile::parse(text) {
        Ok(_) | Err(PlanFileError::Edited { .. }) => true,
        Err(PlanFileError::NotAPlan(_) | PlanFileError::Newer { .. }) => false,
    }
}
