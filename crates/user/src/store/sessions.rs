//! Sessions: begun, checked, ended.
//!
//! The rule not to be broken: what makes a session live stands once, in [`living`], and [`super::refresh`] asks
//! for the same.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// A session to be begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewSession {
    pub(crate) id: i64,
    pub(crate) family_id: i64,
    pub(crate) user_id: i64,
    pub(crate) token_version: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Logout,
    Password,
    Disabled,
    /// A refresh token came twice.
    Reuse,
    /// Another session of the family goes on with new rights.
    Rights,
}

impl End {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Password => "password",
            Self::Disabled => "disabled",
            Self::Reuse => "reuse",
            Self::Rights => "rights",
        }
    }
}

/// Begins a session.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewSession) -> Result<(), Fault> {
    sqlx::query!(
        "insert into session (id, family_id, user_id, token_version, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        new.id,
        new.family_id,
        new.user_id,
        new.token_version,
        new.at,
        new.expires_at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Lets a session live longer, unless it has ended. Tells whether it had not.
pub(crate) async fn extend(
    conn: &mut PgConnection,
    id: i64,
    expires_at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done =
        sqlx::query!("update session set expires_at = $2 where id = $1 and ended_at is null", id, expires_at)
            .execute(conn)
            .await
            .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Picks the living sessions out of many.
pub(crate) async fn living(
    conn: &mut PgConnection,
    ids: &[i64],
    now: DateTime<Utc>,
) -> Result<Vec<i64>, Fault> {
    sqlx::query_scalar!(
        "select session.id
         from session
         join account on account.id = session.user_id
         where session.id = any($1)
           and session.ended_at is null
           and session.expires_at > $2
           and session.token_version = account.token_version
           and not account.disabled",
        ids,
        now,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Ends one session. Tells whether it had not ended before.
pub(crate) async fn end(
    conn: &mut PgConnection,
    id: i64,
    why: End,
    at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update session set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null",
        id,
        at,
        why.as_str(),
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Ends the sessions that descend from the same login as one session.
pub(crate) async fn end_family(
    conn: &mut PgConnection,
    id: i64,
    why: End,
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update session
         set ended_at = $2, end_reason = $3
         where family_id = (select family_id from session where id = $1)
           and ended_at is null",
        id,
        at,
        why.as_str(),
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Ends all sessions of a user.
pub(crate) async fn end_all(
    conn: &mut PgConnection,
    user_id: i64,
    why: End,
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update session set ended_at = $2, end_reason = $3 where user_id = $1 and ended_at is null",
        user_id,
        at,
        why.as_str(),
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
