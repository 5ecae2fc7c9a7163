//! One file a command.

mod admin;
mod benchmark;
mod callback;
mod doctor;
mod ledger;
mod listen;
mod migrate;
mod places;
mod serve;

use std::{io, process::ExitCode};

use anyhow::{Context, Result};
use settings::{ExposeSecret, Source};

use crate::{
    cli::{About, Command, Ledger},
    demo,
    roles::{Role, of_source},
};

/// Runs one command to its end.
pub(crate) fn run(command: Command, source: &Source) -> Result<ExitCode> {
    match command {
        Command::Gateway => serve::run(&[Role::Gateway], source, false),
        Command::User => serve::run(&[Role::User], source, false),
        Command::Room => serve::run(&[Role::Room], source, false),
        Command::Expense => serve::run(&[Role::Expense], source, false),
        Command::Bill => serve::run(&[Role::Bill], source, false),
        Command::Payment => serve::run(&[Role::Payment], source, false),
        Command::Wallet => serve::run(&[Role::Wallet], source, false),
        Command::Risk => serve::run(&[Role::Risk], source, false),
        Command::Sandbox => serve::run(&[Role::Sandbox], source, false),
        Command::All(all) => serve::run(&of_source(source), source, all.until_stdin_ends),
        Command::Migrate => short(migrate::run(source)),
        Command::Admin(command) => short(admin::run(command, source)),
        Command::Ledger(Ledger::Check) => block_on(ledger::check(source)),
        Command::Doctor(doctor) => match doctor.about {
            Some(About::Callback { file, from }) => block_on(callback::run(&file, from, source)),
            None => block_on(doctor::run(doctor.role, source)),
        },
        Command::Demo => short(load_demo(source)),
        Command::Listen(wanted) => short(async move { listen::run(&wanted, source).await }),
        Command::Wait(wait) => short(places::wait(source, wait.seconds, wait.pid)),
        Command::Where => short(async { places::print(source) }),
        Command::Bench(command) => benchmark::run(command, source),
    }
}

/// A fault as the person at the console may see it: with what is kept from clients.
fn whole(fault: &fault::Fault) -> String {
    match fault.internal_context() {
        Some(inside) => format!("{fault} ({inside})"),
        None => fault.to_string(),
    }
}

/// Runs a short command on a runtime of its own.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}

fn short(work: impl Future<Output = Result<()>>) -> Result<ExitCode> {
    block_on(work).map(|()| ExitCode::SUCCESS)
}

async fn load_demo(source: &Source) -> Result<()> {
    let mut reader = source.reader("demo");
    let admin_username = reader.text("BOOTSTRAP_ADMIN_USERNAME", "admin", "the first administrator");
    let password = reader.secret("BOOTSTRAP_ADMIN_PASSWORD", "his password");
    let data_dir = reader.data_dir();
    reader.finish()?;
    let admin_password =
        password.context("the demo needs BOOTSTRAP_ADMIN_PASSWORD")?.expose_secret().to_owned();
    let target =
        demo::Target { base_url: places::public_url(source)?, admin_username, admin_password, data_dir };
    demo::run(&target, &mut io::stdout().lock()).await
}
