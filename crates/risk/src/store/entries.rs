//! The statements of list entries.
//!
//! Plain functions on a connection; rights are asked before.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::{Entry, Kind};

struct Row {
    user_id: i64,
    kind: String,
    reason: String,
    created_by: i64,
}

impl TryFrom<Row> for Entry {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let kind = Kind::parse(&row.kind).ok_or_else(|| Fault::internal("a list of an unknown kind"))?;
        Ok(Self { user_id: row.user_id, kind, reason: row.reason, created_by: row.created_by })
    }
}

/// Reads a page of a list, by user id.
pub(crate) async fn page(
    conn: &mut PgConnection,
    kind: Kind,
    after_user_id: i64,
    limit: i64,
) -> Result<Vec<Entry>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        "select user_id, kind, reason, created_by
         from list_entry
         where kind = $1 and user_id > $2
         order by user_id
         limit $3",
        kind.as_str(),
        after_user_id,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Locks and reads a user's entry.
pub(crate) async fn lock(conn: &mut PgConnection, user_id: i64) -> Result<Option<Entry>, Fault> {
    let row = sqlx::query_as!(
        Row,
        "select user_id, kind, reason, created_by
         from list_entry
         where user_id = $1
         for update",
        user_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    row.map(Entry::try_from).transpose()
}

/// Writes a new entry. *Errors*: retryable, if the user got one meanwhile.
pub(crate) async fn insert(conn: &mut PgConnection, entry: &Entry, now: DateTime<Utc>) -> Result<(), Fault> {
    sqlx::query!(
        "insert into list_entry (user_id, kind, reason, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5)",
        entry.user_id,
        entry.kind.as_str(),
        entry.reason,
        entry.created_by,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Changes the reason of a locked entry.
pub(crate) async fn set_reason(
    conn: &mut PgConnection,
    user_id: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update list_entry
         set reason = $2, updated_at = $3
         where user_id = $1",
        user_id,
        reason,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Deletes a user's entry of one list and gives it; none if he is not on it.
pub(crate) async fn delete(
    conn: &mut PgConnection,
    user_id: i64,
    kind: Kind,
) -> Result<Option<Entry>, Fault> {
    let row = sqlx::query_as!(
        Row,
        "delete from list_entry
         where user_id = $1 and kind = $2
         returning user_id, kind, reason, created_by",
        user_id,
        kind.as_str(),
    )
    .fetch_optional(conn)
    .await
    .or_fault()?;
    row.map(Entry::try_from).transpose()
}
