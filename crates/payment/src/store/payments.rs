//! The statements of single payments.
//!
//! Every change counts the version up. The rule not to be broken: a change of state names the state it starts from.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::{Code, Fault};
use serde_json::Value;
use sqlx::PgConnection;

use crate::domain::{Lane, Method, Status, Verdict};

/// A payment as its row has it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) payment_no: String,
    pub(crate) order_id: i64,
    pub(crate) order_no: String,
    pub(crate) user_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    pub(crate) method: String,
    pub(crate) channel: String,
    pub(crate) status: String,
    pub(crate) subject: String,
    pub(crate) description: String,
    pub(crate) handout: Option<Value>,
    pub(crate) transaction_id: Option<String>,
    pub(crate) paid_minor: i64,
    pub(crate) fee_minor: i64,
    pub(crate) refunded_minor: i64,
    pub(crate) reserved_minor: i64,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) close_reason: String,
    pub(crate) remark: String,
    pub(crate) frozen_reason: Option<String>,
    pub(crate) is_extra: bool,
    pub(crate) verdict: Option<String>,
    pub(crate) settled_at: Option<DateTime<Utc>>,
    pub(crate) deleted_at: Option<DateTime<Utc>>,
    pub(crate) return_url: String,
    pub(crate) notify_url: String,
    pub(crate) extra: Option<Value>,
    pub(crate) device: Option<Value>,
    pub(crate) client_ip: String,
    pub(crate) version: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Row {
    /// Gives the state.
    pub(crate) fn status(&self) -> Status {
        // The column's CHECK knows the same words.
        Status::parse(&self.status).unwrap_or(Status::Failed)
    }

    /// Gives the method.
    pub(crate) fn method(&self) -> Method {
        Method::parse(&self.method).unwrap_or(Method::Balance)
    }

    /// Gives where the payer is led.
    pub(crate) fn lane(&self) -> Lane {
        Lane::parse(&self.channel).unwrap_or(Lane::Web)
    }

    /// Gives what the order said, once it did.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.verdict.as_deref().and_then(Verdict::parse)
    }
}

/// Writes a new payment. *Errors*: retryable, if the order has an open one of this method or the number is taken.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    row: &Row,
    next_query_at: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into payment (
             id, payment_no, order_id, order_no, user_id, amount_minor, currency, method, channel, status, subject,
             description, expires_at, return_url, notify_url, extra, device, client_ip, next_query_at, created_at,
             updated_at
         )
         values (
             $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20
         )",
        row.id,
        row.payment_no,
        row.order_id,
        row.order_no,
        row.user_id,
        row.amount_minor,
        row.currency,
        row.method,
        row.channel,
        row.status,
        row.subject,
        row.description,
        row.expires_at,
        row.return_url,
        row.notify_url,
        row.extra,
        row.device,
        row.client_ip,
        next_query_at,
        row.created_at,
    )
    .execute(conn)
    .await
    .on_constraints(|name| matches!(name, "payment_open_key" | "payment_payment_no_key").then(again))?;
    Ok(())
}

fn again() -> Fault {
    Fault::conflict("somebody else pays this order at the same moment; try again").with_retryable()
}

/// Finds a payment by its id.
pub(crate) async fn by_id(conn: &mut PgConnection, id: i64) -> Result<Option<Row>, Fault> {
    sqlx::query_file_as!(Row, "src/store/payment_by_id.sql", id).fetch_optional(conn).await.or_fault()
}

/// Finds a payment by its number.
pub(crate) async fn by_no(conn: &mut PgConnection, payment_no: &str) -> Result<Option<Row>, Fault> {
    sqlx::query_file_as!(Row, "src/store/payment_by_no.sql", payment_no).fetch_optional(conn).await.or_fault()
}

/// Finds payments by their ids or their numbers.
pub(crate) async fn named(
    conn: &mut PgConnection,
    ids: &[i64],
    numbers: &[String],
) -> Result<Vec<Row>, Fault> {
    sqlx::query_file_as!(Row, "src/store/payments_named.sql", ids, numbers).fetch_all(conn).await.or_fault()
}

/// Finds a payment by its id. *Locks*: its row.
pub(crate) async fn lock(conn: &mut PgConnection, id: i64) -> Result<Option<Row>, Fault> {
    sqlx::query_file_as!(Row, "src/store/payment_lock.sql", id).fetch_optional(conn).await.or_fault()
}

/// Lists the payments of an order, the one that paid it first, then the newest.
pub(crate) async fn of_order(
    conn: &mut PgConnection,
    order_id: i64,
    order_no: &str,
) -> Result<Vec<Row>, Fault> {
    sqlx::query_file_as!(Row, "src/store/payments_of_order.sql", order_id, order_no)
        .fetch_all(conn)
        .await
        .or_fault()
}

/// Says what a user has spent or is about to since an instant, and not given up.
pub(crate) async fn spent_since(
    conn: &mut PgConnection,
    user_id: i64,
    since: DateTime<Utc>,
) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(amount_minor), 0)::bigint as "sum!"
           from payment
           where user_id = $1
             and created_at >= $2
             and status not in ('failed', 'cancelled')"#,
        user_id,
        since,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// What a provider says of money that came.
