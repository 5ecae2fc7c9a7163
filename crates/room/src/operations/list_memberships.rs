//! Tells other services in which rooms users are.

use fault::{Code, Fault};
use proto::room::v1::{ListMembershipsRequest, ListMembershipsResponse, Membership};

use crate::{service::Service, store::members};

const USERS_MAX: usize = 1_000;

/// Lists the living rooms of users. *Shape*: sorted by user, then room; users without a room are left out.
///
/// *Errors*: `BATCH_LIMIT_EXCEEDED`.
pub(crate) async fn list_memberships(
    service: &Service,
    request: ListMembershipsRequest,
) -> Result<ListMembershipsResponse, Fault> {
    if request.user_ids.len() > USERS_MAX {
        let detail = format!("user_ids: at most {USERS_MAX} at once");
        return Err(Fault::new(Code::BatchLimitExceeded, detail));
    }
    let mut conn = service.db.acquire().await?;
    let mut memberships: Vec<Membership> = Vec::new();
    for seat in members::rooms_of(&mut conn, &request.user_ids).await? {
        match memberships.last_mut().filter(|last| last.user_id == seat.user_id) {
            Some(last) => last.room_ids.push(seat.room_id),
            None => memberships.push(Membership { user_id: seat.user_id, room_ids: vec![seat.room_id] }),
        }
    }
    Ok(ListMembershipsResponse { memberships })
}
