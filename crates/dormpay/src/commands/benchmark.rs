//! The benchmarks: which of them, on which server, with this very executable.
//!
//! What they measure lives in crate `bench`. The rule not to be broken: the load of ledger and payments comes from one
//! thread, so that it takes no more of the processors than it must.

use std::{io, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use settings::{ExposeSecret, Source};

use super::short;
use crate::cli::{Bench, BenchLedger};

/// Runs one benchmark to its end.
pub(crate) fn run(command: Bench, source: &Source) -> Result<ExitCode> {
    let program = std::env::current_exe()?;
    match command {
        Bench::Dorm { expenses, keep } => {
            let options = bench::Options { expenses, keep, database_url: server(source)?, program };
            short(async { bench::dorm(options, &mut io::stdout().lock()).await })
        }
        Bench::Ledger(BenchLedger { chaos: true, kills, callers, .. }) => {
            let options = bench::ChaosOptions { kills, callers, program, environment: Vec::new() };
            one_thread(bench::chaos(&options, &mut io::stdout().lock()))
        }
        Bench::Ledger(wanted) => {
            let options = bench::LedgerOptions {
                rounds: wanted.rounds,
                turn: Duration::from_secs(wanted.seconds),
                through_http: !wanted.no_http,
                history_entries: wanted.history_entries,
                transfers: wanted.transfers,
                database_url: server(source)?,
                program,
            };
            one_thread(bench::ledger(&options, &mut io::stdout().lock()))
        }
        Bench::Payments(wanted) => {
            let options = bench::PaymentsOptions {
                rounds: wanted.rounds,
                turn: Duration::from_secs(wanted.seconds),
                payments: wanted.payments,
                history: wanted.history,
                database_url: server(source)?,
                redis_url: redis(source)?,
                program,
            };
            one_thread(bench::payments(&options, &mut io::stdout().lock()))
        }
        Bench::Chain { http, grpc } => {
            let options = bench::ChainOptions { http, grpc, redis_url: redis(source)? };
            short(bench::chain(options))
        }
    }
}

fn redis(source: &Source) -> Result<String> {
    let mut reader = source.reader("bench");
    let redis = reader.secret("REDIS_URL", "address of Redis");
    reader.finish()?;
    Ok(redis.context("the benchmark needs REDIS_URL")?.expose_secret().to_owned())
}

fn server(source: &Source) -> Result<String> {
    let mut reader = source.reader("bench");
    let server = reader.secret("DATABASE_URL", "address of the PostgreSQL server, a database per service");
    reader.finish()?;
    Ok(server.context("the benchmark needs DATABASE_URL")?.expose_secret().to_owned())
}

fn one_thread(work: impl Future<Output = Result<()>>) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work).map(|()| ExitCode::SUCCESS)
}
