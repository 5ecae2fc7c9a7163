//! `dormpay bench payments`: the limits of payments, one after the other.
//!
//! Reads top to bottom as the run goes: creation beside bare SQL, the detail beside a bare chain, reads and changes
//! mixed, callbacks, memory, the sweepers beside a past. What each measures stands in its own file. The rules not to be
//! broken: whatever happens, processes started here are ended and databases made here are dropped; a client that is
//! shown something older than what it was told ends the run.

pub(crate) mod callbacks;
pub(crate) mod chain;
mod creation;
mod detail;
mod memory;
pub(crate) mod mix;
mod money;
pub(crate) mod sweep;

use std::{env, io::Write, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use clock::Clock;

use self::{callbacks::Provider, money::Payers};
use crate::{
    caller::Keys,
    cpu::Watched,
    databases::{Databases, OLD, YOUNG},
    dorm::{asked_to_stop, step},
    postgres,
    report::Report,
    stage::Stage,
};

/// How the benchmark is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often all that is compared takes its turn.
    pub rounds: u32,
    /// How long a turn lasts.
    pub turn: Duration,
    /// Payments over which memory is to stay flat; none leaves that measurement out.
    pub payments: u32,
    /// Payments that have ended, for the sweepers; none leaves that measurement out.
    pub history: i64,
    /// The PostgreSQL server, whatever database its address names.
    pub database_url: String,
    /// Where Redis is.
    pub redis_url: String,
    /// The dormpay executable that is measured.
    pub program: PathBuf,
}

/// What the parts of the benchmark work with.
struct Bench<'a> {
    options: &'a Options,
    stage: &'a Stage,
    provider: Arc<Provider>,
    payers: Payers,
    /// The PostgreSQL server, if it runs on this machine.
    server: Option<u32>,
}

/// Measures payments and prints a table and one line a figure.
///
/// Takes some minutes; needs a server on which a commit is on the disk. *Errors*: what went wrong, or which ratios were
/// missed.
pub async fn payments(options: &Options, out: &mut impl Write) -> Result<()> {
    ensure!(options.rounds > 0, "at least one round is needed");
    let prefix = format!("bench_{}_{}", std::process::id(), Clock::system().now().timestamp());
    let directory = env::temp_dir().join(format!("dormpay_{prefix}"));
    let databases = Databases::on(&options.database_url, &prefix)?;
    let (keys, provider) = (Keys::generate()?, Arc::new(Provider::generate()?));
    let mut stage = Stage::new(&options.program, databases, &directory)?;
    for (name, value) in keys.settings()?.into_iter().chain(provider.settings()) {
        stage.set(name, value);
    }
    stage.set("REDIS_URL", options.redis_url.clone());
    let mut report = Report::default();
    let run = Box::pin(measure(options, (&mut stage, &keys, &provider), (&mut report, out)));
    let measured = tokio::select! {
        measured = run => measured,
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
    (stage, keys, provider): (&mut Stage, &Keys, &Arc<Provider>),
    (report, out): (&mut Report, &mut impl Write),
) -> Result<()> {
    step(out, "databases of its own")?;
    let yardstick = creation::Yardstick::prepare(stage).await?;
    postgres::assert_durable(&stage.databases).await?;
    stage.migrate(&[("payment", YOUNG), ("payment", OLD)]).await?;
    let server = postgres::server(&stage.databases).await?;
    stage.start().await?;
    step(out, "payers")?;
    let payers = Payers::register(stage, keys).await?;
    let bench = Bench { options, stage, provider: Arc::clone(provider), payers, server };
    step(out, &format!("creation and bare SQL in turns, {} rounds", options.rounds))?;
    creation::measure(&bench, yardstick, report).await?;
    step(out, &format!("the detail and a bare chain in turns, {} rounds", options.rounds))?;
    detail::measure(&bench, report).await?;
    step(out, "reads and changes")?;
    mix::measure(&bench, report).await?;
    step(out, "callbacks")?;
    callbacks::measure(&bench, report).await?;
    if options.payments > 0 {
        memory::measure(&bench, (report, out)).await?;
    }
    if options.history > 0 {
        sweep::measure(&bench, (report, out)).await?;
    }
    Ok(())
}

impl Bench<'_> {
    /// Says whose processor time is told: that of the platform, and of the server.
    fn watched(&self) -> Result<Watched> {
        Ok(Watched { pid: self.stage.pid()?, server: self.server })
    }

    const fn address(&self) -> SocketAddr {
        self.stage.public()
    }
}
