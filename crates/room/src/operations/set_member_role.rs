//! Makes a member admin, or an admin a plain member. Room admins may.

use durable::audit;
use fault::Fault;
use host::{Answer, Call};
use proto::{
    event::v1::MemberChange,
    room::v1::{SetMemberRoleRequest, SetMemberRoleResponse},
};
use serde_json::json;

use super::news::{self, Occasion};
use crate::{
    domain::{Member, Seat, no_room},
    service::Service,
    store::{members, rooms},
    wire,
};

/// Writes a role; the one that he has already changes nothing.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR`, `STATE_CONFLICT` for the last admin. *Idempotent*: by the
/// call's key. *Locks*: the room.
pub(crate) async fn set_member_role(
    service: &Service,
    call: &Call,
    request: SetMemberRoleRequest,
) -> Result<Answer<SetMemberRoleResponse>, Fault> {
    let occasion = Occasion { actor_id: call.caller.user()?.id, at: service.clock.now() };
    let seat = Seat { room_id: request.room_id, user_id: request.user_id };
    let role = wire::read_role(request.role)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let room = rooms::lock(&mut tx, seat.room_id).await?.ok_or_else(no_room)?;
    let before = *room.may_set_role(occasion.actor_id, seat.user_id, role)?;
    let after = Member { role, ..before };
    if before.role != role {
        members::set_role(&mut tx, seat, role).await?;
        let changed = news::member(MemberChange::RoleChanged, &after);
        news::tell(service, &mut tx, room.id, occasion, vec![changed]).await?;
        let states = (Some(state(&before)), Some(state(&after)));
        audit::append(&mut tx, call.audit("room.role_changed", format!("room:{}", room.id), states)).await?;
    }
    let reply = SetMemberRoleResponse { member: Some(wire::member(&after)) };
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    Ok(answer)
}

fn state(member: &Member) -> serde_json::Value {
    json!({ "user_id": member.user_id, "role": member.role.as_str() })
}
