//! What the sweepers cost beside many payments that have ended.
//!
//! Two databases of the payment service have the same few rows that are due; one of them has a past. The statements are
//! the service's own (a test compares them), asked in turns over one connection each and rolled back. The rule not to be
//! broken: what is due is the same on both sides, and both are analysed.

use std::{io::Write, time::Duration};

use anyhow::{Context, Result, ensure};
use clock::Clock;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::Instant;

use super::Bench;
use crate::{
    databases::{Databases, OLD, YOUNG},
    dorm::step,
    figures::{median_ms, ratios},
    report::Report,
};

/// As the sweeper takes them.
const BATCH: i64 = 16;
const TURNS: u32 = 200;
const WARM_UP: u32 = 20;
/// At most 1.2 times the cost.
const OLD_MIN: f64 = 1.0 / 1.2;

pub(crate) const PAYMENTS: &str = "select id, query_tries, expires_at
         from payment
         where next_query_at <= $1
         order by next_query_at
         limit $2
         for update skip locked";
pub(crate) const REFUNDS: &str = "update refund
         set next_try_at = $2, tries = tries + 1
         where id in (
             select id
             from refund
             where status = 'processing' and next_try_at <= $1
             order by next_try_at
             limit $3
             for update skip locked
         )
         returning id";

/// Measures both databases in turns.
pub(super) async fn measure(bench: &Bench<'_>, (report, out): (&mut Report, &mut impl Write)) -> Result<()> {
    let history = bench.options.history;
    step(out, &format!("sweepers beside {history} payments that have ended"))?;
    let mut young = filled(&bench.stage.databases, YOUNG, 0).await?;
    let mut old = filled(&bench.stage.databases, OLD, history).await?;
    let (mut in_young, mut in_old) = (Vec::new(), Vec::new());
    for _ in 0..bench.options.rounds {
        in_young.extend(median_ms(&sweeps(&mut young).await?));
        in_old.extend(median_ms(&sweeps(&mut old).await?));
    }
    let note =
        format!("at most 1.2x, turned round: a sweep without a past / beside {history} ended payments");
    report.median_ratio("sweep_history", (&ratios(&in_young, &in_old), OLD_MIN), &note)?;
    for (name, times) in [("young", &in_young), ("old", &in_old)] {
        let median = crate::figures::Spread::of(times).context("no sweep was measured")?.median;
        report.figure(
            format!("sweep_{name}"),
            (median, "ms"),
            "both statements, 16 payments and refunds due",
        );
    }
    young.close().await?;
    Ok(old.close().await?)
}

/// Writes what is due, and what has ended.
async fn filled(databases: &Databases, name: &str, history: i64) -> Result<PgConnection> {
    let mut conn = databases.connect(name).await?;
    for statement in [include_str!("history/payments.sql"), include_str!("history/refunds.sql")] {
        for (first, count, is_due) in [(1, BATCH, true), (BATCH.saturating_add(1), history, false)] {
            let inserted = sqlx::query_scalar::<_, i64>(statement).bind(first).bind(count).bind(is_due);
            inserted.fetch_optional(&mut conn).await?;
        }
    }
    conn.execute("vacuum analyze").await?;
    Ok(conn)
}

async fn sweeps(conn: &mut PgConnection) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for turn in 0..WARM_UP.saturating_add(TURNS) {
        let begun = Instant::now();
        let found = sweep(conn).await?;
        if turn >= WARM_UP {
            times.push(begun.elapsed());
        }
        let expected = usize::try_from(BATCH)?;
        ensure!(found == (expected, expected), "{found:?} rows were due");
    }
    Ok(times)
}

async fn sweep(conn: &mut PgConnection) -> Result<(usize, usize)> {
    let now = Clock::system().now();
    let mut tx = conn.begin().await?;
    let payments = sqlx::query_scalar::<_, i64>(PAYMENTS).bind(now).bind(BATCH).fetch_all(&mut *tx).await?;
    let refunds =
        sqlx::query_scalar::<_, i64>(REFUNDS).bind(now).bind(now).bind(BATCH).fetch_all(&mut *tx).await?;
    tx.rollback().await?;
    Ok((payments.len(), refunds.len()))
}
