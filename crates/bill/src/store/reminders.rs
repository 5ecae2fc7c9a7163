//! Who was reminded of what, and which bills are still to be looked at.

use chrono::NaiveDate;
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::bills::Row;

/// Lists approved bills after an id, oldest first, at most `limit`.
pub(crate) async fn approved_after(
    conn: &mut PgConnection,
    after_id: i64,
    limit: i64,
) -> Result<Vec<Row>, Fault> {
    sqlx::query_as!(
        Row,
        "select id, room_id, title, description, due_date, status, total_minor, currency, split_type, created_by,
             created_at, updated_at, review_comment, reviewed_by, reviewed_at, version
         from bill
         where status = 'approved' and id > $1
         order by id
         limit $2",
        after_id,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Notes that these users are reminded of a bill today; gives those who were not yet.
pub(crate) async fn note(
    conn: &mut PgConnection,
    bill_id: i64,
    user_ids: &[i64],
    day: NaiveDate,
) -> Result<Vec<i64>, Fault> {
    sqlx::query_scalar!(
        "insert into bill_reminder (bill_id, user_id, day)
         select $1, debtor.user_id, $3
         from unnest($2::bigint[]) as debtor (user_id)
         order by debtor.user_id
         on conflict on constraint bill_reminder_pkey do nothing
         returning user_id",
        bill_id,
        user_ids,
        day,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Forgets reminders before a day; gives how many rows.
pub(crate) async fn purge(conn: &mut PgConnection, before: NaiveDate) -> Result<u64, Fault> {
    let deleted =
        sqlx::query!("delete from bill_reminder where day < $1", before).execute(conn).await.or_fault()?;
    Ok(deleted.rows_affected())
}
