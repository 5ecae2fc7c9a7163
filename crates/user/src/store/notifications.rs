//! Notifications: written once for each uid, listed, read.

use std::collections::HashSet;

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
}

/// Writes notifications, except those whose uid is known or whose user is not. *Shape*: the ids of those it wrote.
/// *Locks*: the uids, in their own order whatever the order of the news.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    (news, at): (&[NewNotification], DateTime<Utc>),
) -> Result<HashSet<i64>, Fault> {
    let columns = Columns::of(news);
    let ids = sqlx::query_scalar!(
        r#"insert into notification (id, uid, user_id, type, title, body, facts, created_at)
         select given.id, given.uid, account.id, given.type, given.title, given.body, given.facts, $8
         from unnest(
             $1::bigint[], $2::text[], $3::bigint[], $4::integer[], $5::text[], $6::text[], $7::bytea[]
         ) as given (id, uid, user_id, type, title, body, facts)
         join account on account.id = given.user_id
         order by given.uid collate "C", given.id
         on conflict on constraint notification_uid_key do nothing
         returning id"#,
        &columns.ids,
        &columns.uids,
        &columns.user_ids,
        &columns.kinds,
        &columns.titles,
        &columns.bodies,
        &columns.facts,
        at,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(ids.into_iter().collect())
}

/// New notifications by column.
#[derive(Default)]
struct Columns {
    ids: Vec<i64>,
    uids: Vec<String>,
    user_ids: Vec<i64>,
    kinds: Vec<i32>,
    titles: Vec<String>,
    bodies: Vec<String>,
    facts: Vec<Vec<u8>>,
}

impl Columns {
    fn of(news: &[NewNotification]) -> Self {
        let mut columns = Self::default();
        for new in news {
            columns.ids.push(new.id);
            columns.uids.push(new.uid.clone());
            columns.user_ids.push(new.user_id);
            columns.kinds.push(new.kind);
            columns.titles.push(new.title.clone());
            columns.bodies.push(new.body.clone());
            columns.facts.push(new.facts.clone());
        }
        columns
    }
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
