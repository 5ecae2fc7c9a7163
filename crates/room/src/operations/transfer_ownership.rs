//! Hands a room over to another member, who becomes owner and admin. The owner may.

use durable::{Tx, audit};
use fault::Fault;
use host::{Answer, Call};
use proto::{
    event::v1::{MemberChange, event::Payload},
    room::v1::{TransferOwnershipRequest, TransferOwnershipResponse},
};
use serde_json::json;

use super::news::{self, Occasion};
use crate::{
    domain::{Role, Room, Seat, no_room},
    service::Service,
    store::{members, rooms},
    wire,
};

/// Hands a room over; to the owner himself it changes nothing. The old owner stays admin.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR` for who is not a member. *Idempotent*: by the call's key.
/// *Locks*: the room.
pub(crate) async fn transfer_ownership(
    service: &Service,
    call: &Call,
    request: TransferOwnershipRequest,
) -> Result<Answer<TransferOwnershipResponse>, Fault> {
    let occasion = Occasion { actor_id: call.caller.user()?.id, at: service.clock.now() };
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let mut room = rooms::lock(&mut tx, request.room_id).await?.ok_or_else(no_room)?;
    room.owner(occasion.actor_id)?;
    if room.owner_id != request.user_id {
        let payloads = hand_over(&mut tx, &mut room, occasion, request.user_id).await?;
        news::tell(service, &mut tx, room.id, occasion, payloads).await?;
        let states =
            (Some(json!({ "owner_id": occasion.actor_id })), Some(json!({ "owner_id": room.owner_id })));
        audit::append(&mut tx, call.audit("room.owner_changed", format!("room:{}", room.id), states)).await?;
    }
    let answer = call.store(&mut tx, TransferOwnershipResponse { room: Some(wire::room(&room)) }).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn hand_over(
    tx: &mut Tx,
    room: &mut Room,
    occasion: Occasion,
    user_id: i64,
) -> Result<Vec<Payload>, Fault> {
    let heir = room.members.iter_mut().find(|member| member.user_id == user_id);
    let heir = heir.ok_or_else(|| Fault::validation("user_id", "must be a member of the room"))?;
    let mut payloads = Vec::new();
    if heir.role != Role::Admin {
        heir.role = Role::Admin;
        payloads.push(news::member(MemberChange::RoleChanged, heir));
        members::set_role(tx, Seat { room_id: room.id, user_id }, Role::Admin).await?;
    }
    room.owner_id = user_id;
    room.updated_at = occasion.at;
    rooms::update(tx, room).await?;
    payloads.push(news::updated(room, false));
    Ok(payloads)
}
