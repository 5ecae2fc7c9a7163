//! Reading expenses with their payers and splits, and changing them.
//!
//! New ones are written in `insertion`, pages are read in `pages`. The rule not to be broken: a change is written
//! with a movement of balances and a history entry, always.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::{
    blocks, history,
    insertion::{Entry, SplitColumns},
    records::{Action, Expense, ExpenseRow, Split, SplitRow},
};

/// Names the room of an expense, living or deleted. It never changes.
pub(crate) async fn room_of(conn: &mut PgConnection, expense_id: i64) -> Result<Option<i64>, Fault> {
    sqlx::query_scalar!("select room_id from expense where id = $1", expense_id)
        .fetch_optional(conn)
        .await
        .or_fault()
}

/// Reads one expense, living or deleted, with its splits.
pub(crate) async fn find(conn: &mut PgConnection, expense_id: i64) -> Result<Option<Expense>, Fault> {
    Ok(find_many(conn, &[expense_id]).await?.pop())
}

/// Reads expenses, living or deleted, with their splits. *Shape*: sorted by id.
pub(crate) async fn find_many(conn: &mut PgConnection, expense_ids: &[i64]) -> Result<Vec<Expense>, Fault> {
    let rows = sqlx::query_as!(
        ExpenseRow,
        r#"select
             id, room_id, title, amount_minor, currency, category, description, date, split_type, paid_by,
             created_by, created_at, updated_at, version, receipt_upload_ids,
             deleted_at is not null as "is_deleted!",
             array(select user_id from expense_payer where expense_id = expense.id order by user_id) as "payer_ids!",
             array(select amount_minor from expense_payer where expense_id = expense.id order by user_id)
                 as "payer_amounts!"
         from expense
         where id = any($1)
         order by id"#,
        expense_ids,
    )
    .fetch_all(&mut *conn)
    .await
    .or_fault()?;
    let mut expenses = rows.into_iter().map(Expense::try_from).collect::<Result<Vec<_>, _>>()?;
    for row in splits_of(conn, expense_ids).await? {
        let place = expenses.binary_search_by_key(&row.expense_id, |expense| expense.id);
        if let Some(expense) = place.ok().and_then(|place| expenses.get_mut(place)) {
            expense.splits.push(Split::try_from(row)?);
        }
    }
    Ok(expenses)
}

async fn splits_of(conn: &mut PgConnection, expense_ids: &[i64]) -> Result<Vec<SplitRow>, Fault> {
    sqlx::query_as!(
        SplitRow,
        r#"select
             split.expense_id, split.id, split.user_id, split.amount_minor, split.debt_minor, split.paid_minor,
             split.percentage_hundredths, split.weight, split.confirmed_by, split.confirmed_at,
             exists (
                 select dispute.id
                 from dispute
                 where dispute.status = 'open'
                   and dispute.debtor_user_id = split.user_id
                   and dispute.expense_id = split.expense_id
             ) or exists (
                 select dispute.id
                 from bill_part as part
                 join dispute on dispute.bill_id = part.bill_id
                 where part.expense_id = split.expense_id
                   and part.user_id = split.user_id
                   and dispute.status = 'open'
                   and dispute.debtor_user_id = split.user_id
             ) as "is_frozen!"
         from expense_split as split
         where split.expense_id = any($1)
         order by split.expense_id, split.id"#,
        expense_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Who changed an expense, how and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) action: Action,
    pub(crate) actor_user_id: i64,
    pub(crate) at: DateTime<Utc>,
}

/// Writes a new version over an old one: the row, its payers and splits, and the history.
///
/// Splits are matched by user. `new.version` is one above `old.version`. Balances and news are the caller's.
/// *Errors*: `STATE_CONFLICT` when the stored version is another. *Locks*: needs `ledger::lock`.
pub(crate) async fn replace(
    conn: &mut PgConnection,
    old: &Expense,
    new: &Entry,
    change: Change,
) -> Result<(), Fault> {
    let expense = &new.expense;
    let updated = sqlx::query!(
        "update expense
         set title = $3, amount_minor = $4, category = $5, description = $6, date = $7, split_type = $8,
             updated_at = $9, has_open_debt = $10, receipt_upload_ids = $11, version = $12
         where id = $1
           and version = $2
           and deleted_at is null",
        expense.id,
        old.version,
        expense.title,
        expense.amount.get(),
        expense.category,
        expense.description,
        expense.date,
        expense.split_type.as_str(),
        change.at,
        expense.has_open_debt(),
        &expense.receipt_upload_ids,
        expense.version,
    )
    .execute(&mut *conn)
    .await
    .or_fault()?;
    if updated.rows_affected() != 1 {
        return Err(Fault::conflict("the expense was changed or deleted meanwhile"));
    }
    if old.payers != expense.payers {
        replace_payers(conn, expense).await?;
    }
    if old.splits != expense.splits {
        replace_splits(conn, expense).await?;
    }
    if old.date != expense.date {
        blocks::take_out(conn, old.room_id, old.date, old.id).await?;
        blocks::put_in(conn, old.room_id, expense.date, old.id).await?;
    }
    history::append(conn, new, change).await
}

