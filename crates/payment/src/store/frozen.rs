//! The end of a payment's frozen time; how it begins stands with the payments.
//!
//! The rule not to be broken: whoever unfreezes a payment has locked its row, and writes what its provider said in the same
//! transaction.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// Lets a frozen payment go on, to be looked at now; false if it is not frozen.
pub(crate) async fn unfreeze(conn: &mut PgConnection, id: i64, now: DateTime<Utc>) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update payment
         set frozen_reason = null,
             next_query_at = case when status in ('pending', 'processing') then $2::timestamptz end,
             version = version + 1, updated_at = $2
         where id = $1 and frozen_reason is not null",
        id,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}
