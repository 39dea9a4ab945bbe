//! The declared environment variables of a function: a source for each, never a value.

use super::{
    problem::Problem,
    refusal::Refusal,
    resolve::Scope,
    secrets,
    tree::{Node, Table},
};
use crate::model::{
    AmbientName, FunctionId, InvalidName, ParameterName, VariableName, VariableSource, Variables,
};

/// Returns the variables that the table declares, with their names filled in.
pub(crate) fn declared(
    scope: &Scope<'_>,
    id: &FunctionId,
    function: &Table,
    problems: &mut Vec<Problem>,
) -> Variables {
    let mut variables = Variables::new();
    for entry in function.children("environment") {
        let Ok(name) = VariableName::new(entry.key.as_str()) else { continue };
        let Some(source) = entry.node.as_table() else { continue };
        match source_of(scope, id, source) {
            Some(Ok(source)) => drop(variables.insert(name, source)),
            Some(Err(problem)) => problems.push(problem),
            // The schema demands exactly one of the two keys.
            None => {}
        }
    }
    variables
}

fn source_of(scope: &Scope<'_>, id: &FunctionId, source: &Table) -> Option<Result<VariableSource, Problem>> {
    let filled = |key: &str| {
        let node = source.node(key)?;
        Some((node, scope.filled(node.as_text()?, id.as_str())))
    };
    if let Some((node, text)) = filled("from_env") {
        let made = AmbientName::new(text).map(VariableSource::FromEnv);
        return Some(made.map_err(|invalid| problem(scope, node, invalid, "from_env = \"TABLE\"")));
    }
    let (node, text) = filled("ssm")?;
    let made = ParameterName::new(text).map(VariableSource::Ssm);
    Some(made.map_err(|invalid| problem(scope, node, invalid, "ssm = \"/shop/${env}/table\"")))
}

/// What is filled in makes a name of a text, or not.
fn problem(scope: &Scope<'_>, node: &Node, invalid: InvalidName, example: &str) -> Problem {
    let written = node.as_text().unwrap_or_default();
    Refusal::from(secrets::hidden(invalid)).placed(scope.source, &node.span, written, example)
}
