//! Lists the caller's rooms with their members (000-E05).

use fault::Fault;
use host::{Call, Page};
use proto::room::v1::{ListRoomsRequest, ListRoomsResponse};

use crate::{service::Service, store::rooms, wire};

/// Lists the caller's rooms, newest first. *Errors*: `VALIDATION_ERROR` on `page` or `limit`.
pub(crate) async fn list_rooms(
    service: &Service,
    call: &Call,
    request: ListRoomsRequest,
) -> Result<ListRoomsResponse, Fault> {
    let page = Page::of(request.page)?;
    let mut conn = service.db.acquire().await?;
    let (rooms, total) = rooms::page_of_user(&mut conn, call.caller.user()?.id, page).await?;
    Ok(ListRoomsResponse { rooms: rooms.iter().map(wire::room).collect(), page: Some(page.info(total)) })
}
