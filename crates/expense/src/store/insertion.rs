//! Writing new expenses, as many as there are at once.
//!
//! An insertion is two statements around the lock of the room, because it is what this service does most: the rows
//! before it, what all writers of the room share after it. The rule not to be broken: [`insert`], `ledger::enter` and
//! [`account`] go together, in one transaction.

use chrono::NaiveDate;
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::{
    balances, blocks,
    changes::Movements,
    records::{Action, Expense, Split},
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

/// Everything that an insertion writes, as arrays.
#[derive(Default)]
struct Rows {
    own: Columns,
    payers: PayerColumns,
    splits: SplitColumns,
}

impl Rows {
    fn of(entries: &[Entry]) -> Result<Self, Fault> {
        let mut rows = Self::default();
        for entry in entries {
            rows.own.push(entry);
            for payer in &entry.expense.payers {
                rows.payers.expense_id.push(entry.expense.id);
                rows.payers.user_id.push(payer.user_id);
                rows.payers.amount.push(payer.amount.get());
            }
            for split in &entry.expense.splits {
                rows.splits.push(entry.expense.id, split)?;
            }
        }
        Ok(rows)
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

/// Writes the rows of new expenses of one room, made by one person at one instant, and their history.
///
/// Nothing of the room is touched, so that writers of one room do this side by side; [`account`] follows.
#[expect(clippy::as_conversions, reason = "so the macro is told that elements may be null")]
#[expect(clippy::too_many_lines, reason = "one statement of many columns")]
pub(crate) async fn insert(conn: &mut PgConnection, entries: &[Entry], action: Action) -> Result<(), Fault> {
    let Some(first) = entries.first().map(|entry| &entry.expense) else { return Ok(()) };
    let rows = Rows::of(entries)?;
    sqlx::query!(
        "with written as (
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
         )
         insert into expense_history (expense_id, version, action, actor_user_id, at, snapshot)
         select id, 1, $4, $2, $3, snapshot
         from unnest($5::bigint[], $16::bytea[]) as given (id, snapshot)",
        first.room_id,
        first.created_by,
        first.created_at,
        action.as_str(),
        &rows.own.id,
        &rows.own.title,
        &rows.own.amount,
        &rows.own.currency,
        &rows.own.category,
        &rows.own.description,
        &rows.own.date,
        &rows.own.split_type,
        &rows.own.paid_by,
        &rows.own.has_open_debt,
        &rows.own.receipts,
        &rows.own.snapshot,
        &rows.payers.expense_id,
        &rows.payers.user_id,
        &rows.payers.amount,
        &rows.splits.expense_id,
        &rows.splits.user_id,
        &rows.splits.id,
        &rows.splits.amount,
        &rows.splits.debt,
        &rows.splits.percentage as &[Option<i32>],
        &rows.splits.weight as &[Option<i32>],
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Moves the balances and counts of a room by the expenses just written, and leaves the news of them.
///
/// `news` are encoded jobs, in order. They are written here and not through `durable::outbox`, so that the room is
/// locked for one statement less. *Locks*: needs `ledger::enter`, which has counted the expenses.
pub(crate) async fn account(
    conn: &mut PgConnection,
    room_id: i64,
    entries: &[Entry],
    movements: &Movements,
    news: &[Vec<u8>],
) -> Result<(), Fault> {
    let (ids, dates): (Vec<i64>, Vec<NaiveDate>) =
        entries.iter().map(|entry| (entry.expense.id, entry.expense.date)).unzip();
    let moved = balances::Columns::of(movements);
    let grown = sqlx::query_as!(
        blocks::Block,
        "with moved as (
             insert into balance (room_id, currency, user_id, paid_minor, owed_minor)
             select $1, currency, user_id, paid_minor, owed_minor
             from unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
                 as given (currency, user_id, paid_minor, owed_minor)
             order by currency, user_id
             on conflict on constraint balance_pkey do update
             set paid_minor = balance.paid_minor + excluded.paid_minor,
                 owed_minor = balance.owed_minor + excluded.owed_minor
         ),
         told as (
             insert into outbox (queue, order_key, kind, payload, available_at)
             select $9, $1, $10, payload, now()
             from unnest($8::bytea[]) with ordinality as given (payload, place)
             order by place
         )
         update expense_block
         set live_expenses = expense_block.live_expenses + added.live_expenses
         from (
             select holder.first_date, holder.first_id, count(given.id)::integer as live_expenses
             from unnest($2::bigint[], $3::date[]) as given (id, date)
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
         returning expense_block.first_date, expense_block.first_id, expense_block.live_expenses",
        room_id,
        &ids,
        &dates,
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
    blocks::keep_small(conn, room_id, &grown).await
}

/// Writes ids as PostgreSQL reads an array.
pub(super) fn array_text(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
