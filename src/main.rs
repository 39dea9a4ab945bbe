//! The program: reads the command line, runs the verb, reports failures, and ends with a code.

use std::process::ExitCode;

use repoint::{
    ambient,
    cli::{self, Cli},
    commands,
    console::{ColorChoice, Console, Options, Output, Surroundings, Verbosity},
};
use tracing_subscriber::{
    EnvFilter, filter::LevelFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(code) => return ExitCode::from(code),
    };
    let console = Console::new(options(&cli), Surroundings::look(ambient::variable));
    trace(&cli);
    let exit = commands::run(&cli, &console).unwrap_or_else(|failure| {
        for report in &failure.reports {
            console.error(report);
        }
        failure.exit
    });
    if console.has_lost_data() { exit.without_output().into() } else { exit.into() }
}

fn options(cli: &Cli) -> Options {
    let verbosity = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, _) => Verbosity::Verbose,
    };
    let color = match cli.global.color {
        cli::ColorChoice::Auto => ColorChoice::Auto,
        cli::ColorChoice::Always => ColorChoice::Always,
        cli::ColorChoice::Never => ColorChoice::Never,
    };
    Options { color, verbosity, output: if cli.global.json { Output::Json } else { Output::Text } }
}

/// `-vv` shows the requests to AWS as the SDK logs them; `RUST_LOG` decides where it is set. Below `debug`
/// the SDK writes whole requests, and there are values of environment variables in them (design §3.8).
fn trace(cli: &Cli) {
    let filter = match (ambient::variable("RUST_LOG"), cli.global.verbose) {
        (Some(filter), _) => filter,
        (None, 2..) => "aws_smithy_runtime=debug,aws_config=debug".to_owned(),
        (None, _) => return,
    };
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(EnvFilter::new(filter))
        .with(LevelFilter::DEBUG)
        .init();
}
