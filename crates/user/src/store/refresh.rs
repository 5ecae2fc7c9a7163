//! Refresh tokens, by their hash: made, used once, found again when somebody uses one twice.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// The session of a token that was used just now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) session_id: i64,
    pub(crate) family_id: i64,
    pub(crate) user_id: i64,
    /// The rights of the session's access tokens.
    pub(crate) token_version: i64,
}

/// A token that cannot be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) session_id: i64,
    pub(crate) was_used: bool,
}

/// Keeps a token until it expires.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    hash: &[u8; 32],
    session_id: i64,
    (at, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into refresh_token (hash, session_id, created_at, expires_at) values ($1, $2, $3, $4)",
        hash.as_slice(),
        session_id,
        at,
        expires_at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Uses a token, if it is unused and its session has not ended. *Locks*: the token.
pub(crate) async fn consume(
    conn: &mut PgConnection,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Used>, Fault> {
    sqlx::query_as!(
        Used,
        "update refresh_token
         set used_at = $2
         from session
         where refresh_token.hash = $1
           and refresh_token.used_at is null
           and refresh_token.expires_at > $2
           and session.id = refresh_token.session_id
           and session.ended_at is null
           and session.expires_at > $2
         returning session.id as session_id, session.family_id, session.user_id, session.token_version",
        hash.as_slice(),
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Finds a token that could not be used.
pub(crate) async fn find_spent(conn: &mut PgConnection, hash: &[u8; 32]) -> Result<Option<Spent>, Fault> {
    sqlx::query_as!(
        Spent,
        r#"select session_id, used_at is not null as "was_used!" from refresh_token where hash = $1"#,
        hash.as_slice(),
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}
