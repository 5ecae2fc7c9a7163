//! Does a transfer cost more in a ledger with a long past?
//!
//! Two copies of the service, each on a database of its own, take turns: one ledger is young, the other has millions of
//! entries, written in sets as the service itself would have written them: in each round of a pair one gives the other
//! a fen, and in the next one gets it back. The rule not to be broken: the books are sound with the past in them.

use std::{io::Write, time::Duration};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::{
    Bench,
    gang::{Gang, Single, singles},
    prove,
};
use crate::{
    book::{ACCOUNTS, Pick},
    databases::{Databases, OLD, YOUNG},
    dorm::step,
    figures::{each_us, ratios},
    report::Report,
    wallet::Wallet,
};

const CALLERS: usize = 256;
const WARM_UP: Duration = Duration::from_secs(2);
/// Rounds of all pairs in one statement.
const CHUNK: i64 = 50;
/// At most 1.2 times the cost.
const OLD_MIN: f64 = 1.0 / 1.2;

/// Measures both ledgers.
pub(super) async fn measure(bench: &Bench<'_>, (report, out): (&mut Report, &mut impl Write)) -> Result<()> {
    let entries = bench.options.history_entries;
    step(out, &format!("a past of {entries} entries"))?;
    let mut young = bench.wallet("wallet_young", YOUNG).await?;
    let mut old = bench.wallet("wallet_old", OLD).await?;
    let written = fill(&bench.stage.databases, entries).await?;
    let of = |wallet: &Wallet, name: &str| -> Result<Gang<Single>> {
        let callers = singles(wallet, bench.keys, (name, CALLERS), (ACCOUNTS, Pick::Uniform))?;
        Ok(Gang::new(callers, 1))
    };
    let (mut in_young, mut in_old) = (of(&young, "young")?, of(&old, "old")?);
    in_young.warm_up(WARM_UP).await?;
    in_old.warm_up(WARM_UP).await?;
    for _ in 0..bench.options.rounds {
        in_young.turn(bench.options.turn, bench.watched(young.pid()?)).await?;
        in_old.turn(bench.options.turn, bench.watched(old.pid()?)).await?;
    }
    tell(report, written, (&in_young, &in_old))?;
    step(out, "the books of both")?;
    prove(bench, &mut young, out).await?;
    prove(bench, &mut old, out).await
}

fn tell(report: &mut Report, entries: i64, (young, old): (&Gang<Single>, &Gang<Single>)) -> Result<()> {
    let note =
        format!("at most 1.2x, turned round: cost without a past / cost with {entries} entries, 256 callers");
    report.median_ratio("history", (&ratios(&old.rates, &young.rates), OLD_MIN), &note)?;
    for (name, gang) in [("young", young), ("old", old)] {
        report.figure(format!("history_{name}_rate"), (gang.median_rate(), "per_s"), "256 callers");
        let used = each_us(gang.spent.postgres, gang.done);
        report.figure(format!("history_{name}_cpu_postgres"), (used, "us"), "processor time of a transfer");
    }
    Ok(())
}

/// Writes a past into the old ledger, and leaves both analysed. Gives how many entries were written.
async fn fill(databases: &Databases, entries: i64) -> Result<i64> {
    let accounts = i64::from(ACCOUNTS);
    // An even number of rounds gives everybody his fen back.
    let rounds = (entries / accounts / 2).max(1).saturating_mul(2);
    let mut conn = databases.connect(OLD).await?;
    conn.execute(include_str!("history/pairs.sql")).await?;
    let style = ProgressStyle::with_template("==> writing [{bar:32}] {pos}/{len} entries {elapsed}");
    let progress = ProgressBar::new(u64::try_from(rounds.saturating_mul(accounts)).unwrap_or_default())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut from = 0;
    while from < rounds {
        let until = rounds.min(from.saturating_add(CHUNK));
        write(&mut conn, (from, until)).await?;
        progress.set_position(u64::try_from(until.saturating_mul(accounts)).unwrap_or_default());
        from = until;
    }
    count(&mut conn, rounds).await?;
    progress.finish_and_clear();
    for database in [YOUNG, OLD] {
        let mut conn = databases.connect(database).await?;
        conn.execute("vacuum analyze").await?;
        conn.close().await?;
    }
    conn.execute("checkpoint").await?;
    conn.close().await?;
    Ok(rounds.saturating_mul(accounts))
}

async fn write(conn: &mut PgConnection, (from, until): (i64, i64)) -> Result<()> {
    let mut tx = conn.begin().await?;
    for statement in [include_str!("history/transfers.sql"), include_str!("history/entries.sql")] {
        sqlx::query_scalar::<_, i64>(statement).bind(from).bind(until).fetch_optional(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

/// Brings the accounts to where their entries are.
async fn count(conn: &mut PgConnection, rounds: i64) -> Result<()> {
    let statement = include_str!("history/accounts.sql");
    sqlx::query_scalar::<_, i64>(statement).bind(rounds).fetch_optional(conn).await?;
    Ok(())
}
