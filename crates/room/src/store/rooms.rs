//! Rooms: reading them with their members, and changing them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use host::Page;
use sqlx::PgConnection;

use super::members;
use crate::domain::{Member, Room};

/// Living rooms that a user may have made at most.
pub(crate) const ROOMS_CREATED_MAX: i32 = 100;

struct RoomRow {
    id: i64,
    name: String,
    description: String,
    creator_id: i64,
    owner_id: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl RoomRow {
    fn with(self, members: Vec<Member>) -> Room {
        Room {
            id: self.id,
            name: self.name,
            description: self.description,
            creator_id: self.creator_id,
            owner_id: self.owner_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
            members,
        }
    }
}

/// Writes a new room, its members and its empty event log.
pub(crate) async fn insert(conn: &mut PgConnection, room: &Room) -> Result<(), Fault> {
    sqlx::query!(
        "insert into room (id, name, description, creator_id, owner_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        room.id,
        room.name,
        room.description,
        room.creator_id,
        room.owner_id,
        room.created_at,
        room.updated_at,
    )
    .execute(&mut *conn)
    .await
    .or_fault()?;
    sqlx::query!("insert into event_log (room_id) values ($1)", room.id)
        .execute(&mut *conn)
        .await
        .or_fault()?;
    for member in &room.members {
        members::insert(conn, room.id, member, None).await?;
    }
    Ok(())
}

/// Counts a new room of its maker; false if he has made as many as he may. *Locks*: the maker's count.
pub(crate) async fn count_in(conn: &mut PgConnection, creator_id: i64) -> Result<bool, Fault> {
    let counted = sqlx::query!(
        "insert into creator as known (user_id, living_rooms)
         values ($1, 1)
         on conflict on constraint creator_pkey do update
         set living_rooms = known.living_rooms + 1
         where known.living_rooms < $2",
        creator_id,
        ROOMS_CREATED_MAX,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(counted.rows_affected() == 1)
}

/// Reads a living room. *Shape*: members sorted by `joined_at`, then user id.
pub(crate) async fn find(conn: &mut PgConnection, room_id: i64) -> Result<Option<Room>, Fault> {
    let row = sqlx::query_as!(
        RoomRow,
        "select id, name, description, creator_id, owner_id, created_at, updated_at
         from room
         where id = $1
           and deleted_at is null",
        room_id,
    );
    let row = row.fetch_optional(&mut *conn).await.or_fault()?;
    with_members(conn, row).await
}

/// Reads a living room and keeps others from changing it until the end of the transaction.
pub(crate) async fn lock(conn: &mut PgConnection, room_id: i64) -> Result<Option<Room>, Fault> {
    let row = sqlx::query_as!(
        RoomRow,
        "select id, name, description, creator_id, owner_id, created_at, updated_at
         from room
         where id = $1
           and deleted_at is null
         for no key update",
        room_id,
    );
    let row = row.fetch_optional(&mut *conn).await.or_fault()?;
    with_members(conn, row).await
}

async fn with_members(conn: &mut PgConnection, row: Option<RoomRow>) -> Result<Option<Room>, Fault> {
    let Some(row) = row else { return Ok(None) };
    let members = members::of_rooms(conn, &[row.id]).await?.into_iter().map(|(_, member)| member).collect();
    Ok(Some(row.with(members)))
}

/// Reads one page of a user's rooms, newest first, and counts all of them.
pub(crate) async fn page_of_user(
    conn: &mut PgConnection,
    user_id: i64,
    page: Page,
) -> Result<(Vec<Room>, i64), Fault> {
    let total = sqlx::query_scalar!(
        r#"select count(room.id) as "total!"
         from member
         join room on room.id = member.room_id
         where member.user_id = $1
           and room.deleted_at is null"#,
        user_id,
    );
    let total = total.fetch_one(&mut *conn).await.or_fault()?;
    let rows = sqlx::query_as!(
        RoomRow,
        "select room.id, room.name, room.description, room.creator_id, room.owner_id, room.created_at,
             room.updated_at
         from member
         join room on room.id = member.room_id
         where member.user_id = $1
           and room.deleted_at is null
         order by room.created_at desc, room.id desc
         offset $2
         limit $3",
        user_id,
        page.offset(),
        page.limit(),
    );
    let rows = rows.fetch_all(&mut *conn).await.or_fault()?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut members: HashMap<i64, Vec<Member>> = HashMap::new();
    for (room_id, member) in members::of_rooms(conn, &ids).await? {
        members.entry(room_id).or_default().push(member);
    }
    let rooms = rows.into_iter().map(|row| {
        let own = members.remove(&row.id).unwrap_or_default();
        row.with(own)
    });
    Ok((rooms.collect(), total))
}

/// Writes name, description, owner and time of change. *Locks*: needs [`lock`].
pub(crate) async fn update(conn: &mut PgConnection, room: &Room) -> Result<(), Fault> {
    sqlx::query!(
        "update room
         set name = $2, description = $3, owner_id = $4, updated_at = $5
         where id = $1",
        room.id,
        room.name,
        room.description,
        room.owner_id,
        room.updated_at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Notes an attempt to delete a room; a newer one takes the place of an older one. *Locks*: needs [`lock`].
pub(crate) async fn begin_closing(conn: &mut PgConnection, room_id: i64, attempt: i64) -> Result<(), Fault> {
    sqlx::query!("update room set closing_id = $2 where id = $1", room_id, attempt)
        .execute(conn)
        .await
        .or_fault()?;
    Ok(())
}

/// Tells whether this attempt to delete a living room is still under way.
pub(crate) async fn is_closing(conn: &mut PgConnection, room_id: i64, attempt: i64) -> Result<bool, Fault> {
    sqlx::query_scalar!(
        r#"select exists (
             select 1
             from room
             where id = $1
               and closing_id = $2
               and deleted_at is null
         ) as "is_closing!""#,
        room_id,
        attempt,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Takes an attempt to delete back, unless a newer one has taken its place.
pub(crate) async fn end_closing(conn: &mut PgConnection, room_id: i64, attempt: i64) -> Result<(), Fault> {
    sqlx::query!(
        "update room
         set closing_id = null
         where id = $1
           and closing_id = $2",
        room_id,
        attempt,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Deletes a room softly and counts it out of its maker's rooms. *Locks*: needs [`lock`]; the maker's count.
pub(crate) async fn delete(conn: &mut PgConnection, room: &Room, at: DateTime<Utc>) -> Result<(), Fault> {
    sqlx::query!(
        "update room
         set deleted_at = $2, updated_at = $2, closing_id = null
         where id = $1",
        room.id,
        at,
    )
    .execute(&mut *conn)
    .await
    .or_fault()?;
    sqlx::query!(
        "update creator
         set living_rooms = living_rooms - 1
         where user_id = $1",
        room.creator_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}
