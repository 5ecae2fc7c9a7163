//! How many transfers a second, in turns with PostgreSQL's own bank benchmark.
//!
//! In each round TPC-B runs with each of its numbers of clients, and then each gang of callers has its turn. The rule
//! not to be broken: both sides are on the same server, and every transfer is answered after its commit.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{
    Bench,
    gang::{Batch, Gang, Single, batches, singles},
    tpc_b::TpcB,
};
use crate::{
    book::{ACCOUNTS, BATCH, Pick},
    figures::{percentile_ms, ratios},
    report::Report,
    wallet::Wallet,
};

const WARM_UP: Duration = Duration::from_secs(1);
const P99_MS_MAX: f64 = 30.0;

/// What the ratios must be at least.
const SINGLES_64_MIN: f64 = 2.5;
const SINGLES_256_MIN: f64 = 3.5;
const HOT_MIN: f64 = 0.9;
const BATCHES_MIN: f64 = 6.0;

struct Gangs {
    singles_64: Gang<Single>,
    singles_256: Gang<Single>,
    hot_256: Gang<Single>,
    batches_16: Gang<Batch>,
}

/// Measures all gangs against TPC-B.
pub(super) async fn measure(bench: &Bench<'_>, wallet: &Wallet, report: &mut Report) -> Result<()> {
    let mut gangs = gangs(bench, wallet)?;
    let mut tpc_b = TpcB::default();
    warm_up(bench, &mut gangs).await?;
    for _ in 0..bench.options.rounds {
        let (turn, watched) = (bench.options.turn, bench.watched(wallet.pid()?));
        tpc_b.round(&bench.pgbench, turn).await?;
        gangs.singles_64.turn(turn, watched).await?;
        gangs.singles_256.turn(turn, watched).await?;
        gangs.hot_256.turn(turn, watched).await?;
        gangs.batches_16.turn(turn, watched).await?;
    }
    tpc_b.tell(report, "tpc_b")?;
    tell(report, &gangs, &tpc_b)
}

fn gangs(bench: &Bench<'_>, wallet: &Wallet) -> Result<Gangs> {
    let (keys, uniform, hot) = (&bench.keys, (ACCOUNTS, Pick::Uniform), (ACCOUNTS, Pick::Hot));
    let batch = u32::try_from(BATCH)?;
    Ok(Gangs {
        singles_64: Gang::new(singles(wallet, keys, ("s64", 64), uniform)?, 1),
        singles_256: Gang::new(singles(wallet, keys, ("s256", 256), uniform)?, 1),
        hot_256: Gang::new(singles(wallet, keys, ("h256", 256), hot)?, 1),
        batches_16: Gang::new(batches(wallet, keys, ("b16", 16), ACCOUNTS)?, batch),
    })
}

async fn warm_up(bench: &Bench<'_>, gangs: &mut Gangs) -> Result<()> {
    TpcB::default().round(&bench.pgbench, WARM_UP).await?;
    gangs.singles_64.warm_up(WARM_UP).await?;
    gangs.singles_256.warm_up(WARM_UP).await?;
    gangs.hot_256.warm_up(WARM_UP).await?;
    gangs.batches_16.warm_up(WARM_UP).await
}

fn tell(report: &mut Report, gangs: &Gangs, tpc_b: &TpcB) -> Result<()> {
    let Gangs { singles_64, singles_256, hot_256, batches_16 } = gangs;
    let best = tpc_b.best();
    let against = |gang: &[f64]| ratios(gang, &best);
    report.median_ratio(
        "singles_64",
        (&against(&singles_64.rates), SINGLES_64_MIN),
        "64 callers / best TPC-B",
    )?;
    report.median_ratio(
        "singles_256",
        (&against(&singles_256.rates), SINGLES_256_MIN),
        "256 callers / best TPC-B",
    )?;
    let hot = ratios(&hot_256.rates, &singles_256.rates);
    report.median_ratio("hot_256", (&hot, HOT_MIN), "one account in every transfer / uniform")?;
    let batches = against(&batches_16.rates);
    report.median_ratio("batches_16", (&batches, BATCHES_MIN), "batches of 100, 16 callers / best TPC-B")?;
    tell_p99(report, singles_256)?;
    singles_64.tell(report, "singles_64")?;
    singles_256.tell(report, "singles_256")?;
    hot_256.tell(report, "hot_256")?;
    batches_16.tell(report, "batches_16")
}

#[expect(clippy::float_arithmetic, reason = "a limit is turned round, so that more is better")]
fn tell_p99(report: &mut Report, gang: &Gang<Single>) -> Result<()> {
    let p99 = percentile_ms(&gang.times, 99).context("nothing was answered")?;
    let note = "at most 30 ms at 256 callers, turned round: 30 ms / p99 of all rounds";
    report.ratio("p99_256", (P99_MS_MAX / p99, 1.0), note);
    Ok(())
}
