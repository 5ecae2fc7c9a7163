//! Objects to a share of an expense: its debtor or its payee may. The share is frozen until a room admin decides.

use fault::Fault;
use host::{Answer, Call};
use proto::expense::v1::{OpenDisputeRequest, OpenDisputeResponse};

use super::{record, rights, stories, update_expense::living};
use crate::{
    domain::text,
    service::Service,
    store::{self, disputes::Dispute},
    wire,
};
use news::Occasion;
use roster::Members;

/// Opens a dispute of a share.
///
/// *Errors*: `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR` on `reason`, `STATE_CONFLICT` when nothing is owed or a
/// dispute of the share is open. *Idempotent*: by the call's key. *Locks*: the room.
pub(crate) async fn open_dispute(
    service: &Service,
    call: &Call,
    request: &OpenDisputeRequest,
) -> Result<Answer<OpenDisputeResponse>, Fault> {
    let user_id = call.caller.user()?.id;
    let (room_id, members) = rights::member_by_expense(service, request.expense_id, user_id).await?;
    let reason = text::reason(&request.reason)?;
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        return Ok(answer);
    }
    store::ledger::lock(tx.conn(), room_id).await?;
    let expense = living(&mut tx, request.expense_id).await?;
    let split = expense.splits.iter().find(|split| split.id == request.split_id);
    let split = split.ok_or_else(|| Fault::not_found("split"))?;
    if !rights::is_party(&expense, split, user_id)? {
        return Err(Fault::forbidden("only the debtor or the payee may dispute this share"));
    }
    if !split.debt.is_positive() {
        return Err(Fault::conflict("nothing is owed for this share"));
    }
    let dispute = Dispute {
        expense_id: Some(expense.id),
        ..new(service, room_id, user_id, (split.id, split.user_id), reason)
    };
    store::disputes::insert(tx.conn(), &dispute).await?;
    let occasion = Occasion { room_id, at: dispute.created_at, actor_user_id: user_id };
    let facts = stories::facts(occasion, &members.room_name, &expense, split.debt);
    let facts = proto::user::v1::NotificationFacts { dispute_id: dispute.id, ..facts };
    let told = told(&members, split.user_id, expense.payees_of(split.user_id)?);
    stories::disputed(occasion, &facts, &dispute, told).send(tx.conn(), room_id).await?;
    record::answer(tx, call, OpenDisputeResponse { dispute: Some(wire::dispute(&dispute)) }).await
}

/// Makes an open dispute about nothing yet.
pub(super) fn new(
    service: &Service,
    room_id: i64,
    opened_by: i64,
    (split_id, debtor_user_id): (i64, i64),
    reason: String,
) -> Dispute {
    Dispute {
        id: service.clock.new_id(),
        room_id,
        expense_id: None,
        bill_id: None,
        split_id,
        debtor_user_id,
        opened_by,
        reason,
        status: "open".to_owned(),
        comment: String::new(),
        resolved_by: None,
        created_at: service.clock.now(),
        resolved_at: None,
    }
}

/// Names those who hear of a dispute: the parties and the room's admins, each once.
pub(super) fn told(members: &Members, debtor_id: i64, payee_ids: Vec<i64>) -> Vec<i64> {
    let mut told = payee_ids;
    told.push(debtor_id);
    told.extend_from_slice(members.admin_ids());
    told.sort_unstable();
    told.dedup();
    told.retain(|user_id| members.has(*user_id));
    told
}
