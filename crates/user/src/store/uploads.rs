//! Uploads: what is known of a file. The bytes lie in the file store.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) id: i64,
    pub(crate) owner_id: i64,
    pub(crate) content_type: String,
    pub(crate) size_bytes: i64,
    pub(crate) created_at: DateTime<Utc>,
    /// Whether it is somebody's avatar, which everybody sees.
    pub(crate) is_avatar: bool,
}

/// A file whose bytes are about to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewUpload {
    pub(crate) id: i64,
    pub(crate) owner_id: i64,
    pub(crate) file_name: String,
    pub(crate) content_type: &'static str,
    pub(crate) size_bytes: i64,
    pub(crate) at: DateTime<Utc>,
}

/// Notes that the bytes of a file are about to be stored.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewUpload) -> Result<(), Fault> {
    sqlx::query!(
        "insert into upload (id, owner_id, state, file_name, content_type, size_bytes, created_at, used_at)
         values ($1, $2, 'storing', $3, $4, $5, $6, $6)",
        new.id,
        new.owner_id,
        new.file_name,
        new.content_type,
        new.size_bytes,
        new.at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Notes that the bytes are stored. Tells whether the file was still expected.
pub(crate) async fn set_stored(conn: &mut PgConnection, id: i64) -> Result<bool, Fault> {
    let done = sqlx::query!("update upload set state = 'stored' where id = $1 and state = 'storing'", id)
        .execute(conn)
        .await
        .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Finds a stored file.
pub(crate) async fn find(conn: &mut PgConnection, id: i64) -> Result<Option<Upload>, Fault> {
    sqlx::query_as!(
        Upload,
        r#"select upload.id, upload.owner_id, upload.content_type, upload.size_bytes, upload.created_at,
               exists (
                   select account.id from account where account.avatar_upload_id = upload.id
               ) as "is_avatar!"
           from upload
           where upload.id = $1 and upload.state = 'stored'"#,
        id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Notes that an own file becomes an avatar at an instant, and gives its type if there is one. *Locks*: the file, so
/// that the purge does not take it.
pub(crate) async fn use_as_avatar(
    conn: &mut PgConnection,
    id: i64,
    owner_id: i64,
    at: DateTime<Utc>,
) -> Result<Option<String>, Fault> {
    sqlx::query_scalar!(
        "update upload
         set used_at = $3
         where id = $1 and owner_id = $2 and state = 'stored'
         returning content_type",
        id,
        owner_id,
        at,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Notes that a user's avatar, if it is a file, is replaced at an instant.
pub(crate) async fn release_avatar(
    conn: &mut PgConnection,
    user_id: i64,
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update upload
         set used_at = $2
         where id = (select avatar_upload_id from account where account.id = $1)",
        user_id,
        at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Keeps a file for ever. Tells whether it is there.
pub(crate) async fn keep(conn: &mut PgConnection, id: i64) -> Result<bool, Fault> {
    let done = sqlx::query!("update upload set is_kept = true where id = $1 and state = 'stored'", id)
        .execute(conn)
        .await
        .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Discards files that nobody has used since an instant: no avatars, and not kept.
pub(crate) async fn discard_unused(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Fault> {
    let done = sqlx::query!(
        "update upload
         set state = 'discarded'
         where state = 'stored'
           and not is_kept
           and used_at < $1
           and id in (
               select unused.id
               from upload as unused
               where unused.state = 'stored'
                 and not unused.is_kept
                 and unused.used_at < $1
                 and not exists (select account.id from account where account.avatar_upload_id = unused.id)
               order by unused.used_at
               limit $2
           )",
        before,
        limit,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected())
}

/// Forgets a file that was never stored, or is discarded. Tells whether there was one.
pub(crate) async fn forget(conn: &mut PgConnection, id: i64) -> Result<bool, Fault> {
    let done = sqlx::query!("delete from upload where id = $1 and state <> 'stored'", id)
        .execute(conn)
        .await
        .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Lists files that were begun before an instant and never stored, or are discarded.
pub(crate) async fn orphans(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<i64>, Fault> {
    sqlx::query_scalar!(
        "select id
         from upload
         where state <> 'stored' and created_at < $1
         order by id
         limit $2",
        before,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}
