//! Deletes a room softly. Its owner may, when every balance in it is zero.
//!
//! The expense service closes a room for ever, so a deletion that may have reached it is carried through:
//!
//! 1. the attempt and a job "finish", due in ten seconds, are committed;
//! 2. `CloseRoom` is called;
//! 3. the room is marked as deleted, whatever has changed in it meanwhile.
//!
//! If 2 is refused, nothing was closed: the attempt is taken back, unless a newer one has taken its place. If 2 has no
//! answer, or we crash, the job does 2 and 3 again until there is an answer. The rule not to be broken: what is closed
//! there is deleted here.

use std::time::Duration;

use durable::{
    audit::{self, Actor, Entry},
    outbox::{self, Job},
};
use fault::{Code, Fault};
use host::{Answer, Call};
use prost::Message as _;
use proto::room::v1::DeleteRoomResponse;
use serde_json::json;

use super::news::{self, Occasion};
use crate::{
    domain::{Room, no_room},
    service::Service,
    store::rooms,
};

/// The kind of the job that carries a [`Deletion`].
pub(crate) const FINISH_DELETION: &str = "finish_deletion";

const JOB_DELAY: Duration = Duration::from_secs(10);

/// An attempt to delete a room.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Deletion {
    #[prost(int64, tag = "1")]
    room_id: i64,
    #[prost(int64, tag = "2")]
    attempt: i64,
    #[prost(int64, tag = "3")]
    actor_id: i64,
    #[prost(string, optional, tag = "4")]
    client_address: Option<String>,
    #[prost(string, optional, tag = "5")]
    request_id: Option<String>,
}

/// Deletes a room.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `STATE_CONFLICT` for an open balance; `SERVICE_UNAVAILABLE` when the expense
/// service is away: then the room is deleted as soon as that service answers. *Locks*: the room.
pub(crate) async fn delete_room(
    service: &Service,
    call: &Call,
    room_id: i64,
) -> Result<Answer<DeleteRoomResponse>, Fault> {
    let deletion = begin(service, call, room_id).await?;
    carry_out(service, &deletion).await?;
    Ok(Answer { reply: DeleteRoomResponse {}, is_replay: false })
}

/// Carries an attempt through that found no end, from its job. *Idempotent*: by room and attempt.
pub(crate) async fn finish_deletion(service: &Service, payload: &[u8]) -> Result<(), Fault> {
    let deletion = Deletion::decode(payload).map_err(Fault::internal)?;
    let is_open = {
        let mut conn = service.db.acquire().await?;
        rooms::is_closing(&mut conn, deletion.room_id, deletion.attempt).await?
    };
    if !is_open {
        return Ok(());
    }
    match carry_out(service, &deletion).await {
        // Refused for good: the attempt has been taken back.
        Err(fault) if is_refusal(&fault) => Ok(()),
        outcome => outcome,
    }
}

async fn begin(service: &Service, call: &Call, room_id: i64) -> Result<Deletion, Fault> {
    let actor_id = call.caller.user()?.id;
    let (attempt, entry) = (service.clock.new_id(), call.audit("room.deleted", String::new(), (None, None)));
    let Entry { client_address, request_id, .. } = entry;
    let deletion = Deletion { room_id, attempt, actor_id, client_address, request_id };
    let mut tx = service.db.begin().await?;
    rooms::lock(&mut tx, room_id).await?.ok_or_else(no_room)?.owner(actor_id)?;
    rooms::begin_closing(&mut tx, room_id, attempt).await?;
    let payload = deletion.encode_to_vec();
    let job = Job { queue: "deletion", order_key: room_id, kind: FINISH_DELETION, payload, delay: JOB_DELAY };
    outbox::append(&mut tx, job).await?;
    tx.commit().await?;
    Ok(deletion)
}

async fn carry_out(service: &Service, deletion: &Deletion) -> Result<(), Fault> {
    if let Err(fault) = service.peers.close_room(deletion.room_id).await {
        if is_refusal(&fault) {
            let mut conn = service.db.acquire().await?;
            rooms::end_closing(&mut conn, deletion.room_id, deletion.attempt).await?;
        }
        return Err(fault);
    }
    mark(service, deletion).await
}

/// Tells whether the expense service has answered that it closed nothing.
const fn is_refusal(fault: &Fault) -> bool {
    matches!(fault.code(), Code::StateConflict | Code::LockTimeout)
}

async fn mark(service: &Service, deletion: &Deletion) -> Result<(), Fault> {
    let occasion = Occasion { actor_id: deletion.actor_id, at: service.clock.now() };
    let mut tx = service.db.begin().await?;
    let Some(room) = rooms::lock(&mut tx, deletion.room_id).await? else {
        return tx.rollback().await;
    };
    rooms::delete(&mut tx, &room, occasion.at).await?;
    news::tell(service, &mut tx, room.id, occasion, vec![news::updated(&room, true)]).await?;
    audit::append(&mut tx, entry(&room, deletion)).await?;
    tx.commit().await
}

fn entry(room: &Room, deletion: &Deletion) -> Entry {
    let member_ids: Vec<i64> = room.members.iter().map(|member| member.user_id).collect();
    Entry {
        actor: Actor::User(deletion.actor_id),
        action: "room.deleted",
        subject: format!("room:{}", room.id),
        before: Some(json!({ "name": room.name, "owner_id": room.owner_id, "member_ids": member_ids })),
        after: None,
        client_address: deletion.client_address.clone(),
        request_id: deletion.request_id.clone(),
    }
}
