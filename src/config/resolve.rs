//! One environment of the document as [`Desired`]: merge, inherit, check across tables.

use std::collections::BTreeMap;

use super::{
    document::{Document, environment_name, in_order},
    environment::undeclared,
    files::ProjectFiles,
    functions, limits, machines,
    problem::{Problem, Source},
    template,
    tree::{Entry, Table},
};
use crate::model::{
    AccountId, Desired, DesiredFunction, EnvironmentName, FunctionId, FunctionName, InvalidName, ProjectName,
    Region, RoleArn,
};

/// What every part of one environment is resolved with.
pub(crate) struct Scope<'a> {
    pub(crate) source: &'a Source,
    pub(crate) files: &'a dyn ProjectFiles,
    pub(crate) project: &'a ProjectName,
    pub(crate) environment: &'a EnvironmentName,
    pub(crate) account: Option<&'a AccountId>,
    pub(crate) region: Option<&'a Region>,
}

impl Scope<'_> {
    /// Fills in what is known of an object: its key, the environment and the project.
    pub(crate) fn filled(&self, text: &str, id: &str) -> String {
        let values = [("id", id), ("env", self.environment.as_str()), ("project", self.project.as_str())];
        template::fill(text, &values)
    }
}

impl Document {
    /// Returns what the document wants of one environment, or every mistake that it shows there.
    pub fn resolve(
        &self,
        environment: &EnvironmentName,
        files: &dyn ProjectFiles,
    ) -> Result<Desired, Vec<Problem>> {
        let chosen = self
            .environments
            .iter()
            .find(|entry| entry.key == environment.as_str())
            .ok_or_else(|| vec![undeclared(self, environment.as_str(), None)])?;
        let merged = self.merged(chosen);
        let project = project(&merged);
        let account = checked(&merged, "account", AccountId::new);
        let region = checked(&merged, "region", Region::new);
        let scope = Scope {
            source: &self.source,
            files,
            project: &project,
            environment,
            account: account.as_ref(),
            region: region.as_ref(),
        };
        let mut problems = Vec::new();
        let (functions, sites) = functions::resolved(&scope, &merged, &mut problems);
        let machines = machines::resolved(&scope, &merged, (&functions, &sites), &mut problems);
        let drift_ignore = limits::drift_ignore(&self.source, &merged, &self.known_keys(), &mut problems);
        if !problems.is_empty() {
            return Err(in_order(problems));
        }
        Ok(Desired {
            environment: environment.clone(),
            profile: merged.text("profile").map(str::to_owned),
            role_arn: checked(&merged, "role_arn", RoleArn::new),
            require: limits::requirements(&merged),
            limits: limits::limits(&merged),
            drift_ignore,
            foreign_names: self.foreign_names(chosen, files, &functions),
            functions,
            machines,
            region,
            account,
            project,
        })
    }

    /// Returns the names that functions have in the other environments and not in this one.
    ///
    /// A name that cannot be made there is that environment's problem, not this one's.
    fn foreign_names(
        &self,
        chosen: &Entry,
        files: &dyn ProjectFiles,
        functions: &BTreeMap<FunctionId, DesiredFunction>,
    ) -> BTreeMap<FunctionName, EnvironmentName> {
        let mut names = BTreeMap::new();
        for other in self.environments.iter().filter(|entry| entry.key != chosen.key) {
            let environment = environment_name(other);
            let merged = self.merged(other);
            let scope = Scope {
                source: &self.source,
                files,
                project: &project(&merged),
                environment: &environment,
                account: None,
                region: None,
            };
            for name in functions::names(&scope, &merged) {
                names.entry(name).or_insert_with(|| environment.clone());
            }
        }
        for function in functions.values() {
            names.remove(&function.name);
        }
        names
    }

    /// Returns the keys of all functions and machines, of whichever environment, as addresses.
    fn known_keys(&self) -> Vec<String> {
        let overlays = self.environments.iter().filter_map(|entry| entry.node.as_table());
        let mut known: Vec<String> = overlays
            .chain([&self.base])
            .flat_map(|table| {
                ["functions", "state_machines"].into_iter().flat_map(|kind| {
                    table.children(kind).iter().map(move |entry| format!("{kind}.{}", entry.key))
                })
            })
            .collect();
        known.sort();
        known.dedup();
        known
    }
}

fn project(merged: &Table) -> ProjectName {
    checked(merged, "project", ProjectName::new).expect("the schema demands a project and checks it")
}

/// Takes a text of the top level through the constructor that the schema's rule has asked before.
fn checked<T>(merged: &Table, key: &str, make: fn(String) -> Result<T, InvalidName>) -> Option<T> {
    merged.text(key).and_then(|text| make(text.to_owned()).ok())
}
