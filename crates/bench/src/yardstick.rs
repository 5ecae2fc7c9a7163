//! The bare SQL of one new expense: what the expense service writes, without the service.
//!
//! The statements are the service's own, word for word (a test compares them), sent in the same transaction over one
//! prepared connection for each client. The database has the same migrations and no relay. The rule not to be
//! broken: what the service's transaction writes, this one writes too, and with rows of the same size.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use clock::Clock;
use sqlx::{Connection as _, PgConnection};

use crate::{
    databases::{Databases, YARDSTICK},
    load::Worker,
};

/// As `store::blocks` of the expense service: when a block is cut, and into what.
const BLOCK_MAX: i32 = 512;
const PIECE: i64 = 256;
/// As crate `news` names its jobs.
const QUEUE: &str = "room";
const KIND: &str = "room_news";

/// Rows as the service wrote them, so that the yardstick's have the same size.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// An encoded expense, as in its history.
    pub(crate) snapshot: Vec<u8>,
    /// The encoded news of its creation, as in the outbox.
    pub(crate) news: Vec<u8>,
    /// The day that the requests name.
    pub(crate) date: NaiveDate,
    /// What each of the four shares.
    pub(crate) share_minor: i64,
}

/// One client of the yardstick.
#[derive(Debug)]
pub(crate) struct Writer {
    conn: PgConnection,
    clock: Clock,
    room_id: i64,
    members: Vec<i64>,
    sample: Sample,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    room_id: i64,
    first_date: NaiveDate,
    first_id: i64,
    live_expenses: i32,
}

/// The shares of an expense as columns.
struct Shares {
    expense_ids: Vec<i64>,
    ids: Vec<i64>,
    amounts: Vec<i64>,
    debts: Vec<i64>,
    paid: Vec<i64>,
}

impl Writer {
    /// Connects a client that writes into one room.
    pub(crate) async fn open(databases: &Databases, room: (i64, Vec<i64>), sample: Sample) -> Result<Self> {
        let mut conn = databases.connect(YARDSTICK).await?;
        let (room_id, members) = room;
        create(&mut conn, room_id).await?;
        Ok(Self { conn, clock: Clock::system(), room_id, members, sample })
    }

    fn shares(&self, expense_id: i64, payer: i64) -> Shares {
        let share = self.sample.share_minor;
        let (mut debts, mut paid) = (Vec::new(), Vec::new());
        for member in &self.members {
            debts.push(if *member == payer { 0 } else { share });
            paid.push(if *member == payer { total(share, self.members.len()) } else { 0 });
        }
        Shares {
            expense_ids: vec![expense_id; self.members.len()],
            ids: self.members.iter().map(|_| self.clock.new_id()).collect(),
            amounts: vec![share; self.members.len()],
            debts,
            paid,
        }
    }
}

