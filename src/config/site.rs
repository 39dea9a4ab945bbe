//! Where the file says something, for a verb that must not contradict it.

use super::{
    document::{Document, environment_name},
    functions,
    problem::Problem,
    tree::Entry,
};
use crate::model::{AliasName, EnvironmentName, Object};

impl Document {
    /// Returns a problem at the target of an alias, as one environment has it; nothing if nobody declares
    /// the alias there.
    pub fn at_alias(
        &self,
        environment: &EnvironmentName,
        (object, alias): (&Object, &AliasName),
        message: impl Into<String>,
    ) -> Option<Problem> {
        let chosen = self.environments.iter().find(|entry| environment_name(entry) == *environment)?;
        let merged = self.merged(chosen);
        let aliases: Vec<Entry> = match object {
            Object::Function(id) => functions::table(&merged, id)?.children("aliases").to_vec(),
            Object::Machine(id) => {
                let machines = merged.children("state_machines");
                let machine = machines.iter().find(|entry| entry.key == id.as_str())?;
                machine.node.as_table()?.children("aliases").to_vec()
            }
        };
        let entry = aliases.into_iter().find(|entry| entry.key == alias.as_str())?;
        let problem = self.source.problem(&entry.node.span, message);
        Some(problem.labelled("this decides where it points"))
    }
}
