//! Writes down money that was handed over outside of any share: the giver, the taker or a room admin may.

use fault::Fault;
use host::{Answer, Call};
use money::Minor;
use proto::expense::v1::{RecordSettlementRequest, RecordSettlementResponse};
use serde_json::{Value, json};

use super::{
    confirm_split::moved,
    record::{self, Act},
    rights, stories,
};
use crate::{
    domain::{Transfer, text},
    service::Service,
    store::{self, Settlement, SettlementKind},
    wire,
};
use news::Occasion;
use roster::Members;

/// Records a settlement.
///
/// *Errors*: `NOT_FOUND` for a stranger, `FORBIDDEN`, `VALIDATION_ERROR` naming the field. *Idempotent*: by the
/// call's key. *Locks*: the room.
pub(crate) async fn record_settlement(
    service: &Service,
    call: &Call,
    request: &RecordSettlementRequest,
) -> Result<Answer<RecordSettlementResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let members = rights::member(service, request.room_id, user_id).await?;
    let settlement = read(service, &members, user_id, request)?;
    let is_party = [settlement.transfer.from_user_id, settlement.transfer.to_user_id].contains(&user_id);
    if !is_party && !members.has_admin(user_id) {
        return Err(Fault::forbidden("only the giver, the taker or a room admin may record this"));
    }
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let movements = moved(std::slice::from_ref(&settlement))?;
    store::ledger::lock(tx.conn(), settlement.room_id).await?.admit(movements.users())?;
    store::settlements::insert(tx.conn(), std::slice::from_ref(&settlement)).await?;
    store::balances::apply(tx.conn(), settlement.room_id, &movements).await?;
    let occasion =
        Occasion { room_id: settlement.room_id, at: settlement.created_at, actor_user_id: user_id };
    stories::settled(occasion, &members.room_name, &settlement).send(tx.conn(), settlement.room_id).await?;
    let act = Act {
        action: "settlement.recorded",
        subject: format!("settlement:{}", settlement.id),
        before: None,
        after: Some(facts(&settlement)),
    };
    record::act(tx.conn(), call, act).await?;
    record::answer(tx, call, RecordSettlementResponse { settlement: Some(wire::settlement(&settlement)) })
        .await
}

fn read(
    service: &Service,
    members: &Members,
    user_id: i64,
    request: &RecordSettlementRequest,
) -> Result<Settlement, Fault> {
    for (field, id) in [("from_user_id", request.from_user_id), ("to_user_id", request.to_user_id)] {
        if !members.has(id) {
            return Err(Fault::validation(field, "is not a member of the room"));
        }
    }
    if request.from_user_id == request.to_user_id {
        return Err(Fault::validation("to_user_id", "must be another user than from_user_id"));
    }
    let amount = text::amount("amount", Minor::new(request.amount_minor))?;
    Ok(Settlement {
        id: service.clock.new_id(),
        room_id: request.room_id,
        transfer: Transfer { from_user_id: request.from_user_id, to_user_id: request.to_user_id, amount },
        currency: text::currency(&request.currency)?,
        date: text::optional_date("date", &request.date)?.unwrap_or_else(|| service.today()),
        kind: SettlementKind::Manual,
        expense_id: None,
        bill_id: None,
        note: text::note(&request.note)?,
        created_by: user_id,
        created_at: service.clock.now(),
    })
}

/// Gives what the audit keeps of a settlement.
pub(super) fn facts(settlement: &Settlement) -> Value {
    json!({
        "room_id": settlement.room_id,
        "from_user_id": settlement.transfer.from_user_id,
        "to_user_id": settlement.transfer.to_user_id,
        "amount_minor": settlement.transfer.amount.get(),
        "currency": settlement.currency.as_str(),
    })
}
