//! Takes a settlement back: who recorded it, its taker or a room admin may. Its row stays.

use fault::Fault;
use host::Call;

use super::{
    record::{self, Act},
    record_settlement::facts,
    rights, stories,
};
use crate::{
    service::Service,
    store::{self, changes::Movements},
};
use news::Occasion;

/// Takes a settlement back.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `STATE_CONFLICT` for the confirmation of a share. *Locks*: the room.
pub(crate) async fn delete_settlement(
    service: &Service,
    call: &Call,
    room_id: i64,
    settlement_id: i64,
) -> Result<(), Fault> {
    let user_id = call.caller.user()?.id;
    let members = rights::member(service, room_id, user_id).await?;
    let mut tx = service.db.begin().await?;
    let ledger = store::ledger::lock(tx.conn(), room_id).await?;
    let found = store::settlements::find(tx.conn(), room_id, settlement_id).await?;
    let settlement = found.ok_or_else(|| Fault::not_found("settlement"))?;
    let may_delete = [settlement.created_by, settlement.transfer.to_user_id].contains(&user_id);
    if !may_delete && !members.has_admin(user_id) {
        return Err(Fault::forbidden("only who recorded it, the taker or a room admin may take this back"));
    }
    if !settlement.can_be_deleted() {
        return Err(Fault::conflict(
            "a confirmed share can't be taken back; record a settlement the other way",
        ));
    }
    let mut movements = Movements::default();
    movements.hand_back(&settlement)?;
    ledger.admit(movements.users())?;
    let occasion = Occasion { room_id, at: service.clock.now(), actor_user_id: user_id };
    if !store::settlements::delete(tx.conn(), settlement.id, user_id, occasion.at).await? {
        return Err(Fault::not_found("settlement"));
    }
    store::balances::apply(tx.conn(), room_id, &movements).await?;
    stories::taken_back(occasion, &settlement).send(tx.conn(), room_id).await?;
    let act = Act {
        action: "settlement.deleted",
        subject: format!("settlement:{}", settlement.id),
        before: Some(facts(&settlement)),
        after: None,
    };
    record::act(tx.conn(), call, act).await?;
    tx.commit().await
}
