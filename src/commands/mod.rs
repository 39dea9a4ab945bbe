//! The verbs, one per file. A verb reads what it needs, calls the pure parts, and shows the result.

mod accept;
mod account_file;
mod adopting;
mod apply;
mod asl;
mod change;
mod chosen;
mod cleanup;
mod compare;
mod completions;
mod deployments;
mod drift;
mod graph;
mod history;
mod import;
mod init;
mod lock;
mod observed;
mod offline;
mod packages;
mod plan;
mod plan_file;
mod plan_target;
mod point;
mod project;
mod promote;
mod rehearse;
mod rollback;
mod rollback_all;
mod sandbox;
mod session;
mod several;
mod show;
mod signals;
mod snapshot;
mod status;
mod tour;
mod unhold;
mod validate;

use crate::{
    cli::{Cli, Command},
    console::Console,
    error::Failure,
    exit::Exit,
};

/// What every verb gets.
pub(crate) struct Invocation<'a> {
    pub(crate) global: &'a crate::cli::Global,
    pub(crate) console: &'a Console,
}

/// Runs the verb that the command line names.
pub fn run(cli: &Cli, console: &Console) -> Result<Exit, Failure> {
    let invocation = Invocation { global: &cli.global, console };
    if several::is_asked(cli) {
        return block_on(several::run(&invocation, &cli.command));
    }
    match &cli.command {
        Command::Validate => validate::run(&invocation),
        Command::Plan(arguments) => block_on(plan::run(&invocation, arguments)),
        Command::Apply(arguments) => block_on(apply::run(&invocation, arguments)),
        Command::Drift(arguments) => block_on(drift::run(&invocation, arguments)),
        Command::Status(arguments) => block_on(status::run(&invocation, arguments)),
        Command::Compare(arguments) => block_on(compare::run(&invocation, arguments)),
        Command::History(arguments) => history::run(&invocation, arguments),
        Command::Point(arguments) => block_on(point::run(&invocation, arguments)),
        Command::Rollback(arguments) => block_on(rollback::run(&invocation, arguments)),
        Command::Promote(arguments) => block_on(promote::run(&invocation, arguments)),
        Command::Unhold(arguments) => block_on(unhold::run(&invocation, arguments)),
        Command::Cleanup(arguments) => block_on(cleanup::run(&invocation, arguments)),
        Command::Show(arguments) => show::run(&invocation, arguments),
        Command::Graph(arguments) => block_on(graph::run(&invocation, arguments)),
        Command::Snapshot(arguments) => block_on(snapshot::run(&invocation, arguments)),
        Command::Import(arguments) => block_on(import::run(&invocation, arguments)),
        Command::Init(arguments) => block_on(init::run(&invocation, arguments)),
        Command::Rehearse(arguments) => rehearse::run(&invocation, arguments),
        Command::Asl(arguments) => asl::run(&invocation, &arguments.command),
        Command::Lock(arguments) => lock::run(&invocation, arguments.command),
        Command::Sandbox(arguments) => block_on(sandbox::run(&invocation, arguments)),
        Command::Tour => block_on(tour::run(&invocation)),
        Command::Completions(arguments) => Ok(completions::run(&invocation, arguments.shell)),
    }
}

/// Starts the runtime only for verbs that wait for something, so that `--version` stays instant.
fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::because("the program cannot start its threads", vec![error.to_string()], None)
    })?;
    runtime.block_on(future)
}
