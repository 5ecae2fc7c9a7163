//! The statements of what is only ever added: history, records of providers, their events, suspense.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use serde_json::Value;
use sqlx::PgConnection;

/// A step, or another mark, in the life of a payment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark<'a> {
    pub(crate) payment_id: i64,
    pub(crate) from: Option<&'a str>,
    pub(crate) to: &'a str,
    pub(crate) cause: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) detail: &'a str,
}

/// Writes a mark.
pub(crate) async fn mark(conn: &mut PgConnection, mark: Mark<'_>, now: DateTime<Utc>) -> Result<(), Fault> {
    sqlx::query!(
        "insert into payment_history (payment_id, from_status, to_status, cause, actor, detail, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        mark.payment_id,
        mark.from,
        mark.to,
        mark.cause,
        mark.actor,
        mark.detail,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// What was exchanged with a provider.
#[derive(Clone, Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) payment_id: i64,
    pub(crate) refund_id: Option<i64>,
    pub(crate) method: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) http_status: Option<i32>,
    pub(crate) outcome: String,
    pub(crate) answer: Value,
}

/// Keeps what was exchanged with a provider (003-R06).
pub(crate) async fn record(
    conn: &mut PgConnection,
    exchange: &Exchange<'_>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into payment_record (payment_id, refund_id, method, operation, http_status, outcome, answer, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        exchange.payment_id,
        exchange.refund_id,
        exchange.method,
        exchange.operation,
        exchange.http_status,
        exchange.outcome,
        exchange.answer,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Notes that a provider told something; false if it did before. *Idempotent*: by the event's key.
pub(crate) async fn heard(
    conn: &mut PgConnection,
    (method, key): (&str, &str),
    payment_id: i64,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "insert into provider_event (method, event_key, payment_id, at)
         values ($1, $2, $3, $4)
         on conflict (method, event_key) do nothing",
        method,
        key,
        payment_id,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Tells whether a provider told this before.
pub(crate) async fn was_heard(conn: &mut PgConnection, method: &str, key: &str) -> Result<bool, Fault> {
    let found = sqlx::query_scalar!(
        r#"select true as "found!" from provider_event where method = $1 and event_key = $2"#,
        method,
        key,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    Ok(found.is_some())
}

/// Money that nobody may keep.
#[derive(Clone, Debug)]
pub(crate) struct Suspended<'a> {
    pub(crate) id: i64,
    pub(crate) payment_id: i64,
    pub(crate) reason: &'a str,
    pub(crate) amount_minor: i64,
    pub(crate) detail: &'a str,
    pub(crate) refund_id: i64,
}

/// Writes money in suspense.
pub(crate) async fn suspend(
    conn: &mut PgConnection,
    of: &Suspended<'_>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into suspense (id, payment_id, reason, amount_minor, detail, refund_id, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        of.id,
        of.payment_id,
        of.reason,
        of.amount_minor,
        of.detail,
        of.refund_id,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
