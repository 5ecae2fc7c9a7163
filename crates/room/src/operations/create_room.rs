//! Makes a room (000-E06). Its maker is its owner and first admin.

use fault::Fault;
use host::{Answer, Call};
use input::{NAME_CHARS_MAX, NOTE_CHARS_MAX};
use proto::{
    event::v1::MemberChange,
    room::v1::{CreateRoomRequest, CreateRoomResponse},
};

use super::news::{self, Occasion};
use crate::{
    domain::{Member, Role, Room},
    service::Service,
    store::rooms::{self, ROOMS_CREATED_MAX},
    wire,
};

/// Makes a room.
///
/// *Errors*: `VALIDATION_ERROR`, `STATE_CONFLICT` for who has made too many. *Idempotent*: by the call's key.
pub(crate) async fn create_room(
    service: &Service,
    call: &Call,
    request: CreateRoomRequest,
) -> Result<Answer<CreateRoomResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let at = service.clock.now();
    let founder = Member { user_id, role: Role::Admin, joined_at: at };
    let room = Room {
        id: service.clock.new_id(),
        name: input::line("name", &request.name, 1..=NAME_CHARS_MAX)?,
        description: input::lines("description", &request.description, 0..=NOTE_CHARS_MAX)?,
        creator_id: user_id,
        owner_id: user_id,
        created_at: at,
        updated_at: at,
        members: vec![founder],
    };
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    if !rooms::count_in(&mut tx, user_id).await? {
        let detail = format!("you have made {ROOMS_CREATED_MAX} rooms, which is the most; delete one first");
        return Err(Fault::conflict(detail));
    }
    rooms::insert(&mut tx, &room).await?;
    let occasion = Occasion { actor_id: user_id, at };
    news::tell(service, &mut tx, room.id, occasion, vec![news::member(MemberChange::Added, &founder)])
        .await?;
    let answer = call.store(&mut tx, CreateRoomResponse { room: Some(wire::room(&room)) }).await?;
    tx.commit().await?;
    Ok(answer)
}
