//! Reading statements of accounts.
//!
//! Numbers of an account have no gaps and never go back in time, so a page is a range of the key and an instant is
//! found by halving. Nothing is written here.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::Account;

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) number: i64,
    pub(crate) transfer_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) balance_after_minor: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) kind: String,
    pub(crate) reference: String,
    pub(crate) memo: String,
}

/// Lists entries below a number, newest first, at most `limit`.
pub(crate) async fn newest_first(
    conn: &mut PgConnection,
    account_id: i64,
    below: i64,
    limit: i64,
) -> Result<Vec<Entry>, Fault> {
    sqlx::query_as!(
        Entry,
        "select entry.number, entry.transfer_id, entry.amount_minor, entry.balance_after_minor, entry.at,
                transfer.kind, transfer.reference, transfer.memo
         from entry
         join transfer on transfer.id = entry.transfer_id
         where entry.account_id = $1
           and entry.number < $2
         order by entry.number desc
         limit $3",
        account_id,
        below,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Lists entries above a number, oldest first, at most `limit`.
pub(crate) async fn oldest_first(
    conn: &mut PgConnection,
    account_id: i64,
    above: i64,
    limit: i64,
) -> Result<Vec<Entry>, Fault> {
    sqlx::query_as!(
        Entry,
        "select entry.number, entry.transfer_id, entry.amount_minor, entry.balance_after_minor, entry.at,
                transfer.kind, transfer.reference, transfer.memo
         from entry
         join transfer on transfer.id = entry.transfer_id
         where entry.account_id = $1
           and entry.number > $2
         order by entry.number
         limit $3",
        account_id,
        above,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Finds the last entry at or before an instant: its number and the balance after it. Takes a handful of look-ups,
/// however long the history is.
pub(crate) async fn last_at(
    conn: &mut PgConnection,
    account: Account,
    at: DateTime<Utc>,
) -> Result<Option<(i64, i64)>, Fault> {
    let found = sqlx::query!(
        r#"with recursive search (account_id, low, high) as (
             select id, 0::bigint, last_entry_number
             from account
             where kind = $1 and owner = $2 and asset = $3
             union all
             select search.account_id,
                    case when entry.at <= $4 then entry.number else search.low end,
                    case when entry.at <= $4 then search.high else entry.number - 1 end
             from search
             join entry
               on entry.account_id = search.account_id
              and entry.number = (search.low + search.high + 1) / 2
             where search.low < search.high
         )
         select entry.number as "number!", entry.balance_after_minor as "balance_minor!"
         from search
         join entry on entry.account_id = search.account_id and entry.number = search.low
         where search.low = search.high"#,
        account.kind(),
        account.owner(),
        account.asset.as_str(),
        at,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    Ok(found.map(|row| (row.number, row.balance_minor)))
}
