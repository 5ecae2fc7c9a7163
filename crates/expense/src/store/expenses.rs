//! Writing and reading expenses with their payers and splits.
//!
//! The insertion is one statement however many expenses there are, because it is what this service does most:
//! rows, history, balances, counts and the news travel to the server together. Pages are read in `pages`.
//! The rule not to be broken: an expense is written with a movement of balances and a history entry, always.

use chrono::{DateTime, NaiveDate, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::{
    balances, blocks,
    changes::Movements,
    history,
    records::{Action, Expense, ExpenseRow, Split, SplitRow},
};

/// An expense to be written for the first time.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) expense: Expense,
    /// The expense as an encoded message of the contract.
    pub(crate) snapshot: Vec<u8>,
}

/// The columns of many rows, one array each, as the insertion takes them.
#[derive(Default)]
struct Columns {
    id: Vec<i64>,
    title: Vec<String>,
    amount: Vec<i64>,
    currency: Vec<String>,
    category: Vec<String>,
    description: Vec<String>,
    date: Vec<NaiveDate>,
    split_type: Vec<String>,
    paid_by: Vec<i64>,
    has_open_debt: Vec<bool>,
    receipts: Vec<String>,
    snapshot: Vec<Vec<u8>>,
}

#[derive(Default)]
struct PayerColumns {
    expense_id: Vec<i64>,
    user_id: Vec<i64>,
    amount: Vec<i64>,
}

#[derive(Default)]
pub(super) struct SplitColumns {
    pub(super) expense_id: Vec<i64>,
    pub(super) user_id: Vec<i64>,
    pub(super) id: Vec<i64>,
    pub(super) amount: Vec<i64>,
    pub(super) debt: Vec<i64>,
    pub(super) percentage: Vec<Option<i32>>,
    pub(super) weight: Vec<Option<i32>>,
}

impl SplitColumns {
    pub(super) fn push(&mut self, expense_id: i64, split: &Split) -> Result<(), Fault> {
        self.expense_id.push(expense_id);
        self.user_id.push(split.user_id);
        self.id.push(split.id);
        self.amount.push(split.amount.get());
        self.debt.push(split.debt.get());
        self.percentage.push(split.percentage.map(|it| i32::from(it.get())));
        self.weight.push(split.weight.map(i32::try_from).transpose().map_err(Fault::internal)?);
        Ok(())
    }
}

impl Columns {
    fn push(&mut self, entry: &Entry) {
        let expense = &entry.expense;
        self.id.push(expense.id);
        self.title.push(expense.title.clone());
        self.amount.push(expense.amount.get());
        self.currency.push(expense.currency.as_str().to_owned());
        self.category.push(expense.category.clone());
        self.description.push(expense.description.clone());
        self.date.push(expense.date);
        self.split_type.push(expense.split_type.as_str().to_owned());
        self.paid_by.push(expense.paid_by);
        self.has_open_debt.push(expense.has_open_debt());
        self.receipts.push(array_text(&expense.receipt_upload_ids));
        self.snapshot.push(entry.snapshot.clone());
    }
}