#[derive(Clone, Debug)]
pub(crate) struct Money {
    pub(crate) amount_minor: i64,
    pub(crate) transaction: Option<String>,
    pub(crate) at: DateTime<Utc>,
}

/// Makes an open payment a successful one; false if it no longer is open.
///
/// *Errors*: retryable, if another payment of the order succeeds at the same moment.
pub(crate) async fn succeed(
    conn: &mut PgConnection,
    id: i64,
    money: &Money,
    is_extra: bool,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update payment
         set status = 'success', paid_minor = $2, transaction_id = $3, paid_at = $4, is_extra = $5,
             verdict = case when $5 then 'double' end, next_query_at = $6::timestamptz + interval '2 minutes',
             version = version + 1, updated_at = $6
         where id = $1 and status in ('pending', 'processing')",
        id,
        money.amount_minor,
        money.transaction,
        money.at,
        is_extra,
        now,
    )
    .execute(conn)
    .await
    .on_constraints(|name| match name {
        "payment_success_key" => Some(again()),
        "payment_transaction_key" => {
            Some(Fault::duplicate("transactionId", "is the number of another payment"))
        }
        _ => None,
    })?;
    Ok(done.rows_affected() == 1)
}

/// Notes money that came for a payment that had ended; false if that was noted before.
pub(crate) async fn note_late(
    conn: &mut PgConnection,
    id: i64,
    money: &Money,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update payment
         set paid_minor = $2, transaction_id = $3, paid_at = $4, verdict = 'late',
             next_query_at = $5::timestamptz + interval '2 minutes', version = version + 1, updated_at = $5
         where id = $1 and status in ('failed', 'cancelled') and paid_minor = 0",
        id,
        money.amount_minor,
        money.transaction,
        money.at,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Ends an open payment unpaid; false if it no longer is open. One that may still be paid elsewhere stays due.
pub(crate) async fn close(
    conn: &mut PgConnection,
    id: i64,
    (to, reason): (Status, &str),
    may_be_paid: bool,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update payment
         set status = $2, close_reason = $3, handout = null, next_query_at = case when $5 then next_query_at end,
             version = version + 1, updated_at = $4
         where id = $1 and status in ('pending', 'processing')",
        id,
        to.as_str(),
        reason,
        now,
        may_be_paid,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Moves a payment between the states of refunds and books amounts; false if it is in none of them.
pub(crate) async fn book_refund(
    conn: &mut PgConnection,
    id: i64,
    (to, refunded_by, reserved_by): (Status, i64, i64),
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update payment
         set status = $2, refunded_minor = refunded_minor + $3, reserved_minor = reserved_minor + $4,
             version = version + 1, updated_at = $5
         where id = $1",
        id,
        to.as_str(),
        refunded_by,
        reserved_by,
        now,
    )
    .execute(conn)
    .await
    .on_constraint("payment_refunds_within_paid", || {
        Fault::new(Code::RefundAmountExceeded, "the refunds would exceed the payment")
    })?;
    Ok(())
}

/// Freezes a payment; false if it was frozen before.
pub(crate) async fn freeze(
    conn: &mut PgConnection,
    id: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update payment
         set frozen_reason = $2, next_query_at = null, version = version + 1, updated_at = $3
         where id = $1 and frozen_reason is null",
        id,
        reason,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Keeps what the payer gets, while the payment is open.
pub(crate) async fn hand_out(
    conn: &mut PgConnection,
    id: i64,
    handout: &Value,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update payment
         set handout = $2, version = version + 1, updated_at = $3
         where id = $1 and status in ('pending', 'processing')",
        id,
        handout,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Keeps what the order said.
pub(crate) async fn judge(conn: &mut PgConnection, id: i64, verdict: Verdict) -> Result<(), Fault> {
    sqlx::query!("update payment set verdict = $2 where id = $1 and verdict is null", id, verdict.as_str())
        .execute(conn)
        .await
        .or_fault()?;
    Ok(())
}

/// Notes that order and ledger know the money; false if that was noted before.
pub(crate) async fn settle(conn: &mut PgConnection, id: i64, now: DateTime<Utc>) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update payment
         set settled_at = $2, next_query_at = null, version = version + 1, updated_at = $2
         where id = $1 and settled_at is null",
        id,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Sets the remark of a payment.
pub(crate) async fn set_remark(
    conn: &mut PgConnection,
    id: i64,
    remark: &str,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update payment set remark = $2, version = version + 1, updated_at = $3 where id = $1",
        id,
        remark,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Hides a payment that ended without money; false for any other.
pub(crate) async fn hide(conn: &mut PgConnection, id: i64, now: DateTime<Utc>) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update payment
         set deleted_at = $2, version = version + 1, updated_at = $2
         where id = $1 and status in ('failed', 'cancelled') and paid_minor = 0 and frozen_reason is null
           and deleted_at is null",
        id,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}
