//! Notifications: written once for each uid, listed, read.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use host::Page;
use sqlx::PgConnection;

/// A notification as the database has it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    /// The number of its type in the contract.
    pub(crate) kind: i32,
    pub(crate) title: String,
    pub(crate) body: String,
    /// The encoded facts.
    pub(crate) facts: Vec<u8>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) read_at: Option<DateTime<Utc>>,
}

/// A notification to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewNotification {
    pub(crate) id: i64,
    pub(crate) uid: String,
    pub(crate) user_id: i64,
    pub(crate) kind: i32,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) facts: Vec<u8>,
    pub(crate) at: DateTime<Utc>,
}

/// Writes a notification, unless its uid is known or its user is not. Tells whether it did.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewNotification) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "insert into notification (id, uid, user_id, type, title, body, facts, created_at)
         select $1, $2, account.id, $4, $5, $6, $7, $8
         from account
         where account.id = $3
         on conflict on constraint notification_uid_key do nothing",
        new.id,
        new.uid,
        new.user_id,
        new.kind,
        new.title,
        new.body,
        new.facts,
        new.at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Lists a user's notifications. *Shape*: newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    user_id: i64,
    unread_only: bool,
    page: Page,
) -> Result<Vec<Row>, Fault> {
    sqlx::query_as!(
        Row,
        "select id, type as kind, title, body, facts, created_at, read_at
         from notification
         where user_id = $1 and (read_at is null or not $2)
         order by id desc
         limit $3
         offset $4",
        user_id,
        unread_only,
        page.limit(),
        page.offset(),
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Counts a user's notifications: all, and those not read.
pub(crate) async fn count(conn: &mut PgConnection, user_id: i64) -> Result<(i64, i64), Fault> {
    let row = sqlx::query!(
        r#"select count(id) as "total!", count(id) filter (where read_at is null) as "unread!"
           from notification
           where user_id = $1"#,
        user_id,
    )
    .fetch_one(conn)
    .await
    .or_fault()?;
    Ok((row.total, row.unread))
}

/// Marks a user's notification as read; one that was read keeps its time.
pub(crate) async fn read(
    conn: &mut PgConnection,
    user_id: i64,
    id: i64,
    at: DateTime<Utc>,
) -> Result<Option<Row>, Fault> {
    sqlx::query_as!(
        Row,
        "update notification
         set read_at = coalesce(read_at, $3)
         where id = $1 and user_id = $2
         returning id, type as kind, title, body, facts, created_at, read_at",
        id,
        user_id,
        at,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}
