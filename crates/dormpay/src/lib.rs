//! The program's commands: one executable, many roles.
//!
//! `dormpay all` runs every role in one process, each behind its own port and its own database: a convenience, not a
//! shortcut. Here stands how roles are started and stopped; what they do stands in their crates.

mod cli;
mod commands;
mod demo;
mod roles;

use std::process::ExitCode;

pub use cli::Cli;

/// Runs the command and says how it went: 0 well, 1 it failed, 2 the settings are wrong.
#[expect(clippy::print_stderr, reason = "the command line speaks to a person")]
pub fn run(cli: Cli) -> ExitCode {
    let source = settings::Source::from_process();
    match commands::run(cli.command, &source) {
        Ok(code) => code,
        Err(error) if error.is::<settings::Problems>() => {
            eprintln!("the settings are wrong:\n{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
