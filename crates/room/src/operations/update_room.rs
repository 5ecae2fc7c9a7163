//! Changes a room's name or description (000-E08). Room admins may.

use fault::Fault;
use host::{Answer, Call};
use input::{NAME_CHARS_MAX, NOTE_CHARS_MAX};
use proto::room::v1::{UpdateRoomRequest, UpdateRoomResponse};

use super::news::{self, Occasion};
use crate::{
    domain::{Room, no_room},
    service::Service,
    store::rooms,
    wire,
};

/// Writes what is given; what is not given stays, and what is the same changes nothing.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR`. *Idempotent*: by the call's key. *Locks*: the room.
pub(crate) async fn update_room(
    service: &Service,
    call: &Call,
    request: UpdateRoomRequest,
) -> Result<Answer<UpdateRoomResponse>, Fault> {
    let occasion = Occasion { actor_id: call.caller.user()?.id, at: service.clock.now() };
    let name = request.name.map(|name| input::line("name", &name, 1..=NAME_CHARS_MAX)).transpose()?;
    let description = request.description;
    let description =
        description.map(|text| input::lines("description", &text, 0..=NOTE_CHARS_MAX)).transpose()?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let mut room = rooms::lock(&mut tx, request.room_id).await?.ok_or_else(no_room)?;
    room.admin(occasion.actor_id)?;
    if change(&mut room, name, description) {
        room.updated_at = occasion.at;
        rooms::update(&mut tx, &room).await?;
        news::tell(service, &mut tx, room.id, occasion, vec![news::updated(&room, false)]).await?;
    }
    let answer = call.store(&mut tx, UpdateRoomResponse { room: Some(wire::room(&room)) }).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Takes over what is given and tells whether anything is different now.
fn change(room: &mut Room, name: Option<String>, description: Option<String>) -> bool {
    let before = (room.name.clone(), room.description.clone());
    room.name = name.unwrap_or_else(|| before.0.clone());
    room.description = description.unwrap_or_else(|| before.1.clone());
    (&before.0, &before.1) != (&room.name, &room.description)
}
