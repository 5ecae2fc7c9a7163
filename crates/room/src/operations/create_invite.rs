//! Makes an invite code (contract section 15). Room admins may.

use fault::Fault;
use host::{Answer, Call, timestamp};
use proto::room::v1::{CreateInviteRequest, CreateInviteResponse};

use crate::{
    domain::{
        invite::{self, CODE_CHARS, Invite, OPEN_INVITES_MAX, Terms},
        no_room,
    },
    service::Service,
    store::{invites, rooms},
};

/// Makes an invite. The code is told here and never again.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR`, `STATE_CONFLICT` for too many open ones. *Idempotent*: by
/// the call's key. *Locks*: the room.
pub(crate) async fn create_invite(
    service: &Service,
    call: &Call,
    request: CreateInviteRequest,
) -> Result<Answer<CreateInviteResponse>, Fault> {
    let (created_by, created_at) = (call.caller.user()?.id, service.clock.now());
    let Terms { expires_at, max_uses } = Terms::read(created_at, request.expires_in_hours, request.max_uses)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let room = rooms::lock(&mut tx, request.room_id).await?.ok_or_else(no_room)?;
    room.admin(created_by)?;
    if invites::count_open(&mut tx, room.id, created_at).await? >= OPEN_INVITES_MAX {
        let detail = format!("the room has {OPEN_INVITES_MAX} open invites, which is the most");
        return Err(Fault::conflict(detail));
    }
    let code = service.clock.code(CODE_CHARS);
    let invite = Invite { room_id: room.id, created_by, created_at, expires_at, max_uses, uses: 0 };
    invites::insert(&mut tx, &invite::code_hash(&code)?, &invite).await?;
    let reply = CreateInviteResponse { code, expires_at: Some(timestamp(expires_at)), max_uses };
    let answer = call.store(&mut tx, reply).await?;
    tx.commit().await?;
    Ok(answer)
}
