//! Pages of living expenses, newest date first, then newest id.
//!
//! A whole room is read through its counted blocks: the block that holds the first row of the page is found by
//! adding counts, and the rows begin at its key. So page 1,000 costs what page 1 costs. Other filters count
//! and skip on an index. The rule not to be broken: both ways list the same rows in the same order.

use chrono::NaiveDate;
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::records::{Expense, ExpenseRow};

/// Which expenses are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// The rooms to look in; the caller may see all of them.
    pub(crate) room_ids: Vec<i64>,
    pub(crate) category: Option<String>,
    pub(crate) paid_by: Option<i64>,
    /// Whether every debt is handed over, or one is still open.
    pub(crate) is_paid: Option<bool>,
    /// Inclusive.
    pub(crate) start_date: Option<NaiveDate>,
    /// Inclusive.
    pub(crate) end_date: Option<NaiveDate>,
}

impl Filter {
    /// Names the room when a whole room and nothing else is asked for.
    fn whole_room(&self) -> Option<i64> {
        match self.room_ids.as_slice() {
            [room_id] if *self == (Self { room_ids: vec![*room_id], ..Self::default() }) => Some(*room_id),
            _ => None,
        }
    }
}

/// Rows to skip and rows to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

/// Reads a page and counts all rows. *Shape*: expenses without splits.
pub(crate) async fn read(
    conn: &mut PgConnection,
    filter: &Filter,
    window: Window,
) -> Result<(Vec<Expense>, i64), Fault> {
    let (rows, total) = if let Some(room_id) = filter.whole_room() {
        (room_rows(conn, room_id, window).await?, room_total(conn, room_id).await?)
    } else {
        (filtered_rows(conn, filter, window).await?, filtered_total(conn, filter).await?)
    };
    Ok((rows.into_iter().map(Expense::try_from).collect::<Result<_, _>>()?, total))
}

async fn room_total(conn: &mut PgConnection, room_id: i64) -> Result<i64, Fault> {
    let total = sqlx::query_scalar!("select live_expenses from room_ledger where room_id = $1", room_id);
    Ok(total.fetch_optional(conn).await.or_fault()?.unwrap_or_default())
}

async fn room_rows(conn: &mut PgConnection, room_id: i64, window: Window) -> Result<Vec<ExpenseRow>, Fault> {
    sqlx::query_as!(
        ExpenseRow,
        r#"with counted as (
             select
                 first_date,
                 first_id,
                 live_expenses,
                 sum(live_expenses) over newest - live_expenses as newer,
                 lag(first_date) over newest as end_date,
                 lag(first_id) over newest as end_id
             from expense_block
             where room_id = $1
             window newest as (order by first_date desc, first_id desc)
         ),
         holder as (
             select newer, coalesce(end_date, date '9999-12-31') as end_date, coalesce(end_id, 0) as end_id
             from counted
             where newer + live_expenses > $2
             order by first_date desc, first_id desc
             limit 1
         )
         select
             page.id, page.room_id, page.title, page.amount_minor, page.currency, page.category, page.description,
             page.date, page.split_type, page.paid_by, page.created_by, page.created_at, page.updated_at,
             page.version, page.receipt_upload_ids,
             false as "is_deleted!",
             array(select user_id from expense_payer where expense_id = page.id order by user_id) as "payer_ids!",
             array(select amount_minor from expense_payer where expense_id = page.id order by user_id)
                 as "payer_amounts!"
         from holder
         cross join lateral (
             select
                 id, room_id, title, amount_minor, currency, category, description, date, split_type, paid_by,
                 created_by, created_at, updated_at, version, receipt_upload_ids
             from expense
             where room_id = $1
               and deleted_at is null
               and (date, id) < (holder.end_date, holder.end_id)
             order by date desc, id desc
             offset $2 - holder.newer
             limit $3
         ) as page
         order by page.date desc, page.id desc"#,
        room_id,
        window.offset,
        window.limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

async fn filtered_total(conn: &mut PgConnection, filter: &Filter) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(id) as "total!"
         from expense
         where room_id = any($1)
           and deleted_at is null
           and ($2::text is null or category = $2)
           and ($3::bigint is null or paid_by = $3)
           and ($4::boolean is null or has_open_debt <> $4)
           and ($5::date is null or date >= $5)
           and ($6::date is null or date <= $6)"#,
        &filter.room_ids,
        filter.category,
        filter.paid_by,
        filter.is_paid,
        filter.start_date,
        filter.end_date,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

async fn filtered_rows(
    conn: &mut PgConnection,
    filter: &Filter,
    window: Window,
) -> Result<Vec<ExpenseRow>, Fault> {
    sqlx::query_as!(
        ExpenseRow,
        r#"select
             id, room_id, title, amount_minor, currency, category, description, date, split_type, paid_by,
             created_by, created_at, updated_at, version, receipt_upload_ids,
             false as "is_deleted!",
             array(select user_id from expense_payer where expense_id = expense.id order by user_id) as "payer_ids!",
             array(select amount_minor from expense_payer where expense_id = expense.id order by user_id)
                 as "payer_amounts!"
         from expense
         where room_id = any($1)
           and deleted_at is null
           and ($2::text is null or category = $2)
           and ($3::bigint is null or paid_by = $3)
           and ($4::boolean is null or has_open_debt <> $4)
           and ($5::date is null or date >= $5)
           and ($6::date is null or date <= $6)
         order by date desc, id desc
         offset $7
         limit $8"#,
        &filter.room_ids,
        filter.category,
        filter.paid_by,
        filter.is_paid,
        filter.start_date,
        filter.end_date,
        window.offset,
        window.limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}
