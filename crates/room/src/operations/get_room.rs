//! Shows a room to its members (000-E07).

use fault::Fault;
use host::Call;
use proto::room::v1::GetRoomResponse;

use crate::{domain::no_room, service::Service, store::rooms, wire};

/// Reads a room of the caller. *Errors*: `NOT_FOUND`.
pub(crate) async fn get_room(service: &Service, call: &Call, room_id: i64) -> Result<GetRoomResponse, Fault> {
    let mut conn = service.db.acquire().await?;
    let room = rooms::find(&mut conn, room_id).await?.ok_or_else(no_room)?;
    room.member(call.caller.user()?.id)?;
    Ok(GetRoomResponse { room: Some(wire::room(&room)) })
}
