//! Gives events of a room their numbers, keeps them, and has them published (contract section 10).
//!
//! The rule not to be broken: number, event and job to publish are written in one transaction under the lock of the
//! room's log, so numbers have no gap and jobs stand in their order.

use std::{collections::HashSet, time::Duration};

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
    let rooms = event::by_room(request.events)?;
    if !rooms.is_empty() {
        let mut tx = service.db.begin().await?;
        for (room_id, mut events) in rooms {
            for event in &mut events {
                event.at.get_or_insert_with(|| timestamp(now));
            }
            store(&mut tx, room_id, events, now).await?;
        }
        tx.commit().await?;
    }
    Ok(Answer { reply: AppendEventsResponse {}, is_replay: false })
}

/// Numbers and keeps the events of one room that its log does not know yet, and writes the job to publish them.
pub(super) async fn store(
    tx: &mut Tx,
    room_id: i64,
    events: Vec<Event>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let last_seq = events::lock(tx, room_id).await?.ok_or_else(|| Fault::not_found("room"))?;
    let uids: Vec<String> = events.iter().map(|event| event.uid.clone()).collect();
    let known: HashSet<String> = events::known(tx, room_id, &uids).await?.into_iter().collect();
    let fresh = event::numbered(events, &known, last_seq);
    if fresh.is_empty() {
        return Ok(());
    }
    events::insert(tx, room_id, fresh.iter().map(record).collect(), now).await?;
    let payload = AppendEventsRequest { events: fresh }.encode_to_vec();
    let job = Job { queue: "events", order_key: room_id, kind: PUBLISH, payload, delay: Duration::ZERO };
    outbox::append(tx, job).await?;
    Ok(())
}

fn record(event: &Event) -> Record {
    Record { seq: event.seq, uid: event.uid.clone(), message: event.encode_to_vec() }
}
