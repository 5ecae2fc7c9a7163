//! `dormpay bench ledger`: the limits of the ledger, one after the other.
//!
//! Reads top to bottom as the run goes: PostgreSQL's own benchmark and the ledger in turns, one caller alone, a long
//! past, many transfers, the proof of all books. What each measures stands in its own file. The rules not to be broken:
//! whatever happens, processes started here are ended and databases made here are dropped; a ledger whose books are not
//! sound has no figures.

mod alone;
mod face;
mod gang;
mod history;
mod memory;
mod rates;
pub(crate) mod tpc_b;

use std::{env, io::Write, path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use clock::Clock;

use crate::{
    book::{self, ACCOUNTS},
    caller::{Caller, Keys},
    cpu::Watched,
    databases::{Databases, OLD, PGBENCH, YOUNG},
    dorm::{asked_to_stop, step},
    pgbench::Pgbench,
    postgres,
    report::Report,
    stage::Stage,
    wallet::Wallet,
};

/// How the benchmark is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often all that is compared takes its turn.
    pub rounds: u32,
    /// How long a turn lasts.
    pub turn: Duration,
    /// Whether the way through HTTP and the gateway is measured too.
    pub through_http: bool,
    /// Entries of the ledger with a past; none leaves that measurement out.
    pub history_entries: i64,
    /// Transfers over which memory is to stay flat; none leaves that measurement out.
    pub transfers: u32,
    /// The PostgreSQL server, whatever database its address names.
    pub database_url: String,
    /// The dormpay executable that is measured.
    pub program: PathBuf,
}

/// What the parts of the benchmark work with.
struct Bench<'a> {
    options: &'a Options,
    stage: &'a mut Stage,
    keys: &'a Keys,
    pgbench: Pgbench,
    /// The PostgreSQL server, if it runs on this machine.
    server: Option<u32>,
}

/// Measures the ledger and prints a table and one line a figure.
///
/// Takes some minutes and, with a long past, some gigabytes; needs a server on which a commit is on the disk. *Errors*:
/// what went wrong, or which ratios were missed.
pub async fn ledger(options: &Options, out: &mut impl Write) -> Result<()> {
    ensure!(options.rounds > 0, "at least one round is needed");
    let prefix = format!("bench_{}_{}", std::process::id(), Clock::system().now().timestamp());
    let directory = env::temp_dir().join(format!("dormpay_{prefix}"));
    let databases = Databases::on(&options.database_url, &prefix)?;
    let keys = Keys::generate()?;
    let mut stage = Stage::new(&options.program, databases, &directory)?;
    for (name, value) in keys.settings()? {
        stage.set(name, value);
    }
    let mut report = Report::default();
    let measured = tokio::select! {
        measured = Box::pin(measure(options, (&mut stage, &keys), (&mut report, out))) => measured,
        stopped = asked_to_stop() => stopped,
    };
    let ended = stage.stop().await;
    let cleared = stage.databases.clear(&directory).await;
    measured?;
    ended?;
    cleared?;
    report.print(out)?;
    report.verdict()
}

async fn measure(
    options: &Options,
    (stage, keys): (&mut Stage, &Keys),
    (report, out): (&mut Report, &mut impl Write),
) -> Result<()> {
    step(out, "databases of its own")?;
    stage.databases.create(PGBENCH).await?;
    postgres::assert_durable(&stage.databases).await?;
    stage.migrate(&[("wallet", YOUNG), ("wallet", OLD)]).await?;
    let pgbench = Pgbench::prepare(&stage.databases, stage.data_dir()).await?;
    let server = postgres::server(&stage.databases).await?;
    let mut bench = Bench { options, stage, keys, pgbench, server };
    let mut wallet = bench.wallet("wallet", "wallet").await?;
    step(out, &format!("the ledger and pgbench in turns, {} rounds", options.rounds))?;
    rates::measure(&bench, &wallet, report).await?;
    step(out, "one caller alone")?;
    alone::measure(&mut bench, &wallet, report).await?;
    if options.through_http {
        step(out, "the way through HTTP")?;
        face::measure(&mut bench, &wallet, report).await?;
    }
    prove(&bench, &mut wallet, out).await?;
    if options.history_entries > 0 {
        history::measure(&bench, (report, out)).await?;
    }
    if options.transfers > 0 {
        memory::measure(&bench, (report, out)).await?;
    }
    Ok(())
}

impl Bench<'_> {
    /// Starts a copy of the service on a database and gives its accounts their first money.
    async fn wallet(&self, name: &str, database: &str) -> Result<Wallet> {
        let wallet = Wallet::started(self.stage, name, database).await?;
        let users: Vec<i64> = (1..=ACCOUNTS).map(i64::from).collect();
        book::fund(&mut Caller::one(wallet.grpc(), self.keys)?, &users).await?;
        Ok(wallet)
    }

    /// Says whose processor time is told: that of a process, and of the server.
    const fn watched(&self, pid: u32) -> Watched {
        Watched { pid, server: self.server }
    }
}

/// Ends a copy and proves its books.
async fn prove(bench: &Bench<'_>, wallet: &mut Wallet, out: &mut impl Write) -> Result<()> {
    wallet.stop().await?;
    let proof = wallet.prove(bench.stage).await?;
    writeln!(out, "{}", proof.trim_end())?;
    Ok(())
}
