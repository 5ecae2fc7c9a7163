//! The statements about payment passwords.
//!
//! Only hashes get here. The rule not to be broken: a try is counted before it is compared, in one statement with the
//! question whether there may be one.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// A payment password as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) hash: String,
    pub(crate) version: i64,
    /// Tries since the last right one, those that are being compared too.
    pub(crate) tries: i32,
    pub(crate) locked_until: Option<DateTime<Utc>>,
}

/// Finds a user's payment password.
pub(crate) async fn find(conn: &mut PgConnection, user_id: i64) -> Result<Option<Stored>, Fault> {
    sqlx::query_as!(
        Stored,
        "select hash, version, tries, locked_until from payment_password where user_id = $1",
        user_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Counts a try, and locks with the last one that is allowed; none if it is locked already or there is no password.
/// A lock that is over begins a new count.
pub(crate) async fn count_try(
    conn: &mut PgConnection,
    user_id: i64,
    tries_max: i32,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<Stored>, Fault> {
    sqlx::query_as!(
        Stored,
        "update payment_password
         set tries = case when locked_until is null then tries + 1 else 1 end,
             locked_until = case when locked_until is null and tries + 1 >= $2 then $4::timestamptz end
         where user_id = $1
           and (locked_until is null or locked_until <= $3)
         returning hash, version, tries, locked_until",
        user_id,
        tries_max,
        now,
        until,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Sets the count back after the right password, unless it was changed meanwhile.
pub(crate) async fn forget_tries(conn: &mut PgConnection, user_id: i64, version: i64) -> Result<(), Fault> {
    sqlx::query!(
        "update payment_password set tries = 0, locked_until = null where user_id = $1 and version = $2",
        user_id,
        version,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Sets the first password; false when there is one.
pub(crate) async fn set_first(
    conn: &mut PgConnection,
    user_id: i64,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let set = sqlx::query!(
        "insert into payment_password (user_id, hash, changed_at)
         values ($1, $2, $3)
         on conflict on constraint payment_password_pkey do nothing",
        user_id,
        hash,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(set.rows_affected() == 1)
}

/// Replaces a password of a version; false when it was changed meanwhile. Ends a lock.
pub(crate) async fn replace(
    conn: &mut PgConnection,
    (user_id, version): (i64, i64),
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let replaced = sqlx::query!(
        "update payment_password
         set hash = $3, version = version + 1, tries = 0, locked_until = null, changed_at = $4
         where user_id = $1 and version = $2",
        user_id,
        version,
        hash,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(replaced.rows_affected() == 1)
}

/// Sets a password, whatever there was before. Ends a lock.
pub(crate) async fn reset(
    conn: &mut PgConnection,
    user_id: i64,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into payment_password (user_id, hash, changed_at)
         values ($1, $2, $3)
         on conflict on constraint payment_password_pkey do update
         set hash = excluded.hash,
             version = payment_password.version + 1,
             tries = 0,
             locked_until = null,
             changed_at = excluded.changed_at",
        user_id,
        hash,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
