//! The program: a table of contents. What each line does lives in the library beside it.

use std::process::ExitCode;

use clap::Parser;
use dormpay::Cli;

fn main() -> ExitCode {
    dormpay::run(Cli::parse())
}
