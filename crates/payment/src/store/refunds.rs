//! The statements of single refunds.
//!
//! The rule not to be broken: a step names the stage that it starts from, so that two who carry out the same refund make
//! one step.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use serde_json::Value;
use sqlx::PgConnection;

use crate::domain::{Method, RefundStatus, Stage};

/// A refund as its row has it, with what is needed of its payment.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) refund_no: String,
    pub(crate) payment_id: i64,
    pub(crate) user_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) stage: String,
    pub(crate) reason: String,
    pub(crate) description: String,
    pub(crate) operator_id: i64,
    pub(crate) operator_type: String,
    pub(crate) approved_by: Option<i64>,
    pub(crate) failure_code: Option<String>,
    pub(crate) failure: String,
    pub(crate) provider_refund_id: Option<String>,
    pub(crate) is_automatic: bool,
    pub(crate) notify_url: String,
    pub(crate) extra: Option<Value>,
    pub(crate) holds: Vec<i64>,
    pub(crate) version: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
    pub(crate) payment_no: String,
    pub(crate) order_id: i64,
    pub(crate) order_no: String,
    pub(crate) method: String,
    pub(crate) currency: String,
}

impl Row {
    /// Gives the state.
    pub(crate) fn status(&self) -> RefundStatus {
        RefundStatus::parse(&self.status).unwrap_or(RefundStatus::Failed)
    }

    /// Gives how far the money is.
    pub(crate) fn stage(&self) -> Stage {
        Stage::parse(&self.stage).unwrap_or(Stage::Refused)
    }

    /// Gives the payment's method.
    pub(crate) fn method(&self) -> Method {
        Method::parse(&self.method).unwrap_or(Method::Balance)
    }
}

/// A refund to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewRefund {
    pub(crate) id: i64,
    pub(crate) refund_no: String,
    pub(crate) payment_id: i64,
    pub(crate) user_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) kind: &'static str,
    pub(crate) status: RefundStatus,
    pub(crate) reason: String,
    pub(crate) description: String,
    pub(crate) operator_id: i64,
    pub(crate) operator_type: &'static str,
    pub(crate) is_automatic: bool,
    pub(crate) notify_url: String,
    pub(crate) extra: Option<Value>,
    pub(crate) next_try_at: Option<DateTime<Utc>>,
    pub(crate) at: DateTime<Utc>,
}

/// Writes a new refund. *Errors*: retryable, if its number is taken.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewRefund) -> Result<(), Fault> {
    sqlx::query!(
        "insert into refund (
             id, refund_no, payment_id, user_id, amount_minor, type, status, stage, reason, description, operator_id,
             operator_type, is_automatic, notify_url, extra, next_try_at, created_at, updated_at
         )
         values ($1, $2, $3, $4, $5, $6, $7, 'new', $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
        new.id,
        new.refund_no,
        new.payment_id,
        new.user_id,
        new.amount_minor,
        new.kind,
        new.status.as_str(),
        new.reason,
        new.description,
        new.operator_id,
        new.operator_type,
        new.is_automatic,
        new.notify_url,
        new.extra,
        new.next_try_at,
        new.at,
    )
    .execute(conn)
    .await
    .on_constraint("refund_refund_no_key", || Fault::conflict("try again").with_retryable())?;
    Ok(())
}

/// Finds a refund by its id.
pub(crate) async fn by_id(conn: &mut PgConnection, id: i64) -> Result<Option<Row>, Fault> {
    sqlx::query_file_as!(Row, "src/store/refund_by_id.sql", id).fetch_optional(conn).await.or_fault()
}

/// Finds a refund by its number.
pub(crate) async fn by_no(conn: &mut PgConnection, refund_no: &str) -> Result<Option<Row>, Fault> {
    sqlx::query_file_as!(Row, "src/store/refund_by_no.sql", refund_no).fetch_optional(conn).await.or_fault()
}

