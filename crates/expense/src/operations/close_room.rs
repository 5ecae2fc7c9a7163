//! Makes sure that nobody in a room that is to be deleted owes anything. The room service asks.

use fault::Fault;
use host::Call;

use super::record::{self, Act};
use crate::{service::Service, store};

/// Closes a room: it takes no expense any more.
///
/// *Errors*: `STATE_CONFLICT` that names an open balance. *Idempotent*: by room. *Locks*: the room.
pub(crate) async fn close_room(service: &Service, call: &Call, room_id: i64) -> Result<(), Fault> {
    let mut tx = service.db.begin().await?;
    let ledger = store::ledger::lock(tx.conn(), room_id).await?;
    if ledger.is_closed {
        return tx.rollback().await;
    }
    if let Some(open) = store::balances::open(tx.conn(), room_id, None).await? {
        let user_id = open.user_id;
        let detail =
            format!("user {user_id} has an open balance of {} {}", open.net(), open.currency.as_str());
        return Err(Fault::conflict(detail));
    }
    store::ledger::close_room(tx.conn(), room_id).await?;
    let act = Act { action: "room.closed", subject: format!("room:{room_id}"), before: None, after: None };
    record::act(tx.conn(), call, act).await?;
    tx.commit().await
}
