//! The questions whose answer must be zero: what must hold in the books at any instant (reliability.md section 2).
//!
//! Each counts the places where a rule is broken. They are asked in one snapshot that changes nothing, beside live
//! traffic. The rule not to be broken: a question says only what the tables say, nothing of what the program believes.

use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// The longest that one question may take; books grow.
const STATEMENT_TIMEOUT: &str = "10min";

/// Makes the caller's fresh transaction one snapshot that changes nothing. Must come first.
pub(crate) async fn snapshot(conn: &mut PgConnection) -> Result<(), Fault> {
    sqlx::query!("set transaction isolation level repeatable read, read only")
        .execute(&mut *conn)
        .await
        .or_fault()?;
    sqlx::query!("select set_config('statement_timeout', $1, true)", STATEMENT_TIMEOUT)
        .fetch_one(conn)
        .await
        .or_fault()?;
    Ok(())
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) accounts: i64,
    pub(crate) transfers: i64,
    pub(crate) entries: i64,
    pub(crate) holds: i64,
}

/// Counts the rows of the books.
pub(crate) async fn sizes(conn: &mut PgConnection) -> Result<Sizes, Fault> {
    sqlx::query_as!(
        Sizes,
        r#"select (select count(id) from account) as "accounts!",
                  (select count(id) from transfer) as "transfers!",
                  (select count(number) from entry) as "entries!",
                  (select count(id) from hold) as "holds!""#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// I1: the entries of each transfer add up to zero for each asset, and there are two at least.
pub(crate) async fn unbalanced_transfers(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(sums.transfer_id) as "broken!"
         from (
             select entry.transfer_id
             from entry
             join account on account.id = entry.account_id
             group by entry.transfer_id, account.asset
             having sum(entry.amount_minor) <> 0
                 or count(entry.number) < 2
         ) as sums"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// I1: each leg of a transfer is an entry with the same account, number, amount and time, and each entry is a leg.
pub(crate) async fn legs_unlike_entries(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(1) as "broken!"
         from (
             select transfer.id, transfer.at, leg.account_id, leg.amount_minor, leg.number
             from transfer
             cross join lateral unnest(transfer.account_ids, transfer.amounts_minor, transfer.entry_numbers)
                 as leg (account_id, amount_minor, number)
         ) as leg
         full join entry on entry.account_id = leg.account_id and entry.number = leg.number
         where leg.id is distinct from entry.transfer_id
            or leg.amount_minor is distinct from entry.amount_minor
            or leg.at is distinct from entry.at"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// I2: all balances of an asset add up to zero, and so do all entries.
pub(crate) async fn unbalanced_assets(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(1) as "broken!"
         from (
             select asset
             from account
             group by asset
             having sum(balance_minor) <> 0
             union all
             select account.asset
             from entry
             join account on account.id = entry.account_id
             group by account.asset
             having sum(entry.amount_minor) <> 0
         ) as sums"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// I3: a balance is the sum of its entries, and no entry lies without an account.
pub(crate) async fn balances_unlike_entries(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(1) as "broken!"
         from account
         full join (
             select account_id, sum(amount_minor) as total
             from entry
             group by account_id
         ) as sums on sums.account_id = account.id
         where account.id is null
            or account.balance_minor <> coalesce(sums.total, 0)"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// I4: nobody is overdrawn who may not be, and no more is held than is there.
pub(crate) async fn overdrafts(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(id) as "broken!"
         from account
         where held_minor < 0
            or (kind not in ('channel', 'points_issued') and (balance_minor < 0 or held_minor > balance_minor))"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// I4: what an account holds is the sum of its open holds, and no hold lies without an account.
pub(crate) async fn held_unlike_holds(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(1) as "broken!"
         from account
         full join (
             select account_id, sum(amount_minor - settled_minor) filter (where state = 'open') as total
             from hold
             group by account_id
         ) as sums on sums.account_id = account.id
         where account.id is null
            or account.held_minor <> coalesce(sums.total, 0)"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// What was settled of a hold is what transfers took from its account for it.
pub(crate) async fn settled_unlike_transfers(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(1) as "broken!"
         from hold
         full join (
             select transfer.hold_id, leg.account_id, -sum(leg.amount_minor) as total
             from transfer
             cross join lateral unnest(transfer.account_ids, transfer.amounts_minor)
                 as leg (account_id, amount_minor)
             where transfer.hold_id is not null
               and leg.amount_minor < 0
             group by transfer.hold_id, leg.account_id
         ) as sums on sums.hold_id = hold.id and sums.account_id = hold.account_id
         where hold.id is null
            or hold.settled_minor <> coalesce(sums.total, 0)"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// The entries of an account are numbered from 1 without gaps, up to the number that the account knows.
pub(crate) async fn numbers_with_gaps(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(1) as "broken!"
         from account
         full join (
             select account_id, count(number) as entries, min(number) as least, max(number) as greatest
             from entry
             group by account_id
         ) as runs on runs.account_id = account.id
         where account.last_entry_number is distinct from coalesce(runs.entries, 0)
            or coalesce(runs.greatest, 0) <> coalesce(runs.entries, 0)
            or coalesce(runs.least, 1) <> 1"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Each entry says what the balance was after it, and is not earlier than the one before.
pub(crate) async fn broken_chains(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(1) as "broken!"
         from (
             select amount_minor, balance_after_minor, at,
                    lag(balance_after_minor, 1, 0::bigint) over account_entries as balance_before_minor,
                    lag(at) over account_entries as at_before
             from entry
             window account_entries as (partition by account_id order by number)
         ) as line
         where line.balance_before_minor + line.amount_minor <> line.balance_after_minor
            or line.at < line.at_before"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}
