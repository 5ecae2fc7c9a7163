//! The program: a table of contents. What each line does lives in the library beside it.

use std::process::ExitCode;

use clap::Parser;
use dormpay::Cli;

/// A fifth of a call's processor time went into the system's allocator, and what Argon2 had used stayed with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dormpay::run(Cli::parse())
}
