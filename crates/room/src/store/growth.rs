//! How many rooms there are, and since when (000-E25).

use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// Rooms made in one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    /// `YYYY-MM`.
    pub(crate) month: String,
    pub(crate) rooms: i64,
}

/// Counts all living rooms.
pub(crate) async fn total(conn: &mut PgConnection) -> Result<i64, Fault> {
    sqlx::query_scalar!(r#"select count(id) as "total!" from room where deleted_at is null"#)
        .fetch_one(conn)
        .await
        .or_fault()
}

/// Counts the living rooms of each of the latest months of a zone in which one was made. *Shape*: oldest first.
pub(crate) async fn months(
    conn: &mut PgConnection,
    zone: &str,
    months_max: i64,
) -> Result<Vec<Month>, Fault> {
    sqlx::query_as!(
        Month,
        r#"with made as (
             select to_char(created_at at time zone $1, 'YYYY-MM') as month
             from room
             where deleted_at is null
         ),
         latest as (
             select month, count(*) as rooms
             from made
             group by month
             order by month desc
             limit $2
         )
         select month as "month!", rooms as "rooms!"
         from latest
         order by month"#,
        zone,
        months_max,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}
