//! The bill itself and its steps.

use chrono::{DateTime, NaiveDate, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::status::Status;

/// One row of `bill`, columns as they are. *Units*: minor, UTC.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) room_id: i64,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) due_date: NaiveDate,
    pub(crate) status: String,
    pub(crate) total_minor: i64,
    pub(crate) currency: String,
    pub(crate) split_type: String,
    pub(crate) created_by: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) review_comment: String,
    pub(crate) reviewed_by: Option<i64>,
    pub(crate) reviewed_at: Option<DateTime<Utc>>,
    pub(crate) version: i32,
}

/// What is known of a bill when its author sends it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) id: i64,
    pub(crate) room_id: i64,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) due_date: NaiveDate,
    pub(crate) split_type: &'static str,
    pub(crate) created_by: i64,
}

/// Writes the intent: a bill that nobody sees until its expenses are allocated.
pub(crate) async fn insert_intent(
    conn: &mut PgConnection,
    draft: &Draft,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into bill (id, room_id, title, description, due_date, status, total_minor, currency, split_type,
             created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, 'reserving', 0, 'CNY', $6, $7, $8, $8)",
        draft.id,
        draft.room_id,
        draft.title,
        draft.description,
        draft.due_date,
        draft.split_type,
        draft.created_by,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// What a bill becomes when its expenses are allocated.
#[derive(Clone, Debug)]
pub(crate) struct Content<'a> {
    pub(crate) draft: &'a Draft,
    pub(crate) total_minor: i64,
    pub(crate) currency: &'a str,
}

/// Makes a bill pending, from `reserving` or `rejected`. Gives its new version, none if it was in another state or
/// version by then.
pub(crate) async fn make_pending(
    conn: &mut PgConnection,
    content: &Content<'_>,
    from: Status,
    version: i32,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    let draft = content.draft;
    sqlx::query_scalar!(
        "update bill
         set status = 'pending', title = $4, description = $5, due_date = $6, split_type = $7, total_minor = $8,
             currency = $9, updated_at = $10, review_comment = '', reviewed_by = null, reviewed_at = null,
             version = version + 1
         where id = $1 and status = $2 and version = $3
         returning version",
        draft.id,
        from.as_str(),
        version,
        draft.title,
        draft.description,
        draft.due_date,
        draft.split_type,
        content.total_minor,
        content.currency,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Gives up a bill whose allocation did not succeed. Gives the new version, none if it is no longer `reserving`.
pub(crate) async fn abandon(
    conn: &mut PgConnection,
    bill_id: i64,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update bill
         set status = 'abandoned', updated_at = $2, version = version + 1
         where id = $1 and status = 'reserving'
         returning version",
        bill_id,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Moves a rejected bill a version on, if it is still in this one.
pub(crate) async fn touch_rejected(conn: &mut PgConnection, bill_id: i64, version: i32) -> Result<(), Fault> {
    sqlx::query!(
        "update bill set version = version + 1 where id = $1 and version = $2 and status = 'rejected'",
        bill_id,
        version,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// A reviewer's decision, or the intent of one.
#[derive(Clone, Debug)]
pub(crate) struct Review<'a> {
    pub(crate) bill_id: i64,
    pub(crate) version: i32,
    pub(crate) to: Status,
    pub(crate) reviewer_id: i64,
    pub(crate) comment: &'a str,
}

/// Writes a decision on a pending bill. Gives the new version, none if it is not pending in that version any more.
pub(crate) async fn review(
    conn: &mut PgConnection,
    review: &Review<'_>,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update bill
         set status = $3, review_comment = $4, reviewed_by = $5, reviewed_at = $6, updated_at = $6,
             version = version + 1
         where id = $1 and version = $2 and status = 'pending'
         returning version",
        review.bill_id,
        review.version,
        review.to.as_str(),
        review.comment,
        review.reviewer_id,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Ends an approval: the bill is approved. Gives the new version, none if it is not `approving` any more.
pub(crate) async fn approve(
    conn: &mut PgConnection,
    bill_id: i64,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update bill
         set status = 'approved', updated_at = $2, version = version + 1
         where id = $1 and status = 'approving'
         returning version",
        bill_id,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Takes an approval back that could not be carried out. Gives the new version, none if it is not `approving`.
pub(crate) async fn unapprove(
    conn: &mut PgConnection,
    bill_id: i64,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Fault> {
    sqlx::query_scalar!(
        "update bill
         set status = 'pending', review_comment = '', reviewed_by = null, reviewed_at = null, updated_at = $2,
             version = version + 1
         where id = $1 and status = 'approving'
         returning version",
        bill_id,
        now,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// A step that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) bill_id: i64,
    pub(crate) version: i32,
    pub(crate) from: Status,
    pub(crate) to: Status,
    pub(crate) actor_id: i64,
    pub(crate) comment: &'a str,
}

/// Appends a step to the history.
pub(crate) async fn append_history(
    conn: &mut PgConnection,
    step: &Step<'_>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into bill_history (bill_id, version, from_status, to_status, actor_id, comment, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        step.bill_id,
        step.version,
        step.from.as_str(),
        step.to.as_str(),
        step.actor_id,
        step.comment,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Finds a bill that people may see.
pub(crate) async fn find(conn: &mut PgConnection, bill_id: i64) -> Result<Option<Row>, Fault> {
    sqlx::query_as!(
        Row,
        "select id, room_id, title, description, due_date, status, total_minor, currency, split_type, created_by,
             created_at, updated_at, review_comment, reviewed_by, reviewed_at, version
         from bill
         where id = $1 and status in ('pending', 'approving', 'approved', 'rejected')",
        bill_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Finds a bill in whatever state, intents included.
pub(crate) async fn find_any(conn: &mut PgConnection, bill_id: i64) -> Result<Option<Row>, Fault> {
    sqlx::query_as!(
        Row,
        "select id, room_id, title, description, due_date, status, total_minor, currency, split_type, created_by,
             created_at, updated_at, review_comment, reviewed_by, reviewed_at, version
         from bill
         where id = $1",
        bill_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}
