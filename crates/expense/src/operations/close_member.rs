//! Makes sure that somebody who leaves a room owes nothing and is owed nothing. The room service asks.

use fault::Fault;
use host::Call;

use super::record::{self, Act};
use crate::{service::Service, store};

/// Closes a member: from now on no change of the room may move his balance.
///
/// *Errors*: `STATE_CONFLICT` that names his open balance or dispute. *Idempotent*: by room and user. *Locks*:
/// the room, so that no expense slips in beside it.
pub(crate) async fn close_member(
    service: &Service,
    call: &Call,
    room_id: i64,
    user_id: i64,
) -> Result<(), Fault> {
    let mut tx = service.db.begin().await?;
    let ledger = store::ledger::lock(tx.conn(), room_id).await?;
    if ledger.closed_member_ids.contains(&user_id) {
        return tx.rollback().await;
    }
    if let Some(open) = store::balances::open(tx.conn(), room_id, Some(user_id)).await? {
        let detail =
            format!("user {user_id} has an open balance of {} {}", open.net(), open.currency.as_str());
        return Err(Fault::conflict(detail));
    }
    if let Some(dispute) = store::disputes::open_of_user(tx.conn(), room_id, user_id).await? {
        return Err(Fault::conflict(format!("a share of user {user_id} is frozen by dispute {dispute}")));
    }
    store::ledger::close_member(tx.conn(), room_id, user_id).await?;
    let act = Act {
        action: "member.closed",
        subject: format!("room:{room_id}"),
        before: None,
        after: Some(serde_json::json!({ "user_id": user_id })),
    };
    record::act(tx.conn(), call, act).await?;
    tx.commit().await
}
