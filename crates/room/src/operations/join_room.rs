//! Comes into a room by an invite code. Anybody who has the code may.

use durable::Tx;
use fault::Fault;
use host::{Answer, Call};
use proto::room::v1::{JoinRoomRequest, JoinRoomResponse};

use super::{
    entry::{self, Newcomer},
    transit,
};
use crate::{
    domain::{
        Role, Room, Seat,
        invite::{self, Invite, no_invite},
    },
    service::Service,
    store::{invites, members, rooms},
    wire,
};

/// Joins a room as a plain member; uses the invite once.
///
/// *Errors*: `VALIDATION_ERROR`, `NOT_FOUND` for no such invite, `STATE_CONFLICT` for one that has run out and for a
/// full room, `DUPLICATE_ENTRY` for a member. *Idempotent*: by the call's key. *Locks*: the room, then the invite.
pub(crate) async fn join_room(
    service: &Service,
    call: &Call,
    request: JoinRoomRequest,
) -> Result<Answer<JoinRoomResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let code_hash = invite::code_hash(&request.code)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let (mut room, invite) = find(&mut tx, &code_hash).await?;
    let seat = Seat { room_id: room.id, user_id };
    let departure = members::departure(&mut tx, seat).await?;
    let removed_at = departure.and_then(|last| last.removed_by.map(|_| last.left_at));
    let now = service.clock.now();
    invite.may_be_used(&room, now, removed_at)?;
    room.may_enter(user_id)?;
    if !invites::use_once(&mut tx, &code_hash, now).await? {
        return Err(Fault::conflict("the invite has run out; ask for a new one"));
    }
    let newcomer = Newcomer { user_id, role: Role::Member, departure };
    let (member, transit_id) = entry::write(service, &mut tx, call, &room, newcomer).await?;
    room.members.push(member);
    let answer = call.store(&mut tx, JoinRoomResponse { room: Some(wire::room(&room)) }).await?;
    tx.commit().await?;
    if let Some(transit_id) = transit_id {
        transit::open_now(service, seat, transit_id).await;
    }
    Ok(answer)
}

/// Reads an invite under the lock of its room.
async fn find(tx: &mut Tx, code_hash: &[u8; 32]) -> Result<(Room, Invite), Fault> {
    let room_id = invites::find(tx, code_hash).await?.ok_or_else(no_invite)?.room_id;
    let room = rooms::lock(tx, room_id).await?.ok_or_else(no_invite)?;
    let invite = invites::find(tx, code_hash).await?.ok_or_else(no_invite)?;
    Ok((room, invite))
}
