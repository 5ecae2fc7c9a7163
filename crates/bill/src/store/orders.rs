//! Orders: finding them, and the steps of their life.
//!
//! Every step is one conditional update that gives the new version, or none when the order is elsewhere by then.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::order::{Kind, Money, Status};

/// One row of `orders`, columns as they are. *Units*: fen, UTC.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) order_no: String,
    pub(crate) kind: String,
    pub(crate) user_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    pub(crate) subject: String,
    pub(crate) status: String,
    pub(crate) refunded_minor: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    pub(crate) payment_no: Option<String>,
    pub(crate) delivered_at: Option<DateTime<Utc>>,
    pub(crate) cancel_reason: String,
    pub(crate) refund_reason: String,
    pub(crate) product_id: Option<i64>,
    pub(crate) is_upgrade: bool,
    pub(crate) bill_id: Option<i64>,
    pub(crate) split_id: Option<i64>,
    pub(crate) room_id: Option<i64>,
    pub(crate) merchant_id: Option<i64>,
    pub(crate) version: i32,
}

impl Order {
    /// Gives what is paid for. *Errors*: internal, for a word that nobody knows.
    pub(crate) fn kind(&self) -> Result<Kind, Fault> {
        Kind::parse(&self.kind)
            .ok_or_else(|| Fault::internal(format!("order {} has an unknown kind", self.id)))
    }

    /// Gives where it stands. *Errors*: internal, for a word that nobody knows.
    pub(crate) fn status(&self) -> Result<Status, Fault> {
        let unknown = || Fault::internal(format!("order {} has an unknown status", self.id));
        Status::parse(&self.status).ok_or_else(unknown)
    }

    /// Tells whether it waits for money in vain.
    pub(crate) fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.status == Status::Pending.as_str() && now > self.expires_at
    }

    /// Gives the bill and the share that it pays. *Errors*: internal, for an order of another kind.
    pub(crate) fn share(&self) -> Result<(i64, i64), Fault> {
        let share = self.bill_id.zip(self.split_id);
        share.ok_or_else(|| Fault::internal(format!("order {} pays no share", self.id)))
    }
}

/// Writes a new order.
///
/// *Errors*: retryable, when the share or the upgrade has a pending order by now, or the number is taken.
pub(crate) async fn insert(conn: &mut PgConnection, order: &Order) -> Result<(), Fault> {
    sqlx::query!(
        "insert into orders (id, order_no, kind, user_id, amount_minor, currency, subject, status, created_at,
             updated_at, expires_at, product_id, is_upgrade, bill_id, split_id, room_id, merchant_id)
         values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $8, $9, $10, $11, $12, $13, $14, $15)",
        order.id,
        order.order_no,
        order.kind,
        order.user_id,
        order.amount_minor,
        order.currency,
        order.subject,
        order.created_at,
        order.expires_at,
        order.product_id,
        order.is_upgrade,
        order.bill_id,
        order.split_id,
        order.room_id,
        order.merchant_id,
    )
    .execute(conn)
    .await
    .on_constraints(|broken| match broken {
        "orders_pending_split_key" | "orders_pending_upgrade_key" | "orders_order_no_key" => {
            Some(Fault::conflict("the same order was made at the same moment; try again").with_retryable())
        }
        _ => None,
    })?;
    Ok(())
}

