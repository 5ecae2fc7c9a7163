//! Takes a user into a room (000-E09). Room admins may.

use fault::Fault;
use host::{Answer, Call};
use proto::room::v1::{AddMemberRequest, AddMemberResponse};

use super::{
    entry::{self, Newcomer},
    news, transit,
};
use crate::{
    domain::{Seat, no_room},
    service::Service,
    store::{members, rooms},
    wire,
};

/// Adds a member and has him notified.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR` for no such user, `DUPLICATE_ENTRY` for a member,
/// `STATE_CONFLICT` for a full room, `SERVICE_UNAVAILABLE` when the user service is away. *Idempotent*: by the call's
/// key. *Locks*: the room.
pub(crate) async fn add_member(
    service: &Service,
    call: &Call,
    request: AddMemberRequest,
) -> Result<Answer<AddMemberResponse>, Fault> {
    let actor_id = call.caller.user()?.id;
    let seat = Seat { room_id: request.room_id, user_id: request.user_id };
    let role = wire::read_role(request.role)?;
    check(service, actor_id, seat).await?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let room = rooms::lock(&mut tx, seat.room_id).await?.ok_or_else(no_room)?;
    room.admin(actor_id)?;
    room.may_enter(seat.user_id)?;
    let departure = members::departure(&mut tx, seat).await?;
    let newcomer = Newcomer { user_id: seat.user_id, role, departure };
    let (member, transit_id) = entry::write(service, &mut tx, call, &room, newcomer).await?;
    news::notify_joined(service, &mut tx, &room, seat.user_id, actor_id).await?;
    let reply = AddMemberResponse { member: Some(wire::member(&member)) };
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    if let Some(transit_id) = transit_id {
        transit::open_now(service, seat, transit_id).await;
    }
    Ok(answer)
}

/// Passes an admin who names a user that exists. Strangers learn nothing about users by this way.
async fn check(service: &Service, actor_id: i64, seat: Seat) -> Result<(), Fault> {
    let room = {
        let mut conn = service.db.acquire().await?;
        rooms::find(&mut conn, seat.room_id).await?.ok_or_else(no_room)?
    };
    room.admin(actor_id)?;
    if seat.user_id > 0 && service.peers.has_user(seat.user_id).await? {
        Ok(())
    } else {
        Err(Fault::validation("user_id", "must be a user that exists"))
    }
}
