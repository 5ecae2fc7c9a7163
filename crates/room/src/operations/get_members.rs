//! Tells other services who is in a room.

use fault::Fault;
use proto::room::v1::GetMembersResponse;

use crate::{domain::no_room, service::Service, store::rooms, wire};

/// Reads the members of a living room. *Errors*: `NOT_FOUND`.
pub(crate) async fn get_members(service: &Service, room_id: i64) -> Result<GetMembersResponse, Fault> {
    let mut conn = service.db.acquire().await?;
    let room = rooms::find(&mut conn, room_id).await?.ok_or_else(no_room)?;
    let members = room.members.iter().map(wire::member).collect();
    Ok(GetMembersResponse { room_name: room.name, owner_id: room.owner_id, members })
}
