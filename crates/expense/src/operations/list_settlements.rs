//! Lists settlements of a room, newest first. Any member may.

use fault::Fault;
use proto::expense::v1::{ListSettlementsRequest, ListSettlementsResponse};

use super::{list_expenses::window, rights};
use crate::{service::Service, store, wire};

/// Lists living settlements. *Errors*: `NOT_FOUND` for a stranger, `VALIDATION_ERROR` on the page.
pub(crate) async fn list_settlements(
    service: &Service,
    user_id: i64,
    request: ListSettlementsRequest,
) -> Result<ListSettlementsResponse, Fault> {
    let (window, mut info) = window(request.page)?;
    rights::member(service, request.room_id, user_id).await?;
    let mut conn = service.db.acquire().await?;
    let (settlements, total) = store::settlements::page(&mut conn, request.room_id, window).await?;
    info.total_rows = total;
    let settlements = settlements.iter().map(wire::settlement).collect();
    Ok(ListSettlementsResponse { settlements, page: Some(info) })
}
