//! Deleting what has expired, in batches.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// Deletes sessions that ended or expired before an instant, with their refresh tokens.
pub(crate) async fn sessions(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Fault> {
    let done = sqlx::query!(
        "delete from session
         where id in (
             select id from session where expires_at < $1 or ended_at < $1 order by id limit $2
         )",
        before,
        limit,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected())
}

/// Deletes refresh tokens that expired before an instant.
pub(crate) async fn refresh_tokens(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Fault> {
    let done = sqlx::query!(
        "delete from refresh_token
         where hash in (
             select hash from refresh_token where expires_at < $1 limit $2
         )",
        before,
        limit,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected())
}

/// Deletes counts of wrong passwords whose window began before an instant.
pub(crate) async fn login_failures(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Fault> {
    let done = sqlx::query!(
        "delete from login_failure
         where (account_hash, address) in (
             select account_hash, address from login_failure where first_at < $1 limit $2
         )",
        before,
        limit,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected())
}
