//! Deleting what has expired, in batches.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// What lies before these instants is deleted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    /// When a session ended or expired; its refresh tokens go with it.
    pub(crate) session: DateTime<Utc>,
    /// When a refresh token expired.
    pub(crate) refresh_token: DateTime<Utc>,
    /// When the window of a count of wrong passwords began.
    pub(crate) login_failure: DateTime<Utc>,
}

/// Deletes at most `limit` rows of each kind and gives how many they were.
pub(crate) async fn expired(conn: &mut PgConnection, before: Before, limit: i64) -> Result<u64, Fault> {
    let rows = sqlx::query_scalar!(
        r#"with gone_tokens as (
               delete from refresh_token
               where hash in (select hash from refresh_token where expires_at < $2 limit $4)
               returning 1
           ),
           gone_failures as (
               delete from login_failure
               where (account_hash, address) in (
                   select account_hash, address from login_failure where first_at < $3 limit $4
               )
               returning 1
           ),
           gone_sessions as (
               delete from session
               where id in (
                   select id from session where expires_at < $1 or ended_at < $1 order by id limit $4
               )
               returning 1
           )
           select (select count(*) from gone_tokens)
               + (select count(*) from gone_failures)
               + (select count(*) from gone_sessions) as "rows!""#,
        before.session,
        before.refresh_token,
        before.login_failure,
        limit,
    )
    .fetch_one(conn)
    .await
    .or_fault()?;
    Ok(rows.unsigned_abs())
}