/// Finds an order.
pub(crate) async fn find(conn: &mut PgConnection, order_id: i64) -> Result<Option<Order>, Fault> {
    sqlx::query_as!(
        Order,
        "select id, order_no, kind, user_id, amount_minor, currency, subject, status, refunded_minor, created_at,
             expires_at, paid_at, payment_no, delivered_at, cancel_reason, refund_reason, product_id, is_upgrade,
             bill_id, split_id, room_id, merchant_id, version
         from orders
         where id = $1",
        order_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Finds an order by its number.
pub(crate) async fn find_by_no(conn: &mut PgConnection, order_no: &str) -> Result<Option<Order>, Fault> {
    sqlx::query_as!(
        Order,
        "select id, order_no, kind, user_id, amount_minor, currency, subject, status, refunded_minor, created_at,
             expires_at, paid_at, payment_no, delivered_at, cancel_reason, refund_reason, product_id, is_upgrade,
             bill_id, split_id, room_id, merchant_id, version
         from orders
         where order_no = $1",
        order_no,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Locks an order until the end of the transaction.
pub(crate) async fn lock(conn: &mut PgConnection, order_id: i64) -> Result<(), Fault> {
    sqlx::query_scalar!("select id from orders where id = $1 for update", order_id)
        .fetch_optional(conn)
        .await
        .or_fault()?;
    Ok(())
}

/// Finds the pending order of a share, overdue or not. *Locks*: its row.
pub(crate) async fn pending_of_split(conn: &mut PgConnection, split_id: i64) -> Result<Option<Order>, Fault> {
    sqlx::query_as!(
        Order,
        "select id, order_no, kind, user_id, amount_minor, currency, subject, status, refunded_minor, created_at,
             expires_at, paid_at, payment_no, delivered_at, cancel_reason, refund_reason, product_id, is_upgrade,
             bill_id, split_id, room_id, merchant_id, version
         from orders
         where split_id = $1 and status = 'pending'
         for update",
        split_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Finds the pending upgrade of a user, overdue or not. *Locks*: its row.
pub(crate) async fn pending_upgrade(conn: &mut PgConnection, user_id: i64) -> Result<Option<Order>, Fault> {
    sqlx::query_as!(
        Order,
        "select id, order_no, kind, user_id, amount_minor, currency, subject, status, refunded_minor, created_at,
             expires_at, paid_at, payment_no, delivered_at, cancel_reason, refund_reason, product_id, is_upgrade,
             bill_id, split_id, room_id, merchant_id, version
         from orders
         where user_id = $1 and status = 'pending' and is_upgrade
         for update",
        user_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Takes the step to `paid`, if money of this amount is in time.
pub(crate) async fn pay(
    conn: &mut PgConnection,
    order_id: i64,
    money: Money<'_>,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update orders
         set status = 'paid', payment_no = $2, paid_at = $4, updated_at = $5::timestamptz, version = version + 1,
             delivered_at = case when kind in ('recharge', 'external') then $5::timestamptz end
         where id = $1 and status = 'pending' and amount_minor = $3 and expires_at >= $4
         returning version",
        order_id,
        money.payment_no,
        money.amount_minor,
        money.paid_at,
        now,
    )
    .fetch_optional(conn)
    .await
    .on_constraint("orders_payment_no_key", || {
        Fault::duplicate("payment_no", "this payment has paid another order")
    })
}

/// Takes the step from `pending` to `cancelled`.
pub(crate) async fn cancel(
    conn: &mut PgConnection,
    order_id: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update orders
         set status = 'cancelled', cancel_reason = $2, updated_at = $3, version = version + 1
         where id = $1 and status = 'pending'
         returning version",
        order_id,
        reason,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Takes the step to `cancelled` for orders that are overdue, the oldest first, at most `limit`; those that somebody
/// else works on are left for the next time. Gives their ids.
pub(crate) async fn cancel_overdue(
    conn: &mut PgConnection,
    reason: &str,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<i64>, Fault> {
    sqlx::query_scalar!(
        "update orders
         set status = 'cancelled', cancel_reason = $1, updated_at = $3, version = version + 1
         where id in (
             select id
             from orders
             where status = 'pending' and expires_at < $3
             order by expires_at, id
             limit $2
             for update skip locked
         )
         returning id",
        reason,
        limit,
        now,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Notes that what was paid for has been delivered; none when that was noted before.
pub(crate) async fn deliver(
    conn: &mut PgConnection,
    order_id: i64,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update orders
         set delivered_at = $2, updated_at = $2, version = version + 1
         where id = $1 and status = 'paid' and delivered_at is null
         returning version",
        order_id,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Takes the step from `paid` to `completed`, if all is delivered and no refund is open.
pub(crate) async fn complete(
    conn: &mut PgConnection,
    order_id: i64,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update orders
         set status = 'completed', updated_at = $2, version = version + 1
         where id = $1 and status = 'paid' and delivered_at is not null
           and not exists (
               select refund_no
               from order_refund
               where order_id = $1 and state in ('preparing', 'prepared')
           )
         returning version",
        order_id,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Adds a refund; the last fen takes the step from `paid` to `refunded`.
pub(crate) async fn refund(
    conn: &mut PgConnection,
    order_id: i64,
    (amount_minor, reason): (i64, &str),
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update orders
         set refunded_minor = refunded_minor + $2, refund_reason = $3, updated_at = $4, version = version + 1,
             status = case when refunded_minor + $2 = amount_minor then 'refunded' else status end
         where id = $1 and status = 'paid' and refunded_minor + $2 <= amount_minor
         returning version",
        order_id,
        amount_minor,
        reason,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}