/// Writes new expenses of one room, made by one person at one instant, with all that goes with them.
///
/// `news` are the jobs that tell of it, already encoded. *Locks*: needs `ledger::lock`; moves the counts and
/// balances of the room.
#[expect(clippy::too_many_lines, reason = "one statement of many columns")]
pub(crate) async fn insert(
    conn: &mut PgConnection,
    entries: &[Entry],
    action: Action,
    movements: &Movements,
    news: &[Vec<u8>],
) -> Result<(), Fault> {
    let Some(first) = entries.first().map(|entry| &entry.expense) else { return Ok(()) };
    let (mut rows, mut payers, mut splits) =
        (Columns::default(), PayerColumns::default(), SplitColumns::default());
    for entry in entries {
        rows.push(entry);
        for payer in &entry.expense.payers {
            payers.expense_id.push(entry.expense.id);
            payers.user_id.push(payer.user_id);
            payers.amount.push(payer.amount.get());
        }
        for split in &entry.expense.splits {
            splits.push(entry.expense.id, split)?;
        }
    }
    let moved = balances::Columns::of(movements);
    let grown = sqlx::query_as!(
        blocks::Block,
        r#"with written as (
             insert into expense (
                 id, room_id, title, amount_minor, currency, category, description, date, split_type, paid_by,
                 created_by, created_at, updated_at, has_open_debt, receipt_upload_ids
             )
             select
                 id, $1, title, amount_minor, currency, category, description, date, split_type, paid_by,
                 $2, $3, $3, has_open_debt, receipts::bigint[]
             from unnest(
                 $5::bigint[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::date[],
                 $12::text[], $13::bigint[], $14::boolean[], $15::text[]
             ) as given (
                 id, title, amount_minor, currency, category, description, date, split_type, paid_by,
                 has_open_debt, receipts
             )
         ),
         laid_out as (
             insert into expense_payer (expense_id, user_id, amount_minor)
             select expense_id, user_id, amount_minor
             from unnest($17::bigint[], $18::bigint[], $19::bigint[]) as given (expense_id, user_id, amount_minor)
         ),
         shared as (
             insert into expense_split (
                 expense_id, user_id, id, amount_minor, debt_minor, percentage_hundredths, weight
             )
             select expense_id, user_id, id, amount_minor, debt_minor, percentage_hundredths, weight
             from unnest(
                 $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[], $25::integer[],
                 $26::integer[]
             ) as given (expense_id, user_id, id, amount_minor, debt_minor, percentage_hundredths, weight)
         ),
         remembered as (
             insert into expense_history (expense_id, version, action, actor_user_id, at, snapshot)
             select id, 1, $4, $2, $3, snapshot
             from unnest($5::bigint[], $16::bytea[]) as given (id, snapshot)
         ),
         moved as (
             insert into balance (room_id, currency, user_id, paid_minor, owed_minor)
             select $1, currency, user_id, paid_minor, owed_minor
             from unnest($27::text[], $28::bigint[], $29::bigint[], $30::bigint[])
                 as given (currency, user_id, paid_minor, owed_minor)
             order by currency, user_id
             on conflict on constraint balance_pkey do update
             set paid_minor = balance.paid_minor + excluded.paid_minor,
                 owed_minor = balance.owed_minor + excluded.owed_minor
         ),
         told as (
             insert into outbox (queue, order_key, kind, payload, available_at)
             select $32, $1, $33, payload, now()
             from unnest($31::bytea[]) with ordinality as given (payload, place)
             order by place
         ),
         counted as (
             update room_ledger
             set live_expenses = live_expenses + cardinality($5::bigint[])
             where room_id = $1
         )
         update expense_block
         set live_expenses = expense_block.live_expenses + added.live_expenses
         from (
             select holder.first_date, holder.first_id, count(given.id)::integer as live_expenses
             from unnest($11::date[], $5::bigint[]) as given (date, id)
             cross join lateral (
                 select first_date, first_id
                 from expense_block
                 where room_id = $1
                   and (first_date, first_id) <= (given.date, given.id)
                 order by first_date desc, first_id desc
                 limit 1
             ) as holder
             group by holder.first_date, holder.first_id
         ) as added
         where expense_block.room_id = $1
           and expense_block.first_date = added.first_date
           and expense_block.first_id = added.first_id
         returning expense_block.first_date, expense_block.first_id, expense_block.live_expenses"#,
        first.room_id,
        first.created_by,
        first.created_at,
        action.as_str(),
        &rows.id,
        &rows.title,
        &rows.amount,
        &rows.currency,
        &rows.category,
        &rows.description,
        &rows.date,
        &rows.split_type,
        &rows.paid_by,
        &rows.has_open_debt,
        &rows.receipts,
        &rows.snapshot,
        &payers.expense_id,
        &payers.user_id,
        &payers.amount,
        &splits.expense_id,
        &splits.user_id,
        &splits.id,
        &splits.amount,
        &splits.debt,
        &splits.percentage as &[Option<i32>],
        &splits.weight as &[Option<i32>],
        &moved.currency,
        &moved.user_id,
        &moved.paid,
        &moved.owed,
        news,
        news::QUEUE,
        news::KIND,
    )
    .fetch_all(&mut *conn)
    .await
    .or_fault()?;
    blocks::keep_small(conn, first.room_id, &grown).await
}

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

/// Writes ids as PostgreSQL reads an array.
pub(super) fn array_text(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
