//! Takes somebody out of a room (000-E10): an admin removes him, or he leaves. His balance must be zero.
//!
//! The steps are those of `transit`.

use durable::{Tx, audit};
use fault::{Code, Fault};
use host::{Answer, Call};
use proto::{event::v1::MemberChange, room::v1::RemoveMemberResponse};
use serde_json::json;

use super::{
    news::{self, Occasion},
    transit,
};
use crate::{
    domain::{Member, Room, Seat, no_room},
    service::Service,
    store::{members, rooms},
};

/// Removes a member, or lets the caller leave.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`; `STATE_CONFLICT` for the owner, the last admin, an open balance, and while the
/// member comes in or goes out already; `SERVICE_UNAVAILABLE` when the expense service is away. *Locks*: the room.
pub(crate) async fn remove_member(
    service: &Service,
    call: &Call,
    seat: Seat,
) -> Result<Answer<RemoveMemberResponse>, Fault> {
    let actor_id = call.caller.user()?.id;
    let transit_id = begin(service, seat, actor_id).await?;
    let removed = match service.peers.close_member(seat).await {
        Ok(()) => remove(service, call, seat, transit_id).await,
        // It may have been done. The job opens him again, unless somebody tries again before.
        Err(fault) if fault.code() == Code::ServiceUnavailable => return Err(fault),
        Err(fault) => Err(fault),
    };
    if removed.is_err() {
        transit::turn_back(service, seat, transit_id).await;
    }
    removed.map(|()| Answer { reply: RemoveMemberResponse {}, is_replay: false })
}

/// Marks the member as leaving, so that a crash from here on is mended.
async fn begin(service: &Service, seat: Seat, actor_id: i64) -> Result<i64, Fault> {
    let transit_id = service.clock.new_id();
    let mut tx = service.db.begin().await?;
    let room = rooms::lock(&mut tx, seat.room_id).await?.ok_or_else(no_room)?;
    room.may_remove(actor_id, seat.user_id)?;
    if !members::begin_leaving(&mut tx, seat, transit_id).await? {
        return Err(
            Fault::conflict("this member is just coming into the room; try again").with_retry_after(1)
        );
    }
    transit::insure(&mut tx, seat, transit_id).await?;
    tx.commit().await?;
    Ok(transit_id)
}

/// Deletes the member who is closed by now. Whatever has changed meanwhile is checked again.
async fn remove(service: &Service, call: &Call, seat: Seat, transit_id: i64) -> Result<(), Fault> {
    let occasion = Occasion { actor_id: call.caller.user()?.id, at: service.clock.now() };
    let mut tx = service.db.begin().await?;
    let room = rooms::lock(&mut tx, seat.room_id).await?.ok_or_else(no_room)?;
    let member = *room.may_remove(occasion.actor_id, seat.user_id)?;
    if !members::delete_leaving(&mut tx, seat, transit_id).await? {
        return Err(Fault::conflict("somebody else is just removing this member").with_retry_after(1));
    }
    let is_own_will = occasion.actor_id == seat.user_id;
    let removed_by = (!is_own_will).then_some(occasion.actor_id);
    members::depart(&mut tx, seat, members::Departure { left_at: occasion.at, removed_by }).await?;
    news::tell(service, &mut tx, room.id, occasion, vec![news::member(MemberChange::Removed, &member)])
        .await?;
    record(&mut tx, call, &room, &member).await?;
    tx.commit().await
}

async fn record(tx: &mut Tx, call: &Call, room: &Room, member: &Member) -> Result<(), Fault> {
    let is_own_will = call.caller.user()?.id == member.user_id;
    let action = if is_own_will { "room.member_left" } else { "room.member_removed" };
    let before = json!({ "user_id": member.user_id, "role": member.role.as_str() });
    audit::append(tx, call.audit(action, format!("room:{}", room.id), (Some(before), None))).await
}
