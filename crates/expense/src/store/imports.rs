//! Which rows of import files were taken in.
//!
//! The rule not to be broken: a row's key stays for ever, even when its expense is deleted, so that importing
//! the same file again never brings back what somebody removed.

use std::collections::HashSet;

use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// Tells which of the keys were imported into the room before.
pub(crate) async fn known(
    conn: &mut PgConnection,
    room_id: i64,
    keys: &[String],
) -> Result<HashSet<String>, Fault> {
    let known = sqlx::query_scalar!(
        "select row_key from imported_row where room_id = $1 and row_key = any($2)",
        room_id,
        keys,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(known.into_iter().collect())
}

/// What a row became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Imported {
    pub(crate) key: String,
    pub(crate) expense_id: Option<i64>,
    pub(crate) settlement_id: Option<i64>,
}

/// Remembers rows. *Locks*: needs `ledger::lock`, after which [`known`] was asked.
#[expect(clippy::as_conversions, reason = "so the macro is told that elements may be null")]
pub(crate) async fn remember(conn: &mut PgConnection, room_id: i64, rows: &[Imported]) -> Result<(), Fault> {
    let keys: Vec<String> = rows.iter().map(|row| row.key.clone()).collect();
    let expenses: Vec<Option<i64>> = rows.iter().map(|row| row.expense_id).collect();
    let settlements: Vec<Option<i64>> = rows.iter().map(|row| row.settlement_id).collect();
    sqlx::query!(
        "insert into imported_row (room_id, row_key, expense_id, settlement_id)
         select $1, row_key, expense_id, settlement_id
         from unnest($2::text[], $3::bigint[], $4::bigint[]) as given (row_key, expense_id, settlement_id)",
        room_id,
        &keys,
        &expenses as &[Option<i64>],
        &settlements as &[Option<i64>],
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
