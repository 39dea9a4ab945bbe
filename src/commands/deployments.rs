//! The past deployments of an environment, by the words that people have for them: an id, `last`, or
//! `last~2` for the second before the last.

use std::fs;

use crate::{
    error::Failure,
    model::EnvironmentName,
    store::{DeploymentId, Manifest, Store, StoreError},
};

use super::project::Project;

/// The past of the chosen environment.
pub(super) struct Deployments<'a> {
    project: &'a Project,
    pub(super) store: Store,
}

impl<'a> Deployments<'a> {
    pub(super) fn of(project: &'a Project) -> Self {
        Self { project, store: project.store() }
    }

    /// Returns the ids, newest first. Ids tell the second; of two in one second, the one that began
    /// later is the newer.
    pub(super) fn newest_first(&self) -> Result<Vec<DeploymentId>, Failure> {
        let mut ids = self.store.deployments()?;
        ids.reverse();
        let mut sorted = Vec::with_capacity(ids.len());
        for same in ids.chunk_by(|one, other| one.at() == other.at()) {
            let mut same = same.to_vec();
            if same.len() > 1 {
                // What cannot be read is told when it is shown.
                same.sort_by_key(|id| {
                    std::cmp::Reverse(self.store.deployment(id).map(|manifest| manifest.started).ok())
                });
            }
            sorted.extend(same);
        }
        Ok(sorted)
    }

    /// Returns the deployment that a word means; nothing if it is no word for one.
    pub(super) fn named(&self, word: &str) -> Result<Option<Manifest>, Failure> {
        if let Ok(id) = DeploymentId::parse(word.to_owned()) {
            return self.by_id(&id).map(Some);
        }
        let Some(back) = steps_back(word) else { return Ok(None) };
        let ids = self.newest_first()?;
        let Some(id) = ids.get(back) else { return Err(self.too_few(word, ids.len())) };
        self.by_id(id).map(Some)
    }

    /// Returns the deployment before this one.
    pub(super) fn before(&self, manifest: &Manifest) -> Result<Option<Manifest>, Failure> {
        let ids = self.newest_first()?;
        let at = ids.iter().position(|id| *id == manifest.deployment);
        let before = at.and_then(|at| ids.get(at + 1));
        before.map(|id| self.by_id(id)).transpose()
    }

    /// Returns the deployment of an id, which must be of this environment.
    pub(super) fn by_id(&self, id: &DeploymentId) -> Result<Manifest, Failure> {
        match self.store.deployment(id) {
            Ok(manifest) if manifest.environment == *self.environment() => Ok(manifest),
            Ok(manifest) => Err(self.of_another(id, &manifest.environment)),
            Err(error @ StoreError::NoSuchDeployment { .. }) => match self.elsewhere(id) {
                Some(other) => Err(self.of_another(id, &other)),
                None => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the environment that the deployments are of.
    pub(super) fn environment(&self) -> &EnvironmentName {
        &self.project.desired.environment
    }

    /// Returns the environment beside this one that has the deployment.
    fn elsewhere(&self, id: &DeploymentId) -> Option<EnvironmentName> {
        let folders = fs::read_dir(self.project.root.join("state")).ok()?;
        let names = folders.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<EnvironmentName> =
            names.filter_map(|name| EnvironmentName::new(name).ok()).collect();
        names.sort();
        names.into_iter().find(|name| {
            let store = Store::open(&self.project.root, name);
            name != self.environment() && store.deployments().is_ok_and(|ids| ids.contains(id))
        })
    }

    fn of_another(&self, id: &DeploymentId, other: &EnvironmentName) -> Failure {
        Failure::new(
            format!("deployment {id} is of environment `{other}`, not of `{}`", self.environment()),
            format!("repoint show -e {other} {id}"),
        )
    }

    fn too_few(&self, word: &str, number: usize) -> Failure {
        let environment = self.environment();
        match number {
            0 => Failure::new(
                format!("environment `{environment}` has no deployment yet"),
                format!("repoint apply -e {environment}"),
            ),
            1 => Failure::new(
                format!("`{word}` goes too far back: environment `{environment}` has 1 deployment"),
                format!("repoint show -e {environment} last"),
            ),
            _ => Failure::new(
                format!("`{word}` goes too far back: environment `{environment}` has {number} deployments"),
                format!("repoint history -e {environment}"),
            ),
        }
    }
}

/// Reads `last` and `last~N`.
fn steps_back(word: &str) -> Option<usize> {
    match word.strip_prefix("last")? {
        "" => Some(0),
        rest => rest.strip_prefix('~')?.parse().ok(),
    }
}
