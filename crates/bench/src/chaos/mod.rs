//! `dormpay bench ledger --chaos`: what was acknowledged is there, once, whoever was killed meanwhile.
//!
//! A private PostgreSQL with `fsync`, two copies of the wallet service on it, and callers who repeat what is not
//! answered. In turn a copy of the service and the whole of PostgreSQL are killed in the middle of their work. The rule
//! not to be broken: the books are read after the last answer, from the tables, and compared with what callers were
//! told.

mod cluster;
pub(crate) mod proof;
pub(crate) mod traffic;

use std::{env, fs, io::Write, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use clock::Clock;
use tokio::time::sleep;

use self::{cluster::Cluster, traffic::Traffic};
use crate::{
    book::{self, Dice},
    caller::{Caller, Keys},
    databases::Databases,
    dorm::{asked_to_stop, step},
    report::Report,
    stage::Stage,
    wallet::Wallet,
};

const ACCOUNTS: u32 = 40;
const COPIES: usize = 2;
/// Answers between two kills, so that there is work in the middle of which to kill.
const ANSWERS_BETWEEN: u64 = 300;
/// Somewhat more of chance, so that kills hit different moments.
const WAIT_MS_MAX: u32 = 400;
/// How long PostgreSQL is away.
const AWAY: Duration = Duration::from_millis(300);

/// How the chaos is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often each, the service and PostgreSQL, is killed.
    pub kills: u32,
    /// Callers at once.
    pub callers: usize,
    /// The dormpay executable.
    pub program: PathBuf,
    /// Settings of its processes beside those of this one.
    pub environment: Vec<(String, String)>,
}

/// Kills services and PostgreSQL under load, and proves that nothing acknowledged was lost and nothing done twice.
///
/// *Errors*: what was lost, doubled or is not sound; also when the processes do not come back.
pub async fn chaos(options: &Options, out: &mut impl Write) -> Result<()> {
    let name = format!("dormpay_chaos_{}_{}", std::process::id(), Clock::system().code(6));
    let directory = env::temp_dir().join(name);
    fs::create_dir_all(&directory)?;
    let mut report = Report::default();
    let done = tokio::select! {
        done = Box::pin(run(options, &directory, (&mut report, out))) => done,
        stopped = asked_to_stop() => stopped,
    };
    // Of a run that failed, the logs are what one wants to see.
    if done.is_ok() {
        fs::remove_dir_all(&directory).with_context(|| format!("removing {}", directory.display()))?;
    }
    done.with_context(|| format!("logs are in {}", directory.display()))?;
    report.print(out)?;
    report.verdict()
}

async fn run(
    options: &Options,
    directory: &std::path::Path,
    (report, out): (&mut Report, &mut impl Write),
) -> Result<()> {
    step(out, "a PostgreSQL of its own")?;
    let mut cluster = Cluster::start(directory).await?;
    let keys = Keys::generate()?;
    let mut stage =
        Stage::new(&options.program, Databases::on(&cluster.url(), "chaos")?, &directory.join("data"))?;
    for (name, value) in keys.settings()? {
        stage.set(name, value);
    }
    for (name, value) in &options.environment {
        stage.set(name, value.clone());
    }
    stage.migrate(&[]).await?;
    step(out, "two copies of the wallet service")?;
    let mut copies = Vec::new();
    for number in 0..COPIES {
        copies.push(Wallet::started(&stage, &format!("wallet_{number}"), "wallet").await?);
    }
    let first = copies.first().context("there is no copy")?;
    let users: Vec<i64> = (1..=ACCOUNTS).map(i64::from).collect();
    book::fund(&mut Caller::one(first.grpc(), &keys)?, &users).await?;
    let mut traffic = Traffic::start(&copies, &keys, options.callers, ACCOUNTS)?;
    for round in 0..options.kills {
        round_of_kills(round, (&stage, &mut cluster, &mut copies), &mut traffic, out).await?;
    }
    traffic.flow(ANSWERS_BETWEEN).await?;
    step(out, "the last answers, and the books")?;
    let asked = traffic.end().await?;
    for copy in &mut copies {
        copy.stop().await?;
    }
    proof::told_is_true(&stage.databases, &asked, ACCOUNTS).await?;
    if let Some(copy) = copies.first() {
        writeln!(out, "{}", copy.prove(&stage).await?.trim_end())?;
    }
    proof::tell(report, &asked, options.kills);
    cluster.stop().await
}

/// Kills a copy of the service, another one each time, and then PostgreSQL.
async fn round_of_kills(
    round: u32,
    (stage, cluster, copies): (&Stage, &mut Cluster, &mut [Wallet]),
    traffic: &mut Traffic,
    out: &mut impl Write,
) -> Result<()> {
    let mut dice = Dice::new(&format!("kill {round}"));
    let number = usize::try_from(round)? % copies.len().max(1);
    traffic.flow(ANSWERS_BETWEEN).await?;
    sleep(Duration::from_millis(u64::from(dice.below(WAIT_MS_MAX)))).await;
    step(out, &format!("kill -9: copy {number} of the service"))?;
    let copy = copies.get_mut(number).context("there is no such copy")?;
    copy.kill().await?;
    copy.launch(stage)?;
    traffic.flow(ANSWERS_BETWEEN).await?;
    copy.wait_until_ready().await?;
    sleep(Duration::from_millis(u64::from(dice.below(WAIT_MS_MAX)))).await;
    step(out, "kill -9: all of PostgreSQL")?;
    cluster.kill().await?;
    sleep(AWAY).await;
    cluster.launch()?;
    cluster.wait_until_ready().await
}
