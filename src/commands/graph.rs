//! `graph`: the dependency graph of a plan, for people who want to see the order.

use crate::{
    cli::{GraphArguments, GraphFormat},
    error::Failure,
    exit::Exit,
    plan::Plan,
    render::{graph_dot, graph_json, graph_mermaid},
};

use super::{
    Invocation,
    observed::{Asked, plan_now},
    plan_file,
    project::Project,
    session::Session,
};

/// Prints the graph of a saved plan, or of one made now.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &GraphArguments) -> Result<Exit, Failure> {
    let plan = plan(invocation, arguments).await?;
    let text = match arguments.format {
        _ if invocation.global.json => format!("{:#}\n", graph_json(&plan)),
        GraphFormat::Mermaid => graph_mermaid(&plan),
        GraphFormat::Dot => graph_dot(&plan),
    };
    invocation.console.data(&text);
    Ok(Exit::Success)
}

async fn plan(invocation: &Invocation<'_>, arguments: &GraphArguments) -> Result<Plan, Failure> {
    if let Some(path) = &arguments.plan {
        return Ok(plan_file::read(invocation, path)?.plan);
    }
    let project = Project::open(invocation)?;
    let session = Session::open(invocation, &project).await?;
    Ok(plan_now(invocation, &project, &session, &Asked::default()).await?.plan)
}
