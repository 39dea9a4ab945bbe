//! `graph`: the dependency graph of a plan, for people who want to see the order.

use crate::{
    cli::{GraphArguments, GraphFormat},
    error::{self, Failure},
    exit::Exit,
    plan::{Plan, PlanFile},
    render::{graph_dot, graph_mermaid},
};

use super::{
    Invocation,
    observed::plan_now,
    project::{Project, working_folder},
    session::Session,
};

/// Prints the graph of a saved plan, or of one made now.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &GraphArguments) -> Result<Exit, Failure> {
    let plan = plan(invocation, arguments).await?;
    let text = match arguments.format {
        GraphFormat::Mermaid => graph_mermaid(&plan),
        GraphFormat::Dot => graph_dot(&plan),
    };
    invocation.console.data(&text);
    Ok(Exit::Success)
}

async fn plan(invocation: &Invocation<'_>, arguments: &GraphArguments) -> Result<Plan, Failure> {
    if let Some(path) = &arguments.plan {
        let full = working_folder(invocation)?.join(path);
        let text = std::fs::read_to_string(full).map_err(|error| error::file("read", path, &error))?;
        let file =
            PlanFile::parse(&text).map_err(|error| error::plan_file(&path.display().to_string(), &error))?;
        return Ok(file.plan);
    }
    let project = Project::open(invocation)?;
    let session = Session::open(invocation, &project).await?;
    Ok(plan_now(invocation, &project, &session, None).await?.plan)
}
