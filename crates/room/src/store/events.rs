//! The event log: numbers, messages, and what of it is still kept.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

const PURGE_BATCH: i64 = 1_000;

/// How far the log of a room goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The number given last, 0 before the first.
    pub(crate) last_seq: i64,
    /// The oldest number still kept; 0 when none was ever dropped.
    pub(crate) oldest_seq: i64,
}

/// A new event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) room_id: i64,
    pub(crate) seq: i64,
    pub(crate) uid: String,
    /// An encoded `dormpay.event.v1.Event`.
    pub(crate) message: Vec<u8>,
}

/// Reads the numbers given last, by room, and keeps others from giving numbers until the end of the transaction.
/// *Shape*: without rooms that never were; one that is deleted keeps its log. *Locks*: the logs, in order of id.
pub(crate) async fn lock(conn: &mut PgConnection, room_ids: &[i64]) -> Result<BTreeMap<i64, i64>, Fault> {
    let rows = sqlx::query!(
        "select room_id, last_seq
         from event_log
         where room_id = any($1)
         order by room_id
         for update",
        room_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(rows.into_iter().map(|row| (row.room_id, row.last_seq)).collect())
}

/// Picks the names that the logs know already, of names given each with its room: one look into the index for each,
/// however wrong the statistics of a young table are.
pub(crate) async fn known(
    conn: &mut PgConnection,
    room_ids: &[i64],
    uids: &[String],
) -> Result<HashSet<(i64, String)>, Fault> {
    let rows = sqlx::query!(
        "select found.room_id, found.uid
         from unnest($1::bigint[], $2::text[]) as given (room_id, uid)
         cross join lateral (
             select room_id, uid
             from event
             where event.room_id = given.room_id
               and event.uid = given.uid
             limit 1
         ) as found",
        room_ids,
        uids,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(rows.into_iter().map(|row| (row.room_id, row.uid)).collect())
}

/// Writes events and the numbers given last. *Locks*: needs [`lock`] of their rooms.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    records: Vec<Record>,
    stored_at: DateTime<Utc>,
) -> Result<(), Fault> {
    let (mut room_ids, mut seqs, mut uids, mut messages) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for record in records {
        room_ids.push(record.room_id);
        seqs.push(record.seq);
        uids.push(record.uid);
        messages.push(record.message);
    }
    sqlx::query!(
        "with written as (
             insert into event (room_id, seq, uid, message, stored_at)
             select fresh.room_id, fresh.seq, fresh.uid, fresh.message, $5
             from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[])
                 as fresh (room_id, seq, uid, message)
             returning room_id, seq
         )
         update event_log
         set last_seq = newest.seq
         from (
             select room_id, max(seq) as seq
             from written
             group by room_id
         ) as newest
         where event_log.room_id = newest.room_id",
        &room_ids,
        &seqs,
        &uids,
        &messages,
        stored_at,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Reads how far the log of a room goes.
pub(crate) async fn reach(conn: &mut PgConnection, room_id: i64) -> Result<Option<Reach>, Fault> {
    sqlx::query_as!(Reach, "select last_seq, oldest_seq from event_log where room_id = $1", room_id)
        .fetch_optional(conn)
        .await
        .or_fault()
}

/// Finds the number of an event that is still kept, by its name.
pub(crate) async fn seq_of(conn: &mut PgConnection, room_id: i64, uid: &str) -> Result<Option<i64>, Fault> {
    sqlx::query_scalar!(
        "select event.seq
         from event
         join event_log on event_log.room_id = event.room_id
         where event.room_id = $1
           and event.uid = $2
           and event.seq >= event_log.oldest_seq",
        room_id,
        uid,
    )
    .fetch_optional(conn)
    .await
    .or_fault()
}

/// Reads encoded events after a number, in order, at most `limit`; beside the first no more than `bytes_max`.
pub(crate) async fn after(
    conn: &mut PgConnection,
    room_id: i64,
    after_seq: i64,
    (limit, bytes_max): (i64, i64),
) -> Result<Vec<Vec<u8>>, Fault> {
    sqlx::query_scalar!(
        r#"with next as (
             select event.seq, event.message
             from event
             join event_log on event_log.room_id = event.room_id
             where event.room_id = $1
               and event.seq > $2
               and event.seq >= event_log.oldest_seq
             order by event.seq
             limit $3
         ),
         weighed as (
             select
                 seq,
                 message,
                 sum(octet_length(message)) over in_order as bytes,
                 row_number() over in_order as place
             from next
             window in_order as (order by seq)
         )
         select message
         from weighed
         where bytes <= $4 or place = 1
         order by seq"#,
        room_id,
        after_seq,
        limit,
        bytes_max,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Drops what was stored before an instant, a thousand events at once and always from the oldest number on; gives
/// how many. *Locks*: the logs of the rooms.
pub(crate) async fn purge(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, Fault> {
    let deleted = sqlx::query!(
        "with old as (
             select room_id, seq
             from event
             where stored_at < $1
             order by stored_at
             limit $2
         ),
         due as (
             select room_id, max(seq) as seq
             from old
             group by room_id
         ),
         marked as (
             update event_log
             set oldest_seq = greatest(event_log.oldest_seq, due.seq + 1)
             from due
             where event_log.room_id = due.room_id
             returning event_log.room_id, event_log.oldest_seq
         )
         delete from event
         using marked
         where event.room_id = marked.room_id
           and event.seq < marked.oldest_seq",
        before,
        PURGE_BATCH,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(deleted.rows_affected())
}
