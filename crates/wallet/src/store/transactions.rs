//! Reading the transactions of a wallet as its owner sees them.
//!
//! A transaction is an entry with what its transfer says. In order of time and without a type a page is a range of
//! numbers, and costs the same wherever it lies; else the entries between two numbers are sorted out. Nothing is
//! written here.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// A line of a wallet's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub(crate) transfer_id: i64,
    pub(crate) number: i64,
    pub(crate) kind: String,
    pub(crate) amount_minor: i64,
    pub(crate) balance_after_minor: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) reference: String,
    pub(crate) memo: String,
    /// Whose account is the other one of two; none if it is not a user's.
    pub(crate) counterparty: Option<String>,
}

/// Entries of an account between two numbers, both inclusive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) account_id: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// Which of them, and in which order.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// Kinds of transfers; of `is_other` those that are not listed.
    pub(crate) kinds: Vec<String>,
    pub(crate) is_other: bool,
    pub(crate) is_by_amount: bool,
    pub(crate) is_ascending: bool,
}

/// Lists all entries of a range, oldest first.
pub(crate) async fn all(conn: &mut PgConnection, range: Range) -> Result<Vec<Transaction>, Fault> {
    sqlx::query_as!(
        Transaction,
        r#"select entry.transfer_id, entry.number, transfer.kind, entry.amount_minor, entry.balance_after_minor,
                entry.at, transfer.reference, transfer.memo, other.owner as "counterparty?"
         from entry
         join transfer on transfer.id = entry.transfer_id
         left join account as other
             on cardinality(transfer.account_ids) = 2
            and other.id = transfer.account_ids[1] + transfer.account_ids[2] - entry.account_id
            and other.kind = 'user'
         where entry.account_id = $1
           and entry.number between $2 and $3
         order by entry.number"#,
        range.account_id,
        range.first,
        range.last,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Lists one page of the chosen entries of a range, and tells how many there are on all pages.
pub(crate) async fn chosen(
    conn: &mut PgConnection,
    range: Range,
    choice: &Choice,
    (limit, offset): (i64, i64),
) -> Result<(Vec<Transaction>, i64), Fault> {
    let rows = sqlx::query!(
        r#"with chosen as materialized (
             select entry.number,
                    case when $6 then abs(entry.amount_minor) else entry.number end as rank
             from entry
             join transfer on transfer.id = entry.transfer_id
             where entry.account_id = $1
               and entry.number between $2 and $3
               and (transfer.kind = any($4)) <> $5
         ), page as (
             select number, row_number() over (
                 order by case when $7 then rank else -rank end, case when $7 then number else -number end
             ) as place
             from chosen
             order by place
             limit $8 offset $9
         )
         select (select count(number) from chosen) as "total!", entry.transfer_id as "transfer_id?",
                entry.number as "number?", transfer.kind as "kind?", entry.amount_minor as "amount_minor?",
                entry.balance_after_minor as "balance_after_minor?", entry.at as "at?",
                transfer.reference as "reference?", transfer.memo as "memo?", other.owner as "counterparty?"
         from (values (1)) as one (row)
         left join page on true
         left join entry on entry.account_id = $1 and entry.number = page.number
         left join transfer on transfer.id = entry.transfer_id
         left join account as other
             on cardinality(transfer.account_ids) = 2
            and other.id = transfer.account_ids[1] + transfer.account_ids[2] - entry.account_id
            and other.kind = 'user'
         order by page.place"#,
        range.account_id,
        range.first,
        range.last,
        &choice.kinds,
        choice.is_other,
        choice.is_by_amount,
        choice.is_ascending,
        limit,
        offset,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let total = rows.first().map_or(0, |row| row.total);
    let read = rows.into_iter().filter_map(|row| {
        Some(Transaction {
            transfer_id: row.transfer_id?,
            number: row.number?,
            kind: row.kind?,
            amount_minor: row.amount_minor?,
            balance_after_minor: row.balance_after_minor?,
            at: row.at?,
            reference: row.reference?,
            memo: row.memo?,
            counterparty: row.counterparty,
        })
    });
    Ok((read.collect(), total))
}
