//! One caller alone: how long does a transfer take when nobody else waits?
//!
//! Against a plain transfer on the same server, once as the textbook has it and once as a single statement, both sent
//! by `pgbench` and in turns with ours. The rule not to be broken: each is one transfer in one transaction, and what is
//! compared is the time in the middle.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{
    Bench,
    gang::{Gang, singles},
};
use crate::{
    book::{ACCOUNTS, Pick},
    figures::{Spread, each_us, median_ms, percentile_ms, ratios},
    pgbench::Plain,
    report::Report,
    wallet::Wallet,
};

const WARM_UP: Duration = Duration::from_secs(1);
/// At most 1.2 times the plain transfer's time.
const PLAIN_MIN: f64 = 1.0 / 1.2;

/// Measures one caller against both yardsticks.
pub(super) async fn measure(bench: &mut Bench<'_>, wallet: &Wallet, report: &mut Report) -> Result<()> {
    let (turn, watched) = (bench.options.turn, bench.watched(wallet.pid()?));
    let mut gang = Gang::new(singles(wallet, bench.keys, ("alone", 1), (ACCOUNTS, Pick::Uniform))?, 1);
    gang.warm_up(WARM_UP).await?;
    let (mut textbook, mut statement, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    bench.pgbench.plain(Plain::Textbook, WARM_UP).await?;
    for _ in 0..bench.options.rounds {
        let times = bench.pgbench.plain(Plain::Textbook, turn).await?;
        textbook.extend(median_ms(&times));
        let seen = gang.times.len();
        gang.turn(turn, watched).await?;
        ours.extend(median_ms(gang.times.get(seen..).unwrap_or_default()));
        let times = bench.pgbench.plain(Plain::Statement, turn).await?;
        statement.extend(median_ms(&times));
    }
    tell(report, &ours, (&textbook, &statement))?;
    let p99 = percentile_ms(&gang.times, 99).context("nothing was answered")?;
    report.figure("alone_p99", (p99, "ms"), "one caller alone");
    report.figure("alone_cpu_dormpay", (each_us(gang.spent.program, gang.done), "us"), "one caller alone");
    report.figure("alone_cpu_postgres", (each_us(gang.spent.postgres, gang.done), "us"), "one caller alone");
    Ok(())
}

fn tell(report: &mut Report, ours: &[f64], (textbook, statement): (&[f64], &[f64])) -> Result<()> {
    let spread = |times: &[f64]| Spread::of(times).context("a transfer alone was not measured");
    let note = "at most 1.2x, turned round: plain transfer as the textbook has it (7 statements) / ours";
    report.median_ratio("alone_vs_textbook", (&ratios(textbook, ours), PLAIN_MIN), note)?;
    let ratio = spread(&ratios(ours, statement))?;
    let note =
        format!("ours / plain transfer in a single statement; {:.3} to {:.3}", ratio.least, ratio.most);
    report.figure("alone_vs_single_statement", (ratio.median, "x"), note);
    report.figure("alone_p50", (spread(ours)?.median, "ms"), "one caller alone, through gRPC");
    report.figure("alone_textbook_p50", (spread(textbook)?.median, "ms"), "pgbench, 7 statements");
    report.figure("alone_statement_p50", (spread(statement)?.median, "ms"), "pgbench, one statement");
    Ok(())
}
