//! Writing new expenses, as many as there are at once.
//!
//! An insertion is two statements around the lock of the room, because it is what this service does most: the rows
//! before it, what all writers of the room share after it. The rule not to be broken: [`insert`], `ledger::enter` and
//! [`account`] go together, in one transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
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
    room_id: Vec<i64>,
    created_by: Vec<i64>,
    created_at: Vec<DateTime<Utc>>,
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
        self.room_id.push(expense.room_id);
        self.created_by.push(expense.created_by);
        self.created_at.push(expense.created_at);
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

/// Writes the rows of new expenses and their history.
///
/// Nothing of a room is touched, so that writers of one room may do this side by side; [`account`] follows.
#[expect(clippy::as_conversions, reason = "so the macro is told that elements may be null")]
#[expect(clippy::too_many_lines, reason = "one statement of many columns")]
pub(crate) async fn insert(conn: &mut PgConnection, entries: &[Entry], action: Action) -> Result<(), Fault> {
    let rows = Rows::of(entries)?;
    sqlx::query!(
        "with written as (
             insert into expense (
                 id, room_id, title, amount_minor, currency, category, description, date, split_type, paid_by,
                 created_by, created_at, updated_at, has_open_debt, receipt_upload_ids
             )
             select
                 id, room_id, title, amount_minor, currency, category, description, date, split_type, paid_by,
                 created_by, created_at, created_at, has_open_debt, receipts::bigint[]
             from unnest(
                 $1::bigint[], $2::bigint[], $3::timestamptz[], $5::bigint[], $6::text[], $7::bigint[], $8::text[],
                 $9::text[], $10::text[], $11::date[], $12::text[], $13::bigint[], $14::boolean[], $15::text[]
             ) as given (
                 room_id, created_by, created_at, id, title, amount_minor, currency, category, description, date,
                 split_type, paid_by, has_open_debt, receipts
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
         select id, 1, $4, created_by, created_at, snapshot
         from unnest($5::bigint[], $2::bigint[], $3::timestamptz[], $16::bytea[])
             as given (id, created_by, created_at, snapshot)",
        &rows.own.room_id,
        &rows.own.created_by,
        &rows.own.created_at,
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

/// Moves the balances and counts of rooms by the expenses just written, and leaves the news of them.
///
/// `movements` are those of each room; `news` are encoded jobs, each with its room, in order. They are written here
/// and not through `durable::outbox`, so that a room is locked for one statement less. *Locks*: needs
/// `ledger::enter` of the rooms, which has counted the expenses.
#[expect(clippy::too_many_lines, reason = "one statement of many columns")]
pub(crate) async fn account(
    conn: &mut PgConnection,
    entries: &[Entry],
    movements: &BTreeMap<i64, Movements>,
    news: Vec<(i64, Vec<u8>)>,
) -> Result<(), Fault> {
    let (mut rooms, mut ids, mut dates) = (Vec::new(), Vec::new(), Vec::new());
    for Entry { expense, .. } in entries {
        rooms.push(expense.room_id);
        ids.push(expense.id);
        dates.push(expense.date);
    }
    let mut moved = balances::Columns::default();
    for (room_id, movements) in movements {
        moved.push(*room_id, movements);
    }
    let (told_rooms, told): (Vec<i64>, Vec<Vec<u8>>) = news.into_iter().unzip();
    let grown = sqlx::query_as!(
        blocks::Block,
        "with moved as (
             insert into balance (room_id, currency, user_id, paid_minor, owed_minor)
             select room_id, currency, user_id, paid_minor, owed_minor
             from unnest($4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
                 as given (room_id, currency, user_id, paid_minor, owed_minor)
             order by room_id, currency, user_id
             on conflict on constraint balance_pkey do update
             set paid_minor = balance.paid_minor + excluded.paid_minor,
                 owed_minor = balance.owed_minor + excluded.owed_minor
         ),
         told as (
             insert into outbox (queue, order_key, kind, payload, available_at)
             select $11, room_id, $12, payload, now()
             from unnest($9::bigint[], $10::bytea[]) with ordinality as given (room_id, payload, place)
             order by place
         )
         update expense_block
         set live_expenses = expense_block.live_expenses + added.live_expenses
         from (
             select holder.room_id, holder.first_date, holder.first_id, count(given.id)::integer as live_expenses
             from unnest($1::bigint[], $2::bigint[], $3::date[]) as given (room_id, id, date)
             cross join lateral (
                 select room_id, first_date, first_id
                 from expense_block
                 where room_id = given.room_id
                   and (first_date, first_id) <= (given.date, given.id)
                 order by first_date desc, first_id desc
                 limit 1
             ) as holder
             group by holder.room_id, holder.first_date, holder.first_id
         ) as added
         where expense_block.room_id = added.room_id
           and expense_block.first_date = added.first_date
           and expense_block.first_id = added.first_id
         returning
             expense_block.room_id,
             expense_block.first_date,
             expense_block.first_id,
             expense_block.live_expenses",
        &rooms,
        &ids,
        &dates,
        &moved.room_id,
        &moved.currency,
        &moved.user_id,
        &moved.paid,
        &moved.owed,
        &told_rooms,
        &told,
        news::QUEUE,
        news::KIND,
    )
    .fetch_all(&mut *conn)
    .await
    .or_fault()?;
    blocks::keep_small(conn, &grown).await
}

/// Writes ids as PostgreSQL reads an array.
pub(super) fn array_text<'a>(ids: impl IntoIterator<Item = &'a i64>) -> String {
    let ids: Vec<String> = ids.into_iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