/// Counts the refunds of a payment that did not fail, and those that are under way.
pub(crate) async fn counts(conn: &mut PgConnection, payment_id: i64) -> Result<(i64, i64), Fault> {
    let found = sqlx::query!(
        r#"select count(*) filter (where status <> 'failed') as "living!",
                  count(*) filter (where status = 'processing') as "processing!"
           from refund
           where payment_id = $1"#,
        payment_id,
    )
    .fetch_one(conn)
    .await
    .or_fault()?;
    Ok((found.living, found.processing))
}

/// Lets a waiting refund begin; false if it does not wait.
pub(crate) async fn approve(
    conn: &mut PgConnection,
    id: i64,
    by: i64,
    (now, next_try_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update refund
         set status = 'processing', approved_by = $2, next_try_at = $4, version = version + 1, updated_at = $3
         where id = $1 and status = 'waiting_approval'",
        id,
        by,
        now,
        next_try_at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Ends a waiting refund; false if it does not wait.
pub(crate) async fn reject(
    conn: &mut PgConnection,
    id: i64,
    (by, why): (i64, &str),
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update refund
         set status = 'failed', approved_by = $2, failure_code = 'REJECTED', failure = $3, finished_at = $4,
             version = version + 1, updated_at = $4
         where id = $1 and status = 'waiting_approval'",
        id,
        by,
        why,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// A step of the money of a refund.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress<'a> {
    pub(crate) holds: Option<&'a [i64]>,
    pub(crate) provider_refund_id: Option<&'a str>,
    /// Code and text.
    pub(crate) failure: Option<(&'a str, &'a str)>,
}

/// Moves a refund under way from one stage to another; false if it is elsewhere.
pub(crate) async fn step(
    conn: &mut PgConnection,
    id: i64,
    (from, to): (Stage, Stage),
    with: Progress<'_>,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update refund
         set stage = $3, holds = coalesce($4, holds), provider_refund_id = coalesce($5, provider_refund_id),
             failure_code = coalesce($6, failure_code), failure = coalesce($7, failure), version = version + 1,
             updated_at = $8
         where id = $1 and stage = $2 and status = 'processing'",
        id,
        from.as_str(),
        to.as_str(),
        with.holds,
        with.provider_refund_id,
        with.failure.map(|failure| failure.0),
        with.failure.map(|failure| failure.1),
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Ends a refund under way; false if it has ended.
pub(crate) async fn finish(
    conn: &mut PgConnection,
    id: i64,
    status: RefundStatus,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update refund
         set status = $2, finished_at = $3, next_try_at = null, version = version + 1, updated_at = $3
         where id = $1 and status = 'processing'",
        id,
        status.as_str(),
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// A refund that is to be gone on with, and how often its provider has said since it last was silent that it is not done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) id: i64,
    pub(crate) tries: i32,
}

/// Takes refunds under way that are due, the oldest first, and puts each off to `until`.
///
/// *Locks*: their rows, leaving out those that somebody works on.
pub(crate) async fn take_due(
    conn: &mut PgConnection,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Due>, Fault> {
    sqlx::query_as!(
        Due,
        "update refund
         set next_try_at = $2, tries = tries + 1
         where id in (
             select id
             from refund
             where status = 'processing' and next_try_at <= $1
             order by next_try_at
             limit $3
             for update skip locked
         )
         returning id, tries",
        now,
        until,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Lists the refunds of a payment that are under way.
pub(crate) async fn under_way(conn: &mut PgConnection, payment_id: i64) -> Result<Vec<i64>, Fault> {
    sqlx::query_scalar!(
        "select id from refund where payment_id = $1 and status = 'processing' order by id limit 100",
        payment_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Says when a refund under way is gone on with. One whose provider was silent begins to count again.
pub(crate) async fn put_off(
    conn: &mut PgConnection,
    id: i64,
    at: DateTime<Utc>,
    was_answered: bool,
) -> Result<(), Fault> {
    sqlx::query!(
        "update refund
         set next_try_at = $2, tries = case when $3 then tries else 0 end
         where id = $1 and status = 'processing'",
        id,
        at,
        was_answered,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