async fn replace_payers(conn: &mut PgConnection, expense: &Expense) -> Result<(), Fault> {
    let (users, amounts): (Vec<i64>, Vec<i64>) =
        expense.payers.iter().map(|payer| (payer.user_id, payer.amount.get())).unzip();
    sqlx::query!(
        "update expense_payer
         set amount_minor = given.amount_minor
         from unnest($2::bigint[], $3::bigint[]) as given (user_id, amount_minor)
         where expense_payer.expense_id = $1
           and expense_payer.user_id = given.user_id",
        expense.id,
        &users,
        &amounts,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

#[expect(clippy::as_conversions, reason = "so the macro is told that elements may be null")]
async fn replace_splits(conn: &mut PgConnection, expense: &Expense) -> Result<(), Fault> {
    let mut rows = SplitColumns::default();
    for split in &expense.splits {
        rows.push(expense.id, split)?;
    }
    sqlx::query!(
        "with gone as (
             delete from expense_split
             where expense_id = $1
               and not user_id = any($2)
         )
         insert into expense_split (expense_id, user_id, id, amount_minor, debt_minor, percentage_hundredths, weight)
         select $1, user_id, id, amount_minor, debt_minor, percentage_hundredths, weight
         from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::integer[])
             as given (user_id, id, amount_minor, debt_minor, percentage_hundredths, weight)
         on conflict on constraint expense_split_pkey do update
         set amount_minor = excluded.amount_minor,
             debt_minor = excluded.debt_minor,
             percentage_hundredths = excluded.percentage_hundredths,
             weight = excluded.weight",
        expense.id,
        &rows.user_id,
        &rows.id,
        &rows.amount,
        &rows.debt,
        &rows.percentage as &[Option<i32>],
        &rows.weight as &[Option<i32>],
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Marks an expense as deleted; its rows stay. Balances and news are the caller's.
///
/// *Errors*: `STATE_CONFLICT` when the stored version is another. *Locks*: needs `ledger::lock`.
pub(crate) async fn delete(
    conn: &mut PgConnection,
    old: &Expense,
    new: &Entry,
    change: Change,
) -> Result<(), Fault> {
    let deleted = sqlx::query!(
        "with gone as (
             update expense
             set deleted_at = $3, updated_at = $3, version = $4
             where id = $1
               and version = $2
               and deleted_at is null
             returning room_id
         )
         update room_ledger
         set live_expenses = live_expenses - 1
         from gone
         where room_ledger.room_id = gone.room_id",
        old.id,
        old.version,
        change.at,
        new.expense.version,
    )
    .execute(&mut *conn)
    .await
    .or_fault()?;
    if deleted.rows_affected() != 1 {
        return Err(Fault::conflict("the expense was changed or deleted meanwhile"));
    }
    blocks::take_out(conn, old.room_id, old.date, old.id).await?;
    history::append(conn, new, change).await
}

/// Notes that more of a share has been handed over, and by whose word.
///
/// *Locks*: needs `ledger::lock`. *Shape*: afterwards the split's paid amount is `split.paid`.
pub(crate) async fn confirm_split(
    conn: &mut PgConnection,
    expense: &Expense,
    split: &Split,
) -> Result<(), Fault> {
    sqlx::query!(
        "with confirmed as (
             update expense_split
             set paid_minor = $3, confirmed_by = $4, confirmed_at = $5
             where expense_id = $1
               and user_id = $2
         )
         update expense
         set has_open_debt = $6
         where id = $1",
        expense.id,
        split.user_id,
        split.paid.get(),
        split.confirmed_by,
        split.confirmed_at,
        expense.has_open_debt(),
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Finds the rooms of the living expenses of which an upload is a receipt.
pub(crate) async fn rooms_of_receipt(conn: &mut PgConnection, upload_id: i64) -> Result<Vec<i64>, Fault> {
    sqlx::query_scalar!(
        "select distinct room_id
         from expense
         where receipt_upload_ids @> array[$1::bigint]
           and receipt_upload_ids <> '{}'
           and deleted_at is null",
        upload_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}
