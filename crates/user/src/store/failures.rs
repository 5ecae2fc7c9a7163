//! Wrong passwords, counted for a name from an address.
//!
//! The window begins with the first failure and forgets all of them at its end.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// Failures since an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) count: i32,
    pub(crate) first_at: DateTime<Utc>,
}

/// Finds the failures of the present window.
pub(crate) async fn find(
    conn: &mut PgConnection,
    account_hash: &[u8; 32],
    address: &str,
    since: DateTime<Utc>,
) -> Result<Option<Failures>, Fault> {
    sqlx::query_as!(
        Failures,
        "select failures as count, first_at
         from login_failure
         where account_hash = $1 and address = $2 and first_at > $3",
        account_hash.as_slice(),
        address,
        since,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Counts one more; a window that began before `since` is forgotten.
pub(crate) async fn add(
    conn: &mut PgConnection,
    account_hash: &[u8; 32],
    address: &str,
    (since, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into login_failure (account_hash, address, failures, first_at)
         values ($1, $2, 1, $4)
         on conflict on constraint login_failure_pkey do update
         set failures = case when login_failure.first_at > $3 then login_failure.failures + 1 else 1 end,
             first_at = case when login_failure.first_at > $3 then login_failure.first_at else $4 end",
        account_hash.as_slice(),
        address,
        since,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Forgets the failures after the right password.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    account_hash: &[u8; 32],
    address: &str,
) -> Result<(), Fault> {
    sqlx::query!(
        "delete from login_failure where account_hash = $1 and address = $2",
        account_hash.as_slice(),
        address,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
