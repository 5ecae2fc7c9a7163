//! Members, those who have left, and how far each is on his way in or out.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use crate::domain::{Member, Role, Seat};

/// Reads the members of rooms. *Shape*: sorted by room, `joined_at`, user id.
pub(crate) async fn of_rooms(conn: &mut PgConnection, room_ids: &[i64]) -> Result<Vec<(i64, Member)>, Fault> {
    let rows = sqlx::query!(
        "select room_id, user_id, role, joined_at
         from member
         where room_id = any($1)
         order by room_id, joined_at, user_id",
        room_ids,
    );
    let rows = rows.fetch_all(conn).await.or_fault()?;
    rows.into_iter()
        .map(|row| {
            let role =
                Role::parse(&row.role).ok_or_else(|| Fault::internal("a member has an unknown role"))?;
            Ok((row.room_id, Member { user_id: row.user_id, role, joined_at: row.joined_at }))
        })
        .collect()
}

/// Tells whether a user is in a living room.
pub(crate) async fn exists(conn: &mut PgConnection, seat: Seat) -> Result<bool, Fault> {
    sqlx::query_scalar!(
        r#"select exists (
             select 1
             from member
             join room on room.id = member.room_id
             where member.room_id = $1
               and member.user_id = $2
               and room.deleted_at is null
         ) as "exists!""#,
        seat.room_id,
        seat.user_id,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Reads the living rooms of users. *Shape*: sorted by user, then room.
pub(crate) async fn rooms_of(conn: &mut PgConnection, user_ids: &[i64]) -> Result<Vec<Seat>, Fault> {
    sqlx::query_as!(
        Seat,
        "select member.room_id, member.user_id
         from member
         join room on room.id = member.room_id
         where member.user_id = any($1)
           and room.deleted_at is null
         order by member.user_id, member.room_id",
        user_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Writes a new member, on his way in under this number if the expense service has to open him first.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    room_id: i64,
    member: &Member,
    entering_id: Option<i64>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into member (room_id, user_id, role, joined_at, transit, transit_id)
         values ($1, $2, $3, $4, case when $5::bigint is not null then 'entering' end, $5)",
        room_id,
        member.user_id,
        member.role.as_str(),
        member.joined_at,
        entering_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Writes a role.
pub(crate) async fn set_role(conn: &mut PgConnection, seat: Seat, role: Role) -> Result<(), Fault> {
    sqlx::query!(
        "update member
         set role = $3
         where room_id = $1
           and user_id = $2",
        seat.room_id,
        seat.user_id,
        role.as_str(),
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Puts a member on his way out under a new number, in the place of an older attempt; false while he is on his way in.
pub(crate) async fn begin_leaving(
    conn: &mut PgConnection,
    seat: Seat,
    transit_id: i64,
) -> Result<bool, Fault> {
    let changed = sqlx::query!(
        "update member
         set transit = 'leaving', transit_id = $3
         where room_id = $1
           and user_id = $2
           and transit is distinct from 'entering'",
        seat.room_id,
        seat.user_id,
        transit_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(changed.rows_affected() == 1)
}

/// Deletes a member who is on his way out under this number; false if he no longer is.
pub(crate) async fn delete_leaving(
    conn: &mut PgConnection,
    seat: Seat,
    transit_id: i64,
) -> Result<bool, Fault> {
    let deleted = sqlx::query!(
        "delete from member
         where room_id = $1
           and user_id = $2
           and transit = 'leaving'
           and transit_id = $3",
        seat.room_id,
        seat.user_id,
        transit_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(deleted.rows_affected() == 1)
}

/// Turns a member who did not get out under `failed_id` back: he is on his way in under `transit_id`. False if
/// somebody else moves him by now, or he is gone.
pub(crate) async fn turn_back(
    conn: &mut PgConnection,
    seat: Seat,
    failed_id: i64,
    transit_id: i64,
) -> Result<bool, Fault> {
    let changed = sqlx::query!(
        "update member
         set transit = 'entering', transit_id = $4
         where room_id = $1
           and user_id = $2
           and (transit is null or (transit = 'leaving' and transit_id = $3))",
        seat.room_id,
        seat.user_id,
        failed_id,
        transit_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(changed.rows_affected() == 1)
}

/// Claims the opening of a member under the number of his way, in or out; false if there is nothing to open.
pub(crate) async fn begin_opening(
    conn: &mut PgConnection,
    seat: Seat,
    transit_id: i64,
) -> Result<bool, Fault> {
    let changed = sqlx::query!(
        "update member
         set transit = 'entering'
         where room_id = $1
           and user_id = $2
           and transit_id = $3",
        seat.room_id,
        seat.user_id,
        transit_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(changed.rows_affected() == 1)
}

/// Notes that a member has arrived.
pub(crate) async fn end_transit(conn: &mut PgConnection, seat: Seat, transit_id: i64) -> Result<(), Fault> {
    sqlx::query!(
        "update member
         set transit = null, transit_id = null
         where room_id = $1
           and user_id = $2
           and transit = 'entering'
           and transit_id = $3",
        seat.room_id,
        seat.user_id,
        transit_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// When somebody left a room, and who removed him.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Departure {
    pub(crate) left_at: DateTime<Utc>,
    /// Nobody, if he left by himself.
    pub(crate) removed_by: Option<i64>,
}

/// Reads how a user left a room last; none if he never was in it.
pub(crate) async fn departure(conn: &mut PgConnection, seat: Seat) -> Result<Option<Departure>, Fault> {
    sqlx::query_as!(
        Departure,
        "select left_at, removed_by
         from departure
         where room_id = $1
           and user_id = $2",
        seat.room_id,
        seat.user_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Writes how a user left a room, over the time before.
pub(crate) async fn depart(conn: &mut PgConnection, seat: Seat, departure: Departure) -> Result<(), Fault> {
    sqlx::query!(
        "insert into departure (room_id, user_id, left_at, removed_by)
         values ($1, $2, $3, $4)
         on conflict on constraint departure_pkey do update
         set left_at = excluded.left_at, removed_by = excluded.removed_by",
        seat.room_id,
        seat.user_id,
        departure.left_at,
        departure.removed_by,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
