//! The statements of the sweeper over payments.
//!
//! The rule not to be broken: what is taken is put off in the same transaction, so that nobody takes it twice.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// A payment that is to be looked at, and how often it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) id: i64,
    pub(crate) query_tries: i32,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Takes payments that are due, the oldest first: open ones, those not yet settled, those that ended here alone. *Locks*:
/// their rows, leaving out those that somebody works on.
pub(crate) async fn take(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> Result<Vec<Due>, Fault> {
    sqlx::query_as!(
        Due,
        "select id, query_tries, expires_at
         from payment
         where next_query_at <= $1
         order by next_query_at
         limit $2
         for update skip locked",
        now,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Says when a payment is looked at next.
pub(crate) async fn ask_again(conn: &mut PgConnection, id: i64, at: DateTime<Utc>) -> Result<(), Fault> {
    sqlx::query!(
        "update payment
         set query_tries = query_tries + 1, next_query_at = $2
         where id = $1 and next_query_at is not null",
        id,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Has a payment looked at no later than at an instant, if it is looked at again at all.
pub(crate) async fn ask_by(conn: &mut PgConnection, id: i64, at: DateTime<Utc>) -> Result<(), Fault> {
    sqlx::query!(
        "update payment
         set next_query_at = least(next_query_at, $2)
         where id = $1 and next_query_at is not null",
        id,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Has a payment that ended without money left alone from now on.
pub(crate) async fn rest(conn: &mut PgConnection, id: i64) -> Result<(), Fault> {
    sqlx::query!(
        "update payment
         set next_query_at = null
         where id = $1 and status in ('failed', 'cancelled') and paid_minor = 0",
        id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
