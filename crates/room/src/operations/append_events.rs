//! Gives events of a room their numbers, keeps them, and has them published (contract section 10).
//!
//! The rule not to be broken: number, event and job to publish are written in one transaction under the lock of the
//! room's log, so numbers have no gap and jobs stand in their order.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use durable::{
    Tx,
    outbox::{self, Job},
};
use fault::Fault;
use host::{Answer, timestamp};
use prost::Message as _;
use proto::{
    event::v1::Event,
    room::v1::{AppendEventsRequest, AppendEventsResponse},
};

use crate::{
    domain::event,
    service::Service,
    store::events::{self, Record},
};

/// The kind of the job that carries numbered events, as an `AppendEventsRequest`, to Redis.
pub(crate) const PUBLISH: &str = "publish_events";

/// All publications stand in one order: whoever holds the lock of a room's log appends after those before him.
const PUBLICATION: Job =
    Job { queue: "events", order_key: 0, kind: PUBLISH, payload: Vec::new(), delay: Duration::ZERO };

/// Appends events of any rooms, all or none.
///
/// *Errors*: `BATCH_LIMIT_EXCEEDED`, `VALIDATION_ERROR`, `NOT_FOUND` for a room that never was; a deleted one keeps
/// its log, because news of it may still be under way. *Idempotent*: by uid, for as long as an event is kept.
/// *Locks*: the logs of the rooms, in the order of their ids.
pub(crate) async fn append_events(
    service: &Service,
    request: AppendEventsRequest,
) -> Result<Answer<AppendEventsResponse>, Fault> {
    let now = service.clock.now();
    let mut rooms = event::by_room(request.events)?;
    for event in rooms.values_mut().flatten() {
        event.at.get_or_insert_with(|| timestamp(now));
    }
    if !rooms.is_empty() {
        let mut tx = service.db.begin().await?;
        store(&mut tx, rooms, now).await?;
        tx.commit().await?;
    }
    Ok(Answer { reply: AppendEventsResponse {}, is_replay: false })
}

/// Numbers and keeps those events that the logs of their rooms do not know yet, and writes the job to publish them.
pub(super) async fn store(
    tx: &mut Tx,
    rooms: BTreeMap<i64, Vec<Event>>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let ids: Vec<i64> = rooms.keys().copied().collect();
    let last_seqs = events::lock(tx, &ids).await?;
    let (of, uids): (Vec<_>, Vec<_>) =
        rooms.values().flatten().map(|event| (event.room_id, event.uid.clone())).unzip();
    let known = events::known(tx, &of, &uids).await?;
    let mut fresh = Vec::new();
    for (room_id, events) in rooms {
        let last_seq = *last_seqs.get(&room_id).ok_or_else(|| Fault::not_found("room"))?;
        fresh.extend(event::numbered(events, &known, last_seq));
    }
    if !fresh.is_empty() {
        events::insert(tx, fresh.iter().map(record).collect(), now).await?;
        let payload = AppendEventsRequest { events: fresh }.encode_to_vec();
        outbox::append(tx, Job { payload, ..PUBLICATION }).await?;
    }
    Ok(())
}

fn record(event: &Event) -> Record {
    Record { room_id: event.room_id, seq: event.seq, uid: event.uid.clone(), message: event.encode_to_vec() }
}
