//! Lists disputes of a room. Any member may.

use fault::Fault;
use proto::expense::v1::{ListDisputesRequest, ListDisputesResponse};

use super::rights;
use crate::{service::Service, store, wire};

/// Lists disputes, newest first, at most 100. *Errors*: `NOT_FOUND` for a stranger.
pub(crate) async fn list_disputes(
    service: &Service,
    user_id: i64,
    request: ListDisputesRequest,
) -> Result<ListDisputesResponse, Fault> {
    rights::member(service, request.room_id, user_id).await?;
    let mut conn = service.db.acquire().await?;
    let disputes = store::disputes::list(&mut conn, request.room_id, request.open_only).await?;
    Ok(ListDisputesResponse { disputes: disputes.iter().map(wire::dispute).collect() })
}
