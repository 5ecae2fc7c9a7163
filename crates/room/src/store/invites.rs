//! Invites, known by the hash of their code.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::invite::Invite;

const PURGE_BATCH: i64 = 1_000;

/// Writes a new invite.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    code_hash: &[u8; 32],
    invite: &Invite,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into invite (code_hash, room_id, created_by, created_at, expires_at, max_uses)
         values ($1, $2, $3, $4, $5, $6)",
        code_hash.as_slice(),
        invite.room_id,
        invite.created_by,
        invite.created_at,
        invite.expires_at,
        invite.max_uses,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Counts the invites of a room that have not run out.
pub(crate) async fn count_open(
    conn: &mut PgConnection,
    room_id: i64,
    now: DateTime<Utc>,
) -> Result<i64, Fault> {
    sqlx::query_scalar!(
        r#"select count(code_hash) as "open!"
         from invite
         where room_id = $1
           and expires_at > $2
           and uses < max_uses"#,
        room_id,
        now,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Reads an invite.
pub(crate) async fn find(conn: &mut PgConnection, code_hash: &[u8; 32]) -> Result<Option<Invite>, Fault> {
    sqlx::query_as!(
        Invite,
        "select room_id, created_by, created_at, expires_at, max_uses, uses
         from invite
         where code_hash = $1",
        code_hash.as_slice(),
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Uses an invite once; false if it has run out.
pub(crate) async fn use_once(
    conn: &mut PgConnection,
    code_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let used = sqlx::query!(
        "update invite
         set uses = uses + 1
         where code_hash = $1
           and uses < max_uses
           and expires_at > $2",
        code_hash.as_slice(),
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(used.rows_affected() == 1)
}

/// Forgets invites that expired before an instant, at most a thousand; gives how many.
pub(crate) async fn purge(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, Fault> {
    let deleted = sqlx::query!(
        "delete from invite
         where code_hash in (
             select old.code_hash
             from invite as old
             where old.expires_at < $1
             order by old.expires_at
             limit $2
         )",
        before,
        PURGE_BATCH,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(deleted.rows_affected())
}