impl Worker for Writer {
    async fn turn(&mut self) -> Result<bool> {
        let (expense_id, at) = (self.clock.new_id(), self.clock.now());
        let payer = *self.members.first().context("a room needs members")?;
        let shares = self.shares(expense_id, payer);
        let expense = NewExpense {
            id: expense_id,
            room_id: self.room_id,
            payer,
            at,
            members: &self.members,
            shares: &shares,
            sample: &self.sample,
        };
        let mut tx = self.conn.begin().await?;
        insert(&mut tx, &expense).await?;
        count(&mut tx, &expense).await?;
        let grown = account(&mut tx, &expense).await?;
        for block in grown.iter().filter(|block| block.live_expenses >= BLOCK_MAX) {
            cut(&mut tx, block).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Empties the jobs that nobody fetches here.
pub(crate) async fn forget_news(databases: &Databases) -> Result<()> {
    let mut conn = databases.connect(YARDSTICK).await?;
    sqlx::query!("truncate outbox").execute(&mut conn).await?;
    Ok(conn.close().await?)
}

fn total(share: i64, people: usize) -> i64 {
    i64::try_from(people).unwrap_or_default().saturating_mul(share)
}

async fn create(conn: &mut PgConnection, room_id: i64) -> Result<()> {
    sqlx::query!(
        "with made as (
             insert into room_ledger (room_id)
             values ($1)
             on conflict on constraint room_ledger_pkey do nothing
             returning room_id
         )
         insert into expense_block (room_id, first_date, first_id, live_expenses)
         select room_id, date '0001-01-01', 0, 0
         from made",
        room_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct NewExpense<'a> {
    id: i64,
    room_id: i64,
    payer: i64,
    at: DateTime<Utc>,
    members: &'a [i64],
    shares: &'a Shares,
    sample: &'a Sample,
}

/// Writes the expense, its payer, shares and history.
#[expect(clippy::too_many_lines, reason = "one statement of many columns, as the service sends it")]
#[expect(clippy::as_conversions, reason = "how a checked statement is told the type of a parameter")]
async fn insert(conn: &mut PgConnection, expense: &NewExpense<'_>) -> Result<()> {
    let NewExpense { members, shares, sample, .. } = expense;
    let amount = total(sample.share_minor, members.len());
    let none: Vec<Option<i32>> = vec![None; members.len()];
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
        &[expense.room_id],
        &[expense.payer],
        &[expense.at],
        "created",
        &[expense.id],
        &["Groceries 1000".to_owned()],
        &[amount],
        &["CNY".to_owned()],
        &["food".to_owned()],
        &["two bags from the market".to_owned()],
        &[sample.date],
        &["custom".to_owned()],
        &[expense.payer],
        &[true],
        &["{}".to_owned()],
        std::slice::from_ref(&sample.snapshot),
        &[expense.id],
        &[expense.payer],
        &[amount],
        &shares.expense_ids,
        members,
        &shares.ids,
        &shares.amounts,
        &shares.debts,
        &none as &[Option<i32>],
        &none as &[Option<i32>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks and counts in the room's row.
async fn count(conn: &mut PgConnection, expense: &NewExpense<'_>) -> Result<()> {
    sqlx::query!(
        "update room_ledger
         set live_expenses = live_expenses + $3
         where room_id = $1
           and not is_closed
           and not closed_member_ids && $2",
        expense.room_id,
        expense.members,
        1,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves balances and blocks, and leaves the news.
async fn account(conn: &mut PgConnection, expense: &NewExpense<'_>) -> Result<Vec<Block>> {
    let NewExpense { members, shares, sample, .. } = expense;
    let blocks = sqlx::query_as!(
        Block,
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
        &[expense.room_id],
        &[expense.id],
        &[sample.date],
        &vec![expense.room_id; members.len()],
        &vec!["CNY".to_owned(); members.len()],
        members,
        &shares.paid,
        &shares.amounts,
        &[expense.room_id],
        std::slice::from_ref(&sample.news),
        QUEUE,
        KIND,
    )
    .fetch_all(conn)
    .await?;
    Ok(blocks)
}

async fn cut(conn: &mut PgConnection, block: &Block) -> Result<()> {
    sqlx::query!(
        r#"with placed as (
             select date, id, row_number() over (order by date, id) - 1 as place
             from (
                 select date, id
                 from expense
                 where room_id = $1
                   and deleted_at is null
                   and (date, id) >= ($2, $3)
                 order by date, id
                 limit $4
             ) as held
         ),
         pieces as (
             insert into expense_block (room_id, first_date, first_id, live_expenses)
             select $1, date, id, least($5, $4 - place)::integer
             from placed
             where place > 0
               and place % $5 = 0
         )
         update expense_block
         set live_expenses = least($5, $4)::integer
         where room_id = $1
           and first_date = $2
           and first_id = $3"#,
        block.room_id,
        block.first_date,
        block.first_id,
        i64::from(block.live_expenses),
        PIECE,
    )
    .execute(conn)
    .await?;
    Ok(())
}
