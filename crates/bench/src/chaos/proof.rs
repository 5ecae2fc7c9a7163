//! Compares what callers were told with what the tables say.
//!
//! That the books are sound in themselves is the ledger's own check. The rule not to be broken: every acknowledged
//! transfer is looked for by its key, and every transfer in the books must have been asked for.

use std::collections::HashMap;

use anyhow::{Result, ensure};

use super::traffic::{Asked, Told};
use crate::{book::FIRST_MINOR, databases::Databases, report::Report};

/// A transfer as the books have it: key, id, amounts of its legs.
type Row = (String, i64, Vec<i64>);

/// Passes when everything acknowledged is there exactly once, nothing refused is there, nothing else is there, and no
/// money was made or lost.
pub(crate) async fn told_is_true(databases: &Databases, asked: &[Asked], accounts: u32) -> Result<()> {
    let mut conn = databases.connect("wallet").await?;
    let rows: Vec<Row> =
        sqlx::query_as("select idempotency_key, id, amounts_minor from transfer where kind = 'transfer'")
            .fetch_all(&mut conn)
            .await?;
    compare(asked, &rows)?;
    let total: i64 =
        sqlx::query_scalar("select coalesce(sum(balance_minor), 0)::bigint from account where kind = 'user'")
            .fetch_one(&mut conn)
            .await?;
    let expected = FIRST_MINOR.saturating_mul(i64::from(accounts));
    ensure!(total == expected, "users have {total}, they were given {expected}");
    Ok(())
}

/// Compares word by word. *Errors*: the first difference.
pub(crate) fn compare(asked: &[Asked], rows: &[Row]) -> Result<()> {
    let mut books: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in rows {
        books.entry(&row.0).or_default().push(row);
    }
    for Asked { transfer, told, .. } in asked {
        let key = transfer.idempotency_key.as_str();
        let found = books.remove(key).unwrap_or_default();
        ensure!(found.len() < 2, "{key} was done {} times", found.len());
        match (told, found.first()) {
            (Told::Done(id), Some((_, written, amounts))) => {
                let legs: Vec<i64> = transfer.legs.iter().map(|leg| leg.amount_minor).collect();
                ensure!(id == written && *amounts == legs, "{key} was told as {id} and written as {written}");
            }
            (Told::Done(id), None) => ensure!(false, "{key} was acknowledged as {id} and is lost"),
            (Told::Refused, Some(_)) => ensure!(false, "{key} was refused and is done"),
            (Told::Refused | Told::Unsure, _) => {}
        }
    }
    let strange = books.keys().next();
    ensure!(strange.is_none(), "{strange:?} is in the books, and nobody asked for it");
    Ok(())
}

/// Tells how much there was to go wrong.
pub(crate) fn tell(report: &mut Report, asked: &[Asked], kills: u32) {
    let count = |passes: fn(&Asked) -> bool| {
        let found = asked.iter().filter(|asked| passes(asked)).count();
        f64::from(u32::try_from(found).unwrap_or(u32::MAX))
    };
    let acknowledged = count(|asked| matches!(asked.told, Told::Done(_)));
    let repeated = count(|asked| asked.unanswered > 0);
    let replayed = count(|asked| asked.replays > 0);
    report.figure("chaos_kills_service", (f64::from(kills), "kills"), "kill -9 of a copy under load");
    report.figure(
        "chaos_kills_postgres",
        (f64::from(kills), "kills"),
        "kill -9 of every process of PostgreSQL",
    );
    report.figure("chaos_acknowledged", (acknowledged, "transfers"), "each in the books exactly once");
    report.figure(
        "chaos_repeated",
        (repeated, "transfers"),
        "asked for again, after a try without an answer",
    );
    report.figure("chaos_replayed", (replayed, "transfers"), "told that they had been done before");
}
