//! The counted blocks of a room's living expenses, in order of (date, id).
//!
//! A block holds the expenses from its first key up to the next block's first key; the first block begins
//! before every date and is never deleted. Insertions count in `expenses`, pages are read in `pages`. The rule
//! not to be broken: a block's count is exact, and no block stays above [`BLOCK_MAX`] after a write.

use chrono::NaiveDate;
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// Expenses from which on a block is cut into pieces of [`PIECE`].
const BLOCK_MAX: i32 = 512;
const PIECE: i64 = 256;

/// A block whose count has changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) room_id: i64,
    pub(super) first_date: NaiveDate,
    pub(super) first_id: i64,
    pub(super) live_expenses: i32,
}

/// Cuts the blocks that have grown too large.
pub(super) async fn keep_small(conn: &mut PgConnection, grown: &[Block]) -> Result<(), Fault> {
    for block in grown.iter().filter(|block| block.live_expenses >= BLOCK_MAX) {
        cut(conn, block).await?;
    }
    Ok(())
}

async fn cut(conn: &mut PgConnection, block: &Block) -> Result<(), Fault> {
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
    .await
    .or_fault()?;
    Ok(())
}

/// Counts an expense that is no longer living, or no longer living under this date.
pub(super) async fn take_out(
    conn: &mut PgConnection,
    room_id: i64,
    date: NaiveDate,
    id: i64,
) -> Result<(), Fault> {
    count(conn, room_id, (date, id), -1).await?;
    Ok(())
}

/// Counts an expense under a new date, and cuts its block if need be.
pub(super) async fn put_in(
    conn: &mut PgConnection,
    room_id: i64,
    date: NaiveDate,
    id: i64,
) -> Result<(), Fault> {
    let block = count(conn, room_id, (date, id), 1).await?;
    keep_small(conn, &[block]).await
}

async fn count(
    conn: &mut PgConnection,
    room_id: i64,
    key: (NaiveDate, i64),
    by: i32,
) -> Result<Block, Fault> {
    sqlx::query_as!(
        Block,
        "update expense_block
         set live_expenses = expense_block.live_expenses + $4
         from (
             select first_date, first_id
             from expense_block
             where room_id = $1
               and (first_date, first_id) <= ($2, $3)
             order by first_date desc, first_id desc
             limit 1
         ) as holder
         where expense_block.room_id = $1
           and expense_block.first_date = holder.first_date
           and expense_block.first_id = holder.first_id
         returning
             expense_block.room_id,
             expense_block.first_date,
             expense_block.first_id,
             expense_block.live_expenses",
        room_id,
        key.0,
        key.1,
        by,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}
