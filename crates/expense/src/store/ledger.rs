//! The room's row: the lock of all its writers, and who no longer takes part.
//!
//! A room's row is made with its first write. The rule not to be broken: it is locked before anything else of
//! the room is written, so that no debt slips in beside the removal of a member, and counts stay exact.

use std::collections::{BTreeMap, BTreeSet};

use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

use super::insertion::array_text;

/// What the room's row says of who may take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Whether the room takes no expense any more.
    pub(crate) is_closed: bool,
    /// Who has left and must not be named.
    pub(crate) closed_member_ids: Vec<i64>,
}

impl Ledger {
    /// Passes a change that names these users.
    ///
    /// *Errors*: `STATE_CONFLICT` when the room is closed or one of them has left it.
    pub(crate) fn admit(&self, user_ids: impl IntoIterator<Item = i64>) -> Result<(), Fault> {
        if self.is_closed {
            return Err(Fault::conflict("the room is closed and takes no more expenses"));
        }
        let named: BTreeSet<i64> = user_ids.into_iter().collect();
        match self.closed_member_ids.iter().find(|user_id| named.contains(user_id)) {
            Some(user_id) => {
                Err(Fault::conflict(format!("user {user_id} has left the room with everything settled")))
            }
            None => Ok(()),
        }
    }
}

/// Locks the room until the end of the transaction; makes its row if this is its first write.
pub(crate) async fn lock(conn: &mut PgConnection, room_id: i64) -> Result<Ledger, Fault> {
    if let Some(ledger) = try_lock(conn, room_id).await? {
        return Ok(ledger);
    }
    create(conn, room_id).await?;
    try_lock(conn, room_id).await?.ok_or_else(|| Fault::internal(format!("room {room_id} has no ledger row")))
}

/// Locks the room as [`lock`] does, passes a change that names these users, and counts the expenses it adds.
///
/// *Errors*: `STATE_CONFLICT` when the room is closed or one of the users has left it.
pub(crate) async fn enter(
    conn: &mut PgConnection,
    room_id: i64,
    user_ids: &[i64],
    added: i64,
) -> Result<(), Fault> {
    if count(conn, room_id, user_ids, added).await? {
        return Ok(());
    }
    lock(conn, room_id).await?.admit(user_ids.iter().copied())?;
    if count(conn, room_id, user_ids, added).await? {
        return Ok(());
    }
    Err(Fault::internal(format!("room {room_id} is locked and takes no expense")))
}

/// What a room is to be entered for by several expenses at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entrance {
    pub(crate) user_ids: BTreeSet<i64>,
    pub(crate) added: i64,
}

/// Enters those of several rooms that take the expenses and that nobody has locked, and names them; waits for none.
/// *Locks*: these rooms, in order of id.
pub(crate) async fn enter_free(
    conn: &mut PgConnection,
    rooms: &BTreeMap<i64, Entrance>,
) -> Result<BTreeSet<i64>, Fault> {
    let (mut ids, mut named, mut added) = (Vec::new(), Vec::new(), Vec::new());
    for (room_id, entrance) in rooms {
        ids.push(*room_id);
        named.push(array_text(&entrance.user_ids));
        added.push(entrance.added);
    }
    let entered = sqlx::query_scalar!(
        "with wanted as (
             select room_id, user_ids::bigint[] as user_ids, added
             from unnest($1::bigint[], $2::text[], $3::bigint[]) as given (room_id, user_ids, added)
         ),
         free as materialized (
             select room_ledger.room_id, wanted.added
             from wanted
             join room_ledger using (room_id)
             where not room_ledger.is_closed
               and not room_ledger.closed_member_ids && wanted.user_ids
             order by room_ledger.room_id
             for update of room_ledger skip locked
         )
         update room_ledger
         set live_expenses = room_ledger.live_expenses + free.added
         from free
         where room_ledger.room_id = free.room_id
         returning room_ledger.room_id",
        &ids,
        &named,
        &added,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(entered.into_iter().collect())
}

/// Counts expenses, unless the room is closed or somebody has left it, or has no row.
async fn count(conn: &mut PgConnection, room_id: i64, user_ids: &[i64], added: i64) -> Result<bool, Fault> {
    let counted = sqlx::query!(
        "update room_ledger
         set live_expenses = live_expenses + $3
         where room_id = $1
           and not is_closed
           and not closed_member_ids && $2",
        room_id,
        user_ids,
        added,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(counted.rows_affected() == 1)
}

async fn try_lock(conn: &mut PgConnection, room_id: i64) -> Result<Option<Ledger>, Fault> {
    sqlx::query_as!(
        Ledger,
        "select is_closed, closed_member_ids
         from room_ledger
         where room_id = $1
         for update",
        room_id,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

async fn create(conn: &mut PgConnection, room_id: i64) -> Result<(), Fault> {
    sqlx::query!(
        "with made as (
             insert into room_ledger (room_id)
             values ($1)
             on conflict on constraint room_ledger_pkey do nothing
             returning room_id
         )
         insert into expense_block (room_id, first_date, first_id, live_expenses)
         select room_id, date '0001-01-01', 0, 0
         from made",
        room_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Notes that a member has left. *Idempotent*: by user. *Locks*: needs [`lock`].
pub(crate) async fn close_member(conn: &mut PgConnection, room_id: i64, user_id: i64) -> Result<(), Fault> {
    sqlx::query!(
        "update room_ledger
         set closed_member_ids = closed_member_ids || $2::bigint
         where room_id = $1
           and not $2 = any(closed_member_ids)",
        room_id,
        user_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Notes that a member is back. *Idempotent*: by user. *Locks*: needs [`lock`].
pub(crate) async fn reopen_member(conn: &mut PgConnection, room_id: i64, user_id: i64) -> Result<(), Fault> {
    sqlx::query!(
        "update room_ledger
         set closed_member_ids = array_remove(closed_member_ids, $2)
         where room_id = $1",
        room_id,
        user_id,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Notes that the room takes no expense any more. *Locks*: needs [`lock`].
pub(crate) async fn close_room(conn: &mut PgConnection, room_id: i64) -> Result<(), Fault> {
    sqlx::query!("update room_ledger set is_closed = true where room_id = $1", room_id)
        .execute(conn)
        .await
        .or_fault()?;
    Ok(())
}
