//! Orders that paid shares of bills, their refunds, and the settlements that they made.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::records::{Settlement, SettlementRow};

/// An order that paid a share. *Units*: minor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) order_no: String,
    pub(crate) bill_id: i64,
    /// Whose share it is.
    pub(crate) user_id: i64,
    pub(crate) amount_minor: i64,
}

/// Notes an order; false when it was noted before.
pub(crate) async fn insert_order(
    conn: &mut PgConnection,
    order: &Order,
    at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let inserted = sqlx::query!(
        "insert into online_order (order_no, bill_id, user_id, amount_minor, settled_at)
         values ($1, $2, $3, $4, $5)
         on conflict on constraint online_order_pkey do nothing",
        order.order_no,
        order.bill_id,
        order.user_id,
        order.amount_minor,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(inserted.rows_affected() == 1)
}

/// Finds an order.
pub(crate) async fn find_order(conn: &mut PgConnection, order_no: &str) -> Result<Option<Order>, Fault> {
    sqlx::query_as!(
        Order,
        "select order_no, bill_id, user_id, amount_minor from online_order where order_no = $1",
        order_no,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Notes a refund; false when it was noted before.
pub(crate) async fn insert_refund(
    conn: &mut PgConnection,
    refund_no: &str,
    (order_no, amount_minor): (&str, i64),
    at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let inserted = sqlx::query!(
        "insert into online_refund (refund_no, order_no, amount_minor, noted_at)
         values ($1, $2, $3, $4)
         on conflict on constraint online_refund_pkey do nothing",
        refund_no,
        order_no,
        amount_minor,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(inserted.rows_affected() == 1)
}

/// Notes which settlements an order made.
pub(crate) async fn link(
    conn: &mut PgConnection,
    order_no: &str,
    settlements: &[Settlement],
) -> Result<(), Fault> {
    let ids: Vec<i64> = settlements.iter().map(|settlement| settlement.id).collect();
    sqlx::query!(
        "insert into online_settlement (order_no, settlement_id)
         select $1, given.id
         from unnest($2::bigint[]) as given (id)",
        order_no,
        &ids,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Reads the living settlements of an order. *Shape*: newest first.
pub(crate) async fn settlements(conn: &mut PgConnection, order_no: &str) -> Result<Vec<Settlement>, Fault> {
    let rows = sqlx::query_as!(
        SettlementRow,
        "select
             s.id, s.room_id, s.from_user_id, s.to_user_id, s.amount_minor, s.currency, s.date, s.kind, s.expense_id,
             s.bill_id, s.note, s.created_by, s.created_at
         from online_settlement as link
         join settlement as s on s.id = link.settlement_id
         where link.order_no = $1
           and s.deleted_at is null
         order by s.id desc",
        order_no,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    rows.into_iter().map(Settlement::try_from).collect()
}

/// Tells whether a debtor handed something over of these expenses after a settlement.
pub(crate) async fn was_settled_since(
    conn: &mut PgConnection,
    user_id: i64,
    expense_ids: &[i64],
    settlement_id: i64,
) -> Result<bool, Fault> {
    sqlx::query_scalar!(
        r#"select exists (
             select id
             from settlement
             where expense_id = any($2)
               and from_user_id = $1
               and id > $3
               and deleted_at is null
         ) as "exists!""#,
        user_id,
        expense_ids,
        settlement_id,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Moves what is handed over of a user's part of a bill, up or down. *Locks*: needs `ledger::lock`.
pub(crate) async fn move_part(
    conn: &mut PgConnection,
    (bill_id, expense_id, user_id): (i64, i64, i64),
    by_minor: i64,
) -> Result<(), Fault> {
    sqlx::query!(
        "update bill_part
         set paid_minor = greatest(0, least(debt_minor, paid_minor + $4))
         where bill_id = $1
           and expense_id = $2
           and user_id = $3",
        bill_id,
        expense_id,
        user_id,
        by_minor,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Takes back by whose word a bill share is paid, unless it still is.
pub(crate) async fn reopen_share(conn: &mut PgConnection, bill_id: i64, user_id: i64) -> Result<(), Fault> {
    sqlx::query!(
        "update bill_share
         set confirmed_by = null, confirmed_at = null
         where bill_id = $1
           and user_id = $2
           and exists (
               select part.bill_id
               from bill_part as part
               where part.bill_id = $1
                 and part.user_id = $2
                 and part.paid_minor < part.debt_minor
           )",
        bill_id,
        user_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
