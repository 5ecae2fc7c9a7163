//! Lets somebody take part again who has come back to a room. The room service asks.

use fault::Fault;

use crate::{service::Service, store};

/// Reopens a member. *Idempotent*: by room and user. *Locks*: the room.
pub(crate) async fn reopen_member(service: &Service, room_id: i64, user_id: i64) -> Result<(), Fault> {
    let mut tx = service.db.begin().await?;
    store::ledger::lock(tx.conn(), room_id).await?;
    store::ledger::reopen_member(tx.conn(), room_id, user_id).await?;
    tx.commit().await
}
